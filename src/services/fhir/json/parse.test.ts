import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CairnError } from '../../../primitives/errors.js';
import { decodeFhirText, parseFhirJson } from './parse.js';

const LIMITS = { lengthMax: 1000, depthMax: 5 };

function failure(run: () => unknown): CairnError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(CairnError);
    return error as CairnError;
  }
  throw new Error('expected a failure');
}

describe('parseFhirJson', () => {
  it.each([
    ['an unfinished object', '{"a":1', 'fhir.json-malformed', /line 1, column 7/],
    ['an open string', '{"a":"b', 'fhir.json-malformed', /line 1/],
    ['an open string before deep nesting', `["\n${'['.repeat(500)}`, 'fhir.json-malformed', /line 1/],
    ['a broken string before deep nesting', `["\n${'['.repeat(500)}"]`, 'fhir.json-malformed', /line 1/],
    ['a trailing comma', '{"a":[1,]}', 'fhir.json-malformed', /line 1, column 9/],
    ['a comment', '{"a":1}// secret', 'fhir.json-malformed', /line 1, column 8/],
    ['single quotes', "{'secret':1}", 'fhir.json-malformed', /line 1/],
    ['NaN', '{"a":NaN}', 'fhir.json-malformed', /line 1, column 6/],
    ['two values', '{}\n{}', 'fhir.json-malformed', /line 2, column 1/],
    ['nothing', '', 'fhir.json-malformed', /not JSON/],
    ['a byte order mark', '\ufeff{}', 'fhir.json-malformed', /not JSON/],
    ['a leading zero', '{"a":01}', 'fhir.json-malformed', /line 1/],
    ['a control character', '{"a":"\u0001"}', 'fhir.json-malformed', /line 1/],
    ['a bad escape', '{"a":"\\x"}', 'fhir.json-malformed', /line 1/],
    ['a lone surrogate', '{"a":"\ud800"}', 'fhir.json-malformed', /surrogate.*column 7/],
    ['an escaped lone surrogate', '{"a":"\\ud83d"}', 'fhir.json-malformed', /surrogate.*column 6/],
    ['an escaped surrogate pair in the wrong order', '{"a":"\\udca9\\ud83d"}', 'fhir.json-malformed', /surrogate/],
    ['a name twice', '{"a":1,\n"b":2,"a":3}', 'fhir.json-duplicate-key', /line 2, column 7/],
    ['a name twice, once escaped', '{"a":1,"\\u0061":3}', 'fhir.json-duplicate-key', /line 1, column 8/],
    ['a name twice, deeper', '{"a":[{"b":1,"b":2}]}', 'fhir.json-duplicate-key', /line 1, column 14/],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}', 'fhir.json-duplicate-key', /line 1/],
    ['too deep', '[[[[[[]]]]]]', 'fhir.json-too-deep', /column 6/],
    ['too long', `"${'a'.repeat(999)}"`, 'fhir.json-too-large', /1000/],
  ])('refuses %s', (_name, text, code, message) => {
    const error = failure(() => parseFhirJson(text, LIMITS));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('secret');
  });

  it('accepts what only looks like a fault', () => {
    const text = '{"a":"\\\\","a:\\"":"[[[[[[[","b":{"a":"\\ud83d\\ude00 😀"},"__proto__":{"a":1}}';
    expect(parseFhirJson(text, LIMITS)).toEqual(JSON.parse(text));
  });

  it('agrees with JSON.parse on every JSON text', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), null, indent);
        expect(parseFhirJson(spaced, { lengthMax: 1e6, depthMax: 64 })).toEqual(JSON.parse(spaced));
      }),
    );
  });

  it('fails with its own error on any damaged text', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 4 }),
        fc.nat(),
        fc.string({ maxLength: 2, unit: 'binary' }),
        (text, at, noise) => {
          const offset = at % (text.length + 1);
          const damaged = text.slice(0, offset) + noise + text.slice(offset + 1);
          try {
            parseFhirJson(damaged, { lengthMax: 1e6, depthMax: 64 });
          } catch (error) {
            expect(error).toBeInstanceOf(CairnError);
          }
        },
      ),
    );
  });
});

describe('decodeFhirText', () => {
  it('keeps the text', () => {
    expect(decodeFhirText(new TextEncoder().encode('{"a":"é😀"}'), LIMITS)).toBe('{"a":"é😀"}');
  });

  it('replaces nothing and strips nothing', () => {
    expect(failure(() => decodeFhirText(Uint8Array.of(0x22, 0xff, 0x22), LIMITS)).code).toBe('fhir.json-malformed');
    expect(decodeFhirText(Uint8Array.of(0xef, 0xbb, 0xbf, 0x31), LIMITS)).toBe('\ufeff1');
    expect(failure(() => decodeFhirText(new Uint8Array(1001), LIMITS)).code).toBe('fhir.json-too-large');
  });
});
