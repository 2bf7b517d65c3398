import { fromHex, toHex } from '../../primitives/bytes.js';
import { CairnError } from '../../primitives/errors.js';
import type { Database, DatabaseRange, DatabaseWrite } from './database.js';

/** A {@link Database} that forgets everything with the process: for tests, and for replaying history to check it. */
export class MemoryDatabase implements Database {
  /** By the key in hexadecimal, whose order as text is that of the bytes. */
  readonly #values = new Map<string, Uint8Array>();
  /** Ids in order; may lack those in {@link #unordered} and may have some that were deleted since. */
  #ordered: string[] = [];
  readonly #unordered = new Set<string>();
  #isClosed = false;

  get(key: Uint8Array): Uint8Array | undefined {
    this.#assertOpen();
    return this.#values.get(toHex(key));
  }

  async *range(range: DatabaseRange): AsyncGenerator<readonly [key: Uint8Array, value: Uint8Array]> {
    this.#assertOpen();
    const ids = this.#order();
    let selected = ids.slice(lowerBound(ids, toHex(range.gte)), lowerBound(ids, toHex(range.lt)));
    if (range.reverse === true) selected.reverse();
    if (range.limit !== undefined) selected = selected.slice(0, range.limit);
    const snapshot = selected.map((id) => [fromHex(id), this.#values.get(id) as Uint8Array] as const);
    for (const entry of snapshot) {
      this.#assertOpen();
      yield await Promise.resolve(entry);
    }
  }

  write(writes: readonly DatabaseWrite[]): Promise<void> {
    this.#assertOpen();
    for (const { key, value } of writes) {
      const id = toHex(key);
      if (value === undefined) {
        this.#values.delete(id);
      } else {
        if (!this.#values.has(id)) this.#unordered.add(id);
        // A copy, because the caller's array may be a small part of a large one.
        this.#values.set(id, value.slice());
      }
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  #order(): readonly string[] {
    const all = new Set([...this.#ordered, ...this.#unordered]);
    this.#unordered.clear();
    this.#ordered = [...all].filter((id) => this.#values.has(id)).sort();
    return this.#ordered;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new CairnError('database.closed', 'The database is closed; open it again.');
  }
}

function lowerBound(ids: readonly string[], id: string): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ids[middle] as string) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
