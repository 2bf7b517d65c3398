import { equalBytes, fromHex } from '../../primitives/bytes.js';
import { decodeAccessLeaf, type AccessLeaf } from '../../contracts/access/leaf.js';
import { decodeLeaf } from '../../contracts/records/leaf.js';
import { coversTime, liveGrants } from '../../contracts/consent/decision.js';
import type { StateReader } from '../../ledger/execution/overlay.js';
import type { AccessDecision, AccessQuestion, Authorise } from '../../vault/gate.js';
import type { LedgerIndex } from '../projections/ledger-index/ledger-index.js';
import type { Clock } from './clock.js';
import { ledgerState } from './organisation-context.js';

export interface GateContext {
  readonly state: StateReader;
  readonly ledgerIndex: LedgerIndex;
  readonly clock: Clock;
}

/** What a vault is asked, with the digest, which decides between own and foreign. */
export interface ObjectQuestion extends AccessQuestion {
  readonly digest: Uint8Array;
}

/**
 * Whether the ledger lets an organisation have an object of the vault: its own writing; a key envelope of a live grant to
 * it; or a record of a compartment for which the access log has a live entry of its own.
 */
function decideAccess(context: GateContext, question: ObjectQuestion): AccessDecision {
  const owner = context.ledgerIndex.findObject(question.digest);
  if (owner === undefined) return refuse('the ledger does not refer to this object');
  const { consent } = ledgerState(context.state);
  const now = context.clock.now();
  if (owner.kind === 'envelope') {
    const grant = owner.grant === null ? undefined : consent.grants.get(owner.grant);
    const isLive = grant?.revokedAt === null && now < grant.until;
    return isLive && grant.grantee === question.requester ? ALLOWED : refuse('there is no live grant to the requester');
  }
  const stored =
    owner.position === null
      ? undefined
      : context.ledgerIndex.leaf('records', owner.subject, owner.compartment, owner.position);
  if (stored === undefined) return refuse('the ledger does not refer to this object');
  const leaf = decodeLeaf(stored.bytes);
  if (leaf.kind === 'record' && leaf.author === question.requester) return ALLOWED;

  const entry = findEntry(context, owner.subject, owner.compartment, question);
  if (entry === undefined) return refuse('the access log has no such entry of the requester');
  if (now >= entry.until) return refuse('the access has ended');
  if (entry.basis === 'author') return refuse('the entry covers only what the requester wrote');
  if (entry.basis === 'emergency') return ALLOWED;
  const { subject, compartment } = owner;
  const asked = {
    subject,
    compartment,
    organisation: question.requester,
    right: 'read',
    purpose: entry.purpose,
  } as const;
  const live = liveGrants(consent, { ...asked, time: now });
  if (live.length === 0) return refuse('the grant has ended');
  if (live.some(({ grant }) => coversTime(grant, leaf.time))) return ALLOWED;
  return refuse('the record is older or newer than the grant allows');
}

/** {@link decideAccess} in the form the vault's gate asks for, about one object. */
export function authoriseObject(context: GateContext, digest: Uint8Array): Authorise {
  return (question) => Promise.resolve(decideAccess(context, { ...question, digest }));
}

/** Entries are looked for from the end: the one that is relied upon is nearly always the last. */
function findEntry(
  context: GateContext,
  subject: Uint8Array,
  compartment: Uint8Array,
  question: ObjectQuestion,
): AccessLeaf | undefined {
  if (!/^[0-9a-f]{32}$/.test(question.accessId)) return undefined;
  const access = fromHex(question.accessId);
  const leaves = context.ledgerIndex.leaves('access', subject, compartment);
  for (let index = leaves.length - 1; index >= 0; index -= 1) {
    const entry = decodeAccessLeaf(leaves[index]?.bytes ?? new Uint8Array(0));
    if (equalBytes(entry.access, access)) return entry.organisation === question.requester ? entry : undefined;
  }
  return undefined;
}

const ALLOWED: AccessDecision = { allowed: true };

function refuse(reason: string): AccessDecision {
  return { allowed: false, reason };
}
