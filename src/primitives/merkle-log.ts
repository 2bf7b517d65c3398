/*
 * Append-only Merkle logs of RFC 9162 §2.1 (the same trees as RFC 6962 and CometBFT), with SHA-256:
 *
 *   empty   SHA-256("")
 *   leaf    SHA-256(0x00 ‖ data)
 *   node    SHA-256(0x01 ‖ left ‖ right), the left subtree being the largest full one that leaves something to the right
 *
 * Sizes and indexes are safe integers. Proofs are lists of 32-byte hashes in the order in which a verifier meets them.
 */
import { equalBytes } from './bytes.js';
import type { CborValue } from './cbor.js';
import type { Crypto } from './crypto.js';
import { CairnError } from './errors.js';

const HASH_BYTES = 32;

/** Hash of one entry. */
export function leafHash(crypto: Crypto, data: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + data.length);
  input.set(data, 1);
  return crypto.sha256(input);
}

/** Hash of two subtrees, 32 bytes each. */
export function nodeHash(crypto: Crypto, left: Uint8Array, right: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + 2 * HASH_BYTES);
  input[0] = 1;
  input.set(left, 1);
  input.set(right, 1 + HASH_BYTES);
  return crypto.sha256(input);
}

/** Root of the log of these entries. */
export function merkleRoot(crypto: Crypto, leaves: readonly Uint8Array[]): Uint8Array {
  return merkleRootOfHashes(
    crypto,
    leaves.map((data) => leafHash(crypto, data)),
  );
}

/** As {@link merkleRoot}, from the leaf hashes. */
export function merkleRootOfHashes(crypto: Crypto, leafHashes: readonly Uint8Array[]): Uint8Array {
  return leafHashes.length === 0 ? emptyRoot(crypto) : subtreeRoot(crypto, leafHashes, 0, leafHashes.length);
}

function emptyRoot(crypto: Crypto): Uint8Array {
  return crypto.sha256(new Uint8Array(0));
}

/** Root over the leaves from `start` to before `end`, of which there is at least one. */
function subtreeRoot(crypto: Crypto, leafHashes: readonly Uint8Array[], start: number, end: number): Uint8Array {
  if (end - start === 1) return leafHashes[start] as Uint8Array;
  const middle = start + splitOf(end - start);
  return nodeHash(crypto, subtreeRoot(crypto, leafHashes, start, middle), subtreeRoot(crypto, leafHashes, middle, end));
}

/** Largest power of two below `size`, which is at least 2. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/**
 * The audit path of entry `index` (RFC 9162 §2.1.3.1), leaf to root.
 * @throws CairnError `merkle.out-of-range`
 */
export function inclusionProof(crypto: Crypto, leafHashes: readonly Uint8Array[], index: number): Uint8Array[] {
  if (!isSize(index) || index >= leafHashes.length) {
    throw new CairnError(
      'merkle.out-of-range',
      `The log has ${leafHashes.length} entries; there is no entry ${index}.`,
    );
  }
  const path: Uint8Array[] = [];
  let start = 0;
  let end = leafHashes.length;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      path.push(subtreeRoot(crypto, leafHashes, middle, end));
      end = middle;
    } else {
      path.push(subtreeRoot(crypto, leafHashes, start, middle));
      start = middle;
    }
  }
  return path.reverse();
}

export interface InclusionClaim {
  readonly root: Uint8Array;
  /** Entries under `root`. */
  readonly size: number;
  readonly index: number;
  readonly leafHash: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Whether the proof shows that the log of `size` entries under `root` has the leaf at `index` (RFC 9162 §2.1.3.2). */
export function verifyInclusion(crypto: Crypto, claim: InclusionClaim): boolean {
  const { root, size, index, proof } = claim;
  if (!isSize(size) || !isSize(index) || index >= size || !areHashes([root, claim.leafHash, ...proof])) return false;
  let node = index;
  let last = size - 1;
  let hash = claim.leafHash;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      hash = nodeHash(crypto, sibling, hash);
      // A node without a right neighbour stands for its parent until it is a right child itself.
      while (!isOdd(node) && node !== 0) {
        node = half(node);
        last = half(last);
      }
    } else {
      hash = nodeHash(crypto, hash, sibling);
    }
    node = half(node);
    last = half(last);
  }
  return last === 0 && equalBytes(hash, root);
}

/**
 * Proof that the log of these leaves extends its own first `oldSize` entries (RFC 9162 §2.1.4.1). Empty where `oldSize` is
 * 0 or the whole log.
 * @throws CairnError `merkle.out-of-range`
 */
export function consistencyProof(crypto: Crypto, leafHashes: readonly Uint8Array[], oldSize: number): Uint8Array[] {
  if (!isSize(oldSize) || oldSize > leafHashes.length) {
    throw new CairnError(
      'merkle.out-of-range',
      `The log has ${leafHashes.length} entries, so it cannot extend ${oldSize}.`,
    );
  }
  if (oldSize === 0) return [];
  const path: Uint8Array[] = [];
  let start = 0;
  let end = leafHashes.length;
  while (oldSize !== end) {
    const middle = start + splitOf(end - start);
    if (oldSize <= middle) {
      path.push(subtreeRoot(crypto, leafHashes, middle, end));
      end = middle;
    } else {
      path.push(subtreeRoot(crypto, leafHashes, start, middle));
      start = middle;
    }
  }
  // The verifier knows the old root; it needs the last old subtree only where that is not the whole old log.
  if (start !== 0) path.push(subtreeRoot(crypto, leafHashes, start, end));
  return path.reverse();
}

export interface ConsistencyClaim {
  readonly oldRoot: Uint8Array;
  readonly oldSize: number;
  readonly newRoot: Uint8Array;
  readonly newSize: number;
  readonly proof: readonly Uint8Array[];
}

/** Whether the proof shows that the new log begins with the whole old log (RFC 9162 §2.1.4.2). */
export function verifyConsistency(crypto: Crypto, claim: ConsistencyClaim): boolean {
  const { oldRoot, oldSize, newRoot, newSize, proof } = claim;
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) return false;
  if (!areHashes([oldRoot, newRoot, ...proof])) return false;
  if (oldSize === 0) {
    return (
      proof.length === 0 && equalBytes(oldRoot, emptyRoot(crypto)) && (newSize > 0 || equalBytes(oldRoot, newRoot))
    );
  }
  if (oldSize === newSize) return proof.length === 0 && equalBytes(oldRoot, newRoot);

  let node = oldSize - 1;
  let last = newSize - 1;
  while (isOdd(node)) {
    node = half(node);
    last = half(last);
  }
  // `node` is 0 exactly if the old log is a full tree: then its root is where both computations start.
  const path = node === 0 ? [oldRoot, ...proof] : proof;
  const [first, ...siblings] = path;
  if (first === undefined) return false;
  let oldHash = first;
  let newHash = first;
  for (const sibling of siblings) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      oldHash = nodeHash(crypto, sibling, oldHash);
      newHash = nodeHash(crypto, sibling, newHash);
      while (!isOdd(node) && node !== 0) {
        node = half(node);
        last = half(last);
      }
    } else {
      newHash = nodeHash(crypto, newHash, sibling);
    }
    node = half(node);
    last = half(last);
  }
  return last === 0 && equalBytes(oldHash, oldRoot) && equalBytes(newHash, newRoot);
}

/** All that appending needs: the roots of the full subtrees, largest first, one for each bit of `size`. */
export interface Frontier {
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
}

export const EMPTY_FRONTIER: Frontier = { size: 0, hashes: [] };

/** The frontier after one more entry. The given one stays as it is. */
export function appendToFrontier(crypto: Crypto, { size, hashes }: Frontier, leaf: Uint8Array): Frontier {
  const next = [...hashes];
  let hash = leaf;
  for (let rest = size; isOdd(rest); rest = half(rest)) hash = nodeHash(crypto, next.pop() as Uint8Array, hash);
  next.push(hash);
  return { size: size + 1, hashes: next };
}

/** Root of the log that has this frontier. */
export function frontierRoot(crypto: Crypto, { hashes }: Frontier): Uint8Array {
  if (hashes.length === 0) return emptyRoot(crypto);
  return hashes.reduceRight((right, left) => nodeHash(crypto, left, right));
}

/** `[size, [hash, …]]` */
export function frontierToCbor({ size, hashes }: Frontier): CborValue {
  return [size, [...hashes]];
}

/** @throws CairnError `merkle.malformed-frontier` unless there is one 32-byte hash for each bit of the size. */
export function frontierFromCbor(value: CborValue | undefined): Frontier {
  if (Array.isArray(value) && value.length === 2) {
    const [size, hashes] = value as [CborValue, CborValue];
    if (isSize(size) && Array.isArray(hashes) && areHashes(hashes) && hashes.length === oneBits(size)) {
      return { size, hashes };
    }
  }
  throw new CairnError('merkle.malformed-frontier', 'A frontier is [size, one 32-byte hash for each full subtree].');
}

function oneBits(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = half(rest)) count += rest % 2;
  return count;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function areHashes(values: readonly unknown[]): values is Uint8Array[] {
  return values.every((value) => value instanceof Uint8Array && value.length === HASH_BYTES);
}

// Shifts and bit tests work on 32 bits only; sizes have up to 53.
function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function half(value: number): number {
  return Math.floor(value / 2);
}
