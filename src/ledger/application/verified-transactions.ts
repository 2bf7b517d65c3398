import { toHex } from '../../primitives/bytes.js';
import type { Crypto } from '../../primitives/crypto.js';
import type { Transaction } from '../transaction/transaction.js';

/** Bounds of the memory: a pool's worth of transactions. */
const COUNT_MAX = 65_536;
const BYTES_MAX = 128 * 1024 * 1024;

/**
 * Transactions whose signature was found right, so that it is checked once however often they are asked about: by the
 * pool, when a block is proposed, and when it is executed. Known by the SHA-256 of all their bytes; the oldest are
 * forgotten first.
 */
export class VerifiedTransactions {
  readonly #crypto: Crypto;
  readonly #known = new Map<string, { readonly transaction: Transaction; readonly length: number }>();
  #bytes = 0;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  /** What a transaction is known by. */
  keyOf(bytes: Uint8Array): string {
    return toHex(this.#crypto.sha256(bytes));
  }

  get(key: string): Transaction | undefined {
    return this.#known.get(key)?.transaction;
  }

  add(key: string, transaction: Transaction, length: number): void {
    this.delete(key);
    this.#known.set(key, { transaction, length });
    this.#bytes += length;
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= COUNT_MAX && this.#bytes <= BYTES_MAX) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#known.get(key)?.length ?? 0;
    this.#known.delete(key);
  }
}
