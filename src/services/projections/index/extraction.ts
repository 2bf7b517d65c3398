import { FhirPathAtom, evalFhirPathTyped } from '@medplum/core';
import type { ElementPath } from './paths.js';
import { searchParameters } from './parameters.js';
import type { SearchParameters, Slot, TypeParameters } from './parameters.js';
import { addValue } from './values.js';
import type { SearchRows } from './values.js';

/** A node of the tree into which the paths of a resource type are merged. */
interface PathNode {
  readonly next: Map<string, PathNode>;
  /** Continues only on elements where `element` equals `value`. */
  readonly filtered: { readonly element: string; readonly value: string; readonly node: PathNode }[];
  /** Slots whose values stand here. */
  readonly slots: Slot[];
}

interface Extractor {
  readonly root: PathNode;
  /** Slots that @medplum/core evaluates. */
  readonly computed: readonly { readonly slot: Slot; readonly expression: FhirPathAtom }[];
}

/** Finds the search values of resources. One walk over a resource serves all parameters of its type. */
export class Extraction {
  readonly #parameters: SearchParameters;
  readonly #extractorByType = new Map<string, Extractor | undefined>();

  constructor(parameters = searchParameters()) {
    this.#parameters = parameters;
  }

  /** Search values of a parsed resource; none for a type that R4 does not know. */
  rowsOf(resource: Readonly<Record<string, unknown>>, type: string): SearchRows {
    const rows: SearchRows = { token: [], string: [], date: [], reference: [], quantity: [], uri: [] };
    const extractor = this.#extractorFor(type);
    if (extractor === undefined) return rows;
    walk(extractor.root, resource, 0, 0, (slot, part, value) => addValue(rows, slot.kind, slot.id, part, value));
    for (const { slot, expression } of extractor.computed) {
      for (const { value } of evalFhirPathTyped(expression, [{ type, value: resource }])) {
        addValue(rows, slot.kind, slot.id, 0, value);
      }
    }
    return rows;
  }

  #extractorFor(type: string): Extractor | undefined {
    if (!this.#extractorByType.has(type)) {
      const parameters = this.#parameters.forType(type);
      this.#extractorByType.set(type, parameters && buildExtractor(parameters));
    }
    return this.#extractorByType.get(type);
  }
}

function buildExtractor({ slots }: TypeParameters): Extractor {
  const root = newNode();
  const computed: { slot: Slot; expression: FhirPathAtom }[] = [];
  for (const slot of slots) {
    if ('steps' in slot.source) insertPath(root, slot.source, slot);
    else
      computed.push({ slot, expression: new FhirPathAtom(slot.source.expression.toString(), slot.source.expression) });
  }
  return { root, computed };
}

function insertPath(root: PathNode, path: ElementPath, slot: Slot): void {
  let nodes = [root];
  for (const { keys, where } of path.steps) {
    nodes = nodes.flatMap((node) => keys.map((key) => child(node, key)));
    if (where !== undefined) nodes = nodes.map((node) => filteredChild(node, where.element, where.value));
  }
  for (const node of nodes) node.slots.push(slot);
}

function child(node: PathNode, key: string): PathNode {
  const known = node.next.get(key) ?? newNode();
  node.next.set(key, known);
  return known;
}

function filteredChild(parent: PathNode, element: string, value: string): PathNode {
  const known = parent.filtered.find((filter) => filter.element === element && filter.value === value);
  if (known !== undefined) return known.node;
  const node = newNode();
  parent.filtered.push({ element, value, node });
  return node;
}

function newNode(): PathNode {
  return { next: new Map(), filtered: [], slots: [] };
}

/** Recursion is as deep as the longest path of a parameter, whatever the resource. */
function walk(
  node: PathNode,
  value: unknown,
  depth: number,
  part: number,
  found: (slot: Slot, part: number, value: unknown) => void,
): void {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) walk(node, value[i], depth, depth === 1 ? i : part, found);
    return;
  }
  if (value === null || value === undefined) return;
  for (const slot of node.slots) found(slot, part, value);
  if (typeof value !== 'object') return;
  for (const filter of node.filtered) {
    if ((value as Record<string, unknown>)[filter.element] === filter.value)
      walk(filter.node, value, depth, part, found);
  }
  if (node.next.size === 0) return;
  for (const key in value) {
    const next = node.next.get(key);
    if (next !== undefined) walk(next, (value as Record<string, unknown>)[key], depth + 1, part, found);
  }
}
