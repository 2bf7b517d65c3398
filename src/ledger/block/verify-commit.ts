import { equalBytes } from '../../primitives/bytes.js';
import type { Crypto } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import { commitSignBytes, type Commit } from './commit.js';
import { hashHeader, type Header } from './header.js';
import { hashValidators, type ValidatorSet } from './validator-set.js';

/** A header and the votes that made it final. */
export interface SignedHeader {
  readonly header: Header;
  readonly commit: Commit;
}

/**
 * Checks that more than two thirds of the voting power have signed the header.
 *
 * Stricter than CometBFT's `VerifyCommitLight`, so that no byte of a commit can be changed unnoticed: every vote that
 * is in the commit has to be valid, also those for nil and those beyond two thirds, and has to name its validator.
 *
 * Signatures go through {@link Crypto.ed25519Verify}, which is RFC 8032 with canonical encodings; CometBFT verifies by
 * the laxer ZIP-215. Whatever passes here passes there. The converse fails only for keys or signatures with
 * non-canonical or small-order points, which no honest signer produces: such a commit is refused here.
 *
 * @throws CairnError
 * - `light.wrong-chain`: the header belongs to another chain;
 * - `light.wrong-height`, `light.wrong-block`: the commit is for another height, or another block;
 * - `light.wrong-validators`: the set is not the one that the header names;
 * - `light.wrong-signature-count`, `light.wrong-signer`: the commit's entries are not those of the set, in its order;
 * - `light.not-enough-power`: two thirds or less have voted for the block;
 * - `light.bad-signature`: a vote is not signed by its validator.
 */
export function verifyCommit(crypto: Crypto, chainId: string, validators: ValidatorSet, signed: SignedHeader): void {
  const { header, commit } = signed;
  if (header.chainId !== chainId) {
    throw new CairnError('light.wrong-chain', 'The header belongs to another chain than the one that is trusted.');
  }
  if (commit.height !== header.height) {
    throw new CairnError('light.wrong-height', 'The commit is for another height than the header.');
  }
  if (!equalBytes(commit.blockId.hash, hashHeader(crypto, header))) {
    throw new CairnError('light.wrong-block', 'The commit is for another block than the header.');
  }
  if (!equalBytes(header.validatorsHash, hashValidators(crypto, validators))) {
    throw new CairnError(
      'light.wrong-validators',
      'The header was signed by another validator set than the one given.',
    );
  }
  checkSigners(validators, commit);
  if (!isMoreThan(powerForBlock(validators, commit), validators.totalPower, TWO_THIRDS)) {
    throw new CairnError('light.not-enough-power', 'Two thirds or less of the voting power have signed the header.');
  }
  commit.signatures.forEach((sig, index) => {
    if (sig.flag === 'absent') return;
    const publicKey = validators.validators[index]?.publicKey;
    const message = commitSignBytes(chainId, commit, sig);
    if (publicKey === undefined || !crypto.ed25519Verify(publicKey, message, sig.signature)) {
      throw new CairnError('light.bad-signature', `The vote with index ${index} is not signed by its validator.`);
    }
  });
}

/** A share of voting power. */
export interface Fraction {
  readonly numerator: number;
  readonly denominator: number;
}

const TWO_THIRDS: Fraction = { numerator: 2, denominator: 3 };

/** Whether `part` is strictly more than the fraction of `whole`. */
export function isMoreThan(part: number, whole: number, { numerator, denominator }: Fraction): boolean {
  return BigInt(part) * BigInt(denominator) > BigInt(whole) * BigInt(numerator);
}

/** One entry for each validator, in the order of the set. */
function checkSigners({ validators }: ValidatorSet, { signatures }: Commit): void {
  if (signatures.length !== validators.length) {
    throw new CairnError('light.wrong-signature-count', 'The commit does not have one entry for each validator.');
  }
  validators.forEach(({ address }, index) => {
    const sig = signatures[index];
    if (sig !== undefined && sig.flag !== 'absent' && !equalBytes(sig.validatorAddress, address)) {
      throw new CairnError('light.wrong-signer', `The vote with index ${index} names another validator.`);
    }
  });
}

function powerForBlock({ validators }: ValidatorSet, { signatures }: Commit): number {
  return validators.reduce((sum, { votingPower }, i) => sum + (signatures[i]?.flag === 'commit' ? votingPower : 0), 0);
}
