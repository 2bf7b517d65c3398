import { toHex } from '../primitives/bytes.js';
import type { CborValue } from '../primitives/cbor.js';
import { formatSeconds } from '../primitives/time.js';
import { decodeAccessLeaf } from '../contracts/access/leaf.js';
import type { VerifiedEvidence } from '../verify/verify-evidence.js';

/** What a verified file proves, for people. */
export function describeEvidence(evidence: VerifiedEvidence): string {
  const where = `chain ${evidence.chainId}, block ${evidence.height}, ${formatSeconds(evidence.time)}`;
  if (evidence.kind === 'receipt') {
    const { call, callIndex, callCount, args, transaction, signer, events } = evidence;
    return [
      `${call} (call ${callIndex + 1} of ${callCount}) took effect: ${where}`,
      `transaction ${transaction}, signed with key ${signer.slice(0, 16)}…`,
      `arguments: ${plain(args)}`,
      `caused: ${events.map(({ type }) => type).join(', ') || 'no event'}`,
    ].join('\n');
  }
  const { collection, entries, isPresent } = evidence;
  if (entries === undefined) return `${collection}: the key ${isPresent ? 'has a value' : 'is absent'}: ${where}`;
  const lines = collection === 'access/logs' ? entries.map(describeAccess) : [];
  return [`${collection}: all ${entries.length} entries, none missing: ${where}`, ...lines].join('\n');
}

function describeAccess(leaf: Uint8Array): string {
  const { organisation, actor, purpose, basis, time, until } = decodeAccessLeaf(leaf);
  const who = actor === null ? organisation : `${organisation} (${toHex(actor).slice(0, 8)}…)`;
  return `${formatSeconds(time)}  ${who}  ${purpose}  ${basis}  until ${formatSeconds(until)}`;
}

/** Short enough for a line: byte strings by their first digits. */
function plain(value: CborValue): string {
  if (value instanceof Uint8Array) return value.length > 8 ? `${toHex(value.subarray(0, 4))}…` : toHex(value);
  if (Array.isArray(value)) return `[${(value as CborValue[]).map(plain).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value as { [name: string]: CborValue });
    return members.map(([name, member]) => `${name} ${plain(member)}`).join(', ');
  }
  return String(value);
}
