import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeWithData } from '../../test/support/shared-data.js';
import { canonicalJson, type JsonValue } from './canonical-json.js';
import { CANONICAL_JSON_LIMITS } from './limits.js';

describeWithData('jcs-rfc8785', 'RFC 8785 vectors', (folder) => {
  const names = readdirSync(join(folder, 'input'));

  it('are those that run below', () => {
    expect(names.sort()).toEqual([
      'arrays.json',
      'french.json',
      'structures.json',
      'unicode.json',
      'values.json',
      'weird.json',
    ]);
  });

  it.each(names)('%s', (name) => {
    const input = JSON.parse(readFileSync(join(folder, 'input', name), 'utf8')) as JsonValue;
    expect(canonicalJson(input)).toBe(readFileSync(join(folder, 'output', name), 'utf8'));
    const hex = readFileSync(join(folder, 'outhex', name.replace('.json', '.txt')), 'utf8').replace(/\s/g, '');
    expect(Buffer.from(canonicalJson(input)).toString('hex')).toBe(hex);
  });
});

describe('canonicalJson', () => {
  it('says the same of equal values, and parses back', () => {
    const json = fc.jsonValue({ stringUnit: 'binary' }) as fc.Arbitrary<JsonValue>;
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text) as JsonValue)).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(canonicalJson({ b: 1, a: [1e21, -0, 0.1, 'é'] })).toBe('{"a":[1e+21,0,0.1,"é"],"b":1}');
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['an undefined entry', { a: undefined }],
    ['a hole', new Array(1)],
    ['NaN', NaN],
    ['infinity', [-Infinity]],
    ['a bigint', 1n],
    ['a function', { toJSON: () => 1 }],
    ['a symbol', Symbol('a')],
    ['a Date', new Date(0)],
    ['bytes', new Uint8Array(1)],
    ['half a surrogate pair', '\u{d800}'],
    ['half a surrogate pair in a key', { '\u{d800}': 1 }],
  ])('refuses %s', (_what, value) => {
    expect(() => canonicalJson(value as JsonValue)).toThrow(
      expect.objectContaining({ code: 'canonical-json.unsupported' }),
    );
  });

  it('has a bound on depth', () => {
    let value: JsonValue = 1;
    for (let depth = 0; depth < CANONICAL_JSON_LIMITS.depthMax; depth++) value = [value];
    expect(canonicalJson(value)).toContain('1');
    expect(() => canonicalJson([value])).toThrow(expect.objectContaining({ code: 'canonical-json.too-deep' }));
    const circular: JsonValue[] = [];
    circular.push(circular);
    expect(() => canonicalJson(circular)).toThrow(expect.objectContaining({ code: 'canonical-json.too-deep' }));
  });
});
