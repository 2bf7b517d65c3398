import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openFhirIndex } from './fhir-index.js';
import { IndexThread } from './index-writer.js';
import { KEY, ledgerId, recordOf } from './records.fixture.js';

const built = new URL('../../../../dist/src/services/projections/index/index-writer.js', import.meta.url);
const inThread = existsSync(fileURLToPath(built));
const variants: [string, () => Promise<IndexThread>][] = [
  ['in the calling thread', () => Promise.resolve(new IndexThread())],
];
if (inThread) {
  variants.push([
    'in a thread of its own',
    async () => new ((await import(built.href)) as { IndexThread: typeof IndexThread }).IndexThread(),
  ]);
} else console.warn('skipped: the thread of the index: dist/ is not built');

describe.each(variants)('an index written %s', (name, start) => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-index-writer-'));
  const path = join(folder, 'index.db');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const records = Array.from({ length: 50 }, (_, leaf) =>
    recordOf({ resourceType: 'Patient', id: `p${leaf}` }, { leaf, own: leaf % 2 === 0 }),
  );

  it('is written in the order of the calls, and read meanwhile', async () => {
    const thread = await start();
    expect(thread.isSeparate).toBe(name === 'in a thread of its own');
    const writer = await thread.open({ path, key: KEY });
    const reader = openFhirIndex({ path, key: KEY, readOnly: true });
    const changes = [
      writer.apply(records, { height: 1 }),
      writer.removeForeign([[ledgerId('subject'), ledgerId('general')]]),
      writer.removeVersion(ledgerId('subject'), ledgerId('general'), 0),
      writer.apply(new Set(records.slice(0, 1)), { height: 2 }),
    ];
    expect(await Promise.all(changes)).toEqual([undefined, 25, 1, undefined]);
    expect(reader.stats().versions).toBe(25);
    expect(reader.cursor).toEqual({ height: 2 });
    await writer.clear();
    expect(reader.stats().versions).toBe(0);
    reader.close();
    await writer.close();
    await thread.close();
  });

  it('fails as it does at home', async () => {
    const thread = await start();
    const wrong = thread.open({ path, key: new Uint8Array(32) });
    await expect(wrong).rejects.toMatchObject({ name: 'CairnError', code: 'index.wrong-key' });
    const writer = await thread.open({ path, key: KEY });
    const bad = records.slice(0, 1).map((record) => ({ ...record, text: '{' }));
    await expect(writer.apply(bad, { height: 1 })).rejects.toMatchObject({ code: 'index.record-invalid' });
    await expect(writer.apply([], { height: -1 })).rejects.toMatchObject({ name: 'InvariantError' });
    await writer.apply(records, { height: 3 });
    await writer.close();
    await thread.close();
    if (thread.isSeparate) {
      await expect(thread.open({ path, key: KEY })).rejects.toMatchObject({ code: 'index.closed' });
    }
  });
});
