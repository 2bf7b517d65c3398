import type { FhirIndex } from '../projections/index/fhir-index.js';
import type { IndexWriter as FhirIndexWriter } from '../projections/index/index-writer.js';
import type { CompartmentName, ProjectedRecord } from '../projections/index/record.js';
import type { ForeignRecords } from './grant-agent.js';

/** The organisation's FHIR index as its services use it: reading at once, writing in another thread. */
export class OrganisationIndex implements ForeignRecords {
  /** For reading and searching. */
  readonly fhir: FhirIndex;
  readonly #writer: FhirIndexWriter;
  #height: number;
  /** Height of the last change that was asked for; changes are made in the order in which they are asked for. */
  #askedHeight: number;
  /** By id of the compartment: where there may be something of others. Kept here, for it is asked with every search. */
  readonly #foreign: Map<string, CompartmentName>;

  constructor(fhir: FhirIndex, writer: FhirIndexWriter) {
    this.fhir = fhir;
    this.#writer = writer;
    this.#height = fhir.cursor.height;
    this.#askedHeight = this.#height;
    this.#foreign = new Map(fhir.foreignCompartments().map((name) => [name[1], name]));
  }

  get height(): number {
    return this.#height;
  }

  async apply(records: readonly ProjectedRecord[], { height }: { readonly height: number }): Promise<void> {
    this.#askedHeight = height;
    this.#noteForeign(records);
    await this.#writer.apply(records, { height });
    this.#height = height;
  }

  async add(records: readonly ProjectedRecord[]): Promise<void> {
    this.#noteForeign(records);
    await this.#writer.apply(records, { height: this.#askedHeight });
  }

  async removeForeign(subject: string, compartment: string): Promise<number> {
    const known = this.#foreign.get(compartment);
    if (known === undefined) return 0;
    const removed = await this.#writer.removeForeign([[subject, compartment]]);
    // Unless something was added while that was done.
    if (this.#foreign.get(compartment) === known) this.#foreign.delete(compartment);
    return removed;
  }

  removeVersion(subject: string, compartment: string, leaf: number): Promise<number> {
    return this.#writer.removeVersion(subject, compartment, leaf);
  }

  positions(subject: string, compartment: string): ReadonlySet<number> {
    return new Set(this.fhir.leaves(subject, compartment));
  }

  foreignCompartments(): readonly CompartmentName[] {
    return [...this.#foreign.values()];
  }

  async clear(): Promise<void> {
    this.#askedHeight = 0;
    await this.#writer.clear();
    this.#height = 0;
  }

  /** Before the index has them, so that nothing foreign is ever taken for own. */
  #noteForeign(records: readonly ProjectedRecord[]): void {
    for (const { own, subject, compartment } of records) {
      if (!own) this.#foreign.set(compartment, [subject, compartment]);
    }
  }

  /** Finishes what was asked for. */
  async close(): Promise<void> {
    await this.#writer.close();
    this.fhir.close();
  }
}
