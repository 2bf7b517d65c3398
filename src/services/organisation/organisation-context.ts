import type { Crypto, RandomBytes } from '../../primitives/crypto.js';
import type { Secret } from '../../primitives/secret.js';
import type { StateReader } from '../../ledger/execution/overlay.js';
import { contracts } from '../../contracts/contracts.js';
import { readContract } from '../../contracts/kernel/runtime.js';
import type { Vault } from '../../vault/vault.js';
import type { LedgerClient } from '../ledger/ledger-client.js';
import type { Signer } from '../ledger/signer.js';
import type { PositionedEvent } from '../projections/ledger-index/block-events.js';
import type { LedgerIndex } from '../projections/ledger-index/ledger-index.js';
import type { Clock } from './clock.js';

/** What the services of one organisation on a node stand on. */
export interface OrganisationContext {
  /** The organisation's id on the ledger. */
  readonly id: string;
  /** Root of everything it derives. */
  readonly root: Secret;
  readonly signer: Signer;
  /** Pseudonym of the device under which the node itself opens charts. */
  readonly device: Uint8Array;
  readonly crypto: Crypto;
  readonly randomBytes: RandomBytes;
  readonly clock: Clock;
  readonly ledger: LedgerClient;
  /** Events of a committed block, from the ledger's history. */
  readonly eventsAt: (height: number) => readonly PositionedEvent[];
  /** Committed state. */
  readonly state: StateReader;
  readonly ledgerIndex: LedgerIndex;
  readonly vault: Vault;
}

/** The contracts' committed state, typed. */
export interface LedgerState {
  readonly registry: ReturnType<typeof readContract<'registry', typeof contracts.registry.state>>;
  readonly consent: ReturnType<typeof readContract<'consent', typeof contracts.consent.state>>;
  readonly records: ReturnType<typeof readContract<'records', typeof contracts.records.state>>;
  readonly access: ReturnType<typeof readContract<'access', typeof contracts.access.state>>;
}

const viewsByState = new WeakMap<StateReader, LedgerState>();

/** Reads through a state; what it gives is always of now. */
export function ledgerState(state: StateReader): LedgerState {
  const known = viewsByState.get(state);
  if (known !== undefined) return known;
  const views = {
    registry: readContract(contracts.registry, state),
    consent: readContract(contracts.consent, state),
    records: readContract(contracts.records, state),
    access: readContract(contracts.access, state),
  };
  viewsByState.set(state, views);
  return views;
}
