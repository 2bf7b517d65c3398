import { toHex } from '../../primitives/bytes.js';
import type { CborValue } from '../../primitives/cbor.js';
import type { Crypto } from '../../primitives/crypto.js';
import { assert } from '../../primitives/assert.js';
import { CairnError } from '../../primitives/errors.js';
import type { PublicKey, Signature, WebAuthnPolicy } from '../../primitives/signature.js';
import { admit, type AdmissionContext } from '../execution/admission.js';
import { executeTransaction } from '../execution/execute.js';
import { rejectedResult, type TransactionResult } from '../execution/outcome.js';
import { Overlay, type StateReader } from '../execution/overlay.js';
import { ReplayGuard } from '../execution/replay-guard.js';
import type { ContractRuntime } from '../execution/runtime.js';
import type { Database, DatabaseWrite } from '../store/database.js';
import type { StagedChanges, StateStore } from '../store/state-store.js';
import { decodeTransaction, type Transaction } from '../transaction/transaction.js';
import {
  findTransaction,
  historyRemovals,
  historyWrites,
  readExecutedBlock,
  type ExecutedBlock,
  type TransactionPosition,
} from './history.js';
import { readParameters, writeParameters, type ChainParameters } from './parameters.js';
import { VerifiedTransactions } from './verified-transactions.js';

/** Checks one signature; may do so in another thread. */
export type SignatureCheck = (
  publicKey: PublicKey,
  signed: { readonly message: Uint8Array; readonly digest: Uint8Array },
  signature: Signature,
  policy: WebAuthnPolicy,
) => boolean | Promise<boolean>;

export interface ApplicationOptions {
  readonly crypto: Crypto;
  readonly database: Database;
  readonly store: StateStore;
  readonly runtime: ContractRuntime;
  readonly checkSignature: SignatureCheck;
  /** Unix seconds; only for the pool's filter, never for execution. */
  readonly now: () => number;
}

/** What every member's node starts from. */
export interface GenesisState {
  readonly parameters: ChainParameters;
  /** Unix seconds. */
  readonly time: number;
  /** The contracts' part: organisations and their keys. */
  readonly document: CborValue;
}

/** A block to execute. */
export interface BlockRequest {
  readonly height: number;
  /** Block time in Unix seconds. */
  readonly time: number;
  readonly transactions: readonly Uint8Array[];
}

export interface FinalizedBlock {
  /** Root of the state after the block: the app hash of the next header. */
  readonly appHash: Uint8Array;
  readonly results: readonly TransactionResult[];
}

/**
 * The replicated state machine in the shape of ABCI 2.0: the same object behind the solo driver and behind CometBFT.
 * Deterministic: what {@link finalizeBlock} returns depends on the genesis and the blocks alone.
 */
export class Application {
  readonly #options: ApplicationOptions;
  #parameters: ChainParameters | undefined;
  #replayGuard: ReplayGuard;
  /** Between InitChain and the first commit. */
  #genesis: GenesisState | undefined;
  readonly #verified: VerifiedTransactions;
  /** The committed state with a memory, because many transactions are signed with few keys. */
  #checkState: { readonly state: Overlay; checks: number } | undefined;
  #pending: { block: ExecutedBlock; staged: StagedChanges; executedIds: Uint8Array[] } | undefined;

  private constructor(options: ApplicationOptions, replayGuard: ReplayGuard) {
    this.#options = options;
    this.#replayGuard = replayGuard;
    this.#verified = new VerifiedTransactions(options.crypto);
    this.#parameters = readParameters(options.store);
  }

  static async open(options: ApplicationOptions): Promise<Application> {
    return new Application(options, await ReplayGuard.load(options.store));
  }

  /** Last committed height (0: not initialised) and state root. */
  info(): { readonly height: number; readonly appHash: Uint8Array } {
    return { height: this.#options.store.height, appHash: this.#options.store.root };
  }

  /** The committed state. */
  get state(): StateReader {
    return this.#options.store;
  }

  /** Committed state under a prefix of keys, ascending: for whoever lists what a contract holds. */
  range(prefix: Uint8Array): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]> {
    return this.#options.store.range(prefix);
  }

  get parameters(): ChainParameters {
    if (this.#parameters === undefined) {
      throw new CairnError(
        'ledger.not-initialised',
        'The ledger has no genesis yet. Start the node once with a genesis file.',
      );
    }
    return this.#parameters;
  }

  /**
   * Computes the genesis state. It becomes durable with the first block, so the engine repeats this call until there is one.
   * @returns the app hash of the first header.
   */
  initChain(genesis: GenesisState): { readonly appHash: Uint8Array } {
    assert(this.#options.store.height === 0, 'a chain is initialised once');
    this.#genesis = genesis;
    this.#parameters = genesis.parameters;
    return { appHash: this.#options.store.stage(this.#genesisOverlay(genesis).changes()).root };
  }

  /**
   * The pool's filter.
   * @returns the transaction id.
   * @throws CairnError naming why the transaction is refused.
   */
  async checkTx(bytes: Uint8Array): Promise<Uint8Array> {
    const now = this.#options.now();
    const transaction = await this.#verify(bytes, this.#admissionContext(now));
    try {
      const { runtime } = this.#options;
      const state = this.#stateToCheck();
      for (const call of transaction.calls) runtime.check(state, now, transaction.body.signer, call);
    } catch (error) {
      this.#verified.delete(this.#verified.keyOf(bytes));
      throw error;
    }
    return transaction.id;
  }

  /**
   * Chooses from the pool, in order, what fits into `bytesMax` as CometBFT counts (in protobuf: the transaction, its length
   * and a tag) and is still admissible at `time`.
   */
  prepareProposal(pool: readonly Uint8Array[], time: number, bytesMax: number): Uint8Array[] {
    const context = this.#admissionContext(time);
    const chosen: Uint8Array[] = [];
    let bytes = 0;
    for (const candidate of pool) {
      if (!this.#isWellFormed(candidate, context)) continue;
      bytes += bytesInBlock(candidate);
      if (bytes > bytesMax) break;
      chosen.push(candidate);
    }
    return chosen;
  }

  /** Whether a proposed block is one that an honest proposer could have made. */
  processProposal(transactions: readonly Uint8Array[], time: number): boolean {
    const context = this.#admissionContext(time);
    return transactions.every((bytes) => this.#isWellFormed(bytes, context));
  }

  /** Executes a block on top of the committed state. Persists nothing; may be repeated. */
  async finalizeBlock({ height, time, transactions }: BlockRequest): Promise<FinalizedBlock> {
    const { crypto, store, runtime } = this.#options;
    assert(height > store.height, 'blocks are executed in order');
    const context = this.#admissionContext(time);
    const admitted = await Promise.all(transactions.map((bytes) => this.#admitInBlock(bytes, context)));
    const overlay = this.#genesis === undefined ? new Overlay(store) : this.#genesisOverlay(this.#genesis);
    const executedIds: Uint8Array[] = [];
    const idsInBlock = new Set<string>();
    const results = admitted.map((entry): TransactionResult => {
      if (entry instanceof CairnError) return rejectedResult(NO_TRANSACTION, { callIndex: null, code: entry.code });
      const id = toHex(entry.id);
      if (idsInBlock.has(id)) return rejectedResult(entry.id, { callIndex: null, code: 'transaction.replayed' });
      idsInBlock.add(id);
      executedIds.push(entry.id);
      return executeTransaction(crypto, runtime, overlay, time, entry);
    });
    this.#replayGuard.record(overlay, height, time, executedIds);
    const staged = store.stage(overlay.changes());
    this.#pending = { block: { height, time, transactions, results }, staged, executedIds };
    return { appHash: staged.root, results };
  }

  /** The only durable point: state, history and the driver's own `extra` writes in one atomic batch. */
  async commit(extra: readonly DatabaseWrite[] = []): Promise<void> {
    const pending = this.#pending;
    assert(pending !== undefined, 'commit follows finalizeBlock');
    this.#pending = undefined;
    const { block, staged, executedIds } = pending;
    await this.#options.store.commit(staged, block.height, [...historyWrites(block), ...extra]);
    this.#genesis = undefined;
    this.#checkState = undefined;
    this.#replayGuard.committed(block.height, block.time, executedIds);
    for (const bytes of block.transactions) this.#verified.delete(this.#verified.keyOf(bytes));
  }

  /** Goes back one height, once; for an operator whose engine has rolled back too. */
  async rollback(extra: readonly DatabaseWrite[] = []): Promise<void> {
    const block = this.executedBlock(this.#options.store.height);
    await this.#options.store.rollback([...(block === undefined ? [] : historyRemovals(block)), ...extra]);
    this.#replayGuard = await ReplayGuard.load(this.#options.store);
    this.#parameters = readParameters(this.#options.store);
    this.#checkState = undefined;
    this.#pending = undefined;
  }

  executedBlock(height: number): ExecutedBlock | undefined {
    return readExecutedBlock(this.#options.database, height);
  }

  findTransaction(transactionId: Uint8Array): TransactionPosition | undefined {
    return findTransaction(this.#options.database, transactionId);
  }

  /** Value and ICS23 proof of a key at the committed height; the proof's root is the app hash of the next header. */
  query(key: Uint8Array): {
    readonly height: number;
    readonly value: Uint8Array | undefined;
    readonly proof: Uint8Array;
  } {
    const { store } = this.#options;
    return { height: store.height, value: store.get(key), proof: store.prove(key) };
  }

  #stateToCheck(): StateReader {
    if (this.#checkState === undefined || this.#checkState.checks >= CHECKS_MAX) {
      this.#checkState = { state: new Overlay(this.#options.store), checks: 0 };
    }
    this.#checkState.checks += 1;
    return this.#checkState.state;
  }

  #genesisOverlay(genesis: GenesisState): Overlay {
    const overlay = new Overlay(this.#options.store);
    writeParameters(overlay, genesis.parameters);
    this.#options.runtime.genesis(overlay, genesis.time, genesis.document);
    return overlay;
  }

  #admissionContext(time: number): AdmissionContext {
    return {
      chainId: this.parameters.chainId,
      time,
      isReplay: (id) => this.#replayGuard.has(id),
    };
  }

  async #admitInBlock(bytes: Uint8Array, context: AdmissionContext): Promise<Transaction | CairnError> {
    try {
      return await this.#verify(bytes, context);
    } catch (error) {
      if (error instanceof CairnError) return error;
      throw error;
    }
  }

  /** Decodes, admits and checks the signature, once for each transaction however often it is asked. */
  async #verify(bytes: Uint8Array, context: AdmissionContext): Promise<Transaction> {
    const key = this.#verified.keyOf(bytes);
    const known = this.#verified.get(key);
    const transaction = known ?? decodeTransaction(this.#options.crypto, bytes);
    admit(transaction, context);
    if (known === undefined) {
      const signed = { message: transaction.bodyBytes, digest: transaction.id };
      const { signature, body } = transaction;
      if (!(await this.#options.checkSignature(body.signer, signed, signature, this.parameters.webAuthn))) {
        throw new CairnError(
          'transaction.bad-signature',
          'The signature does not belong to the transaction and its signer.',
        );
      }
      this.#verified.add(key, transaction, bytes.length);
    }
    return transaction;
  }

  #isWellFormed(bytes: Uint8Array, context: AdmissionContext): boolean {
    try {
      admit(this.#verified.get(this.#verified.keyOf(bytes)) ?? decodeTransaction(this.#options.crypto, bytes), context);
      return true;
    } catch (error) {
      if (error instanceof CairnError) return false;
      throw error;
    }
  }
}

/** After so many checks the memory of what they read begins anew. */
const CHECKS_MAX = 4096;

/** Stands in a result whose bytes are not a transaction at all. */
const NO_TRANSACTION = new Uint8Array(32);

/** Size of a transaction in a block: a field of protobuf `Data`. */
function bytesInBlock({ length }: Uint8Array): number {
  let lengthBytes = 1;
  for (let rest = length >>> 7; rest > 0; rest >>>= 7) lengthBytes += 1;
  return 1 + lengthBytes + length;
}
