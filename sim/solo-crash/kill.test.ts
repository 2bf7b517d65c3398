import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import type { TrustedState } from '../../src/ledger/block/light-client.js';
import { openLevelDatabase } from '../../src/platform/level-database.js';
import { checkLedger } from './check-ledger.js';
import { CRASH_ROUNDS, CRASH_SEED, seededRandom } from './config.js';
import type { Acknowledged } from './load.js';

const folder = mkdtempSync(join(tmpdir(), 'cairn-solo-crash-'));
// Beside the packages it imports.
const scripts = mkdtempSync(join(fileURLToPath(new URL('../../node_modules/', import.meta.url)), '.cairn-test-'));
const script = join(scripts, 'load-process.mjs');

afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(scripts, { recursive: true });
});

/** One round in five kills the process while it opens, the others under load. */
const WHILE_OPENING = 0.2;
const OPENING_MS_MAX = 500;
/** Under load it is killed so many acknowledgements, and then so many milliseconds, after it takes transactions. */
const ACKNOWLEDGED_MAX = 200;
const LOAD_MS_MAX = 40;
/** In these rounds everything acknowledged so far is looked up, and the whole state is read. */
const THOROUGH_EVERY = 40;

describe('a node killed at any instant', () => {
  it(
    'has every acknowledged transaction and no half block',
    async () => {
      console.log(`CAIRN_SEED=${CRASH_SEED} CAIRN_CRASH_ROUNDS=${CRASH_ROUNDS}`);
      buildLoadProcess();
      const random = seededRandom(CRASH_SEED);
      const clock = { seconds: 0 };
      const all: Acknowledged[] = [];
      let verified: TrustedState | undefined;
      let height = 0;
      for (let round = 1; round <= CRASH_ROUNDS; round += 1) {
        const isOpening = random() < WHILE_OPENING;
        const lifeMs = random() * (isOpening ? OPENING_MS_MAX : LOAD_MS_MAX);
        const told = await runAndKill(isOpening ? undefined : Math.floor(random() * ACKNOWLEDGED_MAX), lifeMs);
        all.push(...told);
        const isThorough = round % THOROUGH_EVERY === 0 || round === CRASH_ROUNDS;
        clock.seconds = Math.floor(Date.now() / 1000);
        const database = await openLevelDatabase(join(folder, 'ledger'));
        const acknowledged = isThorough ? all : told;
        const report = await checkLedger(database, { acknowledged, clock, verified, wholeState: isThorough });
        await database.close();
        expect(report.problems, `after kill ${round}`).toEqual([]);
        expect(report.height, 'the chain never gets shorter').toBeGreaterThanOrEqual(height);
        ({ verified, height } = report);
      }
      console.log(`${CRASH_ROUNDS} kills, ${all.length} acknowledged transactions, ${height} blocks`);
      expect(all.length).toBeGreaterThan(CRASH_ROUNDS);
    },
    30 * 60_000,
  );
});

function buildLoadProcess(): void {
  buildSync({
    entryPoints: [fileURLToPath(new URL('load-process.ts', import.meta.url))],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['classic-level'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
}

/**
 * Runs the process and kills it `lifeMs` after it was spawned, or after it took transactions and acknowledged `count` of
 * them. Returns all that it acknowledged.
 */
async function runAndKill(count: number | undefined, lifeMs: number): Promise<Acknowledged[]> {
  const child = spawn(process.execPath, [script, join(folder, 'ledger')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout);
  const acknowledged: Acknowledged[] = [];
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('close', (_, signal) => resolve(signal)));
  const isTime = new Promise<void>((resolve) => {
    if (count === undefined) resolve();
    lines.on('line', (line) => {
      const [id, height, index, result] = line.split(' ');
      // The last line may be cut off.
      if (id !== undefined && result?.length === 64) {
        acknowledged.push({ id, height: Number(height), index: Number(index), result });
      }
      if (count !== undefined && acknowledged.length >= count) resolve();
    });
  });
  await Promise.race([isTime, ended]);
  await new Promise((resolve) => setTimeout(resolve, lifeMs));
  child.kill('SIGKILL');
  expect(await ended, 'it runs until it is killed').toBe('SIGKILL');
  return acknowledged;
}
