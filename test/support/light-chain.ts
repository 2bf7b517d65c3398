import type { Crypto } from '../../src/primitives/crypto.js';
import { NIL_BLOCK_ID, type BlockId } from '../../src/ledger/block/block-id.js';
import type { LightBlockProvider } from '../../src/ledger/block/bisection.js';
import { blockIdOf, makeBlock } from '../../src/ledger/block/block.js';
import { EMPTY_COMMIT, signPrecommit, type Commit, type CommitSig } from '../../src/ledger/block/commit.js';
import { hashHeader, type Header } from '../../src/ledger/block/header.js';
import type { LightBlock } from '../../src/ledger/block/light-client.js';
import { hashResults } from '../../src/ledger/block/results.js';
import { validatorAddress, validatorSet, type ValidatorSet } from '../../src/ledger/block/validator-set.js';

export const TEST_CHAIN_ID = 'test-chain';
/** Time of the first block, Unix seconds; a block follows every ten seconds. */
export const TEST_GENESIS_TIME = 1_800_000_000;

export interface LightChainOptions {
  readonly length: number;
  /** Which validators sign the block of a height: numbers from 0 to 255; every one has power 10. */
  readonly signersAt?: (height: number) => readonly number[];
  /** Continues another chain from its block of this height on, with other content. */
  readonly fork?: { readonly from: readonly LightBlock[]; readonly height: number };
}

export function testSeed(id: number): Uint8Array {
  return new Uint8Array(32).fill(id);
}

export function testValidators(crypto: Crypto, ids: readonly number[]): ValidatorSet {
  return validatorSet(
    crypto,
    ids.map((id) => ({ publicKey: crypto.ed25519PublicKey(testSeed(id)), votingPower: 10 })),
  );
}

/** A chain of signed blocks from height 1, each with one transaction. */
export function lightChain(crypto: Crypto, options: LightChainOptions): LightBlock[] {
  const { length, signersAt = () => [1, 2, 3, 4], fork } = options;
  const blocks = fork === undefined ? [] : fork.from.slice(0, fork.height - 1);
  for (let height = blocks.length + 1; height <= length; height++) {
    const previous = blocks.at(-1);
    const validators = testValidators(crypto, signersAt(height));
    const nextValidators = testValidators(crypto, signersAt(height + 1));
    const block = makeBlock(crypto, {
      appVersion: 1,
      chainId: TEST_CHAIN_ID,
      height,
      time: { seconds: TEST_GENESIS_TIME + 10 * (height - 1), nanos: 5 },
      lastBlockId: previous?.commit.blockId ?? NIL_BLOCK_ID,
      lastCommit: previous?.commit ?? EMPTY_COMMIT,
      transactions: [Uint8Array.of(height, fork === undefined ? 0 : 1)],
      validators,
      nextValidators,
      consensusParams: { blockBytesMax: 4_194_304, blockGasMax: -1 },
      appHash: crypto.sha256(Uint8Array.of(height)),
      lastResultsHash: hashResults(crypto, []),
      proposerAddress: validators.validators[0]?.address ?? new Uint8Array(20),
    });
    const commit = commitFor(crypto, block.header, signersAt(height), blockIdOf(crypto, block));
    blocks.push({ header: block.header, commit, validators, nextValidators });
  }
  return blocks;
}

/** The commit of a header by validators of {@link testValidators}, by default all of the set for the header. */
export function commitFor(
  crypto: Crypto,
  header: Header,
  ids: readonly number[],
  blockId: BlockId = {
    hash: hashHeader(crypto, header),
    partSetHeader: { total: 1, hash: crypto.sha256(new Uint8Array(0)) },
  },
  votes: (id: number) => 'commit' | 'nil' | 'absent' = () => 'commit',
): Commit {
  const { chainId, height } = header;
  const signatures = testValidators(crypto, ids).validators.map(({ address }): CommitSig => {
    const id = ids.find((candidate) => isAddressOf(crypto, candidate, address)) ?? 0;
    const vote = votes(id);
    if (vote === 'absent') return { flag: 'absent' };
    const timestamp = { seconds: header.time.seconds + 1, nanos: id };
    const votedFor = vote === 'commit' ? blockId : NIL_BLOCK_ID;
    return signPrecommit(crypto, testSeed(id), { chainId, height, round: 0, blockId: votedFor, timestamp });
  });
  return { height, round: 0, blockId, signatures };
}

function isAddressOf(crypto: Crypto, id: number, address: Uint8Array): boolean {
  return Buffer.compare(validatorAddress(crypto, crypto.ed25519PublicKey(testSeed(id))), address) === 0;
}

/** A node that has these blocks and keeps count of what it was asked for. */
export function providerOf(blocks: readonly LightBlock[]): LightBlockProvider & { readonly asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    lightBlock: (height) => {
      asked.push(height);
      return Promise.resolve(blocks[height - 1]);
    },
  };
}
