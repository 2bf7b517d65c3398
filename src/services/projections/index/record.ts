/** What goes into the index of one organisation and what comes out of it. */

/** One version of one record that the organisation may read, opened, checked and rendered. */
export interface ProjectedRecord {
  /** The ledger's random id of the record, hex of 16 bytes. All versions of a record share it. */
  readonly recordId: string;
  /** Pseudonymous subject and its compartment on the ledger, hex. */
  readonly subject: string;
  readonly compartment: string;
  /** Id of the organisation that wrote this version. */
  readonly author: string;
  /** Written by the organisation that this index belongs to. */
  readonly own: boolean;
  /** FHIR resource type and logical id. */
  readonly type: string;
  readonly id: string;
  /** FHIR version number, from 1. */
  readonly version: number;
  /** FHIR instant, from the time of the block that committed the version. */
  readonly lastUpdated: string;
  /** A delete is a version without text. */
  readonly deleted: boolean;
  /** The JSON text to serve, `id` and `meta` included; empty when deleted. */
  readonly text: string;
  /** Index of the leaf in the compartment's log: with the compartment, the identity of this version. */
  readonly leaf: number;
}

/** A version as it is read back. */
export type IndexedRecord = ProjectedRecord;

/** A compartment of a subject, by their ids on the ledger. */
export type CompartmentName = readonly [subject: string, compartment: string];

/**
 * What a caller may see. Everything outside it does not exist for the request: not in matches, includes, chains or totals.
 */
export type Scope =
  | 'all'
  | { readonly compartments: readonly CompartmentName[] }
  /** Everything but what others wrote in these compartments. */
  | { readonly withoutForeign: readonly CompartmentName[] };
