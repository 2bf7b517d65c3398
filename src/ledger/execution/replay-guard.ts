import { decodeCbor, encodeCbor, type CborValue } from '../../primitives/cbor.js';
import { concatBytes, toHex, utf8ToBytes } from '../../primitives/bytes.js';
import { assert } from '../../primitives/assert.js';
import { TRANSACTION_LIMITS } from '../../primitives/limits.js';
import type { StateStore } from '../store/state-store.js';
import type { StateWriter } from './overlay.js';

const PREFIX = utf8ToBytes('ledger/replay/');
const ID_BYTES = 32;

/** Ids of one block's transactions, kept until none of them can be valid any more. */
interface ReplayEntry {
  readonly height: number;
  readonly time: number;
  readonly ids: readonly string[];
}

/**
 * Remembers the transactions of the last {@link TRANSACTION_LIMITS.validitySecondsMax}: a later copy is expired anyway.
 *
 * The memory is part of the state, one key a block (`ledger/replay/‹height›` → [time, ids]), so that every node and
 * every restored snapshot takes the same decision at the cost of one tree update a block; the set in RAM is derived from it.
 */
export class ReplayGuard {
  readonly #entries: ReplayEntry[] = [];
  readonly #seen = new Set<string>();

  /** Reads the memory back from a state. */
  static async load(store: StateStore): Promise<ReplayGuard> {
    const guard = new ReplayGuard();
    for await (const [key, value] of store.range(PREFIX)) guard.#add(decodeEntry(key, value));
    return guard;
  }

  has(transactionId: Uint8Array): boolean {
    return this.#seen.has(toHex(transactionId));
  }

  /**
   * Writes a block's transactions into the state and forgets the expired ones there. A block without transactions
   * touches nothing, so that it leaves the root as it was.
   */
  record(state: StateWriter, height: number, time: number, ids: readonly Uint8Array[]): void {
    if (ids.length === 0) return;
    for (const entry of this.#entries) {
      if (!isExpired(entry, time)) break;
      state.delete(entryKey(entry.height));
    }
    state.set(entryKey(height), encodeCbor([time, concatBytes(...ids)]));
  }

  /** Follows {@link record} once the block is committed. */
  committed(height: number, time: number, ids: readonly Uint8Array[]): void {
    if (ids.length === 0) return;
    while (this.#entries[0] !== undefined && isExpired(this.#entries[0], time)) {
      for (const id of this.#entries.shift()?.ids ?? []) this.#seen.delete(id);
    }
    this.#add({ height, time, ids: ids.map(toHex) });
  }

  #add(entry: ReplayEntry): void {
    this.#entries.push(entry);
    for (const id of entry.ids) this.#seen.add(id);
  }
}

function isExpired(entry: ReplayEntry, time: number): boolean {
  return entry.time + TRANSACTION_LIMITS.validitySecondsMax < time;
}

/** Heights as eight big-endian bytes, so that the order of keys is the order of blocks. */
function entryKey(height: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(height));
  return concatBytes(PREFIX, bytes);
}

function decodeEntry(key: Uint8Array, value: Uint8Array): ReplayEntry {
  const decoded = decodeCbor(value);
  assert(Array.isArray(decoded), 'a replay entry is an array');
  const [time, packed] = decoded as CborValue[];
  assert(typeof time === 'number' && packed instanceof Uint8Array, 'a replay entry is [time, ids]');
  const ids: string[] = [];
  for (let offset = 0; offset < packed.length; offset += ID_BYTES)
    ids.push(toHex(packed.subarray(offset, offset + ID_BYTES)));
  const view = new DataView(key.buffer, key.byteOffset + PREFIX.length, 8);
  return { height: Number(view.getBigUint64(0)), time, ids };
}
