/** The transaction under construction: allots ids, remembers what was added. */
import type { Bundle, BundleEntry, Reference, Resource } from '@medplum/fhirtypes';
import type { ConsortiumPractitioner, CareProvider } from './organisations.js';
import type { Condition, LifeCourse, Visit } from './life-course.js';
import type { Random } from './random.js';
import { postEntry } from './synthetic.js';

export class PatientRecord {
  readonly #random: Random;
  readonly #entries: BundleEntry[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Adds a resource under a new id and returns its `urn:uuid:` reference. */
  add<T extends Resource>(resource: T & { id?: never }): Ref {
    const id = this.#random.uuid();
    const { resourceType, ...content } = resource;
    this.#entries.push(postEntry(`urn:uuid:${id}`, { resourceType, id, ...content } as Resource));
    return { reference: `urn:uuid:${id}` };
  }

  get resources(): Resource[] {
    return this.#entries.map((entry) => entry.resource as Resource);
  }

  bundle(): Bundle {
    return { resourceType: 'Bundle', type: 'transaction', entry: this.#entries };
  }
}

/** What the parts of a record share while it is written. */
export interface RecordContext {
  readonly record: PatientRecord;
  readonly course: LifeCourse;
  readonly patient: Ref;
  /** Where a condition stands, once it is written. */
  readonly conditionRefs: Map<Condition, Ref>;
}

export interface VisitContext extends RecordContext {
  readonly visit: Visit;
  readonly encounter: Ref;
  readonly start: string;
  readonly end: string;
}

/** A reference that fits any element: the type parameter of the FHIR types only restricts the target. */
export type Ref = Reference<never> & { reference: string };

export function organisationRef(organisation: CareProvider): Ref {
  return { reference: `Organization/${organisation.id}`, display: organisation.name };
}

export function locationRef(organisation: CareProvider): Ref {
  return { reference: `Location/${organisation.id}`, display: organisation.name };
}

export function practitionerRef(practitioner: ConsortiumPractitioner): Ref {
  return { reference: `Practitioner/${practitioner.id}`, display: `Dr. ${practitioner.given} ${practitioner.family}` };
}
