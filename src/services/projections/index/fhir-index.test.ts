import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import Sqlite from 'better-sqlite3-multiple-ciphers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeWithData } from '../../../../test/support/shared-data.js';
import { currentVersions } from './current-versions.js';
import type { RecordVersion } from './current-versions.js';
import { openFhirIndex } from './fhir-index.js';
import type { FhirIndex } from './fhir-index.js';
import type { ProjectedRecord } from './record.js';
import { KEY, ledgerId, recordOf, shuffled, syntheaRecords } from './records.fixture.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-index-'));
  path = join(folder, 'index.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const failsWith = (code: string) => expect.objectContaining({ code }) as Error;
const patient = (id: string, family: string) => ({ resourceType: 'Patient', id, name: [{ family }] });
const filled = (records: readonly ProjectedRecord[], size = 100): FhirIndex => {
  const index = openFhirIndex({ path: ':memory:', key: KEY });
  for (let i = 0; i < records.length; i += size) index.apply(records.slice(i, i + size), { height: i });
  return index;
};
const find = (index: FhirIndex, family: string) =>
  index
    .search({ type: 'Patient', parameters: [['family', family]], scope: 'all' })
    .matches.map(({ id, version, author }) => `${id}/${version} ${author}`);

describe('versions of a record', () => {
  const p = patient('p', 'First');
  const versions = [
    recordOf(p, { leaf: 0 }),
    recordOf(patient('p', 'Second'), { leaf: 1, version: 2, lastUpdated: '2026-01-03T00:00:00Z' }),
    recordOf(p, { leaf: 2, version: 3, deleted: true, lastUpdated: '2026-01-04T00:00:00Z' }),
  ];

  it('replace each other, and stay readable', () => {
    const index = filled(versions.slice(0, 2));
    expect(find(index, 'first')).toEqual([]);
    expect(find(index, 'second')).toEqual(['p/2 hospital']);
    expect(index.read('Patient', 'p')).toEqual(versions[1]);
    expect(index.readVersion('Patient', 'p', 1)).toEqual(versions[0]);
    expect(index.readVersion('Patient', 'p', 3)).toBeUndefined();
    expect(index.stats()).toMatchObject({ versions: 2, resources: 1, resourcesByType: { Patient: 1 } });
  });

  it('end with a delete, which is read as such and not found', () => {
    const index = filled(versions);
    expect(find(index, 'second')).toEqual([]);
    expect(index.read('Patient', 'p')).toEqual(versions[2]);
    expect(index.stats().resources).toBe(0);
    expect(index.history({ type: 'Patient', id: 'p', count: 10, offset: 0, scope: 'all' })).toEqual({
      total: 3,
      versions: [...versions].reverse(),
    });
    expect(index.history({ count: 1, offset: 1, scope: 'all' })).toEqual({ total: 3, versions: [versions[1]] });
    expect(index.history({ since: '2026-01-03', count: 9, offset: 0, scope: 'all' }).total).toBe(2);
  });

  it('are found by identifier, at most two', () => {
    const withIdentifier = (id: string, leaf: number) =>
      recordOf({ ...patient(id, 'X'), identifier: [{ system: 'http://mrn', value: '17' }] } as never, { leaf });
    const index = filled([withIdentifier('a', 0), withIdentifier('b', 1), withIdentifier('c', 2)]);
    expect(index.resolveIdentifier('Patient', { system: 'http://mrn', value: '17' }).map(({ id }) => id)).toEqual([
      'a',
      'b',
    ]);
    expect(index.resolveIdentifier('Patient', { value: '17' }, { compartments: [] })).toEqual([]);
    expect(index.resolveIdentifier('Patient', { system: '', value: '17' })).toEqual([]);
    expect(() => index.resolveIdentifier('Parameters', { value: '17' })).toThrow(
      failsWith('fhir.search-parameter-unknown'),
    );
  });
});

describe('foreign records', () => {
  const foreign = { own: false, author: 'clinic', version: 9 };

  it.each([
    ['another record of the same subject', { recordId: ledgerId('other'), leaf: 1 }],
    ['another subject', { recordId: ledgerId('other'), subject: '00'.repeat(16), compartment: '00'.repeat(16) }],
    ['the same record', { leaf: 1 }],
    ['the same record in another compartment', { compartment: ledgerId('z') }],
  ])('never hide or replace an own one: %s', (_, at) => {
    const own = recordOf(patient('p', 'Own'));
    for (const records of [
      [own, recordOf(patient('p', 'Foreign'), { ...foreign, ...at })],
      [recordOf(patient('p', 'Foreign'), { ...foreign, ...at }), own],
    ]) {
      const index = filled(records);
      expect(index.read('Patient', 'p')).toEqual(own);
      expect(find(index, 'own')).toEqual(['p/1 hospital']);
      expect(find(index, 'foreign')).toEqual(['p/9 clinic']);
    }
    const deleted = recordOf(patient('p', ''), { ...foreign, ...at, deleted: true });
    expect(filled([own, deleted]).read('Patient', 'p')).toEqual(own);
    const ownDelete = recordOf(patient('p', ''), { deleted: true });
    expect(
      filled([recordOf(patient('p', 'Foreign'), { ...foreign, ...at }), ownDelete]).read('Patient', 'p')?.deleted,
    ).toBe(true);
  });

  it('step back where this organisation has gone on from them, and come back if that is erased', () => {
    const theirs = recordOf(patient('p', 'Theirs'), { ...foreign, version: 1 });
    const ours = recordOf(patient('p', 'Ours'), { leaf: 1, version: 2 });
    const index = filled([theirs, ours]);
    expect([find(index, 'theirs'), find(index, 'ours')]).toEqual([[], ['p/2 hospital']]);
    expect(index.removeVersion(ours.subject, ours.compartment, 1)).toBe(1);
    expect([find(index, 'theirs'), find(index, 'ours')]).toEqual([['p/1 clinic'], []]);
    expect(index.contentDigest()).toBe(filled([theirs]).contentDigest());
  });

  it('go when they are to, with all that pointed to them', () => {
    const keep = [
      recordOf(patient('a', 'Own'), { leaf: 0 }),
      recordOf(patient('b', 'Foreign'), { ...foreign, compartment: ledgerId('z') }),
    ];
    const go = [
      recordOf(patient('a', 'Foreign'), { ...foreign, leaf: 1 }),
      recordOf(patient('c', 'Foreign'), { ...foreign, version: 1, leaf: 2 }),
      recordOf(patient('c', ''), { ...foreign, version: 2, leaf: 3, deleted: true }),
    ];
    const index = filled([...go, ...keep]);
    expect(index.foreignCompartments()).toHaveLength(2);
    expect(index.leaves(ledgerId('subject'), ledgerId('general'))).toEqual([0, 1, 2, 3]);
    expect(index.removeForeign([[ledgerId('subject'), ledgerId('general')]])).toBe(3);
    expect(index.removeForeign([[ledgerId('subject'), ledgerId('general')]])).toBe(0);
    expect(index.removeForeign([[ledgerId('nobody'), ledgerId('general')]])).toBe(0);
    expect(index.contentDigest()).toBe(filled(keep).contentDigest());
    expect(index.foreignCompartments()).toEqual([[ledgerId('subject'), ledgerId('z')]]);
    expect(index.leaves(ledgerId('subject'), ledgerId('general'))).toEqual([0]);
  });
});

describe('the content', () => {
  /** Few names, so that versions meet. */
  const version = fc.record({
    id: fc.constantFrom('a', 'b'),
    record: fc.constantFrom('r', 's'),
    subject: fc.constantFrom('s1', 's2'),
    compartment: fc.constantFrom('c1', 'c2'),
    version: fc.integer({ min: 1, max: 4 }),
    author: fc.constantFrom('hospital', 'clinic', 'lab'),
    deleted: fc.boolean(),
    family: fc.constantFrom('Ada', 'Bo', 'Cy'),
  });
  const recordsOf = (
    drafts: readonly (typeof version extends fc.Arbitrary<infer T> ? T : never)[],
  ): ProjectedRecord[] =>
    drafts.map(({ id, record, subject, compartment, author, family, ...rest }, leaf) =>
      recordOf(patient(id, family), {
        ...rest,
        author,
        leaf,
        own: author === 'hospital',
        recordId: ledgerId(record),
        subject: ledgerId(subject),
        compartment: ledgerId(subject + compartment),
      }),
    );

  it('depends on the set of records only: not on their order, on batches, on repetition or on what was removed', () => {
    fc.assert(
      fc.property(
        fc.array(version, { maxLength: 12 }),
        fc.nat(),
        fc.integer({ min: 1, max: 5 }),
        (drafts, seed, size) => {
          const records = recordsOf(drafts);
          const expected = filled(records);
          const other = filled(shuffled([...records, ...records.slice(0, 3)], seed), size);
          expect(other.contentDigest()).toBe(expected.contentDigest());
          const [first] = records;
          if (first === undefined) return;
          other.removeForeign([[first.subject, first.compartment]]);
          const kept = records.filter(
            (r) => r.own || r.subject !== first.subject || r.compartment !== first.compartment,
          );
          expect(other.contentDigest()).toBe(filled(kept).contentDigest());
          const [one] = kept;
          if (one === undefined) return;
          expect(other.removeVersion(one.subject, one.compartment, one.leaf)).toBe(1);
          expect(other.contentDigest()).toBe(filled(kept.slice(1)).contentDigest());
          other.clear();
          expect(other.contentDigest()).toBe(filled([]).contentDigest());
          other.apply(records, { height: 1 });
          expect(other.contentDigest()).toBe(expected.contentDigest());
        },
      ),
      { numRuns: 60 },
    );
  });

  it('follows the rule for current versions, one version at a time as well as at once', () => {
    const arbitrary: fc.Arbitrary<RecordVersion[]> = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom('own', 'x', 'y'), fc.constantFrom('c1', 'c2')))
      .map((items) =>
        items.map(([v, author, compartmentHex], leaf) => ({
          pk: leaf,
          leaf,
          version: v,
          author,
          own: Number(author === 'own'),
          compartmentHex,
        })),
      );
    fc.assert(
      fc.property(arbitrary, fc.nat(), (versions, seed) => {
        const atOnce = currentVersions(versions);
        const oneByOne = shuffled(versions, seed).reduce<RecordVersion[]>(
          (current, next) => currentVersions([...current, next]),
          [],
        );
        expect(new Set(oneByOne)).toEqual(new Set(atOnce));
        const own = versions.filter((v) => v.own === 1).map((v) => v.version);
        // Whatever others write, the highest own version is current.
        if (own.length > 0) expect(atOnce.filter((v) => v.own === 1).map((v) => v.version)).toEqual([Math.max(...own)]);
      }),
    );
  });

  it('changes the digest with every field', () => {
    const record = recordOf(patient('p', 'X'));
    const digest = filled([record]).contentDigest();
    const changes: Partial<ProjectedRecord>[] = [
      { recordId: ledgerId('x') },
      { subject: ledgerId('x') },
      { compartment: ledgerId('x') },
      { author: 'x' },
      { own: false },
      { id: 'x' },
      { version: 2 },
      { lastUpdated: '2026-01-02T03:04:06Z' },
      { text: `${record.text} ` },
      { deleted: true, text: '' },
      { leaf: 1 },
    ];
    for (const change of changes) expect(filled([{ ...record, ...change }]).contentDigest()).not.toBe(digest);
  });

  it('takes a batch as a whole or not at all, cursor included', () => {
    const index = filled([recordOf(patient('a', 'A'), { leaf: 0, subject: ledgerId('old') })]);
    const digest = index.contentDigest();
    const good = recordOf(patient('b', 'B'), { leaf: 1 });
    for (const bad of [
      { ...good, leaf: 2, text: '{' },
      { ...good, leaf: 2, lastUpdated: 'today' },
    ]) {
      expect(() => index.apply([good, bad], { height: 7 })).toThrow(failsWith('index.record-invalid'));
    }
    expect([index.cursor, index.contentDigest()]).toEqual([{ height: 0 }, digest]);
    index.apply([good], { height: 7 });
    expect(index.cursor).toEqual({ height: 7 });
    expect(index.read('Patient', 'b')?.subject).toBe(good.subject);
    expect(() => index.apply([{ ...good, recordId: ledgerId('x') }], { height: 8 })).toThrow(/one version/);
  });
});

describe('the file', () => {
  const records = Array.from({ length: 400 }, (_, leaf) =>
    recordOf(patient(`p${leaf}`, `Secretname${leaf}`), { leaf }),
  );
  const write = () => {
    const index = openFhirIndex({ path, key: KEY });
    index.apply(records, { height: 5 });
    const digest = index.contentDigest();
    index.close();
    return digest;
  };

  it('keeps content and cursor', () => {
    const digest = write();
    const index = openFhirIndex({ path, key: KEY });
    expect([index.contentDigest(), index.cursor]).toEqual([digest, { height: 5 }]);
    index.check();
    index.close();
  });

  it('shows nothing of the records', () => {
    write();
    expect(readFileSync(path).includes('Secretname')).toBe(false);
    expect(readFileSync(path).includes('CREATE TABLE')).toBe(false);
  });

  it('does not open under another key', () => {
    write();
    const before = readFileSync(path);
    for (const key of [new Uint8Array(32), KEY.map((byte, i) => (i === 31 ? byte ^ 1 : byte)), KEY.slice(1)]) {
      expect(() => openFhirIndex({ path, key })).toThrow(failsWith('index.wrong-key'));
    }
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('is read beside the writer, and only read', () => {
    const writer = openFhirIndex({ path, key: KEY });
    const reader = openFhirIndex({ path, key: KEY, readOnly: true });
    writer.apply(records.slice(0, 1), { height: 1 });
    expect(reader.read('Patient', 'p0')).toEqual(records[0]);
    expect(reader.cursor).toEqual({ height: 1 });
    expect(() => reader.apply(records, { height: 2 })).toThrow(failsWith('index.read-only'));
    writer.removeVersion(ledgerId('subject'), ledgerId('general'), 0);
    expect(reader.read('Patient', 'p0')).toBeUndefined();
    reader.close();
    writer.close();
    expect(() => openFhirIndex({ path: join(folder, 'none.db'), key: KEY, readOnly: true })).toThrow(
      failsWith('index.missing'),
    );
  });

  it.each([1, 17, 100, 2048, 4095, 4097, 8192, 40_960])('is refused when cut to %i bytes', (length) => {
    write();
    truncateSync(path, length);
    expect(() => {
      const index = openFhirIndex({ path, key: KEY });
      try {
        index.check();
      } finally {
        index.close();
      }
    }).toThrow(failsWith('index.corrupt'));
  });

  it('is refused when any byte of it was changed', () => {
    write();
    const intact = readFileSync(path);
    fc.assert(
      // Bytes 16 to 23 of the header are not encrypted: size of a page, and numbers that SQLite has fixed.
      fc.property(fc.nat(intact.length - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
        fc.pre(at < 16 || at > 23);
        const changed = Buffer.from(intact);
        changed[at] = (changed[at] ?? 0) ^ difference;
        writeFileSync(path, changed);
        const code = at < 4096 ? 'index.wrong-key' : 'index.corrupt';
        expect(() => {
          const index = openFhirIndex({ path, key: KEY });
          try {
            index.check();
          } finally {
            index.close();
          }
        }).toThrow(failsWith(code));
      }),
      { numRuns: 40 },
    );
  });

  it('of another format is refused', () => {
    write();
    const raw = new Sqlite(path);
    raw.key(Buffer.from(`raw:${Buffer.from(KEY).toString('hex')}`));
    raw.prepare(`UPDATE state SET value = '0 x' WHERE name = 'format'`).run();
    raw.close();
    expect(() => openFhirIndex({ path, key: KEY })).toThrow(failsWith('index.outdated'));
  });
});

describeWithData('synthea', 'an index of Synthea', (data) => {
  const all = syntheaRecords(data);

  it('is the same when built in another order', () => {
    const some = all.slice(0, 2500);
    expect(filled(shuffled(some, 1), 700).contentDigest()).toBe(filled(some, 1000).contentDigest());
  });

  it('keeps no byte of what a revocation removes', () => {
    const own = all.slice(0, 600);
    // The same resources with words by which they can be told, beside the own ones.
    const foreign = all
      .slice(0, 1200)
      .map((record) => ({
        ...record,
        recordId: ledgerId(`foreign ${record.recordId}`),
        compartment: ledgerId('foreign'),
        leaf: 0,
        own: false,
        author: 'clinic',
        text: record.text.replace(/"(text|display|family|reference)":"/g, '$&Zqforeign'),
      }))
      .map((record, leaf) => ({ ...record, leaf }));
    const mixed = shuffled([...own, ...foreign], 3);

    /** How often the words are in the files of an index that was filled and then bereft of foreign records. */
    const traces = (removal: 'none' | 'without secure deletion' | 'as built'): number => {
      const file = join(folder, `${removal}.db`);
      const index = openFhirIndex({ path: file, key: KEY });
      for (let i = 0; i < mixed.length; i += 300) index.apply(mixed.slice(i, i + 300), { height: i });
      if (removal === 'as built') {
        const names = new Set(foreign.map(({ subject }) => subject));
        expect(index.removeForeign([...names].map((subject) => [subject, ledgerId('foreign')]))).toBe(foreign.length);
      }
      index.close();
      // The files are encrypted: to look into its pages as they are, this test takes the encryption away page by page.
      const raw = new Sqlite(file);
      raw.key(Buffer.from(`raw:${Buffer.from(KEY).toString('hex')}`));
      if (removal === 'without secure deletion') {
        raw.pragma('secure_delete = OFF');
        raw.exec('DELETE FROM body WHERE pk IN (SELECT pk FROM record WHERE own = 0)');
      }
      raw.pragma('journal_mode = DELETE');
      raw.rekey(Buffer.alloc(0));
      raw.close();
      expect(existsSync(`${file}-wal`)).toBe(false);
      return readFileSync(file).toString('latin1').toLowerCase().split('zqforeign').length - 1;
    };
    expect(traces('none')).toBeGreaterThan(5000);
    expect(traces('without secure deletion')).toBeGreaterThan(1000);
    expect(traces('as built')).toBe(0);
  });
});
