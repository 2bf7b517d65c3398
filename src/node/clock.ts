import type { Timestamp } from '../ledger/block/timestamp.js';
import type { Clock } from '../services/organisation/clock.js';

/** The one place where the node asks what time it is. */
export interface NodeClock extends Clock {
  timestamp(): Timestamp;
}

export const systemClock: NodeClock = {
  now: () => Math.floor(Date.now() / 1000),
  timestamp: () => {
    const ms = Date.now();
    return { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1_000_000 };
  },
};
