import { toHex } from '../../primitives/bytes.js';
import type { CborValue } from '../../primitives/cbor.js';
import { formatSeconds } from '../../primitives/time.js';
import { decodeOutcome, type TransactionResult } from '../../ledger/execution/outcome.js';
import type { GrantView, GrantDecision, LedgerDecision } from '../../wire/grants.js';
import type { CommittedTransactionView } from '../../wire/ledger.js';
import type { CommittedTransaction } from '../../consensus/driver.js';
import type { ConsentDecision, GrantView as LedgerGrant } from '../organisation/consents.js';

/** How what the services know is told over HTTP. */

type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** A value of the ledger as JSON: byte strings as hexadecimal, integers beyond 2^53 as text. */
export function ledgerValue(value: CborValue): JsonValue {
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return (value as readonly CborValue[]).map(ledgerValue);
  if (typeof value === 'object' && value !== null) return ledgerRecord(value as { readonly [name: string]: CborValue });
  return value;
}

export function ledgerRecord(record: { readonly [name: string]: CborValue }): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, ledgerValue(value)]));
}

export function timeOrNull(seconds: number | null): string | null {
  return seconds === null ? null : formatSeconds(seconds);
}

export function receiptPath(transaction: string, call: number): string {
  return `/api/v1/receipts/${transaction}/${call}`;
}

export function decisionView(id: Uint8Array, call: number, height: number): LedgerDecision {
  const transaction = toHex(id);
  return { transaction, call, height, receipt: receiptPath(transaction, call) };
}

export function grantDecisionView({ grant, transaction, callIndex, height }: ConsentDecision): GrantDecision {
  return { ...decisionView(transaction, callIndex, height), grant: toHex(grant) };
}

export function grantView(grant: LedgerGrant): GrantView {
  const { id, subject, compartment, code = null, grantee, purposes, rights, status } = grant;
  return {
    grant: toHex(id),
    subject: toHex(subject),
    compartment: toHex(compartment),
    code,
    grantee,
    purposes: [...purposes],
    rights: [...rights],
    from: formatSeconds(grant.from),
    until: formatSeconds(grant.until),
    dataFrom: timeOrNull(grant.dataFrom),
    dataUntil: timeOrNull(grant.dataUntil),
    status,
    revokedAt: timeOrNull(grant.revokedAt),
  };
}

export function resultView({ outcomes, rejection }: TransactionResult): CommittedTransactionView['result'] {
  return {
    status: rejection === null ? 'accepted' : 'rejected',
    outcomes: outcomes.map((encoded) => {
      const { value, events } = decodeOutcome(encoded);
      return {
        value: ledgerValue(value),
        events: events.map(({ type, payload }) => ({ type, payload: ledgerValue(payload) })),
        encoded: toHex(encoded),
      };
    }),
    rejection: rejection === null ? null : { ...rejection },
  };
}

export function committedView({ id, height, index, time, result }: CommittedTransaction): CommittedTransactionView {
  return { id: toHex(id), height, index, time: formatSeconds(time), result: resultView(result) };
}
