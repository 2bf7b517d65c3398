import type { CborValue } from '../../primitives/cbor.js';
import type { Crypto } from '../../primitives/crypto.js';
import type { Transaction } from '../transaction/transaction.js';
import { acceptedResult, rejectedResult, type CallOutcome, type TransactionResult } from './outcome.js';
import { Overlay, type StateWriter } from './overlay.js';
import { Rejection } from './rejection.js';
import type { ContractRuntime, LedgerEvent } from './runtime.js';

/**
 * Executes an admitted transaction: its calls in order, all or nothing.
 * What a contract rejects becomes a result; anything else that is thrown passes through and halts the node.
 */
export function executeTransaction(
  crypto: Crypto,
  runtime: ContractRuntime,
  state: StateWriter,
  time: number,
  transaction: Transaction,
): TransactionResult {
  const overlay = new Overlay(state);
  const outcomes: CallOutcome[] = [];
  for (const [callIndex, call] of transaction.calls.entries()) {
    const events: LedgerEvent[] = [];
    const emit = (event: LedgerEvent): void => void events.push(event);
    let value: CborValue;
    try {
      value = runtime.call({ state: overlay, time, signer: transaction.body.signer, emit }, call);
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      return rejectedResult(transaction.id, { callIndex, code: error.code });
    }
    outcomes.push({ value, events });
  }
  overlay.applyTo(state);
  return acceptedResult(crypto, transaction.id, outcomes);
}
