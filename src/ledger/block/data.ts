import { equalBytes } from '../../primitives/bytes.js';
import type { Crypto } from '../../primitives/crypto.js';
import { merkleRoot } from '../../primitives/merkle-log.js';
import { branchOf, rootOfBranch, type Branch } from './branch.js';

/** Merkle root over the SHA-256 of each transaction (`Txs.Hash`): the `dataHash` of their header. */
export function hashTransactions(crypto: Crypto, transactions: readonly Uint8Array[]): Uint8Array {
  return merkleRoot(crypto, leavesOf(crypto, transactions));
}

/** @throws CairnError `merkle.out-of-range` if there is no transaction with this index. */
export function proveTransaction(crypto: Crypto, transactions: readonly Uint8Array[], index: number): Branch {
  return branchOf(crypto, leavesOf(crypto, transactions), index);
}

/** Whether the transaction is in the block with this `dataHash`. */
export function verifyTransaction(
  crypto: Crypto,
  dataHash: Uint8Array,
  transaction: Uint8Array,
  branch: Branch,
): boolean {
  return equalBytes(rootOfBranch(crypto, crypto.sha256(transaction), branch), dataHash);
}

function leavesOf(crypto: Crypto, transactions: readonly Uint8Array[]): Uint8Array[] {
  return transactions.map((transaction) => crypto.sha256(transaction));
}
