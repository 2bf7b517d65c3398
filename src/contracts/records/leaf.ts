/*
 * Leaves of a compartment's record log:
 *
 *   record  = ["cairn/record/1", record id (16), version, digest (32), commitment (32), epoch, author, time]
 *   erasure = ["cairn/erasure/1", index of the erased leaf, requested by, reason, time]
 *
 * `digest` is SHA-256 of the ciphertext; `commitment` is salted, and the salt lies inside the ciphertext: once that is
 * erased, what remains here says nothing about anyone.
 */
import { decodeCbor, encodeCbor, type CborValue } from '../../primitives/cbor.js';
import { CairnError } from '../../primitives/errors.js';

const RECORD = 'cairn/record/1';
const ERASURE = 'cairn/erasure/1';

/** Why a record was erased. */
export const ERASURE_REASONS = ['subject-request', 'retention-ended', 'entered-in-error', 'court-order'] as const;

export interface RecordLeaf {
  readonly kind: 'record';
  readonly record: Uint8Array;
  /** From 1. */
  readonly version: number;
  readonly digest: Uint8Array;
  readonly commitment: Uint8Array;
  readonly epoch: number;
  /** Organisation. */
  readonly author: string;
  /** Block time, Unix seconds. */
  readonly time: number;
}

export interface ErasureLeaf {
  readonly kind: 'erasure';
  /** Index of the erased record's leaf. */
  readonly index: number;
  /** Organisation, or "subject". */
  readonly requestedBy: string;
  readonly reason: (typeof ERASURE_REASONS)[number];
  readonly time: number;
}

export function encodeRecordLeaf(leaf: Omit<RecordLeaf, 'kind'>): Uint8Array {
  const { record, version, digest, commitment, epoch, author, time } = leaf;
  return encodeCbor([RECORD, record, version, digest, commitment, epoch, author, time]);
}

export function encodeErasureLeaf({ index, requestedBy, reason, time }: Omit<ErasureLeaf, 'kind'>): Uint8Array {
  return encodeCbor([ERASURE, index, requestedBy, reason, time]);
}

/** @throws CairnError `records.leaf-malformed` or a `cbor.*` code. */
export function decodeLeaf(bytes: Uint8Array): RecordLeaf | ErasureLeaf {
  const value = decodeCbor(bytes);
  if (Array.isArray(value) && value.length === 8 && value[0] === RECORD) {
    const [, record, version, digest, commitment, epoch, author, time] = value as CborValue[];
    return { kind: 'record', record, version, digest, commitment, epoch, author, time } as RecordLeaf;
  }
  if (Array.isArray(value) && value.length === 5 && value[0] === ERASURE) {
    const [, index, requestedBy, reason, time] = value as CborValue[];
    return { kind: 'erasure', index, requestedBy, reason, time } as ErasureLeaf;
  }
  throw new CairnError('records.leaf-malformed', 'This is not a leaf of a record log.');
}
