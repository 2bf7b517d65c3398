import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStateStore, type AuthenticatedStore } from '../ledger/store/authenticated-store.js';
import type { Database } from '../ledger/store/database.js';
import type { StateChange } from '../ledger/store/state-store.js';
import { CairnError } from '../primitives/errors.js';
import { toHex, utf8ToBytes } from '../primitives/bytes.js';
import { openLevelDatabase } from './level-database.js';
import { nodeCrypto } from './node-crypto.js';

const HEIGHTS = 40;
const KEYS = 300;
const keyOf = (n: number): Uint8Array => utf8ToBytes(`key ${n}`);
const changesAt = (height: number): StateChange[] =>
  Array.from({ length: 40 }, (_, i) => {
    const n = (height * 7 + i * 3) % KEYS;
    return { key: keyOf(n), value: i === 39 ? undefined : utf8ToBytes(`value ${n} at ${height} `.repeat(4)) };
  });

/** The state at each height, by key. */
const MODELS: ReadonlyMap<string, Uint8Array>[] = [new Map()];
for (let height = 1; height <= HEIGHTS; height++) {
  const model = new Map(MODELS[height - 1]);
  for (const { key, value } of changesAt(height)) {
    if (value === undefined) model.delete(toHex(key));
    else model.set(toHex(key), value);
  }
  MODELS.push(model);
}

async function commitAll(folder: string, from: number, to: number): Promise<void> {
  // A small buffer, so that there are tables and a log.
  const database = await openLevelDatabase(folder, { writeBufferBytes: 64 * 1024 });
  const store = openStateStore(nodeCrypto, database);
  for (let height = from; height <= to; height++) await store.commit(store.stage(changesAt(height)), height);
  await database.close();
}

/** Reads every key one by one; each value has to be that of the store's height. Throws what the store throws. */
function expectModel(store: AuthenticatedStore): void {
  const model = MODELS[store.height];
  for (let n = 0; n < KEYS; n++) expect(store.get(keyOf(n)), `key ${n}`).toEqual(model?.get(toHex(keyOf(n))));
}

/** Opens a data folder and reads all of it: the code of the first error, or undefined when everything is right. */
async function readEverything(folder: string): Promise<string | undefined> {
  let database: Database | undefined;
  try {
    database = await openLevelDatabase(folder);
    const store = openStateStore(nodeCrypto, database);
    expectModel(store);
    await store.verify();
    return undefined;
  } catch (error) {
    if (error instanceof CairnError) return error.code;
    throw error;
  } finally {
    await database?.close();
  }
}

let folder: string;
let copy: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-level-'));
  copy = `${folder}-copy`;
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(copy, { recursive: true, force: true });
});

describe('a LevelDB database', () => {
  it('is open once at a time', async () => {
    const database = await openLevelDatabase(folder);
    await expect(openLevelDatabase(folder)).rejects.toMatchObject({
      code: 'database.locked',
      cause: expect.any(Error) as Error,
    });
    await database.close();
    await (await openLevelDatabase(folder)).close();
  });

  it('says what is wrong with a folder that is none', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(openLevelDatabase(join(folder, 'file'))).rejects.toMatchObject({ code: 'database.failed' });
  });

  it('notices a value that changed in a table', async () => {
    const database = await openLevelDatabase(folder, { writeBufferBytes: 64 * 1024 });
    const needle = utf8ToBytes('needle '.repeat(100));
    await database.write([{ key: keyOf(1), value: needle }], { durable: true });
    for (let i = 2; i < 100; i++)
      await database.write([{ key: keyOf(i), value: needle.slice(0, 1) }], { durable: false });
    for (let i = 0; i < 4; i++) {
      const bulk = Array.from({ length: 100 }, (_, n) => ({
        key: keyOf(1000 + n),
        value: new Uint8Array(1000).fill(n),
      }));
      await database.write(bulk, { durable: true });
    }
    await database.close();
    // Opening writes what the log holds into tables.
    await (await openLevelDatabase(folder)).close();
    let changed = 0;
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.ldb'))) {
      const bytes = readFileSync(join(folder, file));
      const at = bytes.indexOf('needle needle');
      if (at < 0) continue;
      bytes[at + 50] = (bytes[at + 50] as number) ^ 1;
      writeFileSync(join(folder, file), bytes);
      changed++;
    }
    expect(changed).toBeGreaterThan(0);
    const reopened = await openLevelDatabase(folder);
    expect(() => reopened.get(keyOf(1))).toThrow(expect.objectContaining({ code: 'database.corrupt' }) as Error);
    await reopened.close();
  });
});

describe('a damaged data folder', () => {
  beforeEach(async () => {
    await commitAll(folder, 1, HEIGHTS - 10);
    await commitAll(folder, HEIGHTS - 9, HEIGHTS);
  });

  const damaged = (file: string, damage: (bytes: Uint8Array) => Uint8Array): void => {
    rmSync(copy, { recursive: true, force: true });
    cpSync(folder, copy, { recursive: true });
    writeFileSync(join(copy, file), damage(new Uint8Array(readFileSync(join(copy, file)))));
  };
  const ACCEPTABLE = /^(database|state)\.corrupt$/;

  it('reads well while it is whole', async () => {
    expect(await readEverything(folder)).toBeUndefined();
  });

  it('gives an error or the right values, wherever a bit flips', async () => {
    const files = readdirSync(folder).filter((name) => /\.(ldb|log)$|MANIFEST|CURRENT/.test(name));
    expect(files.some((name) => name.endsWith('.ldb')) && files.some((name) => name.endsWith('.log'))).toBe(true);
    let errors = 0;
    for (const file of files) {
      const { length } = readFileSync(join(folder, file));
      for (let i = 0; i < 8; i++) {
        const at = Math.floor((length * (i + 0.5)) / 8);
        damaged(file, (bytes) => bytes.with(at, (bytes[at] as number) ^ (1 << (i & 7))));
        const code = await readEverything(copy);
        if (code === undefined) continue;
        errors++;
        expect(code, `${file} at ${at}`).toMatch(ACCEPTABLE);
      }
    }
    expect(errors).toBeGreaterThan(files.length);
  });

  it('gives an error or a state that was once committed, wherever a file is cut short', async () => {
    for (const file of readdirSync(folder).filter((name) => /\.(ldb|log)$|MANIFEST|CURRENT/.test(name))) {
      for (const part of [0, 0.3, 0.7, 0.99]) {
        damaged(file, (bytes) => bytes.slice(0, Math.floor(bytes.length * part)));
        const code = await readEverything(copy);
        if (code !== undefined) expect(code, `${file} cut to ${part}`).toMatch(ACCEPTABLE);
      }
    }
  });

  it('gives an error where a file is gone', async () => {
    for (const file of readdirSync(folder).filter((name) => /\.ldb$|MANIFEST|CURRENT/.test(name))) {
      damaged(file, (bytes) => bytes);
      rmSync(join(copy, file));
      expect(await readEverything(copy), file).toMatch(ACCEPTABLE);
    }
  });

  it('stays refused once LevelDB has skipped a part of its log', async () => {
    const log = readdirSync(folder).find((name) => name.endsWith('.log')) as string;
    damaged(log, (bytes) => bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] as number) ^ 1));
    for (let attempt = 0; attempt < 3; attempt++) expect(await readEverything(copy)).toBe('database.corrupt');
  });
});
