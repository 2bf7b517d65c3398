import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dateRange } from './dates.js';

const iso = (text: string) => Date.parse(text);

describe('dateRange', () => {
  it.each([
    ['2015', '2015-01-01T00:00:00Z', '2016-01-01T00:00:00Z'],
    ['0001', '0001-01-01T00:00:00Z', '0002-01-01T00:00:00Z'],
    ['2015-12', '2015-12-01T00:00:00Z', '2016-01-01T00:00:00Z'],
    ['2016-02-29', '2016-02-29T00:00:00Z', '2016-03-01T00:00:00Z'],
    ['2015-02-07T13:28', '2015-02-07T13:28:00Z', '2015-02-07T13:29:00Z'],
    ['2015-02-07T13:28:17', '2015-02-07T13:28:17Z', '2015-02-07T13:28:18Z'],
    ['2015-02-07T13:28:17-05:00', '2015-02-07T18:28:17Z', '2015-02-07T18:28:18Z'],
    ['2015-02-07T00:28:17+14:00', '2015-02-06T10:28:17Z', '2015-02-06T10:28:18Z'],
    ['2015-02-07T13:28:17.2Z', '2015-02-07T13:28:17.200Z', '2015-02-07T13:28:17.300Z'],
    ['2015-02-07T13:28:17.239Z', '2015-02-07T13:28:17.239Z', '2015-02-07T13:28:17.240Z'],
    ['2015-02-07T13:28:17.2390001Z', '2015-02-07T13:28:17.239Z', '2015-02-07T13:28:17.240Z'],
    ['2015-02-07T24:00', '2015-02-08T00:00:00Z', '2015-02-08T00:01:00Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z', '2017-01-01T00:00:01Z'],
  ])('%s covers %s to %s', (text, lo, hi) => {
    expect(dateRange(text)).toEqual({ lo: iso(lo), hi: iso(hi) });
  });

  it.each([
    '',
    '15',
    '2015-13',
    '2015-00',
    '2015-02-29',
    '2015-02-00',
    '2015-04-31',
    '2015-1-1',
    '2015-01-01T',
    '2015-01-01T25:00',
  ])('%j is no date', (text) => expect(dateRange(text)).toBeUndefined());

  it.each([
    '2015-01-01T24:01',
    '2015-01-01T10:60',
    '2015-01-01T10:10:61',
    '2015-01-01T10',
    '2015-01-01T10:10:10+15:00',
    ' 2015',
    '2015\n',
  ])('%j is no date', (text) => expect(dateRange(text)).toBeUndefined());

  it('contains every instant that the text begins like', () => {
    const instants = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9998-12-31T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instants, fc.constantFrom(4, 7, 10, 16, 19, 21, 22, 23), (date, length) => {
        const text = date.toISOString().slice(0, length);
        const range = dateRange(length > 10 ? `${text}Z` : text);
        expect(range).toBeDefined();
        expect(range && range.lo <= date.getTime() && date.getTime() < range.hi).toBe(true);
      }),
    );
  });
});
