import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  hash,
  hkdfSync,
  randomFillSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { assert } from '../primitives/assert.js';
import { concatBytes, fromBase64Url, fromHex, toBase64Url } from '../primitives/bytes.js';
import type { Crypto, RandomBytes } from '../primitives/crypto.js';
import { isAcceptableEd25519Key } from '../primitives/ed25519-key.js';
import { KeyCache } from './key-cache.js';

/** Public keys kept parsed: parsing costs about as much as the check itself, and few keys sign most of what comes in. */
const PUBLIC_KEYS_MAX = 4096;

/** {@link Crypto} on node:crypto (OpenSSL). */
export const nodeCrypto: Crypto = {
  sha256(data) {
    // Faster than asking for a Buffer, whose memory lies outside the heap.
    const text = hash('sha256', data, 'binary');
    const digest = new Uint8Array(32);
    for (let i = 0; i < 32; i++) digest[i] = text.charCodeAt(i);
    return digest;
  },

  hmacSha256(key, data) {
    return plain(createHmac('sha256', key).update(data).digest());
  },

  hkdfSha256(secret, salt, info, length) {
    assert(length >= 1 && length <= 8160, 'HKDF-SHA-256 gives 1 to 8160 bytes');
    return new Uint8Array(hkdfSync('sha256', secret, salt, info, length));
  },

  ed25519PublicKey(seed) {
    const { x } = ed25519PrivateKey(seed).export({ format: 'jwk' });
    assert(x !== undefined, 'an exported private key carries its public key');
    return fromBase64Url(x);
  },

  ed25519Sign(seed, message) {
    return plain(sign(null, message, ed25519PrivateKey(seed)));
  },

  ed25519Verify(publicKey, message, signature) {
    if (signature.length !== 64) return false;
    const key = ed25519Keys.get(publicKey);
    return key !== undefined && verify(null, message, key, signature);
  },

  p256Verify(publicKey, message, signature) {
    const key = p256Keys.get(publicKey);
    return key !== undefined && verify('sha256', message, { key, dsaEncoding: 'der' }, signature);
  },

  aesGcmSeal(key, nonce, plaintext, aad) {
    checkAesGcm(key, nonce);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(aad);
    const ciphertext = cipher.update(plaintext);
    cipher.final();
    return concatBytes(ciphertext, cipher.getAuthTag());
  },

  aesGcmOpen(key, nonce, sealed, aad) {
    checkAesGcm(key, nonce);
    const tagStart = sealed.length - 16;
    if (tagStart < 0) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', key, nonce);
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(tagStart));
    const plaintext = decipher.update(sealed.subarray(0, tagStart));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return plain(plaintext);
  },
};

export const randomBytes: RandomBytes = (length) => randomFillSync(new Uint8Array(length));

/** As `nodeCrypto.ed25519Verify`, in a thread of libuv's pool, so that several checks run at once. */
export function verifyEd25519InThreadPool(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const key = signature.length === 64 ? ed25519Keys.get(publicKey) : undefined;
  if (key === undefined) return Promise.resolve(false);
  return new Promise((resolve, reject) => {
    verify(null, message, key, signature, (error, valid) => {
      if (error) reject(error);
      else resolve(valid);
    });
  });
}

/** RFC 5480: what stands before a P-256 point, uncompressed and compressed, in its SubjectPublicKeyInfo. */
const P256_SPKI_UNCOMPRESSED = fromHex('3059301306072a8648ce3d020106082a8648ce3d030107034200');
const P256_SPKI_COMPRESSED = fromHex('3039301306072a8648ce3d020106082a8648ce3d030107032200');

const ed25519Keys = new KeyCache(PUBLIC_KEYS_MAX, (raw) =>
  isAcceptableEd25519Key(raw)
    ? createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(raw) }, format: 'jwk' })
    : undefined,
);

const p256Keys = new KeyCache(PUBLIC_KEYS_MAX, (point) => {
  // OpenSSL would also take the hybrid form (0x06, 0x07), which SEC 1 has and WebAuthn has not.
  if (point.length === 65 && point[0] === 4) return p256Key(P256_SPKI_UNCOMPRESSED, point);
  if (point.length === 33 && (point[0] === 2 || point[0] === 3)) return p256Key(P256_SPKI_COMPRESSED, point);
  return undefined;
});

function p256Key(spkiPrefix: Uint8Array, point: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.concat([spkiPrefix, point]), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

/** By way of a JWK (RFC 8037), which OpenSSL takes ten times as fast as DER. It derives the public key itself. */
function ed25519PrivateKey(seed: Uint8Array): KeyObject {
  assert(seed.length === 32, 'an Ed25519 seed has 32 bytes');
  return createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d: toBase64Url(seed), x: '' }, format: 'jwk' });
}

function checkAesGcm(key: Uint8Array, nonce: Uint8Array): void {
  assert(key.length === 32, 'an AES-256 key has 32 bytes');
  assert(nonce.length === 12, 'an AES-GCM nonce has 12 bytes');
}

/** The same memory without Buffer's methods. */
function plain(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
