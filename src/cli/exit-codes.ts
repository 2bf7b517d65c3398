import { CairnError } from '../primitives/errors.js';
import { CairnApiError } from '../sdk/api-error.js';

/** What the shell learns. Listed by `cairn --help`. */
export const EXIT_CODES = {
  ok: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  notVerified: 4,
  unreachable: 5,
  interrupted: 130,
} as const;

/** Families of error codes, first match counts. */
const BY_FAMILY: readonly (readonly [family: RegExp, code: number])[] = [
  [/^(receipt|evidence|light|proof|merkle|block|trust-root)\./, EXIT_CODES.notVerified],
  [/^import\.interrupted$/, EXIT_CODES.interrupted],
  [/^import\.refused$/, EXIT_CODES.refused],
  [/^(usage|config)\./, EXIT_CODES.usage],
  [/^(client\.unreachable|database\.locked)$/, EXIT_CODES.unreachable],
];

export function exitCodeOf(error: unknown): number {
  if (error instanceof CairnApiError && error.status !== null) return ofAnswer(error.status, error.code);
  if (!(error instanceof CairnError)) return EXIT_CODES.failed;
  return BY_FAMILY.find(([family]) => family.test(error.code))?.[1] ?? EXIT_CODES.failed;
}

/** A node that answered refuses, unless it could not make sense of the question or is at fault itself. */
function ofAnswer(status: number, code: string): number {
  if (status >= 500) return EXIT_CODES.failed;
  return /^(request|time)\./.test(code) ? EXIT_CODES.usage : EXIT_CODES.refused;
}
