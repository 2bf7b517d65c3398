import { fromHex } from '../../primitives/bytes.js';
import { CairnError } from '../../primitives/errors.js';
import type { Principal } from '../auth/api-key-auth.js';
import { ledgerState } from '../organisation/organisation-context.js';

/** What the caller's organisation is to a subject. */
export type Relation = 'steward' | 'grantee';

export interface NamedSubject {
  readonly subject: Uint8Array;
  readonly relation: Relation;
}

/**
 * The subject that a request names, if it is the business of the caller's organisation: as its steward, or because the
 * subject has granted it something.
 * @throws CairnError `subject.unknown`, `subject.not-yours`.
 */
export function findSubject(principal: Principal, name: string): NamedSubject {
  const { organisation } = principal.hosted;
  const subject = fromHex(name.startsWith('Patient/') ? subjectOfPatient(principal, name) : name);
  if (ledgerState(organisation.context.state).registry.subjects.get(subject) === undefined) throw unknown();
  if (organisation.keys.isSteward(subject)) return { subject, relation: 'steward' };
  const grants = organisation.context.ledgerIndex.grantsOfSubject(subject);
  if (grants.some(({ grantee }) => grantee === organisation.id)) return { subject, relation: 'grantee' };
  throw new CairnError('subject.not-yours', 'The subject has granted your organisation nothing.');
}

/** @throws CairnError `subject.not-steward` besides the codes of {@link findSubject}. */
export function findOwnSubject(principal: Principal, name: string): Uint8Array {
  const { subject, relation } = findSubject(principal, name);
  if (relation === 'steward') return subject;
  throw new CairnError('subject.not-steward', 'Only the organisation that acts for the subject may do this.');
}

function subjectOfPatient({ hosted }: Principal, name: string): string {
  const patient = hosted.organisation.index.fhir.read('Patient', name.slice('Patient/'.length));
  if (patient === undefined || patient.deleted) throw unknown();
  return patient.subject;
}

function unknown(): CairnError {
  return new CairnError('subject.unknown', 'There is no such subject.');
}
