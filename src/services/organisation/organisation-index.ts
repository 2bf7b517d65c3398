import type { FhirIndex } from '../projections/index/fhir-index.js';
import type { CompartmentName, ProjectedRecord } from '../projections/index/record.js';
import type { ForeignRecords } from './grant-agent.js';

/** The organisation's FHIR index as its services use it: reading at once, writing in its own time. */
export class OrganisationIndex implements ForeignRecords {
  /** For reading and searching. */
  readonly fhir: FhirIndex;
  #height: number;
  /** By id of the compartment. Kept here, for it is asked with every search. */
  readonly #foreign: Map<string, CompartmentName>;

  constructor(fhir: FhirIndex) {
    this.fhir = fhir;
    this.#height = fhir.cursor.height;
    this.#foreign = new Map(fhir.foreignCompartments().map((name) => [name[1], name]));
  }

  get height(): number {
    return this.#height;
  }

  apply(records: readonly ProjectedRecord[], { height }: { readonly height: number }): Promise<void> {
    this.fhir.apply(records, { height: Math.max(height, this.#height) });
    this.#height = Math.max(height, this.#height);
    for (const { own, subject, compartment } of records) {
      if (!own) this.#foreign.set(compartment, [subject, compartment]);
    }
    return Promise.resolve();
  }

  removeForeign(subject: string, compartment: string): Promise<number> {
    this.#foreign.delete(compartment);
    return Promise.resolve(this.fhir.removeForeign([[subject, compartment]]));
  }

  removeVersion(subject: string, compartment: string, leaf: number): Promise<number> {
    return Promise.resolve(this.fhir.removeVersion(subject, compartment, leaf));
  }

  positions(subject: string, compartment: string): ReadonlySet<number> {
    return new Set(this.fhir.leaves(subject, compartment));
  }

  foreignCompartments(): readonly CompartmentName[] {
    return [...this.#foreign.values()];
  }

  /** Empties the index; what follows the ledger then fills it again from the beginning. */
  clear(): void {
    this.fhir.clear();
    this.#foreign.clear();
    this.#height = 0;
  }
}
