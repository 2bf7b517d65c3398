/** One write of an atomic batch; `value: undefined` deletes. */
export interface DatabaseWrite {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** Keys in `[gte, lt)`, ascending bytewise, or descending with `reverse`. */
export interface DatabaseRange {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
  readonly reverse?: boolean;
  /** At most this many entries. */
  readonly limit?: number;
}

/**
 * The ordered, byte-keyed database under everything a node must not lose. Who uses it owns a one-byte key prefix
 * ({@link KEYSPACE}). Implementations: memory (here, pure) and LevelDB (`platform/level-database.ts`). Arrays that go in
 * must not change afterwards; arrays that come out are not to be written to.
 */
export interface Database {
  /** Synchronous, because contract handlers are. Sees every write whose promise has resolved. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** Iterates over a consistent snapshot taken at the first step. */
  range(range: DatabaseRange): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>;
  /** All or nothing; of several writes to one key the last counts. With `durable` it resolves only when the batch survives a power cut. */
  write(writes: readonly DatabaseWrite[], options: { durable: boolean }): Promise<void>;
  /** Afterwards every method throws `database.closed`, but for `close` itself. */
  close(): Promise<void>;
}

/** First byte of every key, so that the users of one database cannot meet. */
export const KEYSPACE = {
  /** Application state, key by key: 0x01 ‖ application key → value. */
  state: 0x01,
  /** Pages of the authenticated tree. */
  tree: 0x02,
  /** Height, root and undo records of the state. */
  version: 0x03,
  /** The application's history: transactions and results by height, transaction index. */
  history: 0x04,
  /** Blocks and commits of the solo driver. */
  block: 0x05,
} as const;
