/*
 * Sealing to a recipient: HPKE (RFC 9180), base mode, one message per encapsulation.
 *
 *   KEM   X-Wing (X25519 with ML-KEM-768, draft-connolly-cfrg-xwing-kem), 0x647a
 *   KDF   HKDF-SHA256, 0x0001
 *   AEAD  AES-256-GCM, 0x0002
 *
 *   sealed = enc (1120 bytes) ‖ ciphertext and tag (16 bytes more than the plaintext)
 *
 * Both halves of the KEM have to fall before a sealed key is readable, so what is recorded today stays closed to a quantum
 * computer. Sealing says nothing about who sealed.
 */
import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import { assert } from './assert.js';
import { concatBytes } from './bytes.js';
import { CairnError } from './errors.js';

const SEED_BYTES = 32;
const PUBLIC_KEY_BYTES = 1216;
const ENC_BYTES = 1120;
const TAG_BYTES = 16;

const kem = new XWing();
const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** What both sides must agree on for a message to open. */
export interface SealingContext {
  /** Purpose of the message; enters the key schedule. */
  readonly info: Uint8Array;
  /** Authenticated with the message, not carried by it. */
  readonly aad: Uint8Array;
}

/** The public key, 1216 bytes, of a 32-byte seed, which is the whole secret key. */
export async function sealingPublicKey(seed: Uint8Array): Promise<Uint8Array> {
  const { publicKey } = await keyPair(seed);
  return new Uint8Array(await kem.serializePublicKey(publicKey));
}

/**
 * Seals `plaintext` so that only the holder of the recipient's seed opens it. Random: sealing twice gives two results.
 * @throws CairnError `sealing.malformed-key`
 */
export async function sealTo(
  recipientPublicKey: Uint8Array,
  { info, aad, plaintext }: SealingContext & { readonly plaintext: Uint8Array },
): Promise<Uint8Array> {
  if (recipientPublicKey.length !== PUBLIC_KEY_BYTES) throw malformedKey();
  try {
    const publicKey: unknown = await kem.deserializePublicKey(recipientPublicKey);
    const { enc, ct } = await suite.seal({ recipientPublicKey: publicKey, info }, plaintext, aad);
    return concatBytes(new Uint8Array(enc), new Uint8Array(ct));
  } catch (cause) {
    throw malformedKey(cause);
  }
}

/** @throws CairnError `sealing.cannot-open` for another recipient's, for altered bytes, and for another info or aad. */
export async function openSealed(
  seed: Uint8Array,
  { info, aad, sealed }: SealingContext & { readonly sealed: Uint8Array },
): Promise<Uint8Array> {
  const { privateKey } = await keyPair(seed);
  if (sealed.length < ENC_BYTES + TAG_BYTES) throw cannotOpen();
  const enc = sealed.slice(0, ENC_BYTES);
  try {
    return new Uint8Array(await suite.open({ recipientKey: privateKey, enc, info }, sealed.slice(ENC_BYTES), aad));
  } catch (cause) {
    throw cannotOpen(cause);
  }
}

/** The library's key objects, which only go back to it: their type is the DOM's, which is not known here. */
interface KeyPair {
  readonly publicKey: unknown;
  readonly privateKey: unknown;
}

async function keyPair(seed: Uint8Array): Promise<KeyPair> {
  assert(seed.length === SEED_BYTES, 'a sealing seed has 32 bytes');
  return (await kem.generateKeyPairDerand(seed)) as KeyPair;
}

function malformedKey(cause?: unknown): CairnError {
  return new CairnError('sealing.malformed-key', 'This is not an X-Wing public key (1216 bytes).', { cause });
}

function cannotOpen(cause?: unknown): CairnError {
  return new CairnError(
    'sealing.cannot-open',
    'The message was sealed to another key or for another purpose, or it was altered.',
    { cause },
  );
}
