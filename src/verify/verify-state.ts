import { encodeCbor } from '../primitives/cbor.js';
import { equalBytes } from '../primitives/bytes.js';
import type { Crypto } from '../primitives/crypto.js';
import { CairnError } from '../primitives/errors.js';
import { appendToFrontier, EMPTY_FRONTIER, leafHash, type Frontier } from '../primitives/merkle-log.js';
import type { TrustRoot } from '../ledger/block/trust-root.js';
import { verifyCommit } from '../ledger/block/verify-commit.js';
import type { LogEvidence, StateEvidence } from '../ledger/receipt/state-evidence.js';
import { verifyStateProof } from '../ledger/tree/verify-proof.js';

/** What valid state evidence proves. */
export interface VerifiedState {
  readonly chainId: string;
  /** Height of the block after which the state was so. */
  readonly height: number;
  /** Unix seconds of the header that carries the state's root. */
  readonly time: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/**
 * Verifies that a key had a value, or was absent, at a height.
 * @throws CairnError `proof.*` or `light.*`.
 */
export function verifyState(crypto: Crypto, trust: TrustRoot, evidence: StateEvidence): VerifiedState {
  const { key, value, proof, signedHeader } = evidence;
  const { header } = signedHeader;
  verifyCommit(crypto, trust.chainId, trust.validators, signedHeader);
  verifyStateProof(crypto, { root: header.appHash, key, value, proof });
  return { chainId: header.chainId, height: header.height - 1, time: header.time.seconds, key, value };
}

/**
 * Verifies that the leaves are all the entries of a log at a height: none missing, none added, in order.
 * @throws CairnError `evidence.not-a-log` for a key at which no log can be (of anything else it would be true that it has
 *   no entries), `evidence.wrong-leaves`, `proof.*` or `light.*`.
 */
export function verifyLog(
  crypto: Crypto,
  trust: TrustRoot,
  evidence: LogEvidence,
): VerifiedState & Pick<LogEvidence, 'leaves'> {
  const verified = verifyState(crypto, trust, evidence);
  const { key, leaves } = evidence;
  const collection = describeStateKey(key);
  if (!LOG_COLLECTIONS.includes(collection) || key.length !== collection.length + 1 + LOG_KEY_BYTES)
    throw new CairnError('evidence.not-a-log', 'The evidence is about a key of the state that is not a log’s.');
  let frontier: Frontier = EMPTY_FRONTIER;
  for (const leaf of leaves) frontier = appendToFrontier(crypto, frontier, leafHash(crypto, leaf));
  const expected = leaves.length === 0 ? undefined : encodeCbor({ size: frontier.size, hashes: [...frontier.hashes] });
  const isSame =
    expected === undefined ? verified.value === undefined : equalBytes(expected, verified.value ?? new Uint8Array(0));
  if (!isSame)
    throw new CairnError('evidence.wrong-leaves', 'These are not all the entries of the log, in their order.');
  return { ...verified, leaves };
}

/** Collections of log heads. */
export const LOG_COLLECTIONS: readonly string[] = ['records/logs', 'access/logs'];
/** A subject and its compartment. */
const LOG_KEY_BYTES = 32;

/** The contract and collection that a state key belongs to: `consent/grants`. */
export function describeStateKey(key: Uint8Array): string {
  let slashes = 0;
  let name = '';
  for (const byte of key) {
    if (byte === 0x2f && ++slashes === 2) break;
    name += String.fromCharCode(byte);
  }
  return name;
}
