/*
 * What a transaction leaves behind, in the format that receipts prove:
 *
 *   outcome (one a call) = [returnValue, [[eventType, payload], …]]
 *   data    (one a transaction, in CometBFT's results hash)
 *                        = [1, transaction id, outcomesRoot (32 bytes) | null, [callIndex | null, rejection code] | null]
 *
 * CometBFT's results hash covers only code, data and gas, so the root over the outcomes travels in `data`.
 */
import { decodeCbor, encodeCbor, type CborValue } from '../../primitives/cbor.js';
import type { Crypto } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import { merkleRoot } from '../../primitives/merkle-log.js';
import type { LedgerEvent } from './runtime.js';

/** ABCI result code: every call succeeded. */
export const RESULT_OK = 0;
/** ABCI result code: a contract rejected a call; nothing of the transaction took effect. */
export const RESULT_REJECTED = 1;
/** ABCI result code: the transaction should not have been in a block (signature, expiry, replay, …). */
export const RESULT_REFUSED = 2;

export interface CallOutcome {
  readonly value: CborValue;
  readonly events: readonly LedgerEvent[];
}

/** Why a transaction took no effect. */
export interface RejectionReason {
  /** Index of the call that was rejected; null when the transaction itself was refused. */
  readonly callIndex: number | null;
  readonly code: string;
}

/** Result of one transaction in a block. */
export interface TransactionResult {
  readonly code: typeof RESULT_OK | typeof RESULT_REJECTED | typeof RESULT_REFUSED;
  /** Encoded {@link ResultData}: what the results hash covers. */
  readonly data: Uint8Array;
  /** Encoded outcomes, one a call; empty unless `code` is {@link RESULT_OK}. */
  readonly outcomes: readonly Uint8Array[];
  readonly rejection: RejectionReason | null;
}

/** The decoded `data` of a result. */
export interface ResultData {
  readonly transactionId: Uint8Array;
  readonly outcomesRoot: Uint8Array | null;
  readonly rejection: RejectionReason | null;
}

export function acceptedResult(
  crypto: Crypto,
  transactionId: Uint8Array,
  outcomes: readonly CallOutcome[],
): TransactionResult {
  const encoded = outcomes.map(encodeOutcome);
  const data = encodeCbor([1, transactionId, merkleRoot(crypto, encoded), null]);
  return { code: RESULT_OK, data, outcomes: encoded, rejection: null };
}

export function rejectedResult(transactionId: Uint8Array, rejection: RejectionReason): TransactionResult {
  const data = encodeCbor([1, transactionId, null, [rejection.callIndex, rejection.code]]);
  return { code: rejection.callIndex === null ? RESULT_REFUSED : RESULT_REJECTED, data, outcomes: [], rejection };
}

function encodeOutcome(outcome: CallOutcome): Uint8Array {
  return encodeCbor([outcome.value, outcome.events.map((event) => [event.type, event.payload])]);
}

/** @throws CairnError `receipt.malformed` or a `cbor.*` code. */
export function decodeOutcome(bytes: Uint8Array): CallOutcome {
  const decoded = decodeCbor(bytes);
  if (!Array.isArray(decoded) || decoded.length !== 2 || !Array.isArray(decoded[1])) throw malformed('an outcome');
  const events = decoded[1].map((event): LedgerEvent => {
    if (!Array.isArray(event) || event.length !== 2 || typeof event[0] !== 'string') throw malformed('an event');
    return { type: event[0], payload: event[1] as CborValue };
  });
  return { value: decoded[0] as CborValue, events };
}

/** @throws CairnError `receipt.malformed` or a `cbor.*` code. */
export function decodeResultData(bytes: Uint8Array): ResultData {
  const decoded = decodeCbor(bytes);
  if (!Array.isArray(decoded) || decoded.length !== 4 || decoded[0] !== 1) throw malformed('result data');
  const [, transactionId, outcomesRoot, rejection] = decoded as CborValue[];
  if (!isDigest(transactionId)) throw malformed('a transaction id');
  if (outcomesRoot !== null && !isDigest(outcomesRoot)) throw malformed('an outcomes root');
  return { transactionId, outcomesRoot, rejection: decodeRejection(rejection) };
}

function decodeRejection(value: CborValue | undefined): RejectionReason | null {
  if (value === null) return null;
  if (!Array.isArray(value) || value.length !== 2) throw malformed('a rejection');
  const [callIndex, code] = value as CborValue[];
  if (typeof code !== 'string') throw malformed('a rejection code');
  if (callIndex !== null && typeof callIndex !== 'number') throw malformed('a call index');
  return { callIndex, code };
}

function isDigest(value: CborValue | undefined): value is Uint8Array {
  return value instanceof Uint8Array && value.length === 32;
}

function malformed(what: string): CairnError {
  return new CairnError('receipt.malformed', `The result is malformed: ${what} has the wrong shape.`);
}
