import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3-multiple-ciphers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeCrypto } from '../platform/node-crypto.js';
import { CairnError } from '../primitives/errors.js';
import { OBJECT_BYTES_MAX, type VaultObject } from './object.js';
import { openVault, type Vault } from './vault.js';

const SUBJECT = 'a1'.repeat(16);
const COMPARTMENT = 'b2'.repeat(16);

let folder: string;
let path: string;
let vault: Vault;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-vault-'));
  path = join(folder, 'vault.db');
  vault = open();
});

afterEach(() => {
  vault.close();
  rmSync(folder, { recursive: true });
});

function open(): Vault {
  return openVault({ path, crypto: nodeCrypto, now: () => 1_700_000_000 });
}

function object(bytes: Uint8Array, tags: Partial<VaultObject> = {}): VaultObject {
  return { bytes, subject: SUBJECT, compartment: COMPARTMENT, kind: 'record', ...tags };
}

/** Bytes that any fragment of 31 or more betrays: a random marker, repeated. */
function marked(size: number): { marker: Buffer; bytes: Uint8Array } {
  const marker = randomBytes(16);
  return { marker, bytes: new Uint8Array(size).map((_, index) => marker[index % 16] as number) };
}

/** All the vault's files, write-ahead log and shared memory included. */
function rawFiles(): Buffer {
  return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
}

async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof CairnError) return error.code;
    throw error;
  }
  return 'no error';
}

describe('storing and reading', () => {
  it('returns what was put, by the digest that it computed', async () => {
    const bytes = new Uint8Array(randomBytes(1500));
    const digest = await vault.put(object(bytes));
    expect(digest).toEqual(nodeCrypto.sha256(bytes));
    expect(vault.get(digest)).toEqual(bytes);
    expect(vault.tags(digest)).toEqual({ subject: SUBJECT, compartment: COMPARTMENT, kind: 'record' });
  });

  it('keeps everything over a restart', async () => {
    const objects = Array.from({ length: 300 }, (_, index) => object(randomBytes(1 + index * 37)));
    const digests = await vault.putMany(objects);
    vault.close();
    vault = open();
    digests.forEach((digest, index) => {
      expect(Buffer.compare(vault.get(digest), objects[index]?.bytes as Uint8Array)).toBe(0);
    });
  });

  it('stores the same object once', async () => {
    const bytes = randomBytes(100);
    const [first, second] = await vault.putMany([object(bytes), object(bytes)]);
    const third = await vault.put(object(bytes));
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    expect(vault.stats()).toEqual({ objects: 1, bytes: 100, erased: 0, reclaimableBytes: 0 });
  });

  it('stores all of a batch or none', async () => {
    const good = object(randomBytes(10));
    expect(await codeOf(() => vault.putMany([good, object(new Uint8Array(0))]))).toBe('vault.empty');
    expect(vault.stats().objects).toBe(0);
    expect(await codeOf(() => vault.get(nodeCrypto.sha256(good.bytes)))).toBe('vault.not-found');
  });

  it('commits together what is put together, and refuses only what is refused', async () => {
    const puts = Array.from({ length: 1200 }, (_, index) =>
      vault.put(object(randomBytes(50), index === 700 ? { digest: new Uint8Array(32) } : {})),
    );
    const results = await Promise.allSettled(puts);
    expect(results.filter((result) => result.status === 'rejected')).toHaveLength(1);
    expect(results[700]).toMatchObject({ status: 'rejected', reason: { code: 'vault.digest-mismatch' } });
    expect(vault.stats().objects).toBe(1199);
  });

  it('stores what waits before it closes', async () => {
    const put = vault.put(object(randomBytes(50)));
    vault.close();
    const digest = await put;
    vault = open();
    expect(vault.get(digest)).toHaveLength(50);
  });

  it('lists by subject and by compartment', async () => {
    const other = 'c3'.repeat(16);
    const [a, b] = await vault.putMany([object(randomBytes(9)), object(randomBytes(9), { compartment: other })]);
    await vault.put(object(randomBytes(9), { subject: other }));
    expect(vault.digestsOf(SUBJECT)).toEqual([a, b]);
    expect(vault.digestsOf(SUBJECT, other)).toEqual([b]);
    expect(vault.digestsOf(SUBJECT, SUBJECT)).toEqual([]);
  });

  it('takes the largest object', async () => {
    const digest = await vault.put(object(new Uint8Array(OBJECT_BYTES_MAX)));
    expect(vault.get(digest)).toHaveLength(OBJECT_BYTES_MAX);
  });

  it.each<[code: string, change: Partial<VaultObject>]>([
    ['vault.too-large', { bytes: new Uint8Array(OBJECT_BYTES_MAX + 1) }],
    ['vault.empty', { bytes: new Uint8Array(0) }],
    ['vault.digest-mismatch', { digest: new Uint8Array(32) }],
    ['vault.digest-mismatch', { digest: new Uint8Array(0) }],
    ['vault.bad-id', { subject: SUBJECT.toUpperCase() }],
    ['vault.bad-id', { compartment: 'b2' }],
    ['vault.bad-id', { subject: '' }],
    ['vault.tags-conflict', { bytes: Uint8Array.of(1), subject: COMPARTMENT }],
    ['vault.tags-conflict', { bytes: Uint8Array.of(1), compartment: SUBJECT }],
    ['vault.erased', { bytes: Uint8Array.of(2) }],
  ])('refuses with %s', async (code, change) => {
    await vault.put(object(Uint8Array.of(1)));
    await vault.erase([nodeCrypto.sha256(Uint8Array.of(2))], 'test');
    const refused = object(Uint8Array.of(3), change);
    expect(await codeOf(() => vault.put(refused))).toBe(code);
    expect(await codeOf(() => vault.putMany([refused]))).toBe(code);
    expect(vault.stats().objects).toBe(1);
  });

  it.each([0, 31, 33])('refuses a digest of %d bytes', async (length) => {
    expect(await codeOf(() => vault.get(new Uint8Array(length)))).toBe('vault.bad-digest');
    expect(await codeOf(() => vault.erase([new Uint8Array(length)], 'test'))).toBe('vault.bad-digest');
  });
});

describe('erasing', () => {
  it('leaves a tombstone and nothing else', async () => {
    const digest = await vault.put(object(randomBytes(500)));
    expect(await vault.erase([digest], 'subject.request')).toBe(1);
    expect(await codeOf(() => vault.get(digest))).toBe('vault.erased');
    expect(await codeOf(() => vault.tags(digest))).toBe('vault.erased');
    expect(vault.tombstone(digest)).toEqual({ erasedAt: 1_700_000_000, reason: 'subject.request' });
    expect(vault.digestsOf(SUBJECT)).toEqual([]);
    expect(vault.stats()).toEqual({ objects: 0, bytes: 0, erased: 1, reclaimableBytes: 500 });
  });

  it('marks what is not here yet, and keeps a first tombstone', async () => {
    const bytes = randomBytes(5);
    const digest = nodeCrypto.sha256(bytes);
    expect(await vault.erase([digest], 'first')).toBe(0);
    expect(await vault.erase([digest], 'second')).toBe(0);
    expect(vault.tombstone(digest)?.reason).toBe('first');
    expect(await codeOf(() => vault.put(object(bytes)))).toBe('vault.erased');
    expect(vault.stats()).toEqual({ objects: 0, bytes: 0, erased: 1, reclaimableBytes: 0 });
  });

  it.each(['', 'Free text about a person', 'x'.repeat(65)])('refuses the reason %j', async (reason) => {
    expect(await codeOf(() => vault.erase([], reason))).toBe('vault.bad-reason');
  });

  it('leaves no byte of thousands of erased objects in any file', async () => {
    const live = new Map<Buffer, Uint8Array>();
    const erased: Buffer[] = [];
    for (let round = 0; round < 40; round++) {
      const fresh = Array.from({ length: 100 }, () => marked(Math.floor(32 + Math.exp(Math.random() * 9))));
      const digests = await vault.putMany(fresh.map(({ bytes }) => object(bytes)));
      fresh.forEach(({ marker }, index) => live.set(marker, digests[index] as Uint8Array));
      const chosen = [...live].filter(() => Math.random() < 0.5);
      await vault.erase(
        chosen.map(([, digest]) => digest),
        'test',
      );
      for (const [marker] of chosen) {
        live.delete(marker);
        erased.push(marker);
      }
      if (round === 20) await vault.compact();
    }
    const raw = rawFiles();
    expect(erased.length).toBeGreaterThan(2000);
    expect(erased.filter((marker) => raw.includes(marker))).toEqual([]);
    for (const [marker, digest] of live) {
      expect(raw.includes(marker)).toBe(true);
      expect(vault.get(digest).length).toBeGreaterThan(31);
    }
  });

  it('would leave them there without overwriting: a plain delete is found by the same search', async () => {
    const { marker, bytes } = marked(1500);
    await vault.putMany([object(bytes), object(randomBytes(1500))]);
    vault.close();
    const database = new Sqlite(path);
    database.pragma('secure_delete = OFF');
    database.exec('DELETE FROM content WHERE id = 1');
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.close();
    expect(rawFiles().includes(marker)).toBe(true);
  });

  it('would leave them there without emptying the log: they are in it until the checkpoint', async () => {
    const { marker, bytes } = marked(1500);
    await vault.put(object(bytes));
    const log = readFileSync(`${path}-wal`);
    expect(log.includes(marker)).toBe(true);
    await vault.erase([nodeCrypto.sha256(bytes)], 'test');
    expect(readFileSync(`${path}-wal`)).toHaveLength(0);
  });

  it('finishes at the next opening what a crash left in the log', async () => {
    const { marker, bytes } = marked(1500);
    await vault.put(object(bytes));
    const crashed = join(folder, 'crashed');
    // The state of the files after a crash between commit and checkpoint: log not yet emptied.
    const main = readFileSync(path);
    const log = readFileSync(`${path}-wal`);
    vault.close();
    writeFileSync(crashed, main);
    writeFileSync(`${crashed}-wal`, log);
    for (const name of ['vault.db', 'vault.db-wal']) rmSync(join(folder, name), { force: true });
    const reopened = openVault({ path: crashed, crypto: nodeCrypto, now: () => 0 });
    expect(reopened.stats().objects).toBe(1);
    expect(readFileSync(`${crashed}-wal`)).toHaveLength(0);
    await reopened.erase([nodeCrypto.sha256(bytes)], 'test');
    expect(rawFiles().includes(marker)).toBe(false);
    reopened.close();
  });

  it('gives the space back when compacted', async () => {
    const digests = await vault.putMany(Array.from({ length: 200 }, () => object(randomBytes(10_000))));
    await vault.erase(digests.slice(10), 'test');
    const before = rawFiles().length;
    await vault.compact();
    expect(rawFiles().length).toBeLessThan(before / 5);
    expect(vault.stats()).toEqual({ objects: 10, bytes: 100_000, erased: 190, reclaimableBytes: 0 });
    expect((await vault.scrub({ structure: true })).corrupt).toEqual([]);
    const digest = await vault.put(object(randomBytes(10_000)));
    expect(vault.get(digest)).toHaveLength(10_000);
  });
});

describe('damage', () => {
  /** Flips one bit of each stored copy of `marker`. */
  function damage(marker: Buffer): void {
    vault.close();
    const raw = readFileSync(path);
    const at = raw.indexOf(marker);
    expect(at).toBeGreaterThan(0);
    raw[at + 5] = (raw[at + 5] as number) ^ 1;
    writeFileSync(path, raw);
    vault = open();
  }

  it('never hands out wrong bytes', async () => {
    const { marker, bytes } = marked(1500);
    const digest = await vault.put(object(bytes));
    damage(marker);
    expect(await codeOf(() => vault.get(digest))).toBe('vault.corrupt');
    expect(() => vault.get(digest)).toThrow(Buffer.from(digest).toString('hex'));
    expect(() => vault.get(digest)).toThrow('repair it from another holder');
  });

  it('is found by a scrub and mended by a repair', async () => {
    const { marker, bytes } = marked(1500);
    const digest = await vault.put(object(bytes));
    await vault.putMany(Array.from({ length: 600 }, () => object(randomBytes(100))));
    damage(marker);
    const progress: [number, number][] = [];
    const report = await vault.scrub({ onProgress: (checked, total) => progress.push([checked, total]) });
    expect(report).toEqual({ checked: 601, corrupt: [digest], structure: [] });
    expect(progress.at(-1)).toEqual([601, 601]);

    expect(await codeOf(() => vault.repair(digest, randomBytes(1500)))).toBe('vault.digest-mismatch');
    await vault.repair(digest, bytes);
    expect(vault.get(digest)).toEqual(bytes);
    expect((await vault.scrub({ structure: true })).corrupt).toEqual([]);
    await vault.erase([digest], 'test');
    expect(rawFiles().includes(marker)).toBe(false);
  });

  it('is mended by putting the object again', async () => {
    const { marker, bytes } = marked(1500);
    const digest = await vault.put(object(bytes));
    damage(marker);
    await vault.put(object(bytes));
    expect(vault.get(digest)).toEqual(bytes);
  });

  it.each([0, 1, 100, 511, 512, 4096, 20_000, 60_000])(
    'refuses a file cut to %d bytes, and leaves it as it is',
    async (size) => {
      await vault.putMany(Array.from({ length: 60 }, () => object(randomBytes(1500))));
      vault.close();
      truncateSync(path, size);
      expect(await codeOf(open)).toBe('vault.corrupt');
      expect(readFileSync(path)).toHaveLength(size);
    },
  );

  it('refuses a file that is no vault', async () => {
    vault.close();
    const other = new Sqlite(join(folder, 'other.db'));
    other.exec('CREATE TABLE t (x)');
    other.close();
    path = join(folder, 'other.db');
    const before = readFileSync(path);
    expect(await codeOf(open)).toBe('vault.wrong-format');
    expect(readFileSync(path)).toEqual(before);
    path = join(folder, 'text');
    writeFileSync(path, 'not a database at all'.repeat(300));
    expect(await codeOf(open)).toBe('vault.corrupt');
    path = join(folder, 'missing', 'vault.db');
    expect(await codeOf(open)).toBe('vault.cannot-open');
    path = folder;
    expect(await codeOf(open)).toBe('vault.cannot-open');
  });

  it('refuses a second opening, and the first goes on', async () => {
    expect(await codeOf(open)).toBe('vault.locked');
    const digest = await vault.put(object(randomBytes(10)));
    expect(vault.get(digest)).toHaveLength(10);
  });
});
