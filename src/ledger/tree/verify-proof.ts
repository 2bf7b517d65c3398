import { equalBytes } from '../../primitives/bytes.js';
import type { Crypto } from '../../primitives/crypto.js';
import { decodeCommitmentProof } from './ics23.js';
import { EMPTY_ROOT } from './node-hash.js';
import { STATE_PROOF_SPEC } from './proof-spec.js';
import { proofError, verifyMembership, verifyNonMembership } from './verify-ics23.js';

/** What a proof is said to show. */
export interface StateClaim {
  /** App hash, 32 bytes, from a header that is trusted already. */
  readonly root: Uint8Array;
  /** Application key. */
  readonly key: Uint8Array;
  /** Its value; undefined: the key is absent. */
  readonly value: Uint8Array | undefined;
  /** As `StateStore.prove` gives it. */
  readonly proof: Uint8Array;
}

/**
 * Checks a proof of our state; returns when it shows the claim.
 * @throws CairnError `proof.malformed`, or `proof.invalid` for anything else that is wrong with it.
 */
export function verifyStateProof(crypto: Pick<Crypto, 'sha256'>, { root, key, value, proof }: StateClaim): void {
  const treeKey = crypto.sha256(key);
  if (value !== undefined) {
    verifyMembership(crypto, STATE_PROOF_SPEC, { root, key: treeKey, value: crypto.sha256(value), proof });
  } else if (equalBytes(root, EMPTY_ROOT)) {
    requireBareKey(treeKey, proof);
  } else {
    verifyNonMembership(crypto, STATE_PROOF_SPEC, { root, key: treeKey, proof });
  }
}

/** ICS23 has no proof that a key is absent from an empty tree: ours names the key, and the root says the rest. */
function requireBareKey(treeKey: Uint8Array, proof: Uint8Array): void {
  const decoded = decodeCommitmentProof(proof);
  if (decoded.kind !== 'nonexist') throw proofError('it is a proof of presence');
  const { key, left, right } = decoded.nonexist;
  if (!equalBytes(key, treeKey)) throw proofError('it is about another key');
  if (left !== undefined || right !== undefined) throw proofError('an empty state has no neighbours');
}
