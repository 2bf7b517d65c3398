import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromHex } from '../../src/primitives/bytes.js';
import { decodeAccessLeaf } from '../../src/contracts/access/leaf.js';
import { decodeLeaf } from '../../src/contracts/records/leaf.js';
import { createVaultGate } from '../../src/vault/gate.js';
import { Importer } from '../../src/services/import/importer.js';
import { generateOrganisations } from '../../src/services/demo-data/organisations.js';
import { generatePatient } from '../../src/services/demo-data/generate-patient.js';
import type { LeafPosition } from '../../src/services/organisation/projected-record.js';
import { CLINIC, HOSPITAL, openConsortium, type Consortium } from '../../testkit/consortium.js';
import { serveFhir } from '../../testkit/fhir-server.js';

let consortium: Consortium;
let server: Awaited<ReturnType<typeof serveFhir>>;
let clinicKey: string;
let patient: string;
let subject: Uint8Array;
let general: Uint8Array;

const hospital = () => consortium.organisation(HOSPITAL).organisation;
const clinic = () => consortium.organisation(CLINIC).organisation;

interface Asked {
  readonly key?: string;
  readonly headers?: Record<string, string>;
  readonly body?: object;
}

async function ask(path: string, { key = clinicKey, headers = {}, body }: Asked = {}) {
  const response = await fetch(`${server.base}/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/fhir+json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text === '' ? {} : (JSON.parse(text) as never) };
}

const totalOf = async (type: string, purpose = 'TREAT'): Promise<number> => {
  const query = `${type}?patient=${patient}&_total=accurate&_count=1`;
  const { json } = await ask(query, { headers: { 'x-purpose-of-use': purpose } });
  return (json as { total: number }).total;
};

const accesses = () =>
  consortium.node.services.ledgerIndex.leaves('access', subject, general).map(({ bytes }) => decodeAccessLeaf(bytes));

/** The newest record in the compartment, as the ledger has it. */
const lastLeaf = (): LeafPosition => {
  const stored = consortium.node.services.ledgerIndex.leaves('records', subject, general).at(-1);
  const leaf = stored === undefined ? undefined : decodeLeaf(stored.bytes);
  if (stored === undefined || leaf?.kind !== 'record') throw new Error('a record was expected');
  return { subject, compartment: general, position: stored.position, leaf };
};

beforeAll(async () => {
  consortium = await openConsortium();
  server = await serveFhir(consortium.node.services);
  clinicKey = await consortium.apiKey(CLINIC);
  const files = [generateOrganisations().bundle, generatePatient(7, { scale: 0.3 }).bundle];
  const report = await new Importer(consortium.organisation(HOSPITAL)).import(
    files.map((bundle, index) => ({ name: String(index), text: JSON.stringify(bundle) })),
  );
  expect(report.refused).toBe(0);
  const found = hospital().index.fhir.search({ type: 'Patient', parameters: [], scope: 'all' }).matches[0];
  patient = found?.id ?? '';
  subject = fromHex(found?.subject ?? '');
  general = hospital().keys.compartment(subject, 'general').id;
});
afterAll(async () => {
  await server.close();
  await consortium.close();
});

describe('a clinic that is granted a compartment', () => {
  let grant: Uint8Array;
  let own: string;

  it('sees nothing before', async () => {
    expect((await ask(`Patient/${patient}`)).status).toBe(404);
    expect(await totalOf('Observation')).toBe(0);
  });

  it('reads over FHIR what was granted, and each reading leaves an entry', async () => {
    const until = consortium.node.services.clock.now() + 30 * 86_400;
    const terms = { subject, compartment: 'general', grantee: CLINIC, purposes: ['TREAT'], until } as const;
    ({ grant } = await hospital().consents.grant({ ...terms, rights: ['read', 'write'] }));
    await clinic().agent.settled();

    const { status, headers } = await ask(`Patient/${patient}`);
    expect(status).toBe(200);
    const access = headers.get('x-access') ?? '';
    const entry = accesses().find((leaf) => Buffer.from(leaf.access).toString('hex') === access);
    expect(entry).toMatchObject({ organisation: CLINIC, purpose: 'TREAT', basis: 'grant' });
    expect(await totalOf('Observation')).toBeGreaterThan(0);

    const before = accesses().length;
    await ask(`Patient/${patient}`);
    expect(accesses()).toHaveLength(before);
    consortium.pass(16 * 60);
    await ask(`Patient/${patient}`);
    expect(accesses()).toHaveLength(before + 1);
  });

  it('reads for no other purpose', async () => {
    expect(await totalOf('Observation', 'HRESCH')).toBe(0);
    const research = { headers: { 'x-purpose-of-use': 'HRESCH' } };
    expect((await ask(`Patient/${patient}`, research)).status).toBe(403);
    expect((await ask(`Patient/${patient}/_history`, research)).status).toBe(404);
  });

  it('writes, and the hospital sees it', async () => {
    const body = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'weight' },
      subject: { reference: `Patient/${patient}` },
    };
    const { status, json } = await ask('Observation', { body });
    expect(status).toBe(201);
    own = (json as { id: string }).id;
    await hospital().agent.settled();
    expect(hospital().index.fhir.read('Observation', own)).toMatchObject({ author: CLINIC, own: false });
  });

  it('has lost the key, the index and the right when the patient has revoked', async () => {
    const before = lastLeaf();
    await hospital().consents.revoke(grant);
    await clinic().agent.settled();

    // Its own writing stays; what others wrote is gone.
    expect((await ask(`Patient/${patient}`)).status).toBe(404);
    expect((await ask(`Observation/${own}`)).status).toBe(200);
    expect(await totalOf('Observation')).toBe(1);
    expect(
      clinic()
        .index.fhir.foreignCompartments()
        .filter(([, id]) => fromHex(id) === general),
    ).toEqual([]);

    const key = await consortium.apiKey(HOSPITAL);
    const later = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'later' },
      subject: { reference: `Patient/${patient}` },
    };
    expect((await ask('Observation', { key, body: later })).status).toBe(201);
    await clinic().agent.settled();
    expect(await totalOf('Observation')).toBe(1);

    const at = lastLeaf();
    expect(at.leaf.epoch).toBe(before.leaf.epoch + 1);
    const { vault } = consortium.node.services;
    const request = { requester: CLINIC, digest: at.leaf.digest, accessId: 'none' };
    // Policy says no …
    const closed = createVaultGate(vault, () => Promise.resolve({ allowed: false, reason: 'no live grant' }));
    await expect(closed.fetch(request)).rejects.toThrow();
    // … and with policy switched off the ciphertext still does not open, while the hospital opens it.
    const open = createVaultGate(vault, () => Promise.resolve({ allowed: true }));
    const object = await open.fetch(request);
    expect(() => clinic().projector.open(at, object)).toThrow(expect.objectContaining({ code: 'compartment.no-key' }));
    expect(hospital().projector.open(at, object).meta.type).toBe('Observation');
  });

  it('may write no more', async () => {
    const body = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      subject: { reference: `Patient/${patient}` },
    };
    const { status } = await ask('Observation', { body });
    expect([403, 422]).toContain(status);
  });
});

describe('the glass', () => {
  it('is broken by a person where nothing was granted, and the patient sees it', async () => {
    const emergency = { headers: { 'x-purpose-of-use': 'ETREAT' } };
    const [id = ''] = clinic()
      .index.fhir.search({ type: 'Observation', parameters: [], scope: 'all' })
      .matches.map((own) => own.id);
    const { status, headers } = await ask(`Observation/${id}`, emergency);
    expect(status).toBe(200);
    const entry = accesses().at(-1);
    expect(entry).toMatchObject({ organisation: CLINIC, purpose: 'ETREAT', basis: 'emergency' });
    expect(headers.get('x-access')).toBe(Buffer.from(entry?.access ?? []).toString('hex'));
  });
});
