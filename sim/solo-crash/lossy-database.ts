import type { Database, DatabaseRange, DatabaseWrite } from '../../src/ledger/store/database.js';
import { MemoryDatabase } from '../../src/ledger/store/memory-database.js';

export interface LossyOptions {
  readonly random: () => number;
  /** A planted fault: a durable write is acknowledged before it is one. */
  readonly forgetsToSync?: boolean;
}

/**
 * A disk with a cache that a power cut empties: batches are written in order and whole, but only a durable one makes sure
 * that it, and those before it, are still there afterwards.
 */
export class LossyDatabase implements Database {
  readonly #options: LossyOptions;
  /** What programs see: all that was written. */
  readonly #current: MemoryDatabase;
  /** Batches from the beginning; those before `#safeCount` outlive a power cut. */
  readonly #batches: (readonly DatabaseWrite[])[];
  #safeCount: number;
  #isOff = false;

  constructor(options: LossyOptions, survived: readonly (readonly DatabaseWrite[])[] = []) {
    this.#options = options;
    this.#current = new MemoryDatabase();
    this.#batches = [...survived];
    this.#safeCount = survived.length;
    for (const batch of survived) void this.#current.write(batch);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#current.get(key);
  }

  range(range: DatabaseRange): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]> {
    return this.#current.range(range);
  }

  async write(writes: readonly DatabaseWrite[], { durable }: { durable: boolean }): Promise<void> {
    const copy = writes.map(({ key, value }) => ({ key: key.slice(), value: value?.slice() }));
    await this.#pass();
    this.#batches.push(copy);
    const count = this.#batches.length;
    if (durable && this.#options.forgetsToSync !== true) {
      await this.#pass();
      this.#safeCount = count;
    }
    await this.#current.write(copy);
  }

  async close(): Promise<void> {
    await this.#current.close();
  }

  /** The power goes off. Returns what is found when it is on again: what is safe, and perhaps some of what was not. */
  cutPower(): LossyDatabase {
    this.#isOff = true;
    const { random } = this.#options;
    const unsafe = this.#batches.length - this.#safeCount;
    const survived = this.#safeCount + Math.floor(random() * (unsafe + 1));
    return new LossyDatabase(this.#options, this.#batches.slice(0, survived));
  }

  /** A disk takes its time, and after a power cut for ever. */
  async #pass(): Promise<void> {
    for (let steps = Math.floor(this.#options.random() * 4); steps >= 0; steps -= 1) {
      if (this.#isOff) await new Promise(() => {});
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
