/*
 * What the store keeps about versions, in the version key space:
 *
 *   'v' → CBOR [1, height, root, number of keys]                 the current version
 *   'u' → CBOR [1, height, root, number of keys, entries]        the one before, and the previous values of what changed
 *   'r' → CBOR [1]                                               a snapshot is being restored: there is no version yet
 *
 * `entries` as in `entry-codec.ts`.
 */
import { decodeCbor, encodeCbor, type CborValue } from '../../primitives/cbor.js';
import { concatBytes } from '../../primitives/bytes.js';
import { EMPTY_ROOT, HASH_BYTES } from '../tree/node-hash.js';
import { corruptState } from '../tree/page-codec.js';
import { KEYSPACE, type Database, type DatabaseWrite } from './database.js';
import { decodeEntries, encodeEntries } from './entry-codec.js';
import type { StateChange } from './state-store.js';

const FORMAT = 1;
const VERSION_KEY = new Uint8Array([KEYSPACE.version, 0x76]);
const UNDO_KEY = new Uint8Array([KEYSPACE.version, 0x75]);
const RESTORING_KEY = new Uint8Array([KEYSPACE.version, 0x72]);
/** An undo record weighs as much as a block's changes: more than anything from outside may. */
const UNDO_LIMITS = { bytesMax: 0x7fffffff };

/** A committed version of the state. */
export interface Version {
  /** 0 before the first commit. */
  readonly height: number;
  readonly root: Uint8Array;
  /** Number of application keys. */
  readonly size: number;
}

/** How to get from the current version back to the one before. */
export interface Undo {
  readonly version: Version;
  readonly changes: readonly StateChange[];
}

export const NO_VERSION: Version = { height: 0, root: EMPTY_ROOT, size: 0 };

/** @throws CairnError `state.corrupt` */
export function readVersion(database: Database): Version {
  const bytes = database.get(VERSION_KEY);
  if (bytes === undefined) return NO_VERSION;
  const [format, ...fields] = decodeRecord(bytes);
  if (format !== FORMAT || fields.length !== 3) throw corruptState('the version record is damaged');
  return versionOf(fields);
}

/** @throws CairnError `state.corrupt` */
export function readUndo(database: Database): Undo | undefined {
  const bytes = database.get(UNDO_KEY);
  if (bytes === undefined) return undefined;
  const [format, height, root, size, packed] = decodeRecord(bytes);
  const changes = packed instanceof Uint8Array ? decodeEntries(packed) : undefined;
  if (format !== FORMAT || changes === undefined) throw corruptState('the undo record is damaged');
  return { version: versionOf([height, root, size]), changes };
}

export function versionWrite({ height, root, size }: Version): DatabaseWrite {
  return { key: VERSION_KEY, value: encodeCbor([FORMAT, height, root, size]) };
}

/** @param undo undefined removes the record. */
export function undoWrite(undo: Undo | undefined): DatabaseWrite {
  if (undo === undefined) return { key: UNDO_KEY, value: undefined };
  const { height, root, size } = undo.version;
  return { key: UNDO_KEY, value: encodeCbor([FORMAT, height, root, size, encodeEntries(undo.changes)]) };
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
    value = decodeCbor(bytes, UNDO_LIMITS);
  } catch (cause) {
    throw corruptState('a version record is damaged', { cause });
  }
  if (!Array.isArray(value)) throw corruptState('a version record is damaged');
  return value as readonly CborValue[];
}

function versionOf([height, root, size]: readonly (CborValue | undefined)[]): Version {
  const isVersion =
    typeof height === 'number' && height >= 0 && typeof size === 'number' && size >= 0 && root instanceof Uint8Array;
  if (!isVersion || root.length !== HASH_BYTES) throw corruptState('a version record is damaged');
  return { height, root, size };
}
