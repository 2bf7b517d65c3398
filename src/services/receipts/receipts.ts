import { assert } from '../../primitives/assert.js';
import { CairnError } from '../../primitives/errors.js';
import { equalBytes, toHex } from '../../primitives/bytes.js';
import { collectionKey } from '../../contracts/kernel/collection.js';
import type { SignedHeader } from '../../ledger/block/verify-commit.js';
import { buildReceipt } from '../../ledger/receipt/build-receipt.js';
import { encodeReceipt } from '../../ledger/receipt/receipt.js';
import { encodeLogEvidence, encodeStateEvidence, type StateEvidence } from '../../ledger/receipt/state-evidence.js';
import type { NodeServices } from '../node-services.js';
import type { LogName } from '../projections/ledger-index/ledger-index.js';

type ReceiptServices = Pick<NodeServices, 'crypto' | 'driver' | 'application' | 'ledgerIndex'>;

/** Makes the files with which anybody verifies offline what the ledger says. */
export class Receipts {
  readonly #services: ReceiptServices;

  constructor(services: ReceiptServices) {
    this.#services = services;
  }

  /**
   * The receipt of one call of an accepted transaction; waits for the header that proves it.
   * @throws CairnError `receipt.unknown-transaction`, `receipt.not-accepted`, `receipt.no-such-call`.
   */
  async ofCall(transactionId: Uint8Array, callIndex: number): Promise<Uint8Array> {
    const { crypto, application } = this.#services;
    const position = application.findTransaction(transactionId);
    const block = position === undefined ? undefined : application.executedBlock(position.height);
    if (position === undefined || block === undefined) {
      throw new CairnError('receipt.unknown-transaction', `The ledger has no transaction ${toHex(transactionId)}.`);
    }
    const nextHeader = await this.#header(position.height + 1);
    return encodeReceipt(buildReceipt(crypto, { block, index: position.index, nextHeader }, callIndex));
  }

  /** Evidence of the present value, or absence, of a state key. */
  async ofState(key: Uint8Array): Promise<Uint8Array> {
    return encodeStateEvidence(await this.#stateEvidence(key));
  }

  /** Evidence of every entry of a compartment's log: these are all. */
  async ofLog(log: LogName, subject: Uint8Array, compartment: Uint8Array): Promise<Uint8Array> {
    const key = collectionKey(log, 'logs', [subject, compartment]);
    const evidence = await this.#stateEvidence(key);
    const height = evidence.signedHeader.header.height - 1;
    const stored = this.#services.ledgerIndex.leaves(log, subject, compartment);
    const leaves = stored.filter((leaf) => leaf.height <= height).map(({ bytes }) => bytes);
    return encodeLogEvidence({ ...evidence, leaves });
  }

  /**
   * The proof is against the state of now. Its root stands in the next header; but where the last block changed nothing,
   * its own header has it already, and there may be no next one for a long time.
   */
  async #stateEvidence(key: Uint8Array): Promise<StateEvidence> {
    const { application } = this.#services;
    const { height, value, proof } = application.query(key);
    const { appHash } = application.info();
    const latest = await this.#header(height);
    const isInLatest = equalBytes(latest.header.appHash, appHash);
    return { key, value, proof, signedHeader: isInLatest ? latest : await this.#header(height + 1) };
  }

  async #header(height: number): Promise<SignedHeader> {
    const { driver } = this.#services;
    await driver.waitForHeight(height);
    const signedHeader = driver.chain.signedHeader(height);
    assert(signedHeader !== undefined, 'a height that was reached has its header');
    return signedHeader;
  }
}
