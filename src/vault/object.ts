/** What the vault keeps: an opaque ciphertext, and whose it is, for erasing by compartment and for the access gate. */
import { CairnError } from '../primitives/errors.js';

/** Largest object, in bytes. */
export const OBJECT_BYTES_MAX = 16 * 1024 * 1024;

/** `record`: a sealed record version. `key-envelope`: epoch keys sealed to a grantee. */
export type ObjectKind = 'record' | 'key-envelope';

export interface ObjectTags {
  /** Pseudonymous id, 32 lower-case hex digits. */
  readonly subject: string;
  /** Opaque id of the subject's compartment, 32 lower-case hex digits. */
  readonly compartment: string;
  readonly kind: ObjectKind;
}

export interface VaultObject extends ObjectTags {
  /** 1 byte to 16 MiB. */
  readonly bytes: Uint8Array;
  /** SHA-256 that the sender claims; the vault computes its own and refuses the object if they differ. */
  readonly digest?: Uint8Array;
}

/** What remains of an erased object. */
export interface Tombstone {
  /** Unix seconds. */
  readonly erasedAt: number;
  /** As given to `erase`: 1 to 64 characters of a–z, 0–9, dot and hyphen. */
  readonly reason: string;
}

/** Kinds as stored; the index is the stored number. */
export const OBJECT_KINDS: readonly ObjectKind[] = ['record', 'key-envelope'];

/** Throws `vault.bad-id` unless `id` is a 16-byte id in lower-case hex; returns its bytes. */
export function idBytes(id: string): Uint8Array {
  if (!/^[0-9a-f]{32}$/.test(id)) {
    throw new CairnError('vault.bad-id', 'subject and compartment ids are 32 lower-case hex digits');
  }
  return Buffer.from(id, 'hex');
}

/** Throws `vault.too-large` or `vault.empty` for a size that the vault does not keep. */
export function checkSize(bytes: Uint8Array): void {
  if (bytes.length > OBJECT_BYTES_MAX) {
    throw new CairnError('vault.too-large', `an object has at most ${OBJECT_BYTES_MAX} bytes; split it`);
  }
  if (bytes.length === 0) throw new CairnError('vault.empty', 'an object has at least one byte');
}
