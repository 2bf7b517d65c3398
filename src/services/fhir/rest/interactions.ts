import { Router, type HttpMethod } from '@medplum/fhir-router';
import type { ApiScope } from '../../../custody/api-keys.js';
import type { Handler } from './call.js';
import { history } from './history.js';
import { read, readVersion } from './read.js';
import { search, searchByPost } from './search.js';
import { validate } from './validate.js';
import { conditionalRemove, conditionalUpdate, create, patch, remove, update } from './write.js';

/**
 * One interaction of the RESTful API (R4 §3.1.0). Of @medplum/fhir-router only the router is used: its repository passes
 * resources on as parsed and copied objects, which loses the text as received, its searches drop unknown modifiers, and its
 * transactions are limited to 50 updates.
 */
export interface Interaction {
  readonly method: Exclude<HttpMethod, 'HEAD' | 'OPTIONS'>;
  /** Below the base; `:name` is a parameter. */
  readonly path: string;
  readonly scope: ApiScope;
  readonly handler: Handler;
}

/** Everything but bundles and the capability statement, which stand at the base itself. */
export const INTERACTIONS: readonly Interaction[] = [
  { method: 'GET', path: '/:type/:id', scope: 'read', handler: read },
  { method: 'GET', path: '/:type/:id/_history/:version', scope: 'read', handler: readVersion },
  { method: 'GET', path: '/:type/:id/_history', scope: 'read', handler: history },
  { method: 'GET', path: '/:type/_history', scope: 'read', handler: history },
  { method: 'GET', path: '/_history', scope: 'read', handler: history },
  { method: 'GET', path: '/:type', scope: 'read', handler: search },
  { method: 'POST', path: '/:type/_search', scope: 'read', handler: searchByPost },
  { method: 'POST', path: '/:type/$validate', scope: 'read', handler: validate },
  { method: 'POST', path: '/:type', scope: 'write', handler: create },
  { method: 'PUT', path: '/:type/:id', scope: 'write', handler: update },
  { method: 'PUT', path: '/:type', scope: 'write', handler: conditionalUpdate },
  { method: 'DELETE', path: '/:type/:id', scope: 'write', handler: remove },
  { method: 'DELETE', path: '/:type', scope: 'write', handler: conditionalRemove },
  { method: 'PATCH', path: '/:type/:id', scope: 'write', handler: patch },
  { method: 'PATCH', path: '/:type', scope: 'write', handler: patch },
];

const router = new Router<Interaction, undefined>();
for (const interaction of INTERACTIONS) router.add(interaction.method, interaction.path, interaction);

/** An interaction as a bundle names it. */
export interface RoutedInteraction {
  readonly interaction: Interaction;
  readonly params: Readonly<Record<string, string>>;
  /** Without the question mark, still encoded. */
  readonly query: string;
}

/** The interaction that `Bundle.entry.request` asks for; undefined if there is none. */
export function route(method: string, url: string): RoutedInteraction | undefined {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const found = router.find(method as HttpMethod, path);
  if (found === undefined) return undefined;
  return { interaction: found.handler, params: found.params, query: mark < 0 ? '' : url.slice(mark + 1) };
}

/** Methods that a path has, for 405. */
export function methodsOf(path: string): string[] {
  return METHODS.filter((method) => router.find(method, path) !== undefined);
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'] as const;
