import { equalBytes } from '../../primitives/bytes.js';
import type { Crypto } from '../../primitives/crypto.js';
import { merkleRoot } from '../../primitives/merkle-log.js';
import { ProtobufWriter } from '../../primitives/protobuf-writer.js';
import { branchOf, rootOfBranch, type Branch } from './branch.js';

/** The part of ABCI's `ExecTxResult` that consensus covers. */
export interface HashedResult {
  /** 0 for success, below 2^32. */
  readonly code: number;
  readonly data: Uint8Array;
  readonly gasWanted: number;
  readonly gasUsed: number;
}

/** Merkle root over the results of a block (`TxResultsHash`): the `lastResultsHash` of the next header. */
export function hashResults(crypto: Crypto, results: readonly HashedResult[]): Uint8Array {
  return merkleRoot(crypto, results.map(encodeResult));
}

/** @throws CairnError `merkle.out-of-range` if there is no result with this index. */
export function proveResult(crypto: Crypto, results: readonly HashedResult[], index: number): Branch {
  return branchOf(crypto, results.map(encodeResult), index);
}

/** Whether the block before the header with this `lastResultsHash` had the result. */
export function verifyResult(
  crypto: Crypto,
  lastResultsHash: Uint8Array,
  result: HashedResult,
  branch: Branch,
): boolean {
  return equalBytes(rootOfBranch(crypto, encodeResult(result), branch), lastResultsHash);
}

/** Protobuf `ExecTxResult`, reduced to its deterministic fields. */
function encodeResult({ code, data, gasWanted, gasUsed }: HashedResult): Uint8Array {
  return new ProtobufWriter().uint(1, code).bytes(2, data).int(5, gasWanted).int(6, gasUsed).finish();
}
