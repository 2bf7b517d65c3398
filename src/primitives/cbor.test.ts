import { decode as decodeWithCborg } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalBytes, fromHex, toHex } from './bytes.js';
import { decodeCbor, encodeCbor, type CborValue } from './cbor.js';
import { CairnError } from './errors.js';
import { CBOR_LIMITS } from './limits.js';

const anyValue: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    fc.integer({ min: -300, max: 300 }),
    fc.bigInt({ min: BigInt(Number.MAX_SAFE_INTEGER) + 1n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 64n), max: BigInt(Number.MIN_SAFE_INTEGER) - 1n }),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(fc.string({ unit: 'binary', maxLength: 5 }), tie('value'), { maxKeys: 6 }),
  ),
})).value;

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof CairnError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('RFC 8949 appendix A', () => {
  // Every example of the restricted form.
  it.each<[value: CborValue, hex: string]>([
    [0, '00'],
    [1, '01'],
    [10, '0a'],
    [23, '17'],
    [24, '1818'],
    [25, '1819'],
    [100, '1864'],
    [1000, '1903e8'],
    [1000000, '1a000f4240'],
    [1000000000000, '1b000000e8d4a51000'],
    [18446744073709551615n, '1bffffffffffffffff'],
    [-18446744073709551616n, '3bffffffffffffffff'],
    [-1, '20'],
    [-10, '29'],
    [-100, '3863'],
    [-1000, '3903e7'],
    [false, 'f4'],
    [true, 'f5'],
    [null, 'f6'],
    [new Uint8Array(0), '40'],
    [new Uint8Array([1, 2, 3, 4]), '4401020304'],
    ['', '60'],
    ['a', '6161'],
    ['IETF', '6449455446'],
    ['"\\', '62225c'],
    ['\u{fc}', '62c3bc'],
    ['\u{6c34}', '63e6b0b4'],
    ['\u{10151}', '64f0908591'],
    [[], '80'],
    [[1, 2, 3], '83010203'],
    [[1, [2, 3], [4, 5]], '8301820203820405'],
    [Array.from({ length: 25 }, (_, i) => i + 1), '98190102030405060708090a0b0c0d0e0f101112131415161718181819'],
    [{}, 'a0'],
    [{ a: 1, b: [2, 3] }, 'a26161016162820203'],
    [['a', { b: 'c' }], '826161a161626163'],
    [{ a: 'A', b: 'B', c: 'C', d: 'D', e: 'E' }, 'a56161614161626142616361436164614461656145'],
  ])('example %#', (value, hex) => {
    expect(toHex(encodeCbor(value))).toBe(hex);
    expect(decodeCbor(fromHex(hex))).toEqual(value);
  });

  it('sorts keys as §4.2.1 says: by their encodings', () => {
    expect(toHex(encodeCbor({ aa: 1, b: 2, '': 3, a: 4, é: 5 }))).toBe(
      'a5' + '6003' + '616104' + '616202' + '62616101' + '62c3a905',
    );
  });
});

describe('encode and decode', () => {
  it('give back any value, from one encoding', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = encodeCbor(value);
        expect(bytes.constructor).toBe(Uint8Array);
        expect(decodeCbor(bytes)).toEqual(value);
        expect(decodeWithCborg(bytes)).toEqual(value);
        expect(decodeCbor(Buffer.from(bytes))).toEqual(value);
      }),
      { numRuns: 2000 },
    );
  });

  it('write an integer alike, be it number or bigint, and give the number back', () => {
    expect(encodeCbor(7n)).toEqual(encodeCbor(7));
    expect(encodeCbor(BigInt(Number.MIN_SAFE_INTEGER))).toEqual(encodeCbor(Number.MIN_SAFE_INTEGER));
    expect(decodeCbor(encodeCbor(7n))).toBe(7);
    expect(decodeCbor(encodeCbor(Number.MIN_SAFE_INTEGER))).toBe(Number.MIN_SAFE_INTEGER);
  });

  it('share no memory with what they were given', () => {
    for (const length of [0, 1, 70, 300, 5000]) {
      const bytes = new Uint8Array(length).fill(1);
      const encoded = encodeCbor(bytes);
      bytes.fill(2);
      const decoded = decodeCbor(encoded) as Uint8Array;
      encoded.fill(3);
      encodeCbor(['another value', new Uint8Array(length).fill(4)]);
      expect(decoded).toEqual(new Uint8Array(length).fill(1));
    }
  });

  it('keep an entry named __proto__ an entry', () => {
    const decoded = decodeCbor(fromHex('a1695f5f70726f746f5f5fa16161f5')) as { [key: string]: CborValue };
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect(Object.keys(decoded)).toEqual(['__proto__']);
    expect((decoded as { a?: unknown }).a).toBeUndefined();
    expect(toHex(encodeCbor(decoded))).toBe('a1695f5f70726f746f5f5fa16161f5');
  });
});

const NOT_CANONICAL: [name: string, hex: string][] = [
  ['0 in two bytes', '1800'],
  ['23 in two bytes', '1817'],
  ['255 in three bytes', '1900ff'],
  ['65535 in five bytes', '1a0000ffff'],
  ['2^32-1 in nine bytes', '1b00000000ffffffff'],
  ['-24 in two bytes', '3817'],
  ['-256 in three bytes', '3900ff'],
  ['-2^32 in nine bytes', '3b00000000ffffffff'],
  ['a long byte string length', '580101'],
  ['a long text length', '780161'],
  ['a longer text length', '79000161'],
  ['a long array length', '980100'],
  ['a long map length', 'b801616100'],
  ['an eight-byte length', '5b000000000000000101'],
  ['unsorted keys of one length', 'a2616200616100'],
  ['a longer key first', 'a262616100616200'],
  ['the same key twice', 'a2616100616101'],
  ['the same key twice in a nested map', '81a2616100616101'],
  ['__proto__ twice', 'a2695f5f70726f746f5f5f00695f5f70726f746f5f5f01'],
  ['an indefinite array', '9f01ff'],
  ['an indefinite map', 'bf616101ff'],
  ['an indefinite byte string', '5f4101ff'],
  ['an indefinite text', '7f6161ff'],
];

describe('what is refused', () => {
  it.each(NOT_CANONICAL)('%s is not canonical', (_name, hex) => {
    expect(codeOf(() => decodeCbor(fromHex(hex)))).toBe('cbor.not-canonical');
  });

  it.each([
    ['nothing', ''],
    ['a second value', '0000'],
    ['a byte after an array', '8000'],
    ['an array cut short', '8201'],
    ['a map without its value', 'a16161'],
    ['a byte string cut short', '420a'],
    ['a text cut short', '6261'],
    ['an integer cut short', '1901'],
    ['a lone break', '81ff'],
    ['a reserved head', '1c'],
    ['a reserved array head', '9d00'],
    ['indefinite integer', '1f'],
    ['text that is not UTF-8', '61ff'],
    ['text with a surrogate', '63eda080'],
    ['overlong UTF-8', '62c0af'],
    ['a key that is not UTF-8', 'a161ff00'],
    ['an array of 2^32-1 items', '9affffffff'],
    ['an array of 2^53 items', '9b0020000000000000'],
    ['an array of 2^64-1 items', '9bffffffffffffffff00'],
    ['a map of 2^64-1 entries', 'bbffffffffffffffff'],
    ['a map of 2^53 - 1 entries', 'bb001fffffffffffff'],
    ['a byte string of 4 GiB', '5affffffff'],
    ['a byte string of 2^64-1', '5bffffffffffffffff'],
    ['a text of 2^53 - 1', '7b001fffffffffffff'],
  ])('%s is malformed', (_name, hex) => {
    // A lone break is a simple value's head, which has a code of its own.
    expect(codeOf(() => decodeCbor(fromHex(hex)))).toBe(hex === '81ff' ? 'cbor.unsupported' : 'cbor.malformed');
  });

  it.each([
    ['half float', 'f93c00'],
    ['single float', 'fa3f800000'],
    ['double float', 'fb3ff0000000000000'],
    ['NaN', 'f97e00'],
    ['undefined', 'f7'],
    ['simple value 16', 'f0'],
    ['simple value 255', 'f8ff'],
    ['date tag', 'c074323031332d30332d32315432303a30343a30305a'],
    ['bignum tag', 'c249010000000000000000'],
    ['self-described tag', 'd9d9f700'],
    ['integer key', 'a10101'],
    ['byte string key', 'a1410101'],
    ['null key', 'a1f601'],
    ['array key', 'a18001'],
  ])('%s is unsupported', (_name, hex) => {
    expect(codeOf(() => decodeCbor(fromHex(hex)))).toBe('cbor.unsupported');
  });

  it.each<[string, unknown]>([
    ['a fraction', 1.5],
    ['NaN', NaN],
    ['infinity', Infinity],
    ['an unsafe number', 2 ** 53],
    ['2^64', 2n ** 64n],
    ['-2^64 - 1', -(2n ** 64n) - 1n],
    ['undefined', undefined],
    ['an undefined entry', { a: undefined }],
    ['a hole', new Array(1)],
    ['a Map', new Map()],
    ['a Set', new Set()],
    ['a Date', new Date(0)],
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['an object of a class', new (class A {})()],
    ['a boxed number', new Number(1)],
    ['a boxed text', new String('a')],
    ['an ArrayBuffer', new ArrayBuffer(1)],
    ['a DataView', new DataView(new ArrayBuffer(1))],
    ['other typed arrays', new Uint16Array(1)],
    ['clamped bytes', new Uint8ClampedArray(1)],
    ['half a surrogate pair', '\u{d800}'],
    ['half a surrogate pair in a key', { '\u{dc00}': 1 }],
    ['a promise', Promise.resolve()],
  ])('%s is not encoded', (_name, value) => {
    expect(codeOf(() => encodeCbor(value as CborValue))).toBe('cbor.unsupported');
    expect(codeOf(() => encodeCbor([{ a: value as CborValue }]))).toBe('cbor.unsupported');
  });

  it('a value that contains itself is not encoded', () => {
    const list: CborValue[] = [];
    list.push(list);
    expect(codeOf(() => encodeCbor(list))).toBe('cbor.unsupported');
  });
});

describe('limits', () => {
  const nested = (depth: number, open: string, inner: string): Uint8Array => fromHex(open.repeat(depth) + inner);

  it('hold for depth, to the level', () => {
    const { depthMax } = CBOR_LIMITS;
    expect(codeOf(() => decodeCbor(nested(depthMax, '81', '00')))).toBe('accepted');
    expect(codeOf(() => decodeCbor(nested(depthMax + 1, '81', '00')))).toBe('cbor.too-deep');
    expect(codeOf(() => decodeCbor(nested(depthMax + 1, 'a16161', '00')))).toBe('cbor.too-deep');
    expect(codeOf(() => decodeCbor(nested(2_000_000, '81', '00')))).toBe('cbor.too-deep');
    expect(codeOf(() => decodeCbor(fromHex('818100'), { depthMax: 1 }))).toBe('cbor.too-deep');
    expect(codeOf(() => decodeCbor(fromHex('00'), { depthMax: 0 }))).toBe('accepted');
  });

  it('hold for depth when encoding, so that what is written can be read', () => {
    let value: CborValue = [];
    for (let depth = 1; depth < CBOR_LIMITS.depthMax; depth++) value = depth % 2 === 0 ? [value] : { a: value };
    expect(decodeCbor(encodeCbor(value))).toEqual(value);
    expect(codeOf(() => encodeCbor([value]))).toBe('cbor.too-deep');
    for (let depth = 0; depth < 100_000; depth++) value = [value];
    expect(codeOf(() => encodeCbor(value))).toBe('cbor.too-deep');
  });

  it('hold for length and for items', () => {
    expect(codeOf(() => decodeCbor(fromHex('820102'), { bytesMax: 2 }))).toBe('cbor.too-large');
    expect(codeOf(() => decodeCbor(fromHex('820102'), { bytesMax: 3, itemsMax: 3 }))).toBe('accepted');
    expect(codeOf(() => decodeCbor(fromHex('820102'), { itemsMax: 2 }))).toBe('cbor.too-large');
    expect(codeOf(() => decodeCbor(fromHex('a1616102'), { itemsMax: 2 }))).toBe('cbor.too-large');
    expect(codeOf(() => decodeCbor(new Uint8Array(CBOR_LIMITS.bytesMax + 1)))).toBe('cbor.too-large');
  });
});

describe('any bytes', () => {
  /** Bytes either are refused with a code of this file or are the one encoding of what they decode to. */
  function checkOneForm(decode: (bytes: Uint8Array) => CborValue, bytes: Uint8Array): void {
    let value: CborValue;
    try {
      value = decode(bytes);
    } catch (error) {
      if (error instanceof CairnError && error.code.startsWith('cbor.')) return;
      throw error;
    }
    if (!equalBytes(encodeCbor(value), bytes)) throw new Error(`accepted a second form: ${toHex(bytes)}`);
  }

  it('random: refused, or the one encoding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => checkOneForm(decodeCbor, bytes)),
      { numRuns: 20_000 },
    );
  });

  it('an encoding with bytes changed, inserted or removed: refused, or the one encoding', () => {
    fc.assert(
      fc.property(anyValue, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(2), (value, at, byte, kind) => {
        const bytes = encodeCbor(value);
        const index = at % bytes.length;
        const mutated = [...bytes];
        mutated.splice(index, kind === 1 ? 0 : 1, ...(kind === 2 ? [] : [byte]));
        checkOneForm(decodeCbor, new Uint8Array(mutated));
      }),
      { numRuns: 20_000 },
    );
  });

  it('every byte string of up to two bytes, and every head with a short rest', () => {
    for (let head = 0; head < 256; head++) {
      checkOneForm(decodeCbor, new Uint8Array([head]));
      for (let second = 0; second < 256; second++) {
        checkOneForm(decodeCbor, new Uint8Array([head, second]));
        checkOneForm(decodeCbor, new Uint8Array([0x81, head, second, 0x61]));
      }
    }
  });

  it('the check notices a decoder that is merely strict', () => {
    // cborg's strictest settings, without what this file adds: the control for the tests above.
    const merelyStrict = (bytes: Uint8Array): CborValue => {
      try {
        const options = { strict: true, allowIndefinite: false, rejectDuplicateMapKeys: true };
        return decodeWithCborg(bytes, options) as CborValue;
      } catch (cause) {
        throw new CairnError('cbor.malformed', 'refused by cborg', { cause });
      }
    };
    const missed = NOT_CANONICAL.filter(([, hex]) => codeOf(() => merelyStrict(fromHex(hex))) === 'accepted');
    expect(missed.map(([name]) => name)).toEqual(['unsorted keys of one length', 'a longer key first']);
    for (const hex of ['a2616200616100', 'f7', 'f93c00', '61ff', '64efbbbf61']) {
      expect(() => checkOneForm(merelyStrict, fromHex(hex)), hex).toThrow();
    }
  });
});
