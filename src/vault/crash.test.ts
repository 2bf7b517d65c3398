import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeCrypto } from '../platform/node-crypto.js';
import { putWithoutEnd, selfCheckingObject } from './crash-writer.js';
import { openVault } from './vault.js';

const KILLS = 20;
const folder = mkdtempSync(join(tmpdir(), 'cairn-vault-crash-'));
// Beside the packages it imports.
const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url));
const scripts = mkdtempSync(join(modules, '.cairn-test-'));
const script = join(scripts, 'crash-writer.mjs');

afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(scripts, { recursive: true });
});

/** Runs the writer for `lifeMs` and kills it. Returns the numbers of the objects that it was told are durable. */
async function writeAndKill(path: string, first: number, lifeMs: number): Promise<number[]> {
  const child = spawn(process.execPath, [script, path, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8');
  const started = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  child.stdout.on('data', (text: string) => (output += text));
  const ended = new Promise((resolve) => child.once('close', resolve));
  await started;
  await new Promise((resolve) => setTimeout(resolve, lifeMs));
  child.kill('SIGKILL');
  await ended;
  const complete = output.slice(0, output.lastIndexOf('\n') + 1);
  return complete.split('\n').filter(Boolean).map(Number);
}

describe('a process killed while it puts', () => {
  it('has lost nothing that it acknowledged, whenever it was killed', async () => {
    buildSync({
      stdin: {
        contents: `import { nodeCrypto } from '../platform/node-crypto.js';
          import { ${putWithoutEnd.name} as put } from './crash-writer.js';
          await put(nodeCrypto, process.argv[2], Number(process.argv[3]));`,
        resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      },
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
    });
    const path = join(folder, 'vault.db');
    const acknowledged: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const numbers = await writeAndKill(path, kill * 1_000_000, Math.random() * 150);
      expect(numbers.length).toBeGreaterThan(0);
      acknowledged.push(...numbers);
      const vault = openVault({ path, crypto: nodeCrypto, now: () => 0 });
      for (const number of kill === KILLS - 1 ? acknowledged : numbers) {
        const { bytes } = selfCheckingObject(number);
        expect(Buffer.compare(vault.get(nodeCrypto.sha256(bytes)), bytes)).toBe(0);
      }
      const report = await vault.scrub({ structure: true });
      expect(report).toEqual({ checked: vault.stats().objects, corrupt: [], structure: [] });
      expect(vault.digestsOf(selfCheckingObject(0).subject)).toHaveLength(report.checked);
      vault.close();
    }
  });
});
