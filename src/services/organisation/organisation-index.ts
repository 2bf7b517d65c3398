import type { FhirIndex } from '../projections/index/fhir-index.js';
import type { ProjectedRecord } from '../projections/index/record.js';
import type { ForeignRecords } from './grant-agent.js';

/** The organisation's FHIR index as its services use it: reading at once, writing in its own time. */
export class OrganisationIndex implements ForeignRecords {
  /** For reading and searching. */
  readonly fhir: FhirIndex;
  #height: number;

  constructor(fhir: FhirIndex) {
    this.fhir = fhir;
    this.#height = fhir.cursor.height;
  }

  get height(): number {
    return this.#height;
  }

  apply(records: readonly ProjectedRecord[], { height }: { readonly height: number }): Promise<void> {
    this.fhir.apply(records, { height: Math.max(height, this.#height) });
    this.#height = Math.max(height, this.#height);
    return Promise.resolve();
  }

  removeForeign(subject: string, compartment: string): Promise<number> {
    return Promise.resolve(this.fhir.removeForeign([[subject, compartment]]));
  }

  removeVersion(subject: string, compartment: string, leaf: number): Promise<number> {
    return Promise.resolve(this.fhir.removeVersion(subject, compartment, leaf));
  }

  positions(subject: string, compartment: string): ReadonlySet<number> {
    return new Set(this.fhir.leaves(subject, compartment));
  }

  foreignCompartments(): readonly (readonly [subject: string, compartment: string])[] {
    return this.fhir.foreignCompartments();
  }

  /** Empties the index; what follows the ledger then fills it again from the beginning. */
  clear(): void {
    this.fhir.clear();
    this.#height = 0;
  }
}
