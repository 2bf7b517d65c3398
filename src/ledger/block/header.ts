import { utf8ToBytes } from '../../primitives/bytes.js';
import type { Crypto } from '../../primitives/crypto.js';
import { merkleRoot } from '../../primitives/merkle-log.js';
import { ProtobufWriter } from '../../primitives/protobuf-writer.js';
import { encodeBlockId, type BlockId } from './block-id.js';
import { encodeTimestamp, type Timestamp } from './timestamp.js';

/** CometBFT's block protocol, `version.BlockProtocol` of v0.38. */
export const BLOCK_PROTOCOL = 11;

/**
 * CometBFT's block header (`types/block.go`). Hashes are 32 bytes, or empty where the chain has none; the state after
 * block H and the results of block H stand in the header of H + 1.
 */
export interface Header {
  readonly version: { readonly block: number; readonly app: number };
  readonly chainId: string;
  readonly height: number;
  readonly time: Timestamp;
  readonly lastBlockId: BlockId;
  /** Hash of the commit of the previous block. */
  readonly lastCommitHash: Uint8Array;
  /** Root over the transactions of this block. */
  readonly dataHash: Uint8Array;
  /** Set that signs this block. */
  readonly validatorsHash: Uint8Array;
  /** Set that signs the next block. */
  readonly nextValidatorsHash: Uint8Array;
  readonly consensusHash: Uint8Array;
  /** State root after the previous block. */
  readonly appHash: Uint8Array;
  /** Root over the results of the previous block. */
  readonly lastResultsHash: Uint8Array;
  readonly evidenceHash: Uint8Array;
  /** 20 bytes. */
  readonly proposerAddress: Uint8Array;
}

/** Merkle root over the fourteen encoded fields (`Header.Hash`), so that one field can be proved alone. */
export function hashHeader(crypto: Crypto, header: Header): Uint8Array {
  return merkleRoot(crypto, [
    encodeVersion(header.version),
    wrapBytes(utf8ToBytes(header.chainId)),
    new ProtobufWriter().int(1, header.height).finish(),
    encodeTimestamp(header.time),
    encodeBlockId(header.lastBlockId),
    wrapBytes(header.lastCommitHash),
    wrapBytes(header.dataHash),
    wrapBytes(header.validatorsHash),
    wrapBytes(header.nextValidatorsHash),
    wrapBytes(header.consensusHash),
    wrapBytes(header.appHash),
    wrapBytes(header.lastResultsHash),
    wrapBytes(header.evidenceHash),
    wrapBytes(header.proposerAddress),
  ]);
}

/** Protobuf `Header`, as it stands in a block. */
export function encodeHeader(header: Header): Uint8Array {
  return new ProtobufWriter()
    .message(1, encodeVersion(header.version))
    .bytes(2, utf8ToBytes(header.chainId))
    .int(3, header.height)
    .message(4, encodeTimestamp(header.time))
    .message(5, encodeBlockId(header.lastBlockId))
    .bytes(6, header.lastCommitHash)
    .bytes(7, header.dataHash)
    .bytes(8, header.validatorsHash)
    .bytes(9, header.nextValidatorsHash)
    .bytes(10, header.consensusHash)
    .bytes(11, header.appHash)
    .bytes(12, header.lastResultsHash)
    .bytes(13, header.evidenceHash)
    .bytes(14, header.proposerAddress)
    .finish();
}

function encodeVersion({ block, app }: Header['version']): Uint8Array {
  return new ProtobufWriter().uint(1, block).uint(2, app).finish();
}

/** `google.protobuf.BytesValue`, whose bytes `StringValue` shares; empty for empty. */
function wrapBytes(value: Uint8Array): Uint8Array {
  return new ProtobufWriter().bytes(1, value).finish();
}
