import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { build, cairn, temporaryFolder, up } from './cairn.js';

const folder = temporaryFolder();
beforeAll(build);
afterAll(() => folder.remove());

it('walks the main job and leaves receipts that anybody can verify', async () => {
  const kept = join(folder.path, 'kept');
  const { code, stdout, stderr } = await cairn(['demo', '--keep', kept]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toContain('Every step was verified offline');
  expect(stderr).not.toMatch(/warning|"level":/i);
  const receipts = readdirSync(kept).filter((name) => name.endsWith('.receipt'));
  expect(receipts).toHaveLength(5);
  const verified = await cairn(['--data', kept, 'verify', ...receipts.map((name) => join(kept, name))]);
  expect(verified).toMatchObject({ code: 0 });
});

it('sets up a consortium on an empty folder, and finds it again', async () => {
  const data = join(folder.path, 'demo');
  const list = ['--data', data, '--json', 'subject', 'list'];
  const first = await up(data, { demo: true });
  expect(first.organisations).toHaveLength(5);
  const { stdout } = await cairn(list);
  expect((JSON.parse(stdout) as unknown[]).length).toBeGreaterThan(5);
  expect(await first.stop('SIGINT')).toBe(0);
  const again = await up(data, { demo: true });
  expect(await cairn(list)).toMatchObject({ code: 0, stdout });
  expect(await again.stop()).toBe(0);
});
