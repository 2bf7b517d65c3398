import { Block as ProtoBlock } from 'cosmjs-types/tendermint/types/block';
import { HashedParams as ProtoHashedParams } from 'cosmjs-types/tendermint/types/params';
import { Commit as ProtoCommit, Header as ProtoHeader } from 'cosmjs-types/tendermint/types/types';
import { BlockIDFlag, SimpleValidator } from 'cosmjs-types/tendermint/types/validator';
import { ExecTxResult } from 'cosmjs-types/tendermint/abci/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lightChain, testValidators } from '../../../test/support/light-chain.js';
import { nodeCrypto as crypto } from '../../platform/node-crypto.js';
import { toHex, utf8ToBytes } from '../../primitives/bytes.js';
import { merkleRoot } from '../../primitives/merkle-log.js';
import { NIL_BLOCK_ID, type BlockId } from './block-id.js';
import { blockIdOf, encodeBlock, makeBlock } from './block.js';
import { EMPTY_COMMIT, encodeCommit, hashCommit, type Commit, type CommitSig } from './commit.js';
import { hashConsensusParams } from './consensus-params.js';
import { encodeHeader, hashHeader, type Header } from './header.js';
import { PART_BYTES, partSetHeader } from './part-set.js';
import { hashResults } from './results.js';
import { TIMESTAMP_SECONDS_MAX, TIMESTAMP_SECONDS_MIN, ZERO_TIME } from './timestamp.js';
import { hashValidators } from './validator-set.js';
import { precommitSignBytes } from './vote.js';

const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const address = fc.uint8Array({ minLength: 20, maxLength: 20 });
/** cosmjs-types 0.11.0 truncates 64-bit varints from 2^31 to 2^32 - 1; protobuf-writer.test.ts covers those. */
const isWrittenRight = (value: number): boolean => value < 2 ** 31 || value >= 2 ** 32;
const int64 = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max }).filter(isWrittenRight);
const height = int64(1, Number.MAX_SAFE_INTEGER);
const timestamp = fc.record({
  seconds: int64(TIMESTAMP_SECONDS_MIN, TIMESTAMP_SECONDS_MAX),
  nanos: fc.integer({ min: 0, max: 999_999_999 }),
});
const blockId: fc.Arbitrary<BlockId> = fc.oneof(
  fc.constant(NIL_BLOCK_ID),
  fc.record({ hash, partSetHeader: fc.record({ total: fc.integer({ min: 1, max: 2 ** 32 - 1 }), hash }) }),
);
const header: fc.Arbitrary<Header> = fc.record({
  version: fc.record({ block: fc.nat(), app: fc.nat() }),
  chainId: fc.stringMatching(/^[a-z0-9-]{1,50}$/),
  height,
  time: timestamp,
  lastBlockId: blockId,
  lastCommitHash: hash,
  dataHash: hash,
  validatorsHash: hash,
  nextValidatorsHash: hash,
  consensusHash: hash,
  appHash: hash,
  lastResultsHash: hash,
  evidenceHash: hash,
  proposerAddress: address,
});
const commitSig: fc.Arbitrary<CommitSig> = fc.oneof(
  fc.constant<CommitSig>({ flag: 'absent' }),
  fc.record({
    flag: fc.constantFrom('commit' as const, 'nil' as const),
    validatorAddress: address,
    timestamp,
    signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
  }),
);
const commit: fc.Arbitrary<Commit> = fc.record({
  height,
  round: fc.nat(),
  blockId,
  signatures: fc.array(commitSig, { maxLength: 5 }),
});

describe('header', () => {
  it('has the hash that CometBFT has (TestHeaderHash)', () => {
    const sum = (text: string): Uint8Array => crypto.sha256(utf8ToBytes(text));
    const known: Header = {
      version: { block: 1, app: 2 },
      chainId: 'chainId',
      height: 3,
      time: { seconds: Date.UTC(2019, 9, 13, 16, 14, 44) / 1000, nanos: 0 },
      lastBlockId: { hash: new Uint8Array(32), partSetHeader: { total: 6, hash: new Uint8Array(32) } },
      lastCommitHash: sum('last_commit_hash'),
      dataHash: sum('data_hash'),
      validatorsHash: sum('validators_hash'),
      nextValidatorsHash: sum('next_validators_hash'),
      consensusHash: sum('consensus_hash'),
      appHash: sum('app_hash'),
      lastResultsHash: sum('last_results_hash'),
      evidenceHash: sum('evidence_hash'),
      proposerAddress: sum('proposer_address').slice(0, 20),
    };
    expect(toHex(hashHeader(crypto, known))).toBe('f740121f553b5418c3efbd343c2dbfe9e007bb67b0d020a0741374bab65242a4');
  });

  it('is encoded as cosmjs-types does', () => {
    fc.assert(
      fc.property(header, (value) => {
        expect(encodeHeader(value)).toEqual(ProtoHeader.encode(protoHeader(value)).finish());
      }),
    );
  });
});

describe('commit', () => {
  it('is encoded as cosmjs-types does', () => {
    fc.assert(
      fc.property(commit, (value) => {
        expect(encodeCommit(value)).toEqual(ProtoCommit.encode(protoCommit(value)).finish());
      }),
    );
  });

  it('of no votes has the hash of no leaves', () => {
    expect(toHex(hashCommit(crypto, EMPTY_COMMIT))).toBe(EMPTY_HASH);
  });
});

describe('block', () => {
  it('is encoded as cosmjs-types does', () => {
    fc.assert(
      fc.property(header, fc.array(fc.uint8Array()), commit, (head, transactions, lastCommit) => {
        const expected = ProtoBlock.encode({
          header: protoHeader(head),
          data: { txs: transactions },
          evidence: { evidence: [] },
          lastCommit: protoCommit(lastCommit),
        }).finish();
        expect(encodeBlock({ header: head, transactions, lastCommit })).toEqual(expected);
      }),
    );
  });

  it('commits to its content', () => {
    const validators = testValidators(crypto, [1]);
    const block = makeBlock(crypto, {
      appVersion: 1,
      chainId: 'test-chain',
      height: 1,
      time: { seconds: 1_800_000_000, nanos: 0 },
      lastBlockId: NIL_BLOCK_ID,
      lastCommit: EMPTY_COMMIT,
      transactions: [],
      validators,
      nextValidators: validators,
      consensusParams: { blockBytesMax: 22_020_096, blockGasMax: -1 },
      appHash: new Uint8Array(32),
      lastResultsHash: hashResults(crypto, []),
      proposerAddress: new Uint8Array(20),
    });
    for (const name of ['lastCommitHash', 'dataHash', 'evidenceHash', 'lastResultsHash'] as const) {
      expect(toHex(block.header[name])).toBe(EMPTY_HASH);
    }
    // The hash of CometBFT's default parameters stands in the first header of most chains.
    expect(toHex(block.header.consensusHash)).toBe('048091bc7ddc283f77bfbf91d73c44da58c3df8a9cbc867405d8b7f3daada22f');
    expect(blockIdOf(crypto, block).hash).toEqual(hashHeader(crypto, block.header));
  });

  it('is split into parts of 64 KiB', () => {
    const bytes = new Uint8Array(2 * PART_BYTES + 1).fill(7);
    const parts = [bytes.slice(0, PART_BYTES), bytes.slice(PART_BYTES, 2 * PART_BYTES), bytes.slice(2 * PART_BYTES)];
    expect(partSetHeader(crypto, bytes)).toEqual({ total: 3, hash: merkleRoot(crypto, parts) });
    expect(partSetHeader(crypto, bytes.slice(0, PART_BYTES)).total).toBe(1);
  });

  it('links to the one before', () => {
    const [first, second] = lightChain(crypto, { length: 2 });
    expect(second?.header.lastBlockId).toEqual(first?.commit.blockId);
    expect(second?.header.lastCommitHash).toEqual(first && hashCommit(crypto, first.commit));
  });
});

describe('precommit', () => {
  it('is signed over the bytes that CometBFT signs (TestVoteSignBytesTestVectors)', () => {
    const vote = { chainId: '', height: 1, round: 1, blockId: NIL_BLOCK_ID, timestamp: ZERO_TIME };
    const one = '0100000000000000';
    expect(toHex(precommitSignBytes(vote))).toBe(`21080211${one}19${one}2a0b088092b8c398feffffff01`);
    expect(toHex(precommitSignBytes({ ...vote, chainId: 'test_chain_id' }))).toBe(
      `30080211${one}19${one}2a0b088092b8c398feffffff01320d${toHex(utf8ToBytes('test_chain_id'))}`,
    );
    expect(toHex(precommitSignBytes({ ...vote, height: 0, round: 0 }))).toBe('0f08022a0b088092b8c398feffffff01');
  });
});

describe('hashes over what cosmjs-types encodes', () => {
  it('agree for validator sets', () => {
    const set = testValidators(crypto, [1, 2, 3]);
    const leaves = set.validators.map(({ publicKey, votingPower }) =>
      SimpleValidator.encode({ pubKey: { ed25519: publicKey }, votingPower: BigInt(votingPower) }).finish(),
    );
    expect(hashValidators(crypto, set)).toEqual(merkleRoot(crypto, leaves));
  });

  it('agree for results', () => {
    const result = fc.record({
      code: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      data: fc.uint8Array(),
      gasWanted: int64(0, Number.MAX_SAFE_INTEGER),
      gasUsed: int64(0, Number.MAX_SAFE_INTEGER),
    });
    fc.assert(
      fc.property(fc.array(result, { maxLength: 5 }), (results) => {
        const leaves = results.map(({ code, data, gasWanted, gasUsed }) =>
          ExecTxResult.encode(
            ExecTxResult.fromPartial({ code, data, gasWanted: BigInt(gasWanted), gasUsed: BigInt(gasUsed) }),
          ).finish(),
        );
        expect(hashResults(crypto, results)).toEqual(merkleRoot(crypto, leaves));
      }),
    );
  });

  it('agree for consensus parameters', () => {
    const encoded = ProtoHashedParams.encode({ blockMaxBytes: 4_194_304n, blockMaxGas: -1n }).finish();
    expect(hashConsensusParams(crypto, { blockBytesMax: 4_194_304, blockGasMax: -1 })).toEqual(crypto.sha256(encoded));
  });
});

function protoHeader({ version, time, lastBlockId, height: at, ...rest }: Header): ProtoHeader {
  return {
    ...rest,
    version: { block: BigInt(version.block), app: BigInt(version.app) },
    height: BigInt(at),
    time: { seconds: BigInt(time.seconds), nanos: time.nanos },
    lastBlockId,
  };
}

function protoCommit({ height: at, round, blockId: of, signatures }: Commit): ProtoCommit {
  return {
    height: BigInt(at),
    round,
    blockId: of,
    signatures: signatures.map((sig) => {
      const time = sig.flag === 'absent' ? ZERO_TIME : sig.timestamp;
      return {
        blockIdFlag: BLOCK_ID_FLAGS[sig.flag],
        validatorAddress: sig.flag === 'absent' ? new Uint8Array(0) : sig.validatorAddress,
        timestamp: { seconds: BigInt(time.seconds), nanos: time.nanos },
        signature: sig.flag === 'absent' ? new Uint8Array(0) : sig.signature,
      };
    }),
  };
}

const BLOCK_ID_FLAGS = {
  absent: BlockIDFlag.BLOCK_ID_FLAG_ABSENT,
  commit: BlockIDFlag.BLOCK_ID_FLAG_COMMIT,
  nil: BlockIDFlag.BLOCK_ID_FLAG_NIL,
};
