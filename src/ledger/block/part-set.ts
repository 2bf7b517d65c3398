import type { Crypto } from '../../primitives/crypto.js';
import { merkleRoot } from '../../primitives/merkle-log.js';
import type { PartSetHeader } from './block-id.js';

/** `BlockPartSizeBytes` of CometBFT. */
export const PART_BYTES = 65_536;

/** Splits the encoded block as gossip does and hashes the parts (`NewPartSetFromData`). */
export function partSetHeader(crypto: Crypto, blockBytes: Uint8Array): PartSetHeader {
  const parts: Uint8Array[] = [];
  for (let start = 0; start < blockBytes.length; start += PART_BYTES) {
    parts.push(blockBytes.subarray(start, start + PART_BYTES));
  }
  return { total: parts.length, hash: merkleRoot(crypto, parts) };
}
