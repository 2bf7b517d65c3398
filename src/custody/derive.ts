/**
 * The one way in which this project derives keys: HKDF-SHA-256 (RFC 5869) without salt, whose info is the deterministic
 * CBOR of `[label, ...context]`. CBOR makes it unambiguous where one part ends; the label says what the key is for, so
 * that no two purposes share a key.
 */
import { encodeCbor, type CborValue } from '../primitives/cbor.js';
import type { Crypto } from '../primitives/crypto.js';
import { Secret } from '../primitives/secret.js';

/** Every purpose for which something is derived. A new purpose gets a new label; a label never changes its meaning. */
export type DerivationLabel =
  | 'cairn/organisation/ledger-signing'
  | 'cairn/organisation/sealing'
  | 'cairn/organisation/index'
  | 'cairn/organisation/api-keys'
  | 'cairn/organisation/steward'
  | 'cairn/steward/subject'
  | 'cairn/subject/signing'
  | 'cairn/subject/sealing'
  | 'cairn/subject/pseudonym'
  | 'cairn/compartment'
  | 'cairn/epoch'
  | 'cairn/record'
  | 'cairn/key-store/environment'
  | 'cairn/key-store/guardians';

type Hkdf = Pick<Crypto, 'hkdfSha256'>;

/** `length` bytes, 32 unless told otherwise, from `secret` for one purpose and context. */
export function deriveBytes(
  crypto: Hkdf,
  secret: Uint8Array,
  label: DerivationLabel,
  context: readonly CborValue[],
  length = 32,
): Uint8Array {
  return crypto.hkdfSha256(secret, NO_SALT, encodeCbor([label, ...context]), length);
}

/** As {@link deriveBytes}, 32 bytes from one secret to another. */
export function deriveSecret(
  crypto: Hkdf,
  secret: Secret,
  label: DerivationLabel,
  context: readonly CborValue[] = [],
): Secret {
  return new Secret(deriveBytes(crypto, secret.reveal(), label, context));
}

const NO_SALT = new Uint8Array(0);
