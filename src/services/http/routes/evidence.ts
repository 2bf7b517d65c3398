import { fromHex, toHex } from '../../../primitives/bytes.js';
import { CairnError } from '../../../primitives/errors.js';
import { findLiveGrant } from '../../../contracts/consent/decision.js';
import { getLogEvidence, getReceipt, getStateEvidence } from '../../../wire/ledger.js';
import type { Principal } from '../../auth/api-key-auth.js';
import type { NodeServices } from '../../node-services.js';
import { ledgerState } from '../../organisation/organisation-context.js';
import { Receipts } from '../../receipts/receipts.js';
import type { Api } from '../serve.js';
import { findOwnSubject, findSubject } from '../subject-access.js';

/** Files that anybody verifies offline. */
export function evidenceRoutes(api: Api, services: NodeServices): void {
  const receipts = new Receipts(services);
  api.serve(getReceipt, async ({ params: { transaction, call } }) => ({
    bytes: await receipts.ofCall(fromHex(transaction), call),
    fileName: `cairn-${transaction.slice(0, 16)}-${call}.receipt`,
  }));
  api.serve(getStateEvidence, async ({ query: { key } }) => ({
    bytes: await receipts.ofState(fromHex(key)),
    fileName: 'cairn-state.evidence',
  }));
  api.serve(getLogEvidence, async ({ params, principal }) => {
    const { log, subject, compartment } = params;
    if (log === 'access') findOwnSubject(principal, subject);
    else checkReadable(principal, subject, fromHex(compartment));
    const isOpen = principal.hosted.organisation.context.ledgerIndex
      .compartments(fromHex(subject))
      .some((open) => toHex(open) === compartment);
    if (!isOpen) throw new CairnError('compartment.unknown', 'The subject has no such compartment.');
    return {
      bytes: await receipts.ofLog(log, fromHex(subject), fromHex(compartment)),
      fileName: `cairn-${log}-${compartment.slice(0, 16)}.evidence`,
    };
  });
}

/** How many records a compartment has is for who may read it. */
function checkReadable(principal: Principal, name: string, compartment: Uint8Array): void {
  const { subject, relation } = findSubject(principal, name);
  if (relation === 'steward') return;
  const { context } = principal.hosted.organisation;
  const question = { subject, compartment, organisation: principal.organisation, right: 'read' } as const;
  const live = findLiveGrant(ledgerState(context.state).consent, { ...question, time: context.clock.now() });
  if (live === undefined) throw new CairnError('access.no-consent', 'No live grant lets your organisation read this.');
}
