import type { CborValue } from '../primitives/cbor.js';
import { fromHex } from '../primitives/bytes.js';
import { KERNEL_ERRORS } from '../contracts/kernel/errors.js';
import { contracts, type ContractMethods } from '../contracts/contracts.js';
import { decodeOutcome, type CallOutcome } from '../ledger/execution/outcome.js';
import type { Call } from '../ledger/transaction/call.js';
import { portableCrypto } from '../primitives/portable-crypto.js';
import type { PublicKey, Signature } from '../primitives/signature.js';
import { buildTransaction, encodeTransaction } from '../ledger/transaction/transaction.js';
import { getStatus } from '../wire/node.js';
import { submitTransaction } from '../wire/ledger.js';
import { CairnApiError } from './api-error.js';
import type { RequestOptions, Transport } from './transport.js';

/** Signs for one party; a passkey does so in its own time. */
export interface TransactionSigner {
  readonly publicKey: PublicKey;
  /** `digest` is SHA-256 of the body: the challenge of a WebAuthn assertion. */
  sign(body: Uint8Array, digest: Uint8Array): Signature | Promise<Signature>;
}

export interface TransactOptions extends RequestOptions {
  /** How long the transaction may wait for a block; 120 when absent, at most 300. */
  readonly validitySeconds?: number;
}

/** A transaction whose calls all took effect. */
export interface AcceptedTransaction {
  /** Hex. */
  readonly id: string;
  readonly height: number;
  /** Block time, RFC 3339. */
  readonly time: string;
  /** By call. */
  readonly outcomes: readonly CallOutcome[];
}

/** A call that took effect. */
export interface AcceptedCall<Value> extends Omit<AcceptedTransaction, 'id' | 'outcomes'> {
  readonly value: Value;
  readonly events: CallOutcome['events'];
  /** Names the receipt, with `call`. Hex. */
  readonly transaction: string;
  readonly call: 0;
}

type Typed<Method, Field extends 'args' | 'result'> = Method extends { [F in Field]: infer Value } ? Value : never;

/** A function for each method of each contract, with the contract's own types. */
export type ContractCalls = {
  readonly [Name in keyof ContractMethods]: {
    readonly [Method in keyof ContractMethods[Name]]: (
      args: Typed<ContractMethods[Name][Method], 'args'>,
      signer: TransactionSigner,
      options?: TransactOptions,
    ) => Promise<AcceptedCall<Typed<ContractMethods[Name][Method], 'result'>>>;
  };
};

/** Builds, signs and hands in transactions. */
export class Transactor {
  readonly #transport: Transport;
  #chainId: Promise<string> | undefined;
  readonly contracts: ContractCalls;

  /** `chainId`: what to sign for; asked of the node when absent. */
  constructor(transport: Transport, chainId: string | undefined) {
    this.#transport = transport;
    if (chainId !== undefined) this.#chainId = Promise.resolve(chainId);
    this.contracts = this.#makeCalls();
  }

  /**
   * Hands in calls that succeed or fail together, and waits until they are durable.
   * @throws CairnApiError with the contract's code when one is rejected; then none took effect.
   */
  async transact(
    calls: readonly Call[],
    signer: TransactionSigner,
    options: TransactOptions = {},
  ): Promise<AcceptedTransaction> {
    const { signal, validitySeconds = 120 } = options;
    const unsigned = buildTransaction(portableCrypto, calls, {
      chainId: await this.#askChainId(),
      nonce: globalThis.crypto.getRandomValues(new Uint8Array(16)),
      validUntil: Math.floor(Date.now() / 1000) + validitySeconds,
      signer: signer.publicKey,
    });
    const body = encodeTransaction(unsigned, await signer.sign(unsigned.bodyBytes, unsigned.id));
    const { id, height, time, result } = await this.#transport.call(submitTransaction, { body, signal });
    if (result.rejection !== null) throw rejectionOf(result.rejection.code);
    return { id, height, time, outcomes: result.outcomes.map(({ encoded }) => decodeOutcome(fromHex(encoded))) };
  }

  async #askChainId(): Promise<string> {
    this.#chainId ??= this.#transport.call(getStatus, {}).then(({ chain }) => chain.id);
    try {
      return await this.#chainId;
    } catch (error) {
      this.#chainId = undefined;
      throw error;
    }
  }

  #makeCalls(): ContractCalls {
    const one =
      (contract: string, method: string) =>
      async (
        args: CborValue,
        signer: TransactionSigner,
        options?: TransactOptions,
      ): Promise<AcceptedCall<CborValue>> => {
        const { id, height, time, outcomes } = await this.transact([{ contract, method, args }], signer, options);
        const { value = null, events = [] } = outcomes[0] ?? {};
        return { value, events, transaction: id, call: 0, height, time };
      };
    const byContract = Object.values(contracts).map(({ name, messages }) => {
      const methods = Object.keys(messages).map((method) => [method, one(name, method)] as const);
      return [name, Object.fromEntries(methods)] as const;
    });
    return Object.fromEntries(byContract) as unknown as ContractCalls;
  }
}

/** What the contract itself says that its code means. */
function rejectionOf(code: string): CairnApiError {
  const [contract = '', reason = ''] = code.split('.');
  const meanings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    kernel: KERNEL_ERRORS,
    ...Object.fromEntries(Object.values(contracts).map(({ name, errors }) => [name, errors])),
  };
  const meaning = meanings[contract]?.[reason] ?? 'The ledger rejected the transaction.';
  return new CairnApiError(code, meaning, { status: 201 });
}
