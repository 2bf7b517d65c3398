import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldText } from './text.js';

describe('foldText', () => {
  it.each([
    ['Ordóñez', 'ordonez'],
    ['ORDO\u0301N\u0303EZ', 'ordonez'],
    ['Straße', 'strasse'],
    ['ŁÓDŹ', 'łodz'],
    ['Ὀδυσσεύς', 'οδυσσευσ'],
    ['İstanbul', 'istanbul'],
    ['  two \t\n  words ', 'two words'],
    ['ﬁbre', 'fibre'],
    ['', ''],
    [' ', ''],
  ])('%j is %j', (text, folded) => expect(foldText(text)).toBe(folded));

  it('folds what it has folded to itself, and does not see case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const folded = foldText(text);
        expect(foldText(folded)).toBe(folded);
        expect(foldText(text.toUpperCase())).toBe(foldText(text.toUpperCase().toLowerCase()));
      }),
    );
  });

  it('keeps what begins alike alike, for a search by the beginning', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aÄéßςΣ ñ') }), fc.nat(), (text, n) => {
        const beginning = text.slice(0, n % (text.length + 1));
        expect(foldText(text).startsWith(foldText(beginning))).toBe(true);
      }),
    );
  });
});
