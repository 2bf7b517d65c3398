import { fromHex, toHex } from '../../primitives/bytes.js';
import type { Crypto } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import { validatorSet, type ValidatorSet } from './validator-set.js';
import { CHAIN_ID } from './wire.js';

/** Makes the error that says what was expected. */
export type Fail = (expectation: string) => CairnError;

/** Errors of one code, whose messages name the document. */
export function failWith(code: string, document: string): Fail {
  return (expectation) => new CairnError(code, `Malformed ${document}: ${expectation}.`);
}

/** The members of a parsed JSON object that has all required and no unknown ones. */
export function jsonObject<R extends string, O extends string = never>(
  value: unknown,
  fail: Fail,
  { required, optional = [] }: { readonly required: readonly R[]; readonly optional?: readonly O[] },
): { readonly [K in R | O]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail('expected a JSON object');
  const names = Object.keys(value);
  const missing = required.find((name) => !names.includes(name));
  if (missing !== undefined) throw fail(`\`${missing}\` is missing`);
  const known: readonly string[] = [...required, ...optional];
  if (!names.every((name) => known.includes(name))) throw fail(`only ${known.join(', ')} are known`);
  return value as { readonly [K in R | O]: unknown };
}

export function jsonInteger(value: unknown, name: string, min: number, fail: Fail): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
  throw fail(`\`${name}\` is an integer from ${min}`);
}

export function jsonChainId(value: unknown, fail: Fail): string {
  if (typeof value === 'string' && CHAIN_ID.test(value)) return value;
  throw fail('`chainId` is 1 to 50 letters, digits, dots, dashes and underscores');
}

/** JSON of a validator set: Ed25519 keys in hexadecimal; the order is of no meaning. */
export type ValidatorsJson = readonly { readonly publicKey: string; readonly votingPower: number }[];

export function validatorsToJson({ validators }: ValidatorSet): ValidatorsJson {
  return validators.map(({ publicKey, votingPower }) => ({ publicKey: toHex(publicKey), votingPower }));
}

/** @throws what `fail` makes, and the codes of {@link validatorSet}. */
export function validatorsFromJson(crypto: Crypto, value: unknown, fail: Fail): ValidatorSet {
  if (!Array.isArray(value)) throw fail('`validators` is a list');
  const members = (value as unknown[]).map((entry) => {
    const { publicKey, votingPower } = jsonObject(entry, fail, { required: ['publicKey', 'votingPower'] });
    if (typeof publicKey !== 'string' || !/^[0-9a-fA-F]{64}$/.test(publicKey)) {
      throw fail('`publicKey` is 64 hexadecimal digits');
    }
    return { publicKey: fromHex(publicKey), votingPower: jsonInteger(votingPower, 'votingPower', 1, fail) };
  });
  return validatorSet(crypto, members);
}
