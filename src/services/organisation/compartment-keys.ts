import { toHex } from '../../primitives/bytes.js';
import { assert } from '../../primitives/assert.js';
import { CairnError } from '../../primitives/errors.js';
import type { Secret } from '../../primitives/secret.js';
import type { EpochKey } from '../../custody/epoch-key.js';
import { KeyRing } from '../../custody/key-ring.js';
import { stewardRoot } from '../../custody/organisation-keys.js';
import { compartmentId, custodialSubjectRoot, subjectEpochKey } from '../../custody/subject-keys.js';
import { compartmentsOfKind, type CompartmentCode } from './compartments.js';
import { ledgerState, type OrganisationContext } from './organisation-context.js';

const KEYS_MAX = 200_000;
const ROOTS_MAX = 50_000;

/** A compartment by what it is about and by what the ledger calls it. */
export interface NamedCompartment {
  readonly code: CompartmentCode;
  readonly id: Uint8Array;
}

/**
 * The epoch keys that an organisation has: those of its custodial subjects it derives, those of others it was given. One
 * place, so that sealing and opening need not know which.
 */
export class CompartmentKeys {
  readonly #context: OrganisationContext;
  readonly #stewardRoot: Secret;
  readonly #ring = new KeyRing({ keysMax: KEYS_MAX });
  readonly #namedBySubject = new Map<string, readonly NamedCompartment[]>();
  /** What compartments of other stewards' subjects are about, as their envelopes say. */
  readonly #grantedBySubject = new Map<string, NamedCompartment[]>();

  constructor(context: OrganisationContext) {
    this.#context = context;
    this.#stewardRoot = stewardRoot(context.crypto, context.root);
  }

  /** Whether this organisation is the steward of the subject now. */
  isSteward(subject: Uint8Array): boolean {
    return ledgerState(this.#context.state).registry.subjects.get(subject)?.steward === this.#context.id;
  }

  /** Root secret of a custodial subject, before or after it is on the ledger. */
  custodialRoot(subject: Uint8Array): Secret {
    return custodialSubjectRoot(this.#context.crypto, this.#stewardRoot, subject);
  }

  /** The compartments of a custodial subject. */
  custodialCompartments(subject: Uint8Array, kind: 'patient' | 'directory'): readonly NamedCompartment[] {
    const name = toHex(subject);
    const known = this.#namedBySubject.get(name);
    if (known !== undefined) return known;
    const root = this.custodialRoot(subject);
    const { crypto } = this.#context;
    const named = compartmentsOfKind(kind).map((code) => ({ code, id: compartmentId(crypto, root, code) }));
    if (this.#namedBySubject.size >= ROOTS_MAX) this.#namedBySubject.clear();
    this.#namedBySubject.set(name, named);
    return named;
  }

  /** Every compartment of the subject whose meaning this organisation knows. */
  compartmentsOf(subject: Uint8Array): readonly NamedCompartment[] {
    const record = ledgerState(this.#context.state).registry.subjects.get(subject);
    if (record?.steward === this.#context.id) return this.custodialCompartments(subject, record.kind);
    return this.#grantedBySubject.get(toHex(subject)) ?? [];
  }

  /** @throws CairnError `compartment.unknown` when the organisation was given no such compartment. */
  compartment(subject: Uint8Array, code: CompartmentCode): NamedCompartment {
    const named = this.compartmentsOf(subject).find((candidate) => candidate.code === code);
    if (named !== undefined) return named;
    const message = `The organisation has no access to the compartment "${code}" of this subject. Ask for a grant.`;
    throw new CairnError('compartment.unknown', message);
  }

  /** Takes over keys that came with a grant. */
  learn(subject: Uint8Array, compartment: NamedCompartment, keys: readonly EpochKey[]): void {
    for (const key of keys) this.#ring.add(subject, key);
    const name = toHex(subject);
    const granted = this.#grantedBySubject.get(name) ?? [];
    if (granted.some(({ code }) => code === compartment.code)) return;
    this.#grantedBySubject.set(name, [...granted, compartment]);
  }

  /** Wipes keys that came with a grant. */
  forget(subject: Uint8Array, compartment: Uint8Array): void {
    this.#ring.forget(subject, compartment);
    const id = toHex(compartment);
    const remaining = (this.#grantedBySubject.get(toHex(subject)) ?? []).filter((named) => toHex(named.id) !== id);
    this.#grantedBySubject.set(toHex(subject), remaining);
  }

  /** The key of an epoch, if the organisation has it. */
  epochKey(subject: Uint8Array, compartment: Uint8Array, epoch: number): EpochKey | undefined {
    const held = this.#ring.get(subject, compartment, epoch);
    if (held !== undefined || !this.isSteward(subject)) return held;
    return this.#ring.add(subject, this.deriveEpochKey(subject, compartment, epoch));
  }

  /** The key of an epoch of a custodial subject, also one that has not begun. */
  deriveEpochKey(subject: Uint8Array, compartment: Uint8Array, epoch: number): EpochKey {
    assert(epoch >= 1, 'epochs begin with 1');
    return subjectEpochKey(this.#context.crypto, this.custodialRoot(subject), compartment, epoch);
  }

  /** Wipes everything, at shutdown. */
  clear(): void {
    this.#ring.clear();
    this.#stewardRoot.destroy();
  }
}
