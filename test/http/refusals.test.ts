import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '../../src/primitives/bytes.js';
import type { Problem } from '../../src/wire/problem.js';
import { CLINIC, HOSPITAL } from '../../testkit/consortium.js';
import { ENDPOINTS } from '../support/endpoints.js';
import { serveConsortium, type HttpNode } from '../support/http-node.js';

let node: HttpNode;
let token: string;
let readOnly: string;
let clinicToken: string;
/** A patient of the hospital's, a compartment and a grant of that patient, and a practitioner of the clinic's. */
let names: Record<'subject' | 'compartment' | 'grant' | 'stranger', string>;

beforeAll(async () => {
  node = await serveConsortium();
  token = await node.apiKey(HOSPITAL, ['read', 'write', 'admin']);
  readOnly = await node.apiKey(HOSPITAL, ['read']);
  clinicToken = await node.apiKey(CLINIC, ['read', 'write', 'admin']);
  const { subject, compartments, grants } = await node.client(token).subjects.register();
  const stranger = toHex((await node.practitioner(CLINIC)).actor);
  names = { subject, compartment: compartments[0]!.compartment, grant: grants[0]!.grant, stranger };
});

afterAll(() => node.close());

interface Attempt {
  readonly method?: string;
  readonly token?: string | null;
  readonly type?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Record<string, string>;
}

async function attempt(path: string, options: Attempt = {}): Promise<Problem & { response: Response }> {
  const { method = 'GET', type = 'application/json', body } = options;
  const key = options.token === undefined ? token : options.token;
  const headers: Record<string, string> = { ...options.headers };
  if (key !== null) headers['authorization'] = `Bearer ${key}`;
  if (body !== undefined) headers['content-type'] = type;
  const response = await fetch(node.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  if (!(response.headers.get('content-type') ?? '').startsWith('application/problem+json')) {
    throw new Error(`${response.status} without a problem`);
  }
  return { ...(JSON.parse(text) as Problem), response };
}

const nobody = '00'.repeat(16);
const json = (value: unknown): string => JSON.stringify(value);
const grantRequest = { grantee: CLINIC, compartments: ['general'], purposes: ['TREAT'], until: '1d' };

describe('a refusal has a status and a stable code', () => {
  it.each<[what: string, path: string, attempt: Attempt, status: number, code: string]>([
    ['an unknown path', '/api/v1/nothing', {}, 404, 'request.unknown-route'],
    ['an unknown path outside of the API', '/wp-admin', { token: null }, 404, 'request.unknown-route'],
    ['a method that a path lacks', '/api/v1/status', { method: 'DELETE' }, 404, 'request.unknown-route'],
    ['a path that is not percent-encoded well', '/api/v1/subjects/%E0%A4%A', {}, 400, 'request.malformed'],
    ['a subject that is no id', '/api/v1/subjects/xyz', {}, 400, 'request.invalid'],
    ['a subject in upper case', `/api/v1/subjects/${'AB'.repeat(16)}`, {}, 400, 'request.invalid'],
    ['an unknown subject', `/api/v1/subjects/${nobody}`, {}, 404, 'subject.unknown'],
    ['an unknown patient', '/api/v1/subjects/Patient%2Fnobody', {}, 404, 'subject.unknown'],
    ['a page beyond the limit', '/api/v1/subjects?limit=100000', {}, 400, 'request.invalid'],
    ['a query that the API has not', '/api/v1/subjects?name=x', {}, 400, 'request.invalid'],
    ['an unknown transaction', `/api/v1/transactions/${'00'.repeat(32)}`, {}, 404, 'transaction.unknown'],
    [
      'a receipt of an unknown transaction',
      `/api/v1/receipts/${'00'.repeat(32)}/0`,
      {},
      404,
      'receipt.unknown-transaction',
    ],
    ['a block of the future', '/api/v1/blocks/999999', {}, 404, 'block.unknown'],
    ['a block that is no number', '/api/v1/blocks/last', {}, 400, 'request.invalid'],
    ['evidence without a key', '/api/v1/evidence/state', {}, 400, 'request.invalid'],
    ['evidence of an unknown log', `/api/v1/evidence/log/other/${nobody}/${nobody}`, {}, 400, 'request.invalid'],
    ['an event id that is none', '/api/v1/events', { headers: { 'last-event-id': 'x' } }, 400, 'events.malformed-id'],
    ['a body that is not JSON', '/api/v1/subjects', { method: 'POST', body: '{' }, 400, 'request.malformed'],
    ['a body that is empty', '/api/v1/subjects', { method: 'POST', body: '' }, 400, 'request.malformed'],
    [
      'a body with a prototype',
      '/api/v1/subjects',
      { method: 'POST', body: '{"__proto__":{}}' },
      400,
      'request.malformed',
    ],
    [
      'a body of another kind',
      '/api/v1/subjects',
      { method: 'POST', body: json({ kind: 'directory' }) },
      400,
      'request.invalid',
    ],
    [
      'a body with more',
      '/api/v1/subjects',
      { method: 'POST', body: json({ kind: 'patient', n: 1 }) },
      400,
      'request.invalid',
    ],
    [
      'a body where a number is text',
      '/api/v1/api-keys',
      { method: 'POST', body: json({ label: 5, scopes: ['read'] }) },
      400,
      'request.invalid',
    ],
    [
      'a body of another media type',
      '/api/v1/subjects',
      { method: 'POST', type: 'text/plain', body: 'x' },
      415,
      'request.unsupported-media-type',
    ],
    [
      'CBOR where JSON belongs',
      '/api/v1/subjects',
      { method: 'POST', type: 'application/cbor', body: 'x' },
      415,
      'request.unsupported-media-type',
    ],
    [
      'JSON that is too large',
      '/api/v1/subjects',
      { method: 'POST', body: json({ kind: 'x'.repeat(300_000) }) },
      413,
      'request.too-large',
    ],
    [
      'a transaction that is too large',
      '/api/v1/transactions',
      { method: 'POST', type: 'application/cbor', body: new Uint8Array(1024 * 1024 + 1) },
      413,
      'request.too-large',
    ],
    [
      'a transaction that is no CBOR',
      '/api/v1/transactions',
      { method: 'POST', type: 'application/cbor', body: 'x' },
      400,
      'cbor.malformed',
    ],
    [
      'a transaction of another shape',
      '/api/v1/transactions',
      { method: 'POST', type: 'application/cbor', body: Uint8Array.of(0x80) },
      400,
      'transaction.malformed',
    ],
    ['an unknown grant', `/api/v1/grants/${nobody}`, { method: 'DELETE' }, 404, 'consent.unknown-grant'],
    [
      'an unknown grant to narrow',
      `/api/v1/grants/${nobody}`,
      { method: 'PATCH', body: '{}' },
      404,
      'consent.unknown-grant',
    ],
    ['an unknown API key', '/api/v1/api-keys/0000000000000000', { method: 'DELETE' }, 404, 'api-key.unknown'],
    [
      'an API key without scopes',
      '/api/v1/api-keys',
      { method: 'POST', body: json({ label: 'x', scopes: [] }) },
      400,
      'request.invalid',
    ],
    [
      'a file of an import that is not UTF-8',
      '/api/v1/import/file',
      { method: 'POST', type: 'application/fhir+json', body: Uint8Array.of(0xff) },
      400,
      'bytes.not-utf8',
    ],
  ])('%s', async (_, path, options, status, code) => {
    const problem = await attempt(path, options);
    expect({ status: problem.response.status, code: problem.code }).toEqual({ status, code });
    expect(problem.status).toBe(status);
    expect(problem.requestId).toBe(problem.response.headers.get('x-request-id'));
  });

  it.each<[what: string, change: object, status: number, code: string]>([
    ['an unknown grantee', { grantee: 'nobody-at-all' }, 404, 'consent.unknown-grantee'],
    ['an unknown compartment', { compartments: ['dental'] }, 404, 'compartment.unknown'],
    ['a purpose that does not exist', { purposes: ['CURIOSITY'] }, 400, 'request.invalid'],
    ['no purpose', { purposes: [] }, 400, 'request.invalid'],
    ['an end that is no time', { until: 'soon' }, 400, 'time.malformed'],
    ['a duration without a unit', { until: '30' }, 400, 'time.malformed'],
    ['a duration in months', { until: '3y' }, 400, 'time.malformed-duration'],
    ['an end in the past', { until: '2020-01-01T00:00:00Z' }, 400, 'consent.empty-window'],
    [
      'a data window that ends before it begins',
      { dataFrom: '2021-01-01T00:00:00Z', dataUntil: '2020-01-01T00:00:00Z' },
      400,
      'consent.empty-window',
    ],
  ])('a grant with %s', async (_, change, status, code) => {
    const body = json({ ...grantRequest, ...change });
    const problem = await attempt(`/api/v1/subjects/${names.subject}/grants`, { method: 'POST', body });
    expect({ status: problem.status, code: problem.code }).toEqual({ status, code });
  });

  it('a grant that is to be widened', async () => {
    const body = json({ until: '2099-01-01T00:00:00Z' });
    const problem = await attempt(`/api/v1/grants/${names.grant}`, { method: 'PATCH', body });
    expect(problem).toMatchObject({ status: 400, code: 'consent.not-narrower' });
  });

  it('an API key for another organisation’s practitioner', async () => {
    const body = json({ label: 'x', scopes: ['read'], practitioner: names.stranger });
    const problem = await attempt('/api/v1/api-keys', { method: 'POST', body });
    expect(problem).toMatchObject({ status: 409, code: 'api-key.practitioner-taken' });
  });
});

describe('authentication', () => {
  const restricted = ENDPOINTS.filter(({ access }) => access !== 'public');
  const pathOf = (path: string): string => path.replace(/:[A-Za-z]+/g, '0');

  it('is asked for by what is not public', () => {
    expect(restricted.length).toBeGreaterThan(15);
  });

  // Before anything else is looked at: none of these paths and bodies would be accepted.
  it.each(restricted.map(({ id, method, path, access }) => [id, method, pathOf(path), access] as const))(
    '%s',
    async (_, method, path, access) => {
      expect(await attempt(path, { method, token: null })).toMatchObject({ status: 401, code: 'auth.missing' });
      const wrong = await attempt(path, { method, token: `cairn_${'A'.repeat(43)}` });
      expect(wrong).toMatchObject({ status: 401, code: 'auth.invalid' });
      expect(wrong.response.headers.get('www-authenticate')).toBe('Bearer realm="cairn"');
      if (access === 'read') return;
      const insufficient = await attempt(path, { method, token: readOnly });
      expect(insufficient).toMatchObject({ status: 403, code: 'auth.insufficient-scope' });
    },
  );

  it.each(['Basic YTpi', 'Bearer', 'Bearer  ', 'cairn_x', `Bearer ${'x'.repeat(5000)}`])(
    'does not take %s',
    async (authorization) => {
      const problem = await attempt('/api/v1/subjects', { token: null, headers: { authorization } });
      expect(problem).toMatchObject({ status: 401, code: 'auth.invalid' });
    },
  );

  it.each<[what: string, path: (n: typeof names) => string, attempt: Attempt, code: string]>([
    ['subject', (n) => `/api/v1/subjects/${n.subject}`, {}, 'subject.not-yours'],
    ['grants', (n) => `/api/v1/subjects/${n.subject}/grants`, {}, 'subject.not-yours'],
    ['access log', (n) => `/api/v1/subjects/${n.subject}/accesses`, {}, 'subject.not-yours'],
    [
      'new grant',
      (n) => `/api/v1/subjects/${n.subject}/grants`,
      { method: 'POST', body: json({ ...grantRequest, grantee: HOSPITAL }) },
      'subject.not-yours',
    ],
    [
      'emergency access',
      (n) => `/api/v1/subjects/${n.subject}/emergency-access`,
      { method: 'PUT', body: json({ allowed: false }) },
      'subject.not-yours',
    ],
    ['grant to revoke', (n) => `/api/v1/grants/${n.grant}`, { method: 'DELETE' }, 'consent.not-authorised'],
    [
      'grant to narrow',
      (n) => `/api/v1/grants/${n.grant}`,
      { method: 'PATCH', body: json({ purposes: ['TREAT'] }) },
      'consent.not-authorised',
    ],
    [
      'evidence of accesses',
      (n) => `/api/v1/evidence/log/access/${n.subject}/${n.compartment}`,
      {},
      'subject.not-yours',
    ],
    [
      'evidence of records',
      (n) => `/api/v1/evidence/log/records/${n.subject}/${n.compartment}`,
      {},
      'subject.not-yours',
    ],
  ])('keeps another organisation’s %s', async (_, path, options, code) => {
    const problem = await attempt(path(names), { ...options, token: clinicToken });
    expect({ status: problem.status, code: problem.code }).toEqual({ status: 403, code });
  });

  it('lets a grantee see its own grant and nothing more', async () => {
    const hospital = node.client(token);
    const { subject, compartments } = await hospital.subjects.register();
    await hospital.subjects.grant(subject, { ...grantRequest, purposes: ['TREAT'] });
    const grantee = { token: clinicToken };
    expect(await attempt(`/api/v1/subjects/${subject}/accesses`, grantee)).toMatchObject({
      code: 'subject.not-steward',
    });
    const access = `/api/v1/evidence/log/access/${subject}/${compartments[0]!.compartment}`;
    expect(await attempt(access, grantee)).toMatchObject({ code: 'subject.not-steward' });
    const view = await node.client(clinicToken).subjects.get(subject);
    expect(view.grants.map(({ grantee }) => grantee)).toEqual([CLINIC]);
    expect(view.compartments.map(({ compartment }) => compartment)).toEqual([view.grants[0]!.compartment]);
  });
});

describe('what is hardly HTTP', () => {
  it('gets an answer without content', async () => {
    const { hostname, port } = new URL(node.url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write('NONSENSE\r\n\r\n'));
      let text = '';
      socket.on('data', (data) => (text += data.toString()));
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toContain('NONSENSE');
  });

  it('does not take a body longer than it says', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'transfer-encoding': 'chunked',
      };
      const sent = request(`${node.url}/api/v1/subjects`, { method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject);
      sent.write('x'.repeat(200_000));
      sent.end('x'.repeat(200_000));
    });
    expect(status).toBe(413);
  });
});
