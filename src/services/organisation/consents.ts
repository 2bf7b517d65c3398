import { toHex } from '../../primitives/bytes.js';
import { CairnError } from '../../primitives/errors.js';
import { callOf } from '../../contracts/calls.js';
import type { Compartment, Grant, Purpose, RIGHTS } from '../../contracts/consent/state.js';
import { sealKeyEnvelope } from '../../custody/key-envelope.js';
import type { AcceptedTransaction } from '../ledger/ledger-client.js';
import type { CompartmentKeys, NamedCompartment } from './compartment-keys.js';
import type { CompartmentCode } from './compartments.js';
import { retryWhileStale } from './retry-stale.js';
import { ledgerState, type OrganisationContext } from './organisation-context.js';

/** What a subject grants. */
export interface GrantTerms {
  readonly subject: Uint8Array;
  readonly compartment: CompartmentCode;
  /** Organisation. */
  readonly grantee: string;
  readonly purposes: readonly Purpose[];
  readonly rights: readonly (typeof RIGHTS)[number][];
  /** Unix seconds; exclusive. */
  readonly until: number;
  readonly from?: number;
  /** Only records committed in this frame. */
  readonly dataFrom?: number;
  readonly dataUntil?: number;
}

/** A decision that is durable on the ledger. */
export interface ConsentDecision {
  readonly grant: Uint8Array;
  /** A receipt is asked for by transaction and call. */
  readonly transaction: Uint8Array;
  readonly callIndex: number;
  readonly height: number;
}

/** A grant as the subject's side sees it. */
export interface GrantView extends Grant {
  readonly id: Uint8Array;
  readonly code: CompartmentCode | undefined;
  readonly status: 'live' | 'not-yet' | 'ended' | 'revoked';
}

/** Gives and takes back consent for custodial subjects: the signed decision and the keys, together. */
export class Consents {
  readonly #context: OrganisationContext;
  readonly #keys: CompartmentKeys;

  constructor(context: OrganisationContext, keys: CompartmentKeys) {
    this.#context = context;
    this.#keys = keys;
  }

  /** @throws CairnError `consent.not-authorised` unless this organisation is the subject's steward; or the contract's code. */
  async grant(terms: GrantTerms): Promise<ConsentDecision> {
    const [decision] = await this.grantAll([terms]);
    if (decision === undefined) throw new CairnError('consent.unknown-compartment', 'Name at least one compartment.');
    return decision;
  }

  /** Several grants in one transaction. */
  async grantAll(terms: readonly GrantTerms[]): Promise<ConsentDecision[]> {
    return terms.length === 0 ? [] : retryWhileStale(() => this.#grantAll(terms));
  }

  async #grantAll(terms: readonly GrantTerms[]): Promise<ConsentDecision[]> {
    const prepared = await Promise.all(terms.map((term) => this.#prepare(term)));
    const accepted = await this.#context.ledger.submit(
      this.#context.signer,
      prepared.map(({ call }) => call),
    );
    return prepared.map(({ grant }, callIndex) => decisionOf(accepted, grant, callIndex));
  }

  /** Ends a grant and begins a new epoch, whose key every other live grantee gets in the same transaction. */
  revoke(grant: Uint8Array): Promise<ConsentDecision> {
    return retryWhileStale(() => this.#revoke(grant));
  }

  async #revoke(grant: Uint8Array): Promise<ConsentDecision> {
    const { state, ledger, signer } = this.#context;
    const { consent } = ledgerState(state);
    const { subject, compartment } = consent.grants.get(grant) ?? unknownGrant();
    this.#checkSteward(subject);
    const named = this.#named(subject, compartment);
    const present = consent.compartments.get(subject, compartment) ?? unknownGrant();
    const next = await this.#nextEpoch(subject, named, present, grant);
    return decisionOf(await ledger.submit(signer, [callOf('consent', 'revoke', { grant, ...next })]), grant, 0);
  }

  /**
   * Begins a new epoch of a compartment in which a grant has ended by the clock, so that its grantee lacks the key of what
   * comes from now on. Does nothing where no ended grant is left in the compartment's list.
   */
  renewEpoch(subject: Uint8Array, compartment: Uint8Array): Promise<void> {
    return retryWhileStale(() => this.#renewEpoch(subject, compartment));
  }

  async #renewEpoch(subject: Uint8Array, compartment: Uint8Array): Promise<void> {
    const { state, ledger, signer, clock } = this.#context;
    const { consent } = ledgerState(state);
    const present = consent.compartments.get(subject, compartment) ?? unknownGrant();
    const hasEnded = present.grants.some((id) => (consent.grants.get(id)?.until ?? 0) <= clock.now());
    if (!hasEnded) return;
    const next = await this.#nextEpoch(subject, this.#named(subject, compartment), present);
    await ledger.submit(signer, [callOf('consent', 'renewEpoch', { subject, compartment, ...next })]);
  }

  /** The next epoch's key commitment, and its key sealed to every live grant but the one that is revoked. */
  async #nextEpoch(
    subject: Uint8Array,
    named: NamedCompartment,
    present: Compartment,
    revoked?: Uint8Array,
  ): Promise<{
    epoch: number;
    keyCommitment: Uint8Array;
    deliveries: { grant: Uint8Array; envelope: Uint8Array | null }[];
  }> {
    const { consent } = ledgerState(this.#context.state);
    const epoch = present.epoch + 1;
    const deliveries: { grant: Uint8Array; envelope: Uint8Array | null }[] = [];
    for (const id of present.grants) {
      const grant = consent.grants.get(id);
      const isRevoked = revoked !== undefined && toHex(id) === toHex(revoked);
      if (grant?.revokedAt !== null || isRevoked || this.#context.clock.now() >= grant.until) continue;
      deliveries.push({ grant: id, envelope: await this.#deliver(named, subject, id, grant.grantee, epoch) });
    }
    const keyCommitment = this.#keys.deriveEpochKey(subject, named.id, epoch).commitment;
    return { epoch: present.epoch, keyCommitment, deliveries };
  }

  /** Takes back part of a grant. */
  async narrow(grant: Uint8Array, purposes: readonly Purpose[], until: number): Promise<ConsentDecision> {
    const call = callOf('consent', 'narrow', { grant, purposes: [...purposes], until });
    return decisionOf(await this.#context.ledger.submit(this.#context.signer, [call]), grant, 0);
  }

  /** All grants of a subject, ended ones too. */
  list(subject: Uint8Array): GrantView[] {
    const { state, ledgerIndex, clock } = this.#context;
    const { consent } = ledgerState(state);
    const codes = new Map(this.#keys.compartmentsOf(subject).map(({ id, code }) => [toHex(id), code]));
    return ledgerIndex.grantsOfSubject(subject).flatMap(({ grant: id }) => {
      const grant = consent.grants.get(id);
      if (grant === undefined) return [];
      return [{ ...grant, id, code: codes.get(toHex(grant.compartment)), status: statusOf(grant, clock.now()) }];
    });
  }

  async #prepare(terms: GrantTerms): Promise<{ grant: Uint8Array; call: ReturnType<typeof callOf> }> {
    const { state, randomBytes, clock } = this.#context;
    const { subject, grantee, purposes, rights, until } = terms;
    this.#checkSteward(subject);
    const named = this.#keys.compartment(subject, terms.compartment);
    const epoch = ledgerState(state).consent.compartments.get(subject, named.id)?.epoch ?? 0;
    const grant = randomBytes(16);
    const envelope = await this.#deliver(named, subject, grant, grantee, epoch);
    const call = callOf('consent', 'grant', {
      grant,
      subject,
      compartment: named.id,
      grantee,
      purposes: [...purposes],
      rights: [...rights],
      from: terms.from ?? clock.now() - CLOCK_SLACK_SECONDS,
      until,
      dataFrom: terms.dataFrom ?? null,
      dataUntil: terms.dataUntil ?? null,
      epoch,
      envelope,
    });
    return { grant, call };
  }

  /** Seals the keys of all epochs up to `epoch` to the grantee and puts them into the vault; its digest. */
  async #deliver(
    named: NamedCompartment,
    subject: Uint8Array,
    grant: Uint8Array,
    grantee: string,
    epoch: number,
  ): Promise<Uint8Array | null> {
    const { state, vault, id } = this.#context;
    if (grantee === id) return null;
    const organisation = ledgerState(state).registry.organisations.get(grantee);
    if (organisation === undefined) {
      throw new CairnError('consent.unknown-grantee', 'The grantee is not a member organisation.');
    }
    const keys = Array.from({ length: epoch }, (_, index) => this.#keys.deriveEpochKey(subject, named.id, index + 1));
    const place = { grant, subject, compartment: named.id, grantee };
    const bytes = await sealKeyEnvelope(organisation.sealingKey, place, { compartmentCode: named.code, keys });
    return vault.put({ subject: toHex(subject), compartment: toHex(named.id), kind: 'key-envelope', bytes });
  }

  #named(subject: Uint8Array, compartment: Uint8Array): NamedCompartment {
    const named = this.#keys.compartmentsOf(subject).find(({ id }) => toHex(id) === toHex(compartment));
    return named ?? unknownGrant();
  }

  #checkSteward(subject: Uint8Array): void {
    if (this.#keys.isSteward(subject)) return;
    throw new CairnError('consent.not-authorised', 'This organisation is not the steward of the subject.');
  }
}

/** Block time may lie a little behind the clock; a grant is to be live in the block that holds it. */
const CLOCK_SLACK_SECONDS = 60;

function decisionOf(accepted: AcceptedTransaction, grant: Uint8Array, callIndex: number): ConsentDecision {
  return { grant, transaction: accepted.id, callIndex, height: accepted.height };
}

function statusOf(grant: Grant, now: number): GrantView['status'] {
  if (grant.revokedAt !== null) return 'revoked';
  if (now < grant.from) return 'not-yet';
  return now < grant.until ? 'live' : 'ended';
}

function unknownGrant(): never {
  throw new CairnError('consent.unknown-grant', 'There is no such grant. List them with `cairn consent list`.');
}
