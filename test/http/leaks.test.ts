import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CLINIC, HOSPITAL } from '../../testkit/consortium.js';
import { serveConsortium, type HttpNode } from '../support/http-node.js';

/** Planted in resources, URLs, queries, headers and broken bodies: none of it may come out anywhere but in the records themselves. */
const NAME = 'Zebediah';
const DIAGNOSIS = 'Quokkapox';
const IDENTIFIER = '94-771-ZQ';
const PLANTED = [NAME, DIAGNOSIS, IDENTIFIER];

const patient = `{"resourceType":"Patient","id":"${IDENTIFIER}","name":[{"family":"${NAME}"}]}`;
const condition = `{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/${IDENTIFIER}"},"code":{"text":"${DIAGNOSIS}"}}`;

let node: HttpNode;
let token: string;
let clinicToken: string;

beforeAll(async () => {
  node = await serveConsortium();
  token = await node.apiKey(HOSPITAL, ['read', 'write', 'admin']);
  clinicToken = await node.apiKey(CLINIC);
});

afterAll(() => node.close());

interface Sent {
  readonly method?: string;
  readonly type?: string;
  readonly body?: string;
  readonly key?: string;
  readonly asClinic?: true;
  readonly headers?: Record<string, string>;
}

async function send(
  path: string,
  { method = 'GET', type, body, key = token, headers = {} }: Sent = {},
): Promise<string> {
  const all: Record<string, string> = { ...headers, authorization: `Bearer ${key}` };
  if (type !== undefined) all['content-type'] = type;
  const response = await fetch(node.url + path, { method, headers: all, ...(body === undefined ? {} : { body }) });
  return `${JSON.stringify([...response.headers])}${await response.text()}`;
}

const fhir = 'application/fhir+json';

describe('what was planted', () => {
  it('is readable where it should be', async () => {
    const file = await send('/api/v1/import/file', { method: 'POST', type: fhir, body: patient });
    expect(file).toContain('"accepted":1');
    await send('/fhir/R4/Condition/c1', { method: 'PUT', type: fhir, body: condition });
    expect(await send('/fhir/R4/Condition/c1')).toContain(DIAGNOSIS);
    expect(await send(`/fhir/R4/Patient?family=${NAME}`)).toContain(IDENTIFIER);
  });

  it.each<[what: string, path: string, sent: Sent]>([
    ['a broken body', '/api/v1/subjects', { method: 'POST', type: 'application/json', body: `{"kind":"${DIAGNOSIS}` }],
    [
      'a body of another kind',
      '/api/v1/subjects',
      { method: 'POST', type: 'application/json', body: `{"kind":"${DIAGNOSIS}","${NAME}":1}` },
    ],
    [
      'a broken line',
      '/api/v1/import',
      { method: 'POST', type: 'application/x-ndjson', body: `{"name":"${NAME}","te` },
    ],
    [
      'a line of another kind',
      '/api/v1/import',
      { method: 'POST', type: 'application/x-ndjson', body: `{"${NAME}":"${NAME}"}\n` },
    ],
    ['a path', `/api/v1/${NAME}/${DIAGNOSIS}`, {}],
    ['a parameter', `/api/v1/subjects/${NAME}`, {}],
    ['a patient of another organisation', `/api/v1/subjects/Patient%2F${IDENTIFIER}`, { asClinic: true }],
    ['a query', `/api/v1/subjects?${NAME}=${DIAGNOSIS}`, {}],
    ['a path that is not well-formed', `/api/v1/subjects/${NAME}%E0%A4%A`, {}],
    ['an event id', '/api/v1/events', { headers: { 'last-event-id': DIAGNOSIS } }],
    ['a token', '/api/v1/subjects', { key: `cairn_${NAME}` }],
    ['a CBOR body', '/api/v1/transactions', { method: 'POST', type: 'application/cbor', body: NAME }],
    [
      'an API key for',
      '/api/v1/api-keys',
      { method: 'POST', type: 'application/json', body: `{"label":"x","scopes":["${NAME}"]}` },
    ],
    [
      'a compartment',
      '/api/v1/subjects/x/grants',
      { method: 'POST', type: 'application/json', body: `{"compartments":["${NAME}"]}` },
    ],
  ])('does not come back with the refusal of %s', async (_, path, sent) => {
    const answer = await send(path, sent.asClinic ? { ...sent, key: clinicToken } : sent);
    for (const planted of PLANTED) expect(answer).not.toContain(planted);
    expect(answer).toMatch(/"code":"[a-z-]+\.[a-z-]+"/);
  });

  it('does not come back with a defect, nor does the log quote what failed', async () => {
    const { services } = node.node;
    const planted = new SyntaxError(`Unexpected token ${DIAGNOSIS}`, { cause: new TypeError(NAME) });
    const failing = vi.spyOn(services.application, 'findTransaction').mockImplementation(() => {
      throw planted;
    });
    const answer = await send(`/api/v1/transactions/${'00'.repeat(32)}`);
    failing.mockRestore();
    expect(answer).toContain('"code":"node.unexpected"');
    for (const text of PLANTED) expect(answer).not.toContain(text);
    const requestId = /"requestId":"([0-9a-f-]{36})"/.exec(answer)?.[1] ?? 'none';
    const line = node.log.find((entry) => entry.includes(requestId) && entry.includes('"level":50'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      code: 'node.unexpected',
      err: { type: 'SyntaxError', at: expect.arrayContaining([expect.stringContaining('leaks.test.ts')]) as unknown },
    });
  });

  it('is in no log line, although everything is logged', () => {
    const log = node.log.join('');
    expect(log).toContain('"route":"/fhir/R4/:type/:id"');
    expect(log).toContain('"route":"/api/v1/subjects/:subject"');
    for (const planted of [...PLANTED, 'cairn_', token, 'family', 'Patient/']) expect(log).not.toContain(planted);
  });

  it('is in no metric, on no page and not in the events', async () => {
    for (const path of ['/metrics', '/', '/api/v1/status', '/api/v1/organisations']) {
      const text = await send(path);
      for (const planted of PLANTED) expect(text).not.toContain(planted);
    }
    const last = node.node.services.ledgerIndex.eventsAfter(0, 10_000).length;
    let seen = 0;
    for await (const event of node.client(token).ledger.events({ after: 0 })) {
      const text = JSON.stringify(event);
      for (const planted of PLANTED) expect(text).not.toContain(planted);
      if ((seen += 1) === last) break;
    }
  });
});
