import { utf8ToBytes } from '../../primitives/bytes.js';
import { ProtobufWriter } from '../../primitives/protobuf-writer.js';
import { encodeBlockId, isNilBlockId, type BlockId } from './block-id.js';
import { encodeTimestamp, type Timestamp } from './timestamp.js';

/** `SignedMsgType` of CometBFT. */
const PRECOMMIT = 2;

/** A validator's second vote of a round, the one that a commit is made of. */
export interface Precommit {
  readonly chainId: string;
  readonly height: number;
  readonly round: number;
  /** The nil block id for a vote against every block of the round. */
  readonly blockId: BlockId;
  /** The validator's own clock. */
  readonly timestamp: Timestamp;
}

/**
 * What the validator signs: protobuf `CanonicalVote` after its length. Height and round have fixed width, so that a
 * signing device can read them at a fixed place. A vote for nil carries no block id.
 */
export function precommitSignBytes({ chainId, height, round, blockId, timestamp }: Precommit): Uint8Array {
  const vote = new ProtobufWriter().uint(1, PRECOMMIT).sfixed64(2, height).sfixed64(3, round);
  if (!isNilBlockId(blockId)) vote.message(4, encodeBlockId(blockId));
  vote.message(5, encodeTimestamp(timestamp)).bytes(6, utf8ToBytes(chainId));
  return new ProtobufWriter().delimited(vote.finish()).finish();
}
