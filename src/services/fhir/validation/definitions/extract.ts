import { assert } from '../../../../primitives/assert.js';
import type { Definitions, ElementDefinition, InvariantDefinition, TypeDefinition, TypeReference } from './model.js';

/** The files of the definitions package (R4 §2.1.0.3 "definitions.json.zip") that extraction reads, parsed. */
export interface DefinitionFiles {
  readonly types: SourceBundle;
  readonly resources: SourceBundle;
  /** Bundles with CodeSystem and ValueSet resources. */
  readonly terminology: readonly SourceBundle[];
  readonly searchParameters: SourceBundle;
  readonly patientCompartment: {
    readonly resource: readonly { readonly code: string; readonly param?: readonly string[] }[];
  };
}

/** The members this file reads; the resources have more. */
interface SourceBundle {
  readonly entry: readonly { readonly resource: SourceResource }[];
}

interface SourceResource {
  readonly resourceType: string;
  readonly url: string;
  readonly id: string;
  readonly kind?: string;
  readonly abstract?: boolean;
  readonly code?: string;
  readonly base?: readonly string[];
  readonly expression?: string;
  readonly snapshot?: { readonly element: readonly SourceElement[] };
  readonly concept?: readonly SourceConcept[];
  readonly compose?: { readonly include: readonly SourceInclude[]; readonly exclude?: readonly SourceInclude[] };
}

interface SourceElement {
  readonly path: string;
  readonly min: number;
  readonly max: string;
  readonly base: { readonly max: string };
  readonly type?: readonly SourceType[];
  readonly contentReference?: string;
  readonly constraint?: readonly { key: string; severity: string; human: string; expression?: string }[];
  readonly binding?: {
    readonly strength: string;
    readonly valueSet?: string;
    readonly extension?: readonly { readonly url: string; readonly valueCanonical?: string }[];
  };
}

interface SourceType {
  readonly code: string;
  readonly profile?: readonly string[];
  readonly targetProfile?: readonly string[];
  readonly extension?: readonly { readonly url: string; readonly valueUrl?: string }[];
}

interface SourceConcept {
  readonly code: string;
  readonly concept?: readonly SourceConcept[];
  readonly property?: readonly { readonly code: string; readonly valueBoolean?: boolean }[];
}

interface SourceInclude {
  readonly system?: string;
  readonly concept?: readonly { readonly code: string }[];
  readonly filter?: readonly unknown[];
  readonly valueSet?: readonly string[];
}

const PROFILE_BASE = 'http://hl7.org/fhir/StructureDefinition/';
const FHIR_TYPE = `${PROFILE_BASE}structuredefinition-fhir-type`;
const MAX_VALUE_SET = `${PROFILE_BASE}elementdefinition-maxValueSet`;

/** Rules on every element, which the walk itself guarantees. */
const STRUCTURAL = new Set(['ele-1', 'ext-1']);

/** Extracts what {@link Definitions} keeps. */
export function extractDefinitions(source: string, files: DefinitionFiles): Definitions {
  const structures = [...resourcesOf(files.types), ...resourcesOf(files.resources)].filter(
    (resource) => resource.resourceType === 'StructureDefinition' && resource.kind !== 'logical',
  );
  const invariants = new InvariantTable();
  const types: Record<string, TypeDefinition> = {};
  for (const structure of structures) extractStructure(structure, types, invariants);
  return {
    source,
    types,
    invariants: invariants.list,
    valueSets: extractValueSets(types, files.terminology.flatMap(resourcesOf)),
    patientPaths: extractPatientPaths(files),
  };
}

function resourcesOf(bundle: SourceBundle): readonly SourceResource[] {
  return bundle.entry.map((entry) => entry.resource);
}

/** Invariants by number: the same few stand on thousands of elements. */
class InvariantTable {
  readonly list: InvariantDefinition[] = [];
  readonly #indexByRule = new Map<string, number>();

  indexesOf(element: SourceElement): number[] {
    return (element.constraint ?? []).flatMap(({ key, severity, human, expression }) => {
      if (severity !== 'error' || expression === undefined || STRUCTURAL.has(key)) return [];
      const rule = `${key} ${expression}`;
      let index = this.#indexByRule.get(rule);
      if (index === undefined) {
        index = this.list.push({ key, human, expression }) - 1;
        this.#indexByRule.set(rule, index);
      }
      return [index];
    });
  }
}

function extractStructure(
  structure: SourceResource,
  types: Record<string, TypeDefinition>,
  table: InvariantTable,
): void {
  const elements = structure.snapshot?.element ?? [];
  const [root, ...rest] = elements;
  assert(root !== undefined, 'a structure has a root element');
  const parents = new Set(rest.map((element) => parentOf(element.path)));
  const kind = kindOf(structure);

  // The snapshot of a profile on a type (SimpleQuantity) keeps the paths of the type (Quantity.value).
  const nameOf = (path: string): string => (path === root.path ? structure.id : path);
  for (const parent of elements) {
    if (parent !== root && !parents.has(parent.path)) continue;
    const children = rest.filter((element) => parentOf(element.path) === parent.path && element.max !== '0');
    types[nameOf(parent.path)] = {
      kind: parent === root ? kind : 'complex',
      elements: kind === 'primitive' ? [] : children.map((child) => extractElement(child, parents, kind, table)),
      // Those of a type defined in place stand with the type, so that they hold where `contentReference` reuses it.
      invariants: table.indexesOf(parent),
    };
  }
}

function kindOf({ kind, abstract }: SourceResource): TypeDefinition['kind'] {
  // Nothing is a mere Resource or DomainResource.
  if (kind === 'resource' && abstract !== true) return 'resource';
  return kind === 'primitive-type' ? 'primitive' : 'complex';
}

function extractElement(
  element: SourceElement,
  parents: ReadonlySet<string>,
  kind: TypeDefinition['kind'],
  table: InvariantTable,
): ElementDefinition {
  const last = element.path.slice(parentOf(element.path).length + 1);
  const choice = last.endsWith('[x]');
  const isResourceId = kind === 'resource' && last === 'id' && !parentOf(element.path).includes('.');
  const types = element.contentReference
    ? [{ code: element.contentReference.replace(/^.*#/, '') }]
    : parents.has(element.path)
      ? [{ code: element.path }]
      : isResourceId
        ? [{ code: 'id' }]
        : (element.type ?? []).map(extractType);
  const required = requiredValueSet(element);
  const invariants = parents.has(element.path) ? [] : table.indexesOf(element);
  return {
    name: choice ? last.slice(0, -3) : last,
    ...(choice && { choice }),
    min: element.min,
    ...(element.max !== '*' && { max: Number(element.max) }),
    ...(element.base.max !== '1' && { array: true as const }),
    types,
    ...(required !== undefined && { required }),
    ...(invariants.length > 0 && { invariants }),
  };
}

function extractType(type: SourceType): TypeReference {
  const fhirType = type.extension?.find((extension) => extension.url === FHIR_TYPE)?.valueUrl;
  const profile = type.profile?.[0]?.replace(PROFILE_BASE, '');
  const targets =
    type.code === 'Reference' ? type.targetProfile?.map((url) => url.replace(PROFILE_BASE, '')) : undefined;
  return {
    code: profile ?? fhirType ?? type.code,
    ...(profile !== undefined && { spelled: type.code }),
    ...(targets !== undefined && !targets.includes('Resource') && { targets }),
  };
}

function requiredValueSet({ binding, type }: SourceElement): string | undefined {
  // A weaker binding may name an outer bound. Concepts keep their text and other codings, so it is asked of codes only.
  const maximum = binding?.extension?.find((extension) => extension.url === MAX_VALUE_SET)?.valueCanonical;
  const isCode = type?.length === 1 && type[0]?.code === 'code';
  const url = binding?.strength === 'required' ? binding.valueSet : isCode ? maximum : undefined;
  return url?.split('|')[0];
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('.'));
}

function extractValueSets(
  types: Readonly<Record<string, TypeDefinition>>,
  terminology: readonly SourceResource[],
): Definitions['valueSets'] {
  const byUrl = (resourceType: string): Map<string, SourceResource> =>
    new Map(terminology.filter((resource) => resource.resourceType === resourceType).map((each) => [each.url, each]));
  const codeSystems = byUrl('CodeSystem');
  const sources = byUrl('ValueSet');
  const used = new Set(
    Object.values(types).flatMap((type) => type.elements.flatMap((element) => element.required ?? [])),
  );
  const valueSets: Record<string, Record<string, string[]>> = {};
  for (const url of [...used].sort()) {
    const codes = expand(url, sources, codeSystems);
    if (codes !== undefined) valueSets[url] = codes;
  }
  return valueSets;
}

/** Every code of a value set by system, or undefined where the definitions do not enumerate it. */
function expand(
  url: string,
  sources: ReadonlyMap<string, SourceResource>,
  codeSystems: ReadonlyMap<string, SourceResource>,
): Record<string, string[]> | undefined {
  const compose = sources.get(url)?.compose;
  if (compose === undefined || compose.exclude !== undefined) return undefined;
  const codes: Record<string, string[]> = {};
  for (const include of compose.include) {
    if (include.filter !== undefined) return undefined;
    for (const inner of include.valueSet ?? []) {
      const expanded = expand(inner.split('|')[0] ?? inner, sources, codeSystems);
      if (expanded === undefined || include.system !== undefined) return undefined;
      for (const [system, more] of Object.entries(expanded)) (codes[system] ??= []).push(...more);
    }
    if (include.system === undefined) continue;
    const listed =
      include.concept?.map((concept) => concept.code) ?? selectable(codeSystems.get(include.system)?.concept);
    if (listed.length === 0) return undefined;
    (codes[include.system] ??= []).push(...listed);
  }
  return codes;
}

/** Codes of a hierarchy that may be used; those marked as mere headings may not. */
function selectable(concepts: readonly SourceConcept[] = []): string[] {
  return concepts.flatMap((concept) => {
    const heading = concept.property?.some((each) => each.code === 'notSelectable' && each.valueBoolean === true);
    return [...(heading === true ? [] : [concept.code]), ...selectable(concept.concept)];
  });
}

/** The patient compartment's search parameters as plain paths: `Observation.subject` without its `where(resolve() …)`. */
function extractPatientPaths({ searchParameters, patientCompartment }: DefinitionFiles): Definitions['patientPaths'] {
  const expressionByParameter = new Map<string, string>();
  for (const parameter of resourcesOf(searchParameters)) {
    for (const base of parameter.base ?? [])
      expressionByParameter.set(`${base} ${parameter.code}`, parameter.expression ?? '');
  }
  const paths: Record<string, string[]> = {};
  for (const { code: type, param = [] } of patientCompartment.resource) {
    const found = param.flatMap((name) =>
      (expressionByParameter.get(`${type} ${name}`) ?? '')
        .split('|')
        .map((part) => part.trim().replace('.where(resolve() is Patient)', ''))
        .filter((part) => part.startsWith(`${type}.`))
        .map((part) => part.slice(type.length + 1)),
    );
    assert(
      found.every((path) => /^[a-zA-Z.]+$/.test(path)),
      'a compartment path is a plain one',
    );
    if (found.length > 0) paths[type] = [...new Set(found)];
  }
  return paths;
}
