/*
 * Headers, commits and validator sets in our files, as deterministic CBOR:
 *
 *   header        = [[block, app], chainId, height, time, blockId, lastCommitHash, dataHash, validatorsHash,
 *                    nextValidatorsHash, consensusHash, appHash, lastResultsHash, evidenceHash, proposerAddress]
 *   commit        = [height, round, blockId, [sig, …]]
 *   sig           = null (absent) | [2 (for the block) | 3 (for nil), validatorAddress, time, signature]
 *   validator set = [[publicKey, votingPower], …] in the order of the set
 *   time          = [seconds, nanos]
 *   blockId       = [hash, total, partsHash], or ["", 0, ""] for nil (empty byte strings)
 *   branch        = [[siblingIsLeft, sibling], …] from the leaf up
 *
 * Nothing is in here that the header's hash, a signature or a Merkle root does not cover.
 */
import { compareBytes } from '../../primitives/bytes.js';
import type { CborValue } from '../../primitives/cbor.js';
import type { Crypto } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import { isNilBlockId, type BlockId } from './block-id.js';
import type { Branch } from './branch.js';
import type { Commit, CommitSig } from './commit.js';
import type { Header } from './header.js';
import { isTimestamp, type Timestamp } from './timestamp.js';
import { validatorSet, VALIDATORS_MAX, type ValidatorSet } from './validator-set.js';

/** `MaxChainIDLen` of CometBFT; the characters are ours. */
export const CHAIN_ID = /^[A-Za-z0-9._-]{1,50}$/;
/** CometBFT's round is an int32, its part count a uint32. */
const ROUND_MAX = 0x7fff_ffff;
const PARTS_MAX = 0xffff_ffff;
/** As deep as the log of 2^53 entries. */
const BRANCH_STEPS_MAX = 53;
const COMMIT_SIG_FLAGS = { 2: 'commit', 3: 'nil' } as const;

export function headerToCbor(header: Header): CborValue {
  return [
    [header.version.block, header.version.app],
    header.chainId,
    header.height,
    timeToCbor(header.time),
    blockIdToCbor(header.lastBlockId),
    header.lastCommitHash,
    header.dataHash,
    header.validatorsHash,
    header.nextValidatorsHash,
    header.consensusHash,
    header.appHash,
    header.lastResultsHash,
    header.evidenceHash,
    header.proposerAddress,
  ];
}

/** @throws CairnError `block.malformed` */
export function headerFromCbor(value: CborValue | undefined): Header {
  const fields = list(value, 'header', 14, 14);
  const version = list(fields[0], 'header version', 2, 2);
  return {
    version: {
      block: integer(version[0], 'block version', 0, Number.MAX_SAFE_INTEGER),
      app: integer(version[1], 'application version', 0, Number.MAX_SAFE_INTEGER),
    },
    chainId: chainId(fields[1]),
    height: integer(fields[2], 'height', 1, Number.MAX_SAFE_INTEGER),
    time: timeFromCbor(fields[3]),
    lastBlockId: blockIdFromCbor(fields[4]),
    lastCommitHash: hash(fields[5], 'last commit hash'),
    dataHash: hash(fields[6], 'data hash'),
    validatorsHash: hash(fields[7], 'validators hash'),
    nextValidatorsHash: hash(fields[8], 'next validators hash'),
    consensusHash: hash(fields[9], 'consensus hash'),
    appHash: hash(fields[10], 'app hash'),
    lastResultsHash: hash(fields[11], 'last results hash'),
    evidenceHash: hash(fields[12], 'evidence hash'),
    proposerAddress: bytes(fields[13], 'proposer address', 20),
  };
}

export function commitToCbor({ height, round, blockId, signatures }: Commit): CborValue {
  return [height, round, blockIdToCbor(blockId), signatures.map(commitSigToCbor)];
}

/** @throws CairnError `block.malformed` */
export function commitFromCbor(value: CborValue | undefined): Commit {
  const fields = list(value, 'commit', 4, 4);
  const blockId = blockIdFromCbor(fields[2]);
  if (isNilBlockId(blockId)) throw malformed('commit', 'names a block');
  return {
    height: integer(fields[0], 'commit height', 1, Number.MAX_SAFE_INTEGER),
    round: integer(fields[1], 'round', 0, ROUND_MAX),
    blockId,
    signatures: list(fields[3], 'signatures', 1, VALIDATORS_MAX).map(commitSigFromCbor),
  };
}

export function validatorSetToCbor({ validators }: ValidatorSet): CborValue {
  return validators.map(({ publicKey, votingPower }) => [publicKey, votingPower]);
}

/** @throws CairnError `block.malformed`, also where the validators are not in their order; the codes of {@link validatorSet}. */
export function validatorSetFromCbor(crypto: Crypto, value: CborValue | undefined): ValidatorSet {
  const given = list(value, 'validator set', 1, VALIDATORS_MAX).map((entry) => {
    const fields = list(entry, 'validator', 2, 2);
    return {
      publicKey: bytes(fields[0], 'validator key', 32),
      votingPower: integer(fields[1], 'voting power', 1, Number.MAX_SAFE_INTEGER),
    };
  });
  const set = validatorSet(crypto, given);
  const isInOrder = set.validators.every(({ publicKey }, index) => {
    const there = given[index]?.publicKey;
    return there !== undefined && compareBytes(publicKey, there) === 0;
  });
  if (!isInOrder) throw malformed('validator set', 'is in descending order of power, then in order of address');
  return set;
}

export function branchToCbor(branch: Branch): CborValue {
  return branch.map(({ siblingIsLeft, sibling }) => [siblingIsLeft, sibling]);
}

/** @throws CairnError `block.malformed` */
export function branchFromCbor(value: CborValue | undefined): Branch {
  return list(value, 'branch', 0, BRANCH_STEPS_MAX).map((step) => {
    const [siblingIsLeft, sibling] = list(step, 'branch step', 2, 2);
    if (typeof siblingIsLeft !== 'boolean') throw malformed('branch step', 'begins with true or false');
    return { siblingIsLeft, sibling: bytes(sibling, 'branch sibling', 32) };
  });
}

function commitSigToCbor(sig: CommitSig): CborValue {
  if (sig.flag === 'absent') return null;
  return [sig.flag === 'commit' ? 2 : 3, sig.validatorAddress, timeToCbor(sig.timestamp), sig.signature];
}

function commitSigFromCbor(value: CborValue): CommitSig {
  if (value === null) return { flag: 'absent' };
  const fields = list(value, 'vote', 4, 4);
  return {
    flag: COMMIT_SIG_FLAGS[integer(fields[0], 'vote flag', 2, 3) as keyof typeof COMMIT_SIG_FLAGS],
    validatorAddress: bytes(fields[1], 'validator address', 20),
    timestamp: timeFromCbor(fields[2]),
    signature: bytes(fields[3], 'signature', 64),
  };
}

function timeToCbor({ seconds, nanos }: Timestamp): CborValue {
  return [seconds, nanos];
}

function timeFromCbor(value: CborValue | undefined): Timestamp {
  const [seconds, nanos] = list(value, 'time', 2, 2);
  const time = { seconds, nanos } as Timestamp;
  if (!isTimestamp(time)) throw malformed('time', 'is [seconds, nanoseconds] in the years 1 to 9999');
  return time;
}

function blockIdToCbor({ hash, partSetHeader }: BlockId): CborValue {
  return [hash, partSetHeader.total, partSetHeader.hash];
}

function blockIdFromCbor(value: CborValue | undefined): BlockId {
  const fields = list(value, 'block id', 3, 3);
  const total = integer(fields[1], 'part count', 0, PARTS_MAX);
  const size = total === 0 ? 0 : 32;
  return {
    hash: bytes(fields[0], 'block hash', size),
    partSetHeader: { total, hash: bytes(fields[2], 'parts hash', size) },
  };
}

function chainId(value: CborValue | undefined): string {
  if (typeof value === 'string' && CHAIN_ID.test(value)) return value;
  throw malformed('chain id', 'is 1 to 50 letters, digits, dots, dashes and underscores');
}

function hash(value: CborValue | undefined, name: string): Uint8Array {
  return bytes(value, name, 32);
}

function bytes(value: CborValue | undefined, name: string, length: number): Uint8Array {
  if (value instanceof Uint8Array && value.length === length) return value;
  throw malformed(name, `has ${length} bytes`);
}

function integer(value: CborValue | undefined, name: string, min: number, max: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw malformed(name, `is an integer from ${min} to ${max}`);
}

function list(value: CborValue | undefined, name: string, lengthMin: number, lengthMax: number): readonly CborValue[] {
  if (Array.isArray(value) && value.length >= lengthMin && value.length <= lengthMax) {
    return value as readonly CborValue[];
  }
  throw malformed(name, `is a list of ${lengthMin} to ${lengthMax}`);
}

function malformed(name: string, expectation: string): CairnError {
  return new CairnError('block.malformed', `Malformed block data: a ${name} ${expectation}.`);
}
