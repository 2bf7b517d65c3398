import type { Logger } from 'pino';
import { assert } from '../primitives/assert.js';
import type { Secret } from '../primitives/secret.js';
import { trustRoot } from '../ledger/block/trust-root.js';
import { ApiKeys } from '../custody/api-keys.js';
import { openKeyStore, type KeyStore } from '../custody/key-store.js';
import type { Opener } from '../custody/openers.js';
import { organisationKey } from '../custody/organisation-keys.js';
import type { CommittedBlock } from '../consensus/driver.js';
import { nodeCrypto, randomBytes } from '../platform/node-crypto.js';
import { FhirReader } from '../services/fhir/store/fhir-reader.js';
import { ResourceStore } from '../services/fhir/store/resource-store.js';
import { LedgerClient } from '../services/ledger/ledger-client.js';
import { ed25519Signer } from '../services/ledger/signer.js';
import type { BlockEvents, HostedOrganisation, NodeServices } from '../services/node-services.js';
import { Organisation } from '../services/organisation/organisation.js';
import { OrganisationIndex } from '../services/organisation/organisation-index.js';
import { eventsOf } from '../services/projections/ledger-index/block-events.js';
import { LedgerIndex } from '../services/projections/ledger-index/ledger-index.js';
import { IndexThread } from '../services/projections/index/index-writer.js';
import { openFhirIndex } from '../services/projections/index/fhir-index.js';
import { openVault, type Vault } from '../vault/vault.js';
import type { NodeClock } from './clock.js';
import type { DataFolder } from './data-folder.js';
import { readGenesis } from './genesis-file.js';
import { openLedgerStack, type LedgerStack } from './ledger-stack.js';
import { NODE_STORE, SECRETS } from './setup.js';

export interface CairnNodeOptions {
  readonly folder: DataFolder;
  readonly opener: Opener;
  readonly clock: NodeClock;
  readonly logger: Logger;
}

/** How often grants that have ended by the clock are looked for. */
const SWEEP_MS = 30_000;
/** Blocks between two reports of a rebuild. */
const REBUILD_STEP = 256;

/**
 * A running node: ledger, vault, and the organisations that it serves. Opening and closing happen in one order each; what is
 * derived catches up with the ledger before anything is served.
 */
export class CairnNode {
  readonly services: NodeServices;
  /** What members compare before they start, hex. */
  readonly genesisHash: string;
  readonly #options: CairnNodeOptions;
  readonly #stack: LedgerStack;
  readonly #ledgerIndex: LedgerIndex;
  readonly #vault: Vault;
  /** Writes the indexes of all organisations. */
  readonly #indexThread = new IndexThread();
  readonly #organisations = new Map<string, HostedOrganisation>();
  readonly #listeners = new Set<(block: BlockEvents) => void>();
  #sweeper: NodeJS.Timeout | undefined;

  private constructor(
    options: CairnNodeOptions,
    genesisHash: string,
    stack: LedgerStack,
    vault: Vault,
    ledgerIndex: LedgerIndex,
  ) {
    this.genesisHash = genesisHash;
    this.#options = options;
    this.#stack = stack;
    this.#vault = vault;
    this.#ledgerIndex = ledgerIndex;
    const { driver, application } = stack;
    this.services = {
      crypto: nodeCrypto,
      clock: options.clock,
      driver,
      application,
      ledgerIndex,
      vault,
      trustRoot: trustRoot(nodeCrypto, driver.chain.chainId, driver.chain.validators(1)),
      organisations: this.#organisations,
      onBlock: (listener) => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
    };
  }

  /** @throws CairnError with what to do: wrong secret, folder in use, damaged file, disk full. */
  static async open(options: CairnNodeOptions): Promise<CairnNode> {
    const { folder, opener, clock } = options;
    const genesis = readGenesis(nodeCrypto, folder.genesis);
    const dependencies = { crypto: nodeCrypto, randomBytes };
    const nodeKeys = await openKeyStore(dependencies, folder.keyStore(NODE_STORE), opener);
    const stack = await openLedgerStack(folder, genesis, secretOf(nodeKeys, SECRETS.validator).reveal(), clock);
    const opened: { close(): unknown }[] = [stack];
    try {
      const vault = openVault({ path: folder.vault, crypto: nodeCrypto, now: () => clock.now() });
      opened.unshift(vault);
      const ledgerIndex = LedgerIndex.open(folder.ledgerIndex);
      opened.unshift(ledgerIndex);
      const node = new CairnNode(options, genesis.hash, stack, vault, ledgerIndex);
      opened.unshift({ close: () => node.#closeIndexes() });
      node.#followLedger();
      for (const { id } of genesis.organisations) {
        const keys = await openKeyStore(dependencies, folder.keyStore(id), opener);
        node.#organisations.set(id, await node.#host(id, keys));
      }
      await node.#catchUp();
      return node;
    } catch (error) {
      for (const part of opened) await part.close();
      throw error;
    }
  }

  /** Stops taking requests' work, finishes what is under way and closes every file. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    for (const { organisation } of this.#organisations.values()) await organisation.close();
    await this.#stack.driver.close();
    await this.#closeIndexes();
    this.#ledgerIndex.close();
    this.#vault.close();
    await this.#stack.close();
  }

  async #closeIndexes(): Promise<void> {
    for (const { organisation } of this.#organisations.values()) await organisation.index.close();
    await this.#indexThread.close();
  }

  /** Empties an organisation's index and fills it again from ledger, vault and keys. */
  async rebuildIndex(id: string, onProgress: (height: number, of: number) => void): Promise<void> {
    const organisation = this.#organisations.get(id)?.organisation;
    assert(organisation !== undefined, 'the organisation is served by this node');
    const last = await organisation.projector.restart();
    for (let height = Math.min(REBUILD_STEP, last); ; height = Math.min(height + REBUILD_STEP, last)) {
      await organisation.projector.reached(height);
      onProgress(height, last);
      if (height === last) break;
    }
    organisation.sweep();
    await organisation.settled();
  }

  async #host(id: string, keys: KeyStore): Promise<HostedOrganisation> {
    const { folder, clock, logger } = this.#options;
    const { application, driver } = this.#stack;
    const root = secretOf(keys, SECRETS.root);
    const now = (): number => clock.now();
    const context = {
      id,
      root,
      signer: ed25519Signer(nodeCrypto, organisationKey(nodeCrypto, root, 'ledger-signing', 0)),
      device: secretOf(keys, SECRETS.device).reveal(),
      crypto: nodeCrypto,
      randomBytes,
      clock,
      ledger: new LedgerClient({ crypto: nodeCrypto, randomBytes, driver, now }),
      eventsAt: (height: number) => [...eventsOf(this.#executed(height))],
      state: application.state,
      ledgerIndex: this.#ledgerIndex,
      vault: this.#vault,
    };
    const indexKey = organisationKey(nodeCrypto, root, 'index', 0);
    const file = { path: folder.fhirIndex(id), key: indexKey.reveal() };
    const writer = await this.#indexThread.open(file);
    const index = new OrganisationIndex(openFhirIndex({ ...file, readOnly: true }), writer);
    const onFailure = (error: unknown): void =>
      logger.warn({ organisation: id, err: error }, 'a compartment is not up to date');
    const pepper = organisationKey(nodeCrypto, root, 'api-keys', 0);
    const organisation = new Organisation({ context, index, onFailure });
    return {
      organisation,
      apiKeys: new ApiKeys({ crypto: nodeCrypto, randomBytes, now, store: keys, pepper }),
      store: new ResourceStore(organisation),
      reader: new FhirReader(organisation),
    };
  }

  /** Brings the ledger index up to date and keeps it, and everything behind it, so. */
  #followLedger(): void {
    const { application, driver } = this.#stack;
    for (let height = this.#ledgerIndex.height + 1; height <= application.info().height; height += 1) {
      this.#ledgerIndex.apply(this.#executed(height));
    }
    driver.onBlock((block) => this.#onBlock(block));
  }

  #onBlock({ height, results }: CommittedBlock): void {
    const events = this.#ledgerIndex.apply({ height, results });
    for (const { organisation } of this.#organisations.values()) organisation.onBlock(height, events);
    for (const listener of this.#listeners) listener({ height, events });
  }

  async #catchUp(): Promise<void> {
    const hosted = [...this.#organisations.values()];
    const { height } = this.#stack.application.info();
    for (const { organisation } of hosted) organisation.projector.advanceTo(height);
    for (const { organisation } of hosted) await organisation.projector.reached(height);
    for (const { organisation } of hosted) organisation.sweep();
    this.#sweeper = setInterval(() => {
      for (const { organisation } of hosted) organisation.sweep();
    }, SWEEP_MS);
    this.#sweeper.unref();
  }

  #executed(height: number): { height: number; results: CommittedBlock['results'] } {
    const block = this.#stack.application.executedBlock(height);
    assert(block !== undefined, 'every committed height has its history');
    return block;
  }
}

function secretOf(keys: KeyStore, name: string): Secret {
  const secret = keys.get(name);
  assert(secret !== undefined, `a key store holds ${name}`);
  return secret;
}
