/**
 * Secrets in one encrypted file (format: key-store-format.ts) that any one of several openers opens. What is open holds
 * the secrets in memory; each change replaces the file as a whole and is durable when the call returns.
 */
import { equalBytes } from '../primitives/bytes.js';
import type { Crypto, RandomBytes } from '../primitives/crypto.js';
import { CairnError } from '../primitives/errors.js';
import { Secret } from '../primitives/secret.js';
import {
  encodeKeyStore,
  openEntries,
  OPENERS_MAX,
  parseKeyStore,
  unwrapDataKey,
  wrapDataKey,
  type ClosedKeyStore,
  type WrappedOpener,
} from './key-store-format.js';
import { describeOpener, wrappingKey, type NewOpener, type Opener } from './openers.js';
import { readIfThere, replaceFile } from './replace-file.js';

export interface KeyStoreDependencies {
  readonly crypto: Crypto;
  readonly randomBytes: RandomBytes;
}

/** Secrets to store by name; undefined removes one. */
export type KeyStoreChanges = { readonly [name: string]: Secret | undefined };

/**
 * Creates the file, mode 0600, with at least one opener.
 *
 * Errors: `custody.exists`, `custody.no-opener`, `custody.too-many-openers`, `custody.weak-passphrase`,
 * `custody.weak-secret`, `custody.bad-parameters`, `custody.too-large`, `custody.io`.
 */
export async function createKeyStore(
  dependencies: KeyStoreDependencies,
  path: string,
  { openers, secrets }: { openers: readonly NewOpener[]; secrets: KeyStoreChanges },
): Promise<KeyStore> {
  const { randomBytes } = dependencies;
  if (openers.length === 0) throw new CairnError('custody.no-opener', 'a key store needs at least one opener');
  if (readIfThere(path) !== undefined) throw exists(path);
  const state = { storeId: randomBytes(16), dataKey: randomBytes(32), openers: [] as WrappedOpener[] };
  for (const opener of openers) state.openers.push(await wrapFor(dependencies, state, opener));
  checkOpenerCount(state.openers.length);
  return new KeyStore(dependencies, path, { ...state, entries: new Map(), file: undefined }, secrets);
}

/**
 * Opens the file with any one of its openers.
 *
 * Errors: `custody.not-found`, `custody.corrupt`, `custody.wrong-format`, `custody.cannot-open` (not an opener of this store),
 * `custody.weak-secret`, `custody.io`.
 */
export async function openKeyStore(
  dependencies: KeyStoreDependencies,
  path: string,
  opener: Opener,
): Promise<KeyStore> {
  const { crypto } = dependencies;
  const file = readIfThere(path);
  if (file === undefined) throw new CairnError('custody.not-found', `no key store at ${path}; create it first`);
  const closed = parseKeyStore(crypto, file);
  const { dataKey } = await unwrapWith(crypto, closed, opener);
  const entries = openEntries(crypto, closed, dataKey);
  return new KeyStore(dependencies, path, { ...closed, dataKey, entries, file });
}

interface State {
  readonly storeId: Uint8Array;
  readonly dataKey: Uint8Array;
  readonly openers: readonly WrappedOpener[];
  readonly entries: ReadonlyMap<string, Uint8Array>;
  /** The file as this process last read or wrote it. */
  readonly file: Uint8Array | undefined;
}

export class KeyStore {
  readonly #dependencies: KeyStoreDependencies;
  readonly #path: string;
  #state: State;
  #closed = false;

  /** @internal use {@link createKeyStore} or {@link openKeyStore} */
  constructor(dependencies: KeyStoreDependencies, path: string, state: State, changes?: KeyStoreChanges) {
    this.#dependencies = dependencies;
    this.#path = path;
    this.#state = state;
    if (changes !== undefined) this.update(changes);
  }

  /** A copy of the secret of this name. */
  get(name: string): Secret | undefined {
    const bytes = this.#state.entries.get(name);
    return bytes === undefined ? undefined : new Secret(bytes.slice());
  }

  /**
   * Stores and removes secrets, all or none; durable when it returns.
   * Errors: `custody.changed` (another process changed the file: open it again), `custody.too-large`, `custody.io`.
   */
  update(changes: KeyStoreChanges): void {
    const entries = new Map(this.#state.entries);
    for (const [name, secret] of Object.entries(changes)) {
      if (secret === undefined) entries.delete(name);
      else entries.set(name, secret.reveal().slice());
    }
    const before = this.#state.entries;
    this.#replace({ ...this.#state, entries });
    for (const name of Object.keys(changes)) before.get(name)?.fill(0);
  }

  /** Who can open this store: ids and kinds, nothing that helps to. */
  openers(): { readonly id: string; readonly kind: Opener['kind'] }[] {
    return this.#state.openers.map(({ header: { id, kind } }) => ({ id, kind }));
  }

  /** Adds an opener and returns its id. Errors as {@link createKeyStore} and {@link update}. */
  async addOpener(opener: NewOpener): Promise<string> {
    const added = await wrapFor(this.#dependencies, this.#state, opener);
    checkOpenerCount(this.#state.openers.length + 1);
    this.#replace({ ...this.#state, openers: [...this.#state.openers, added] });
    return added.header.id;
  }

  /** Errors: `custody.no-such-opener`, `custody.last-opener`, and those of {@link update}. */
  removeOpener(id: string): void {
    const openers = this.#state.openers.filter(({ header }) => header.id !== id);
    if (openers.length === this.#state.openers.length) throw noSuchOpener();
    if (openers.length === 0) {
      throw new CairnError('custody.last-opener', 'the last opener stays; add another one first');
    }
    this.#replace({ ...this.#state, openers });
  }

  /**
   * Replaces the opener that `current` is by `next`, in one step; returns the new id.
   * Errors: `custody.cannot-open` (`current` opens nothing here), and those of {@link addOpener}.
   */
  async replaceOpener(current: Opener, next: NewOpener): Promise<string> {
    const { index } = await unwrapWith(this.#dependencies.crypto, this.#state, current);
    const replaced = this.#state.openers[index] as WrappedOpener;
    const added = await wrapFor(this.#dependencies, this.#state, next);
    if (!this.#state.openers.includes(replaced)) throw noSuchOpener();
    const openers = this.#state.openers.map((opener) => (opener === replaced ? added : opener));
    this.#replace({ ...this.#state, openers });
    return added.header.id;
  }

  /** Overwrites the secrets in memory. After that every change gives `custody.closed`, and there is nothing to get. */
  close(): void {
    this.#closed = true;
    this.#state.dataKey.fill(0);
    for (const bytes of this.#state.entries.values()) bytes.fill(0);
    this.#state = { ...this.#state, entries: new Map(), openers: [] };
  }

  #replace(next: State): void {
    if (this.#closed) throw new CairnError('custody.closed', 'the key store is closed; open it again');
    const { crypto, randomBytes } = this.#dependencies;
    const { file: mine } = this.#state;
    const file = encodeKeyStore(crypto, randomBytes, next.storeId, next.openers, next.dataKey, next.entries);
    replaceFile(this.#path, file, (standing) =>
      standing === undefined || mine === undefined ? standing === mine : equalBytes(standing, mine),
    );
    this.#state = { ...next, file };
  }
}

async function wrapFor(
  { crypto, randomBytes }: KeyStoreDependencies,
  { storeId, dataKey }: Pick<State, 'storeId' | 'dataKey'>,
  opener: NewOpener,
): Promise<WrappedOpener> {
  const header = describeOpener(randomBytes, opener);
  const key = await wrappingKey(crypto, opener, header);
  const wrapped = wrapDataKey(crypto, randomBytes, key, storeId, header, dataKey);
  key.fill(0);
  return wrapped;
}

/** Tries every opener of this kind. */
async function unwrapWith(
  crypto: Crypto,
  { storeId, openers }: Pick<ClosedKeyStore, 'storeId' | 'openers'>,
  opener: Opener,
): Promise<{ dataKey: Uint8Array; index: number }> {
  for (const [index, candidate] of openers.entries()) {
    if (candidate.header.kind !== opener.kind) continue;
    const key = await wrappingKey(crypto, opener, candidate.header);
    const dataKey = unwrapDataKey(crypto, key, storeId, candidate);
    key.fill(0);
    if (dataKey !== undefined) return { dataKey, index };
  }
  throw new CairnError('custody.cannot-open', 'this does not open the key store; check the passphrase or the secret');
}

function checkOpenerCount(count: number): void {
  if (count > OPENERS_MAX) {
    throw new CairnError('custody.too-many-openers', `a key store has at most ${OPENERS_MAX} openers`);
  }
}

function noSuchOpener(): CairnError {
  return new CairnError('custody.no-such-opener', 'the key store has no such opener; list them again');
}

function exists(path: string): CairnError {
  return new CairnError('custody.exists', `there is a key store at ${path} already; open it instead`);
}
