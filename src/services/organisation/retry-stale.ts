import { CairnError } from '../../primitives/errors.js';

/** Rejections that say: the ledger has moved on since this was prepared. */
const STALE: ReadonlySet<string> = new Set([
  'records.stale-epoch',
  'consent.stale-epoch',
  // A grant ended by the clock between preparing and executing.
  'consent.deliveries-mismatch',
]);

const ATTEMPTS_MAX = 4;

/** Prepares and submits again when another decision came in between: keys and deliveries belong to one epoch. */
export async function retryWhileStale<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let number = 1; ; number += 1) {
    try {
      return await attempt();
    } catch (error) {
      const isStale = error instanceof CairnError && STALE.has(error.code);
      if (!isStale || number === ATTEMPTS_MAX) throw error;
    }
  }
}
