import type { Arena } from './arena.js';
import type { Sibling } from './leaf-page.js';
import { HASH_BYTES, type NodeHasher } from './node-hash.js';
import { FANOUT } from './page-path.js';

/** Index of the page's root in the heap: node i has the children 2i and 2i + 1, and child n of the page is at 16 + n. */
const ROOT = 1;
const PAGE_BYTES = 2 * FANOUT * HASH_BYTES;

/**
 * A page inside the tree: the hashes of up to 16 child pages and of the four levels of the trie above them, in a heap, so
 * that a changed child costs four hashes.
 */
export class InnerPage {
  readonly kind = 'inner';
  /** The heap, 32 bytes a node; in the place of the node 0, which a heap does not have, four bytes with a bit for each node that is there. */
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** A page without children, to be edited. */
  static empty(arena: Arena): InnerPage {
    return new InnerPage(arena.take(PAGE_BYTES).fill(0));
  }

  get hash(): Uint8Array {
    return this.#node(ROOT);
  }

  get isEmpty(): boolean {
    return !this.#has(ROOT);
  }

  /** What the page weighs in memory, roughly, in bytes. */
  get weight(): number {
    return PAGE_BYTES + INNER_PAGE_OVERHEAD_BYTES;
  }

  /** Hash of a child page; undefined where there is none. */
  child(nibble: number): Uint8Array | undefined {
    return this.#has(FANOUT + nibble) ? this.#node(FANOUT + nibble) : undefined;
  }

  /** The nearest child beside `nibble` in one direction. */
  childBeside(nibble: number, direction: 'left' | 'right'): number | undefined {
    const step = direction === 'left' ? -1 : 1;
    for (let n = nibble + step; n >= 0 && n < FANOUT; n += step) if (this.#has(FANOUT + n)) return n;
    return undefined;
  }

  /** The siblings of a child, from the bottom of the page up. */
  siblings(nibble: number): Sibling[] {
    const siblings: Sibling[] = [];
    for (let node = FANOUT + nibble; node > ROOT; node >>= 1) {
      const other = node ^ 1;
      if (this.#has(other)) siblings.push({ hash: this.#node(other), side: other < node ? 'left' : 'right' });
    }
    return siblings;
  }

  /** A copy to be edited. */
  edited(arena: Arena): InnerPage {
    const bytes = arena.take(PAGE_BYTES);
    bytes.set(this.bytes);
    return new InnerPage(bytes);
  }

  /** Sets or, with `undefined`, removes a child. The page is in order again after {@link rehash}. */
  setChild(nibble: number, hash: Uint8Array | undefined): void {
    this.#set(FANOUT + nibble, hash);
  }

  /** Computes the nodes above changed children; bit n of `nibbles` stands for child n. */
  rehash(hasher: NodeHasher, nibbles: number): void {
    let touched = nibbles << FANOUT;
    for (let node = FANOUT - 1; node >= ROOT; node--) {
      if (((touched >>> (2 * node)) & 3) === 0) continue;
      touched |= 1 << node;
      this.#set(node, this.#joined(hasher, 2 * node, 2 * node + 1));
    }
  }

  #joined(hasher: NodeHasher, left: number, right: number): Uint8Array | undefined {
    if (!this.#has(left)) return this.#has(right) ? this.#node(right) : undefined;
    return this.#has(right) ? hasher.inner(this.#node(left), this.#node(right)) : this.#node(left);
  }

  #has(node: number): boolean {
    return (((this.bytes[node >> 3] as number) >> (node & 7)) & 1) === 1;
  }

  #node(node: number): Uint8Array {
    return this.bytes.subarray(node * HASH_BYTES, (node + 1) * HASH_BYTES);
  }

  #set(node: number, hash: Uint8Array | undefined): void {
    const bit = 1 << (node & 7);
    const byte = this.bytes[node >> 3] as number;
    this.bytes[node >> 3] = hash === undefined ? byte & ~bit : byte | bit;
    if (hash !== undefined) this.bytes.set(hash, node * HASH_BYTES);
  }
}

/** Two objects with their array headers and a place in a map, on Node.js 20. */
const INNER_PAGE_OVERHEAD_BYTES = 400;
