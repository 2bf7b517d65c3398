/*
 * What the store keeps about versions, in the version key space:
 *
 *   'v' → CBOR [1, height, root, number of keys]                                   the current version
 *   'c' → CBOR [1, height, root, number of keys, changes, undo]                    the last commit: the version before it,
 *                                                                                  its changes, and what they did to the tree
 *   'r' → CBOR [1]                                                                 a snapshot is being restored
 *
 * `changes` and `undo` are entries as in `entry-codec.ts`: application keys with their new values, and tree keys with the
 * value hashes that they had before.
 */
import { decodeCbor, encodeCbor, type CborValue } from '../../primitives/cbor.js';
import { concatBytes } from '../../primitives/bytes.js';
import { EMPTY_ROOT, HASH_BYTES } from '../tree/node-hash.js';
import { corruptState } from '../tree/page-codec.js';
import { KEYSPACE, type Database, type DatabaseWrite } from './database.js';
import type { TreeChange } from '../tree/leaf-page.js';
import { decodeEntries, encodeEntries } from './entry-codec.js';
import type { StateChange } from './state-store.js';

const FORMAT = 1;
const VERSION_KEY = new Uint8Array([KEYSPACE.version, 0x76]);
const LAST_COMMIT_KEY = new Uint8Array([KEYSPACE.version, 0x63]);
const RESTORING_KEY = new Uint8Array([KEYSPACE.version, 0x72]);
/** The record of a commit weighs as much as a block's changes: more than anything from outside may. */
const LIMITS = { bytesMax: 0x7fffffff };

/** A committed version of the state. */
export interface Version {
  /** 0 before the first commit. */
  readonly height: number;
  readonly root: Uint8Array;
  /** Number of application keys. */
  readonly size: number;
}

/** The last commit, as far as it is not in its final place yet. */
export interface LastCommit {
  /** The version that it was made on. */
  readonly base: Version;
  readonly changes: readonly StateChange[];
  /** What leads the tree back to `base`. */
  readonly undo: readonly TreeChange[];
}

const NO_VERSION: Version = { height: 0, root: EMPTY_ROOT, size: 0 };

/** @throws CairnError `state.corrupt` */
export function readVersion(database: Database): Version {
  const bytes = database.get(VERSION_KEY);
  if (bytes === undefined) return NO_VERSION;
  const [format, ...fields] = decodeRecord(bytes);
  if (format !== FORMAT || fields.length !== 3) throw corruptState('the version record is damaged');
  return versionOf(fields);
}

/** @throws CairnError `state.corrupt` */
export function readLastCommit(database: Database): LastCommit | undefined {
  const bytes = database.get(LAST_COMMIT_KEY);
  if (bytes === undefined) return undefined;
  const [format, height, root, size, changes, undo] = decodeRecord(bytes);
  if (format !== FORMAT) throw corruptState('the record of the last commit is damaged');
  return {
    base: versionOf([height, root, size]),
    changes: entriesOf(changes),
    undo: entriesOf(undo).map(({ key, value }) => ({ treeKey: key, valueHash: value })),
  };
}

export function versionWrite({ height, root, size }: Version): DatabaseWrite {
  return { key: VERSION_KEY, value: encodeCbor([FORMAT, height, root, size]) };
}

/** @param commit undefined removes the record. */
export function lastCommitWrite(commit: LastCommit | undefined): DatabaseWrite {
  if (commit === undefined) return { key: LAST_COMMIT_KEY, value: undefined };
  const { height, root, size } = commit.base;
  const undo = commit.undo.map(({ treeKey, valueHash }) => ({ key: treeKey, value: valueHash }));
  const value = encodeCbor([FORMAT, height, root, size, encodeEntries(commit.changes), encodeEntries(undo)]);
  return { key: LAST_COMMIT_KEY, value };
}

export function restoringWrite(isRestoring: boolean): DatabaseWrite {
  return { key: RESTORING_KEY, value: isRestoring ? encodeCbor([FORMAT]) : undefined };
}

export function isRestoring(database: Database): boolean {
  return database.get(RESTORING_KEY) !== undefined;
}

/** Database key of an application key. */
export function stateKey(key: Uint8Array): Uint8Array {
  return concatBytes(STATE_PREFIX, key);
}

const STATE_PREFIX = new Uint8Array([KEYSPACE.state]);

function decodeRecord(bytes: Uint8Array): readonly CborValue[] {
  let value: CborValue;
  try {
    value = decodeCbor(bytes, LIMITS);
  } catch (cause) {
    throw corruptState('a version record is damaged', { cause });
  }
  if (!Array.isArray(value)) throw corruptState('a version record is damaged');
  return value as readonly CborValue[];
}

function entriesOf(packed: CborValue | undefined): StateChange[] {
  const entries = packed instanceof Uint8Array ? decodeEntries(packed) : undefined;
  if (entries === undefined) throw corruptState('the record of the last commit is damaged');
  return entries;
}

function versionOf([height, root, size]: readonly (CborValue | undefined)[]): Version {
  const isVersion =
    typeof height === 'number' && height >= 0 && typeof size === 'number' && size >= 0 && root instanceof Uint8Array;
  if (!isVersion || root.length !== HASH_BYTES) throw corruptState('a version record is damaged');
  return { height, root, size };
}
