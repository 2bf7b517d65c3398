import { readFileSync } from 'node:fs';
import { fromHex, toHex } from '../../src/primitives/bytes.js';
import type { Crypto } from '../../src/primitives/crypto.js';
import { NIL_BLOCK_ID, type BlockId } from '../../src/ledger/block/block-id.js';
import { signPrecommit, type Commit, type CommitSig } from '../../src/ledger/block/commit.js';
import { hashHeader, type Header } from '../../src/ledger/block/header.js';
import type { LightBlock } from '../../src/ledger/block/light-client.js';
import type { Timestamp } from '../../src/ledger/block/timestamp.js';
import { hashValidators, validatorSet, type ValidatorSet } from '../../src/ledger/block/validator-set.js';
import type { SignedHeader } from '../../src/ledger/block/verify-commit.js';

/*
 * Reads the light client vectors of tendermint-rs (../shared/data/light-client), which are CometBFT's JSON: 64-bit
 * integers as text, hashes in hexadecimal, keys and signatures in base64, times in RFC 3339.
 */

interface BlockIdJson {
  hash: string;
  part_set_header: { total: number | string; hash: string };
}

interface ValidatorsJson {
  validators: { pub_key: { type: string; value: string }; address: string; voting_power: string }[];
}

export interface SignedHeaderJson {
  header: Record<string, string> & { version: { block: string; app: string }; last_block_id: BlockIdJson | null };
  commit: {
    height: string;
    round: number;
    block_id: BlockIdJson;
    signatures:
      { block_id_flag: number; validator_address: string; timestamp: string; signature: string | null }[] | null;
  };
}

export interface LightBlockJson {
  signed_header: SignedHeaderJson;
  validator_set: ValidatorsJson;
  next_validator_set: ValidatorsJson;
}

export interface SingleStepJson {
  initial: {
    signed_header: SignedHeaderJson;
    next_validator_set: ValidatorsJson;
    trusting_period: string;
  };
  input: { block: LightBlockJson; now: string; verdict: 'SUCCESS' | 'NOT_ENOUGH_TRUST' | 'INVALID' }[];
}

interface ProviderJson {
  lite_blocks: LightBlockJson[];
}

export interface BisectionJson {
  trust_options: {
    period: string;
    height: string;
    hash: string;
    trust_level: { numerator: string; denominator: string };
  };
  primary: ProviderJson;
  witnesses: { value: ProviderJson }[] | null;
  height_to_verify: string;
  now: string;
  expected_output: 'error' | 'no error';
  expected_num_of_bisections: number;
}

export function readVector<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

export function parseTime(text: string): Timestamp {
  const [, whole, fraction = ''] = /^(.*:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text) ?? [];
  if (whole === undefined) throw new Error(`not a time: ${text}`);
  return { seconds: Date.parse(`${whole}Z`) / 1000, nanos: Number(fraction.padEnd(9, '0')) };
}

/** Nanoseconds, as Go writes a duration. */
export function parseSeconds(nanoseconds: string): number {
  return Number(BigInt(nanoseconds) / 1_000_000_000n);
}

export function parseValidators(crypto: Crypto, { validators }: ValidatorsJson): ValidatorSet {
  return validatorSet(
    crypto,
    validators.map(({ pub_key, voting_power }) => {
      if (pub_key.type !== 'tendermint/PubKeyEd25519') throw new Error(`unknown key type ${pub_key.type}`);
      return { publicKey: base64(pub_key.value), votingPower: Number(voting_power) };
    }),
  );
}

export function parseSignedHeader({ header, commit }: SignedHeaderJson): SignedHeader {
  return { header: parseHeader(header), commit: parseCommit(commit) };
}

export function parseLightBlock(crypto: Crypto, block: LightBlockJson): LightBlock {
  return {
    ...parseSignedHeader(block.signed_header),
    validators: parseValidators(crypto, block.validator_set),
    nextValidators: parseValidators(crypto, block.next_validator_set),
  };
}

/**
 * The bisection vectors are hashed and signed in the amino encoding of Tendermint 0.33, which no version of CometBFT
 * speaks. This keeps what they say (heights, times, who validates with which power, who signed what) and hashes and
 * signs it anew in the encoding of today, with a key of ours in the place of each validator's.
 */
export function transcodeLightBlock(crypto: Crypto, json: LightBlockJson): LightBlock {
  const given = parseSignedHeader(json.signed_header);
  const validators = transcodeValidators(crypto, json.validator_set);
  const nextValidators = transcodeValidators(crypto, json.next_validator_set);
  const header: Header = {
    ...given.header,
    validatorsHash: hashValidators(crypto, validators),
    nextValidatorsHash: hashValidators(crypto, nextValidators),
  };
  const { height, round } = given.commit;
  const { partSetHeader } = given.commit.blockId;
  const blockId: BlockId = { hash: hashHeader(crypto, header), partSetHeader };
  const sigByKey = new Map(
    json.validator_set.validators.map(({ pub_key }, index): [string, CommitSig | undefined] => {
      const seed = replacementSeed(crypto, pub_key.value);
      const sig = given.commit.signatures[index];
      if (sig === undefined || sig.flag === 'absent') return [toHex(crypto.ed25519PublicKey(seed)), sig];
      const vote = { chainId: header.chainId, height, round, timestamp: sig.timestamp };
      const votedFor = sig.flag === 'commit' ? blockId : NIL_BLOCK_ID;
      return [toHex(crypto.ed25519PublicKey(seed)), signPrecommit(crypto, seed, { ...vote, blockId: votedFor })];
    }),
  );
  const signatures = validators.validators.map(({ publicKey }): CommitSig => {
    return sigByKey.get(toHex(publicKey)) ?? { flag: 'absent' };
  });
  return { header, commit: { height, round, blockId, signatures }, validators, nextValidators };
}

function transcodeValidators(crypto: Crypto, { validators }: ValidatorsJson): ValidatorSet {
  return validatorSet(
    crypto,
    validators.map(({ pub_key, voting_power }) => ({
      publicKey: crypto.ed25519PublicKey(replacementSeed(crypto, pub_key.value)),
      votingPower: Number(voting_power),
    })),
  );
}

function replacementSeed(crypto: Crypto, publicKey: string): Uint8Array {
  return crypto.sha256(base64(publicKey));
}

function parseHeader(json: SignedHeaderJson['header']): Header {
  const hash = (name: string): Uint8Array => fromHex(json[name] ?? '');
  return {
    version: { block: Number(json.version.block), app: Number(json.version.app) },
    chainId: json['chain_id'] ?? '',
    height: Number(json['height']),
    time: parseTime(json['time'] ?? ''),
    lastBlockId: json.last_block_id === null ? NIL_BLOCK_ID : parseBlockId(json.last_block_id),
    lastCommitHash: hash('last_commit_hash'),
    dataHash: hash('data_hash'),
    validatorsHash: hash('validators_hash'),
    nextValidatorsHash: hash('next_validators_hash'),
    consensusHash: hash('consensus_hash'),
    appHash: hash('app_hash'),
    lastResultsHash: hash('last_results_hash'),
    evidenceHash: hash('evidence_hash'),
    proposerAddress: hash('proposer_address'),
  };
}

function parseCommit({ height, round, block_id, signatures }: SignedHeaderJson['commit']): Commit {
  return {
    height: Number(height),
    round,
    blockId: parseBlockId(block_id),
    signatures: (signatures ?? []).map((sig): CommitSig => {
      if (sig.block_id_flag === 1) return { flag: 'absent' };
      return {
        flag: sig.block_id_flag === 2 ? 'commit' : 'nil',
        validatorAddress: fromHex(sig.validator_address),
        timestamp: parseTime(sig.timestamp),
        signature: base64(sig.signature ?? ''),
      };
    }),
  };
}

function parseBlockId({ hash, part_set_header }: BlockIdJson): BlockId {
  return {
    hash: fromHex(hash),
    partSetHeader: { total: Number(part_set_header.total), hash: fromHex(part_set_header.hash) },
  };
}

function base64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
