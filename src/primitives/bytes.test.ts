import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesToUtf8,
  compareBytes,
  concatBytes,
  equalBytes,
  equalSecretBytes,
  fromBase64Url,
  fromHex,
  hasLoneSurrogate,
  toBase64Url,
  toHex,
  utf8ToBytes,
} from './bytes.js';

const bytes = fc.uint8Array({ maxLength: 80 });

describe('hexadecimal', () => {
  it('comes back as it went', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(toHex(value)).toBe(Buffer.from(value).toString('hex'));
        expect(fromHex(toHex(value))).toEqual(value);
        expect(fromHex(toHex(value).toUpperCase())).toEqual(value);
      }),
    );
  });

  it.each(['0', '0g', ' 00', '0x00', '00\n', 'é0'])('refuses %j', (text) => {
    expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: 'bytes.not-hex' }));
  });
});

describe('base64url', () => {
  it('comes back as it went, as node writes it', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(toBase64Url(value)).toBe(Buffer.from(value).toString('base64url'));
        expect(fromBase64Url(toBase64Url(value))).toEqual(value);
      }),
    );
  });

  // RFC 4648 §10, without padding.
  it.each([
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg'],
    ['fooba', 'Zm9vYmE'],
    ['foobar', 'Zm9vYmFy'],
  ])('writes %j as %j', (text, encoded) => {
    expect(toBase64Url(utf8ToBytes(text))).toBe(encoded);
    expect(bytesToUtf8(fromBase64Url(encoded))).toBe(text);
  });

  it.each([
    ['padding', 'Zg=='],
    ['the other alphabet', '+/+/'],
    ['white space', 'Zm 9'],
    ['a newline at the end', 'Zm9v\n'],
    ['one character too many', 'Zm9vY'],
    ['a lone character', 'A'],
    ['unused bits in two characters', 'Zh'],
    ['unused bits in three characters', 'Zm9'],
    ['a character beyond ASCII', 'Zm9é'],
    ['a character beyond the first plane', 'Zm\u{1f600}'],
  ])('refuses %s', (_name, text) => {
    expect(() => fromBase64Url(text)).toThrow(expect.objectContaining({ code: 'bytes.not-base64url' }));
  });

  it('accepts one spelling only', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        let decoded: Uint8Array;
        try {
          decoded = fromBase64Url(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'bytes.not-base64url' });
          return;
        }
        expect(toBase64Url(decoded)).toBe(text);
      }),
    );
  });
});

describe('UTF-8', () => {
  it('comes back as it went, byte order marks included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(Buffer.compare(utf8ToBytes(text), Buffer.from(text))).toBe(0);
        expect(bytesToUtf8(utf8ToBytes(text))).toBe(text);
      }),
    );
    for (const text of ['\u{feff}', '\u{feff}\u{feff}x', 'x\u{feff}', '\u{fffd}', '\0']) {
      expect(bytesToUtf8(utf8ToBytes(text))).toBe(text);
    }
  });

  it.each([
    ['a lone continuation', '80'],
    ['a cut sequence', 'e282'],
    ['an overlong slash', 'c0af'],
    ['a surrogate', 'eda080'],
    ['beyond Unicode', 'f4908080'],
    ['a byte that never occurs', 'ff'],
    ['a byte order mark cut short', 'efbb'],
    ['something bad after a byte order mark', 'efbbbfff'],
  ])('refuses %s', (_name, hex) => {
    expect(() => bytesToUtf8(fromHex(hex))).toThrow(expect.objectContaining({ code: 'bytes.not-utf8' }));
  });

  it('agrees with a fatal TextDecoder on any bytes', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const attempt = (decode: () => string): string | undefined => {
      try {
        return decode();
      } catch {
        return undefined;
      }
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (value) => {
        expect(attempt(() => bytesToUtf8(value))).toBe(attempt(() => strict.decode(value)));
      }),
    );
  });

  it('refuses half a surrogate pair', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '\u{d800}', '\u{dbff}', '\u{dc00}', '\u{dfff}', 'é') }),
        (text) => {
          const wellFormed = Buffer.from(text).toString() === text;
          expect(hasLoneSurrogate(text)).toBe(!wellFormed);
          if (!wellFormed) {
            expect(() => utf8ToBytes(text)).toThrow(expect.objectContaining({ code: 'bytes.lone-surrogate' }));
          }
        },
      ),
    );
  });
});

describe('comparison', () => {
  it('orders like Buffer.compare', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4, max: 3 }), fc.uint8Array({ maxLength: 4, max: 3 }), (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
        expect(equalSecretBytes(a, b)).toBe(equalBytes(a, b));
      }),
    );
  });
});

describe('concatBytes', () => {
  it('joins into fresh memory', () => {
    const part = new Uint8Array([1, 2]);
    const joined = concatBytes(part, new Uint8Array(0), part);
    part.fill(9);
    expect(joined).toEqual(new Uint8Array([1, 2, 1, 2]));
    expect(concatBytes()).toEqual(new Uint8Array(0));
  });
});
