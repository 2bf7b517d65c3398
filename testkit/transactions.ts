import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { callOf } from '../src/contracts/calls.js';
import type { Call } from '../src/ledger/transaction/call.js';
import {
  buildTransaction,
  encodeTransaction,
  type TransactionOptions,
  type UnsignedTransaction,
} from '../src/ledger/transaction/transaction.js';
import { nodeCrypto, randomBytes } from '../src/platform/node-crypto.js';
import { concatBytes, toBase64Url, utf8ToBytes } from '../src/primitives/bytes.js';
import type { PublicKey, Signature } from '../src/primitives/signature.js';
import { testSigner } from './ledger.js';

/** Seconds at which a test ledger begins. */
export const TEST_TIME = 1_790_000_000;

/** A transaction for a test ledger; replace what matters. */
export function unsignedTransaction(
  calls: readonly Call[],
  options: Partial<TransactionOptions> = {},
): UnsignedTransaction {
  const { publicKey } = testSigner('hospital');
  const nonce = randomBytes(16);
  return buildTransaction(nodeCrypto, calls, {
    ...{ chainId: 'test-chain', nonce, validUntil: TEST_TIME + 100, signer: publicKey },
    ...options,
  });
}

/** The same, signed by an organisation of the test ledger. */
export function signedTransaction(
  calls: readonly Call[],
  options: Partial<TransactionOptions> & { readonly by?: string } = {},
): Uint8Array {
  const { by = 'hospital', ...rest } = options;
  const signer = testSigner(by);
  const unsigned = unsignedTransaction(calls, { signer: signer.publicKey, ...rest });
  return encodeTransaction(unsigned, signer.sign(unsigned.bodyBytes));
}

/** A call that any member may make, and that changes the state: an id is used once. */
export function vouchCall(id: Uint8Array = randomBytes(16)): Call {
  return callOf('registry', 'vouch', { id, kind: 'practitioner', key: null });
}

/** A passkey, as an authenticator holds it. */
export interface TestPasskey {
  readonly publicKey: PublicKey;
  /** An assertion for a challenge; replace what matters. */
  assert(challenge: Uint8Array, replaced?: Partial<AssertionParts>): Signature;
}

interface AssertionParts {
  readonly origin: string;
  readonly rpId: string;
  readonly type: string;
  readonly challenge: Uint8Array;
  /** 1: user present, 4: user verified. */
  readonly flags: number;
}

export function testPasskey(): TestPasskey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = publicKey.export({ format: 'jwk' }) as { x: string; y: string };
  const point = concatBytes(Uint8Array.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url'));
  return {
    publicKey: { alg: 'p256', key: point },
    assert(challenge, replaced = {}) {
      const parts = {
        ...{ origin: 'https://portal.example', rpId: 'portal.example', type: 'webauthn.get', challenge, flags: 5 },
        ...replaced,
      };
      const clientData = { type: parts.type, challenge: toBase64Url(parts.challenge), origin: parts.origin };
      const clientDataJson = utf8ToBytes(JSON.stringify({ ...clientData, crossOrigin: false }));
      const rpIdHash = createHash('sha256').update(parts.rpId).digest();
      const authenticatorData = concatBytes(rpIdHash, Uint8Array.of(parts.flags, 0, 0, 0, 1));
      const signed = concatBytes(authenticatorData, nodeCrypto.sha256(clientDataJson));
      const signature = new Uint8Array(sign('sha256', signed, { key: privateKey, dsaEncoding: 'der' }));
      return { type: 'webauthn', authenticatorData, clientDataJson, signature };
    },
  };
}
