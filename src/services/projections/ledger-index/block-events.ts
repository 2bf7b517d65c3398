import { encodeCbor, type CborValue } from '../../../primitives/cbor.js';
import { decodeOutcome, type TransactionResult } from '../../../ledger/execution/outcome.js';

/** Where in the chain an event stands. */
export interface EventPosition {
  readonly height: number;
  readonly transactionIndex: number;
  readonly callIndex: number;
  readonly eventIndex: number;
}

export interface PositionedEvent extends EventPosition {
  readonly type: string;
  readonly payload: { readonly [field: string]: CborValue };
}

/** A block as the projections see it. */
export interface ResultBlock {
  readonly height: number;
  readonly results: readonly TransactionResult[];
}

/** The events of a block's accepted calls, in order. */
export function* eventsOf({ height, results }: ResultBlock): Iterable<PositionedEvent> {
  for (const [transactionIndex, result] of results.entries()) {
    for (const [callIndex, outcome] of result.outcomes.entries()) {
      for (const [eventIndex, event] of decodeOutcome(outcome).events.entries()) {
        const payload = event.payload as PositionedEvent['payload'];
        yield { height, transactionIndex, callIndex, eventIndex, type: event.type, payload };
      }
    }
  }
}

export function encodePayload(event: PositionedEvent): Uint8Array {
  return encodeCbor(event.payload);
}
