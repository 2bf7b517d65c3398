/**
 * The key store file:
 *
 *     file     = CBOR [header, sealed, checksum]
 *     header   = CBOR ["cairn/key-store/1", store id (16), [opener…]]                      as a byte string
 *     opener   = [[id, kind, salt (16), null | [Argon2id memory in KiB, passes]], wrapped]
 *     wrapped  = nonce (12) ‖ AES-256-GCM(wrapping key, data key (32), AAD = CBOR ["cairn/key-store/opener", store id, opener[0]])
 *     sealed   = nonce (12) ‖ AES-256-GCM(data key, CBOR {name: bytes…}, AAD = header)
 *     checksum = SHA-256(header ‖ sealed): tells damage from a wrong passphrase; protects against no one
 *
 * The header is authenticated: nobody without the data key can drop, add or weaken an opener unseen. An older copy of
 * the whole file cannot be told from the current one. Whoever kept both an old copy and an opener that was removed since
 * still has the data key: after such an exposure make a new store with a new root secret.
 */
import { concatBytes, equalBytes } from '../primitives/bytes.js';
import { decodeCbor, encodeCbor, type CborValue } from '../primitives/cbor.js';
import type { Crypto, RandomBytes } from '../primitives/crypto.js';
import { CairnError } from '../primitives/errors.js';
import { decodeOpenerHeader, encodeOpenerHeader, type OpenerHeader } from './openers.js';

export interface WrappedOpener {
  readonly header: OpenerHeader;
  readonly wrapped: Uint8Array;
}

/** The file, parsed but still closed. */
export interface ClosedKeyStore {
  readonly storeId: Uint8Array;
  readonly openers: readonly WrappedOpener[];
  readonly header: Uint8Array;
  readonly sealed: Uint8Array;
}

/** Secrets by name. */
export type KeyStoreEntries = ReadonlyMap<string, Uint8Array>;

const VERSION = 'cairn/key-store/1';
const NONCE_BYTES = 12;
const FILE_BYTES_MAX = 16 * 1024 * 1024;
export const OPENERS_MAX = 16;
const ENTRIES_MAX = 10_000;
export const ENTRIES_BYTES_MAX = 8 * 1024 * 1024;

/** Errors: `custody.corrupt`, `custody.wrong-format` (another version). Never allocates more than the file is long. */
export function parseKeyStore(crypto: Pick<Crypto, 'sha256'>, file: Uint8Array): ClosedKeyStore {
  const parts = decode(file, FILE_BYTES_MAX);
  if (!Array.isArray(parts) || parts.length !== 3) throw corrupt();
  const [header, sealed, checksum] = parts as readonly CborValue[];
  if (!(header instanceof Uint8Array) || !(sealed instanceof Uint8Array) || !(checksum instanceof Uint8Array)) {
    throw corrupt();
  }
  if (!equalBytes(crypto.sha256(concatBytes(header, sealed)), checksum)) throw corrupt();
  const fields = decode(header, FILE_BYTES_MAX);
  if (!Array.isArray(fields)) throw corrupt();
  const [version, storeId, openers] = fields as readonly CborValue[];
  if (version !== VERSION) {
    throw new CairnError('custody.wrong-format', 'the key store has another format; use the release that wrote it');
  }
  if (fields.length !== 3 || !(storeId instanceof Uint8Array) || storeId.length !== 16) throw corrupt();
  if (!Array.isArray(openers) || openers.length === 0 || openers.length > OPENERS_MAX) throw corrupt();
  return { storeId, openers: openers.map(parseOpener), header, sealed };
}

function parseOpener(value: CborValue): WrappedOpener {
  if (!Array.isArray(value) || value.length !== 2) throw corrupt();
  const [fields, wrapped] = value as readonly CborValue[];
  const header = decodeOpenerHeader(fields as CborValue);
  if (header === undefined || !(wrapped instanceof Uint8Array)) throw corrupt();
  return { header, wrapped };
}

/** The whole file, with its contents sealed anew. Error `custody.too-large`. */
export function encodeKeyStore(
  crypto: Pick<Crypto, 'sha256' | 'aesGcmSeal'>,
  randomBytes: RandomBytes,
  storeId: Uint8Array,
  openers: readonly WrappedOpener[],
  dataKey: Uint8Array,
  entries: KeyStoreEntries,
): Uint8Array {
  const plaintext = encodeCbor(Object.fromEntries(entries));
  if (entries.size > ENTRIES_MAX || plaintext.length > ENTRIES_BYTES_MAX) {
    throw new CairnError('custody.too-large', 'a key store holds at most 10,000 entries and 8 MiB');
  }
  const openerList = openers.map(({ header, wrapped }): CborValue => [encodeOpenerHeader(header), wrapped]);
  const header = encodeCbor([VERSION, storeId, openerList]);
  const sealed = seal(crypto, randomBytes, dataKey, plaintext, header);
  plaintext.fill(0);
  return encodeCbor([header, sealed, crypto.sha256(concatBytes(header, sealed))]);
}

/** The data key wrapped for one opener. */
export function wrapDataKey(
  crypto: Pick<Crypto, 'aesGcmSeal'>,
  randomBytes: RandomBytes,
  wrappingKey: Uint8Array,
  storeId: Uint8Array,
  header: OpenerHeader,
  dataKey: Uint8Array,
): WrappedOpener {
  return { header, wrapped: seal(crypto, randomBytes, wrappingKey, dataKey, openerBinding(storeId, header)) };
}

/** Undefined when this is not the key under which it was wrapped. */
export function unwrapDataKey(
  crypto: Pick<Crypto, 'aesGcmOpen'>,
  wrappingKey: Uint8Array,
  storeId: Uint8Array,
  { header, wrapped }: WrappedOpener,
): Uint8Array | undefined {
  return open(crypto, wrappingKey, wrapped, openerBinding(storeId, header));
}

/** The secrets in the file. Error `custody.corrupt`. */
export function openEntries(
  crypto: Pick<Crypto, 'aesGcmOpen'>,
  { header, sealed }: ClosedKeyStore,
  dataKey: Uint8Array,
): Map<string, Uint8Array> {
  const plaintext = open(crypto, dataKey, sealed, header);
  if (plaintext === undefined) throw corrupt();
  const value = decode(plaintext, ENTRIES_BYTES_MAX);
  plaintext.fill(0);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw corrupt();
  const entries = new Map<string, Uint8Array>();
  for (const [name, bytes] of Object.entries(value)) {
    if (!(bytes instanceof Uint8Array)) throw corrupt();
    entries.set(name, bytes);
  }
  return entries;
}

function openerBinding(storeId: Uint8Array, header: OpenerHeader): Uint8Array {
  return encodeCbor(['cairn/key-store/opener', storeId, encodeOpenerHeader(header)]);
}

function seal(
  crypto: Pick<Crypto, 'aesGcmSeal'>,
  randomBytes: RandomBytes,
  key: Uint8Array,
  plaintext: Uint8Array,
  boundData: Uint8Array,
): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  return concatBytes(nonce, crypto.aesGcmSeal(key, nonce, plaintext, boundData));
}

function open(
  crypto: Pick<Crypto, 'aesGcmOpen'>,
  key: Uint8Array,
  sealed: Uint8Array,
  boundData: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < NONCE_BYTES) return undefined;
  return crypto.aesGcmOpen(key, sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES), boundData);
}

function decode(bytes: Uint8Array, bytesMax: number): CborValue {
  try {
    return decodeCbor(bytes, { bytesMax, depthMax: 5, itemsMax: 2 * ENTRIES_MAX + 1 });
  } catch (error) {
    throw error instanceof CairnError ? corrupt() : error;
  }
}

function corrupt(): CairnError {
  return new CairnError('custody.corrupt', 'the key store is damaged; restore the file from a backup');
}
