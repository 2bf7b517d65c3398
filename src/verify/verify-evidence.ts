import { toHex } from '../primitives/bytes.js';
import type { CborValue } from '../primitives/cbor.js';
import type { Crypto } from '../primitives/crypto.js';
import { CairnError } from '../primitives/errors.js';
import { keyId } from '../primitives/signature.js';
import type { TrustRoot } from '../ledger/block/trust-root.js';
import type { LedgerEvent } from '../ledger/execution/runtime.js';
import { receiptFromCbor } from '../ledger/receipt/receipt.js';
import { evidenceTag, logEvidenceFromCbor, stateEvidenceFromCbor } from '../ledger/receipt/state-evidence.js';
import { verifyReceipt, type VerifyOptions } from './verify-receipt.js';
import { describeStateKey, verifyLog, verifyState } from './verify-state.js';

/** What a file has proved, in terms that a person can be shown. Ids are hexadecimal. */
export type VerifiedEvidence =
  | {
      readonly kind: 'receipt';
      readonly chainId: string;
      /** Block that executed the call. */
      readonly height: number;
      /** Unix seconds of the header that proves it, which follows that block. */
      readonly time: number;
      readonly transaction: string;
      readonly signer: string;
      /** `contract.method`. */
      readonly call: string;
      readonly callIndex: number;
      readonly callCount: number;
      readonly args: CborValue;
      readonly value: CborValue;
      readonly events: readonly LedgerEvent[];
    }
  | {
      readonly kind: 'state' | 'log';
      readonly chainId: string;
      /** Block after which the state was so. */
      readonly height: number;
      /** Unix seconds of the header that carries the state's root. */
      readonly time: number;
      /** `contract/collection`. */
      readonly collection: string;
      readonly key: string;
      readonly isPresent: boolean;
      /** Of a log: how many entries it has, all of them in the file. */
      readonly entries?: readonly Uint8Array[];
    };

/**
 * Verifies any evidence file of Cairn.
 * @throws CairnError `evidence.unknown` for another kind of file, or what the verification of its kind throws.
 */
export function verifyEvidence(
  crypto: Crypto,
  trust: TrustRoot,
  file: Uint8Array,
  options: VerifyOptions = {},
): VerifiedEvidence {
  const { tag, value } = evidenceTag(file);
  switch (tag) {
    case 'cairn/receipt/1':
      return describeReceipt(crypto, trust, value, options);
    case 'cairn/state/1': {
      const { chainId, height, time, key, value: present } = verifyState(crypto, trust, stateEvidenceFromCbor(value));
      const collection = describeStateKey(key);
      return { kind: 'state', chainId, height, time, collection, key: toHex(key), isPresent: present !== undefined };
    }
    case 'cairn/log/1': {
      const { chainId, height, time, key, leaves } = verifyLog(crypto, trust, logEvidenceFromCbor(value));
      const collection = describeStateKey(key);
      const isPresent = leaves.length > 0;
      return { kind: 'log', chainId, height, time, collection, key: toHex(key), isPresent, entries: leaves };
    }
    default:
      throw new CairnError('evidence.unknown', 'This is not a receipt or evidence file that this version knows.');
  }
}

function describeReceipt(crypto: Crypto, trust: TrustRoot, value: CborValue, options: VerifyOptions): VerifiedEvidence {
  const receipt = receiptFromCbor(value);
  const verified = verifyReceipt(crypto, trust, receipt, options);
  const { chainId, height, callIndex, callCount, call, outcome } = verified;
  return {
    kind: 'receipt',
    chainId,
    height,
    time: receipt.signedHeader.header.time.seconds,
    transaction: toHex(verified.transactionId),
    signer: toHex(keyId(crypto, verified.signer)),
    call: `${call.contract}.${call.method}`,
    callIndex,
    callCount,
    args: call.args,
    value: outcome.value,
    events: outcome.events,
  };
}
