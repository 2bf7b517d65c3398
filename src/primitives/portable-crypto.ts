import { gcm } from '@noble/ciphers/aes.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { assert } from './assert.js';
import type { Crypto } from './crypto.js';
import { isAcceptableEd25519Key } from './ed25519-key.js';

/** {@link Crypto} in JavaScript, on @noble: the same in every browser, and a second opinion on the platform's. */
export const portableCrypto: Crypto = {
  sha256(data) {
    return sha256(data);
  },

  hmacSha256(key, data) {
    return hmac(sha256, key, data);
  },

  hkdfSha256(secret, salt, info, length) {
    assert(length >= 1 && length <= 8160, 'HKDF-SHA-256 gives 1 to 8160 bytes');
    return hkdf(sha256, secret, salt, info, length);
  },

  ed25519PublicKey(seed) {
    return ed25519.getPublicKey(seed);
  },

  ed25519Sign(seed, message) {
    return ed25519.sign(message, seed);
  },

  ed25519Verify(publicKey, message, signature) {
    if (signature.length !== 64 || !isAcceptableEd25519Key(publicKey)) return false;
    if (!ed25519.verify(signature, message, publicKey, { zip215: false })) return false;
    // @noble checks the equation times the cofactor, OpenSSL the bare one. They agree where neither point has a part of
    // small order, which an honest signer's never have.
    return isTorsionFree(signature.subarray(0, 32)) && isTorsionFree(publicKey);
  },

  p256Verify(publicKey, message, signature) {
    try {
      return p256.verify(signature, message, publicKey, { format: 'der', lowS: false, prehash: true });
    } catch {
      return false;
    }
  },

  aesGcmSeal(key, nonce, plaintext, aad) {
    checkAesGcm(key, nonce);
    return gcm(key, nonce, aad).encrypt(plaintext);
  },

  aesGcmOpen(key, nonce, sealed, aad) {
    checkAesGcm(key, nonce);
    if (sealed.length < 16) return undefined;
    try {
      return gcm(key, nonce, aad).decrypt(sealed);
    } catch {
      return undefined;
    }
  },
};

function isTorsionFree(point: Uint8Array): boolean {
  return ed25519.Point.fromBytes(point).isTorsionFree();
}

function checkAesGcm(key: Uint8Array, nonce: Uint8Array): void {
  assert(key.length === 32, 'an AES-256 key has 32 bytes');
  assert(nonce.length === 12, 'an AES-GCM nonce has 12 bytes');
}
