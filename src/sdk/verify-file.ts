import { portableCrypto } from '../primitives/portable-crypto.js';
import { CairnError } from '../primitives/errors.js';
import { trustRootFromJson, type TrustRootJson } from '../ledger/block/trust-root.js';
import { receiptFromCbor } from '../ledger/receipt/receipt.js';
import { evidenceTag, logEvidenceFromCbor, stateEvidenceFromCbor } from '../ledger/receipt/state-evidence.js';
import { verifyReceipt, type VerifiedReceipt, type VerifyOptions } from '../verify/verify-receipt.js';
import { verifyLog, verifyState, type VerifiedState } from '../verify/verify-state.js';
import type { Crypto } from '../primitives/crypto.js';

/** What a valid file proves. */
export type VerifiedFile =
  | ({ readonly kind: 'receipt' } & VerifiedReceipt)
  | ({ readonly kind: 'state' } & VerifiedState)
  | ({ readonly kind: 'log'; readonly leaves: readonly Uint8Array[] } & VerifiedState);

export interface VerifyFileOptions extends VerifyOptions {
  /** The platform's, where it is faster than JavaScript. */
  readonly crypto?: Crypto;
}

/**
 * Verifies a receipt or evidence file offline, against the trust root that the verifier has from members directly.
 * @throws CairnError saying what is wrong: `evidence.malformed`, `trust-root.malformed`, and the codes of
 *   `verifyReceipt`, `verifyState` and `verifyLog`.
 */
export function verifyFile(
  trust: TrustRootJson,
  file: Uint8Array,
  { crypto = portableCrypto, ...options }: VerifyFileOptions = {},
): VerifiedFile {
  const root = trustRootFromJson(crypto, trust);
  const { tag, value } = evidenceTag(file);
  switch (tag) {
    case 'cairn/receipt/1':
      return { kind: 'receipt', ...verifyReceipt(crypto, root, receiptFromCbor(value), options) };
    case 'cairn/state/1':
      return { kind: 'state', ...verifyState(crypto, root, stateEvidenceFromCbor(value)) };
    case 'cairn/log/1':
      return { kind: 'log', ...verifyLog(crypto, root, logEvidenceFromCbor(value)) };
    default:
      throw new CairnError('evidence.malformed', 'This is not a receipt or evidence file of Cairn.');
  }
}
