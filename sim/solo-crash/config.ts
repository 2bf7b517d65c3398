import { env } from 'node:process';

/** How often the process is killed: `CAIRN_CRASH_ROUNDS`. */
export const CRASH_ROUNDS = Number(env['CAIRN_CRASH_ROUNDS'] ?? 200);

/** Repeats a run as far as the machine lets it: `CAIRN_SEED`, printed by each run. */
export const CRASH_SEED = Number(env['CAIRN_SEED'] ?? Date.now() % 1_000_000);

/** Numbers in [0, 1) that follow from a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
