/*
 * FHIR on a node with everything on: import from files, reads by id over HTTP with the access check, durable creates. What was
 * stored is compared with what was sent, and every answer is checked, outside the timed regions.
 */
import { strict as assert } from 'node:assert';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { generateOrganisations } from '../src/services/demo-data/organisations.js';
import { generatePatient } from '../src/services/demo-data/generate-patient.js';
import { administrativeFirst, type ImportSource } from '../src/services/import/import-order.js';
import { Importer } from '../src/services/import/importer.js';
import { HOSPITAL, openConsortium, type Consortium } from '../testkit/consortium.js';
import { serveFhir } from '../testkit/fhir-server.js';
import type { LoadOptions, LoadResult } from './http-load-worker.js';
import type { Figure, Suite } from './report.js';

const PATIENTS_GENERATED = 40;
const READS = 40_000;
const CREATES = 4_000;
const CREATES_TOGETHER = 64;

export async function benchFhir(): Promise<Suite> {
  const consortium = await openConsortium();
  const server = await serveFhir(consortium.node.services);
  try {
    const imported = await benchImport(consortium);
    const token = await consortium.apiKey(HOSPITAL);
    const figures = [
      ...imported,
      await benchReads(consortium, server.base, token, 1),
      await benchReads(consortium, server.base, token, 16),
      await benchCreates(consortium, server.base, token),
    ];
    return { name: 'fhir', figures };
  } finally {
    await server.close();
    await consortium.close();
  }
}

async function benchImport(consortium: Consortium): Promise<Figure[]> {
  const { from, sources } = importSources();
  let rssMax = 0;
  const sampler = setInterval(() => (rssMax = Math.max(rssMax, process.memoryUsage.rss())), 50);
  const start = performance.now();
  const report = await new Importer(consortium.organisation(HOSPITAL)).import(administrativeFirst(sources));
  const seconds = (performance.now() - start) / 1000;
  clearInterval(sampler);
  assert.equal(report.refused, 0);
  const { fhir } = consortium.organisation(HOSPITAL).organisation.index;
  assert.equal(fhir.stats().versions, report.accepted);
  fhir.check();
  return [
    {
      name: `import ${from}: validate, seal, vault, commit, index`,
      value: (report.accepted + report.unchanged) / seconds,
      unit: 'resources/s',
      target: { atLeast: 2000 },
      beside: `${report.accepted} written, ${report.unchanged} stored already`,
    },
    { name: 'resident memory during the import', value: rssMax / 2 ** 20, unit: 'MiB', target: { atMost: 1024 } },
  ];
}

async function benchReads(consortium: Consortium, base: string, token: string, connections: number): Promise<Figure> {
  const { fhir } = consortium.organisation(HOSPITAL).organisation.index;
  const { matches } = fhir.search({ type: 'Observation', parameters: [['_count', '1000']], scope: 'all' });
  const paths = matches.map(({ id }) => `Observation/${id}`);
  // The first of each patient opens the chart; a clinician does so once in a quarter of an hour.
  for (const { id, text } of matches) {
    const answer = await fetch(`${base}/Observation/${id}`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(await answer.text(), text);
    assert.notEqual(answer.headers.get('x-access'), null);
  }
  const requests = paths.map((path) => request(base, 'GET', path, token));
  const { seconds, wrong } = await load(base, { requests, connections, total: READS, expected: 'HTTP/1.1 200' });
  assert.equal(wrong, 0);
  return {
    name: `read by id with access check, ${connections} connection${connections === 1 ? '' : 's'}`,
    value: READS / seconds,
    unit: '/s',
    target: { atLeast: 5000 },
  };
}

async function benchCreates(consortium: Consortium, base: string, token: string): Promise<Figure> {
  const { organisation } = consortium.organisation(HOSPITAL);
  const { fhir } = organisation.index;
  const patient = fhir.search({ type: 'Patient', parameters: [['_count', '1']], scope: 'all' }).matches[0]?.id ?? '';
  const before = fhir.stats().versions;
  const body = JSON.stringify({
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '29463-7', display: 'Body weight' }] },
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: '2026-11-20T10:00:00Z',
    valueQuantity: { value: 71.5, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
  });
  const options = { connections: CREATES_TOGETHER, expected: 'HTTP/1.1 201' };
  const requests = [request(base, 'POST', 'Observation', token, body)];
  await load(base, { ...options, requests, total: CREATES / 4 });
  const { seconds, wrong } = await load(base, { ...options, requests, total: CREATES });
  assert.equal(wrong, 0);
  assert.equal(fhir.stats().versions, before + CREATES + CREATES / 4);
  return {
    name: `create, ${CREATES_TOGETHER} at a time, durable`,
    value: CREATES / seconds,
    unit: '/s',
    target: { atLeast: 1000 },
  };
}

function request(base: string, method: string, path: string, token: string, body?: string): string {
  const { host, pathname } = new URL(`${base}/${path}`);
  const head = [`${method} ${pathname} HTTP/1.1`, `Host: ${host}`, `Authorization: Bearer ${token}`];
  if (body === undefined) return `${head.join('\r\n')}\r\n\r\n`;
  head.push('Content-Type: application/fhir+json', `Content-Length: ${Buffer.byteLength(body)}`);
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

function load(base: string, options: Omit<LoadOptions, 'host' | 'port'>): Promise<LoadResult> {
  const { hostname, port } = new URL(base);
  const workerData: LoadOptions = { ...options, host: hostname, port: Number(port) };
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./http-load-worker.js', import.meta.url), { workerData });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** The Synthea patients where they are beside the checkout; generated ones elsewhere. */
function importSources(): { from: string; sources: ImportSource[] } {
  const folder = ['../../shared/data/synthea', '../../../shared/data/synthea']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
  if (folder === undefined) return { from: 'generated patients', sources: generated() };
  const sources = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.name.endsWith('.json'))
    .map((file) => {
      const path = join(file.parentPath, file.name);
      return { name: file.name, read: () => Promise.resolve(readFileSync(path, 'utf8')) };
    });
  return { from: 'Synthea', sources };
}

function generated(): ImportSource[] {
  const bundles = [generateOrganisations().bundle];
  for (let seed = 1; seed <= PATIENTS_GENERATED; seed++) bundles.push(generatePatient(seed).bundle);
  return bundles.map((bundle, index) => {
    const text = JSON.stringify(bundle);
    return { name: String(index), read: () => Promise.resolve(text) };
  });
}
