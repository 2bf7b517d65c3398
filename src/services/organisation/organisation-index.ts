import type { FhirIndex } from '../projections/index/fhir-index.js';
import type { IndexWriter as FhirIndexWriter } from '../projections/index/index-writer.js';
import type { ProjectedRecord } from '../projections/index/record.js';
import type { ForeignRecords } from './grant-agent.js';

/** The organisation's FHIR index as its services use it: reading at once, writing in another thread. */
export class OrganisationIndex implements ForeignRecords {
  /** For reading and searching. */
  readonly fhir: FhirIndex;
  readonly #writer: FhirIndexWriter;
  #height: number;
  /** Height of the last change that was asked for; changes are made in the order in which they are asked for. */
  #askedHeight: number;

  constructor(fhir: FhirIndex, writer: FhirIndexWriter) {
    this.fhir = fhir;
    this.#writer = writer;
    this.#height = fhir.cursor.height;
    this.#askedHeight = this.#height;
  }

  get height(): number {
    return this.#height;
  }

  async apply(records: readonly ProjectedRecord[], { height }: { readonly height: number }): Promise<void> {
    this.#askedHeight = height;
    await this.#writer.apply(records, { height });
    this.#height = height;
  }

  async add(records: readonly ProjectedRecord[]): Promise<void> {
    await this.#writer.apply(records, { height: this.#askedHeight });
  }

  removeForeign(subject: string, compartment: string): Promise<number> {
    return this.#writer.removeForeign([[subject, compartment]]);
  }

  removeVersion(subject: string, compartment: string, leaf: number): Promise<number> {
    return this.#writer.removeVersion(subject, compartment, leaf);
  }

  positions(subject: string, compartment: string): ReadonlySet<number> {
    return new Set(this.fhir.leaves(subject, compartment));
  }

  foreignCompartments(): readonly (readonly [subject: string, compartment: string])[] {
    return this.fhir.foreignCompartments();
  }

  async clear(): Promise<void> {
    this.#askedHeight = 0;
    await this.#writer.clear();
    this.#height = 0;
  }

  /** Finishes what was asked for. */
  async close(): Promise<void> {
    await this.#writer.close();
    this.fhir.close();
  }
}
