/** What the validator and the compartments need of the FHIR R4 definitions, about a twentieth of their size. */
export interface Definitions {
  /** Package, version and layout this was extracted from and into; the cache is good only for an equal one. */
  readonly source: string;
  /** By type name (`Patient`, `HumanName`) or by path for types defined in place (`Patient.contact`). */
  readonly types: Readonly<Record<string, TypeDefinition>>;
  readonly invariants: readonly InvariantDefinition[];
  /** Allowed codes by system, by value set URL without version: those sets whose every code is known. */
  readonly valueSets: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** Paths of references that put a resource into a patient's compartment, by resource type. */
  readonly patientPaths: Readonly<Record<string, readonly string[]>>;
}

export interface TypeDefinition {
  readonly kind: 'resource' | 'complex' | 'primitive';
  readonly elements: readonly ElementDefinition[];
  /** Indexes into {@link Definitions.invariants} of rules on every value of this type. */
  readonly invariants: readonly number[];
}

export interface ElementDefinition {
  /** JSON name; of a choice the part before the type: `value` of `value[x]`. */
  readonly name: string;
  readonly choice?: true;
  readonly min: number;
  /** Absent: no bound. */
  readonly max?: number;
  /** Whether JSON has an array here. */
  readonly array?: true;
  readonly types: readonly TypeReference[];
  /** Value set URL without version, where the binding is required. */
  readonly required?: string;
  readonly invariants?: readonly number[];
}

export interface TypeReference {
  /** A name in {@link Definitions.types}, or `Resource` for any resource. */
  readonly code: string;
  /** How a choice spells this type, where that differs from `code`: `Quantity` for `SimpleQuantity`. */
  readonly spelled?: string;
  /** Resource types a Reference may point to; absent: any. */
  readonly targets?: readonly string[];
}

export interface InvariantDefinition {
  readonly key: string;
  readonly human: string;
  /** FHIRPath. */
  readonly expression: string;
}
