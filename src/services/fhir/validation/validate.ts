import type { TypedValue } from '@medplum/core';
import { compiledType, isResourceType, type CompiledElement, type CompiledType, type Property } from './compile.js';
import { fhirPathView, type Rule } from './invariants.js';
import type { Issue, IssueCode } from './issue.js';
import { narrativeFault } from './narrative.js';
import type { RuleContext } from './native-rules.js';
import { nearest } from './nearest.js';
import { readReference } from './references.js';

/** A validation stops after this many issues. */
const ISSUES_MAX = 50;
/**
 * FHIRPath evaluations in one validation, each counted with the items it may look through: a few seconds' work, and far
 * beyond the largest resource in use.
 */
const WORK_MAX = 200_000;
/** Deepest nesting of elements; deeper is refused. */
const DEPTH_MAX = 64;

/**
 * Validates one resource against FHIR R4 (4.0.1): names, types, formats, cardinality, choices, required bindings,
 * reference targets, narrative, contained resources, and the invariants of severity error (those that are not decided
 * are listed in `invariants.ts`). Profiles are not looked at.
 *
 * What JSON.parse has lost is not checked: the spelling of numbers (`1.0` passes as an integer) and repeated names, which
 * `parseFhirJson` refuses.
 *
 * @param resource what `parseFhirJson` gave
 * @returns no more than 50 issues, in the order of the walk; none for a valid resource
 */
export function validateResource(resource: unknown): readonly Issue[] {
  const walk = new Walk();
  walk.resource(resource, undefined);
  return walk.issues;
}

type JsonRecord = Readonly<Record<string, unknown>>;

/** The root resource of the moment and what its contained resources need to be checked. */
interface Scope {
  readonly context: RuleContext;
  readonly contained: ReadonlyMap<string, unknown>;
  /** Ids referred to by `#id` anywhere in the root resource. */
  readonly fragments: Set<string>;
  /** Contained resources that refer back to the root by `#`. */
  readonly backReferences: Set<object>;
  /** The contained resource being walked. */
  readonly inside: object | undefined;
}

class Walk {
  readonly issues: Issue[] = [];
  #workLeft = WORK_MAX;
  #gaveUp = false;
  /** Steps to the value of the moment, and its index in an array or -1. */
  readonly #steps: string[] = [];
  readonly #indexes: number[] = [];

  resource(value: unknown, container: Scope | undefined): void {
    if (!isRecord(value)) return this.#report('structure', 'expected a resource, which is a JSON object');
    const type = value['resourceType'];
    if (!isResourceType(type)) {
      return this.#report('structure', 'resourceType is missing or names no FHIR R4 resource');
    }
    const isRoot = this.#steps.length === 0;
    if (isRoot) this.#push(type, -1);
    const scope = this.#scope(value, container);
    this.#object(value, compiledType(type), scope, true);
    if (container === undefined) this.#containedAreReferenced(value, scope);
    else this.#isFitToBeContained(value);
    if (isRoot) this.#pop();
  }

  #scope(value: JsonRecord, container: Scope | undefined): Scope {
    if (container !== undefined) {
      return {
        ...container,
        context: { resource: value, rootResource: container.context.rootResource },
        inside: value,
      };
    }
    const contained = new Map<string, unknown>();
    for (const inner of Array.isArray(value['contained']) ? (value['contained'] as unknown[]) : []) {
      if (isRecord(inner) && typeof inner['id'] === 'string') contained.set(inner['id'], inner['resourceType']);
    }
    const context = { resource: value, rootResource: value };
    return { context, contained, fragments: new Set(), backReferences: new Set(), inside: undefined };
  }

  #object(value: JsonRecord, type: CompiledType, scope: Scope, isResource: boolean): void {
    if (this.#steps.length > DEPTH_MAX) return this.#report('structure', `nests deeper than ${DEPTH_MAX} elements`);
    let members = 0;
    let choices: Map<CompiledElement, string> | undefined;
    for (const name in value) {
      if (this.issues.length >= ISSUES_MAX) return;
      const property = type.properties.get(name);
      if (property === undefined) {
        if (!(isResource && name === 'resourceType')) this.#unknownElement(name, type);
        continue;
      }
      if (name !== 'id') members++;
      if (property.element.choice) {
        choices ??= new Map();
        const before = choices.get(property.element);
        if (before !== undefined && before !== property.step) {
          this.#reportAt(property.element.name, 'structure', 'has values of more than one type; send one');
        }
        choices.set(property.element, property.step);
      }
      this.#member(value, name, property, scope);
    }
    if (members === 0 && !isResource) {
      return this.#report('invariant', 'ele-1: the element is empty; leave it out or give it a value or an extension');
    }
    for (const element of type.required) {
      if (!element.names.some((name) => value[name] !== undefined)) {
        this.#reportAt(element.name, 'required', 'the element is required');
      }
    }
    this.#rules(type.rules, value, scope, () => fhirPathView(value, type));
    if (type.name === 'Reference') this.#reference(value, scope);
    else if (type.name === 'Extension') this.#extension(value);
  }

  #member(owner: JsonRecord, name: string, property: Property, scope: Scope): void {
    const value = owner[name];
    const { element } = property;
    if (!element.array) {
      this.#push(property.step, -1);
      if (Array.isArray(value)) this.#report('structure', 'expected one value, not an array');
      else this.#value(value, property, scope, undefined);
      this.#pop();
      return;
    }
    if (!Array.isArray(value)) return this.#reportAt(property.step, 'structure', 'expected an array');
    if (value.length === 0) this.#reportAt(property.step, 'structure', 'the array is empty; leave the element out');
    if (value.length > element.max) {
      this.#reportAt(property.step, 'structure', `has more than ${element.max} values`);
    }
    const partner = owner[property.extensionOf ?? `_${name}`];
    const partners = Array.isArray(partner) ? (partner as readonly unknown[]) : undefined;
    for (let index = 0; index < value.length && this.issues.length < ISSUES_MAX; index++) {
      this.#push(property.step, index);
      this.#value(value[index], property, scope, partners?.[index] ?? undefined);
      this.#pop();
    }
  }

  /** @param partner what stands at the same index under the name with (or without) the underscore */
  #value(value: unknown, property: Property, scope: Scope, partner: unknown): void {
    if (value === null) {
      // R4 §2.6.2.2: a null keeps the place in one array of what only the other array has.
      const placeholder =
        partner !== undefined && (property.primitive !== undefined || property.extensionOf !== undefined);
      if (!placeholder) this.#report('structure', 'null stands for nothing here; leave the element out');
      return;
    }
    if (property.primitive !== undefined) return this.#primitive(value, property, scope);
    if (property.typeName === 'Resource') return this.resource(value, this.#innerScope(scope));
    if (!isRecord(value)) return this.#report('structure', 'expected a JSON object');
    const type = compiledType(property.typeName);
    this.#object(value, type, scope, false);
    if (property.extensionOf !== undefined) return;
    this.#rules(property.element.rules, value, scope, () => fhirPathView(value, type));
    if (property.targets !== undefined) this.#referenceTarget(value, property.targets, scope);
    if (property.element.binding !== undefined) this.#boundValue(value, property);
  }

  #primitive(value: unknown, property: Property, scope: Scope): void {
    const check = property.primitive;
    const fault = check?.(value) ?? (property.typeName === 'xhtml' ? narrativeFault(value as string) : undefined);
    if (fault !== undefined) return this.#report(fault.code, fault.diagnostics);
    const { binding, rules } = property.element;
    if (binding !== undefined && !binding.allowsCode(value as string)) {
      this.#report(binding.fault.code, binding.fault.diagnostics);
    }
    this.#rules(rules, value, scope, () => ({ type: property.typeName, value }));
    if (LINK_TYPES.has(property.typeName)) this.#link(value as string, scope);
  }

  #boundValue(value: JsonRecord, property: Property): void {
    const { binding } = property.element;
    if (binding === undefined) return;
    const codings = property.typeName === 'CodeableConcept' ? value['coding'] : [value];
    const allowed =
      Array.isArray(codings) &&
      codings.some((coding: unknown) => isRecord(coding) && binding.allowsCoding(coding['system'], coding['code']));
    if (!allowed) this.#report(binding.fault.code, binding.fault.diagnostics);
  }

  #rules(rules: readonly Rule[], value: unknown, scope: Scope, makeView: () => TypedValue): void {
    if (rules.length === 0) return;
    let view: TypedValue | undefined;
    let weight = 0;
    const chargedView = (): TypedValue => {
      view ??= makeView();
      weight ||= weigh(value);
      this.#workLeft -= weight;
      return view;
    };
    for (const rule of rules) {
      if (this.#workLeft <= 0) return this.#giveUp();
      if (!rule.holds(value, scope.context, chargedView)) this.#report('invariant', `${rule.key}: ${rule.human}`);
    }
  }

  #extension(value: JsonRecord): void {
    let hasValue = false;
    for (const name in value) hasValue ||= name.startsWith('value') || name.startsWith('_value');
    if (hasValue === (value['extension'] !== undefined)) {
      this.#report('invariant', 'ext-1: an extension has either a value or extensions of its own');
    }
  }

  #reference(value: JsonRecord, scope: Scope): void {
    const reference = value['reference'];
    if (typeof reference !== 'string') return;
    const target = readReference(reference);
    if (target.kind === 'malformed') {
      this.#reportAt(
        'reference',
        'value',
        'expected Type/id, an absolute URL, or # and the id of a contained resource',
      );
    } else if (target.kind === 'typed' && target.relative && !isResourceType(target.type)) {
      this.#reportAt('reference', 'value', 'refers to a type that FHIR R4 does not have');
    } else if (target.kind === 'fragment') {
      if (target.id !== '' && !scope.contained.has(target.id)) {
        this.#report('invariant', 'ref-1: a reference by # needs a contained resource with that id');
      }
      this.#link(reference, scope);
    }
  }

  #referenceTarget(value: JsonRecord, targets: ReadonlySet<string>, scope: Scope): void {
    const said = value['type'];
    const reference = value['reference'];
    const target = typeof reference === 'string' ? readReference(reference) : undefined;
    const type =
      target?.kind === 'typed'
        ? target.type
        : target?.kind === 'fragment' && target.id !== ''
          ? scope.contained.get(target.id)
          : undefined;
    // A URL outside of FHIR may look like a RESTful one, so only types that exist are held against it.
    const wrong = [type, said].some((each) => isResourceType(each) && !targets.has(each));
    if (wrong) this.#reportAt('reference', 'structure', `may only refer to ${[...targets].join(', ')}`);
  }

  /** Notes a link within the root resource, for dom-3. */
  #link(value: string, scope: Scope): void {
    if (!value.startsWith('#')) return;
    scope.fragments.add(value.slice(1));
    if (value === '#' && scope.inside !== undefined) scope.backReferences.add(scope.inside);
  }

  /** Contained resources belong to the scope of their container, those of a bundle or of parameters to their own. */
  #innerScope(scope: Scope): Scope | undefined {
    return this.#steps.at(-1) === 'contained' ? scope : undefined;
  }

  #containedAreReferenced(value: JsonRecord, scope: Scope): void {
    const contained = value['contained'];
    if (!Array.isArray(contained)) return;
    contained.forEach((inner: unknown, index) => {
      if (!isRecord(inner)) return;
      const id = inner['id'];
      if ((typeof id === 'string' && scope.fragments.has(id)) || scope.backReferences.has(inner)) return;
      this.#reportAt(
        `contained[${index}]`,
        'invariant',
        'dom-3: a contained resource has an id that is referred to by #id, or refers to its container by #',
      );
    });
  }

  #isFitToBeContained(value: JsonRecord): void {
    const meta = isRecord(value['meta']) ? value['meta'] : {};
    if (value['contained'] !== undefined) {
      this.#report('invariant', 'dom-2: a contained resource contains no resources');
    }
    if (meta['versionId'] !== undefined || meta['lastUpdated'] !== undefined) {
      this.#report('invariant', 'dom-4: a contained resource has no meta.versionId and no meta.lastUpdated');
    }
    if (meta['security'] !== undefined) {
      this.#report('invariant', 'dom-5: a contained resource has no security label');
    }
  }

  #giveUp(): void {
    if (!this.#gaveUp) this.#report('too-costly', 'has more elements than are validated in one resource');
    this.#gaveUp = true;
  }

  #unknownElement(name: string, type: CompiledType): void {
    // A name is repeated only where it cannot be a value that went astray.
    if (!/^_?[A-Za-z][A-Za-z0-9]{0,63}$/.test(name)) {
      return this.#report('structure', `has an element that ${type.name} does not have`);
    }
    const close = nearest(name, type.properties.keys());
    const hint = close === undefined ? '' : `; did you mean ${close}?`;
    this.#reportAt(name, 'structure', `${type.name} has no element of this name${hint}`);
  }

  #push(step: string, index: number): void {
    this.#steps.push(step);
    this.#indexes.push(index);
  }

  #pop(): void {
    this.#steps.pop();
    this.#indexes.pop();
  }

  #reportAt(step: string, code: IssueCode, diagnostics: string): void {
    this.#push(step, -1);
    this.#report(code, diagnostics);
    this.#pop();
  }

  #report(code: IssueCode, diagnostics: string): void {
    if (this.issues.length >= ISSUES_MAX) return;
    const expression = this.#steps
      .map((step, depth) => ((this.#indexes[depth] ?? -1) < 0 ? step : `${step}[${this.#indexes[depth]}]`))
      .join('.');
    this.issues.push({ severity: 'error', code, expression, diagnostics });
  }
}

/** Types whose value may be a link within the resource (dom-3). */
const LINK_TYPES: ReadonlySet<string> = new Set(['uri', 'url', 'canonical']);

/** Items in the arrays of a value and of its members: what most expressions that do not stay at the value look through. */
function weigh(value: unknown): number {
  let weight = 1;
  if (!isRecord(value)) return weight;
  for (const name in value) {
    const member = value[name];
    if (Array.isArray(member)) weight += member.length;
    else if (isRecord(member)) for (const inner in member) weight += lengthOf(member[inner]);
  }
  return weight;
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
