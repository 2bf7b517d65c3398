import type { QueryOf } from '../wire/endpoint.js';
import {
  getBlock,
  getLogEvidence,
  getReceipt,
  getStateEvidence,
  getTransaction,
  streamEvents,
} from '../wire/ledger.js';
import { submitTransaction } from '../wire/ledger.js';
import type { BlockView, CommittedTransactionView, LedgerEventView, TransactionView } from '../wire/ledger.js';
import { CairnApiError } from './api-error.js';
import type { RequestOptions, Transport } from './transport.js';

export interface EventsOptions extends QueryOf<typeof streamEvents>, RequestOptions {
  /** Id of the last event that was dealt with. */
  readonly lastEventId?: string | undefined;
  /** Whether to take up a broken connection where it ended; true when absent. */
  readonly reconnect?: boolean;
}

export interface Ledger {
  /** Hands in an encoded, signed transaction; resolves when it is durable, also when a contract rejected it. */
  submit(transaction: Uint8Array, options?: RequestOptions): Promise<CommittedTransactionView>;
  transaction(id: string, options?: RequestOptions): Promise<TransactionView>;
  block(height: number, options?: RequestOptions): Promise<BlockView>;
  /** Receipt file of one call; for `verifyFile`. */
  receipt(transaction: string, call: number, options?: RequestOptions): Promise<Uint8Array>;
  /** Evidence file of a state key's value or absence; `key` as `collectionKey` makes it, in hex. */
  stateEvidence(key: string, options?: RequestOptions): Promise<Uint8Array>;
  /** Evidence file of all entries of a compartment's log. */
  logEvidence(
    log: 'records' | 'access',
    subject: string,
    compartment: string,
    options?: RequestOptions,
  ): Promise<Uint8Array>;
  /** Ledger events as they happen, or from a height or event on; ends only when it is told to. */
  events(options?: EventsOptions): AsyncGenerator<LedgerEventView, void, void>;
}

export function ledger(transport: Transport): Ledger {
  return {
    submit: (body, options = {}) => transport.call(submitTransaction, { body, ...options }),
    transaction: (transaction, options = {}) => transport.call(getTransaction, { params: { transaction }, ...options }),
    block: (height, options = {}) => transport.call(getBlock, { params: { height }, ...options }),
    receipt: (transaction, call, options = {}) =>
      transport.call(getReceipt, { params: { transaction, call }, ...options }),
    stateEvidence: (key, options = {}) => transport.call(getStateEvidence, { query: { key }, ...options }),
    logEvidence: (log, subject, compartment, options = {}) =>
      transport.call(getLogEvidence, { params: { log, subject, compartment }, ...options }),
    events: (options = {}) => followEvents(transport, options),
  };
}

const RECONNECT_MS_MIN = 500;
const RECONNECT_MS_MAX = 30_000;

/** Goes on after a broken connection with the event after the last one that was handed out. */
async function* followEvents(
  transport: Transport,
  options: EventsOptions,
): AsyncGenerator<LedgerEventView, void, void> {
  const { signal, reconnect = true, lastEventId, ...query } = options;
  let last = lastEventId;
  let waitMs = RECONNECT_MS_MIN;
  for (;;) {
    try {
      const headers: Record<string, string> = last === undefined ? {} : { 'last-event-id': last };
      for await (const { id, data } of transport.events(streamEvents, { query, signal, headers })) {
        waitMs = RECONNECT_MS_MIN;
        yield JSON.parse(data) as LedgerEventView;
        last = id ?? last;
      }
    } catch (error) {
      if (!reconnect || signal?.aborted === true || !mayPass(error)) throw error;
    }
    if (!reconnect) return;
    await sleep(waitMs, signal);
    waitMs = Math.min(waitMs * 2, RECONNECT_MS_MAX);
  }
}

/** Whether trying again makes sense: not when the node says that the request is wrong. */
function mayPass(error: unknown): boolean {
  return !(error instanceof CairnApiError) || error.status === null || error.status >= 500;
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
