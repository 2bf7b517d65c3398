import type { Crypto } from '../../primitives/crypto.js';
import type { Secret } from '../../primitives/secret.js';
import type { PublicKey, Signature } from '../../primitives/signature.js';

/** Signs transactions for one party. */
export interface Signer {
  readonly publicKey: PublicKey;
  sign(bodyBytes: Uint8Array): Signature;
}

/** A signer with an Ed25519 seed of 32 bytes. */
export function ed25519Signer(crypto: Pick<Crypto, 'ed25519PublicKey' | 'ed25519Sign'>, seed: Secret): Signer {
  return {
    publicKey: { alg: 'ed25519', key: crypto.ed25519PublicKey(seed.reveal()) },
    sign: (bodyBytes) => ({ type: 'ed25519', signature: crypto.ed25519Sign(seed.reveal(), bodyBytes) }),
  };
}
