import { ProtobufWriter } from '../../primitives/protobuf-writer.js';

/** What gossip splits a block into: number of parts and root of the Merkle tree over them. */
export interface PartSetHeader {
  readonly total: number;
  /** 32 bytes, empty in the nil block id. */
  readonly hash: Uint8Array;
}

/** Names a block by the hash of its header and by the hash of all its bytes. */
export interface BlockId {
  /** Header hash: 32 bytes, empty in the nil block id. */
  readonly hash: Uint8Array;
  readonly partSetHeader: PartSetHeader;
}

/** What precedes the first block, and what a vote for nil names. */
export const NIL_BLOCK_ID: BlockId = {
  hash: new Uint8Array(0),
  partSetHeader: { total: 0, hash: new Uint8Array(0) },
};

export function isNilBlockId({ hash, partSetHeader }: BlockId): boolean {
  return hash.length === 0 && partSetHeader.total === 0 && partSetHeader.hash.length === 0;
}

/** Protobuf `BlockID`; `CanonicalBlockID` has the same bytes. */
export function encodeBlockId({ hash, partSetHeader }: BlockId): Uint8Array {
  const parts = new ProtobufWriter().uint(1, partSetHeader.total).bytes(2, partSetHeader.hash).finish();
  return new ProtobufWriter().bytes(1, hash).message(2, parts).finish();
}
