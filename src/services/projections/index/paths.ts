import { AsAtom, DotAtom, EqualsAtom, FunctionAtom, IsAtom, LiteralAtom, SymbolAtom, UnionAtom } from '@medplum/core';
import type { Atom } from '@medplum/core';

/**
 * Nearly every FHIRPath expression of R4's search parameters is a path of elements with a type cast or a simple filter. Those are
 * recognised here in the syntax tree of @medplum/core and evaluated together, in one walk over a resource
 * (`extraction.ts`); the few others are left to @medplum/core. Tests hold both to the same results.
 */
export interface ElementPath {
  readonly steps: readonly PathStep[];
  /** From `where(resolve() is Patient)`: only references to this type count. */
  readonly target?: string;
}

export interface PathStep {
  /** The JSON properties that may hold the element: several where the element may have one of several types. */
  readonly keys: readonly string[];
  /** From `where(system = 'phone')`. */
  readonly where?: { readonly element: string; readonly value: string };
}

/**
 * Elements with a choice of types that search parameters name without a cast. A test derives the same list from the
 * StructureDefinitions.
 */
export const CHOICES: Readonly<Record<string, readonly string[]>> = {
  'CarePlan.activity.detail.scheduled': ['Timing', 'Period', 'String'],
  'ChargeItem.occurrence': ['DateTime', 'Period', 'Timing'],
  'Consent.source': ['Attachment', 'Reference'],
  'DetectedIssue.identified': ['DateTime', 'Period'],
  'DiagnosticReport.effective': ['DateTime', 'Period'],
  'Group.characteristic.value': ['CodeableConcept', 'Boolean', 'Quantity', 'Range', 'Reference'],
  'Immunization.occurrence': ['DateTime', 'String'],
  'Media.created': ['DateTime', 'Period'],
  'MedicationAdministration.effective': ['DateTime', 'Period'],
  'MedicationStatement.effective': ['DateTime', 'Period'],
  'MessageDefinition.event': ['Coding', 'Uri'],
  'MessageHeader.event': ['Coding', 'Uri'],
  'Observation.effective': ['DateTime', 'Period', 'Timing', 'Instant'],
  'PlanDefinition.action.definition': ['Canonical', 'Uri'],
  'Procedure.performed': ['DateTime', 'Period', 'String', 'Age', 'Range'],
  'RiskAssessment.prediction.probability': ['Decimal', 'Range'],
  'ServiceRequest.occurrence': ['DateTime', 'Period', 'Timing'],
  'Specimen.collection.collected': ['DateTime', 'Period'],
};

/** The members of a union, left to right. */
export function unionMembers(atom: Atom): Atom[] {
  return atom instanceof UnionAtom ? [...unionMembers(atom.left), ...unionMembers(atom.right)] : [atom];
}

/** The type whose elements an expression starts from: `Patient` of `Patient.name.family`; undefined for a relative one. */
export function rootOf(atom: Atom): string | undefined {
  if (atom instanceof SymbolAtom) return /^[A-Z]/.test(atom.name) ? atom.name : undefined;
  if (atom instanceof FunctionAtom) return undefined;
  const left = 'left' in atom ? (atom.left as Atom | undefined) : undefined;
  return left === undefined ? undefined : rootOf(left);
}

/** Reads an expression as a path of elements of `type`, below `base` if it is relative; undefined if it is more than that. */
export function elementPath(atom: Atom, type: string, base: readonly PathStep[] = []): ElementPath | undefined {
  if (atom instanceof SymbolAtom) {
    return /^[A-Z]/.test(atom.name) ? { steps: [] } : append({ steps: base }, atom.name, type);
  }
  if (atom instanceof AsAtom) return cast(elementPath(atom.left, type, base), atom.right);
  if (!(atom instanceof DotAtom)) return undefined;
  const path = elementPath(atom.left, type, base);
  if (path === undefined || path.target !== undefined) return undefined;
  if (atom.right instanceof SymbolAtom) return append(path, atom.right.name, type);
  if (!(atom.right instanceof FunctionAtom) || atom.right.args.length !== 1) return undefined;
  const argument = atom.right.args[0] as Atom;
  if (atom.right.name === 'as') return cast(path, argument);
  return atom.right.name === 'where' ? filter(path, argument) : undefined;
}

function append(path: ElementPath, name: string, type: string): ElementPath {
  const types = CHOICES[[type, ...path.steps.map((step) => step.keys[0]), name].join('.')];
  return { steps: [...path.steps, { keys: types?.map((suffix) => name + suffix) ?? [name] }] };
}

/** Every cast in R4's search parameters is to one type of an element with a choice of types. A test says so. */
function cast(path: ElementPath | undefined, type: Atom): ElementPath | undefined {
  const last = path?.steps.at(-1);
  const name = last?.keys[0];
  if (path === undefined || last === undefined || name === undefined || !(type instanceof SymbolAtom)) return undefined;
  const suffix = type.name[0]?.toUpperCase() + type.name.slice(1);
  const keys = last.keys.length > 1 ? last.keys.filter((key) => key.endsWith(suffix)) : [name + suffix];
  return { ...path, steps: [...path.steps.slice(0, -1), { ...last, keys }] };
}

function filter(path: ElementPath, condition: Atom): ElementPath | undefined {
  const last = path.steps.at(-1);
  if (last === undefined || last.where !== undefined) return undefined;
  if (condition instanceof IsAtom && condition.right instanceof SymbolAtom) {
    const resolves = condition.left instanceof FunctionAtom && condition.left.name === 'resolve';
    return resolves ? { ...path, target: condition.right.name } : undefined;
  }
  if (!(condition instanceof EqualsAtom) || !(condition.left instanceof SymbolAtom)) return undefined;
  if (!(condition.right instanceof LiteralAtom) || typeof condition.right.value.value !== 'string') return undefined;
  const where = { element: condition.left.name, value: condition.right.value.value };
  return { ...path, steps: [...path.steps.slice(0, -1), { ...last, where }] };
}
