/**
 * How a version of a record becomes the ciphertext that vaults keep:
 *
 *     place      = [subject (16), compartment (16), epoch, record id (16), version]
 *     record key = HKDF(epoch key, ["cairn/record", record id, version])
 *     plaintext  = CBOR {salt: 32 bytes, meta, resource: bytes as received}
 *     object     = nonce (12) ‖ AES-256-GCM(record key, plaintext, AAD = CBOR ["cairn/record", ...place])
 *     digest     = SHA-256(object)                        on the ledger, and the address in the vault
 *     commitment = HMAC-SHA-256(salt, resource)           on the ledger; says nothing once the salt is erased
 *
 * What is sealed is the resource as it was received, byte for byte, so that `1.00` stays `1.00`.
 */
import { assert } from '../primitives/assert.js';
import { concatBytes, equalBytes } from '../primitives/bytes.js';
import { decodeCbor, encodeCbor, type CborValue } from '../primitives/cbor.js';
import type { Crypto, RandomBytes } from '../primitives/crypto.js';
import { CairnError } from '../primitives/errors.js';
import { deriveBytes } from './derive.js';
import type { EpochKey } from './epoch-key.js';

/** Where on the ledger a sealed record stands; bound into the ciphertext, so that it opens nowhere else. */
export interface RecordPlace {
  /** 16 bytes. */
  readonly subject: Uint8Array;
  /** 16 bytes. */
  readonly compartment: Uint8Array;
  readonly epoch: number;
  /** 16 bytes. */
  readonly record: Uint8Array;
  /** From 1. */
  readonly version: number;
}

/** What the index needs to know besides the resource itself. Encoded, at most 256 KiB. */
export interface RecordMeta {
  /** FHIR resource type. */
  readonly type: string;
  /** Id under which the writer serves it. */
  readonly id: string;
  /** FHIR version id. */
  readonly version: string;
  readonly mediaType: string;
  /** For references that cannot be resolved as written (`urn:uuid:…`): literal reference → `Type/id`. */
  readonly references: { readonly [literal: string]: string };
}

export interface RecordContent {
  readonly meta: RecordMeta;
  /** At most 15 MiB. */
  readonly resource: Uint8Array;
}

/** What the ledger says about a sealed record, 32 bytes each. */
export interface RecordCommitments {
  readonly digest: Uint8Array;
  readonly commitment: Uint8Array;
  readonly epochKeyCommitment: Uint8Array;
}

export interface SealedRecord {
  /** SHA-256 of `object`. */
  readonly digest: Uint8Array;
  /** Salted commitment to the resource's bytes. */
  readonly commitment: Uint8Array;
  /** For the vault. */
  readonly object: Uint8Array;
}

type RecordCrypto = Pick<Crypto, 'sha256' | 'hmacSha256' | 'hkdfSha256' | 'aesGcmSeal' | 'aesGcmOpen'>;

const LABEL = 'cairn/record';
const SALT_BYTES = 32;
const NONCE_BYTES = 12;
const RESOURCE_BYTES_MAX = 15 * 1024 * 1024;
const META_BYTES_MAX = 256 * 1024;

/** Errors: `record.too-large`, `custody.key-forgotten`. The epoch key must be that of the place. */
export function sealRecord(
  crypto: RecordCrypto,
  randomBytes: RandomBytes,
  epochKey: EpochKey,
  place: RecordPlace,
  content: RecordContent,
): SealedRecord {
  const { resource } = content;
  // One call: asking for random bytes costs more than they do.
  const random = randomBytes(SALT_BYTES + NONCE_BYTES);
  const salt = random.subarray(0, SALT_BYTES);
  const nonce = random.subarray(SALT_BYTES);
  const meta = content.meta as RecordMeta & { readonly [key: string]: CborValue };
  const plaintext = encodeCbor({ salt, meta, resource });
  if (resource.length > RESOURCE_BYTES_MAX || plaintext.length - resource.length > META_BYTES_MAX) {
    throw new CairnError('record.too-large', 'a resource has at most 15 MiB, and 256 KiB of references; split it');
  }
  const object = concatBytes(
    nonce,
    crypto.aesGcmSeal(recordKey(crypto, epochKey, place), nonce, plaintext, boundData(place)),
  );
  return { digest: crypto.sha256(object), commitment: crypto.hmacSha256(salt, resource), object };
}

/**
 * Opens a sealed record and checks it against everything the ledger says about it.
 *
 * Errors: `record.digest-mismatch` (not the object that was recorded), `record.epoch-key-mismatch`, `record.cannot-open` (the
 * ciphertext does not belong to this key and place), `record.malformed` (sealed by a faulty writer),
 * `record.commitment-mismatch` (the writer committed to something else), `custody.key-forgotten`.
 */
export function openRecord(
  crypto: RecordCrypto,
  epochKey: EpochKey,
  place: RecordPlace,
  expected: RecordCommitments,
  object: Uint8Array,
): RecordContent {
  if (!equalBytes(crypto.sha256(object), expected.digest)) {
    throw new CairnError('record.digest-mismatch', 'this is not the object that the ledger records; fetch it again');
  }
  epochKey.check(expected.epochKeyCommitment);
  const nonce = object.subarray(0, NONCE_BYTES);
  const plaintext =
    object.length < NONCE_BYTES
      ? undefined
      : crypto.aesGcmOpen(recordKey(crypto, epochKey, place), nonce, object.subarray(NONCE_BYTES), boundData(place));
  if (plaintext === undefined) {
    throw new CairnError('record.cannot-open', 'the record does not open with this epoch key in this place');
  }
  const { salt, meta, resource } = readPlaintext(plaintext);
  if (!equalBytes(crypto.hmacSha256(salt, resource), expected.commitment)) {
    throw new CairnError('record.commitment-mismatch', 'the record is not what its writer committed to on the ledger');
  }
  return { meta, resource };
}

function recordKey(crypto: RecordCrypto, epochKey: EpochKey, place: RecordPlace): Uint8Array {
  assert(
    epochKey.epoch === place.epoch && equalBytes(epochKey.compartment, place.compartment),
    'a record is sealed under the epoch key of its own compartment and epoch',
  );
  return deriveBytes(crypto, epochKey.reveal(), LABEL, [place.record, place.version]);
}

function boundData({ subject, compartment, epoch, record, version }: RecordPlace): Uint8Array {
  assert(subject.length === 16 && compartment.length === 16 && record.length === 16, 'ids have 16 bytes');
  return encodeCbor([LABEL, subject, compartment, epoch, record, version]);
}

function readPlaintext(plaintext: Uint8Array): { salt: Uint8Array; meta: RecordMeta; resource: Uint8Array } {
  const value = decodeOrUndefined(plaintext);
  if (isMap(value, ['meta', 'resource', 'salt'])) {
    const { salt, meta, resource } = value;
    if (salt instanceof Uint8Array && salt.length === SALT_BYTES && resource instanceof Uint8Array && isMeta(meta)) {
      return { salt, meta, resource };
    }
  }
  throw new CairnError(
    'record.malformed',
    'the record was sealed by a faulty writer; ask its author to write it again',
  );
}

function decodeOrUndefined(bytes: Uint8Array): CborValue | undefined {
  try {
    return decodeCbor(bytes, { bytesMax: RESOURCE_BYTES_MAX + META_BYTES_MAX, depthMax: 3, itemsMax: 150_000 });
  } catch (error) {
    // The decoder's message could speak of the content; the caller learns only that it is malformed.
    if (error instanceof CairnError) return undefined;
    throw error;
  }
}

function isMeta(value: CborValue | undefined): value is CborValue & RecordMeta {
  return (
    isMap(value, ['id', 'mediaType', 'references', 'type', 'version']) &&
    [value['id'], value['mediaType'], value['type'], value['version']].every((text) => typeof text === 'string') &&
    isMap(value['references']) &&
    Object.values(value['references']).every((text) => typeof text === 'string')
  );
}

/** A map, with exactly these keys if given (in alphabetical order). */
function isMap(value: CborValue | undefined, keys?: readonly string[]): value is { readonly [key: string]: CborValue } {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) return false;
  return keys === undefined || Object.keys(value).sort().join() === keys.join();
}
