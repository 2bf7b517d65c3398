/*
 * Leaves of a compartment's record log:
 *
 *   record  = ["cairn/record/1", record id (16), version, digest (32), commitment (32), epoch, author, time]
 *   erasure = ["cairn/erasure/1", index of the erased leaf, requested by, ground, reason, time]
 *
 * `digest` is SHA-256 of the ciphertext; `commitment` is salted, and the salt lies inside the ciphertext: once that is
 * erased, what remains here says nothing about anyone.
 */
import * as z from 'zod';
import { decodeCbor, encodeCbor } from '../../primitives/cbor.js';
import { CairnError } from '../../primitives/errors.js';
import { count, digest, organisationId, pseudonym, time } from '../kernel/schema.js';

const RECORD = 'cairn/record/1';
const ERASURE = 'cairn/erasure/1';

/** Why a record was erased. */
/** In what capacity an erasure was ordered. */
export const ERASURE_GROUNDS = ['subject', 'steward', 'author'] as const;

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
  /** An author may have only its own writing erased: who holds the leaves checks that. */
  readonly ground: (typeof ERASURE_GROUNDS)[number];
  readonly reason: (typeof ERASURE_REASONS)[number];
  readonly time: number;
}

export function encodeRecordLeaf(leaf: Omit<RecordLeaf, 'kind'>): Uint8Array {
  const { record, version, digest, commitment, epoch, author, time } = leaf;
  return encodeCbor([RECORD, record, version, digest, commitment, epoch, author, time]);
}

export function encodeErasureLeaf(leaf: Omit<ErasureLeaf, 'kind'>): Uint8Array {
  const { index, requestedBy, ground, reason, time } = leaf;
  return encodeCbor([ERASURE, index, requestedBy, ground, reason, time]);
}

/** @throws CairnError `records.leaf-malformed` or a `cbor.*` code. */
export function decodeLeaf(bytes: Uint8Array): RecordLeaf | ErasureLeaf {
  const value = decodeCbor(bytes);
  const parsed = leafSchema.safeParse(value);
  if (!parsed.success) throw new CairnError('records.leaf-malformed', 'This is not a leaf of a record log.');
  const leaf = parsed.data;
  if (leaf[0] === RECORD) {
    const [, record, version, digest, commitment, epoch, author, time] = leaf;
    return { kind: 'record', record, version, digest, commitment, epoch, author, time };
  }
  const [, index, requestedBy, ground, reason, time] = leaf;
  return { kind: 'erasure', index, requestedBy, ground, reason, time };
}

const leafSchema = z.union([
  z.tuple([z.literal(RECORD), pseudonym, z.int().min(1), digest, digest, count, organisationId, time]),
  z.tuple([
    z.literal(ERASURE),
    count,
    z.literal('subject').or(organisationId),
    z.enum(ERASURE_GROUNDS),
    z.enum(ERASURE_REASONS),
    time,
  ]),
]);
