import { HASH_BYTES, type NodeHasher } from './node-hash.js';
import { FANOUT } from './page-path.js';
import type { Sibling } from './leaf-page.js';

/** Index of the page's root in the heap: node i has the children 2i and 2i + 1, and child n of the page is at 16 + n. */
const ROOT = 1;

/**
 * A page inside the tree: the hashes of up to 16 child pages and of the four levels of the trie above them, in a heap, so
 * that a changed child costs four hashes. Mutable only while it is built.
 */
export class InnerPage {
  readonly kind = 'inner';
  readonly #heap: Uint8Array;
  /** Bit i: node i is not empty. */
  #present: number;

  private constructor(heap: Uint8Array, present: number) {
    this.#heap = heap;
    this.#present = present;
  }

  /** @param children by nibble; at least one. */
  static build(hasher: NodeHasher, children: ReadonlyMap<number, Uint8Array>): InnerPage {
    return new InnerPage(new Uint8Array(2 * FANOUT * HASH_BYTES), 0).with(hasher, children);
  }

  get hash(): Uint8Array {
    return this.#node(ROOT);
  }

  get isEmpty(): boolean {
    return this.#present === 0;
  }

  /** What the page weighs in memory, roughly, in bytes. */
  get weight(): number {
    return 2 * FANOUT * HASH_BYTES + INNER_PAGE_OVERHEAD_BYTES;
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

  /** A page with some children changed, `undefined` meaning removed. */
  with(hasher: NodeHasher, changes: ReadonlyMap<number, Uint8Array | undefined>): InnerPage {
    const page = new InnerPage(this.#heap.slice(), this.#present);
    let touched = 0;
    for (const [nibble, hash] of changes) {
      page.#set(FANOUT + nibble, hash);
      touched |= 1 << (FANOUT + nibble);
    }
    for (let node = FANOUT - 1; node >= ROOT; node--) {
      if (((touched >>> (2 * node)) & 3) === 0) continue;
      touched |= 1 << node;
      page.#set(node, page.#join(hasher, 2 * node, 2 * node + 1));
    }
    return page;
  }

  #join(hasher: NodeHasher, left: number, right: number): Uint8Array | undefined {
    if (!this.#has(left)) return this.#has(right) ? this.#node(right) : undefined;
    return this.#has(right) ? hasher.inner(this.#node(left), this.#node(right)) : this.#node(left);
  }

  #has(node: number): boolean {
    return ((this.#present >>> node) & 1) === 1;
  }

  #node(node: number): Uint8Array {
    return this.#heap.subarray(node * HASH_BYTES, (node + 1) * HASH_BYTES);
  }

  #set(node: number, hash: Uint8Array | undefined): void {
    if (hash === undefined) {
      this.#present &= ~(1 << node);
    } else {
      this.#present |= 1 << node;
      this.#heap.set(hash, node * HASH_BYTES);
    }
  }
}

/** Two objects with their array headers and a place in a map, as measured on Node.js 20. */
const INNER_PAGE_OVERHEAD_BYTES = 450;
