import type { CairnError } from '../primitives/errors.js';
import type { FinalizedBlock } from '../ledger/application/application.js';
import type { TransactionResult } from '../ledger/execution/outcome.js';
import type { Timestamp } from '../ledger/block/timestamp.js';
import type { ValidatorSet } from '../ledger/block/validator-set.js';
import type { SignedHeader } from '../ledger/block/verify-commit.js';

/** A transaction that is durable on the ledger, whatever its result. */
export interface CommittedTransaction {
  readonly id: Uint8Array;
  readonly height: number;
  readonly index: number;
  /** Block time, Unix seconds. */
  readonly time: number;
  readonly result: TransactionResult;
}

/** A block that is durable on the ledger. */
export interface CommittedBlock {
  readonly height: number;
  readonly time: Timestamp;
  readonly transactions: readonly Uint8Array[];
  readonly results: FinalizedBlock['results'];
}

/** The chain of signed headers. */
export interface Chain {
  readonly chainId: string;
  /** Height of the last signed header; its app hash is the state after the block before. */
  readonly height: number;
  /** Undefined for a height that does not exist yet. */
  signedHeader(height: number): SignedHeader | undefined;
  /** The set that signed the header of this height. */
  validators(height: number): ValidatorSet;
}

/** What orders transactions: the solo driver, or a BFT engine. Services see only this. */
export interface ConsensusDriver {
  readonly chain: Chain;
  /** Transactions that wait for a block. */
  readonly waiting: number;
  /** Why nothing more is accepted; undefined while all is well. */
  readonly failure: CairnError | undefined;
  /**
   * Hands a transaction in and resolves when it is durable on the ledger.
   * @throws CairnError with the code of its refusal; then it has no effect and may be handed in again.
   */
  submit(transaction: Uint8Array): Promise<CommittedTransaction>;
  /**
   * Calls back for every block in order, after it is durable and before its submitters are told. A listener that throws
   * stops the driver.
   */
  onBlock(listener: (block: CommittedBlock) => Promise<void> | void): void;
  /** Resolves when the header of this height exists. @throws CairnError when the driver stops before. */
  waitForHeight(height: number): Promise<void>;
  /** Finishes the block under way and refuses what waits. */
  close(): Promise<void>;
}
