import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateOrganisations } from '../../src/services/demo-data/organisations.js';
import { generatePatient } from '../../src/services/demo-data/generate-patient.js';
import type { CairnClient } from '../../src/sdk/client.js';
import type { ImportStep } from '../../src/wire/imports.js';
import { HOSPITAL } from '../../testkit/consortium.js';
import { serveConsortium, type HttpNode } from '../support/http-node.js';

let node: HttpNode;
let token: string;
let hospital: CairnClient;
let beforeRebuild: () => Promise<void> = () => Promise.resolve();

beforeAll(async () => {
  node = await serveConsortium({ beforeRebuild: () => beforeRebuild() });
  token = await node.apiKey(HOSPITAL, ['read', 'write', 'admin']);
  hospital = node.client(token);
});

afterAll(() => node.close());

const files = [
  { name: 'consortium.json', text: JSON.stringify(generateOrganisations().bundle) },
  { name: 'first.json', text: JSON.stringify(generatePatient(1, { home: 'alder-valley-hospital' }).bundle) },
  { name: 'second.json', text: JSON.stringify(generatePatient(2, { home: 'alder-valley-hospital' }).bundle) },
];

async function steps(elements: AsyncIterable<ImportStep>): Promise<ImportStep[]> {
  const list: ImportStep[] = [];
  for await (const element of elements) list.push(element);
  return list;
}

describe('an import', () => {
  it('reports file by file, and changes nothing when it is repeated', async () => {
    const first = await steps(hospital.administration.import(files));
    const done = first.at(-1);
    expect(done).toMatchObject({ type: 'done', files: 3, refused: 0, unchanged: 0 });
    expect(first.flatMap((step) => (step.type === 'file' ? [step.report.name] : [])).sort()).toEqual(
      files.map(({ name }) => name).sort(),
    );
    const { accepted } = done as { accepted: number };
    expect(accepted).toBeGreaterThan(100);
    expect(node.organisation(HOSPITAL).organisation.index.fhir.stats().resources).toBe(accepted);
    const again = await steps(hospital.administration.import(files));
    expect(again.at(-1)).toEqual({ type: 'done', files: 3, accepted: 0, unchanged: accepted, refused: 0 });
  });

  it('says what was refused and why, and takes the rest', async () => {
    const bundle = {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [
        { resource: { resourceType: 'Patient', id: 'good' } },
        { resource: { resourceType: 'Patient', id: 'bad', gender: 'robot' } },
      ],
    };
    const text = JSON.stringify(bundle);
    const report = (await steps(hospital.administration.import([{ name: 'mixed.json', text }]))).find(
      (step) => step.type === 'file',
    );
    expect(report).toMatchObject({
      report: {
        accepted: 1,
        refused: [{ index: 1, type: 'Patient', issues: [{ expression: 'Patient.gender' }] }],
        unreadable: null,
      },
    });
    expect(JSON.stringify(report)).not.toContain('robot');
    const unreadable = await steps(hospital.administration.import([{ name: 'x.json', text: '{"a' }]));
    expect(unreadable).toContainEqual({
      type: 'file',
      report: expect.objectContaining({ accepted: 0, unreadable: [expect.anything()] }) as unknown,
    });
  });

  it('takes one file as it is', async () => {
    const { status, lines } = await post('/api/v1/import/file?name=one.json', files[1]!.text, 'application/fhir+json');
    expect(status).toBe(200);
    expect(lines.at(-1)).toMatchObject({ type: 'done', files: 1, accepted: 0 });
    expect(lines).toContainEqual(expect.objectContaining({ type: 'file' }));
  });

  it.each<[what: string, body: string, code: string]>([
    ['a line that is not JSON', '{"name":"x","text":"{}"}\n{"name', 'request.malformed-line'],
    ['a line of another shape', '{"name":"x"}\n', 'request.invalid'],
    ['too many lines', '{"name":"x","text":""}\n'.repeat(1001), 'request.lines-too-large'],
  ])('stops at %s and says so', async (_, body, code) => {
    const { status, lines } = await post('/api/v1/import', body, 'application/x-ndjson');
    expect(status).toBe(200);
    expect(lines.at(-1)).toMatchObject({ type: 'failed', problem: { code } });
  });

  it('goes to its end although the client has gone', async () => {
    const text = JSON.stringify(generatePatient(3, { home: 'alder-valley-hospital' }).bundle);
    const stop = new AbortController();
    const stream = hospital.administration.import([{ name: 'third.json', text }], { signal: stop.signal });
    const next = stream.next();
    const { fhir } = node.organisation(HOSPITAL).organisation.index;
    const before = fhir.stats().resources;
    await expect.poll(() => fhir.stats().resources, { timeout: 20_000 }).toBeGreaterThan(before);
    stop.abort();
    await next.catch(() => {});
    const { accepted } = (await steps(hospital.administration.import([{ name: 'third.json', text }]))).at(-1) as {
      accepted: number;
    };
    expect(fhir.stats().resources).toBeGreaterThan(before + accepted);
  });
});

describe('rebuilding an index', () => {
  it('tells how far it is and gives the same content', async () => {
    const { fhir } = node.organisation(HOSPITAL).organisation.index;
    const before = fhir.contentDigest();
    const told: string[] = [];
    for await (const step of hospital.administration.rebuildIndex()) told.push(step.type);
    expect(told.at(-1)).toBe('done');
    expect(fhir.contentDigest()).toBe(before);
  });

  it('is done by one at a time', async () => {
    let goOn: () => void = () => {};
    const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));
    const began = new Promise<void>((resolve) => {
      beforeRebuild = () => {
        resolve();
        return mayGoOn;
      };
    });
    const first = hospital.administration.rebuildIndex();
    const next = first.next();
    await began;
    const second = hospital.administration.rebuildIndex();
    await expect(second.next()).rejects.toMatchObject({ status: 409, code: 'index-rebuild.in-progress' });
    goOn();
    expect((await next).done).toBe(false);
    for await (const { type } of first) expect(type).not.toBe('failed');
  });
});

function post(path: string, body: string, type: string): Promise<{ status: number | undefined; lines: unknown[] }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': type };
    const sent = request(node.url + path, { method: 'POST', headers }, (response) => {
      let text = '';
      response.on('data', (data: Buffer) => (text += data.toString()));
      response.on('error', reject);
      response.on('end', () => {
        const lines = text.split('\n').filter((line) => line !== '');
        resolve({ status: response.statusCode, lines: lines.map((line) => JSON.parse(line) as unknown) });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
