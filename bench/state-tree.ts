/*
 * What an update of the state costs, and that it hardly depends on how much state there is: durable commits of 1, 1,000
 * and 10,000 random existing keys over 10,000 and 1,000,000 keys in LevelDB. Run alone: `node dist/bench/state-tree.js`.
 */
import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { openStateStore, type AuthenticatedStore } from '../src/ledger/store/authenticated-store.js';
import type { StateChange } from '../src/ledger/store/state-store.js';
import { verifyStateProof } from '../src/ledger/tree/verify-proof.js';
import { openLevelDatabase } from '../src/platform/level-database.js';
import { nodeCrypto } from '../src/platform/node-crypto.js';
import { utf8ToBytes } from '../src/primitives/bytes.js';
import { referenceStateRoot } from '../test/support/reference-tree.js';

/** Keys in the state, fewest and most. */
const SIZES = [10_000, 1_000_000] as const;
const BATCHES = [
  { updates: 1, rounds: 300 },
  { updates: 1_000, rounds: 60 },
  { updates: 10_000, rounds: 12 },
] as const;
const LOAD_BATCH_KEYS = 20_000;
/** Rounds before those that are timed. */
const WARM_UP_ROUNDS = 5;
const VALUE_BYTES = 100;
const PROOFS_CHECKED = 500;

/** Cost of updates at one size of the state. */
export interface StateTreeResult {
  readonly keys: number;
  /** Loading all keys, in microseconds a key. */
  readonly loadMicroseconds: number;
  /** Resident memory of the process after all of it, in bytes. */
  readonly residentBytes: number;
  readonly proofMicroseconds: number;
  readonly proofBytes: number;
  readonly batches: readonly {
    readonly updates: number;
    readonly medianMicroseconds: number;
    readonly meanMicroseconds: number;
  }[];
}

/** Results by size, smallest first. */
export async function benchStateTree(): Promise<readonly StateTreeResult[]> {
  const results: StateTreeResult[] = [];
  for (const keys of SIZES) results.push(await benchSize(keys));
  return results;
}

async function benchSize(keys: number): Promise<StateTreeResult> {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-bench-'));
  const random = pseudoRandom(keys);
  try {
    const database = await openLevelDatabase(folder);
    const store = openStateStore(nodeCrypto, database);
    /** What each key holds: the round that wrote it last. */
    const model = new Uint32Array(keys);
    const loadStart = performance.now();
    for (let from = 0; from < keys; from += LOAD_BATCH_KEYS) {
      const count = Math.min(LOAD_BATCH_KEYS, keys - from);
      await commit(
        store,
        Array.from({ length: count }, (_, i) => change(from + i, 0)),
      );
    }
    const loadMicroseconds = ((performance.now() - loadStart) * 1000) / keys;

    let round = 0;
    const batches = [];
    for (const { updates, rounds } of BATCHES) {
      const times: number[] = [];
      for (let i = -WARM_UP_ROUNDS; i < rounds; i++) {
        round++;
        const chosen = new Set<number>();
        while (chosen.size < updates) chosen.add(random() % keys);
        for (const key of chosen) model[key] = round;
        const changes = Array.from(chosen, (key) => change(key, round));
        const start = performance.now();
        await commit(store, changes);
        if (i >= 0) times.push(((performance.now() - start) * 1000) / updates);
      }
      times.sort((a, b) => a - b);
      batches.push({
        updates,
        medianMicroseconds: times[times.length >> 1] as number,
        meanMicroseconds: times.reduce((sum, time) => sum + time, 0) / times.length,
      });
    }
    const residentBytes = process.memoryUsage.rss();
    await database.close();

    const reopened = await openLevelDatabase(folder);
    const proofs = checkAndProve(openStateStore(nodeCrypto, reopened), model, random);
    await reopened.close();
    return { keys, loadMicroseconds, residentBytes, ...proofs, batches };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkAndProve(
  store: AuthenticatedStore,
  model: Uint32Array,
  random: () => number,
): { proofMicroseconds: number; proofBytes: number } {
  const expected = Array.from(model, (round, key) => [keyOf(key), valueOf(key, round)] as const);
  assert.deepEqual(store.root, referenceStateRoot(nodeCrypto, expected));
  const chosen = Array.from(
    { length: PROOFS_CHECKED },
    () => expected[random() % model.length] as (typeof expected)[0],
  );
  const start = performance.now();
  const proofs = chosen.map(([key]) => store.prove(key));
  const proofMicroseconds = ((performance.now() - start) * 1000) / PROOFS_CHECKED;
  let bytes = 0;
  for (const [i, [key, value]] of chosen.entries()) {
    assert.deepEqual(store.get(key), value);
    verifyStateProof(nodeCrypto, { root: store.root, key, value, proof: proofs[i] as Uint8Array });
    bytes += (proofs[i] as Uint8Array).length;
  }
  return { proofMicroseconds, proofBytes: Math.round(bytes / PROOFS_CHECKED) };
}

async function commit(store: AuthenticatedStore, changes: readonly StateChange[]): Promise<void> {
  await store.commit(store.stage(changes), store.height + 1);
}

function change(key: number, round: number): StateChange {
  return { key: keyOf(key), value: valueOf(key, round) };
}

/** Keys of different contracts lie far apart, as do those of subjects. */
function keyOf(key: number): Uint8Array {
  return utf8ToBytes(`records/${(Math.imul(key, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')}/${key}`);
}

function valueOf(key: number, round: number): Uint8Array {
  const value = new Uint8Array(VALUE_BYTES);
  const fill = pseudoRandom(key ^ (round << 8));
  for (let i = 0; i < VALUE_BYTES; i++) value[i] = fill() >>> 24;
  new DataView(value.buffer).setUint32(0, key);
  new DataView(value.buffer).setUint32(4, round);
  return value;
}

/** Repeatable numbers below 2^32 (xorshift32). */
function pseudoRandom(seed: number): () => number {
  let state = seed === 0 ? 1 : seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const results = await benchStateTree();
  const [small, large] = results as [StateTreeResult, StateTreeResult];
  for (const result of results) {
    console.log(
      `${result.keys} keys: load ${result.loadMicroseconds.toFixed(1)} µs a key, resident ${Math.round(result.residentBytes / 2 ** 20)} MiB,` +
        ` proof ${result.proofMicroseconds.toFixed(0)} µs and ${result.proofBytes} bytes`,
    );
  }
  for (const [i, { updates }] of BATCHES.entries()) {
    const a = small.batches[i] as StateTreeResult['batches'][0];
    const b = large.batches[i] as StateTreeResult['batches'][0];
    console.log(
      `${updates} updates a commit: ${a.medianMicroseconds.toFixed(1)} and ${b.medianMicroseconds.toFixed(1)} µs an update (median),` +
        ` ratio ${(b.medianMicroseconds / a.medianMicroseconds).toFixed(2)}; mean ${a.meanMicroseconds.toFixed(1)} and ${b.meanMicroseconds.toFixed(1)},` +
        ` ratio ${(b.meanMicroseconds / a.meanMicroseconds).toFixed(2)}`,
    );
  }
}
