import { decodeCbor, encodeCbor, type CborValue } from '../../primitives/cbor.js';
import { CairnError } from '../../primitives/errors.js';

/** One step of a transaction: a method of a contract with its arguments (a CBOR map). */
export interface Call {
  readonly contract: string;
  readonly method: string;
  readonly args: CborValue;
}

/** CBOR `[contract, method, args]`: the leaf of a transaction's calls tree. */
export function encodeCall(call: Call): Uint8Array {
  return encodeCbor([call.contract, call.method, call.args]);
}

/** @throws CairnError `transaction.malformed` or a `cbor.*` code. */
export function decodeCall(bytes: Uint8Array): Call {
  const value = decodeCbor(bytes);
  if (!Array.isArray(value) || value.length !== 3) throw malformed('a call is [contract, method, args]');
  const [contract, method, args] = value as [CborValue, CborValue, CborValue];
  if (typeof contract !== 'string' || typeof method !== 'string') throw malformed('contract and method are text');
  return { contract, method, args };
}

function malformed(why: string): CairnError {
  return new CairnError('transaction.malformed', `The transaction is malformed: ${why}.`);
}
