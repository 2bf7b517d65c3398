import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const main = join(root, 'dist', 'src', 'cli', 'main.js');

/** A secret for nothing but tests: 32 bytes, base64url. */
export const SECRET = 'dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk';

/** `npm test` has built already; then this changes nothing. */
export function build(): void {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
}

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'cairn-cli-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input. */
  readonly input?: string;
  /** Called with the process once it has started. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs the built command to its end. */
export async function cairn(args: readonly string[], { env, input = '', onStart }: RunOptions = {}): Promise<Run> {
  const child = start(args, env);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin?.end(input);
  onStart?.(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** A node that `cairn up` runs. */
export interface Up {
  readonly url: string;
  readonly organisations: readonly string[];
  /** Ends it; gives the exit code. */
  stop(signal?: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null>;
}

export interface UpOptions {
  readonly env?: RunOptions['env'];
  readonly demo?: boolean;
}

/** Starts `cairn up` for a data folder on a free port and waits until it is ready. */
export async function up(data: string, { env, demo = false }: UpOptions = {}): Promise<Up> {
  const flags = ['--port', '0', '--log-level', 'warn', ...(demo ? ['--demo'] : [])];
  const child = start(['--data', data, '--json', 'up', ...flags], env);
  let stdout = '';
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const closed = once(child, 'close') as Promise<[number | null]>;
  const ready = await new Promise<{ url: string; organisations: string[] }>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (/^\}$/m.test(stdout)) resolve(JSON.parse(stdout) as { url: string; organisations: string[] });
    });
    void closed.then(([code]) => reject(new Error(`cairn up ended with ${code}: ${stderr}`)));
  });
  return {
    ...ready,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return (await closed)[0];
    },
  };
}

function start(args: readonly string[], env: RunOptions['env'] = {}): ChildProcess {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [main, ...args], { cwd: tmpdir(), env: { PATH, HOME, ...env } });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/** A test that fails half-way leaves no process behind. */
const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));
