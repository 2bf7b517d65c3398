import type { CborValue } from '../../primitives/cbor.js';
import type { Crypto, RandomBytes } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import type { ConsensusDriver } from '../../consensus/driver.js';
import { decodeOutcome } from '../../ledger/execution/outcome.js';
import type { Call } from '../../ledger/transaction/call.js';
import { buildTransaction, encodeTransaction } from '../../ledger/transaction/transaction.js';
import type { Signer } from './signer.js';

export interface LedgerClientOptions {
  readonly crypto: Crypto;
  readonly randomBytes: RandomBytes;
  readonly driver: ConsensusDriver;
  /** Unix seconds. */
  readonly now: () => number;
}

/** A transaction whose calls all took effect. */
export interface AcceptedTransaction {
  readonly id: Uint8Array;
  readonly height: number;
  /** Block time, Unix seconds. */
  readonly time: number;
  /** Return values, one a call. */
  readonly values: readonly CborValue[];
}

/** How long a transaction of this node may wait for a block. */
const VALIDITY_SECONDS = 120;

/** Signs calls, hands them to the ledger and waits until they are durable. */
export class LedgerClient {
  readonly #options: LedgerClientOptions;

  constructor(options: LedgerClientOptions) {
    this.#options = options;
  }

  /** @throws CairnError with the contract's code when a call is rejected: then none took effect. */
  async submit(signer: Signer, calls: readonly Call[]): Promise<AcceptedTransaction> {
    const { crypto, randomBytes, driver, now } = this.#options;
    const unsigned = buildTransaction(crypto, calls, {
      chainId: driver.chain.chainId,
      nonce: randomBytes(16),
      validUntil: now() + VALIDITY_SECONDS,
      signer: signer.publicKey,
    });
    const { id, height, time, result } = await driver.submit(
      encodeTransaction(unsigned, signer.sign(unsigned.bodyBytes)),
    );
    if (result.rejection !== null) {
      throw new CairnError(result.rejection.code, `The ledger rejected the request: ${result.rejection.code}.`);
    }
    return { id, height, time, values: result.outcomes.map((outcome) => decodeOutcome(outcome).value) };
  }
}
