import type { Crypto } from '../../primitives/crypto.js';
import { merkleRoot } from '../../primitives/merkle-log.js';
import { ProtobufWriter } from '../../primitives/protobuf-writer.js';
import { encodeBlockId, isNilBlockId, NIL_BLOCK_ID, type BlockId } from './block-id.js';
import { encodeTimestamp, ZERO_TIME, type Timestamp } from './timestamp.js';
import { validatorAddress } from './validator-set.js';
import { precommitSignBytes, type Precommit } from './vote.js';

/** A validator that did not vote, or whose vote came too late. */
export interface AbsentSig {
  readonly flag: 'absent';
}

/** A vote for the block, or for nil. */
export interface VoteSig {
  readonly flag: 'commit' | 'nil';
  /** 20 bytes. */
  readonly validatorAddress: Uint8Array;
  readonly timestamp: Timestamp;
  /** Ed25519, 64 bytes, over {@link commitSignBytes}. */
  readonly signature: Uint8Array;
}

export type CommitSig = AbsentSig | VoteSig;

/** The precommits of one round that decided a block, one entry per validator in the order of the set. */
export interface Commit {
  readonly height: number;
  readonly round: number;
  readonly blockId: BlockId;
  readonly signatures: readonly CommitSig[];
}

/** What the first block carries as the commit of its predecessor. */
export const EMPTY_COMMIT: Commit = { height: 0, round: 0, blockId: NIL_BLOCK_ID, signatures: [] };

/** What the validator of one entry has signed. */
export function commitSignBytes(chainId: string, { height, round, blockId }: Commit, sig: VoteSig): Uint8Array {
  const votedFor = sig.flag === 'commit' ? blockId : NIL_BLOCK_ID;
  return precommitSignBytes({ chainId, height, round, blockId: votedFor, timestamp: sig.timestamp });
}

/** Signs a precommit with an Ed25519 seed (32 bytes); the result is the signer's entry in the commit. */
export function signPrecommit(crypto: Crypto, seed: Uint8Array, vote: Precommit): VoteSig {
  return {
    flag: isNilBlockId(vote.blockId) ? 'nil' : 'commit',
    validatorAddress: validatorAddress(crypto, crypto.ed25519PublicKey(seed)),
    timestamp: vote.timestamp,
    signature: crypto.ed25519Sign(seed, precommitSignBytes(vote)),
  };
}

/** Merkle root over the encoded entries (`Commit.Hash`): the `lastCommitHash` of the next header. */
export function hashCommit(crypto: Crypto, { signatures }: Commit): Uint8Array {
  return merkleRoot(crypto, signatures.map(encodeCommitSig));
}

/** Protobuf `Commit`, as it stands in the next block. */
export function encodeCommit({ height, round, blockId, signatures }: Commit): Uint8Array {
  const writer = new ProtobufWriter().int(1, height).int(2, round).message(3, encodeBlockId(blockId));
  for (const sig of signatures) writer.message(4, encodeCommitSig(sig));
  return writer.finish();
}

/** `BlockIDFlag` of CometBFT. */
const FLAG_NUMBERS = { absent: 1, commit: 2, nil: 3 } as const;

function encodeCommitSig(sig: CommitSig): Uint8Array {
  const writer = new ProtobufWriter().uint(1, FLAG_NUMBERS[sig.flag]);
  if (sig.flag === 'absent') return writer.message(3, encodeTimestamp(ZERO_TIME)).finish();
  return writer
    .bytes(2, sig.validatorAddress)
    .message(3, encodeTimestamp(sig.timestamp))
    .bytes(4, sig.signature)
    .finish();
}
