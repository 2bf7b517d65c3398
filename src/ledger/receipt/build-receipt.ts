import { assert } from '../../primitives/assert.js';
import type { Crypto } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import type { ExecutedBlock } from '../application/history.js';
import { branchOf } from '../block/branch.js';
import { proveResult } from '../block/results.js';
import type { SignedHeader } from '../block/verify-commit.js';
import { decodeTransaction } from '../transaction/transaction.js';
import type { Receipt } from './receipt.js';

export interface ReceiptSource {
  /** The block that executed the transaction. */
  readonly block: ExecutedBlock;
  /** The transaction's index in it. */
  readonly index: number;
  /** The header after that block. */
  readonly nextHeader: SignedHeader;
}

/**
 * @throws CairnError `receipt.not-accepted` when the transaction had no effect, `receipt.no-such-call` when it has fewer calls.
 */
export function buildReceipt(crypto: Crypto, { block, index, nextHeader }: ReceiptSource, callIndex: number): Receipt {
  const bytes = block.transactions[index];
  const result = block.results[index];
  assert(bytes !== undefined && result !== undefined, 'the transaction is in the block');
  assert(nextHeader.header.height === block.height + 1, 'the header is the one after the block');
  const transaction = decodeTransaction(crypto, bytes);
  const outcome = result.outcomes[callIndex];
  const call = transaction.callBytes[callIndex];
  if (result.rejection !== null) {
    throw new CairnError('receipt.not-accepted', `The transaction had no effect: ${result.rejection.code}.`);
  }
  if (outcome === undefined || call === undefined) {
    throw new CairnError(
      'receipt.no-such-call',
      `The transaction has ${transaction.callBytes.length} calls, counted from 0.`,
    );
  }
  const hashed = block.results.map(({ code, data }) => ({ code, data, gasWanted: 0, gasUsed: 0 }));
  return {
    body: transaction.bodyBytes,
    signature: transaction.signature,
    call,
    callIndex,
    callBranch: branchOf(crypto, transaction.callBytes, callIndex),
    outcome,
    outcomeBranch: branchOf(crypto, result.outcomes, callIndex),
    resultData: result.data,
    resultBranch: proveResult(crypto, hashed, index),
    signedHeader: nextHeader,
  };
}
