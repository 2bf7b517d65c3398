import type { PATIENT_COMPARTMENTS } from '../../../organisation/compartments.js';

/** A compartment that something has to name; `general` is what remains. */
export type LabelledCompartment = Exclude<(typeof PATIENT_COMPARTMENTS)[number], 'general'>;

/** What puts a record into a compartment. Data: it has a version and a hash, and members can replace it by agreement. */
export interface LabelRules {
  /** Raised with every change. */
  readonly version: number;
  readonly compartments: Readonly<Record<LabelledCompartment, CompartmentRules>>;
}

export interface CompartmentRules {
  /** Codes of v3 ActCode, read in `meta.security` only: the sender's own label. */
  readonly labels: readonly string[];
  /** Codes by system, read in every Coding of the record. SNOMED CT is listed code by code, without subsumption. */
  readonly codes: Readonly<Record<string, readonly string[]>>;
  /** ICD-10 and ICD-10-CM categories with all that is below them: `F10`, `Z71.41`, or a range of categories `F20-F69`. */
  readonly icd10: readonly string[];
}
