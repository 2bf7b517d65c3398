import type { TrustRootJson } from '../ledger/block/trust-root.js';
import type { Call } from '../ledger/transaction/call.js';
import { listContracts, listOrganisations, getStatus, getTrust } from '../wire/node.js';
import type { ContractView, NodeStatus, OrganisationView } from '../wire/node.js';
import { administration, type Administration } from './administration.js';
import { Transactor, type AcceptedTransaction, type ContractCalls } from './contract-calls.js';
import type { TransactionSigner, TransactOptions } from './contract-calls.js';
import { ledger, type Ledger } from './ledger.js';
import { subjects, type Subjects } from './subjects.js';
import { Transport, type RequestOptions, type TransportOptions } from './transport.js';

export interface ClientOptions extends TransportOptions {
  /** Chain that {@link CairnClient.contracts} signs for; asked of the node when absent. */
  readonly chainId?: string | undefined;
}

/**
 * Typed client of a node's API, for browsers and Node.js. Every method rejects with a {@link CairnApiError} that carries
 * the node's code.
 *
 * @example
 * const client = new CairnClient({ url: 'http://127.0.0.1:8080', token });
 * const { subject } = await client.subjects.register();
 * await client.subjects.grant(subject, { grantee: 'clinic', compartments: ['all'], purposes: ['TREAT'], until: '30d' });
 */
export class CairnClient {
  readonly #transport: Transport;
  readonly #transactor: Transactor;
  /** Patients of the token's organisation: grants, access logs. */
  readonly subjects: Subjects;
  /** Transactions, blocks, receipts, evidence, events. */
  readonly ledger: Ledger;
  /** Import, index and API keys. */
  readonly administration: Administration;

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options);
    this.#transactor = new Transactor(this.#transport, options.chainId);
    this.subjects = subjects(this.#transport);
    this.ledger = ledger(this.#transport);
    this.administration = administration(this.#transport);
  }

  /** `client.contracts.consent.narrow(args, signer)`: every method of every contract, signed and handed in. */
  get contracts(): ContractCalls {
    return this.#transactor.contracts;
  }

  status(options: RequestOptions = {}): Promise<NodeStatus> {
    return this.#transport.call(getStatus, options);
  }

  /** For `verifyFile`; compare it with what another member publishes. */
  trust(options: RequestOptions = {}): Promise<TrustRootJson> {
    return this.#transport.call(getTrust, options);
  }

  async organisations(options: RequestOptions = {}): Promise<OrganisationView[]> {
    return (await this.#transport.call(listOrganisations, options)).organisations;
  }

  async describeContracts(options: RequestOptions = {}): Promise<ContractView[]> {
    return (await this.#transport.call(listContracts, options)).contracts;
  }

  /** Hands in calls that succeed or fail together. Make them with `callOf`. */
  transact(calls: readonly Call[], signer: TransactionSigner, options?: TransactOptions): Promise<AcceptedTransaction> {
    return this.#transactor.transact(calls, signer, options);
  }
}
