import type { Database, DatabaseRange, DatabaseWrite } from '../src/ledger/store/database.js';

/** A database whose writes a test can hold back, or have fail as on a full disk. */
export class GatedDatabase implements Database {
  readonly #database: Database;
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => {};
  #failure: Error | undefined;
  #waiting = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Whether a write waits. */
  get isHolding(): boolean {
    return this.#waiting > 0;
  }

  /** From now on writes wait. */
  hold(): void {
    this.#gate = new Promise((resolve) => (this.#open = resolve));
  }

  release(): void {
    this.#open();
  }

  /** From now on writes fail. */
  fail(error: Error): void {
    this.#failure = error;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#database.get(key);
  }

  range(range: DatabaseRange): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]> {
    return this.#database.range(range);
  }

  async write(writes: readonly DatabaseWrite[], options: { durable: boolean }): Promise<void> {
    this.#waiting += 1;
    await this.#gate;
    this.#waiting -= 1;
    if (this.#failure !== undefined) throw this.#failure;
    await this.#database.write(writes, options);
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}
