import { LINK_NAMES } from '../json/link-names.js';
import type { JsonObject, JsonValue } from '../json/parse.js';

/** What the entries of a bundle are called in it, and where they come to stand: `urn:uuid:…` → `Patient/123`. */
export type LinkTargets = Pick<ReadonlyMap<string, string>, 'get'>;

/**
 * The links in a resource that are rewritten when it is served: those to other entries of its bundle (R4 §3.1.0.11.2)
 * and conditional references, which `resolve` answers.
 *
 * @param resolve `Practitioner?identifier=…` → `Practitioner/id`; throws where there is not exactly one
 */
export function linksOf(
  value: JsonObject,
  targets: LinkTargets,
  resolve: (reference: string) => string,
): Map<string, string> {
  const links = new Map<string, string>();
  const visit = (name: string, node: JsonValue): void => {
    if (typeof node === 'string') {
      if (!LINK_NAMES.has(name)) return;
      const target = targets.get(node);
      if (target !== undefined) links.set(node, target);
      else if (name === 'reference' && CONDITIONAL.test(node)) links.set(node, resolve(node));
    } else if (Array.isArray(node)) {
      for (const item of node as readonly JsonValue[]) visit(name, item);
    } else if (typeof node === 'object' && node !== null) {
      const members = node as JsonObject;
      for (const member in members) visit(member, members[member] as JsonValue);
    }
  };
  visit('', value);
  return links;
}

const CONDITIONAL = /^[A-Z][A-Za-z]+\?./;
