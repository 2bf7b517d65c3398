import { assert } from '../../primitives/assert.js';
import { compareBytes, equalBytes, toHex } from '../../primitives/bytes.js';
import type { Crypto } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import type { TreeChange } from '../tree/leaf-page.js';
import { corruptState } from '../tree/page-codec.js';
import { proveKey } from '../tree/prove.js';
import { StateTree, type StagedTree } from '../tree/state-tree.js';
import type { Database, DatabaseWrite } from './database.js';
import { prefixRange } from './key-range.js';
import type { StagedChanges, StateChange, StateStore } from './state-store.js';
import {
  isRestoring,
  lastCommitWrite,
  readLastCommit,
  readVersion,
  stateKey,
  versionWrite,
  type LastCommit,
  type Version,
} from './version-record.js';

export interface StateStoreOptions {
  /** Bound of the memory that decoded pages of the tree take, in bytes. Default 128 MiB: those of a million keys. */
  readonly pageCacheBytes?: number;
  /**
   * Whether {@link AuthenticatedStore.get} compares what it reads with the tree. Default true: a database that has lost
   * a file may give an old value for a new one, and only the tree can tell. About doubles the cost of a read that the
   * page cache serves.
   */
  readonly checkReads?: boolean;
}

const PAGE_CACHE_BYTES_DEFAULT = 128 * 1024 * 1024;

/**
 * Opens the state in a database, which may be empty. Checks the root page; the others are checked as they are read.
 * @throws CairnError `state.corrupt`; `state.restore-unfinished` when the restore of a snapshot was interrupted.
 */
export function openStateStore(
  crypto: Crypto,
  database: Database,
  options: StateStoreOptions = {},
): AuthenticatedStore {
  if (isRestoring(database)) {
    throw new CairnError(
      'state.restore-unfinished',
      'Restoring a snapshot into this database was interrupted. Restore again: that starts over.',
    );
  }
  return new AuthenticatedStore(crypto, database, options);
}

/**
 * {@link StateStore} in a {@link Database}: values under their application keys, and a {@link StateTree} over their hashes.
 *
 * The values of the last commit wait, in memory and in one record, and go to their keys with the next commit. A rollback
 * drops them, so that a commit does not have to read what it replaces; and readers see one version while a commit is
 * under way, because what waits looks the same over the values from before and after.
 */
export class AuthenticatedStore implements StateStore {
  readonly #crypto: Crypto;
  readonly #database: Database;
  readonly #tree: StateTree;
  readonly #checkReads: boolean;
  #version: Version;
  #lastCommit: LastCommit | undefined;
  /** Changes of the last commit by key in hexadecimal. */
  #waiting: ReadonlyMap<string, StateChange>;
  #isWriting = false;

  /** Use {@link openStateStore}. */
  constructor(crypto: Crypto, database: Database, options: StateStoreOptions) {
    this.#crypto = crypto;
    this.#database = database;
    this.#checkReads = options.checkReads ?? true;
    this.#version = readVersion(database);
    this.#lastCommit = readLastCommit(database);
    this.#waiting = byKey(this.#lastCommit);
    const pageCacheBytes = options.pageCacheBytes ?? PAGE_CACHE_BYTES_DEFAULT;
    this.#tree = new StateTree(crypto, database, { root: this.#version.root, pageCacheBytes });
    this.#tree.rootPage();
  }

  get height(): number {
    return this.#version.height;
  }

  get root(): Uint8Array {
    return this.#version.root;
  }

  /** Number of application keys. */
  get size(): number {
    return this.#version.size;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const waiting = this.#waiting.get(toHex(key));
    if (waiting !== undefined) return waiting.value;
    const value = this.#database.get(stateKey(key));
    if (this.#checkReads) this.#check(key, value);
    return value;
  }

  #check(key: Uint8Array, value: Uint8Array | undefined): void {
    const valueHash = this.#tree.get(this.#crypto.sha256(key));
    if (value === undefined) {
      if (valueHash !== undefined) throw corruptState('a value is missing');
    } else if (valueHash === undefined) {
      throw corruptState('there is a value that the tree does not know');
    } else if (!equalBytes(valueHash, this.#crypto.sha256(value))) {
      throw corruptState('a value is not the one the tree holds');
    }
  }

  async *range(prefix: Uint8Array): AsyncGenerator<readonly [key: Uint8Array, value: Uint8Array]> {
    const waiting = [...this.#waiting.values()]
      .filter(({ key }) => equalBytes(key.subarray(0, prefix.length), prefix))
      .sort((a, b) => compareBytes(a.key, b.key));
    let next = 0;
    for await (const [stored, value] of this.#database.range(prefixRange(stateKey(prefix)))) {
      const key = stored.subarray(1);
      let order = -1;
      for (let change = waiting[next]; change !== undefined && order < 0; change = waiting[next]) {
        order = compareBytes(change.key, key);
        if (order > 0) break;
        if (change.value !== undefined) yield [change.key, change.value];
        next++;
      }
      if (order !== 0) yield [key, value];
    }
    for (const { key, value } of waiting.slice(next)) if (value !== undefined) yield [key, value];
  }

  stage(changes: readonly StateChange[]): StagedChanges {
    const treeChanges = changes.map(({ key, value }): TreeChange => {
      assert(key.length > 0, 'an application key is not empty');
      return {
        treeKey: this.#crypto.sha256(key),
        valueHash: value === undefined ? undefined : this.#crypto.sha256(value),
      };
    });
    return new Staged(this.#version, changes, this.#tree.stage(treeChanges));
  }

  async commit(staged: StagedChanges, height: number, extra: readonly DatabaseWrite[] = []): Promise<void> {
    assert(
      staged instanceof Staged && staged.base === this.#version,
      'changes are committed to the version they were staged on',
    );
    assert(Number.isSafeInteger(height) && height > this.height, 'heights ascend');
    const version: Version = { height, root: staged.root, size: this.size + staged.tree.sizeChange };
    const commit: LastCommit = { base: this.#version, changes: staged.changes, undo: staged.tree.undo };
    const settled = Array.from(this.#waiting.values(), ({ key, value }) => ({ key: stateKey(key), value }));
    await this.#advance(staged.tree, version, commit, [...settled, ...extra]);
  }

  async rollback(extra: readonly DatabaseWrite[] = []): Promise<void> {
    if (this.#lastCommit === undefined) {
      throw new CairnError(
        'state.no-rollback',
        'There is no version to go back to: the last commit was rolled back already, or the state comes from a snapshot. Restore an earlier snapshot instead.',
      );
    }
    const { base, undo } = this.#lastCommit;
    const tree = this.#tree.stage(undo);
    if (!equalBytes(tree.root, base.root))
      throw corruptState('the last commit cannot be taken back to the root before it');
    await this.#advance(tree, base, undefined, extra);
  }

  prove(key: Uint8Array): Uint8Array {
    return proveKey(this.#tree, this.#crypto.sha256(key));
  }

  /**
   * Reads everything and checks every value, that none is missing and that every page has its hash. Commits have to wait.
   * @param onProgress gets the number of keys checked so far, now and then.
   * @throws CairnError `state.corrupt`; `state.moved-on` after a commit.
   */
  async verify(onProgress: (keysChecked: number) => void = () => {}): Promise<void> {
    const version = this.#version;
    let checked = 0;
    for await (const [key, value] of this.range(new Uint8Array(0))) {
      if (this.#version !== version) {
        throw new CairnError(
          'state.moved-on',
          'The state was committed to while it was verified. Stop the node and verify again.',
        );
      }
      const valueHash = this.#tree.get(this.#crypto.sha256(key));
      if (valueHash === undefined) throw corruptState('there is a value that the tree does not know');
      if (!equalBytes(valueHash, this.#crypto.sha256(value)))
        throw corruptState('a value is not the one the tree holds');
      checked++;
      if (checked % PROGRESS_KEYS === 0) onProgress(checked);
    }
    if (checked !== version.size)
      throw corruptState(`there are ${checked} values for ${version.size} keys of the tree`);
    onProgress(checked);
  }

  async #advance(
    tree: StagedTree,
    version: Version,
    commit: LastCommit | undefined,
    extra: readonly DatabaseWrite[],
  ): Promise<void> {
    assert(!this.#isWriting, 'one commit at a time');
    this.#isWriting = true;
    const writes = [...this.#tree.writes(tree), versionWrite(version), lastCommitWrite(commit), ...extra];
    try {
      await this.#tree.advance(tree, () => this.#database.write(writes, { durable: true }));
      this.#version = version;
      this.#lastCommit = commit;
      this.#waiting = byKey(commit);
    } finally {
      this.#isWriting = false;
    }
  }
}

const PROGRESS_KEYS = 10_000;

function byKey(commit: LastCommit | undefined): ReadonlyMap<string, StateChange> {
  return new Map(commit?.changes.map((change) => [toHex(change.key), change]));
}

class Staged implements StagedChanges {
  readonly base: Version;
  readonly changes: readonly StateChange[];
  readonly tree: StagedTree;

  constructor(base: Version, changes: readonly StateChange[], tree: StagedTree) {
    this.base = base;
    this.changes = changes;
    this.tree = tree;
  }

  get root(): Uint8Array {
    return this.tree.root;
  }
}
