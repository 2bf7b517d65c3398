/*
 * A second opinion on who may do what when, written against the rules in the contracts' READMEs and not against their
 * code: every grant that was ever made is kept and looked through, nothing is indexed, nothing is cached.
 */

export const ORGANISATIONS = ['a-hospital', 'b-clinic', 'c-insurer'] as const;
export const SUBJECTS = ['sara', 'tom'] as const;
export const COMPARTMENTS = ['x', 'y'] as const;
export const PURPOSES = ['TREAT', 'HRESCH', 'ETREAT'] as const;
/** A practitioner of the first organisation. */
export const DOCTOR = 'doctor';
/** Every key there may be; the first ones are registered at the start. */
export const KEYS = [...ORGANISATIONS, DOCTOR, 'sara', 'tom', 'sara 2', 'tom 2', 'phone'] as const;

export type Organisation = (typeof ORGANISATIONS)[number];
export type Subject = (typeof SUBJECTS)[number];
export type Compartment = (typeof COMPARTMENTS)[number];
export type Purpose = (typeof PURPOSES)[number];
export type Key = (typeof KEYS)[number];
export type Right = 'read' | 'write';

export interface ModelGrant {
  readonly id: string;
  readonly subject: Subject;
  readonly compartment: Compartment;
  readonly grantee: Organisation;
  purposes: readonly Purpose[];
  readonly rights: readonly Right[];
  readonly from: number;
  until: number;
  isRevoked: boolean;
}

type Party =
  | { kind: 'organisation'; id: Organisation }
  | { kind: 'subject'; id: Subject }
  | { kind: 'practitioner'; id: Organisation }
  | { kind: 'claimant'; id: Subject };

/** What the ledger ought to hold. */
export class Model {
  time: number;
  readonly grants: ModelGrant[] = [];
  readonly epochs = new Map<string, number>();
  /** Entries in each compartment's record log and access log. */
  readonly recordCounts = new Map<string, number>();
  readonly accessCounts = new Map<string, number>();
  readonly #authors = new Set<string>();
  readonly #representatives = new Map<string, number>();
  readonly #noEmergency = new Set<Subject>();
  readonly #parties = new Map<Key, Party>();
  readonly #usedKeys = new Set<Key>(['a-hospital', 'b-clinic', 'c-insurer', 'doctor', 'sara', 'tom']);
  #steward: Organisation | undefined = 'a-hospital';

  constructor(time: number) {
    this.time = time;
    for (const id of ORGANISATIONS) this.#parties.set(id, { kind: 'organisation', id });
    for (const id of SUBJECTS) this.#parties.set(id, { kind: 'subject', id });
    this.#parties.set(DOCTOR, { kind: 'practitioner', id: 'a-hospital' });
    for (const subject of SUBJECTS)
      for (const compartment of COMPARTMENTS) this.epochs.set(at(subject, compartment), 1);
  }

  /** Whether the key may decide about the subject's consent; `mayAppoint` leaves representatives out. */
  decides(key: Key, subject: Subject, mayAppoint = false): boolean {
    const party = this.#parties.get(key);
    if (party?.kind === 'organisation') return subject === 'sara' && this.#steward === party.id;
    if (party?.kind !== 'subject') return false;
    return party.id === subject || (!mayAppoint && this.isRepresentative(party.id, subject));
  }

  isRepresentative(representative: Subject, subject: Subject): boolean {
    return (this.#representatives.get(`${subject} ${representative}`) ?? 0) > this.time;
  }

  mayRead(organisation: Organisation, subject: Subject, compartment: Compartment, purpose: Purpose): boolean {
    return this.#allowing(organisation, subject, compartment, 'read').some((grant) => grant.purposes.includes(purpose));
  }

  mayWrite(organisation: Organisation, subject: Subject, compartment: Compartment): boolean {
    return this.#allowing(organisation, subject, compartment, 'write').length > 0;
  }

  #allowing(organisation: Organisation, subject: Subject, compartment: Compartment, right: Right): ModelGrant[] {
    return this.grants.filter((grant) => {
      const isAbout = grant.subject === subject && grant.compartment === compartment;
      const isLive = !grant.isRevoked && grant.from <= this.time && this.time < grant.until;
      return isAbout && isLive && grant.grantee === organisation && grant.rights.includes(right);
    });
  }

  hasNotEnded(grant: ModelGrant): boolean {
    return !grant.isRevoked && this.time < grant.until;
  }

  remaining(subject: Subject, compartment: Compartment): ModelGrant[] {
    return this.grants.filter(
      (grant) => grant.subject === subject && grant.compartment === compartment && this.hasNotEnded(grant),
    );
  }

  isSteward(organisation: Organisation, subject: Subject): boolean {
    return subject === 'sara' && this.#steward === organisation;
  }

  organisationOf(key: Key): Organisation | undefined {
    const party = this.#parties.get(key);
    return party?.kind === 'organisation' || party?.kind === 'practitioner' ? party.id : undefined;
  }

  isPractitioner(key: Key): boolean {
    return this.#parties.get(key)?.kind === 'practitioner';
  }

  subjectOf(key: Key): Subject | undefined {
    const party = this.#parties.get(key);
    return party?.kind === 'subject' ? party.id : undefined;
  }

  mayErase(key: Key, subject: Subject, compartment: Compartment): boolean {
    const asker = this.subjectOf(key);
    if (asker !== undefined) return asker === subject || this.isRepresentative(asker, subject);
    const organisation = this.organisationOf(key);
    if (organisation === undefined) return false;
    return this.isSteward(organisation, subject) || this.isAuthor(organisation, subject, compartment);
  }

  isAuthor(organisation: Organisation, subject: Subject, compartment: Compartment): boolean {
    return this.#authors.has(`${at(subject, compartment)} ${organisation}`);
  }

  mayBreakGlass(subject: Subject): boolean {
    return !this.#noEmergency.has(subject);
  }

  append(organisation: Organisation, subject: Subject, compartment: Compartment): void {
    this.#authors.add(`${at(subject, compartment)} ${organisation}`);
    count(this.recordCounts, at(subject, compartment));
  }

  erase(subject: Subject, compartment: Compartment): void {
    count(this.recordCounts, at(subject, compartment));
  }

  open(subject: Subject, compartment: Compartment): void {
    count(this.accessCounts, at(subject, compartment));
  }

  revoke(grant: ModelGrant): void {
    grant.isRevoked = true;
    count(this.epochs, at(grant.subject, grant.compartment));
  }

  renewEpoch(subject: Subject, compartment: Compartment): void {
    count(this.epochs, at(subject, compartment));
  }

  appoint(subject: Subject, representative: Subject, until: number): void {
    this.#representatives.set(`${subject} ${representative}`, until);
  }

  dismiss(subject: Subject, representative: Subject): boolean {
    return this.#representatives.delete(`${subject} ${representative}`);
  }

  isAppointed(subject: Subject, representative: Subject): boolean {
    return this.#representatives.has(`${subject} ${representative}`);
  }

  setEmergencyAccess(subject: Subject, allowed: boolean): void {
    if (allowed) this.#noEmergency.delete(subject);
    else this.#noEmergency.add(subject);
  }

  mayAddKey(by: Key, key: Key): boolean {
    const party = this.#parties.get(by);
    return party !== undefined && party.kind !== 'claimant' && !this.#usedKeys.has(key);
  }

  addKey(by: Key, key: Key): void {
    this.#parties.set(key, this.#parties.get(by) as Party);
    this.#usedKeys.add(key);
  }

  mayRevokeKey(by: Key, key: Key): boolean {
    const [caller, owner] = [this.#parties.get(by), this.#parties.get(key)];
    if (caller === undefined || owner === undefined || owner.kind === 'claimant') return false;
    const isOwn = caller.kind === owner.kind && caller.id === owner.id;
    const isMember = owner.kind === 'practitioner';
    if (!isOwn && !(isMember && caller.kind === 'organisation' && caller.id === owner.id)) return false;
    const siblings = [...this.#parties.values()].filter(({ kind, id }) => kind === owner.kind && id === owner.id);
    return isMember || siblings.length > 1;
  }

  revokeKey(key: Key): void {
    this.#parties.delete(key);
  }

  mayOffer(by: Key, key: Key): boolean {
    const party = this.#parties.get(by);
    return party?.kind === 'organisation' && party.id === this.#steward && !this.#usedKeys.has(key);
  }

  offer(key: Key): void {
    for (const [other, party] of this.#parties) {
      if (party.kind !== 'claimant') continue;
      this.#parties.delete(other);
      this.#usedKeys.delete(other);
    }
    this.#parties.set(key, { kind: 'claimant', id: 'sara' });
    this.#usedKeys.add(key);
  }

  mayClaim(by: Key): boolean {
    return this.#parties.get(by)?.kind === 'claimant';
  }

  claim(by: Key): void {
    for (const [key, party] of this.#parties) {
      if (party.kind === 'subject' && party.id === 'sara') this.#parties.delete(key);
    }
    this.#parties.set(by, { kind: 'subject', id: 'sara' });
    this.#steward = undefined;
  }
}

export function at(subject: Subject, compartment: Compartment): string {
  return `${subject} ${compartment}`;
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
