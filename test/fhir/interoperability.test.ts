import { Client } from 'fhir-kit-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOSPITAL, openConsortium, type Consortium } from '../../testkit/consortium.js';
import { serveFhir } from '../../testkit/fhir-server.js';

let consortium: Consortium;
let server: Awaited<ReturnType<typeof serveFhir>>;
let client: Client;
beforeAll(async () => {
  consortium = await openConsortium();
  server = await serveFhir(consortium.node.services);
  client = new Client({ baseUrl: server.base, bearerToken: await consortium.apiKey(HOSPITAL) });
});
afterAll(async () => {
  await server.close();
  await consortium.close();
});

const patient = { resourceType: 'Patient', name: [{ family: 'Interop' }], birthDate: '1970-01-01' } as const;

describe('a client that knows nothing of Cairn', () => {
  it('reads what the server can do', async () => {
    const statement = await client.capabilityStatement();
    expect(statement).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' });
  });

  it('creates, reads, updates and deletes', async () => {
    const created = await client.create({ resourceType: 'Patient', body: patient });
    const id = String(created['id']);
    expect(created).toMatchObject({ ...patient, meta: { versionId: '1' } });
    expect(await client.read({ resourceType: 'Patient', id })).toEqual(created);

    const body = { ...patient, id, active: true };
    const updated = await client.update({ resourceType: 'Patient', id, body });
    expect(updated).toMatchObject({ active: true, meta: { versionId: '2' } });
    expect(await client.vread({ resourceType: 'Patient', id, version: '1' })).toEqual(created);

    const history = await client.history({ resourceType: 'Patient', id });
    expect(history['total']).toBe(2);

    await client.delete({ resourceType: 'Patient', id });
    await expect(client.read({ resourceType: 'Patient', id })).rejects.toMatchObject({ response: { status: 410 } });
  });

  it('searches by GET and by POST', async () => {
    const family = 'Searched';
    const created = await client.create({ resourceType: 'Patient', body: { ...patient, name: [{ family }] } });
    for (const options of [{}, { postSearch: true }]) {
      const found = await client.search({ resourceType: 'Patient', searchParams: { family }, options });
      expect(found['entry']).toMatchObject([{ resource: { id: created['id'] }, search: { mode: 'match' } }]);
    }
  });

  it('sends a transaction', async () => {
    const reference = 'urn:uuid:11111111-1111-4111-8111-111111111111';
    const observation = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'weight' },
      subject: { reference },
    };
    const response = await client.transaction({
      body: {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          { fullUrl: reference, resource: patient, request: { method: 'POST', url: 'Patient' } },
          { resource: observation, request: { method: 'POST', url: 'Observation' } },
        ],
      },
    });
    const [first, second] = response['entry'] as { response: { status: string; location: string } }[];
    expect(first?.response.status).toBe('201 Created');
    const [, id = ''] = second?.response.location.split('/') ?? [];
    const stored = await client.read({ resourceType: 'Observation', id });
    expect(stored).toMatchObject({ subject: { reference: first?.response.location.replace(/\/_history.*/, '') } });
  });
});
