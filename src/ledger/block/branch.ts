import type { Crypto } from '../../primitives/crypto.js';
import { inclusionProof, leafHash, nodeHash } from '../../primitives/merkle-log.js';

/**
 * The way from a leaf up to the root of a Merkle log. It states for each sibling on which side it is, instead of the
 * leaf's index and the size of the log: several pairs of those lead to the same root, so a receipt that carried them
 * could be altered and still be valid. Here every bit is bound by the root.
 */
export type Branch = readonly BranchStep[];

export interface BranchStep {
  readonly siblingIsLeft: boolean;
  /** 32 bytes. */
  readonly sibling: Uint8Array;
}

/** @throws CairnError `merkle.out-of-range` if there is no leaf with this index. */
export function branchOf(crypto: Crypto, leaves: readonly Uint8Array[], index: number): Branch {
  const hashes = leaves.map((leaf) => leafHash(crypto, leaf));
  const siblings = inclusionProof(crypto, hashes, index);
  const sides = siblingSides(index, leaves.length);
  return siblings.map((sibling, level) => ({ siblingIsLeft: sides[level] === true, sibling }));
}

/** Root of the log in which the leaf has this branch. */
export function rootOfBranch(crypto: Crypto, leaf: Uint8Array, branch: Branch): Uint8Array {
  return branch.reduce(
    (hash, { siblingIsLeft, sibling }) =>
      siblingIsLeft ? nodeHash(crypto, sibling, hash) : nodeHash(crypto, hash, sibling),
    leafHash(crypto, leaf),
  );
}

/** For each level from the leaf at `index` of `size` up, whether the sibling is on the left. */
export function siblingSides(index: number, size: number): boolean[] {
  const sides: boolean[] = [];
  let node = index;
  for (let last = size - 1; last > 0; last = Math.floor(last / 2)) {
    // A node at the right end without a sibling stands for its parent.
    if (node % 2 === 1) sides.push(true);
    else if (node < last) sides.push(false);
    node = Math.floor(node / 2);
  }
  return sides;
}
