import { equalBytes, toHex } from '../../primitives/bytes.js';
import { assert } from '../../primitives/assert.js';
import { CairnError } from '../../primitives/errors.js';
import { EMERGENCY_SECONDS_MAX } from '../../contracts/access/open.js';
import type { AccessBasis } from '../../contracts/access/leaf.js';
import { callOf } from '../../contracts/calls.js';
import { findLiveGrant } from '../../contracts/consent/decision.js';
import type { Purpose } from '../../contracts/consent/state.js';
import { ledgerState, type OrganisationContext } from './organisation-context.js';

/** Who opens a chart, and why. */
export interface Reader {
  /** Pseudonym of a practitioner or device that the organisation vouches for. */
  readonly actor: Uint8Array;
  readonly purpose: Purpose;
}

/** An open chart: which entry in the access log covers which compartments, until when. */
export interface AccessSession {
  /** Hex id of the entry. */
  readonly access: string;
  /** Unix seconds, exclusive. */
  readonly until: number;
  /** By hex id of the compartment. */
  readonly basisByCompartment: ReadonlyMap<string, AccessBasis>;
}

/** A chart stays open this long; a clinician at work makes a few entries a day, not one a click. */
const SESSION_SECONDS = 15 * 60;
const SESSIONS_MAX = 100_000;
const ATTEMPTS_MAX = 3;

/**
 * Opens charts: one entry in the patient's access log for each reader, purpose and quarter of an hour, made and durable
 * before anything is shown. A change of the patient's consent closes the charts that it concerns at once.
 */
export class AccessSessions {
  readonly #context: OrganisationContext;
  readonly #sessions = new Map<string, Promise<AccessSession>>();
  /** By hex id of the subject, then by reader. */
  readonly #live = new Map<string, Map<string, AccessSession>>();
  #liveCount = 0;

  constructor(context: OrganisationContext) {
    this.#context = context;
  }

  /** An open session that covers the compartment, without waiting; undefined if there is none. */
  current(reader: Reader, subject: string, compartment: string): AccessSession | undefined {
    const session = this.#live.get(subject)?.get(nameOf(reader));
    if (session === undefined || session.until <= this.#context.clock.now()) return undefined;
    return session.basisByCompartment.has(compartment) ? session : undefined;
  }

  /**
   * The session of this reader with this subject, opened if need be for every compartment that the organisation may read.
   * @param compartment hex id; a session that does not cover it, because it came later, is opened anew
   * @throws CairnError `access.no-consent` when it may read none.
   */
  async open(reader: Reader, subject: Uint8Array, compartment?: string): Promise<AccessSession> {
    const [whose, who] = [toHex(subject), nameOf(reader)];
    const live = this.#live.get(whose)?.get(who);
    const isCovered = compartment === undefined || live?.basisByCompartment.has(compartment) === true;
    if (live !== undefined && isCovered && live.until > this.#context.clock.now()) return live;
    const name = `${whose}/${who}`;
    let opening = this.#sessions.get(name);
    if (opening === undefined) {
      opening = this.#open(reader, subject).finally(() => this.#sessions.delete(name));
      this.#sessions.set(name, opening);
    }
    return opening;
  }

  /** To be called for every committed change of a subject's consent. */
  close(subject: Uint8Array): void {
    const whose = toHex(subject);
    this.#liveCount -= this.#live.get(whose)?.size ?? 0;
    this.#live.delete(whose);
  }

  async #open(reader: Reader, subject: Uint8Array, attempt = 1): Promise<AccessSession> {
    const { clock, randomBytes, ledger, signer } = this.#context;
    const compartments = this.#readable(subject, reader);
    if (compartments.length === 0) throw noConsent();
    const access = randomBytes(16);
    const seconds = reader.purpose === 'ETREAT' ? Math.min(SESSION_SECONDS, EMERGENCY_SECONDS_MAX) : SESSION_SECONDS;
    const until = clock.now() + seconds;
    const call = callOf('access', 'open', {
      access,
      subject,
      compartments,
      purpose: reader.purpose,
      actor: reader.actor,
      until,
    });
    const { values } = await ledger.submit(signer, [call]);
    const { opened } = values[0] as unknown as { opened: { until: number }[] };
    assert(opened.length === compartments.length, 'each compartment is answered');
    if (!this.#isStillReadable(subject, reader, compartments)) {
      // Consent has changed since the entry was made, and nobody closes a session that is not there yet.
      if (attempt === ATTEMPTS_MAX) throw noConsent();
      return this.#open(reader, subject, attempt + 1);
    }
    const session: AccessSession = {
      access: toHex(access),
      until: Math.min(...opened.map((entry) => entry.until)),
      basisByCompartment: new Map(compartments.map(({ compartment, basis }) => [toHex(compartment), basis])),
    };
    this.#keep(toHex(subject), nameOf(reader), session);
    return session;
  }

  #keep(whose: string, who: string, session: AccessSession): void {
    if (this.#liveCount >= SESSIONS_MAX) {
      this.#live.clear();
      this.#liveCount = 0;
    }
    const ofSubject = this.#live.get(whose) ?? new Map<string, AccessSession>();
    this.#live.set(whose, ofSubject);
    if (!ofSubject.has(who)) this.#liveCount += 1;
    ofSubject.set(who, session);
  }

  #isStillReadable(subject: Uint8Array, reader: Reader, opened: readonly ReadableCompartment[]): boolean {
    const basisNow = new Map(
      this.#readable(subject, reader).map(({ compartment, basis }) => [toHex(compartment), basis]),
    );
    return opened.every(({ compartment, basis }) => basisNow.get(toHex(compartment)) === basis);
  }

  /**
   * What the organisation may read of a subject, and on what ground: consent before all else, and broken glass only for a
   * person. The contract decides again.
   */
  #readable(subject: Uint8Array, { actor, purpose }: Reader): ReadableCompartment[] {
    const { state, ledgerIndex, id: organisation, clock, device } = this.#context;
    const { consent, records } = ledgerState(state);
    const isEmergency = purpose === 'ETREAT' && !equalBytes(actor, device);
    const mayBreakGlass = isEmergency && consent.emergencyAccess.get(subject) !== false;
    return ledgerIndex.compartments(subject).flatMap((compartment): ReadableCompartment[] => {
      const question = { subject, compartment, organisation, right: 'read', purpose, time: clock.now() } as const;
      if (findLiveGrant(consent, question) !== undefined) return [{ compartment, basis: 'grant' }];
      if (mayBreakGlass) return [{ compartment, basis: 'emergency' }];
      const isAuthor = records.authors.has(subject, compartment, organisation);
      return isAuthor ? [{ compartment, basis: 'author' }] : [];
    });
  }
}

interface ReadableCompartment {
  readonly compartment: Uint8Array;
  readonly basis: AccessBasis;
}

function noConsent(): CairnError {
  return new CairnError('access.no-consent', 'The patient has given no consent that covers this. Ask for a grant.');
}

function nameOf({ actor, purpose }: Reader): string {
  return `${toHex(actor)}/${purpose}`;
}
