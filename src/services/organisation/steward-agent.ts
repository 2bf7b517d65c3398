import { toHex } from '../../primitives/bytes.js';
import { decodeAccessLeaf, type AccessLeaf } from '../../contracts/access/leaf.js';
import { findLiveGrant } from '../../contracts/consent/decision.js';
import type { PositionedEvent } from '../projections/ledger-index/block-events.js';
import type { CompartmentKeys } from './compartment-keys.js';
import type { Consents } from './consents.js';
import { ledgerState, type OrganisationContext } from './organisation-context.js';

export interface StewardAgentOptions {
  readonly context: OrganisationContext;
  readonly keys: CompartmentKeys;
  readonly consents: Consents;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Does for custodial subjects what a patient's own device would: begins a new epoch when a grant has ended by the clock,
 * and hands the key over when a clinician breaks the glass. Idempotent: it looks at the ledger before it acts.
 */
export class StewardAgent {
  readonly #options: StewardAgentOptions;
  /** Ends of grants before this were dealt with. */
  #sweptUntil = 0;
  /** One thing after the other, so that two decisions about a compartment do not cross. */
  #work: Promise<void> = Promise.resolve();

  constructor(options: StewardAgentOptions) {
    this.#options = options;
  }

  notice({ type, payload }: PositionedEvent): void {
    if (type !== 'access.opened') return;
    const leaf = decodeAccessLeaf(payload['leaf'] as Uint8Array);
    const subject = payload['subject'] as Uint8Array;
    if (leaf.basis !== 'emergency' || !this.#options.keys.isSteward(subject)) return;
    this.#enqueue(() => this.#deliverInEmergency(subject, payload['compartment'] as Uint8Array, leaf));
  }

  /** Looks for grants that have ended by the clock. */
  sweep(): void {
    const { context, consents } = this.#options;
    const now = context.clock.now();
    for (const { subject, compartment, until } of context.ledgerIndex.endedGrants(context.id, this.#sweptUntil, now)) {
      this.#enqueue(async () => {
        try {
          await consents.renewEpoch(subject, compartment);
        } catch (error) {
          this.#sweptUntil = Math.min(this.#sweptUntil, until);
          throw error;
        }
      });
    }
    this.#sweptUntil = now;
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#work;
  }

  #enqueue(task: () => Promise<void>): void {
    this.#work = this.#work.then(task).catch(this.#options.onFailure);
  }

  /** What the emergency entitles to is a grant like any other, for as long as the entry says, and as visible. */
  async #deliverInEmergency(subject: Uint8Array, compartment: Uint8Array, leaf: AccessLeaf): Promise<void> {
    const { context, keys, consents } = this.#options;
    const { organisation, until } = leaf;
    const time = context.clock.now();
    if (organisation === context.id || until <= time) return;
    const question = { subject, compartment, organisation, right: 'read', purpose: 'ETREAT', time } as const;
    if (findLiveGrant(ledgerState(context.state).consent, question) !== undefined) return;
    const code = keys.compartmentsOf(subject).find(({ id }) => toHex(id) === toHex(compartment))?.code;
    if (code === undefined) return;
    const terms = { subject, compartment: code, grantee: organisation, until } as const;
    await consents.grant({ ...terms, purposes: ['ETREAT'], rights: ['read'] });
  }
}
