import type { Crypto } from '../../primitives/crypto.js';
import { merkleRoot } from '../../primitives/merkle-log.js';
import { ProtobufWriter } from '../../primitives/protobuf-writer.js';
import type { BlockId } from './block-id.js';
import { encodeCommit, hashCommit, type Commit } from './commit.js';
import { hashConsensusParams, type HashedParams } from './consensus-params.js';
import { hashTransactions } from './data.js';
import { BLOCK_PROTOCOL, encodeHeader, hashHeader, type Header } from './header.js';
import { partSetHeader } from './part-set.js';
import type { Timestamp } from './timestamp.js';
import { hashValidators, type ValidatorSet } from './validator-set.js';

/** A block without evidence of misbehaviour, which only several validators can produce. */
export interface Block {
  readonly header: Header;
  readonly transactions: readonly Uint8Array[];
  /** Commit of the previous block; the empty commit in the first block. */
  readonly lastCommit: Commit;
}

/** What decides the next block. */
export interface BlockContent {
  readonly appVersion: number;
  readonly chainId: string;
  readonly height: number;
  /** After the time of the previous block. */
  readonly time: Timestamp;
  /** The nil block id in the first block. */
  readonly lastBlockId: BlockId;
  readonly lastCommit: Commit;
  readonly transactions: readonly Uint8Array[];
  /** Set that signs this block. */
  readonly validators: ValidatorSet;
  /** Set that signs the next one. */
  readonly nextValidators: ValidatorSet;
  readonly consensusParams: HashedParams;
  /** State root after the previous block; after InitChain in the first block. */
  readonly appHash: Uint8Array;
  /** `hashResults` of the previous block; of no results in the first block. */
  readonly lastResultsHash: Uint8Array;
  readonly proposerAddress: Uint8Array;
}

/** Builds a block whose header commits to all the rest, as CometBFT's `MakeBlock` does. */
export function makeBlock(crypto: Crypto, content: BlockContent): Block {
  const { appVersion, lastCommit, transactions, validators, nextValidators, consensusParams, ...fields } = content;
  const header: Header = {
    ...fields,
    version: { block: BLOCK_PROTOCOL, app: appVersion },
    lastCommitHash: hashCommit(crypto, lastCommit),
    dataHash: hashTransactions(crypto, transactions),
    validatorsHash: hashValidators(crypto, validators),
    nextValidatorsHash: hashValidators(crypto, nextValidators),
    consensusHash: hashConsensusParams(crypto, consensusParams),
    evidenceHash: merkleRoot(crypto, []),
  };
  return { header, transactions, lastCommit };
}

/** Protobuf `Block`. */
export function encodeBlock({ header, transactions, lastCommit }: Block): Uint8Array {
  const data = new ProtobufWriter();
  for (const transaction of transactions) data.message(1, transaction);
  const noEvidence = new Uint8Array(0);
  return new ProtobufWriter()
    .message(1, encodeHeader(header))
    .message(2, data.finish())
    .message(3, noEvidence)
    .message(4, encodeCommit(lastCommit))
    .finish();
}

/** What validators vote for. */
export function blockIdOf(crypto: Crypto, block: Block): BlockId {
  return { hash: hashHeader(crypto, block.header), partSetHeader: partSetHeader(crypto, encodeBlock(block)) };
}
