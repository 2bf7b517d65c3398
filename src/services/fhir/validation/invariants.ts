import { evalFhirPathTyped, parseFhirPath, type FhirPathAtom, type TypedValue } from '@medplum/core';
import type { InvariantDefinition } from './definitions/model.js';
import { NATIVE_RULES, type RuleContext } from './native-rules.js';

/** One invariant, ready to be asked. */
export interface Rule {
  readonly key: string;
  readonly human: string;
  /** @param view the value as {@link fhirPathView} shows it; asked for by FHIRPath only */
  readonly holds: (value: unknown, context: RuleContext, view: () => TypedValue) => boolean;
}

/**
 * Invariants that no expression decides here, with the reason. The walk decides dom-2 to dom-5, ref-1 and txt-1, txt-2.
 * - ctm-1 asks for the type of a CareTeam member, which needs the member: undecidable while validating one resource.
 * - ig-1 and ig-2 use `%context`, whose meaning inside `all()` R4 left open.
 */
const NOT_EVALUATED: ReadonlySet<string> = new Set([
  'dom-2',
  'dom-3',
  'dom-4',
  'dom-5',
  'ref-1',
  'txt-1',
  'txt-2',
  'ctm-1',
  'ig-1',
  'ig-2',
]);

/**
 * The rule of an invariant: native where {@link NATIVE_RULES} has its exact expression, by FHIRPath otherwise.
 * Undefined for an invariant that is decided elsewhere or not at all.
 */
export function ruleFor({ key, human, expression }: InvariantDefinition): Rule | undefined {
  if (NOT_EVALUATED.has(key)) return undefined;
  return { key, human, holds: NATIVE_RULES[expression] ?? byFhirPath(expression) };
}

/** A rule that evaluates the expression; it holds where the result is true, as in the HL7 validator. */
export function byFhirPath(expression: string): Rule['holds'] {
  let parsed: FhirPathAtom | undefined;
  return (_value, { resource, rootResource }, view) => {
    parsed ??= parseFhirPath(expression);
    const input = view();
    const result = evalFhirPathTyped(parsed, [input], {
      '%resource': typed(resource),
      '%rootResource': typed(rootResource),
      '%context': input,
      '%ucum': { type: 'string', value: 'http://unitsofmeasure.org' },
    });
    return result.length === 1 && result[0]?.value === true;
  };
}

/** What {@link fhirPathView} needs to know of a type. */
export interface ViewShape {
  /** The name Medplum's FHIRPath gives the type: `PatientContact`. */
  readonly fhirPathName: string;
  /** An object with every element of the type that is no choice, undefined. */
  readonly template: object;
  /** The choices of the type with the JSON names of each. */
  readonly choices: readonly { readonly name: string; readonly names: readonly string[] }[];
}

/**
 * A value of a complex type for Medplum's FHIRPath, which works without a schema: it takes a missing element for a choice
 * and tries every type name there is, at a hundred times the cost, and finds `responseCode` for `response`. In the view
 * all elements of the type are known, missing ones as undefined; a primitive with only extensions counts as present.
 */
export function fhirPathView(value: Readonly<Record<string, unknown>>, shape: ViewShape): TypedValue {
  const view = Object.assign(Object.create(shape.template) as Record<string, unknown>, value);
  for (const { name, names } of shape.choices) {
    if (!names.some((each) => value[each] !== undefined)) view[name] = undefined;
  }
  for (const name in value) {
    if (name.startsWith('_') && value[name.slice(1)] === undefined) view[name.slice(1)] = value[name];
  }
  return { type: shape.fhirPathName, value: view };
}

function typed(resource: object): TypedValue {
  return { type: (resource as { resourceType: string }).resourceType, value: resource };
}
