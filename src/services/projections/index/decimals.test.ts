import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalRange } from './decimals.js';

describe('decimalRange', () => {
  it.each([
    ['100', 99.5, 100.5],
    ['100.00', 99.995, 100.005],
    ['5.4', 5.35, 5.45],
    ['5.40', 5.395, 5.405],
    ['5.40e-3', 0.005395, 0.005405],
    ['-2', -2.5, -1.5],
    ['+2', 1.5, 2.5],
    ['0', -0.5, 0.5],
    ['1e2', 50, 150],
    ['1.00e2', 99.5, 100.5],
    ['185.345', 185.3445, 185.3455],
  ])('%s is %d to %d', (text, lo, hi) => expect(decimalRange(text)).toEqual({ value: Number(text), lo, hi }));

  it.each(['', '.', '.5', '5.', '1,5', '0x10', 'NaN', 'Infinity', '1e', '1e1000', '--1', '1 ', '9'.repeat(41)])(
    '%j is no decimal',
    (text) => expect(decimalRange(text)).toBeUndefined(),
  );

  it('has the bounds that decimal arithmetic gives, to the last bit', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
        fc.integer({ min: 1, max: 8 }),
        (units, places) => {
          const written = (tenths: bigint) => {
            const digits = (tenths < 0n ? -tenths : tenths).toString().padStart(places + 2, '0');
            return `${tenths < 0n ? '-' : ''}${digits.slice(0, -places - 1)}.${digits.slice(-places - 1)}`;
          };
          const range = decimalRange(written(units * 10n).slice(0, -1));
          expect(range?.lo).toBe(Number(written(units * 10n - 5n)) + 0);
          expect(range?.hi).toBe(Number(written(units * 10n + 5n)) + 0);
        },
      ),
    );
  });
});
