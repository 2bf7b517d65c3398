import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { PURPOSES, type Purpose } from '../../../contracts/consent/state.js';
import { formatSeconds } from '../../../primitives/time.js';
import { authenticate, requireScope } from '../../auth/api-key-auth.js';
import type { NodeServices } from '../../node-services.js';
import { searchParameters } from '../../projections/index/parameters.js';
import { BUNDLE_LIMITS, decodeFhirText, RESOURCE_LIMITS } from '../json/parse.js';
import { rejection } from '../store/rejection.js';
import { answer, outcomeAnswer, type Answer } from './answer.js';
import { bundle } from './bundles.js';
import type { Call, Return } from './call.js';
import { capabilityStatement } from './capability-statement.js';
import { INTERACTIONS, methodsOf, type Interaction } from './interactions.js';
import { checkFormat, isPretty, pretty, CONTENT_TYPE } from './negotiation.js';
import { isDefect, refusalAnswer } from './refusal.js';

/**
 * The FHIR R4 RESTful API, to be mounted under a prefix. Logs the pattern of a route, never its URL: what is searched
 * for is health data.
 */
export function fhirRoutes(services: NodeServices): FastifyPluginAsync {
  return (app) => {
    acceptBodies(app);
    const started = formatSeconds(services.clock.now());
    app.get('/metadata', (request, reply) => respond(request, reply, () => metadata(baseOf(request), started)));
    const bundles: Interaction = { method: 'POST', path: '/', scope: 'read', handler: bundle };
    for (const interaction of [bundles, ...INTERACTIONS]) {
      app.route({
        method: interaction.method,
        url: interaction.path,
        bodyLimit: interaction === bundles ? BUNDLE_LIMITS.lengthMax : RESOURCE_LIMITS.lengthMax,
        handler: (request, reply) => respond(request, reply, () => handle(services, interaction, request)),
      });
    }
    app.setErrorHandler((error: Error, request, reply) => respond(request, reply, () => Promise.reject(error)));
    app.setNotFoundHandler((request, reply) => respond(request, reply, () => Promise.resolve(unrouted(request))));
    return Promise.resolve();
  };
}

/** Bodies stay bytes until an interaction asks for their text. */
function acceptBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const types = ['application/fhir+json', 'application/json', 'application/x-www-form-urlencoded'];
  // Patches are refused with a reason rather than as an unknown type.
  for (const type of [...types, 'application/json-patch+json']) {
    app.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  }
}

function handle(services: NodeServices, { handler, scope }: Interaction, request: FastifyRequest): Promise<Answer> {
  const params = request.params as Record<string, string>;
  // The base itself, which fits `/:type` with nothing for a type.
  if (params['type'] === '') return Promise.resolve(unrouted(request));
  const principal = authenticate(services.organisations, request.headers.authorization);
  requireScope(principal, scope);
  checkType(params['type']);
  checkFormat(request);
  const { headers } = request;
  const call: Call = {
    principal,
    reader: { actor: principal.practitioner, purpose: purposeOf(headers['x-purpose-of-use']) },
    base: baseOf(request),
    params,
    query: queryOf(request.url),
    conditions: {
      ifMatch: headers['if-match'],
      ifNoneMatch: headers['if-none-match'],
      ifNoneExist: headers['if-none-exist'] as string | undefined,
      ifModifiedSince: headers['if-modified-since'],
    },
    prefer: preferenceOf(headers['prefer'] as string | undefined),
    body: () => bodyOf(request),
  };
  return handler(call);
}

async function respond(
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<Answer>,
): Promise<FastifyReply> {
  let result: Answer;
  try {
    result = await work();
  } catch (error) {
    result = refusalAnswer(error);
    if (isDefect(result)) request.log.error({ err: error, route: request.routeOptions.url }, 'a FHIR request failed');
  }
  void reply.code(result.status).headers(result.headers);
  if (result.body === undefined) return reply.send();
  return reply.type(CONTENT_TYPE).send(isPretty(request) ? pretty(result.body) : result.body);
}

function metadata(base: string, date: string): Promise<Answer> {
  return Promise.resolve(answer(200, {}, JSON.stringify(capabilityStatement(base, date))));
}

function unrouted(request: FastifyRequest): Answer {
  const path = (request.url.split('?', 1)[0] ?? '').slice(request.server.prefix.length);
  const allowed = path === '' || path === '/' ? ['POST'] : methodsOf(path);
  const outcome = (code: 'not-found' | 'not-supported', diagnostics: string) => ({
    resourceType: 'OperationOutcome' as const,
    issue: [{ severity: 'error' as const, code, diagnostics }],
  });
  if (allowed.length === 0) return outcomeAnswer(404, outcome('not-found', 'There is no such interaction.'));
  const message = `This URL answers ${allowed.join(', ')} only.`;
  return outcomeAnswer(405, outcome('not-supported', message), { allow: allowed.join(', ') });
}

function checkType(type: string | undefined): void {
  if (type === undefined || searchParameters().forType(type) !== undefined) return;
  throw rejection(404, 'not-supported', 'The URL names no resource type of FHIR R4.');
}

function purposeOf(header: string | string[] | undefined): Purpose {
  if (header === undefined) return 'TREAT';
  const purpose = PURPOSES.find((known) => known === header);
  if (purpose !== undefined) return purpose;
  throw rejection(400, 'value', `X-Purpose-Of-Use is one of ${PURPOSES.join(', ')}.`);
}

function preferenceOf(header: string | undefined): Call['prefer'] {
  const wanted = /(?:^|[;,\s])return=(minimal|representation|OperationOutcome)/.exec(header ?? '')?.[1];
  return {
    return: wanted as Return | undefined,
    handling: /(?:^|[;,\s])handling=lenient/.test(header ?? '') ? 'lenient' : 'strict',
  };
}

function bodyOf({ body }: FastifyRequest): string {
  if (!(body instanceof Uint8Array)) throw rejection(400, 'required', 'Send a body: application/fhir+json.');
  return decodeFhirText(body, BUNDLE_LIMITS);
}

function baseOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.host}${request.server.prefix}`;
}

function queryOf(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark + 1);
}
