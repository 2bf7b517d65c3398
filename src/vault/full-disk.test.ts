import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeCrypto } from '../platform/node-crypto.js';
import { openVault } from './vault.js';

let folder: string;
let mounted: boolean;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-vault-full-'));
  mounted = mount();
});

afterEach(() => {
  // Lazily: a test that failed may have left the vault open.
  if (mounted) execFileSync('umount', ['-l', folder]);
  rmSync(folder, { recursive: true });
});

function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('skipped: vault on a full disk: needs the right to mount a small file system');
    return false;
  }
}

describe('a full disk', () => {
  const object = () => ({
    bytes: new Uint8Array(randomBytes(1500)),
    subject: 'a1'.repeat(16),
    compartment: 'b2'.repeat(16),
    kind: 'record' as const,
  });

  it('says vault.full, loses nothing, and goes on once there is space', async (context) => {
    if (!mounted) context.skip();
    writeFileSync(join(folder, 'ballast'), new Uint8Array(1_000_000));
    const path = join(folder, 'vault.db');
    const vault = openVault({ path, crypto: nodeCrypto, now: () => 0 });
    const stored: Uint8Array[] = [];
    let refusal: unknown;
    const putBatch = () => vault.putMany(Array.from({ length: 10 }, object));
    const putOne = async () => [await vault.put(object())];
    for (const put of [putBatch, putOne]) {
      refusal = undefined;
      while (refusal === undefined) {
        try {
          stored.push(...(await put()));
        } catch (error) {
          refusal = error;
        }
      }
      expect(refusal).toMatchObject({ code: 'vault.full' });
    }
    expect(stored.length).toBeGreaterThan(100);
    for (const digest of stored) vault.get(digest);
    expect(vault.stats().objects).toBe(stored.length);

    rmSync(join(folder, 'ballast'));
    stored.push(await vault.put(object()));
    vault.close();
    const reopened = openVault({ path, crypto: nodeCrypto, now: () => 0 });
    expect(await reopened.scrub({ structure: true })).toEqual({ checked: stored.length, corrupt: [], structure: [] });
    reopened.close();
  });
});
