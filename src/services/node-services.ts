import type { Crypto } from '../primitives/crypto.js';
import type { ConsensusDriver } from '../consensus/driver.js';
import type { Application } from '../ledger/application/application.js';
import type { TrustRoot } from '../ledger/block/trust-root.js';
import type { ApiKeys } from '../custody/api-keys.js';
import type { Vault } from '../vault/vault.js';
import type { FhirReader } from './fhir/store/fhir-reader.js';
import type { ResourceStore } from './fhir/store/resource-store.js';
import type { Clock } from './organisation/clock.js';
import type { Organisation } from './organisation/organisation.js';
import type { OrganisationIndex } from './organisation/organisation-index.js';
import type { PositionedEvent } from './projections/ledger-index/block-events.js';
import type { LedgerIndex } from './projections/ledger-index/ledger-index.js';

/** An organisation that this node serves, with those who may use the node in its name. */
export interface HostedOrganisation {
  readonly organisation: Organisation<OrganisationIndex>;
  readonly apiKeys: ApiKeys;
  /** Its FHIR resources, for writing and for reading. One of each, since they keep order and sessions. */
  readonly store: ResourceStore;
  readonly reader: FhirReader;
}

/** A committed block's events, for streams. */
export interface BlockEvents {
  readonly height: number;
  readonly events: readonly PositionedEvent[];
}

/** Everything that the node's APIs stand on; put together by `node/`. */
export interface NodeServices {
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly driver: ConsensusDriver;
  readonly application: Application;
  readonly ledgerIndex: LedgerIndex;
  readonly vault: Vault;
  /** What an offline verifier has to trust. */
  readonly trustRoot: TrustRoot;
  /** By id. */
  readonly organisations: ReadonlyMap<string, HostedOrganisation>;
  /** Calls back for every committed block, after the projections have been told; returns how to stop. */
  onBlock(listener: (block: BlockEvents) => void): () => void;
}
