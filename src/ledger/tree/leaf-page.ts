import { assert } from '../../primitives/assert.js';
import { compareBytes } from '../../primitives/bytes.js';
import { ENTRY_BYTES, HASH_BYTES, type NodeHasher } from './node-hash.js';

/** A change of one key of the tree; `valueHash: undefined` deletes. */
export interface TreeChange {
  /** 32 bytes. */
  readonly treeKey: Uint8Array;
  /** 32 bytes. */
  readonly valueHash: Uint8Array | undefined;
}

/** The other side of a node on the way from a leaf to the root. */
export interface Sibling {
  readonly hash: Uint8Array;
  readonly side: 'left' | 'right';
}

/** Origin of an entry that the page before did not have. */
const NEW = -1;

/**
 * A page at the bottom: a few entries (tree key ‖ value hash) in ascending order, and the hashes of the trie over them.
 *
 * A trie of n leaves has n − 1 inner nodes, and each splits its entries at another gap between two neighbours. So the
 * hash of the node that splits between entry i and i + 1 is kept at index i, and a change recomputes only the nodes above it.
 * Immutable.
 */
export class LeafPage {
  readonly kind = 'leaf';
  readonly hash: Uint8Array;
  readonly #entries: Uint8Array;
  readonly #nodes: Uint8Array;

  private constructor(entries: Uint8Array, nodes: Uint8Array, hash: Uint8Array) {
    this.#entries = entries;
    this.#nodes = nodes;
    this.hash = hash;
  }

  /** @param entries one or more, strictly ascending; the page keeps the array. */
  static build(hasher: NodeHasher, entries: Uint8Array): LeafPage {
    const count = Math.trunc(entries.length / ENTRY_BYTES);
    assert(count >= 1, 'a leaf page has an entry');
    return LeafPage.#hashed(hasher, entries, new Int32Array(count).fill(NEW), undefined);
  }

  get count(): number {
    return Math.trunc(this.#entries.length / ENTRY_BYTES);
  }

  /** Entries in ascending order, 64 bytes each. Not to be written to. */
  get entries(): Uint8Array {
    return this.#entries;
  }

  /** What the page weighs in memory, roughly, in bytes. */
  get weight(): number {
    return this.#entries.length + this.#nodes.length + LEAF_PAGE_OVERHEAD_BYTES;
  }

  treeKey(index: number): Uint8Array {
    return this.#entries.slice(index * ENTRY_BYTES, index * ENTRY_BYTES + HASH_BYTES);
  }

  valueHash(index: number): Uint8Array {
    return this.#entries.slice(index * ENTRY_BYTES + HASH_BYTES, (index + 1) * ENTRY_BYTES);
  }

  /** Index of the first entry whose key is not below `treeKey`; {@link count} when all are. */
  lowerBound(treeKey: Uint8Array): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareKeyAt(this.#entries, middle * ENTRY_BYTES, treeKey) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether entry `index` exists and has this key. */
  hasAt(index: number, treeKey: Uint8Array): boolean {
    return index < this.count && compareKeyAt(this.#entries, index * ENTRY_BYTES, treeKey) === 0;
  }

  /** Siblings of entry `index`, from the leaf up to the page's root. */
  siblings(hasher: NodeHasher, index: number): Sibling[] {
    const siblings: Sibling[] = [];
    let low = 0;
    let high = this.count;
    while (high - low > 1) {
      const split = splitOf(this.#entries, low, high);
      if (index < split) {
        siblings.push({ hash: this.#rangeHash(hasher, split, high), side: 'right' });
        high = split;
      } else {
        siblings.push({ hash: this.#rangeHash(hasher, low, split), side: 'left' });
        low = split;
      }
    }
    return siblings.reverse();
  }

  /**
   * The entries after `changes[from…to)`, which are sorted by key, and where each stood in this page; undefined when the
   * changes change nothing.
   */
  merge(changes: readonly TreeChange[], from: number, to: number): MergedEntries | undefined {
    const count = this.count;
    const merged = new Uint8Array((count + to - from) * ENTRY_BYTES);
    const origins = new Int32Array(count + to - from);
    let mergedCount = 0;
    let isChanged = false;
    let old = 0;
    const keepUntil = (end: number): void => {
      if (end === old) return;
      merged.set(this.#entries.subarray(old * ENTRY_BYTES, end * ENTRY_BYTES), mergedCount * ENTRY_BYTES);
      while (old < end) origins[mergedCount++] = old++;
    };
    for (let i = from; i < to; i++) {
      const { treeKey, valueHash } = changes[i] as TreeChange;
      const at = this.lowerBound(treeKey);
      keepUntil(at);
      const isPresent = this.hasAt(at, treeKey);
      if (valueHash === undefined) {
        if (isPresent) {
          old++;
          isChanged = true;
        }
      } else if (isPresent && compareKeyAt(this.#entries, at * ENTRY_BYTES + HASH_BYTES, valueHash) === 0) {
        keepUntil(at + 1);
      } else {
        merged.set(treeKey, mergedCount * ENTRY_BYTES);
        merged.set(valueHash, mergedCount * ENTRY_BYTES + HASH_BYTES);
        origins[mergedCount++] = isPresent ? changedOrigin(old++) : NEW;
        isChanged = true;
      }
    }
    if (!isChanged) return undefined;
    keepUntil(count);
    return { entries: merged.slice(0, mergedCount * ENTRY_BYTES), origins: origins.subarray(0, mergedCount) };
  }

  /** The page with the outcome of {@link merge}, hashing only what that changed. */
  rebuilt(hasher: NodeHasher, merged: MergedEntries): LeafPage {
    return LeafPage.#hashed(hasher, merged.entries, merged.origins, this);
  }

  static #hashed(hasher: NodeHasher, entries: Uint8Array, origins: Int32Array, before: LeafPage | undefined): LeafPage {
    const count = origins.length;
    const nodes = new Uint8Array((count - 1) * HASH_BYTES);
    for (let gap = 0; before !== undefined && gap < count - 1; gap++) {
      const origin = origins[gap] as number;
      if (origin < 0 || origins[gap + 1] !== origin + 1) continue;
      for (let i = 0; i < HASH_BYTES; i++) {
        nodes[gap * HASH_BYTES + i] = before.#nodes[origin * HASH_BYTES + i] as number;
      }
    }
    const hashRange = (low: number, high: number): Uint8Array => {
      if (high - low === 1) return hasher.leaf(entries, low * ENTRY_BYTES);
      const split = splitOf(entries, low, high);
      const node = nodes.subarray((split - 1) * HASH_BYTES, split * HASH_BYTES);
      if (before !== undefined && isSameSubtree(origins, low, high, before.count)) return node;
      const hash = hasher.inner(hashRange(low, split), hashRange(split, high));
      node.set(hash);
      return hash;
    };
    return new LeafPage(entries, nodes, hashRange(0, count).slice());
  }

  #rangeHash(hasher: NodeHasher, low: number, high: number): Uint8Array {
    if (high - low === 1) return hasher.leaf(this.#entries, low * ENTRY_BYTES);
    const split = splitOf(this.#entries, low, high);
    return this.#nodes.slice((split - 1) * HASH_BYTES, split * HASH_BYTES);
  }
}

/** Entries of a page to be, and where each stood in the page before: its index, {@link NEW} or a {@link changedOrigin}. */
export interface MergedEntries {
  readonly entries: Uint8Array;
  readonly origins: Int32Array;
}

/** Origin of an entry that had another value at `index` of the page before; its own inverse. */
function changedOrigin(index: number): number {
  return NEW - 1 - index;
}

/** Three objects with their array headers and a place in a map, as measured on Node.js 20. */
const LEAF_PAGE_OVERHEAD_BYTES = 700;

/**
 * True when the entries below a node stood unchanged side by side in the page before, and between the same neighbours: an
 * entry that was deleted beside them was below the same node, perhaps.
 */
function isSameSubtree(origins: Int32Array, low: number, high: number, countBefore: number): boolean {
  const first = origins[low] as number;
  if (first < 0) return false;
  for (let i = low + 1; i < high; i++) if (origins[i] !== first + i - low) return false;
  const end = first + high - low;
  return (
    (low === 0 ? -1 : indexBefore(origins[low - 1] as number)) === first - 1 &&
    (high === origins.length ? countBefore : indexBefore(origins[high] as number)) === end
  );
}

/** Index in the page before, whether the value has changed since or not; no index at all for a new entry. */
function indexBefore(origin: number): number {
  return origin < NEW ? changedOrigin(origin) : origin === NEW ? Number.MIN_SAFE_INTEGER : origin;
}

/** Index of the first entry of the right side of the node over entries `[low, high)`, which are at least two. */
function splitOf(entries: Uint8Array, low: number, high: number): number {
  const first = low * ENTRY_BYTES;
  const last = (high - 1) * ENTRY_BYTES;
  let byte = 0;
  while (entries[first + byte] === entries[last + byte]) byte++;
  assert(byte < HASH_BYTES, 'entries are strictly ascending');
  const difference = (entries[first + byte] as number) ^ (entries[last + byte] as number);
  const bit = 1 << (31 - Math.clz32(difference));
  let left = low;
  let right = high - 1;
  while (right - left > 1) {
    const middle = (left + right) >> 1;
    if (((entries[middle * ENTRY_BYTES + byte] as number) & bit) === 0) left = middle;
    else right = middle;
  }
  return right;
}

function compareKeyAt(bytes: Uint8Array, offset: number, key: Uint8Array): number {
  for (let i = 0; i < HASH_BYTES; i++) {
    const difference = (bytes[offset + i] as number) - (key[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Sorts by tree key. */
export function compareChanges(a: TreeChange, b: TreeChange): number {
  return compareBytes(a.treeKey, b.treeKey);
}
