import type { OperationOutcome } from '@medplum/fhirtypes';
import { toHex } from '../../../primitives/bytes.js';
import type { ReceiptName, StoredVersion } from '../store/resource-store.js';

/** What a FHIR interaction answers, by HTTP or as an entry of a bundle. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text: resources go out as they are stored, not parsed and written again. */
  readonly body?: string;
}

export function answer(status: number, headers: Readonly<Record<string, string>>, body?: string): Answer {
  return { status, headers, ...(body !== undefined && { body }) };
}

export function outcomeAnswer(
  status: number,
  outcome: OperationOutcome,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return answer(status, headers, JSON.stringify(outcome));
}

/** ETag and Last-Modified of a version. */
export function versionHeaders({
  version,
  lastUpdated,
}: Pick<StoredVersion, 'version' | 'lastUpdated'>): Record<string, string> {
  return { etag: `W/"${version}"`, 'last-modified': httpDate(lastUpdated) };
}

/** Where the ledger's receipt of a write is found, for offline verification. */
export function receiptHeader({ transaction, callIndex }: ReceiptName): Record<string, string> {
  return { 'x-receipt': `/api/v1/receipts/${toHex(transaction)}/${callIndex}` };
}

/** More than these would not fit into what proxies allow of headers; all of them stand in the access logs. */
const ACCESSES_SHOWN_MAX = 16;

/** Ids of the entries in the patients' access logs that cover what is shown. */
export function accessHeader(accesses: readonly string[]): Record<string, string> {
  if (accesses.length === 0 || accesses.length > ACCESSES_SHOWN_MAX) return {};
  return { 'x-access': accesses.join(', ') };
}

/** FHIR instant → HTTP date (RFC 9110 §5.6.7), which has whole seconds. */
function httpDate(instant: string): string {
  return new Date(instant).toUTCString();
}
