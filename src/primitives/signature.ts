/*
 * Wire format:
 *
 *   public key = { "alg": "ed25519", "key": 32 bytes } | { "alg": "p256", "key": 65 bytes, SEC 1 uncompressed }
 *   signature  = ["ed25519", 64 bytes]
 *              | ["p256", ASN.1 DER]
 *              | ["webauthn", authenticatorData, clientDataJson, signature]
 *
 * One key has one encoding, so its id is stable. One signature may have several: whoever sees a P-256 signature (r, s) can
 * make (r, n - s) of it, and authenticators give either, so that low s is not required. Nothing may therefore be named by
 * the hash of a signature: the id of a transaction covers its body only.
 */
import { encodeCbor, type CborValue } from './cbor.js';
import type { Crypto } from './crypto.js';
import { isAcceptableEd25519Key } from './ed25519-key.js';
import { CairnError } from './errors.js';
import { WEBAUTHN_LIMITS } from './limits.js';
import { signedBytesOfAssertion, type WebAuthnAssertion, type WebAuthnPolicy } from './webauthn.js';

export type { WebAuthnPolicy } from './webauthn.js';

export interface PublicKey {
  readonly alg: 'ed25519' | 'p256';
  /** Ed25519: 32 bytes (RFC 8032). P-256: 65 bytes, 0x04 ‖ x ‖ y (SEC 1 §2.3.3). */
  readonly key: Uint8Array;
}

export type Signature =
  | { readonly type: 'ed25519' | 'p256'; readonly signature: Uint8Array }
  | ({ readonly type: 'webauthn' } & WebAuthnAssertion);

/** What was signed: a message, and the 32-byte digest of it which a WebAuthn challenge carries instead. */
export interface SignedMessage {
  readonly message: Uint8Array;
  readonly digest: Uint8Array;
}

/** Longest DER of two 256-bit integers. */
const P256_SIGNATURE_BYTES_MAX = 72;

/**
 * Whether `signature` by `publicKey` is over the message, or (WebAuthn) over its digest as `policy` demands. False for
 * whatever is wrong; never throws.
 */
export function verifySignature(
  crypto: Crypto,
  publicKey: PublicKey,
  { message, digest }: SignedMessage,
  signature: Signature,
  policy: WebAuthnPolicy,
): boolean {
  if (signature.type !== 'webauthn') {
    return signature.type === publicKey.alg && verifyBytes(crypto, publicKey, message, signature.signature);
  }
  const signed = signedBytesOfAssertion(crypto, digest, signature, policy);
  return signed !== undefined && verifyBytes(crypto, publicKey, signed, signature.signature);
}

function verifyBytes(crypto: Crypto, { alg, key }: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  return alg === 'ed25519' ? crypto.ed25519Verify(key, message, signature) : crypto.p256Verify(key, message, signature);
}

/** Names a key: SHA-256 of its encoding, 32 bytes. */
export function keyId(crypto: Crypto, publicKey: PublicKey): Uint8Array {
  return crypto.sha256(encodeCbor(publicKeyToCbor(publicKey)));
}

export function publicKeyToCbor({ alg, key }: PublicKey): CborValue {
  return { alg, key };
}

/** @throws CairnError `signature.malformed-key` */
export function publicKeyFromCbor(value: CborValue | undefined): PublicKey {
  if (isMap(value) && Object.keys(value).length === 2) {
    const { alg, key } = value;
    if (key instanceof Uint8Array) {
      if (alg === 'ed25519' && isAcceptableEd25519Key(key)) return { alg, key };
      if (alg === 'p256' && key.length === 65 && key[0] === 4) return { alg, key };
    }
  }
  throw new CairnError(
    'signature.malformed-key',
    'A public key is {alg: "ed25519", key: 32 bytes} or {alg: "p256", key: 65 bytes, uncompressed}.',
  );
}

export function signatureToCbor(signature: Signature): CborValue {
  if (signature.type !== 'webauthn') return [signature.type, signature.signature];
  return [signature.type, signature.authenticatorData, signature.clientDataJson, signature.signature];
}

/** @throws CairnError `signature.malformed` */
export function signatureFromCbor(value: CborValue | undefined): Signature {
  const [type, first, second, third, ...rest] = Array.isArray(value) ? (value as readonly CborValue[]) : [];
  if (type === 'ed25519' && isBytes(first, 64) && first.length === 64 && second === undefined) {
    return { type, signature: first };
  }
  if (type === 'p256' && isBytes(first, P256_SIGNATURE_BYTES_MAX) && second === undefined) {
    return { type, signature: first };
  }
  if (
    type === 'webauthn' &&
    isBytes(first, WEBAUTHN_LIMITS.authenticatorDataBytesMax) &&
    isBytes(second, WEBAUTHN_LIMITS.clientDataBytesMax) &&
    isBytes(third, P256_SIGNATURE_BYTES_MAX) &&
    rest.length === 0
  ) {
    return { type, authenticatorData: first, clientDataJson: second, signature: third };
  }
  throw new CairnError(
    'signature.malformed',
    'A signature is ["ed25519", 64 bytes], ["p256", DER] or ["webauthn", authenticator data, client data, signature].',
  );
}

function isMap(value: CborValue | undefined): value is { readonly [key: string]: CborValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function isBytes(value: CborValue | undefined, lengthMax: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length <= lengthMax;
}
