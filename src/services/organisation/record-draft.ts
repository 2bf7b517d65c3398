import type { CompartmentCode } from './compartments.js';

/** A version of a record that is ready to be sealed: validated, labelled, with its id and number. */
export interface RecordDraft {
  readonly subject: Uint8Array;
  readonly compartment: CompartmentCode;
  /** The ledger's id of the record, 16 bytes; the same for all its versions. */
  readonly record: Uint8Array;
  /** From 1. */
  readonly version: number;
  /** FHIR type and logical id. */
  readonly type: string;
  readonly id: string;
  /** JSON as it was received; empty for a delete. */
  readonly text: string;
  /** For links that are resolved when the resource is served: literal → `Type/id`. */
  readonly references: ReadonlyMap<string, string>;
  readonly deleted: boolean;
}

/** Media type of a version that says the resource was deleted. */
export const DELETED_MEDIA_TYPE = 'application/x-deleted';
export const FHIR_MEDIA_TYPE = 'application/fhir+json';
