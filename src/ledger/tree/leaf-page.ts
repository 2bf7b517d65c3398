import { assert } from '../../primitives/assert.js';
import { compareBytes } from '../../primitives/bytes.js';
import type { Arena } from './arena.js';
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

/**
 * A page at the bottom: a few entries (tree key ‖ value hash) in ascending order, and the hashes of the trie over them.
 *
 * A trie of n leaves has n − 1 inner nodes, and each splits its entries at another gap between two neighbours. So the
 * hash of the node that splits between entry i and i + 1 is kept at index i, and a change recomputes only the nodes above it.
 */
export class LeafPage {
  readonly kind = 'leaf';
  readonly count: number;
  /** 0x00 ‖ entries (64 bytes each) ‖ nodes (32 each) ‖ hash of the page: in one array, because a small one weighs more than its bytes. */
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.count = Math.trunc(bytes.length / (ENTRY_BYTES + HASH_BYTES));
  }

  /** @param entries one or more, strictly ascending, 64 bytes each. */
  static build(arena: Arena, hasher: NodeHasher, entries: Uint8Array): LeafPage {
    const count = Math.trunc(entries.length / ENTRY_BYTES);
    assert(count >= 1, 'a leaf page has an entry');
    const page = new LeafPage(arena.take(pageBytes(count)));
    page.bytes.set(entries, entryOffset(0));
    return page.#hashed(hasher, undefined, []);
  }

  get hash(): Uint8Array {
    return this.bytes.subarray(this.bytes.length - HASH_BYTES);
  }

  /** The page without what can be computed: its form on disk. */
  get stored(): Uint8Array {
    return this.bytes.subarray(0, entryOffset(this.count));
  }

  /** What the page weighs in memory, roughly, in bytes. */
  get weight(): number {
    return this.bytes.length + LEAF_PAGE_OVERHEAD_BYTES;
  }

  treeKey(index: number): Uint8Array {
    return this.bytes.slice(entryOffset(index), entryOffset(index) + HASH_BYTES);
  }

  valueHash(index: number): Uint8Array {
    return this.bytes.slice(entryOffset(index) + HASH_BYTES, entryOffset(index + 1));
  }

  /** Index of the first entry whose key is not below `treeKey`; {@link count} when all are. */
  lowerBound(treeKey: Uint8Array): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareAt(this.bytes, entryOffset(middle), treeKey) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether entry `index` exists and has this key. */
  hasAt(index: number, treeKey: Uint8Array): boolean {
    return index < this.count && compareAt(this.bytes, entryOffset(index), treeKey) === 0;
  }

  /** Siblings of entry `index`, from the leaf up to the page's root. */
  siblings(hasher: NodeHasher, index: number): Sibling[] {
    const siblings: Sibling[] = [];
    let low = 0;
    let high = this.count;
    while (high - low > 1) {
      const split = splitOf(this.bytes, low, high);
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

  /** What changes `[from, to)`, which are sorted by key, make of the entries; undefined when they change nothing. */
  merge(changes: readonly TreeChange[], from: number, to: number): Merge | undefined {
    const origins: number[] = [];
    const sources: TreeChange[] = [];
    const undo: TreeChange[] = [];
    let old = 0;
    for (let i = from; i < to; i++) {
      const change = changes[i] as TreeChange;
      const at = this.lowerBound(change.treeKey);
      while (old < at) origins.push(old++);
      const isPresent = this.hasAt(at, change.treeKey);
      const isSame =
        change.valueHash === undefined
          ? !isPresent
          : isPresent && compareAt(this.bytes, entryOffset(at) + HASH_BYTES, change.valueHash) === 0;
      if (isSame) continue;
      undo.push({ treeKey: change.treeKey, valueHash: isPresent ? this.valueHash(at) : undefined });
      if (isPresent) old++;
      if (change.valueHash !== undefined) {
        origins.push(isPresent ? changedOrigin(at) : NEW);
        sources.push(change);
      }
    }
    if (undo.length === 0) return undefined;
    while (old < this.count) origins.push(old++);
    return { origins, sources, undo };
  }

  /** The page after a merge that left entries, hashing only what changed. */
  merged(arena: Arena, hasher: NodeHasher, merge: Merge): LeafPage {
    const page = new LeafPage(arena.take(pageBytes(merge.origins.length)));
    this.#copyEntries(merge, page.bytes, entryOffset(0));
    return page.#hashed(hasher, this, merge.origins);
  }

  /** The entries after a merge, for pages that are built from them. */
  mergedEntries(merge: Merge): Uint8Array {
    const entries = new Uint8Array(merge.origins.length * ENTRY_BYTES);
    this.#copyEntries(merge, entries, 0);
    return entries;
  }

  #copyEntries({ origins, sources }: Merge, target: Uint8Array, start: number): void {
    let source = 0;
    for (let i = 0; i < origins.length;) {
      const origin = origins[i] as number;
      const offset = start + i * ENTRY_BYTES;
      let end = i + 1;
      if (origin < 0) {
        const { treeKey, valueHash } = sources[source++] as TreeChange;
        target.set(treeKey, offset);
        target.set(valueHash as Uint8Array, offset + HASH_BYTES);
      } else {
        while (end < origins.length && origins[end] === origin + end - i) end++;
        target.set(this.bytes.subarray(entryOffset(origin), entryOffset(origin + end - i)), offset);
      }
      i = end;
    }
  }

  /** Fills in the nodes and the hash; what stands as it did in the page before is copied. */
  #hashed(hasher: NodeHasher, before: LeafPage | undefined, origins: readonly number[]): this {
    const { bytes } = this;
    // The memory may have held something else before.
    bytes[0] = 0;
    const hashRange = (low: number, high: number): Uint8Array => {
      if (high - low === 1) return hasher.leaf(bytes, entryOffset(low));
      const split = splitOf(bytes, low, high);
      if (before !== undefined && isSameSubtree(origins, low, high, before.count)) {
        const shift = (origins[low] as number) - low;
        const nodes = before.bytes.subarray(before.#nodeOffset(low + shift), before.#nodeOffset(high - 1 + shift));
        bytes.set(nodes, this.#nodeOffset(low));
        return this.#node(split - 1);
      }
      const hash = hasher.inner(hashRange(low, split), hashRange(split, high));
      bytes.set(hash, this.#nodeOffset(split - 1));
      return hash;
    };
    bytes.set(hashRange(0, this.count), bytes.length - HASH_BYTES);
    return this;
  }

  #rangeHash(hasher: NodeHasher, low: number, high: number): Uint8Array {
    if (high - low === 1) return hasher.leaf(this.bytes, entryOffset(low));
    return this.#node(splitOf(this.bytes, low, high) - 1).slice();
  }

  #node(gap: number): Uint8Array {
    return this.bytes.subarray(this.#nodeOffset(gap), this.#nodeOffset(gap + 1));
  }

  #nodeOffset(gap: number): number {
    return entryOffset(this.count) + gap * HASH_BYTES;
  }
}

/** The outcome of a merge, not yet copied together. */
interface Merge {
  /** For each entry its index in the page before, {@link NEW} or a {@link changedOrigin}. */
  readonly origins: readonly number[];
  /** The new and changed entries, in order. */
  readonly sources: readonly TreeChange[];
  /** What leads back. */
  readonly undo: readonly TreeChange[];
}

/** Origin of an entry that the page before did not have. */
const NEW = -1;

/** Two objects with their array headers and a place in a map, on Node.js 20. */
const LEAF_PAGE_OVERHEAD_BYTES = 400;

function pageBytes(count: number): number {
  return 1 + count * (ENTRY_BYTES + HASH_BYTES);
}

function entryOffset(index: number): number {
  return 1 + index * ENTRY_BYTES;
}

/** Origin of an entry that had another value at `index` of the page before; its own inverse. */
function changedOrigin(index: number): number {
  return NEW - 1 - index;
}

/**
 * True when the entries below a node stood unchanged side by side in the page before, and between the same neighbours: an
 * entry that was deleted beside them was below the same node, perhaps.
 */
function isSameSubtree(origins: readonly number[], low: number, high: number, countBefore: number): boolean {
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
function splitOf(page: Uint8Array, low: number, high: number): number {
  const first = entryOffset(low);
  const last = entryOffset(high - 1);
  let byte = 0;
  while (byte < HASH_BYTES && page[first + byte] === page[last + byte]) byte++;
  assert(byte < HASH_BYTES, 'entries are strictly ascending');
  const difference = (page[first + byte] as number) ^ (page[last + byte] as number);
  const bit = 1 << (31 - Math.clz32(difference));
  let left = low;
  let right = high - 1;
  while (right - left > 1) {
    const middle = (left + right) >> 1;
    if (((page[entryOffset(middle) + byte] as number) & bit) === 0) left = middle;
    else right = middle;
  }
  return right;
}

/** Compares 32 bytes at `offset` with `hash`. */
function compareAt(bytes: Uint8Array, offset: number, hash: Uint8Array): number {
  for (let i = 0; i < HASH_BYTES; i++) {
    const difference = (bytes[offset + i] as number) - (hash[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Sorts by tree key. */
export function compareChanges(a: TreeChange, b: TreeChange): number {
  return compareBytes(a.treeKey, b.treeKey);
}
