import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { importSources } from './import-files.js';

const folder = mkdtempSync(join(tmpdir(), 'cairn-import-'));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

mkdirSync(at('a/b'), { recursive: true });
for (const name of ['a/2.json', 'a/b/1.ndjson', 'a/b/note.txt', 'a/1.JSON']) writeFileSync(at(name), '{}');
mkdirSync(at('empty'));
mkdirSync(at('dangling'));
symlinkSync(at('nowhere'), at('dangling/link.json'));
writeFileSync(at('binary'), Uint8Array.of(0x7b, 0xff, 0x7d));

const input = (text: string): Readable => Readable.from([Buffer.from(text)]);
const namesOf = async (...paths: string[]): Promise<string[]> => {
  return (await importSources(paths, input(''))).map(({ name }) => name);
};

describe('importSources', () => {
  it('finds FHIR files in a folder and below, by name', async () => {
    expect(await namesOf(at('a'))).toEqual(['a/1.JSON', 'a/2.json', 'a/b/1.ndjson'].map(at));
  });

  it('takes a named file whatever it is called, and each path once', async () => {
    expect(await namesOf(at('a/b/note.txt'), at('a/b/note.txt'))).toEqual([at('a/b/note.txt')]);
  });

  it.each([
    ['{"resourceType":"Bundle",\n"entry":[]}', 'standard-input.json'],
    ['{"resourceType":"Patient"}', 'standard-input.json'],
    ['{"resourceType":"Patient"}\n{"resourceType":"Patient"}\n', 'standard-input.ndjson'],
    ['{"resourceType":"Patient"}\r\n{"resourceType":"Patient"}', 'standard-input.ndjson'],
  ])('tells from standard input whether each line is a resource: %j', async (text, name) => {
    const [source] = await importSources(['-'], input(text));
    expect(source?.name).toBe(name);
    expect(await source?.read()).toBe(text);
    expect(await source?.read()).toBe(text);
  });

  it.each([
    ['nothing there', 'none', 'usage.file'],
    ['an empty folder', 'empty', 'usage.nothing-to-import'],
  ])('refuses %s', async (_name, path, code) => {
    await expect(importSources([at(path)], input(''))).rejects.toMatchObject({ code });
  });

  it.each([
    ['a file that is not UTF-8', 'binary', /not text in UTF-8/],
    ['a link that leads nowhere', 'dangling', /there is no such file/],
  ])('refuses to read %s', async (_name, path, message) => {
    const [source] = await importSources([at(path)], input(''));
    await expect(source?.read()).rejects.toMatchObject({ code: 'usage.file', message: expect.stringMatching(message) });
  });
});
