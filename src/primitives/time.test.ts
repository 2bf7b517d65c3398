import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInstant, formatSeconds, parseDuration, parseInstant, parseSeconds } from './time.js';

const MIN = -62_135_596_800;
const MAX = 253_402_300_799;
const withCode = (code: string): Error => expect.objectContaining({ code: `time.${code}` }) as Error;

describe('times', () => {
  it('agree with Date, from year 1 to 9999', () => {
    fc.assert(
      fc.property(fc.integer({ min: MIN, max: MAX }), fc.integer({ min: 0, max: 999 }), (seconds, ms) => {
        const date = new Date(seconds * 1000 + ms);
        expect(formatInstant(date.getTime())).toBe(date.toISOString());
        expect(formatSeconds(seconds)).toBe(date.toISOString().replace(/\.\d+/, ''));
        expect(parseSeconds(formatSeconds(seconds))).toBe(seconds);
        expect(parseInstant(date.toISOString())).toBe(date.getTime());
      }),
      { numRuns: 2000 },
    );
  });

  it('agree with Date on every day of 400 years, in both directions', () => {
    for (let day = -135_140; day < 10_957 + 365; day++) {
      const text = new Date(day * 86_400_000).toISOString().replace('.000', '');
      if (formatSeconds(day * 86_400) !== text || parseSeconds(text) !== day * 86_400) expect.fail(text);
    }
  });

  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31T23:59:59Z', -1],
    ['2000-02-29T12:00:00Z', 951_825_600],
    ['2026-11-20T13:55:00+01:00', 1_795_179_300],
    ['2026-11-20T00:55:00-11:30', 1_795_177_500],
    ['0001-01-01T00:00:00Z', MIN],
    ['9999-12-31T23:59:59Z', MAX],
  ])('%s is %i', (text, seconds) => {
    expect(parseSeconds(text)).toBe(seconds);
  });

  it('have milliseconds, further digits being dropped, also before 1970', () => {
    expect(parseInstant('1970-01-01T00:00:00.5Z')).toBe(500);
    expect(parseInstant('1970-01-01T00:00:00.123456789Z')).toBe(123);
    expect(parseInstant('1969-12-31T23:59:59.999Z')).toBe(-1);
    expect(formatInstant(-1)).toBe('1969-12-31T23:59:59.999Z');
  });

  it.each([
    '',
    '2026-11-20',
    '2026-11-20T13:55Z',
    '2026-11-20T13:55:00',
    '2026-11-20 13:55:00Z',
    '2026-11-20t13:55:00z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2016-12-31T23:59:60Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00+00:60',
    '2026-01-01T00:00:00+0100',
    '0000-01-01T00:00:00Z',
    '02026-01-01T00:00:00Z',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00.1234567890Z',
    '2026-01-01T00:00:00Z\n',
    '２０26-01-01T00:00:00Z',
  ])('refuse %j', (text) => {
    expect(() => parseSeconds(text)).toThrow(withCode('malformed'));
    expect(() => parseInstant(text)).toThrow(withCode('malformed'));
  });

  it('refuse a fraction where seconds are asked for, and what is out of range', () => {
    expect(() => parseSeconds('2026-01-01T00:00:00.0Z')).toThrow(withCode('malformed'));
    expect(() => parseSeconds('0001-01-01T00:00:00+00:01')).toThrow(withCode('out-of-range'));
    expect(() => parseSeconds('9999-12-31T23:59:59-00:01')).toThrow(withCode('out-of-range'));
    for (const seconds of [MIN - 1, MAX + 1, 0.5, NaN, Infinity]) {
      expect(() => formatSeconds(seconds)).toThrow(withCode('out-of-range'));
    }
    expect(() => formatInstant(NaN)).toThrow(withCode('out-of-range'));
    expect(() => formatInstant(0.5)).toThrow(withCode('out-of-range'));
  });
});

describe('durations', () => {
  it.each([
    ['45s', 45],
    ['15m', 900],
    ['12h', 43_200],
    ['30d', 2_592_000],
    ['2w', 1_209_600],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', '0d', '05d', '-1d', '1', 'd', '1.5h', '1h30m', '1y', '1M', ' 1d', '1d\n', '1000000000s'])(
    '%j is refused',
    (text) => {
      expect(() => parseDuration(text)).toThrow(withCode('malformed-duration'));
    },
  );
});
