import { CairnError } from './errors.js';
import { EXPONENT_BY_CURRENCY } from './currencies.js';

/** An amount in whole minor units (cents, pence, yen) of one currency. Within 64 bits with sign. */
export interface Money {
  readonly amount: bigint;
  /** ISO 4217 alphabetic code. */
  readonly currency: string;
}

const AMOUNT_MAX = 2n ** 63n - 1n;

/** @throws CairnError `money.unknown-currency`, `money.out-of-range` */
export function money(amount: bigint, currency: string): Money {
  exponentOf(currency);
  if (amount > AMOUNT_MAX || amount < -AMOUNT_MAX) {
    throw new CairnError('money.out-of-range', 'The amount does not fit into 64 bits.');
  }
  return { amount, currency };
}

/** @throws CairnError `money.currency-mismatch`, `money.out-of-range` */
export function addMoney(a: Money, b: Money): Money {
  checkSameCurrency(a, b);
  return money(a.amount + b.amount, a.currency);
}

/** @throws CairnError `money.currency-mismatch`, `money.out-of-range` */
export function subtractMoney(a: Money, b: Money): Money {
  checkSameCurrency(a, b);
  return money(a.amount - b.amount, a.currency);
}

/** Negative, zero or positive as `a` is less than, equal to or more than `b`. @throws CairnError `money.currency-mismatch` */
export function compareMoney(a: Money, b: Money): number {
  checkSameCurrency(a, b);
  return a.amount < b.amount ? -1 : a.amount > b.amount ? 1 : 0;
}

/**
 * Divides an amount in the ratio of `weights` (none negative, not all zero) into parts that add up to it exactly. Each is
 * rounded towards zero; the units left over go to the largest remainders, the earlier first where they are equal.
 * @throws CairnError `money.bad-weights`
 */
export function allocateMoney({ amount, currency }: Money, weights: readonly bigint[]): Money[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  if (total <= 0n || weights.some((weight) => weight < 0n)) {
    throw new CairnError('money.bad-weights', 'Weights must not be negative, and at least one must be positive.');
  }
  const sign = amount < 0n ? -1n : 1n;
  const parts = weights.map((weight, index) => {
    const exact = sign * amount * weight;
    return { index, units: exact / total, remainder: exact % total };
  });
  let left = sign * amount - parts.reduce((sum, { units }) => sum + units, 0n);
  const byRemainder = [...parts].sort((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
  );
  for (const part of byRemainder) {
    if (left === 0n) break;
    part.units += 1n;
    left -= 1n;
  }
  return parts.map(({ units }) => money(sign * units, currency));
}

/**
 * The amount of a decimal text: an optional minus, digits without a leading zero, and at most as many digits after the
 * point as the currency has. `12.5` is 1250 cents; `12.500` is refused, since a third digit would have no unit.
 * @throws CairnError `money.unknown-currency`, `money.malformed`, `money.out-of-range`
 */
export function parseMoney(text: string, currency: string): Money {
  const exponent = exponentOf(currency);
  const [, minus, whole, fraction = ''] = /^(-?)(0|[1-9][0-9]{0,18})(?:\.([0-9]{1,4}))?$/.exec(text) ?? [];
  if (whole === undefined || fraction.length > exponent) {
    throw new CairnError('money.malformed', `An amount in ${currency} is a decimal with at most ${exponent} decimals.`);
  }
  const units = BigInt(whole + fraction.padEnd(exponent, '0'));
  return money(minus === '-' ? -units : units, currency);
}

/** The amount as decimal text with all its decimals: `12.50`, `-0.05`, `1200` in a currency without minor units. */
export function formatMoney({ amount, currency }: Money): string {
  const exponent = exponentOf(currency);
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(exponent + 1, '0');
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

function exponentOf(currency: string): number {
  const exponent = EXPONENT_BY_CURRENCY.get(currency);
  if (exponent === undefined) {
    throw new CairnError('money.unknown-currency', 'The currency must be an active ISO 4217 code such as EUR.');
  }
  return exponent;
}

function checkSameCurrency(a: Money, b: Money): void {
  if (a.currency !== b.currency) {
    throw new CairnError('money.currency-mismatch', `${a.currency} and ${b.currency} cannot be reckoned together.`);
  }
}
