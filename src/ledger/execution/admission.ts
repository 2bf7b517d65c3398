import { CairnError } from '../../primitives/errors.js';
import { TRANSACTION_LIMITS } from '../../primitives/limits.js';
import type { Transaction } from '../transaction/transaction.js';

/** What admission knows of the chain. */
export interface AdmissionContext {
  readonly chainId: string;
  /** Block time in Unix seconds. */
  readonly time: number;
  isReplay(transactionId: Uint8Array): boolean;
}

/** One reason to refuse a transaction before it is executed. */
interface AdmissionCheck {
  readonly code: string;
  readonly message: string;
  readonly fails: (transaction: Transaction, context: AdmissionContext) => boolean;
}

/**
 * In this order, after decoding and before the signature. Both the pool and the block ask them: a proposer may put
 * anything into a block.
 */
const CHECKS: readonly AdmissionCheck[] = [
  {
    code: 'transaction.wrong-chain',
    message: 'The transaction was signed for another chain.',
    fails: ({ body }, { chainId }) => body.chainId !== chainId,
  },
  {
    code: 'transaction.expired',
    message: 'The transaction is no longer valid. Sign it again with a later validUntil.',
    fails: ({ body }, { time }) => body.validUntil < time,
  },
  {
    code: 'transaction.valid-too-long',
    message: `validUntil lies too far ahead: at most ${TRANSACTION_LIMITS.validitySecondsMax} s after block time.`,
    fails: ({ body }, { time }) => body.validUntil > time + TRANSACTION_LIMITS.validitySecondsMax,
  },
  {
    code: 'transaction.replayed',
    message: 'The transaction was executed already.',
    fails: ({ id }, context) => context.isReplay(id),
  },
];

/** @throws CairnError with the code of the first check that fails. */
export function admit(transaction: Transaction, context: AdmissionContext): void {
  for (const check of CHECKS) {
    if (check.fails(transaction, context)) throw new CairnError(check.code, check.message);
  }
}
