/*
 * The application's memory of what it executed, written in the same atomic batch as the state:
 *
 *   history ‖ 'b' ‖ height (8 bytes, big-endian) → [timeSeconds, [transaction, …], [[code, data, [outcome, …]], …]]
 *   history ‖ 't' ‖ transaction id               → [height, index]
 */
import { decodeCbor, encodeCbor, type CborValue } from '../../primitives/cbor.js';
import { concatBytes } from '../../primitives/bytes.js';
import { assert } from '../../primitives/assert.js';
import { decodeResultData, type TransactionResult } from '../execution/outcome.js';
import { KEYSPACE, type Database, type DatabaseWrite } from '../store/database.js';

const BLOCK = 0x62;
const TRANSACTION = 0x74;
/** A block's history may be larger than anything that comes from outside. */
const LIMITS = { bytesMax: 256 * 1024 * 1024, itemsMax: 50_000_000 };

/** One executed block, as the application keeps it. */
export interface ExecutedBlock {
  readonly height: number;
  /** Block time in Unix seconds. */
  readonly time: number;
  readonly transactions: readonly Uint8Array[];
  readonly results: readonly TransactionResult[];
}

/** Where a transaction stands. */
export interface TransactionPosition {
  readonly height: number;
  readonly index: number;
}

/** The writes that keep a block. A refused transaction gets no index entry: another copy may have been executed. */
export function historyWrites(block: ExecutedBlock): DatabaseWrite[] {
  const results = block.results.map(({ code, data, outcomes }): CborValue => [code, data, [...outcomes]]);
  const writes: DatabaseWrite[] = [
    { key: blockKey(block.height), value: encodeCbor([block.time, [...block.transactions], results]) },
  ];
  for (const [index, result] of block.results.entries()) {
    if (result.rejection?.callIndex === null) continue;
    const { transactionId } = decodeResultData(result.data);
    writes.push({ key: transactionKey(transactionId), value: encodeCbor([block.height, index]) });
  }
  return writes;
}

/** The writes that forget a block again, for a rollback. */
export function historyRemovals(block: ExecutedBlock): DatabaseWrite[] {
  return historyWrites(block).map(({ key }) => ({ key, value: undefined }));
}

export function readExecutedBlock(database: Database, height: number): ExecutedBlock | undefined {
  const bytes = database.get(blockKey(height));
  if (bytes === undefined) return undefined;
  const [time, transactions, results] = decodeCbor(bytes, LIMITS) as [
    number,
    Uint8Array[],
    [number, Uint8Array, Uint8Array[]][],
  ];
  assert(transactions.length === results.length, 'every transaction has a result');
  return {
    height,
    time,
    transactions,
    results: results.map(([code, data, outcomes]) => ({
      code: code as TransactionResult['code'],
      data,
      outcomes,
      rejection: decodeResultData(data).rejection,
    })),
  };
}

export function findTransaction(database: Database, transactionId: Uint8Array): TransactionPosition | undefined {
  const bytes = database.get(transactionKey(transactionId));
  if (bytes === undefined) return undefined;
  const [height, index] = decodeCbor(bytes) as [number, number];
  return { height, index };
}

function blockKey(height: number): Uint8Array {
  const key = new Uint8Array(10);
  key.set([KEYSPACE.history, BLOCK]);
  new DataView(key.buffer).setBigUint64(2, BigInt(height));
  return key;
}

function transactionKey(id: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(KEYSPACE.history, TRANSACTION), id);
}
