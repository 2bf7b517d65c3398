import { toHex, utf8ToBytes } from '../../primitives/bytes.js';
import { decodeCbor } from '../../primitives/cbor.js';
import { collectionKey, type Collection, type KeyPart } from './collection.js';

/** A rule about a contract's state that holds after every block, whatever was called. */
export interface Invariant {
  /** The rule in plain words. */
  readonly statement: string;
  /** `time` is block time in Unix seconds. */
  readonly holds: (state: WholeState, time: number) => boolean;
}

/** An entry of a collection, found by looking through all of them. */
export interface StateEntry<Value> {
  /** Encoded parts of the key, without what names the collection, as hexadecimal. */
  readonly id: string;
  readonly value: Value;
}

/** All of the state at once, which a contract never sees. */
export interface WholeState {
  entries<Key extends readonly KeyPart[], Value>(
    contract: string,
    collection: Collection<Key, Value>,
  ): StateEntry<Value>[];
}

/** Makes application keys and values, in any order, readable by collection. */
export function wholeState(entries: Iterable<readonly [key: Uint8Array, value: Uint8Array]>): WholeState {
  const values = new Map<string, Uint8Array>();
  for (const [key, value] of entries) values.set(toHex(key), value);
  return {
    entries<Value>(contract: string, { name }: { readonly name: string }): StateEntry<Value>[] {
      const prefix = toHex(collectionKey(contract, name, []));
      return [...values]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => ({ id: key.slice(prefix.length), value: decodeCbor(value) as Value }));
    },
  };
}

/** How text stands in the id of an entry. */
export function idOfText(text: string): string {
  return toHex(utf8ToBytes(`${text}\0`));
}
