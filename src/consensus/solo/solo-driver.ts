import { equalBytes } from '../../primitives/bytes.js';
import { assert } from '../../primitives/assert.js';
import type { Crypto } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import type { Application, GenesisState } from '../../ledger/application/application.js';
import { NIL_BLOCK_ID } from '../../ledger/block/block-id.js';
import { blockIdOf, makeBlock, type Block } from '../../ledger/block/block.js';
import { EMPTY_COMMIT, signPrecommit, type Commit } from '../../ledger/block/commit.js';
import { hashResults } from '../../ledger/block/results.js';
import { compareTimestamps, type Timestamp } from '../../ledger/block/timestamp.js';
import { validatorSet, type ValidatorSet } from '../../ledger/block/validator-set.js';
import type { SignedHeader } from '../../ledger/block/verify-commit.js';
import type { Database } from '../../ledger/store/database.js';
import type { Chain, CommittedBlock, CommittedTransaction, ConsensusDriver } from '../driver.js';
import { readSignedHeader, signedHeaderWrite } from './block-store.js';
import { Pool, type PooledTransaction } from './pool.js';

export interface SoloDriverOptions {
  readonly crypto: Crypto;
  readonly application: Application;
  readonly database: Database;
  readonly genesis: GenesisState;
  /** Ed25519 seed of the only validator, 32 bytes. */
  readonly validatorSeed: Uint8Array;
  /** The node's clock. */
  readonly now: () => Timestamp;
}

/** Part of the consensus parameters' hash. */
const CONSENSUS_PARAMS = { blockBytesMax: 4 * 1024 * 1024, blockGasMax: -1 } as const;
const APP_VERSION = 1;
/** What is left of a block's bytes for its transactions: header, last commit and the lengths take the rest. */
const BLOCK_DATA_BYTES_MAX = CONSENSUS_PARAMS.blockBytesMax - 32 * 1024;
/** Keeps the time that a lone transaction may wait behind a full block short. */
const BLOCK_TRANSACTIONS_MAX = 2048;

/**
 * Runs the application in process with one validator, in CometBFT's block format.
 *
 * Group commit without delay: whatever waits when a block begins goes into it, and a block begins as soon as the one
 * before is durable. State, history and signed header go to disk in one atomic write, and only then is anybody told.
 * The state after a block stands in the next header, so a block that changed the state is followed by one more, empty
 * if nothing waits.
 */
export class SoloDriver implements ConsensusDriver {
  readonly #options: SoloDriverOptions;
  readonly #validators: ValidatorSet;
  readonly #pool = new Pool();
  readonly #listeners: ((block: CommittedBlock) => Promise<void> | void)[] = [];
  #heightWaiters: HeightWaiter[] = [];
  #last: SignedHeader | undefined;
  #lastResultsHash: Uint8Array;
  /** App hash of the first header; needed until there is one. */
  #genesisAppHash: Uint8Array = new Uint8Array(0);
  #isRunning = false;
  /** The last run; resolved when nothing is under way. */
  #running: Promise<void> = Promise.resolve();
  /** Why nothing more is accepted. */
  #halted: CairnError | undefined;
  readonly chain: Chain;

  private constructor(options: SoloDriverOptions) {
    this.#options = options;
    this.chain = this.#makeChain();
    const { crypto, validatorSeed, application, database } = options;
    this.#validators = validatorSet(crypto, [{ publicKey: crypto.ed25519PublicKey(validatorSeed), votingPower: 1 }]);
    const { height } = application.info();
    this.#last = readSignedHeader(database, height);
    this.#lastResultsHash = hashResultsOf(crypto, application.executedBlock(height)?.results ?? []);
  }

  /**
   * Opens the chain, or begins it with the genesis.
   * @throws CairnError `ledger.wrong-genesis` when the data belongs to another chain or validator.
   */
  static async open(options: SoloDriverOptions): Promise<SoloDriver> {
    const driver = new SoloDriver(options);
    const { application, genesis } = options;
    if (application.info().height === 0) driver.#genesisAppHash = application.initChain(genesis).appHash;
    driver.#checkChain();
    driver.#kick();
    await driver.#running;
    driver.#checkRunning();
    return driver;
  }

  get waiting(): number {
    return this.#pool.size;
  }

  get failure(): CairnError | undefined {
    return this.#halted;
  }

  async submit(bytes: Uint8Array): Promise<CommittedTransaction> {
    this.#checkRunning();
    const id = await this.#options.application.checkTx(bytes);
    this.#checkRunning();
    return new Promise((resolve, reject) => {
      this.#pool.add({ id, bytes, resolve, reject });
      this.#kick();
    });
  }

  onBlock(listener: (block: CommittedBlock) => Promise<void> | void): void {
    this.#listeners.push(listener);
  }

  async waitForHeight(height: number): Promise<void> {
    if (this.chain.height >= height) return;
    if (this.#halted !== undefined) throw this.#halted;
    return new Promise((resolve, reject) => this.#heightWaiters.push({ height, resolve, reject }));
  }

  async close(): Promise<void> {
    this.#halted ??= new CairnError('ledger.closed', 'The node is shutting down. Hand the transaction in again later.');
    await this.#running;
    this.#refuseAll(this.#halted);
  }

  #makeChain(): Chain {
    const height = (): number => this.#last?.header.height ?? 0;
    return {
      chainId: this.#options.genesis.parameters.chainId,
      get height() {
        return height();
      },
      signedHeader: (at) => (at === height() ? this.#last : readSignedHeader(this.#options.database, at)),
      validators: () => this.#validators,
    };
  }

  #checkChain(): void {
    const { application, genesis } = this.#options;
    const { height } = application.info();
    if (height === 0) return;
    assert(this.#last !== undefined, 'every committed height has its signed header');
    const isSameChain = application.parameters.chainId === genesis.parameters.chainId;
    const isSameValidator = equalBytes(this.#last.header.proposerAddress, this.#proposer());
    if (!isSameChain || !isSameValidator) {
      const message =
        'The data folder belongs to another chain than the genesis and validator key. Use the ones it began with.';
      throw new CairnError('ledger.wrong-genesis', message);
    }
  }

  #checkRunning(): void {
    if (this.#halted !== undefined) throw this.#halted;
  }

  #proposer(): Uint8Array {
    const address = this.#validators.validators[0]?.address;
    assert(address !== undefined, 'a solo chain has one validator');
    return address;
  }

  #kick(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#running = this.#run();
  }

  /** Makes blocks while anything waits or the state of the last block is not in a header yet. */
  async #run(): Promise<void> {
    while (this.#halted === undefined && (this.#pool.size > 0 || this.#owesHeader())) {
      const taken = this.#pool.take(BLOCK_TRANSACTIONS_MAX, BLOCK_DATA_BYTES_MAX);
      try {
        const block = await this.#makeBlock(taken.map(({ bytes }) => bytes));
        try {
          for (const listener of this.#listeners) await listener(block);
        } finally {
          // Whatever became of the listeners, the block is durable, and its submitters must not hand it in again.
          this.#settle(taken, block);
        }
      } catch (error) {
        this.#halt(error, taken);
      }
    }
    // In the same step as the last look at the pool: what is added after it starts a new run.
    this.#isRunning = false;
  }

  #owesHeader(): boolean {
    return this.#last === undefined || !equalBytes(this.#last.header.appHash, this.#options.application.info().appHash);
  }

  async #makeBlock(transactions: readonly Uint8Array[]): Promise<CommittedBlock> {
    const { crypto, application } = this.#options;
    const block = this.#nextBlock(transactions);
    const { height, time } = block.header;
    const { results } = await application.finalizeBlock({ height, time: time.seconds, transactions });
    const signed: SignedHeader = { header: block.header, commit: this.#sign(block) };
    await application.commit([signedHeaderWrite(signed)]);
    this.#last = signed;
    this.#lastResultsHash = hashResultsOf(crypto, results);
    return { height, time, transactions, results };
  }

  #settle(taken: readonly PooledTransaction[], { height, time, results }: CommittedBlock): void {
    for (const [index, transaction] of taken.entries()) {
      this.#pool.settle(transaction);
      const result = results[index];
      assert(result !== undefined, 'every transaction has a result');
      if (result.rejection?.callIndex === null) {
        transaction.reject(
          new CairnError(result.rejection.code, 'The transaction was refused when its block was made.'),
        );
      } else {
        transaction.resolve({ id: transaction.id, height, index, time: time.seconds, result });
      }
    }
    this.#notifyHeight();
  }

  #nextBlock(transactions: readonly Uint8Array[]): Block {
    const { crypto, application } = this.#options;
    const last = this.#last;
    return makeBlock(crypto, {
      appVersion: APP_VERSION,
      chainId: this.chain.chainId,
      height: (last?.header.height ?? 0) + 1,
      time: this.#nextTime(),
      lastBlockId: last?.commit.blockId ?? NIL_BLOCK_ID,
      lastCommit: last?.commit ?? EMPTY_COMMIT,
      transactions,
      validators: this.#validators,
      nextValidators: this.#validators,
      consensusParams: CONSENSUS_PARAMS,
      appHash: last === undefined ? this.#genesisAppHash : application.info().appHash,
      lastResultsHash: this.#lastResultsHash,
      proposerAddress: this.#proposer(),
    });
  }

  /** The clock, but never before the genesis and always after the last block: a clock set back does not set the chain back. */
  #nextTime(): Timestamp {
    const now = this.#options.now();
    const last = this.#last?.header.time ?? { seconds: this.#options.genesis.time, nanos: 0 };
    if (compareTimestamps(now, last) > 0) return now;
    return last.nanos < 999_000_000
      ? { seconds: last.seconds, nanos: last.nanos + 1_000_000 }
      : { seconds: last.seconds + 1, nanos: 0 };
  }

  #sign(block: Block): Commit {
    const { crypto, validatorSeed } = this.#options;
    const { chainId, height, time } = block.header;
    const blockId = blockIdOf(crypto, block);
    const precommit = { chainId, height, round: 0, blockId, timestamp: time };
    return { height, round: 0, blockId, signatures: [signPrecommit(crypto, validatorSeed, precommit)] };
  }

  /** The node takes no more. Submitters that were not told yet, because their block did not become durable, are told now. */
  #halt(error: unknown, taken: readonly PooledTransaction[]): void {
    const code = error instanceof CairnError ? error.code : 'ledger.halted';
    const reason = error instanceof CairnError ? error.message : 'A block could not be made.';
    const halted = new CairnError(code, `The ledger has stopped: ${reason} Nothing acknowledged is lost.`, {
      cause: error,
    });
    this.#halted = halted;
    for (const transaction of taken) transaction.reject(halted);
    this.#refuseAll(halted);
  }

  #refuseAll(error: CairnError): void {
    for (const waiting of this.#pool.takeAll()) waiting.reject(error);
    for (const waiter of this.#heightWaiters) waiter.reject(error);
    this.#heightWaiters = [];
  }

  #notifyHeight(): void {
    const { height } = this.chain;
    for (const waiter of this.#heightWaiters) if (waiter.height <= height) waiter.resolve();
    this.#heightWaiters = this.#heightWaiters.filter((waiter) => waiter.height > height);
  }
}

interface HeightWaiter {
  readonly height: number;
  readonly resolve: () => void;
  readonly reject: (error: CairnError) => void;
}

function hashResultsOf(crypto: Crypto, results: readonly { code: number; data: Uint8Array }[]): Uint8Array {
  return hashResults(
    crypto,
    results.map(({ code, data }) => ({ code, data, gasWanted: 0, gasUsed: 0 })),
  );
}
