import type { Organisation } from '../../organisation/organisation.js';
import type { OrganisationIndex } from '../../organisation/organisation-index.js';
import type { IndexedRecord, Scope } from '../../projections/index/record.js';
import { renderResource } from '../json/render.js';
import { eachEntry } from './each-entry.js';
import { isLogicalId } from './received-resource.js';
import { FhirRejection, rejection } from './rejection.js';
import { uuid } from './uuid.js';
import type { WriteRequest } from './write-request.js';

/** What a write request comes to, given what is stored. */
export interface Target {
  readonly request: WriteRequest;
  readonly action: 'create' | 'update' | 'delete' | 'existing' | 'nothing';
  readonly type: string;
  readonly id: string;
  /** The present version, perhaps a delete. */
  readonly current: IndexedRecord | undefined;
}

/** Finds out which resources write requests are about (R4 §3.1.0.4 to §3.1.0.8). */
export class TargetFinder {
  readonly #organisation: Organisation<OrganisationIndex>;

  constructor(organisation: Organisation<OrganisationIndex>) {
    this.#organisation = organisation;
  }

  /** Gives an id to everything that may be created, so that it stays the same however often it is looked up. */
  identify(requests: readonly WriteRequest[]): (WriteRequest & { readonly id: string })[] {
    const { randomBytes } = this.#organisation.context;
    return requests.map((request) => {
      const given = request.method === 'POST' ? undefined : (request.id ?? request.resource?.id);
      return { ...request, id: given ?? uuid(randomBytes) };
    });
  }

  /** Which ids the requests are about; only conditions have to be looked up for that. */
  ids(requests: readonly (WriteRequest & { readonly id: string })[], scope: Scope): string[] {
    return eachEntry(requests, (request) => {
      const { id, criteria } = request;
      return criteria === undefined ? id : this.#byCriteria(request, criteria, scope).id;
    });
  }

  find(requests: readonly WriteRequest[], scope: Scope): Target[] {
    return eachEntry(requests, (request) =>
      request.criteria === undefined ? this.#byId(request) : this.#byCriteria(request, request.criteria, scope),
    );
  }

  /** @throws FhirRejection 400, 409, 412 for what the present versions forbid. */
  check(targets: readonly Target[]): void {
    const seen = new Set<string>();
    for (const [entry, { request, type, id, current, action }] of targets.entries()) {
      const fail = (status: number, code: 'invalid' | 'conflict' | 'duplicate', diagnostics: string): FhirRejection =>
        new FhirRejection(status, [{ code, diagnostics, entry }]);
      const name = `${type}/${id}`;
      if (action !== 'existing' && action !== 'nothing') {
        if (seen.has(name)) throw fail(400, 'duplicate', 'Two entries are about the same resource; send one.');
        seen.add(name);
      }
      const { ifMatch, onlyIfAbsent } = request;
      const present = current === undefined || current.deleted ? undefined : current;
      if (ifMatch !== undefined && ifMatch !== String(present?.version ?? '')) {
        throw fail(412, 'conflict', 'The resource has another version than If-Match says. Read it again first.');
      }
      if (onlyIfAbsent === true && present !== undefined) {
        throw fail(412, 'conflict', 'The resource exists already.');
      }
    }
  }

  /** The target, or nothing to do where {@link WriteRequest.unlessStored} asks so and a stored version says the same. */
  unlessStored(target: Target, references: ReadonlyMap<string, string>): Target {
    const { request, current, type, id } = target;
    const text = request.resource?.text;
    if (request.unlessStored !== true || current === undefined || text === undefined) return target;
    const saysTheSame = ({ version, lastUpdated, text: stored }: IndexedRecord): boolean =>
      stored === renderResource({ text, id, versionId: String(version), lastUpdated, references });
    if (saysTheSame(current)) return { ...target, action: 'existing' };
    const { fhir } = this.#organisation.index;
    const { versions } = fhir.history({ type, id, count: VERSIONS_COMPARED_MAX, offset: 0, scope: 'all' });
    return versions.some(saysTheSame) ? { ...target, action: 'existing' } : target;
  }

  /** What the entries of a bundle are called in it → where they stand (R4 §2.36.4.1, §3.1.0.11.2). */
  linkTargets(targets: readonly Target[]): Map<string, string> {
    const places = new Map<string, string>();
    for (const { request, type, id, action } of targets) {
      if (request.fullUrl === undefined || action === 'nothing') continue;
      const place = `${type}/${id}`;
      places.set(request.fullUrl, place);
      // Where the server gives another id, what is relative within the bundle's own base has moved too.
      const relative = /^https?:.*\/([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})$/.exec(request.fullUrl)?.[1];
      if (request.method === 'POST' && relative !== undefined) places.set(relative, place);
    }
    return places;
  }

  /** `Type?criteria` → `Type/id`. @throws FhirRejection 412 unless exactly one resource matches. */
  resolveReference(reference: string, scope: Scope): string {
    const mark = reference.indexOf('?');
    const type = reference.slice(0, mark);
    const [match, another] = this.#search(type, reference.slice(mark + 1), scope);
    if (match === undefined) throw rejection(412, 'not-found', 'A conditional reference matches no resource.');
    if (another !== undefined) throw multipleMatches('A conditional reference');
    return `${type}/${match.id}`;
  }

  #byId(request: WriteRequest): Target {
    const { method, type, id = '' } = request;
    if (!isLogicalId(id)) throw rejection(400, 'value', 'A logical id has 1 to 64 of A–Z, a–z, 0–9, hyphen and dot.');
    const current = method === 'POST' ? undefined : this.#organisation.index.fhir.read(type, id);
    const isThere = current !== undefined && !current.deleted;
    const action = method === 'DELETE' ? (isThere ? 'delete' : 'nothing') : isThere ? 'update' : 'create';
    return { request, action, type, id, current };
  }

  #byCriteria(request: WriteRequest, criteria: string, scope: Scope): Target {
    const { method, type, resource, id = '' } = request;
    const [match, another] = this.#search(type, criteria, scope);
    if (another !== undefined) throw multipleMatches('The condition');
    if (match !== undefined) {
      if (method === 'PUT' && resource?.id !== undefined && resource.id !== match.id) {
        throw rejection(400, 'value', 'The resource has another id than the one that the condition finds.');
      }
      const action = method === 'POST' ? 'existing' : method === 'PUT' ? 'update' : 'delete';
      return { request, action, type, id: match.id, current: match };
    }
    if (method === 'DELETE') return { request, action: 'nothing', type, id, current: undefined };
    const target = this.#byId({ ...request, id });
    if (method === 'PUT' && target.action === 'update') {
      throw rejection(409, 'conflict', 'The condition finds nothing, yet a resource of this id exists.');
    }
    return { ...target, request };
  }

  /** At most two. */
  #search(type: string, criteria: string, scope: Scope): readonly IndexedRecord[] {
    const parameters = [...new URLSearchParams(criteria)];
    if (parameters.length === 0) throw rejection(412, 'invalid', 'The condition is empty. Give search parameters.');
    if (parameters.some(([name]) => RESULT_PARAMETER.test(name))) {
      throw rejection(400, 'invalid', 'A condition has search parameters only, none about the result.');
    }
    const { fhir } = this.#organisation.index;
    return fhir.search({ type, parameters: [...parameters, ['_count', '2']], scope }).matches;
  }
}

/** An import repeated after so many changes of a resource writes it anew. */
const VERSIONS_COMPARED_MAX = 100;

const RESULT_PARAMETER = /^_(count|offset|sort|total|summary|elements|include|revinclude|format|pretty)(:|$)/;

function multipleMatches(what: string): FhirRejection {
  return rejection(412, 'multiple-matches', `${what} matches several resources. Make it more specific.`);
}
