import type { SignatureCheck } from '../ledger/application/application.js';
import { verifySignature } from '../primitives/signature.js';
import { nodeCrypto, verifyEd25519InThreadPool } from './node-crypto.js';

/** Checks Ed25519 signatures, nearly all there are, in libuv's thread pool, so that they do not hold blocks up. */
export const checkSignature: SignatureCheck = (publicKey, signed, signature, policy) =>
  publicKey.alg === 'ed25519' && signature.type === 'ed25519'
    ? verifyEd25519InThreadPool(publicKey.key, signed.message, signature.signature)
    : verifySignature(nodeCrypto, publicKey, signed, signature, policy);
