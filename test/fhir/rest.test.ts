import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validateResource } from '../../src/services/fhir/validation/validate.js';
import { fromHex } from '../../src/primitives/bytes.js';
import { HOSPITAL, openConsortium, type Consortium } from '../../testkit/consortium.js';
import { serveFhir } from '../../testkit/fhir-server.js';

let consortium: Consortium;
let server: Awaited<ReturnType<typeof serveFhir>>;
let key: string;
let readKey: string;
let writeKey: string;
let patient: string;

beforeAll(async () => {
  consortium = await openConsortium();
  server = await serveFhir(consortium.node.services);
  key = await consortium.apiKey(HOSPITAL);
  readKey = await consortium.apiKey(HOSPITAL, ['read']);
  writeKey = await consortium.apiKey(HOSPITAL, ['write']);
  patient = idOf(await ask('POST', 'Patient', { body: PATIENT }));
});
afterAll(async () => {
  await server.close();
  await consortium.close();
});

const PATIENT = { resourceType: 'Patient', name: [{ family: 'Secretname' }] };
const observation = (more: object = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  subject: { reference: `Patient/${patient}` },
  ...more,
});

interface Asked {
  readonly body?: object | string;
  readonly headers?: Record<string, string | undefined>;
}

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function ask(method: string, path: string, { body, headers = {} }: Asked = {}): Promise<Answered> {
  const all = { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': FHIR }), ...headers };
  const response = await fetch(path.startsWith('http') ? path : `${server.base}/${path}`, {
    method,
    headers: Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const FHIR = 'application/fhir+json';
const jsonOf = ({ text }: Answered): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const idOf = (answered: Answered): string => String(jsonOf(answered)['id']);

describe('a refusal is an OperationOutcome and repeats nothing of what was sent', () => {
  const cases: readonly [name: string, status: number, method: string, path: string, asked?: () => Asked][] = [
    ['no key', 401, 'GET', 'Patient/1', () => ({ headers: { authorization: undefined } })],
    ['a wrong key', 401, 'GET', 'Patient/1', () => ({ headers: { authorization: `Bearer cairn_${'A'.repeat(43)}` } })],
    [
      'a key that only reads',
      403,
      'POST',
      'Patient',
      () => ({ body: PATIENT, headers: { authorization: `Bearer ${readKey}` } }),
    ],
    ['a key that only writes', 403, 'GET', 'Patient/1', () => ({ headers: { authorization: `Bearer ${writeKey}` } })],
    [
      'a condition without the right to read',
      403,
      'POST',
      'Patient',
      () => ({ body: PATIENT, headers: { authorization: `Bearer ${writeKey}`, 'if-none-exist': 'family=Secretname' } }),
    ],
    ['an unknown purpose', 400, 'GET', 'Patient/1', () => ({ headers: { 'x-purpose-of-use': 'CURIOSITY' } })],
    ['an unknown resource', 404, 'GET', 'Patient/unknown'],
    ['an unknown version', 404, 'GET', 'Patient/unknown/_history/1'],
    ['a version that is no number', 404, 'GET', 'Patient/unknown/_history/abc'],
    ['the history of nothing', 404, 'GET', 'Patient/unknown/_history'],
    ['an unknown type', 404, 'GET', 'Secretname/1'],
    ['an unknown route', 404, 'GET', 'Patient/1/2/3/4'],
    ['a method that the base lacks', 405, 'DELETE', ''],
    ['another method that the route lacks', 405, 'PUT', 'Patient/1/_history'],
    ['another representation', 406, 'GET', 'Patient/1', () => ({ headers: { accept: 'application/fhir+xml' } })],
    ['another format', 406, 'GET', 'Patient/1?_format=xml'],
    ['another kind of body', 415, 'POST', 'Patient', () => ({ body: '<x/>', headers: { 'content-type': 'text/xml' } })],
    ['no body', 400, 'POST', 'Patient'],
    [
      'a body that is no JSON',
      400,
      'POST',
      'Patient',
      () => ({ body: '{"resourceType":"Patient",\n "Secretname" 1}' }),
    ],
    ['a name twice', 400, 'POST', 'Patient', () => ({ body: '{"resourceType":"Patient","id":"1","id":"2"}' })],
    ['no resource', 400, 'POST', 'Patient', () => ({ body: '["Secretname"]' })],
    ['another type than the URL', 400, 'POST', 'Observation', () => ({ body: PATIENT })],
    ['another id than the URL', 400, 'PUT', 'Patient/1', () => ({ body: { ...PATIENT, id: '2' } })],
    ['no id', 400, 'PUT', 'Patient/1', () => ({ body: PATIENT })],
    ['a wrong id', 422, 'PUT', 'Patient/a_b', () => ({ body: { ...PATIENT, id: 'a_b' } })],
    [
      'a wrong If-Match',
      400,
      'PUT',
      'Patient/1',
      () => ({ body: { ...PATIENT, id: '1' }, headers: { 'if-match': '1' } }),
    ],
    ['an old If-Match', 412, 'DELETE', 'Patient/1', () => ({ headers: { 'if-match': 'W/"7"' } })],
    ['an invalid resource', 422, 'POST', 'Patient', () => ({ body: { ...PATIENT, gender: 'Secretname' } })],
    ['nobody’s resource', 422, 'POST', 'Observation', () => ({ body: observation({ subject: undefined }) })],
    ['a bundle as a resource', 422, 'POST', 'Bundle', () => ({ body: { resourceType: 'Bundle', type: 'collection' } })],
    ['an unknown parameter', 400, 'GET', 'Patient?nonsense=Secretname'],
    ['an unknown modifier', 400, 'GET', 'Patient?family:nonsense=Secretname'],
    ['a wrong value', 400, 'GET', 'Patient?birthdate=Secretname'],
    ['a wrong _since', 400, 'GET', 'Patient/_history?_since=Secretname'],
    [
      'a patch',
      501,
      'PATCH',
      'Patient/1',
      () => ({ body: '[]', headers: { 'content-type': 'application/json-patch+json' } }),
    ],
    ['no bundle', 400, 'POST', '', () => ({ body: PATIENT })],
    ['a bundle of another type', 400, 'POST', '', () => ({ body: { resourceType: 'Bundle', type: 'collection' } })],
    ['nothing to validate', 400, 'POST', 'Patient/$validate', () => ({ body: { resourceType: 'Parameters' } })],
  ];
  it.each(cases)('%s: %i', async (_, status, method, path, asked) => {
    const answered = await ask(method, path, asked?.());
    expect(answered.status).toBe(status);
    expect(answered.headers.get('content-type')).toContain(FHIR);
    const outcome = jsonOf(answered);
    expect(outcome['resourceType']).toBe('OperationOutcome');
    expect(validateResource(outcome)).toEqual([]);
    expect(answered.text.toLowerCase()).not.toContain('secretname');
    if (status === 401) expect(answered.headers.get('www-authenticate')).toContain('Bearer');
    if (status === 405) expect(answered.headers.get('allow')).not.toBeNull();
  });

  it('names the position of a fault in JSON and the path of a fault in a resource', async () => {
    const malformed = await ask('POST', 'Patient', { body: '{"resourceType":"Patient",\n "name" 1}' });
    expect(malformed.text).toContain('line 2, column 9');
    const invalid = await ask('POST', 'Patient', {
      body: { ...PATIENT, contact: [{ name: { text: 'x' }, gender: 'robot' }] },
    });
    expect(jsonOf(invalid)).toMatchObject({ issue: [{ expression: ['Patient.contact[0].gender'] }] });
  });

  it('takes no more than a resource may have', async () => {
    const body = { ...PATIENT, text: { status: 'generated', div: 'x'.repeat(17 * 1024 * 1024) } };
    expect((await ask('POST', 'Patient', { body })).status).toBe(413);
  });
});

describe('headers', () => {
  it('tell version, place, receipt and access', async () => {
    const created = await ask('POST', 'Observation', { body: observation() });
    const id = idOf(created);
    expect(created.status).toBe(201);
    expect(created.headers.get('etag')).toBe('W/"1"');
    expect(created.headers.get('location')).toBe(`${server.base}/Observation/${id}/_history/1`);
    const [, transaction = '', call = ''] =
      /^\/api\/v1\/receipts\/([0-9a-f]{64})\/(\d+)$/.exec(created.headers.get('x-receipt') ?? '') ?? [];
    expect(consortium.node.services.application.findTransaction(fromHex(transaction))).toBeDefined();
    expect(call).toBe('0');

    const read = await ask('GET', `Observation/${id}`);
    expect(read.text).toBe(created.text);
    expect(read.headers.get('x-access')).toMatch(/^[0-9a-f]{32}$/);
    expect(new Date(read.headers.get('last-modified') ?? '').toISOString()).toBe(
      (jsonOf(read) as { meta: { lastUpdated: string } }).meta.lastUpdated,
    );
    const unchanged = { headers: { 'if-none-match': 'W/"1"' } };
    expect(await ask('GET', `Observation/${id}`, unchanged)).toMatchObject({ status: 304, text: '' });
    const since = { headers: { 'if-modified-since': read.headers.get('last-modified') ?? '' } };
    expect((await ask('GET', `Observation/${id}`, since)).status).toBe(304);
  });

  it.each([
    ['minimal', ''],
    ['OperationOutcome', '"OperationOutcome"'],
    ['representation', '"Observation"'],
  ])('ask for %s', async (preference, expected) => {
    const answered = await ask('POST', 'Observation', {
      body: observation(),
      headers: { prefer: `return=${preference}` },
    });
    expect(answered.status).toBe(201);
    expect(answered.text).toContain(expected);
    if (expected === '') expect(answered.text).toBe('');
  });

  it('guard an update', async () => {
    const id = idOf(await ask('POST', 'Observation', { body: observation() }));
    const body = { ...observation(), id };
    expect((await ask('PUT', `Observation/${id}`, { body, headers: { 'if-match': 'W/"1"' } })).status).toBe(200);
    expect((await ask('PUT', `Observation/${id}`, { body, headers: { 'if-match': 'W/"1"' } })).status).toBe(412);
  });
});

describe('conditions', () => {
  it('create once', async () => {
    const body = observation({ identifier: [{ system: 'urn:lab', value: 'once' }] });
    const headers = { 'if-none-exist': 'identifier=urn:lab|once' };
    const first = await ask('POST', 'Observation', { body, headers });
    const second = await ask('POST', 'Observation', { body, headers });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(idOf(second)).toBe(idOf(first));
  });

  it('update and delete what they find', async () => {
    const body = observation({ identifier: [{ system: 'urn:lab', value: 'found' }] });
    const path = 'Observation?identifier=urn:lab|found';
    expect((await ask('PUT', path, { body })).status).toBe(201);
    expect((await ask('PUT', path, { body })).status).toBe(200);
    expect((await ask('DELETE', path)).status).toBe(204);
    expect((await ask('DELETE', path)).status).toBe(204);
  });
});

describe('deletes', () => {
  it('are told from what was never there', async () => {
    const id = idOf(await ask('POST', 'Observation', { body: observation() }));
    expect((await ask('DELETE', `Observation/${id}`)).status).toBe(204);
    const gone = await ask('GET', `Observation/${id}`);
    expect(gone.status).toBe(410);
    expect(gone.headers.get('etag')).toBe('W/"2"');
    expect((await ask('GET', `Observation/${id}/_history/1`)).status).toBe(200);
    const history = jsonOf(await ask('GET', `Observation/${id}/_history`));
    expect(history).toMatchObject({
      total: 2,
      entry: [{ request: { method: 'DELETE' } }, { request: { method: 'POST' } }],
    });
    expect(validateResource(history)).toEqual([]);
  });
});

describe('searches', () => {
  it('page, include and total', async () => {
    const values = Array.from({ length: 5 }, (_, n) =>
      observation({ note: [{ text: `n${n}` }], effectiveDateTime: `1999-01-0${n + 1}` }),
    );
    for (const body of values) await ask('POST', 'Observation', { body });
    const first = jsonOf(
      await ask(
        'GET',
        'Observation?date=ge1999&date=lt2000&_sort=date&_count=2&_total=accurate&_include=Observation:subject',
      ),
    );
    expect(first['total']).toBe(5);
    expect(validateResource(first)).toEqual([]);
    const ids = new Set<string>();
    let page: Record<string, unknown> | undefined = first;
    let pages = 0;
    while (page !== undefined) {
      pages += 1;
      for (const { resource, search } of page['entry'] as { resource: { id: string }; search: { mode: string } }[]) {
        if (search.mode === 'match') ids.add(resource.id);
      }
      const next: { url: string } | undefined = (page['link'] as { relation: string; url: string }[]).find(
        ({ relation }) => relation === 'next',
      );
      page = next === undefined ? undefined : jsonOf(await ask('GET', next.url));
    }
    expect([pages, ids.size]).toEqual([3, 5]);
    expect(first['entry']).toContainEqual(expect.objectContaining({ search: { mode: 'include' } }));
  });

  it('give the parts that are asked for, marked as parts', async () => {
    const found = jsonOf(await ask('GET', 'Observation?_elements=subject&_count=1'));
    const [entry] = found['entry'] as { resource: Record<string, unknown> }[];
    expect(Object.keys(entry?.resource ?? {}).sort()).toEqual([
      'code',
      'id',
      'meta',
      'resourceType',
      'status',
      'subject',
    ]);
    expect(entry?.resource['meta']).toMatchObject({ tag: [{ code: 'SUBSETTED' }] });
    expect(jsonOf(await ask('GET', 'Observation?_summary=count'))).toMatchObject({
      total: expect.any(Number) as number,
    });
  });

  it('leave out what they do not know only when asked to', async () => {
    const found = jsonOf(await ask('GET', 'Patient?nonsense=1', { headers: { prefer: 'handling=lenient' } }));
    expect(found['entry']).toContainEqual(expect.objectContaining({ search: { mode: 'outcome' } }));
  });

  it('keep the spelling of numbers, pretty or not', async () => {
    const body = `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/${patient}"},"valueQuantity":{"value":1.00}}`;
    const id = idOf(await ask('POST', 'Observation', { body }));
    for (const path of [`Observation/${id}`, `Observation/${id}?_pretty=true`, `Observation?_id=${id}`]) {
      expect((await ask('GET', path)).text).toMatch(/"value": ?1\.00\b/);
    }
  });
});

describe('bundles', () => {
  const entry = (method: string, url: string, resource?: object, more: object = {}) => ({
    request: { method, url },
    ...(resource !== undefined && { resource }),
    ...more,
  });
  const bundle = (type: string, entries: object[]) => ({ resourceType: 'Bundle', type, entry: entries });

  it('of a transaction do all or nothing, and name the entry at fault', async () => {
    const before = consortium.organisation(HOSPITAL).organisation.index.fhir.stats().versions;
    const body = bundle('transaction', [
      entry('POST', 'Observation', observation()),
      entry('GET', `Patient/${patient}`),
      entry('POST', 'Observation', observation({ status: 'nonsense' })),
    ]);
    const refused = await ask('POST', '', { body });
    expect(refused.status).toBe(422);
    expect(jsonOf(refused)).toMatchObject({ issue: [{ expression: ['Bundle.entry[2].resource.status'] }] });
    const unknown = bundle('transaction', [
      entry('GET', `Patient/${patient}`),
      entry('POST', 'Observation', observation({ subject: { reference: 'Patient/nobody' } })),
    ]);
    expect(jsonOf(await ask('POST', '', { body: unknown }))).toMatchObject({
      issue: [{ expression: ['Bundle.entry[1].resource'] }],
    });
    expect(consortium.organisation(HOSPITAL).organisation.index.fhir.stats().versions).toBe(before);
  });

  it('of a transaction answer every entry in its place', async () => {
    const id = idOf(await ask('POST', 'Observation', { body: observation() }));
    const body = bundle('transaction', [
      entry('GET', 'Observation?_id=in-transaction'),
      entry('PUT', 'Observation/in-transaction', observation({ id: 'in-transaction' })),
      entry('DELETE', `Observation/${id}`),
      entry('DELETE', 'Observation/never-there'),
      entry('GET', 'Observation/never-there'),
    ]);
    const answered = jsonOf(await ask('POST', '', { body }));
    expect(validateResource(answered)).toEqual([]);
    expect(answered).toMatchObject({
      type: 'transaction-response',
      entry: [
        { resource: { resourceType: 'Bundle', entry: [{ resource: { id: 'in-transaction' } }] } },
        { response: { status: '201 Created', location: 'Observation/in-transaction/_history/1', etag: 'W/"1"' } },
        { response: { status: '204 No Content', etag: 'W/"2"' } },
        { response: { status: '204 No Content' } },
        { response: { status: '404 Not Found', outcome: { resourceType: 'OperationOutcome' } } },
      ],
    });
  });

  it('of a batch do each entry for itself', async () => {
    const body = bundle('batch', [
      entry('GET', `Patient/${patient}`),
      entry('POST', 'Observation', observation()),
      entry('POST', 'Observation', observation({ status: 'nonsense' })),
      entry('GET', 'Nonsense/1'),
      entry('PATCH', `Patient/${patient}`, PATIENT),
      {},
    ]);
    const answered = jsonOf(await ask('POST', '', { body }));
    const entries = answered['entry'] as { response: { status: string } }[];
    expect(entries.map(({ response }) => response.status.slice(0, 3))).toEqual([
      '200',
      '201',
      '422',
      '404',
      '501',
      '400',
    ]);
    expect(entries[2]).toMatchObject({ response: { outcome: { issue: [{ expression: ['Observation.status'] }] } } });
  });

  it('need the scope of each entry', async () => {
    const body = bundle('transaction', [entry('POST', 'Observation', observation())]);
    const answered = await ask('POST', '', { body, headers: { authorization: `Bearer ${readKey}` } });
    expect(answered.status).toBe(403);
  });
});

describe('the capability statement', () => {
  it('is valid, needs no key and says what is there', async () => {
    const answered = await ask('GET', 'metadata', { headers: { authorization: undefined } });
    const statement = jsonOf(answered);
    expect(answered.status).toBe(200);
    expect(validateResource(statement)).toEqual([]);
    const [rest] = statement['rest'] as { resource: { type: string; searchParam: { name: string }[] }[] }[];
    const observations = rest?.resource.find(({ type }) => type === 'Observation');
    expect(observations?.searchParam.map(({ name }) => name)).toContain('code-value-quantity');
    for (const { name } of observations?.searchParam ?? []) {
      const { status, text } = await ask('GET', `Observation?${name}:missing=false&_count=0`);
      if (status !== 200) expect(text).toContain(':missing');
    }
  });
});

describe('$validate', () => {
  it('stores nothing', async () => {
    const before = consortium.organisation(HOSPITAL).organisation.index.fhir.stats().versions;
    const good = await ask('POST', 'Patient/$validate', { body: PATIENT });
    const parameters = {
      resourceType: 'Parameters',
      parameter: [{ name: 'resource', resource: { ...PATIENT, gender: 'x' } }],
    };
    const bad = await ask('POST', 'Patient/$validate', { body: parameters });
    expect(jsonOf(good)).toMatchObject({ issue: [{ severity: 'information' }] });
    expect(jsonOf(bad)).toMatchObject({ issue: [{ severity: 'error', expression: ['Patient.gender'] }] });
    expect(consortium.organisation(HOSPITAL).organisation.index.fhir.stats().versions).toBe(before);
  });
});
