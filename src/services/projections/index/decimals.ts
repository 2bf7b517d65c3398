/** A decimal as it was written, and the values that it stands for at its precision. */
export interface DecimalRange {
  readonly value: number;
  /** Half a unit of the last written digit below and above: `100` is 99.5 to 100.5, `100.00` is 99.995 to 100.005. */
  readonly lo: number;
  readonly hi: number;
}

const PATTERN = /^([+-]?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * Reads a number of a search (R4 3.1.1.4.6). The bounds are computed on integers and rounded once, so that a stored 5.35
 * equals the bound 5.35 of a search for 5.4. `1e2` has one significant digit: 50 to 150 (the text of R4 prints 95 to 105
 * there, which contradicts its own rule). Undefined if the text is not a decimal.
 */
export function decimalRange(text: string): DecimalRange | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  const tenths = 10n * BigInt(`${whole ?? ''}${fraction}`) * (sign === '-' ? -1n : 1n);
  const scale = Number(exponent) - fraction.length - 1;
  return {
    value: Number(`${tenths}e${scale}`),
    lo: Number(`${tenths - 5n}e${scale}`),
    hi: Number(`${tenths + 5n}e${scale}`),
  };
}
