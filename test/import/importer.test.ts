import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateOrganisations } from '../../src/services/demo-data/organisations.js';
import { generatePatient } from '../../src/services/demo-data/generate-patient.js';
import { administrativeFirst } from '../../src/services/import/import-order.js';
import { Importer, type ImportProgress } from '../../src/services/import/importer.js';
import type { ImportReport } from '../../src/services/import/import-report.js';
import { HOSPITAL, openConsortium, type Consortium } from '../../testkit/consortium.js';

let consortium: Consortium;
beforeAll(async () => {
  consortium = await openConsortium();
});
afterAll(() => consortium.close());

const fhir = () => consortium.organisation(HOSPITAL).organisation.index.fhir;
const importer = (): Importer => new Importer(consortium.organisation(HOSPITAL));
const importText = (text: string, name = 'test.json'): Promise<ImportReport> => importer().import([{ name, text }]);
const importValue = (value: object): Promise<ImportReport> => importText(JSON.stringify(value));

const patient = (id: string) => ({ resourceType: 'Patient', id });
const observation = (id: string, of: string, more: object = {}) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'weight' },
  subject: { reference: of },
  ...more,
});
const bundle = (...resources: object[]) => ({
  resourceType: 'Bundle',
  type: 'collection',
  entry: resources.map((resource) => ({ resource })),
});

describe('a file', () => {
  it('may be a bundle, one resource, or one a line', async () => {
    expect(await importValue(bundle(patient('b1'), observation('b2', 'Patient/b1')))).toMatchObject({ accepted: 2 });
    expect(await importValue(patient('one'))).toMatchObject({ accepted: 1, refused: 0 });
    const lines = [patient('l1'), patient('l2')].map((value) => JSON.stringify(value)).join('\n');
    expect(await importText(`${lines}\n\n`, 'Patient.ndjson')).toMatchObject({ accepted: 2, refused: 0 });
  });

  it('keeps ids and resolves links within it', async () => {
    const urn = 'urn:uuid:7f0e5a0e-6a53-4d0a-9d5b-0c8c1d2e3f40';
    const entry = [
      { fullUrl: 'urn:uuid:o', resource: observation('linked', urn), request: { method: 'POST', url: 'Observation' } },
      { fullUrl: urn, resource: patient('other-than-the-urn'), request: { method: 'POST', url: 'Patient' } },
    ];
    expect(await importValue({ resourceType: 'Bundle', type: 'transaction', entry })).toMatchObject({ accepted: 2 });
    expect(JSON.parse(fhir().read('Observation', 'linked')?.text ?? '')).toMatchObject({
      subject: { reference: 'Patient/other-than-the-urn' },
    });
  });

  it('gives a resource without an id one that it keeps', async () => {
    const value = { resourceType: 'Organization', name: 'Without id' };
    expect(await importValue(value)).toMatchObject({ accepted: 1 });
    expect(await importValue(value)).toMatchObject({ accepted: 0, unchanged: 1 });
  });

  it('is taken only where it has changed', async () => {
    const first = bundle(patient('c1'), observation('c2', 'Patient/c1'));
    await importValue(first);
    expect(await importValue(first)).toMatchObject({ accepted: 0, unchanged: 2 });
    const second = bundle(patient('c1'), observation('c2', 'Patient/c1', { issued: '2026-01-01T00:00:00Z' }));
    expect(await importValue(second)).toMatchObject({ accepted: 1, unchanged: 1 });
    expect(fhir().read('Observation', 'c2')?.version).toBe(2);
    // What was imported before is not imported again, whatever came after it.
    expect(await importValue(first)).toMatchObject({ accepted: 0, unchanged: 2 });
  });

  it('says what was refused and why, without what it says, and takes the rest', async () => {
    const report = await importValue(
      bundle(
        patient('r1'),
        { ...patient('r2'), gender: 'Secretname' },
        observation('r3', 'Patient/r1'),
        observation('r4', 'Patient/r2'),
        observation('r5', 'Patient/nobody'),
        { resourceType: 'Secretname' },
      ),
    );
    expect(report).toMatchObject({ accepted: 2, unchanged: 0, refused: 4 });
    const [file] = report.files;
    expect(file?.refused.map(({ index, type }) => [index, type])).toEqual([
      [1, 'Patient'],
      [3, 'Observation'],
      [4, 'Observation'],
      [5, 'Secretname'],
    ]);
    expect(file?.refused[0]?.issues).toMatchObject([{ code: 'code-invalid', expression: 'Patient.gender' }]);
    expect(JSON.stringify(file?.refused.map(({ issues }) => issues))).not.toContain('Secretname');
  });

  it.each([
    ['no JSON', '{"resourceType":', 'structure'],
    ['an array', '[]', 'structure'],
    ['a document', JSON.stringify({ resourceType: 'Bundle', type: 'document' }), 'not-supported'],
  ])('is refused as a whole or as one when it is %s', async (_, text, code) => {
    const { files } = await importText(text);
    const issues = files[0]?.unreadable ?? files[0]?.refused[0]?.issues;
    expect(issues).toMatchObject([{ code }]);
  });

  it.each(['DELETE', 'GET', 'PATCH'])('has no entries that %s', async (method) => {
    const entry = [{ resource: patient('x'), request: { method, url: 'Patient/x' } }];
    expect(await importValue({ resourceType: 'Bundle', type: 'batch', entry })).toMatchObject({
      accepted: 0,
      refused: 1,
    });
  });
});

describe('a folder', () => {
  const files = (): { name: string; text: string }[] => {
    const { bundle: organisations } = generateOrganisations();
    const patients = [1, 2, 3, 4].map((seed) => generatePatient(seed, { scale: 0.2 }).bundle);
    return [...patients, organisations].map((value, index) => ({ name: `${index}.json`, text: JSON.stringify(value) }));
  };

  it('is taken in the order in which links lead, and counted as it goes', async () => {
    const sources = files().map(({ name, text }) => ({ name, read: () => Promise.resolve(text) }));
    sources.unshift({
      name: 'late.ndjson',
      read: () => Promise.resolve(JSON.stringify(observation('late', 'Patient/early'))),
    });
    sources.push({ name: 'early.ndjson', read: () => Promise.resolve(JSON.stringify(patient('early'))) });
    const progress: ImportProgress[] = [];
    const order: string[] = [];
    const report = await importer().import(administrativeFirst(sources), {
      onProgress: (now) => progress.push(now),
      onFile: ({ name }) => order.push(name),
    });
    expect(report.refused).toBe(0);
    expect(order[0]).toBe('4.json');
    expect(order.at(-1)).toBe('late.ndjson');
    expect(progress.at(-1)).toMatchObject({ files: 7, resources: report.accepted + report.unchanged });
    const again = await importer().import(administrativeFirst(sources));
    expect(again).toMatchObject({ accepted: 0, refused: 0, unchanged: report.accepted + report.unchanged });
  });

  it('can be taken up again where it was broken off', async () => {
    const other = await openConsortium();
    try {
      const all = files().reverse();
      const resumed = new Importer(other.organisation(HOSPITAL));
      const broken = (function* () {
        yield* all.slice(0, 3);
        throw new Error('the cable was pulled');
      })();
      await expect(resumed.import(broken)).rejects.toThrow('cable');
      const report = await resumed.import(all);
      expect(report.unchanged).toBeGreaterThan(0);
      expect(report.accepted).toBeGreaterThan(0);
      expect(report.refused).toBe(0);
      expect(await resumed.import(all)).toMatchObject({ accepted: 0, refused: 0 });
      const { fhir: index } = other.organisation(HOSPITAL).organisation.index;
      expect(index.stats().versions).toBe(index.stats().resources);
    } finally {
      await other.close();
    }
  });
});
