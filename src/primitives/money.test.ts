import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXPONENT_BY_CURRENCY } from './currencies.js';
import { addMoney, allocateMoney, compareMoney, formatMoney, money, parseMoney, subtractMoney } from './money.js';

const MAX = 2n ** 63n - 1n;
const amount = fc.bigInt({ min: -MAX, max: MAX });
const currency = fc.constantFrom(...EXPONENT_BY_CURRENCY.keys());
const withCode = (code: string): Error => expect.objectContaining({ code: `money.${code}` }) as Error;

describe('decimal text', () => {
  it('comes back as it went', () => {
    fc.assert(
      fc.property(amount, currency, (units, code) => {
        const text = formatMoney(money(units, code));
        expect(parseMoney(text, code)).toEqual({ amount: units, currency: code });
        expect(text.split('.')[1]?.length ?? 0).toBe(EXPONENT_BY_CURRENCY.get(code));
      }),
    );
  });

  it.each([
    ['12.50', 'EUR', 1250n, '12.50'],
    ['12.5', 'EUR', 1250n, '12.50'],
    ['12', 'USD', 1200n, '12.00'],
    ['-0.05', 'USD', -5n, '-0.05'],
    ['-0', 'USD', 0n, '0.00'],
    ['1200', 'JPY', 1200n, '1200'],
    ['1.234', 'KWD', 1234n, '1.234'],
    ['0.0001', 'CLF', 1n, '0.0001'],
    ['92233720368547758.07', 'EUR', MAX, '92233720368547758.07'],
  ])('%s %s', (text, code, units, formatted) => {
    expect(parseMoney(text, code)).toEqual({ amount: units, currency: code });
    expect(formatMoney(money(units, code))).toBe(formatted);
  });

  it.each(['', '1.', '.5', '01', '1,50', '1e2', '+1', ' 1', '1 ', '--1', '1.005', '0x1', 'NaN', '1.5.0', '١', '1\n'])(
    'refuses %j',
    (text) => {
      expect(() => parseMoney(text, 'EUR')).toThrow(withCode('malformed'));
    },
  );

  it('refuses decimals that the currency has not, unknown currencies, and too much', () => {
    expect(() => parseMoney('1.0', 'JPY')).toThrow(withCode('malformed'));
    for (const code of ['', 'eur', 'XXX', 'XAU', 'BTC', 'HRK']) {
      expect(() => parseMoney('1', code)).toThrow(withCode('unknown-currency'));
      expect(() => money(1n, code)).toThrow(withCode('unknown-currency'));
    }
    expect(() => parseMoney('92233720368547758.08', 'EUR')).toThrow(withCode('out-of-range'));
    expect(() => money(-MAX - 1n, 'EUR')).toThrow(withCode('out-of-range'));
  });
});

describe('arithmetic', () => {
  it('adds, subtracts and compares like integers', () => {
    const small = fc.bigInt({ min: -(2n ** 61n), max: 2n ** 61n });
    fc.assert(
      fc.property(small, small, (a, b) => {
        const [x, y] = [money(a, 'EUR'), money(b, 'EUR')];
        expect(addMoney(x, y).amount).toBe(a + b);
        expect(subtractMoney(x, y).amount).toBe(a - b);
        expect(subtractMoney(addMoney(x, y), y)).toEqual(x);
        expect(Math.sign(compareMoney(x, y))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });

  it('refuses two currencies, and results out of range', () => {
    for (const reckon of [addMoney, subtractMoney, compareMoney]) {
      expect(() => reckon(money(1n, 'EUR'), money(1n, 'USD'))).toThrow(withCode('currency-mismatch'));
    }
    expect(() => addMoney(money(MAX, 'EUR'), money(1n, 'EUR'))).toThrow(withCode('out-of-range'));
    expect(() => subtractMoney(money(-MAX, 'EUR'), money(1n, 'EUR'))).toThrow(withCode('out-of-range'));
  });
});

describe('allocation', () => {
  it('loses nothing and is fair to a unit', () => {
    const weights = fc.array(fc.bigInt({ min: 0n, max: 1000n }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(amount, weights, (units, ratio) => {
        const total = ratio.reduce((sum, weight) => sum + weight, 0n);
        fc.pre(total > 0n);
        const parts = allocateMoney(money(units, 'EUR'), ratio);
        expect(parts.reduce((sum, part) => sum + part.amount, 0n)).toBe(units);
        parts.forEach((part, i) => {
          const error = part.amount * total - units * ratio[i]!;
          expect(error < total && error > -total).toBe(true);
        });
        const negated = allocateMoney(money(-units, 'EUR'), ratio);
        expect(negated.map((part) => -part.amount)).toEqual(parts.map((part) => part.amount));
      }),
    );
  });

  it.each([
    [100n, [1n, 1n, 1n], [34n, 33n, 33n]],
    [100n, [80n, 20n], [80n, 20n]],
    [5n, [3n, 7n], [2n, 3n]],
    [-5n, [3n, 7n], [-2n, -3n]],
    [2n, [0n, 1n, 1n, 1n], [0n, 1n, 1n, 0n]],
    [0n, [1n, 2n], [0n, 0n]],
  ])('%d by %o is %o', (units, ratio, expected) => {
    expect(allocateMoney(money(units, 'USD'), ratio).map((part) => part.amount)).toEqual(expected);
  });

  it.each([[[]], [[0n, 0n]], [[1n, -1n]], [[3n, -1n]]])('refuses the weights %o', (weights) => {
    expect(() => allocateMoney(money(1n, 'EUR'), weights)).toThrow(withCode('bad-weights'));
  });
});

describe('currencies', () => {
  it('are three capital letters, each once', () => {
    expect(EXPONENT_BY_CURRENCY.size).toBeGreaterThan(150);
    for (const code of EXPONENT_BY_CURRENCY.keys()) expect(code).toMatch(/^[A-Z]{3}$/);
  });

  it('have the decimals that the runtime knows, but for those that shops round', () => {
    // CLDR gives these the decimals in use at tills; ISO 4217 has the others, and so do bills.
    const roundedInShops = 'AFN ALL COP HUF IDR IQD IRR KPW LAK LBP MGA MMK PKR RSD SOS SYP TZS YER'.split(' ');
    const differs = [...EXPONENT_BY_CURRENCY].filter(([code, exponent]) => {
      const format = new Intl.NumberFormat('en', { style: 'currency', currency: code });
      return format.resolvedOptions().maximumFractionDigits !== exponent;
    });
    expect(differs.map(([code]) => code).filter((code) => !roundedInShops.includes(code))).toEqual([]);
  });
});
