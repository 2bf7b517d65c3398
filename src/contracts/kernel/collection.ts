import type * as z from 'zod';
import { assert } from '../../primitives/assert.js';
import { concatBytes, utf8ToBytes } from '../../primitives/bytes.js';
import { decodeCbor, encodeCbor, type CborValue } from '../../primitives/cbor.js';
import type { StateReader, StateWriter } from '../../ledger/execution/overlay.js';

/** A part of a collection's key: fixed-length bytes, text without NUL, or a whole number. */
export type KeyPart = Uint8Array | string | number;

/** Typed keys and values of one kind of state; `Key` is a tuple. */
export interface Collection<Key extends readonly KeyPart[], Value> {
  readonly name: string;
  readonly value: z.ZodType<Value>;
  /** Carries the key's type; never set. */
  readonly key?: Key;
}

export interface CollectionReader<Key extends readonly KeyPart[], Value> {
  get(...key: Key): Value | undefined;
  has(...key: Key): boolean;
}

export interface CollectionWriter<Key extends readonly KeyPart[], Value> extends CollectionReader<Key, Value> {
  set(...entry: readonly [...key: Key, value: Value]): void;
  delete(...key: Key): void;
}

/** Declares a collection. `name` is unique in the contract; the schema documents the value and is checked by the tests. */
export function collection<Key extends readonly KeyPart[], Value>(
  name: string,
  value: z.ZodType<Value>,
): Collection<Key, Value> {
  return { name, value };
}

/**
 * The state key of an entry: `contract/collection/` ‖ parts. Text ends in NUL and numbers take eight bytes, so that no key
 * is another's prefix and keys sort as their parts do.
 */
export function collectionKey(contract: string, name: string, key: readonly KeyPart[]): Uint8Array {
  return concatBytes(prefixOf(contract, name), ...key.map(encodeKeyPart));
}

export function readCollection<Key extends readonly KeyPart[], Value>(
  contract: string,
  definition: Collection<Key, Value>,
  state: StateReader,
): CollectionReader<Key, Value> {
  const keyOf = (key: readonly KeyPart[]): Uint8Array => collectionKey(contract, definition.name, key);
  return {
    get: (...key) => {
      const bytes = state.get(keyOf(key));
      return bytes === undefined ? undefined : (decodeValue(bytes) as Value);
    },
    has: (...key) => state.get(keyOf(key)) !== undefined,
  };
}

export function writeCollection<Key extends readonly KeyPart[], Value>(
  contract: string,
  definition: Collection<Key, Value>,
  state: StateWriter,
): CollectionWriter<Key, Value> {
  const keyOf = (key: readonly KeyPart[]): Uint8Array => collectionKey(contract, definition.name, key);
  return {
    ...readCollection(contract, definition, state),
    set: (...entry) => {
      const value = entry.at(-1);
      const bytes = encodeCbor(value as CborValue);
      state.set(keyOf(entry.slice(0, -1) as unknown as Key), bytes);
    },
    delete: (...key) => {
      state.delete(keyOf(key));
    },
  };
}

/** The same few values are read again and again within a block; their bytes stay the same object there. */
const decoded = new WeakMap<Uint8Array, CborValue>();

function decodeValue(bytes: Uint8Array): CborValue {
  const known = decoded.get(bytes);
  if (known !== undefined) return known;
  const value = decodeCbor(bytes, STATE_LIMITS);
  decoded.set(bytes, value);
  return value;
}

/** State is our own writing; only its size is bounded generously. */
const STATE_LIMITS = { bytesMax: 16 * 1024 * 1024 };

const prefixes = new Map<string, Uint8Array>();

function prefixOf(contract: string, name: string): Uint8Array {
  const text = `${contract}/${name}/`;
  let prefix = prefixes.get(text);
  if (prefix === undefined) prefixes.set(text, (prefix = utf8ToBytes(text)));
  return prefix;
}

function encodeKeyPart(part: KeyPart): Uint8Array {
  if (part instanceof Uint8Array) return part;
  if (typeof part === 'string') {
    assert(!part.includes('\0'), 'text in a key holds no NUL');
    return utf8ToBytes(`${part}\0`);
  }
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(part));
  return bytes;
}
