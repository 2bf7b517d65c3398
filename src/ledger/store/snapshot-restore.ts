import { assert } from '../../primitives/assert.js';
import { compareBytes, equalBytes } from '../../primitives/bytes.js';
import type { Crypto } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import { EMPTY_ROOT } from '../tree/node-hash.js';
import { StateTree } from '../tree/state-tree.js';
import { KEYSPACE, type Database } from './database.js';
import { decodeEntries } from './entry-codec.js';
import { prefixRange } from './key-range.js';
import type { SnapshotMetadata } from './snapshot.js';
import { isRestoring, readVersion, restoringWrite, stateKey, versionWrite } from './version-record.js';

/**
 * Restores a snapshot into a database without state, chunk by chunk. Nothing is trusted but the root: chunks are checked
 * against the metadata, and the finished state against the root. Until {@link finish} the database does not open as a
 * state store, and a restore that was interrupted starts over.
 */
export class SnapshotRestore {
  readonly #crypto: Crypto;
  readonly #database: Database;
  readonly #metadata: SnapshotMetadata;
  readonly #tree: StateTree;
  #nextIndex = 0;
  #size = 0;
  #lastKey = new Uint8Array(0);

  private constructor(crypto: Crypto, database: Database, metadata: SnapshotMetadata) {
    this.#crypto = crypto;
    this.#database = database;
    this.#metadata = metadata;
    this.#tree = new StateTree(crypto, database, { root: EMPTY_ROOT, pageCacheBytes: PAGE_CACHE_BYTES });
  }

  /**
   * @param trusted height and root from a header that was verified.
   * @throws CairnError `snapshot.wrong-root` for a snapshot of anything else; `snapshot.not-empty` where there is state.
   */
  static async begin(
    crypto: Crypto,
    database: Database,
    metadata: SnapshotMetadata,
    trusted: { readonly height: number; readonly root: Uint8Array },
  ): Promise<SnapshotRestore> {
    if (metadata.height !== trusted.height || !equalBytes(metadata.root, trusted.root)) throw wrongRoot();
    if (readVersion(database).height > 0) {
      throw new CairnError('snapshot.not-empty', 'There is state here already. Restore into an empty data folder.');
    }
    if (isRestoring(database)) await eraseState(database);
    await database.write([restoringWrite(true)], { durable: true });
    return new SnapshotRestore(crypto, database, metadata);
  }

  /** Index of the chunk to be applied next; the number of chunks when all are. */
  get nextIndex(): number {
    return this.#nextIndex;
  }

  /**
   * Applies chunk {@link nextIndex}. One that is refused leaves everything as it was: fetch it from elsewhere.
   * @throws CairnError `snapshot.bad-chunk`
   */
  async apply(chunk: Uint8Array): Promise<void> {
    const hash = this.#metadata.chunkHashes[this.#nextIndex];
    assert(hash !== undefined, 'no chunk comes after the last');
    const entries = equalBytes(this.#crypto.sha256(chunk), hash) ? decodeEntries(chunk) : undefined;
    if (entries === undefined || entries.length === 0) throw badChunk(this.#nextIndex);
    let last = this.#lastKey;
    for (const { key, value } of entries) {
      if (value === undefined || compareBytes(last, key) >= 0) throw badChunk(this.#nextIndex);
      last = new Uint8Array(key);
    }
    const staged = this.#tree.stage(
      entries.map(({ key, value }) => ({
        treeKey: this.#crypto.sha256(key),
        valueHash: value === undefined ? undefined : this.#crypto.sha256(value),
      })),
    );
    const values = entries.map(({ key, value }) => ({ key: stateKey(key), value }));
    const writes = [...values, ...this.#tree.writes(staged)];
    await this.#tree.advance(staged, () => this.#database.write(writes, { durable: true }));
    this.#lastKey = last;
    this.#size += entries.length;
    this.#nextIndex++;
  }

  /**
   * Makes the restored state the current version; open it with `openStateStore`.
   * @throws CairnError `snapshot.wrong-root` when the chunks do not make the state that the root promises; what was restored is erased.
   */
  async finish(): Promise<void> {
    const { height, root, chunkHashes } = this.#metadata;
    assert(this.#nextIndex === chunkHashes.length, 'all chunks are applied');
    if (!equalBytes(this.#tree.root, root)) {
      await eraseState(this.#database);
      await this.#database.write([restoringWrite(false)], { durable: true });
      throw wrongRoot();
    }
    const writes = [versionWrite({ height, root, size: this.#size }), restoringWrite(false)];
    await this.#database.write(writes, { durable: true });
  }
}

const PAGE_CACHE_BYTES = 128 * 1024 * 1024;
const ERASE_BATCH_KEYS = 10_000;

async function eraseState(database: Database): Promise<void> {
  for (const keyspace of [KEYSPACE.state, KEYSPACE.tree]) {
    const range = { ...prefixRange(Uint8Array.of(keyspace)), limit: ERASE_BATCH_KEYS };
    for (let erased = ERASE_BATCH_KEYS; erased === ERASE_BATCH_KEYS;) {
      const keys: Uint8Array[] = [];
      for await (const [key] of database.range(range)) keys.push(key);
      await database.write(
        keys.map((key) => ({ key, value: undefined })),
        { durable: true },
      );
      erased = keys.length;
    }
  }
}

function badChunk(index: number): CairnError {
  return new CairnError(
    'snapshot.bad-chunk',
    `Chunk ${index} is not the one that the snapshot names. Fetch it from another node.`,
  );
}

function wrongRoot(): CairnError {
  return new CairnError(
    'snapshot.wrong-root',
    'The snapshot is not the state that the verified header commits to. Take a snapshot from another node.',
  );
}
