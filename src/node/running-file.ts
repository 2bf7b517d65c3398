import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import type { DataFolder } from './data-folder.js';

const runningSchema = z.strictObject({ pid: z.number().int(), url: z.string() });

/** Tells the `cairn` command where the node of a data folder listens. It may be stale after a crash: ask before trusting it. */
export type Running = z.infer<typeof runningSchema>;

export function writeRunning(folder: DataFolder, running: Running): void {
  writeFileSync(folder.running, `${JSON.stringify(running)}\n`, { mode: 0o600 });
}

export function readRunning(folder: DataFolder): Running | undefined {
  try {
    const parsed = runningSchema.safeParse(JSON.parse(readFileSync(folder.running, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export function removeRunning(folder: DataFolder): void {
  rmSync(folder.running, { force: true });
}
