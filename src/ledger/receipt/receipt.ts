/*
 * A receipt shows to anybody, offline, that a call of a signed transaction took effect, and what it returned and caused:
 *
 *   receipt = ["cairn/receipt/1", body, signature, [call, callIndex, callBranch], [outcome, outcomeBranch],
 *              resultData, resultBranch, header, commit]
 *
 *   body       names chain, signer, validity and the root over the calls; its SHA-256 is the transaction id
 *   signature  of the body by the signer
 *   call       leads by callBranch to the body's root over the calls
 *   outcome    leads by outcomeBranch to the root over the outcomes in resultData
 *   resultData names the transaction id and leads by resultBranch to last_results_hash in the header
 *   header     the header after the block that executed the transaction; its app_hash is the state after that block
 *   commit     the validators' signatures over the header
 *
 * CometBFT puts the results of block H into header H + 1. As the result names the transaction, that one header proves the
 * transaction and its result; the block itself is not needed, and a receipt stays small however large the block was.
 */
import { decodeCbor, encodeCbor, type CborValue } from '../../primitives/cbor.js';
import { CairnError } from '../../primitives/errors.js';
import { signatureFromCbor, signatureToCbor, type Signature } from '../../primitives/signature.js';
import type { Branch } from '../block/branch.js';
import {
  branchFromCbor,
  branchToCbor,
  commitFromCbor,
  commitToCbor,
  headerFromCbor,
  headerToCbor,
} from '../block/wire.js';
import type { SignedHeader } from '../block/verify-commit.js';

const TAG = 'cairn/receipt/1';

export interface Receipt {
  readonly body: Uint8Array;
  readonly signature: Signature;
  readonly call: Uint8Array;
  readonly callIndex: number;
  readonly callBranch: Branch;
  readonly outcome: Uint8Array;
  readonly outcomeBranch: Branch;
  readonly resultData: Uint8Array;
  readonly resultBranch: Branch;
  readonly signedHeader: SignedHeader;
}

export function encodeReceipt(receipt: Receipt): Uint8Array {
  return encodeCbor([
    TAG,
    receipt.body,
    signatureToCbor(receipt.signature),
    [receipt.call, receipt.callIndex, branchToCbor(receipt.callBranch)],
    [receipt.outcome, branchToCbor(receipt.outcomeBranch)],
    receipt.resultData,
    branchToCbor(receipt.resultBranch),
    headerToCbor(receipt.signedHeader.header),
    commitToCbor(receipt.signedHeader.commit),
  ]);
}

/** @throws CairnError `receipt.malformed`, `block.malformed`, `signature.*` or `cbor.*`. */
export function receiptFromCbor(value: CborValue): Receipt {
  if (!Array.isArray(value) || value.length !== 9 || value[0] !== TAG) throw malformed('its shape');
  const [, body, signature, called, outcome, resultData, resultBranch, header, commit] = value as CborValue[];
  const [call, callIndex, callBranch] = list(called, 3);
  const [outcomeBytes, outcomeBranch] = list(outcome, 2);
  if (typeof callIndex !== 'number' || callIndex < 0) throw malformed('the call index');
  return {
    body: bytes(body),
    signature: signatureFromCbor(signature),
    call: bytes(call),
    callIndex,
    callBranch: branchFromCbor(callBranch),
    outcome: bytes(outcomeBytes),
    outcomeBranch: branchFromCbor(outcomeBranch),
    resultData: bytes(resultData),
    resultBranch: branchFromCbor(resultBranch),
    signedHeader: { header: headerFromCbor(header), commit: commitFromCbor(commit) },
  };
}

/** @throws CairnError as {@link receiptFromCbor}. */
export function decodeReceipt(encoded: Uint8Array): Receipt {
  return receiptFromCbor(decodeCbor(encoded));
}

function list(value: CborValue | undefined, length: number): CborValue[] {
  if (!Array.isArray(value) || value.length !== length) throw malformed('its shape');
  return value as CborValue[];
}

function bytes(value: CborValue | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw malformed('a byte string');
  return value;
}

function malformed(what: string): CairnError {
  return new CairnError('receipt.malformed', `This is not a receipt: ${what} is wrong.`);
}
