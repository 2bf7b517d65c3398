/*
 * Wire format (all deterministic CBOR):
 *
 *   transaction = [body: bytes, [call: bytes, …], signature]
 *   body        = ["cairn/tx/1", chainId, nonce (16 bytes), validUntil (Unix seconds), signer, callsRoot (32 bytes), callCount]
 *   call        = [contract, method, args]
 *
 * The signature covers the body, and the body covers the calls by the root of their RFC 9162 tree, so that a receipt can
 * show one call of a thousand without the others. The transaction id is SHA-256(body).
 */
import { decodeCbor, encodeCbor, type CborValue } from '../../primitives/cbor.js';
import type { Crypto } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import { TRANSACTION_LIMITS } from '../../primitives/limits.js';
import { merkleRoot } from '../../primitives/merkle-log.js';
import { equalBytes } from '../../primitives/bytes.js';
import {
  publicKeyFromCbor,
  publicKeyToCbor,
  signatureFromCbor,
  signatureToCbor,
  type PublicKey,
  type Signature,
} from '../../primitives/signature.js';
import { decodeCall, encodeCall, type Call } from './call.js';

const BODY_TAG = 'cairn/tx/1';

/** What is signed. */
export interface TransactionBody {
  readonly chainId: string;
  /** 16 random bytes; with `validUntil` they make a replay impossible without a sequence number per account. */
  readonly nonce: Uint8Array;
  /** Last second (Unix time) of block time at which the transaction may execute. */
  readonly validUntil: number;
  readonly signer: PublicKey;
  /** RFC 9162 root over the encoded calls, 32 bytes. */
  readonly callsRoot: Uint8Array;
  readonly callCount: number;
}

/** A decoded transaction whose calls match its body. The signature is not checked yet. */
export interface Transaction {
  /** SHA-256 of {@link bodyBytes}. */
  readonly id: Uint8Array;
  readonly body: TransactionBody;
  readonly bodyBytes: Uint8Array;
  readonly calls: readonly Call[];
  readonly callBytes: readonly Uint8Array[];
  readonly signature: Signature;
}

/** Calls put into a body that awaits its signature. */
export interface UnsignedTransaction {
  readonly id: Uint8Array;
  readonly bodyBytes: Uint8Array;
  readonly callBytes: readonly Uint8Array[];
}

export interface TransactionOptions {
  readonly chainId: string;
  readonly nonce: Uint8Array;
  readonly validUntil: number;
  readonly signer: PublicKey;
}

/** Puts calls, which succeed or fail together, into a body. */
export function buildTransaction(
  crypto: Crypto,
  calls: readonly Call[],
  options: TransactionOptions,
): UnsignedTransaction {
  const callBytes = calls.map(encodeCall);
  const body: TransactionBody = { ...options, callsRoot: merkleRoot(crypto, callBytes), callCount: calls.length };
  const bodyBytes = encodeBody(body);
  return { id: crypto.sha256(bodyBytes), bodyBytes, callBytes };
}

/** Joins a built transaction and its signature to what is submitted. */
export function encodeTransaction(unsigned: UnsignedTransaction, signature: Signature): Uint8Array {
  return encodeCbor([unsigned.bodyBytes, [...unsigned.callBytes], signatureToCbor(signature)]);
}

/**
 * Decodes and checks everything that needs neither state nor a signature check.
 * @throws CairnError `transaction.too-large`, `transaction.malformed`, `transaction.calls-mismatch` or a `cbor.*` code.
 */
export function decodeTransaction(crypto: Crypto, bytes: Uint8Array): Transaction {
  if (bytes.length > TRANSACTION_LIMITS.bytesMax) {
    throw new CairnError(
      'transaction.too-large',
      `The transaction has ${bytes.length} bytes; at most ${TRANSACTION_LIMITS.bytesMax} are accepted. Split it.`,
    );
  }
  const value = decodeCbor(bytes, { bytesMax: TRANSACTION_LIMITS.bytesMax });
  if (!Array.isArray(value) || value.length !== 3) throw malformed('it is [body, calls, signature]');
  const [bodyBytes, calls, signature] = value as [CborValue, CborValue, CborValue];
  if (!(bodyBytes instanceof Uint8Array)) throw malformed('the body is a byte string');
  if (!Array.isArray(calls) || calls.length === 0) throw malformed('there is at least one call');
  if (calls.length > TRANSACTION_LIMITS.callsMax) {
    throw malformed(`there are ${calls.length} calls; at most ${TRANSACTION_LIMITS.callsMax}`);
  }
  const callBytes: Uint8Array[] = [];
  for (const call of calls) {
    if (!(call instanceof Uint8Array)) throw malformed('a call is a byte string');
    callBytes.push(call);
  }
  const body = decodeBody(bodyBytes);
  if (body.callCount !== callBytes.length || !equalBytes(body.callsRoot, merkleRoot(crypto, callBytes))) {
    throw new CairnError('transaction.calls-mismatch', 'The calls are not those that the body was signed for.');
  }
  return {
    id: crypto.sha256(bodyBytes),
    body,
    bodyBytes,
    calls: callBytes.map(decodeCall),
    callBytes,
    signature: signatureFromCbor(signature),
  };
}

function encodeBody(body: TransactionBody): Uint8Array {
  return encodeCbor([
    BODY_TAG,
    body.chainId,
    body.nonce,
    body.validUntil,
    publicKeyToCbor(body.signer),
    body.callsRoot,
    body.callCount,
  ]);
}

/** @throws CairnError `transaction.malformed` or a `cbor.*` code. */
export function decodeBody(bytes: Uint8Array): TransactionBody {
  const value = decodeCbor(bytes);
  if (!Array.isArray(value) || value.length !== 7 || value[0] !== BODY_TAG) {
    throw malformed(`a body is ["${BODY_TAG}", chain id, nonce, validUntil, signer, callsRoot, callCount]`);
  }
  const [, chainId, nonce, validUntil, signer, callsRoot, callCount] = value as CborValue[];
  if (typeof chainId !== 'string') throw malformed('the chain id is text');
  if (!(nonce instanceof Uint8Array) || nonce.length !== 16) throw malformed('the nonce has 16 bytes');
  if (!isIndex(validUntil)) throw malformed('validUntil is a time in Unix seconds');
  if (!(callsRoot instanceof Uint8Array) || callsRoot.length !== 32) throw malformed('callsRoot has 32 bytes');
  if (!isIndex(callCount)) throw malformed('callCount is a count');
  return { chainId, nonce, validUntil, signer: publicKeyFromCbor(signer), callsRoot, callCount };
}

function isIndex(value: CborValue | undefined): value is number {
  return typeof value === 'number' && value >= 0;
}

function malformed(why: string): CairnError {
  return new CairnError('transaction.malformed', `The transaction is malformed: ${why}.`);
}
