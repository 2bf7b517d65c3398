import type { Crypto } from '../../primitives/crypto.js';
import { ProtobufWriter } from '../../primitives/protobuf-writer.js';

/** The consensus parameters that the header's hash covers. */
export interface HashedParams {
  /** Most bytes of a block, 1 to 104,857,600; −1: no limit below that. */
  readonly blockBytesMax: number;
  /** −1: no limit. */
  readonly blockGasMax: number;
}

/** SHA-256 of protobuf `HashedParams` (`ConsensusParams.Hash`): CometBFT hashes these two parameters only. */
export function hashConsensusParams(crypto: Crypto, { blockBytesMax, blockGasMax }: HashedParams): Uint8Array {
  return crypto.sha256(new ProtobufWriter().int(1, blockBytesMax).int(2, blockGasMax).finish());
}
