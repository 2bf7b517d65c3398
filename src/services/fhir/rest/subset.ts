import { compiledType } from '../validation/compile.js';
import { endOfValue, readObject, skipBlank } from '../json/scan.js';

const SUBSETTED = '{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}';

/**
 * The parts of a resource that `_elements` or `_summary` ask for, with what R4 requires of its type, marked as a part
 * (R4 §3.1.1.5.8, §3.1.1.5.9). `_summary=true` is answered in full, as R4 allows.
 */
export function subset(
  type: string,
  text: string,
  { elements, summary }: { elements?: readonly string[] | undefined; summary?: string | undefined },
): string {
  const keep = keptMembers(type, elements, summary);
  if (keep === undefined) return text;
  const kept: string[] = [];
  let hasMeta = false;
  readObject(text, skipBlank(text, 0), (name, valueStart) => {
    const valueEnd = endOfValue(text, valueStart);
    if (!keep(name.replace(/^_/, ''))) return valueEnd;
    const value = text.slice(valueStart, valueEnd);
    hasMeta ||= name === 'meta';
    kept.push(`${JSON.stringify(name)}:${name === 'meta' ? marked(value) : value}`);
    return valueEnd;
  });
  if (!hasMeta) kept.push(`"meta":{"tag":[${SUBSETTED}]}`);
  return `{${kept.join(',')}}`;
}

function keptMembers(
  type: string,
  elements: readonly string[] | undefined,
  summary: string | undefined,
): ((name: string) => boolean) | undefined {
  if (summary === 'data') return (name) => name !== 'text';
  const wanted = elements ?? (summary === 'text' ? ['text'] : undefined);
  if (wanted === undefined) return undefined;
  const required = compiledType(type).required.flatMap(({ names }) => [...names]);
  const kept = new Set(['resourceType', 'id', 'meta', ...required, ...wanted]);
  return (name) => kept.has(name);
}

/** Adds the tag to a `meta`. */
function marked(meta: string): string {
  let tags: number | undefined;
  let isEmpty = true;
  readObject(meta, 0, (name, valueStart) => {
    isEmpty = false;
    if (name === 'tag') tags = valueStart;
    return undefined;
  });
  if (tags !== undefined) return `${meta.slice(0, tags + 1)}${SUBSETTED},${meta.slice(tags + 1)}`;
  return `{"tag":[${SUBSETTED}]${isEmpty ? '' : ','}${meta.slice(1)}`;
}
