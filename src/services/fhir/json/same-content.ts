import { parseTree, type Node } from 'jsonc-parser';

/**
 * Whether two JSON texts say the same: equal members in any order, equal items in order, and numbers spelled alike, so
 * that `1.00` differs from `1.0` as it does in FHIR. White space and the escaping of strings do not count.
 *
 * @param ignoring members to leave out, as dotted names from the root: `id`, `meta.versionId`. A member whose object is
 *   left with nothing is left out too, so that `meta` without its version equals no `meta`.
 */
export function sameContent(a: string, b: string, options: { readonly ignoring?: readonly string[] } = {}): boolean {
  const ignoring = new Set(options.ignoring ?? []);
  return canonical(a, ignoring) === canonical(b, ignoring);
}

function canonical(text: string, ignoring: ReadonlySet<string>): string | undefined {
  const root = parseTree(text);
  return root && render(text, root, '', ignoring);
}

/** The node with names sorted and numbers as written; undefined where nothing is left of it. */
function render(text: string, node: Node, path: string, ignoring: ReadonlySet<string>): string | undefined {
  if (ignoring.has(path)) return undefined;
  const children = node.children ?? [];
  switch (node.type) {
    case 'object': {
      const members = children.flatMap((member) => {
        const [name, value] = member.children ?? [];
        if (name === undefined || value === undefined) return [];
        const inner = path === '' ? String(name.value) : `${path}.${String(name.value)}`;
        const rendered = render(text, value, inner, ignoring);
        return rendered === undefined ? [] : [`${JSON.stringify(name.value)}:${rendered}`];
      });
      const emptied = members.length === 0 && children.length > 0;
      return emptied ? undefined : `{${members.sort().join(',')}}`;
    }
    case 'array':
      return `[${children.map((item) => render(text, item, `${path}[]`, ignoring)).join(',')}]`;
    case 'number':
      return text.slice(node.offset, node.offset + node.length);
    default:
      return JSON.stringify(node.value);
  }
}
