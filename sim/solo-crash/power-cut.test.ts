import { describe, expect, it } from 'vitest';
import { openTestLedger } from '../../testkit/ledger.js';
import { TEST_TIME } from '../../testkit/transactions.js';
import { checkLedger } from './check-ledger.js';
import { CRASH_SEED, seededRandom } from './config.js';
import { submitWithoutEnd, type Acknowledged } from './load.js';
import { LossyDatabase, type LossyOptions } from './lossy-database.js';

const SEEDS = 40;
const CUTS = 4;
const WORKERS = 8;
const ACKNOWLEDGED_MAX = 40;

/** Cuts the power a few times under load. Returns what was wrong afterwards. */
async function run(seed: number, faults: Pick<LossyOptions, 'forgetsToSync'> = {}): Promise<readonly string[]> {
  const random = seededRandom(seed);
  const clock = { seconds: TEST_TIME };
  const acknowledged: Acknowledged[] = [];
  let database = new LossyDatabase({ random, ...faults });
  for (let cut = 0; cut < CUTS; cut += 1) {
    const ledger = await openTestLedger({ database, clock });
    const target = acknowledged.length + Math.floor(random() * ACKNOWLEDGED_MAX);
    await new Promise<void>((resolve) => {
      const onAcknowledged = (told: Acknowledged): void => {
        acknowledged.push(told);
        if (acknowledged.length >= target) resolve();
      };
      void submitWithoutEnd(ledger, { workers: WORKERS, onAcknowledged });
    });
    const told = [...acknowledged];
    database = database.cutPower();
    const { problems } = await checkLedger(database, { acknowledged: told, clock, wholeState: true });
    if (problems.length > 0) return problems;
  }
  return [];
}

describe('a node whose power is cut', () => {
  it('has every acknowledged transaction and no half block', async () => {
    for (let seed = CRASH_SEED; seed < CRASH_SEED + SEEDS; seed += 1) {
      expect(await run(seed), `CAIRN_SEED=${seed}`).toEqual([]);
    }
  });

  it('that acknowledged before the write was durable is found out', async () => {
    let found = 0;
    for (let seed = CRASH_SEED; seed < CRASH_SEED + SEEDS; seed += 1) {
      const problems = await run(seed, { forgetsToSync: true });
      if (problems.some((problem) => problem.startsWith('acknowledged and lost'))) found += 1;
    }
    expect(found).toBeGreaterThan(SEEDS / 2);
  });
});
