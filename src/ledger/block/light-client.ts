import { equalBytes, toHex } from '../../primitives/bytes.js';
import type { Crypto } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import { hashHeader, type Header } from './header.js';
import { addSeconds, compareTimestamps, type Timestamp } from './timestamp.js';
import { hashValidators, type ValidatorSet } from './validator-set.js';
import { isMoreThan, verifyCommit, type Fraction, type SignedHeader } from './verify-commit.js';

/** What is trusted: a header and the validators that it hands over to. */
export interface TrustedState {
  readonly header: Header;
  /** Set that signs the block after `header`. */
  readonly nextValidators: ValidatorSet;
}

/** A header to be verified, with the set that signed it. */
export interface UntrustedBlock extends SignedHeader {
  readonly validators: ValidatorSet;
}

/** All that a light client needs to know of a height. */
export interface LightBlock extends UntrustedBlock {
  readonly nextValidators: ValidatorSet;
}

export interface LightClientOptions {
  readonly now: Timestamp;
  /** How long validators answer for what they signed; shorter than the time in which misbehaviour has consequences. */
  readonly trustingPeriodSeconds: number;
  /** How far a header's time may be ahead of `now`. */
  readonly clockDriftSeconds: number;
  /** Share of the trusted validators, of which at least one is honest; from 1/3 to 1, where no block can be skipped. */
  readonly trustLevel: Fraction;
}

/** One honest validator among more than a third. */
export const DEFAULT_TRUST_LEVEL: Fraction = { numerator: 1, denominator: 3 };

/**
 * Makes a block the start of trust because its hash came from a trusted source.
 * @throws CairnError `light.wrong-trusted-hash`, `light.wrong-next-validators`.
 */
export function trustByHash(crypto: Crypto, block: LightBlock, hash: Uint8Array): TrustedState {
  if (!equalBytes(hashHeader(crypto, block.header), hash)) {
    throw new CairnError(
      'light.wrong-trusted-hash',
      'The block does not have the trusted hash. Ask another source for it.',
    );
  }
  return trustedState(crypto, block);
}

/**
 * The state of trust after a verified block.
 * @throws CairnError `light.wrong-next-validators` if the next set is not the one that the header names.
 */
export function trustedState(crypto: Crypto, { header, nextValidators }: LightBlock): TrustedState {
  if (!equalBytes(header.nextValidatorsHash, hashValidators(crypto, nextValidators))) {
    throw new CairnError('light.wrong-next-validators', 'The next validators are not those that the header names.');
  }
  return { header, nextValidators };
}

/**
 * Verifies the block right after the trusted one: signed by the very set that the trusted header names.
 * @throws CairnError `light.not-adjacent`, `light.wrong-next-validators`, the codes of {@link verifyHeaderInTime} and
 *   those of {@link verifyCommit}.
 */
export function verifyAdjacent(
  crypto: Crypto,
  trusted: TrustedState,
  untrusted: UntrustedBlock,
  options: LightClientOptions,
): void {
  verifyHeaderInTime(trusted.header, untrusted.header, options);
  if (untrusted.header.height !== trusted.header.height + 1) {
    throw new CairnError('light.not-adjacent', 'The header does not follow directly on the trusted one.');
  }
  if (!equalBytes(untrusted.header.validatorsHash, trusted.header.nextValidatorsHash)) {
    throw new CairnError(
      'light.wrong-next-validators',
      'The header has other validators than the trusted one announced.',
    );
  }
  verifyCommit(crypto, trusted.header.chainId, untrusted.validators, untrusted);
}

/**
 * Verifies a later block by skipping those between: enough of the trusted validators have signed it.
 * @throws CairnError `light.adjacent`, `light.bad-trust-level`, `light.not-enough-trust` (verify a block between first),
 *   the codes of {@link verifyHeaderInTime} and those of {@link verifyCommit}.
 */
export function verifyNonAdjacent(
  crypto: Crypto,
  trusted: TrustedState,
  untrusted: UntrustedBlock,
  options: LightClientOptions,
): void {
  checkTrustLevel(options.trustLevel);
  verifyHeaderInTime(trusted.header, untrusted.header, options);
  if (untrusted.header.height === trusted.header.height + 1) {
    throw new CairnError('light.adjacent', 'The header follows directly on the trusted one; verify it as such.');
  }
  // Counted before the signatures are verified, so that a peer cannot make us verify thousands in vain. The count uses
  // the keys of the set against which verifyCommit then checks every one of these votes.
  const trustedPower = powerOfTrusted(trusted.nextValidators, untrusted);
  if (!isMoreThan(trustedPower, trusted.nextValidators.totalPower, options.trustLevel)) {
    throw new CairnError('light.not-enough-trust', 'Too few of the trusted validators have signed the header.');
  }
  verifyCommit(crypto, trusted.header.chainId, untrusted.validators, untrusted);
}

/** {@link verifyAdjacent} or {@link verifyNonAdjacent}, as the heights say. */
export function verifyBlock(
  crypto: Crypto,
  trusted: TrustedState,
  untrusted: UntrustedBlock,
  options: LightClientOptions,
): void {
  const verify = untrusted.header.height === trusted.header.height + 1 ? verifyAdjacent : verifyNonAdjacent;
  verify(crypto, trusted, untrusted, options);
}

/**
 * @throws CairnError
 * - `light.expired`: the trusted header is older than the trusting period;
 * - `light.height-not-later`, `light.time-not-later`: the header is not after the trusted one;
 * - `light.from-future`: the header's time is ahead of the clock.
 */
function verifyHeaderInTime(trusted: Header, untrusted: Header, options: LightClientOptions): void {
  const { now, trustingPeriodSeconds, clockDriftSeconds } = options;
  if (compareTimestamps(addSeconds(trusted.time, trustingPeriodSeconds), now) <= 0) {
    throw new CairnError('light.expired', 'The trusted header is too old. Get a recent one from a trusted source.');
  }
  if (untrusted.height <= trusted.height) {
    throw new CairnError('light.height-not-later', 'The header is not later than the trusted one.');
  }
  if (compareTimestamps(untrusted.time, trusted.time) <= 0) {
    throw new CairnError('light.time-not-later', 'The time of the header is not after that of the trusted one.');
  }
  if (compareTimestamps(untrusted.time, addSeconds(now, clockDriftSeconds)) >= 0) {
    throw new CairnError('light.from-future', 'The time of the header is ahead of the clock. Check the clock.');
  }
}

function checkTrustLevel({ numerator, denominator }: Fraction): void {
  const isFraction = Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator) && denominator > 0;
  if (!isFraction || numerator > denominator || BigInt(numerator) * 3n < BigInt(denominator)) {
    throw new CairnError('light.bad-trust-level', 'The trust level is a fraction from 1/3 to 1.');
  }
}

/** Power that the voters for the block have in the trusted set. */
function powerOfTrusted(trusted: ValidatorSet, { validators, commit }: UntrustedBlock): number {
  const powerByKey = new Map(trusted.validators.map(({ publicKey, votingPower }) => [toHex(publicKey), votingPower]));
  return validators.validators.reduce(
    (sum, { publicKey }, index) =>
      commit.signatures[index]?.flag === 'commit' ? sum + (powerByKey.get(toHex(publicKey)) ?? 0) : sum,
    0,
  );
}
