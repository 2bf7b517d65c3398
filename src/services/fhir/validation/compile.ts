import { assert } from '../../../primitives/assert.js';
import { bindingFor, type Binding } from './bindings.js';
import { loadDefinitions } from './definitions/load.js';
import type { ElementDefinition, TypeReference } from './definitions/model.js';
import { ruleFor, type Rule, type ViewShape } from './invariants.js';
import { PRIMITIVE_CHECKS, type PrimitiveCheck } from './primitives.js';

/** A type, ready to be walked. */
export interface CompiledType extends ViewShape {
  readonly name: string;
  readonly properties: ReadonlyMap<string, Property>;
  readonly required: readonly CompiledElement[];
  readonly rules: readonly Rule[];
}

/** One element of a type, shared by all JSON names that can stand for it. */
export interface CompiledElement {
  readonly name: string;
  readonly choice: boolean;
  readonly array: boolean;
  readonly max: number;
  /** JSON names, any of which makes the element present. */
  readonly names: readonly string[];
  readonly binding: Binding | undefined;
  readonly rules: readonly Rule[];
}

/** One JSON name: the element it stands for and the type it says. */
export interface Property {
  readonly element: CompiledElement;
  /** The step in a FHIRPath: `name`, or `value.ofType(Quantity)` for a choice. */
  readonly step: string;
  /** The name without the underscore, where this is the `_name` with id and extensions of a primitive. */
  readonly extensionOf: string | undefined;
  readonly typeName: string;
  /** Set for a primitive type. */
  readonly primitive: PrimitiveCheck | undefined;
  /** Resource types a Reference may point to; undefined: any, or this is no Reference. */
  readonly targets: ReadonlySet<string> | undefined;
}

const compiledByName = new Map<string, CompiledType>();
const rules = new Map<number, Rule | undefined>();
const bindings = new Map<string, Binding | undefined>();

export function isResourceType(name: unknown): name is string {
  if (typeof name !== 'string') return false;
  const { types } = loadDefinitions();
  return Object.hasOwn(types, name) && types[name]?.kind === 'resource';
}

/** Compiles a type when it is first met. */
export function compiledType(name: string): CompiledType {
  let compiled = compiledByName.get(name);
  if (compiled === undefined) {
    compiled = compile(name);
    compiledByName.set(name, compiled);
  }
  return compiled;
}

function compile(name: string): CompiledType {
  const definition = loadDefinitions().types[name];
  assert(definition !== undefined, 'the definitions are closed under their types');
  const properties = new Map<string, Property>();
  const required: CompiledElement[] = [];
  const choices: CompiledElement[] = [];
  const template: Record<string, undefined> = {};
  for (const element of definition.elements) {
    const compiled = compileElement(element);
    if (element.min > 0) required.push(compiled);
    if (compiled.choice) choices.push(compiled);
    else template[element.name] = undefined;
    for (const type of element.types) addProperties(properties, element, compiled, type);
  }
  return {
    name,
    fhirPathName: name.replace(/\.([a-z])/g, (_dot, letter: string) => letter.toUpperCase()),
    template,
    choices,
    properties,
    required,
    rules: rulesAt(definition.invariants),
  };
}

function compileElement(element: ElementDefinition): CompiledElement {
  return {
    name: element.name,
    choice: element.choice === true,
    array: element.array === true,
    max: element.max ?? Infinity,
    names: element.types.flatMap((type) => {
      const name = jsonName(element, type);
      return isPrimitive(type) ? [name, `_${name}`] : [name];
    }),
    binding: element.required === undefined ? undefined : bindingAt(element.required),
    rules: rulesAt(element.invariants ?? []),
  };
}

function addProperties(
  properties: Map<string, Property>,
  definition: ElementDefinition,
  element: CompiledElement,
  type: TypeReference,
): void {
  const name = jsonName(definition, type);
  const primitive = PRIMITIVE_CHECKS[type.code];
  const property: Property = {
    element,
    step: element.choice ? `${element.name}.ofType(${type.spelled ?? type.code})` : element.name,
    extensionOf: undefined,
    // `Bundle.entry.response.outcome` names one resource type, which the resource itself says again.
    typeName: isResourceType(type.code) ? 'Resource' : type.code,
    primitive,
    targets: type.targets === undefined ? undefined : new Set(type.targets),
  };
  properties.set(name, property);
  if (primitive !== undefined) {
    properties.set(`_${name}`, { ...property, extensionOf: name, typeName: 'Element', primitive: undefined });
  }
}

function jsonName(element: ElementDefinition, type: TypeReference): string {
  if (element.choice !== true) return element.name;
  const spelled = type.spelled ?? type.code;
  return element.name + spelled.charAt(0).toUpperCase() + spelled.slice(1);
}

function isPrimitive(type: TypeReference): boolean {
  return Object.hasOwn(PRIMITIVE_CHECKS, type.code);
}

function rulesAt(indexes: readonly number[]): readonly Rule[] {
  return indexes.flatMap((index) => {
    if (!rules.has(index)) {
      const invariant = loadDefinitions().invariants[index];
      assert(invariant !== undefined, 'every index has its invariant');
      rules.set(index, ruleFor(invariant));
    }
    return rules.get(index) ?? [];
  });
}

function bindingAt(url: string): Binding | undefined {
  if (!bindings.has(url)) bindings.set(url, bindingFor(url, loadDefinitions()));
  return bindings.get(url);
}
