/**
 * The cryptography that the pure layers need, as an interface: they never choose an implementation.
 * `primitives/portable-crypto.ts` implements it on @noble (browsers, and a second opinion in tests),
 * `platform/node-crypto.ts` on node:crypto. Every function is deterministic.
 */
export interface Crypto {
  /** SHA-256 (FIPS 180-4). Returns a fresh array of 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
  /** HMAC-SHA-256 (RFC 2104), 32 bytes. */
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** HKDF-SHA-256 (RFC 5869). `length` from 1 to 8160 bytes. */
  hkdfSha256(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  /** Public key (32 bytes) of an Ed25519 seed (32 bytes), RFC 8032. */
  ed25519PublicKey(seed: Uint8Array): Uint8Array;
  /** Ed25519 signature, 64 bytes. */
  ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /** RFC 8032 verification; false for any malformed input, never a throw. */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** ECDSA on P-256 with SHA-256. `publicKey`: SEC1 uncompressed (65 bytes) or compressed (33); `signature`: ASN.1 DER. */
  p256Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** AES-256-GCM (NIST SP 800-38D). `nonce` 12 bytes. Returns ciphertext followed by the 16-byte tag. */
  aesGcmSeal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array;
  /** Opens what {@link aesGcmSeal} made; undefined if anything was altered. */
  aesGcmOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | undefined;
}

/** Source of cryptographically secure random bytes; given only to layers that may be random. */
export type RandomBytes = (length: number) => Uint8Array;
