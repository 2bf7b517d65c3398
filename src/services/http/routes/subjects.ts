import { toHex, fromHex } from '../../../primitives/bytes.js';
import { assert } from '../../../primitives/assert.js';
import { formatSeconds } from '../../../primitives/time.js';
import { callOf } from '../../../contracts/calls.js';
import { getSubject, listSubjects, registerSubject, setEmergencyAccess } from '../../../wire/subjects.js';
import type { SubjectSummary, SubjectView } from '../../../wire/subjects.js';
import type { Principal } from '../../auth/api-key-auth.js';
import { ledgerState } from '../../organisation/organisation-context.js';
import type { Api } from '../serve.js';
import { findOwnSubject, findSubject, type NamedSubject } from '../subject-access.js';
import { decisionView, grantView } from '../views.js';

const PAGE_SUBJECTS = 100;

export function subjectRoutes(api: Api): void {
  api.serve(registerSubject, async ({ principal, body: { kind } }) => {
    const [subject] = await principal.hosted.organisation.subjects.register(kind);
    assert(subject !== undefined, 'a registration has its subject');
    return subjectView(principal, { subject, relation: 'steward' });
  });

  api.serve(listSubjects, ({ principal, query: { relation = 'steward', after, limit = PAGE_SUBJECTS } }) => {
    const all = relation === 'steward' ? ownSubjects(principal) : grantingSubjects(principal);
    const start = after === undefined ? 0 : all.findIndex((subject) => subject > after);
    const page = start === -1 ? [] : all.slice(start, start + limit);
    const isLast = start === -1 || start + limit >= all.length;
    return {
      subjects: page.map((subject) => summary(principal, fromHex(subject))),
      total: all.length,
      next: isLast ? null : (page.at(-1) ?? null),
    };
  });

  api.serve(getSubject, ({ principal, params }) => subjectView(principal, findSubject(principal, params.subject)));

  api.serve(setEmergencyAccess, async ({ principal, params, body: { allowed } }) => {
    const subject = findOwnSubject(principal, params.subject);
    const { ledger, signer } = principal.hosted.organisation.context;
    const { id, height } = await ledger.submit(signer, [callOf('consent', 'setEmergencyAccess', { subject, allowed })]);
    return decisionView(id, 0, height);
  });
}

/** Hex ids, ascending. */
function ownSubjects({ hosted }: Principal): string[] {
  return hosted.organisation.subjects.list().map(({ subject }) => toHex(subject));
}

/** Hex ids, ascending, of other organisations' subjects. */
function grantingSubjects({ hosted, organisation }: Principal): string[] {
  const grants = hosted.organisation.context.ledgerIndex.grantsToOrganisation(organisation);
  const subjects = new Set(grants.map(({ subject }) => toHex(subject)));
  return [...subjects].filter((subject) => !hosted.organisation.keys.isSteward(fromHex(subject)));
}

function summary({ hosted }: Principal, subject: Uint8Array): SubjectSummary {
  const record = ledgerState(hosted.organisation.context.state).registry.subjects.get(subject);
  assert(record !== undefined, 'a listed subject is registered');
  return { subject: toHex(subject), kind: record.kind, steward: record.steward };
}

function subjectView(principal: Principal, { subject, relation }: NamedSubject): SubjectView {
  const { keys, consents, context } = principal.hosted.organisation;
  const { registry, consent, records, access } = ledgerState(context.state);
  const codes = new Map(keys.compartmentsOf(subject).map(({ id, code }) => [toHex(id), code]));
  const grants = consents
    .list(subject)
    .filter(({ grantee }) => relation === 'steward' || grantee === principal.organisation);
  const granted = new Set(grants.map(({ compartment }) => toHex(compartment)));
  return {
    ...summary(principal, subject),
    registeredAt: formatSeconds(registry.subjects.get(subject)?.registeredAt ?? 0),
    emergencyAccess: consent.emergencyAccess.get(subject) ?? true,
    compartments: context.ledgerIndex
      .compartments(subject)
      .filter((id) => relation === 'steward' || granted.has(toHex(id)))
      .map((id) => ({
        compartment: toHex(id),
        code: codes.get(toHex(id)) ?? null,
        epoch: consent.compartments.get(subject, id)?.epoch ?? 0,
        records: records.logs.get(subject, id)?.size ?? 0,
        accesses: access.logs.get(subject, id)?.size ?? 0,
      })),
    grants: grants.map(grantView),
  };
}
