import { toHex } from '../../primitives/bytes.js';
import { CairnError } from '../../primitives/errors.js';
import type { CommittedTransaction } from '../driver.js';

/** A transaction that passed the filter and waits for a block. */
export interface PooledTransaction {
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
  readonly resolve: (committed: CommittedTransaction) => void;
  readonly reject: (error: unknown) => void;
}

/** Bounds of what waits; beyond them the caller is told to slow down. */
export const POOL_LIMITS = { transactionsMax: 32_768, bytesMax: 128 * 1024 * 1024 } as const;

/** First in, first out, bounded, no transaction twice. */
export class Pool {
  #waiting: PooledTransaction[] = [];
  #bytes = 0;
  readonly #ids = new Set<string>();

  get size(): number {
    return this.#waiting.length;
  }

  /** @throws CairnError `pool.full`, or `transaction.replayed` for one that waits already. */
  add(transaction: PooledTransaction): void {
    const id = toHex(transaction.id);
    if (this.#ids.has(id))
      throw new CairnError('transaction.replayed', 'The transaction is waiting for a block already.');
    if (
      this.#waiting.length >= POOL_LIMITS.transactionsMax ||
      this.#bytes + transaction.bytes.length > POOL_LIMITS.bytesMax
    ) {
      throw new CairnError('pool.full', 'Too many transactions are waiting. Try again in a moment.');
    }
    this.#ids.add(id);
    this.#waiting.push(transaction);
    this.#bytes += transaction.bytes.length;
  }

  /** Takes from the front what fits into a block; at least one if any waits. */
  take(transactionsMax: number, bytesMax: number): PooledTransaction[] {
    let count = 0;
    let bytes = 0;
    while (count < this.#waiting.length && count < transactionsMax) {
      const next = this.#waiting[count]?.bytes.length ?? 0;
      if (count > 0 && bytes + next > bytesMax) break;
      bytes += next;
      count += 1;
    }
    const taken = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    this.#bytes -= bytes;
    return taken;
  }

  /** To be called when a taken transaction is settled, so that its id may be handed in again. */
  settle(transaction: PooledTransaction): void {
    this.#ids.delete(toHex(transaction.id));
  }

  /** Empties the pool. */
  takeAll(): PooledTransaction[] {
    const all = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    this.#ids.clear();
    return all;
  }
}
