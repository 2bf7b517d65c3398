import { toHex } from '../../primitives/bytes.js';
import { sealingPublicKey } from '../../primitives/sealing.js';
import { PURPOSES, type Purpose } from '../../contracts/consent/state.js';
import { callOf } from '../../contracts/calls.js';
import type { Call } from '../../ledger/transaction/call.js';
import { subjectSealingSeed, subjectSigningSeed } from '../../custody/subject-keys.js';
import type { CompartmentKeys } from './compartment-keys.js';
import { ledgerState, type OrganisationContext } from './organisation-context.js';

/** A custodial subject's grant to its own steward has no end but the subject's will: it lasts this long, then is renewed. */
const STEWARD_GRANT_SECONDS = 20 * 365 * 86_400;

/** What a steward needs to care for a patient; research, trials and broken glass ask for more. */
const STEWARD_PURPOSES: readonly Purpose[] = ['TREAT', 'HPAYMT', 'HOPERAT', 'PATRQT'];

/** A subject as its steward lists it. */
export interface CustodialSubject {
  readonly subject: Uint8Array;
  readonly kind: 'patient' | 'directory';
}

/** Registers subjects for whom this organisation is the steward. */
export class Subjects {
  readonly #context: OrganisationContext;
  readonly #keys: CompartmentKeys;

  constructor(context: OrganisationContext, keys: CompartmentKeys) {
    this.#context = context;
    this.#keys = keys;
  }

  /**
   * Registers custodial subjects in one transaction: identity, compartments, and the steward's own grants, all of them
   * visible on the ledger.
   * @returns their ids.
   */
  async register(kind: 'patient' | 'directory', count = 1): Promise<Uint8Array[]> {
    const subjects = Array.from({ length: count }, () => this.#context.randomBytes(16));
    const calls = await Promise.all(subjects.map((subject) => this.#registration(subject, kind)));
    await this.#context.ledger.submit(this.#context.signer, calls.flat());
    return subjects;
  }

  list(): CustodialSubject[] {
    const { ledgerIndex, id } = this.#context;
    return ledgerIndex
      .subjectsOfSteward(id)
      .map(({ subject, kind }) => ({ subject, kind: kind as CustodialSubject['kind'] }));
  }

  /** The organisation's own directory; undefined before it was set up. */
  directory(): Uint8Array | undefined {
    return this.list().find(({ kind }) => kind === 'directory')?.subject;
  }

  async #registration(subject: Uint8Array, kind: 'patient' | 'directory'): Promise<Call[]> {
    const { crypto, clock, id, randomBytes } = this.#context;
    const root = this.#keys.custodialRoot(subject);
    const compartments = this.#keys.custodialCompartments(subject, kind);
    const from = clock.now();
    return [
      callOf('registry', 'registerSubject', {
        subject,
        kind,
        signingKey: { alg: 'ed25519', key: crypto.ed25519PublicKey(subjectSigningSeed(crypto, root, 0).reveal()) },
        sealingKey: await sealingPublicKey(subjectSealingSeed(crypto, root, 0).reveal()),
        steward: id,
      }),
      callOf('consent', 'openCompartments', {
        subject,
        compartments: compartments.map(({ id: compartment }) => ({
          compartment,
          keyCommitment: this.#keys.deriveEpochKey(subject, compartment, 1).commitment,
        })),
      }),
      ...compartments.map(({ id: compartment }) =>
        callOf('consent', 'grant', {
          grant: randomBytes(16),
          subject,
          compartment,
          grantee: id,
          purposes: kind === 'directory' ? [...PURPOSES] : [...STEWARD_PURPOSES],
          rights: ['read', 'write'],
          from: 0,
          until: from + STEWARD_GRANT_SECONDS,
          dataFrom: null,
          dataUntil: null,
          epoch: 1,
          envelope: null,
        }),
      ),
    ];
  }

  /** What the ledger shows of a subject. */
  describe(
    subject: Uint8Array,
  ): { readonly subject: string; readonly kind: string; readonly steward: string | null } | undefined {
    const record = ledgerState(this.#context.state).registry.subjects.get(subject);
    return record === undefined ? undefined : { subject: toHex(subject), kind: record.kind, steward: record.steward };
  }
}
