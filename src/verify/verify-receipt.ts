import { equalBytes } from '../primitives/bytes.js';
import { merkleRoot } from '../primitives/merkle-log.js';
import type { Crypto } from '../primitives/crypto.js';
import { CairnError } from '../primitives/errors.js';
import { verifySignature, type PublicKey, type WebAuthnPolicy } from '../primitives/signature.js';
import { rootOfBranch, siblingSides, type Branch } from '../ledger/block/branch.js';
import { verifyResult } from '../ledger/block/results.js';
import type { TrustRoot } from '../ledger/block/trust-root.js';
import { verifyCommit } from '../ledger/block/verify-commit.js';
import {
  decodeOutcome,
  decodeResultData,
  RESULT_OK,
  type CallOutcome,
  type ResultData,
} from '../ledger/execution/outcome.js';
import type { Receipt } from '../ledger/receipt/receipt.js';
import { decodeCall, type Call } from '../ledger/transaction/call.js';
import { decodeBody, type TransactionBody } from '../ledger/transaction/transaction.js';

/** What a valid receipt proves. */
export interface VerifiedReceipt {
  readonly chainId: string;
  /** Height of the block that executed the transaction. */
  readonly height: number;
  /** SHA-256 of the signed body. */
  readonly transactionId: Uint8Array;
  readonly signer: PublicKey;
  readonly call: Call;
  readonly callIndex: number;
  readonly callCount: number;
  readonly outcome: CallOutcome;
}

export interface VerifyOptions {
  /** Needed for transactions signed with a passkey: the chain's own policy. */
  readonly webAuthn?: WebAuthnPolicy;
}

/** Accepts no passkey, for receipts that are not signed with one. */
const NO_PASSKEYS: WebAuthnPolicy = { origins: [], rpIds: [], requireUserVerification: true };

/**
 * Verifies a receipt against the validators that the verifier trusts. Needs no node and no network.
 * @throws CairnError saying which link of the chain of proof is broken: `receipt.wrong-signature`, `receipt.wrong-call`,
 *   `receipt.wrong-outcome`, `receipt.wrong-transaction`, `receipt.wrong-result`, `receipt.not-accepted`, or `light.*`.
 */
export function verifyReceipt(
  crypto: Crypto,
  trust: TrustRoot,
  receipt: Receipt,
  options: VerifyOptions = {},
): VerifiedReceipt {
  const { header } = receipt.signedHeader;
  verifyCommit(crypto, trust.chainId, trust.validators, receipt.signedHeader);

  const body = decodeBody(receipt.body);
  const transactionId = crypto.sha256(receipt.body);
  check(body.chainId === trust.chainId, 'receipt.wrong-transaction', 'The transaction was signed for another chain.');
  checkSignature(crypto, receipt, body, transactionId, options);

  const callRoot = rootOfBranch(crypto, receipt.call, receipt.callBranch);
  const isInPlace = isAt(receipt.callBranch, receipt.callIndex, body.callCount);
  check(
    equalBytes(callRoot, body.callsRoot) && isInPlace,
    'receipt.wrong-call',
    'The call is not part of the signed transaction.',
  );

  const result = { code: RESULT_OK, data: receipt.resultData, gasWanted: 0, gasUsed: 0 };
  const isInHeader = verifyResult(crypto, header.lastResultsHash, result, receipt.resultBranch);
  check(isInHeader, 'receipt.wrong-result', 'The result is not one that the validators signed.');

  const data = decodeResultData(receipt.resultData);
  check(
    equalBytes(data.transactionId, transactionId),
    'receipt.wrong-transaction',
    'The result is another transaction’s.',
  );
  checkOutcome(crypto, receipt, data, body);

  return {
    chainId: body.chainId,
    height: header.height - 1,
    transactionId,
    signer: body.signer,
    call: decodeCall(receipt.call),
    callIndex: receipt.callIndex,
    callCount: body.callCount,
    outcome: decodeOutcome(receipt.outcome),
  };
}

function checkSignature(
  crypto: Crypto,
  { body: message, signature }: Receipt,
  { signer }: TransactionBody,
  digest: Uint8Array,
  options: VerifyOptions,
): void {
  const isValid = verifySignature(crypto, signer, { message, digest }, signature, options.webAuthn ?? NO_PASSKEYS);
  check(isValid, 'receipt.wrong-signature', 'The transaction is not signed by the signer that it names.');
}

function checkOutcome(
  crypto: Crypto,
  receipt: Receipt,
  { outcomesRoot, rejection }: ResultData,
  body: TransactionBody,
): void {
  check(rejection === null && outcomesRoot !== null, 'receipt.not-accepted', 'The transaction had no effect.');
  const root = rootOfBranch(crypto, receipt.outcome, receipt.outcomeBranch);
  const isInPlace = isAt(receipt.outcomeBranch, receipt.callIndex, body.callCount);
  check(
    equalBytes(root, outcomesRoot ?? merkleRoot(crypto, [])) && isInPlace,
    'receipt.wrong-outcome',
    'The outcome is not the call’s.',
  );
}

/** Whether a branch leads up from the leaf with this index in a tree of this size. */
function isAt(branch: Branch, index: number, size: number): boolean {
  if (index >= size) return false;
  const sides = siblingSides(index, size);
  return sides.length === branch.length && branch.every(({ siblingIsLeft }, level) => siblingIsLeft === sides[level]);
}

function check(condition: boolean, code: string, message: string): void {
  if (!condition) throw new CairnError(code, message);
}
