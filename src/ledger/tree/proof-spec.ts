import { LEAF_PREFIX } from './node-hash.js';

/** Hash functions of ICS23 (`proofs.proto`, enum HashOp). */
export const HASH_OP = { noHash: 0, sha256: 1 } as const;

/** How ICS23 writes the length of a leaf's key and value (`proofs.proto`, enum LengthOp). */
export const LENGTH_OP = { noPrefix: 0, varProto: 1, require32Bytes: 7 } as const;

/** Shape of a leaf: hash(prefix ‖ length(prehash(key)) ‖ length(prehash(value))). */
export interface LeafSpec {
  readonly hash: number;
  readonly prehashKey: number;
  readonly prehashValue: number;
  readonly length: number;
  /** What a leaf's prefix begins with. */
  readonly prefix: Uint8Array;
  /** Length of a leaf's whole prefix, at most. */
  readonly maxPrefixLength: number;
}

/** Shape of an inner node of two children: hash(prefix ‖ left ‖ right). */
export interface InnerSpec {
  /** Bytes of a child hash with its own length, if it has one. */
  readonly childSize: number;
  readonly minPrefixLength: number;
  readonly maxPrefixLength: number;
  /** Stands for an absent child; empty where a node has no absent children. */
  readonly emptyChild: Uint8Array;
  readonly hash: number;
}

/** What a proof has to look like (`proofs.proto`, ProofSpec), for binary trees. */
export interface ProofSpec {
  readonly leafSpec: LeafSpec;
  readonly innerSpec: InnerSpec;
  /** Fewest and most inner nodes on a path. */
  readonly minDepth: number;
  readonly maxDepth: number;
  /** Keys are in the order of their prehashes, not of themselves. */
  readonly prehashKeyBeforeComparison: boolean;
}

/** The state tree, see `node-hash.ts`: keys and values of its proofs are hashes already. */
export const STATE_PROOF_SPEC: ProofSpec = {
  leafSpec: {
    hash: HASH_OP.sha256,
    prehashKey: HASH_OP.noHash,
    prehashValue: HASH_OP.noHash,
    length: LENGTH_OP.require32Bytes,
    prefix: new Uint8Array([LEAF_PREFIX]),
    maxPrefixLength: 1,
  },
  innerSpec: {
    childSize: 32,
    minPrefixLength: 1,
    maxPrefixLength: 1,
    emptyChild: new Uint8Array(0),
    hash: HASH_OP.sha256,
  },
  minDepth: 0,
  maxDepth: 256,
  prehashKeyBeforeComparison: false,
};
