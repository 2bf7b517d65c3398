/**
 * Group commit: what waits is committed together, and what is alone waits for nobody. While one batch is being made
 * durable, further objects arrive; they are the next batch.
 */
import { CairnError } from '../primitives/errors.js';

/** Bounds of one transaction, and of what may wait for one. */
const BATCH_OBJECTS_MAX = 512;
const BATCH_BYTES_MAX = 32 * 1024 * 1024;
const WAITING_BYTES_MAX = 256 * 1024 * 1024;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly size: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export class WriteQueue<Item, Result> {
  #waiting: Waiting<Item, Result>[] = [];
  #waitingBytes = 0;
  #scheduled = false;
  readonly #commit: (items: readonly Item[]) => readonly (Result | CairnError)[];

  /**
   * @param commit makes a batch durable in one transaction. Returns a result or a refusal per item, in order; throws
   * when nothing of the batch was stored.
   */
  constructor(commit: (items: readonly Item[]) => readonly (Result | CairnError)[]) {
    this.#commit = commit;
  }

  /** Resolves when durable. Error `vault.busy` when 256 MiB are waiting already. */
  add(item: Item, size: number): Promise<Result> {
    if (this.#waitingBytes + size > WAITING_BYTES_MAX) {
      return Promise.reject(new CairnError('vault.busy', 'too much is waiting to be stored; retry later'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, size, resolve, reject });
      this.#waitingBytes += size;
      this.#schedule();
    });
  }

  /** Commits all that waits, now. */
  flush(): void {
    while (this.#waiting.length > 0) this.#commitOne();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After this turn of the event loop: everything that arrived with the same read of the sockets goes together.
    setImmediate(() => {
      this.#scheduled = false;
      this.#commitOne();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  #commitOne(): void {
    const batch = this.#takeBatch();
    if (batch.length === 0) return;
    let results: readonly (Result | CairnError)[];
    try {
      results = this.#commit(batch.map((waiting) => waiting.item));
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
      return;
    }
    batch.forEach((waiting, index) => {
      const result = results[index] as Result | CairnError;
      if (result instanceof CairnError) waiting.reject(result);
      else waiting.resolve(result);
    });
  }

  #takeBatch(): Waiting<Item, Result>[] {
    let count = 0;
    let bytes = 0;
    for (const waiting of this.#waiting) {
      if (count === BATCH_OBJECTS_MAX || (count > 0 && bytes + waiting.size > BATCH_BYTES_MAX)) break;
      count += 1;
      bytes += waiting.size;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }
}
