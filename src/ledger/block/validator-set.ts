import { compareBytes, toHex } from '../../primitives/bytes.js';
import type { Crypto } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import { merkleRoot } from '../../primitives/merkle-log.js';
import { ProtobufWriter } from '../../primitives/protobuf-writer.js';

/** Most validators of a set, CometBFT's `MaxVotesCount`. */
export const VALIDATORS_MAX = 10_000;

/** A validator as its hash sees it. CometBFT's proposer priority is not part of it: no hash covers that. */
export interface Validator {
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** At least 1. */
  readonly votingPower: number;
}

export interface ValidatorWithAddress extends Validator {
  /** First 20 bytes of SHA-256 of the public key. */
  readonly address: Uint8Array;
}

/** A checked set; made by {@link validatorSet} only. */
export interface ValidatorSet {
  /** Descending by power, then ascending by address: the order of the signatures in a commit. */
  readonly validators: readonly ValidatorWithAddress[];
  readonly totalPower: number;
}

/**
 * Puts validators into CometBFT's order and checks them. Total power may reach 2^53 − 1 (CometBFT: 2^60).
 * @throws CairnError `validators.empty`, `validators.too-many`, `validators.bad-key`, `validators.bad-power`, `validators.duplicate`.
 */
export function validatorSet(crypto: Crypto, members: readonly Validator[]): ValidatorSet {
  if (members.length === 0) throw new CairnError('validators.empty', 'A validator set needs at least one validator.');
  if (members.length > VALIDATORS_MAX) {
    throw new CairnError('validators.too-many', `A validator set has at most ${VALIDATORS_MAX} validators.`);
  }
  const addresses = new Set<string>();
  let totalPower = 0;
  const validators = members.map(({ publicKey, votingPower }): ValidatorWithAddress => {
    if (publicKey.length !== 32) throw new CairnError('validators.bad-key', 'A validator key is 32 bytes of Ed25519.');
    totalPower += votingPower;
    if (!Number.isSafeInteger(votingPower) || votingPower < 1 || !Number.isSafeInteger(totalPower)) {
      throw new CairnError('validators.bad-power', 'Voting powers are positive integers whose sum is below 2^53.');
    }
    const address = validatorAddress(crypto, publicKey);
    addresses.add(toHex(address));
    return { address, publicKey, votingPower };
  });
  if (addresses.size !== validators.length) {
    throw new CairnError(
      'validators.duplicate',
      'A validator is twice in the set. Give each one once, with its whole power.',
    );
  }
  validators.sort((a, b) => b.votingPower - a.votingPower || compareBytes(a.address, b.address));
  return { validators, totalPower };
}

/** First 20 bytes of SHA-256 of the Ed25519 public key. */
export function validatorAddress(crypto: Crypto, publicKey: Uint8Array): Uint8Array {
  return crypto.sha256(publicKey).slice(0, 20);
}

/** Merkle root over the encoded `SimpleValidator`s (`ValidatorSet.Hash`). */
export function hashValidators(crypto: Crypto, { validators }: ValidatorSet): Uint8Array {
  return merkleRoot(
    crypto,
    validators.map(({ publicKey, votingPower }) => {
      const key = new ProtobufWriter().bytes(1, publicKey).finish();
      return new ProtobufWriter().message(1, key).int(2, votingPower).finish();
    }),
  );
}
