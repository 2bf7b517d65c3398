/*
 * What the root commits to. Over the tree keys of the state, a binary trie without nodes of one child:
 *
 *   leaf  = SHA-256(0x00 ‖ tree key (32) ‖ value hash (32))
 *   inner = SHA-256(0x01 ‖ left hash (32) ‖ right hash (32))      keys with bit 0 left, with bit 1 right
 *   a subtree of one key is its leaf; a node with one empty side is its other side; the empty tree is SHA-256("")
 *
 * The store uses tree key = SHA-256(application key) and value hash = SHA-256(value): proofs of absence show neighbouring
 * tree keys, which say nothing about the application keys behind them.
 */
import type { Crypto } from '../../primitives/crypto.js';
import { fromHex } from '../../primitives/bytes.js';

/** Length of tree keys, value hashes and node hashes. */
export const HASH_BYTES = 32;
/** A tree key and its value hash, side by side. */
export const ENTRY_BYTES = 2 * HASH_BYTES;

/** Root of a state without keys: SHA-256(""). */
export const EMPTY_ROOT = fromHex('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');

export const LEAF_PREFIX = 0x00;
export const INNER_PREFIX = 0x01;

/** Hashes nodes through scratch buffers, because a commit hashes thousands and the arrays would be most of its cost. */
export class NodeHasher {
  readonly #crypto: Pick<Crypto, 'sha256'>;
  readonly #leaf = new Uint8Array(1 + ENTRY_BYTES);
  readonly #inner = new Uint8Array(1 + 2 * HASH_BYTES);

  constructor(crypto: Pick<Crypto, 'sha256'>) {
    this.#crypto = crypto;
    this.#leaf[0] = LEAF_PREFIX;
    this.#inner[0] = INNER_PREFIX;
  }

  /** Hash of the leaf whose 64-byte entry starts at `offset` of `entries`. */
  leaf(entries: Uint8Array, offset: number): Uint8Array {
    for (let i = 0; i < ENTRY_BYTES; i++) this.#leaf[1 + i] = entries[offset + i] as number;
    return this.#crypto.sha256(this.#leaf);
  }

  inner(left: Uint8Array, right: Uint8Array): Uint8Array {
    this.#inner.set(left, 1);
    this.#inner.set(right, 1 + HASH_BYTES);
    return this.#crypto.sha256(this.#inner);
  }
}
