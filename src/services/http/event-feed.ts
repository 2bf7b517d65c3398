import { CairnError } from '../../primitives/errors.js';
import { toHex } from '../../primitives/bytes.js';
import type { LedgerEventView } from '../../wire/ledger.js';
import type { NodeServices } from '../node-services.js';
import { eventsOf, type EventPosition, type PositionedEvent } from '../projections/ledger-index/block-events.js';
import type { StreamedEvent } from './streams.js';
import { ledgerRecord } from './views.js';

/** What a stream is about. */
export interface EventFilter {
  /** Types such as `consent.granted`, or contracts; undefined: all. */
  readonly types: readonly string[] | undefined;
  /** Hex. */
  readonly subject: string | undefined;
}

const STREAMS_MAX = 256;
/** Blocks that streams at the same place share. */
const BLOCKS_KEPT_MAX = 8;

/**
 * Streams of ledger events. A stream reads block after block from the ledger at the pace of its reader, so that it needs no
 * buffer, misses nothing, and can begin at any event of the past.
 */
export class EventFeed {
  readonly #services: NodeServices;
  readonly #blocks = new Map<number, readonly PositionedEvent[]>();
  readonly #waiters = new Set<() => void>();
  readonly #unsubscribe: () => void;
  #streams = 0;

  constructor(services: NodeServices) {
    this.#services = services;
    this.#unsubscribe = services.onBlock(() => this.#wake());
  }

  /** Streams that are open. */
  get size(): number {
    return this.#streams;
  }

  /**
   * Events after a position, then as they happen, until the signal ends.
   * @throws CairnError `events.too-many-streams`.
   */
  follow(
    after: EventPosition,
    filter: EventFilter,
    signal: AbortSignal,
  ): AsyncIterable<StreamedEvent<LedgerEventView>> {
    if (this.#streams >= STREAMS_MAX) {
      throw new CairnError('events.too-many-streams', 'The node serves as many streams as it can. Try again later.');
    }
    return this.#counted(this.#follow(after, filter, signal));
  }

  close(): void {
    this.#unsubscribe();
    this.#wake();
  }

  async *#counted<Element>(elements: AsyncIterable<Element>): AsyncGenerator<Element, void, void> {
    this.#streams += 1;
    try {
      yield* elements;
    } finally {
      this.#streams -= 1;
    }
  }

  async *#follow(
    after: EventPosition,
    filter: EventFilter,
    signal: AbortSignal,
  ): AsyncGenerator<StreamedEvent<LedgerEventView>, void, void> {
    for (let height = Math.max(after.height, 1); !signal.aborted; height += 1) {
      while (height > this.#services.ledgerIndex.height) {
        await this.#nextBlock(signal);
        if (signal.aborted) return;
      }
      for (const event of this.#events(height)) {
        if (!isAfter(event, after) || !matches(event, filter)) continue;
        const data = eventView(event);
        yield { id: data.id, data };
      }
    }
  }

  #events(height: number): readonly PositionedEvent[] {
    let events = this.#blocks.get(height);
    if (events === undefined) {
      const block = this.#services.application.executedBlock(height);
      events = block === undefined ? [] : [...eventsOf(block)];
      const [oldest] = this.#blocks.keys();
      if (oldest !== undefined && this.#blocks.size >= BLOCKS_KEPT_MAX) this.#blocks.delete(oldest);
      this.#blocks.set(height, events);
    }
    return events;
  }

  #nextBlock(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiters.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiters.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiters]) wake();
  }
}

/** The position behind everything at a height. */
export function endOf(height: number): EventPosition {
  const last = Number.MAX_SAFE_INTEGER;
  return { height, transactionIndex: last, callIndex: last, eventIndex: last };
}

/** @throws CairnError `events.malformed-id`. */
export function parseEventId(id: string): EventPosition {
  const parts = /^(\d{1,15})-(\d{1,9})-(\d{1,9})-(\d{1,9})$/.exec(id);
  if (parts === null)
    throw new CairnError('events.malformed-id', 'Last-Event-ID is not the id of an event of this API.');
  const [height = 0, transactionIndex = 0, callIndex = 0, eventIndex = 0] = parts.slice(1).map(Number);
  return { height, transactionIndex, callIndex, eventIndex };
}

function eventView(event: PositionedEvent): LedgerEventView {
  const { height, transactionIndex, callIndex, eventIndex, type, payload } = event;
  const id = `${height}-${transactionIndex}-${callIndex}-${eventIndex}`;
  return { id, height, transactionIndex, callIndex, type, payload: ledgerRecord(payload) };
}

function isAfter(a: EventPosition, b: EventPosition): boolean {
  const difference =
    a.height - b.height ||
    a.transactionIndex - b.transactionIndex ||
    a.callIndex - b.callIndex ||
    a.eventIndex - b.eventIndex;
  return difference > 0;
}

function matches({ type, payload }: PositionedEvent, { types, subject }: EventFilter): boolean {
  if (types !== undefined && !types.some((wanted) => type === wanted || type.startsWith(`${wanted}.`))) return false;
  if (subject === undefined) return true;
  return payload['subject'] instanceof Uint8Array && toHex(payload['subject']) === subject;
}
