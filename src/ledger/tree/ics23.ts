/*
 * The messages of ICS23 that we use (cosmos/ics23, `proofs.proto`), in protobuf:
 *
 *   CommitmentProof   = exist: ExistenceProof = 1 | nonexist: NonExistenceProof = 2
 *   ExistenceProof    = key: bytes = 1, value: bytes = 2, leaf: LeafOp = 3, path: repeated InnerOp = 4
 *   NonExistenceProof = key: bytes = 1, left: ExistenceProof = 2, right: ExistenceProof = 3
 *   LeafOp            = hash = 1, prehash_key = 2, prehash_value = 3, length = 4 (enums), prefix: bytes = 5
 *   InnerOp           = hash = 1 (enum), prefix: bytes = 2, suffix: bytes = 3
 */
import { equalBytes } from '../../primitives/bytes.js';
import { CairnError } from '../../primitives/errors.js';
import { ProtobufWriter } from '../../primitives/protobuf-writer.js';
import type { LeafSpec } from './proof-spec.js';

/** hash(prefix ‖ length(prehash(key)) ‖ length(prehash(value))). */
export type LeafOp = Omit<LeafSpec, 'maxPrefixLength'>;

/** hash(prefix ‖ child ‖ suffix). */
export interface InnerOp {
  readonly hash: number;
  readonly prefix: Uint8Array;
  readonly suffix: Uint8Array;
}

export interface ExistenceProof {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly leaf: LeafOp;
  /** From the leaf up. */
  readonly path: readonly InnerOp[];
}

export interface NonExistenceProof {
  readonly key: Uint8Array;
  /** The nearest key below; undefined when the key would be the first. */
  readonly left: ExistenceProof | undefined;
  /** The nearest key above; undefined when the key would be the last. */
  readonly right: ExistenceProof | undefined;
}

export type CommitmentProof =
  | { readonly kind: 'exist'; readonly exist: ExistenceProof }
  | { readonly kind: 'nonexist'; readonly nonexist: NonExistenceProof };

/** Longest proof that is decoded: two paths of the greatest depth, with room for other ICS23 trees. */
const PROOF_BYTES_MAX = 64 * 1024;

export function encodeCommitmentProof(proof: CommitmentProof): Uint8Array {
  if (proof.kind === 'exist') return new ProtobufWriter().message(1, encodeExistenceProof(proof.exist)).finish();
  const { key, left, right } = proof.nonexist;
  const writer = new ProtobufWriter().bytes(1, key);
  if (left !== undefined) writer.message(2, encodeExistenceProof(left));
  if (right !== undefined) writer.message(3, encodeExistenceProof(right));
  return new ProtobufWriter().message(2, writer.finish()).finish();
}

function encodeExistenceProof({ key, value, leaf, path }: ExistenceProof): Uint8Array {
  const leafOp = new ProtobufWriter()
    .uint(1, leaf.hash)
    .uint(2, leaf.prehashKey)
    .uint(3, leaf.prehashValue)
    .uint(4, leaf.length)
    .bytes(5, leaf.prefix);
  const writer = new ProtobufWriter().bytes(1, key).bytes(2, value).message(3, leafOp.finish());
  for (const { hash, prefix, suffix } of path) {
    writer.message(4, new ProtobufWriter().uint(1, hash).bytes(2, prefix).bytes(3, suffix).finish());
  }
  return writer.finish();
}

/**
 * Decodes a proof written canonically: fields in order, each once, nothing unknown, nothing empty but what must be there.
 * One proof so has one encoding, and no two files can differ and both verify.
 * @throws CairnError `proof.malformed`
 */
export function decodeCommitmentProof(bytes: Uint8Array): CommitmentProof {
  if (bytes.length > PROOF_BYTES_MAX) throw malformedProof(`it has ${bytes.length} bytes; at most ${PROOF_BYTES_MAX}`);
  const fields = new Fields(bytes);
  const exist = fields.message(1, decodeExistenceProof);
  const nonexist = fields.message(2, decodeNonExistenceProof);
  const proof: CommitmentProof | undefined =
    exist !== undefined
      ? { kind: 'exist', exist }
      : nonexist !== undefined
        ? { kind: 'nonexist', nonexist }
        : undefined;
  if (proof === undefined) throw malformedProof('it holds neither an existence nor a non-existence proof');
  if (!equalBytes(encodeCommitmentProof(proof), bytes)) throw malformedProof('it is not in its canonical form');
  return proof;
}

function decodeNonExistenceProof(bytes: Uint8Array): NonExistenceProof {
  const fields = new Fields(bytes);
  const key = fields.bytes(1);
  const left = fields.message(2, decodeExistenceProof);
  const right = fields.message(3, decodeExistenceProof);
  return { key, left, right };
}

function decodeExistenceProof(bytes: Uint8Array): ExistenceProof {
  const fields = new Fields(bytes);
  const key = fields.bytes(1);
  const value = fields.bytes(2);
  const leaf = fields.message(3, decodeLeafOp);
  if (leaf === undefined) throw malformedProof('an existence proof has no leaf');
  const path: InnerOp[] = [];
  for (let op = fields.message(4, decodeInnerOp); op !== undefined; op = fields.message(4, decodeInnerOp))
    path.push(op);
  return { key, value, leaf, path };
}

function decodeLeafOp(bytes: Uint8Array): LeafOp {
  const fields = new Fields(bytes);
  return {
    hash: fields.enum(1),
    prehashKey: fields.enum(2),
    prehashValue: fields.enum(3),
    length: fields.enum(4),
    prefix: fields.bytes(5),
  };
}

function decodeInnerOp(bytes: Uint8Array): InnerOp {
  const fields = new Fields(bytes);
  return { hash: fields.enum(1), prefix: fields.bytes(2), suffix: fields.bytes(3) };
}

const NO_BYTES = new Uint8Array(0);

/**
 * Takes the fields of one message in ascending order. What it does not take is lost, so whoever decodes compares the
 * encoding of the outcome with the input.
 */
class Fields {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** An enum; 0 when absent. */
  enum(field: number): number {
    return this.#take(field, VARINT) ? this.#byte() : 0;
  }

  /** Bytes; empty when absent. */
  bytes(field: number): Uint8Array {
    return this.#delimited(field) ?? NO_BYTES;
  }

  message<T>(field: number, decode: (bytes: Uint8Array) => T): T | undefined {
    const bytes = this.#delimited(field);
    return bytes === undefined ? undefined : decode(bytes);
  }

  #delimited(field: number): Uint8Array | undefined {
    if (!this.#take(field, LENGTH_DELIMITED)) return undefined;
    const low = this.#byte();
    // Three bytes of length reach beyond the longest proof.
    let length = low & 0x7f;
    for (let byte = low, shift = 7; (byte & 0x80) !== 0; shift += 7) {
      if (shift > 14) throw malformedProof('a length is too large');
      byte = this.#byte();
      length |= (byte & 0x7f) << shift;
    }
    const start = this.#offset;
    if (length > this.#bytes.length - start) throw malformedProof('it is cut short');
    this.#offset += length;
    return this.#bytes.slice(start, start + length);
  }

  #take(field: number, wireType: number): boolean {
    if (this.#bytes[this.#offset] !== field * 8 + wireType) return false;
    this.#offset++;
    return true;
  }

  #byte(): number {
    const byte = this.#bytes[this.#offset++];
    if (byte === undefined) throw malformedProof('it is cut short');
    return byte;
  }
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;

function malformedProof(why: string): CairnError {
  return new CairnError('proof.malformed', `The state proof is malformed: ${why}. Ask for it again.`);
}
