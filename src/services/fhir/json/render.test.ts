import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LINK_NAMES } from './link-names.js';
import { renderResource } from './render.js';
import { sameContent } from './same-content.js';

const IDENTITY = { id: 'new', versionId: '3', lastUpdated: '2026-01-02T03:04:05Z' };
const META = '"versionId":"3","lastUpdated":"2026-01-02T03:04:05Z"';

describe('renderResource', () => {
  it.each([
    [
      'inserts both',
      '{"resourceType":"Basic","x":1.00}',
      `{"resourceType":"Basic","id":"new","meta":{${META}},"x":1.00}`,
    ],
    ['inserts without an anchor', '{ "x":1.0 }', `{"id":"new","meta":{${META}}, "x":1.0 }`],
    ['inserts into nothing', '{}', `{"id":"new","meta":{${META}}}`],
    ['replaces the id', '{"id" : "old"}', `{"meta":{${META}},"id" : "new"}`],
    ['keeps other meta', '{"id":"a","meta":{"profile":["p"]}}', `{"id":"new","meta":{${META},"profile":["p"]}}`],
    [
      'replaces in meta',
      '{"meta":{"lastUpdated":"2000","profile":["p"],"versionId":"1"},"id":"a"}',
      '{"meta":{"lastUpdated":"2026-01-02T03:04:05Z","profile":["p"],"versionId":"3"},"id":"new"}',
    ],
    ['fills an empty meta', '{"id":"a","meta":{}}', `{"id":"new","meta":{${META}}}`],
    ['replaces a meta that is none', '{"id":"a","meta":[{"url":"u"}]}', `{"id":"new","meta":{${META}}}`],
    [
      'leaves ids further down',
      '{"id":"a","meta":{},"contained":[{"id":"a"}]}',
      `{"id":"new","meta":{${META}},"contained":[{"id":"a"}]}`,
    ],
  ])('%s', (_name, text, expected) => {
    expect(renderResource({ ...IDENTITY, text, references: new Map([['u', 'v']]) })).toBe(expected);
  });

  it('rewrites links by exact value and nothing else', () => {
    const references = new Map([['urn:uuid:1', 'Patient/1']]);
    const text =
      '{"id":"a","meta":{},"subject":{"reference":"urn:uuid:1","display":"urn:uuid:1"},"identifier":[{"value":"urn:uuid:1"}],' +
      '"a":{"reference":"urn\\u003auuid:1"},"b":{"reference":"urn:uuid:12"},"instantiatesUri":["x","urn:uuid:1"],' +
      '"text":{"div":"<a href=\\"urn:uuid:1\\"/>"},"note":"\\"reference\\":\\"urn:uuid:1\\"","list":["urn:uuid:1"]}';
    expect(renderResource({ ...IDENTITY, text, references })).toBe(
      `{"id":"new","meta":{${META}},"subject":{"reference":"Patient/1","display":"urn:uuid:1"},"identifier":[{"value":"urn:uuid:1"}],` +
        '"a":{"reference":"Patient/1"},"b":{"reference":"urn:uuid:12"},"instantiatesUri":["x","Patient/1"],' +
        '"text":{"div":"<a href=\\"urn:uuid:1\\"/>"},"note":"\\"reference\\":\\"urn:uuid:1\\"","list":["urn:uuid:1"]}',
    );
  });

  it('equals the edited object, and keeps every number as it was spelled', () => {
    const references = new Map([['urn:uuid:1', 'Patient/1']]);
    const leaf = fc.oneof(
      fc.constantFrom<unknown>('urn:uuid:1', 'x"\\y', null, true, 1.5, -0),
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const { tree } = fc.letrec<{ tree: unknown; node: unknown }>((tie) => ({
      tree: fc.dictionary(fc.constantFrom('id', 'meta', 'resourceType', 'reference', 'a', 'url', 'value'), tie('node')),
      node: fc.oneof({ depthSize: 'small' }, leaf, tie('tree'), fc.array(tie('node'), { maxLength: 3 })),
    }));
    fc.assert(
      fc.property(tree, fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent).replaceAll('1.5', '1.500');
        const rendered = renderResource({ ...IDENTITY, text, references });
        expect(JSON.parse(rendered)).toEqual(edited(JSON.parse(text), references));
        expect(renderResource({ ...IDENTITY, text: rendered, references })).toBe(rendered);
        if (!('meta' in (value as object) || 'id' in (value as object))) {
          const count = (json: string): number => json.split('1.500').length;
          expect(count(rendered)).toBe(count(text));
        }
      }),
    );
  });

  it('refuses what is no object', () => {
    expect(() => renderResource({ ...IDENTITY, text: '[]' })).toThrow(
      expect.objectContaining({ code: 'fhir.not-a-resource' }),
    );
  });
});

describe('sameContent', () => {
  it.each<[boolean, string, string]>([
    [true, '{"a":1.00,"b":"x"}', '{ "b":"\\u0078", "a":1.00 }'],
    [false, '{"a":1.00}', '{"a":1.0}'],
    [false, '{"a":[1,2]}', '{"a":[2,1]}'],
    [false, '{"a":"1"}', '{"a":1}'],
    [false, '{"a":null}', '{}'],
    [false, '{"a":{}}', '{}'],
    [true, '{"id":"1","meta":{"versionId":"2"},"a":{"id":"3"}}', '{"a":{"id":"3"}}'],
    [false, '{"a":{"id":"3"}}', '{"a":{"id":"4"}}'],
    [false, '{"meta":{"versionId":"2","x":1}}', '{}'],
  ])('%s for %s and %s', (same, a, b) => {
    expect(sameContent(a, b, { ignoring: ['id', 'meta.versionId'] })).toBe(same);
  });
});

/** What rendering means, said over parsed values. */
function edited(value: unknown, references: ReadonlyMap<string, string>): unknown {
  const rewrite = (node: unknown, name: string): unknown => {
    if (typeof node === 'string') return LINK_NAMES.has(name) ? (references.get(node) ?? node) : node;
    if (Array.isArray(node)) return node.map((item) => rewrite(item, name));
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, rewrite(inner, key)]));
  };
  const { id: _id, meta, ...rest } = value as { id?: unknown; meta?: unknown };
  const kept = typeof meta === 'object' && !Array.isArray(meta) ? meta : {};
  return {
    ...(rewrite(rest, '') as object),
    id: IDENTITY.id,
    meta: { ...(rewrite(kept, '') as object), versionId: IDENTITY.versionId, lastUpdated: IDENTITY.lastUpdated },
  };
}
