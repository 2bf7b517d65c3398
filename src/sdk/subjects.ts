import type { Static } from 'typebox';
import { listAccesses, type AccessEntry } from '../wire/accesses.js';
import type { QueryOf, ReplyOf } from '../wire/endpoint.js';
import { createGrants, listGrants, narrowGrant, revokeGrant } from '../wire/grants.js';
import type { GrantChange, GrantDecision, GrantRequest, GrantView, LedgerDecision } from '../wire/grants.js';
import { getSubject, listSubjects, registerSubject, setEmergencyAccess } from '../wire/subjects.js';
import type { SubjectSummary, SubjectView } from '../wire/subjects.js';
import type { subjectName } from '../wire/values.js';
import type { RequestOptions, Transport } from './transport.js';

/** Id of a subject (32 hex digits), or `Patient/‹FHIR id›` in the token's organisation. */
export type SubjectName = Static<typeof subjectName>;

type Page<Query> = Omit<Query, 'after' | 'before'> & RequestOptions;

export interface Subjects {
  /** Registers a patient for whom the token's organisation acts. */
  register(options?: RequestOptions): Promise<SubjectView>;
  get(subject: SubjectName, options?: RequestOptions): Promise<SubjectView>;
  /** All of them, page by page. */
  list(options?: Page<QueryOf<typeof listSubjects>>): AsyncGenerator<SubjectSummary, void, void>;
  /** Grants compartments, all or none; one decision a compartment. */
  grant(
    subject: SubjectName,
    request: GrantRequest,
    options?: RequestOptions,
  ): Promise<ReplyOf<typeof createGrants>['decisions']>;
  grants(subject: SubjectName, options?: RequestOptions): Promise<GrantView[]>;
  narrow(grant: string, change: GrantChange, options?: RequestOptions): Promise<GrantDecision>;
  revoke(grant: string, options?: RequestOptions): Promise<GrantDecision>;
  /** Allows or forbids that a clinician breaks the glass. */
  setEmergencyAccess(subject: SubjectName, allowed: boolean, options?: RequestOptions): Promise<LedgerDecision>;
  /** One page of the access log, newest first. */
  accessPage(
    subject: SubjectName,
    query?: QueryOf<typeof listAccesses>,
    options?: RequestOptions,
  ): Promise<ReplyOf<typeof listAccesses>>;
  /** The whole access log, newest first. */
  accesses(subject: SubjectName, options?: Page<QueryOf<typeof listAccesses>>): AsyncGenerator<AccessEntry, void, void>;
}

export function subjects(transport: Transport): Subjects {
  const accessPage: Subjects['accessPage'] = (subject, query = {}, options = {}) =>
    transport.call(listAccesses, { params: { subject }, query, ...options });
  return {
    register: (options = {}) => transport.call(registerSubject, { body: { kind: 'patient' }, ...options }),
    get: (subject, options = {}) => transport.call(getSubject, { params: { subject }, ...options }),
    async *list({ signal, ...query } = {}) {
      let after: string | undefined;
      do {
        const page: ReplyOf<typeof listSubjects> = await transport.call(listSubjects, {
          query: after === undefined ? query : { ...query, after },
          signal,
        });
        yield* page.subjects;
        after = page.next ?? undefined;
      } while (after !== undefined);
    },
    grant: async (subject, body, options = {}) =>
      (await transport.call(createGrants, { params: { subject }, body, ...options })).decisions,
    grants: async (subject, options = {}) =>
      (await transport.call(listGrants, { params: { subject }, ...options })).grants,
    narrow: (grant, body, options = {}) => transport.call(narrowGrant, { params: { grant }, body, ...options }),
    revoke: (grant, options = {}) => transport.call(revokeGrant, { params: { grant }, ...options }),
    setEmergencyAccess: (subject, allowed, options = {}) =>
      transport.call(setEmergencyAccess, { params: { subject }, body: { allowed }, ...options }),
    accessPage,
    async *accesses(subject, { signal, ...query } = {}) {
      let before: string | undefined;
      do {
        const page = await accessPage(subject, before === undefined ? query : { ...query, before }, { signal });
        yield* page.accesses;
        before = page.next ?? undefined;
      } while (before !== undefined);
    },
  };
}
