import { assert } from '../../primitives/assert.js';
import { equalBytes, toHex } from '../../primitives/bytes.js';
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
  readUndo,
  readVersion,
  stateKey,
  undoWrite,
  versionWrite,
  type Undo,
  type Version,
} from './version-record.js';

export interface StateStoreOptions {
  /** Bound of the memory that decoded pages of the tree take, in bytes. Default 128 MiB, which a million keys fit into. */
  readonly pageCacheBytes?: number;
}

const PAGE_CACHE_BYTES_DEFAULT = 128 * 1024 * 1024;

/** A version with everything in it, for a snapshot. */
export interface StateView extends Version {
  /** Application keys, ascending bytewise. To be read to the end or returned from at once. */
  readonly entries: AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>;
}

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

/** {@link StateStore} in a {@link Database}: values under their application keys, and a {@link StateTree} over their hashes. */
export class AuthenticatedStore implements StateStore {
  readonly #crypto: Crypto;
  readonly #database: Database;
  readonly #tree: StateTree;
  #version: Version;
  /** The commit or rollback under way, and the values that it replaces once somebody has asked for one. */
  #writing: { readonly replaced: readonly StateChange[]; byKey?: Map<string, Uint8Array | undefined> } | undefined;

  /** Use {@link openStateStore}. */
  constructor(crypto: Crypto, database: Database, options: StateStoreOptions) {
    this.#crypto = crypto;
    this.#database = database;
    this.#version = readVersion(database);
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
    if (this.#writing !== undefined) {
      const id = toHex(key);
      this.#writing.byKey ??= new Map(this.#writing.replaced.map((change) => [toHex(change.key), change.value]));
      if (this.#writing.byKey.has(id)) return this.#writing.byKey.get(id);
    }
    return this.#database.get(stateKey(key));
  }

  async *range(prefix: Uint8Array): AsyncGenerator<readonly [key: Uint8Array, value: Uint8Array]> {
    for await (const [key, value] of this.#database.range(prefixRange(stateKey(prefix))))
      yield [key.subarray(1), value];
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
    assert(this.#writing === undefined, 'one commit at a time');
    const replaced = staged.changes.map(({ key }) => ({ key, value: this.#database.get(stateKey(key)) }));
    const undo: Undo = { version: this.#version, changes: replaced };
    const version: Version = { height, root: staged.root, size: this.size + staged.tree.sizeChange };
    await this.#advance(staged, replaced, version, [undoWrite(undo), ...extra]);
  }

  async rollback(extra: readonly DatabaseWrite[] = []): Promise<void> {
    assert(this.#writing === undefined, 'one commit at a time');
    const undo = readUndo(this.#database);
    if (undo === undefined) {
      throw new CairnError(
        'state.no-rollback',
        'There is no version to go back to: the last commit was rolled back already, or the state comes from a snapshot. Restore an earlier snapshot instead.',
      );
    }
    const staged = this.stage(undo.changes) as Staged;
    if (!equalBytes(staged.root, undo.version.root))
      throw corruptState('the undo record does not lead to the root before');
    const replaced = undo.changes.map(({ key }) => ({ key, value: this.#database.get(stateKey(key)) }));
    await this.#advance(staged, replaced, undo.version, [undoWrite(undefined), ...extra]);
  }

  prove(key: Uint8Array): Uint8Array {
    return proveKey(this.#tree, this.#crypto.sha256(key));
  }

  /** The current version as a whole, unaffected by later commits. Waits for nothing: do not call it during a commit. */
  view(): StateView {
    assert(this.#writing === undefined, 'a view is not taken during a commit');
    return { ...this.#version, entries: this.range(new Uint8Array(0)) };
  }

  /**
   * Reads everything and checks every value, that none is missing and that every page has its hash.
   * @param onProgress gets the number of keys checked so far, now and then.
   * @throws CairnError `state.corrupt`
   */
  async verify(onProgress: (keysChecked: number) => void = () => {}): Promise<void> {
    const { size, entries } = this.view();
    let checked = 0;
    for await (const [key, value] of entries) {
      const valueHash = this.#tree.get(this.#crypto.sha256(key));
      if (valueHash === undefined) throw corruptState('there is a value that the tree does not know');
      if (!equalBytes(valueHash, this.#crypto.sha256(value)))
        throw corruptState('a value is not the one the tree holds');
      checked++;
      if (checked % PROGRESS_KEYS === 0) onProgress(checked);
    }
    if (checked !== size) throw corruptState(`there are ${checked} values for ${size} keys of the tree`);
    onProgress(checked);
  }

  async #advance(
    staged: Staged,
    replaced: readonly StateChange[],
    version: Version,
    extra: readonly DatabaseWrite[],
  ): Promise<void> {
    const writes: DatabaseWrite[] = staged.changes.map(({ key, value }) => ({ key: stateKey(key), value }));
    writes.push(...this.#tree.writes(staged.tree), versionWrite(version), ...extra);
    this.#writing = { replaced };
    try {
      await this.#tree.advance(staged.tree, () => this.#database.write(writes, { durable: true }));
      this.#version = version;
    } finally {
      this.#writing = undefined;
    }
  }
}

const PROGRESS_KEYS = 10_000;

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
