/*
 * An ICS23 verifier for binary trees hashed with SHA-256. Stricter than the specification asks: one encoding, and each
 * step has to be a left or a right child to the byte. It says which check failed, because "no" helps nobody.
 */
import { compareBytes, concatBytes, equalBytes } from '../../primitives/bytes.js';
import type { Crypto } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import { decodeCommitmentProof, type ExistenceProof, type InnerOp, type LeafOp } from './ics23.js';
import { HASH_OP, LENGTH_OP, type InnerSpec, type LeafSpec, type ProofSpec } from './proof-spec.js';

type Sha256 = Pick<Crypto, 'sha256'>;
type Side = 'left' | 'right';

/**
 * ICS23 verifyMembership for a proof of one key: `key` has `value` under `root`.
 * @throws CairnError `proof.malformed`, or `proof.invalid` for anything else that is wrong with it.
 */
export function verifyMembership(
  crypto: Sha256,
  spec: ProofSpec,
  claim: {
    readonly root: Uint8Array;
    readonly key: Uint8Array;
    readonly value: Uint8Array;
    readonly proof: Uint8Array;
  },
): void {
  const proof = decodeCommitmentProof(claim.proof);
  if (proof.kind !== 'exist') throw proofError('it is a proof of absence');
  if (!equalBytes(proof.exist.key, claim.key)) throw proofError('it is about another key');
  if (!equalBytes(proof.exist.value, claim.value)) throw proofError('it is about another value of this key');
  verifyExistence(crypto, spec, claim.root, proof.exist);
}

/**
 * ICS23 verifyNonMembership for a proof of one key: `key` is not under `root`.
 * @throws CairnError `proof.malformed`, or `proof.invalid` for anything else that is wrong with it.
 */
export function verifyNonMembership(
  crypto: Sha256,
  spec: ProofSpec,
  claim: { readonly root: Uint8Array; readonly key: Uint8Array; readonly proof: Uint8Array },
): void {
  const proof = decodeCommitmentProof(claim.proof);
  if (proof.kind !== 'nonexist') throw proofError('it is a proof of presence');
  const { key, left, right } = proof.nonexist;
  const place = (bytes: Uint8Array): Uint8Array =>
    spec.prehashKeyBeforeComparison ? hashed(crypto, spec.leafSpec.prehashKey, bytes) : bytes;
  const gap = place(claim.key);
  if (!equalBytes(key, gap)) throw proofError('it is about another key');
  if (left !== undefined) {
    verifyExistence(crypto, spec, claim.root, left);
    if (compareBytes(place(left.key), gap) >= 0) throw proofError('the left neighbour is not below the key');
  }
  if (right !== undefined) {
    verifyExistence(crypto, spec, claim.root, right);
    if (compareBytes(gap, place(right.key)) >= 0) throw proofError('the right neighbour is not above the key');
  }
  if (left !== undefined && right !== undefined) requireAdjacent(spec.innerSpec, left.path, right.path);
  else if (left !== undefined) requireOutermost(spec.innerSpec, left.path, 'right');
  else if (right !== undefined) requireOutermost(spec.innerSpec, right.path, 'left');
  else throw proofError('it shows no neighbour of the key');
}

function verifyExistence(crypto: Sha256, spec: ProofSpec, root: Uint8Array, proof: ExistenceProof): void {
  requireShape(spec, proof);
  for (const op of proof.path) sideOf(spec.innerSpec, op);
  if (!equalBytes(existenceRoot(crypto, proof), root)) throw proofError('it leads to another root');
}

/** ICS23 checkAgainstSpec: nothing in the proof is taken for something else. @throws CairnError `proof.invalid` */
export function requireShape(spec: ProofSpec, { leaf, path }: ExistenceProof): void {
  requireLeafShape(spec.leafSpec, leaf);
  if (path.length < spec.minDepth || path.length > spec.maxDepth) throw proofError('its path is too short or too long');
  for (const op of path) requireInnerShape(spec, op);
}

function requireLeafShape(spec: LeafSpec, leaf: LeafOp): void {
  const hasOps =
    leaf.hash === spec.hash &&
    leaf.prehashKey === spec.prehashKey &&
    leaf.prehashValue === spec.prehashValue &&
    leaf.length === spec.length;
  const hasPrefix = startsWith(leaf.prefix, spec.prefix) && leaf.prefix.length <= spec.maxPrefixLength;
  if (!hasOps || !hasPrefix) throw proofError('its leaf is not hashed as this tree hashes leaves');
}

function requireInnerShape({ leafSpec, innerSpec }: ProofSpec, { hash, prefix, suffix }: InnerOp): void {
  const { childSize, minPrefixLength, maxPrefixLength } = innerSpec;
  const isInner =
    hash === innerSpec.hash &&
    !startsWith(prefix, leafSpec.prefix) &&
    prefix.length >= minPrefixLength &&
    prefix.length <= maxPrefixLength + childSize &&
    suffix.length % childSize === 0;
  if (!isInner) throw proofError('a step of its path is not hashed as this tree hashes inner nodes');
}

/** The root that an existence proof leads to. @throws CairnError `proof.invalid` */
export function existenceRoot(crypto: Sha256, { key, value, leaf, path }: ExistenceProof): Uint8Array {
  let hash = leafHash(crypto, leaf, key, value);
  for (const op of path) hash = innerHash(crypto, op, hash);
  return hash;
}

/** @throws CairnError `proof.invalid` */
export function leafHash(crypto: Sha256, leaf: LeafOp, key: Uint8Array, value: Uint8Array): Uint8Array {
  if (key.length === 0 || value.length === 0) throw proofError('its leaf lacks a key or a value');
  const keyPart = withLength(leaf.length, hashed(crypto, leaf.prehashKey, key));
  const valuePart = withLength(leaf.length, hashed(crypto, leaf.prehashValue, value));
  return hashed(crypto, leaf.hash, concatBytes(leaf.prefix, keyPart, valuePart));
}

/** @throws CairnError `proof.invalid` */
export function innerHash(crypto: Sha256, { hash, prefix, suffix }: InnerOp, child: Uint8Array): Uint8Array {
  if (child.length === 0) throw proofError('a step of its path lacks a child');
  return hashed(crypto, hash, concatBytes(prefix, child, suffix));
}

function hashed(crypto: Sha256, hashOp: number, bytes: Uint8Array): Uint8Array {
  if (hashOp === HASH_OP.noHash) return bytes;
  if (hashOp === HASH_OP.sha256) return crypto.sha256(bytes);
  throw proofError('it uses another hash function than SHA-256');
}

function withLength(lengthOp: number, bytes: Uint8Array): Uint8Array {
  if (lengthOp === LENGTH_OP.noPrefix) return bytes;
  if (lengthOp === LENGTH_OP.varProto) return concatBytes(varint(bytes.length), bytes);
  if (lengthOp === LENGTH_OP.require32Bytes && bytes.length === 32) return bytes;
  throw proofError('the lengths in its leaf are not those of this tree');
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0x7f || bytes.push(rest) === 0; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return new Uint8Array(bytes);
}

/** Left and right are neighbours: under the node where they part, one goes left and keeps right, the other the reverse. */
function requireAdjacent(spec: InnerSpec, left: readonly InnerOp[], right: readonly InnerOp[]): void {
  let leftEnd = left.length - 1;
  let rightEnd = right.length - 1;
  while (leftEnd >= 0 && rightEnd >= 0 && isSameStep(left[leftEnd] as InnerOp, right[rightEnd] as InnerOp)) {
    leftEnd--;
    rightEnd--;
  }
  const [leftStep, rightStep] = [left[leftEnd], right[rightEnd]];
  const isParting =
    leftStep !== undefined &&
    rightStep !== undefined &&
    sideOf(spec, leftStep) === 'left' &&
    sideOf(spec, rightStep) === 'right';
  if (!isParting) throw proofError('its two neighbours do not part at one node');
  requireOutermost(spec, left.slice(0, leftEnd), 'right');
  requireOutermost(spec, right.slice(0, rightEnd), 'left');
}

function requireOutermost(spec: InnerSpec, path: readonly InnerOp[], side: Side): void {
  for (const op of path) {
    const isOutermost = sideOf(spec, op) === side || isSiblingEmpty(spec, op);
    if (!isOutermost) throw proofError('there may be another key between a neighbour and the key');
  }
}

/** Which child of its node a step comes from. @throws CairnError `proof.invalid` when it can be neither. */
function sideOf({ childSize, minPrefixLength, maxPrefixLength }: InnerSpec, { prefix, suffix }: InnerOp): Side {
  const { length } = prefix;
  if (suffix.length === childSize && length >= minPrefixLength && length <= maxPrefixLength) return 'left';
  const isRight = length >= minPrefixLength + childSize && length <= maxPrefixLength + childSize;
  if (suffix.length === 0 && isRight) return 'right';
  throw proofError('a step of its path is neither a left nor a right child');
}

/** True when the other child of a step is the placeholder of an absent one. @throws CairnError `proof.invalid` */
export function isSiblingEmpty(spec: InnerSpec, op: InnerOp): boolean {
  const sibling = sideOf(spec, op) === 'left' ? op.suffix : op.prefix.subarray(op.prefix.length - spec.childSize);
  return spec.emptyChild.length > 0 && equalBytes(sibling, spec.emptyChild);
}

function isSameStep(a: InnerOp, b: InnerOp): boolean {
  return equalBytes(a.prefix, b.prefix) && equalBytes(a.suffix, b.suffix);
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return equalBytes(bytes.subarray(0, prefix.length), prefix);
}

/** The refusal of a proof. `why` completes the sentence and may be shown to people. */
export function proofError(why: string): CairnError {
  return new CairnError('proof.invalid', `The state proof does not show what is claimed: ${why}.`);
}
