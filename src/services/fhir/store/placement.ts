import { fromHex, toHex } from '../../../primitives/bytes.js';
import type { CompartmentCode } from '../../organisation/compartments.js';
import type { Organisation } from '../../organisation/organisation.js';
import type { OrganisationIndex } from '../../organisation/organisation-index.js';
import type { IndexedRecord } from '../../projections/index/record.js';
import { labelResource } from '../labels/label.js';
import { isAdministrativeType, patientReferences } from '../patient-compartment/patient-references.js';
import type { ValidResource } from './received-resource.js';
import { rejection, type FhirRejection } from './rejection.js';

/** Where a resource belongs. */
export interface Place {
  readonly subject: Uint8Array;
  readonly compartment: CompartmentCode;
}

/** Finds whose a resource is, and which of its compartments it belongs to. */
export class Placement {
  readonly #organisation: Organisation<OrganisationIndex>;
  /** Registered for patients that then were not written; the next ones get them. */
  readonly #spare: Uint8Array[] = [];
  #directory: Uint8Array | undefined;

  constructor(organisation: Organisation<OrganisationIndex>) {
    this.#organisation = organisation;
  }

  /** New custodial subjects, registered before anything of them is written. @returns by logical id of the patient. */
  async takeSubjects(patients: readonly string[]): Promise<Map<string, Uint8Array>> {
    const subjects = this.#spare.splice(0, patients.length);
    while (subjects.length < patients.length) {
      const count = Math.min(patients.length - subjects.length, REGISTERED_TOGETHER_MAX);
      subjects.push(...(await this.#organisation.subjects.register('patient', count)));
    }
    return new Map(patients.flatMap((id, index) => (subjects[index] === undefined ? [] : [[id, subjects[index]]])));
  }

  /** Takes back subjects of which nothing was written. */
  giveBack(subjects: ReadonlyMap<string, Uint8Array>): void {
    this.#spare.push(...subjects.values());
  }

  /**
   * The place of a new version.
   * @param references links of the resource that are rewritten when it is served
   * @param subjects of patients, by logical id: those that are being created, and those that were looked up before
   * @throws FhirRejection 422 that names the element
   */
  find(
    resource: ValidResource,
    id: string,
    references: ReadonlyMap<string, string>,
    current: IndexedRecord | undefined,
    subjects: Map<string, Uint8Array>,
  ): Place {
    const { type, value } = resource;
    if (isAdministrativeType(type)) return { subject: this.#directorySubject(), compartment: 'directory' };
    const subject =
      type === 'Patient' ? this.#subjectOf(type, id, subjects) : this.#patientOf(resource, references, subjects);
    if (current !== undefined && current.subject !== toHex(subject)) {
      throw rejection(422, 'business-rule', 'A resource stays with its patient. Create a new one for another.', type);
    }
    return { subject, compartment: labelResource(value) };
  }

  /** The place of a version that is stored. @throws FhirRejection 403 if its compartment is closed now. */
  of({ subject: name, compartment }: IndexedRecord): Place {
    const subject = fromHex(name);
    const named = this.#organisation.keys.compartmentsOf(subject).find(({ id }) => toHex(id) === compartment);
    if (named === undefined) {
      throw rejection(403, 'forbidden', 'The organisation has no access to the compartment of this resource any more.');
    }
    return { subject, compartment: named.code };
  }

  #patientOf(
    { type, value }: ValidResource,
    references: ReadonlyMap<string, string>,
    subjects: Map<string, Uint8Array>,
  ): Uint8Array {
    const ids = new Set<string>();
    let unknown = 0;
    for (const reference of patientReferences(value)) {
      const target = references.get(reference) ?? reference;
      const id = PATIENT.exec(target)?.[1];
      if (id !== undefined) ids.add(id);
      // A link to another entry says its type now; one that leads nowhere may be a patient's.
      else if (!references.has(reference)) unknown += 1;
    }
    const [id, another] = ids;
    if (another !== undefined) {
      throw rejection(422, 'business-rule', 'Refers to several patients; a record belongs to one. Split it.', type);
    }
    if (id === undefined) {
      const message =
        unknown > 0
          ? 'Refers to a patient that is neither here nor in the same bundle. Create the Patient first.'
          : 'Names no patient, so it belongs to nobody. Refer to a Patient.';
      throw rejection(422, 'business-rule', message, type);
    }
    return this.#subjectOf(type, id, subjects);
  }

  #subjectOf(type: string, id: string, subjects: Map<string, Uint8Array>): Uint8Array {
    const known = subjects.get(id);
    if (known !== undefined) return known;
    const patient = this.#organisation.index.fhir.read('Patient', id);
    if (patient === undefined || (patient.deleted && type !== 'Patient')) throw unknownPatient(type);
    const subject = fromHex(patient.subject);
    subjects.set(id, subject);
    return subject;
  }

  #directorySubject(): Uint8Array {
    this.#directory ??= this.#organisation.subjects.directory();
    if (this.#directory === undefined) {
      throw rejection(422, 'business-rule', 'The organisation has no directory yet. Start its node once.');
    }
    return this.#directory;
  }
}

/** Each takes nine calls of a ledger transaction, and some 3 KB. */
const REGISTERED_TOGETHER_MAX = 64;

const PATIENT = /^Patient\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

function unknownPatient(type: string): FhirRejection {
  return rejection(422, 'business-rule', 'Refers to a patient that is not here. Create the Patient first.', type);
}
