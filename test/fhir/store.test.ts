import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '../../src/primitives/bytes.js';
import { sameContent } from '../../src/services/fhir/json/same-content.js';
import { receive, validated } from '../../src/services/fhir/store/received-resource.js';
import { FhirRejection } from '../../src/services/fhir/store/rejection.js';
import type { WriteResult } from '../../src/services/fhir/store/resource-store.js';
import type { WriteRequest } from '../../src/services/fhir/store/write-request.js';
import type { Reader } from '../../src/services/organisation/access-sessions.js';
import { CLINIC, HOSPITAL, openConsortium, type Consortium } from '../../testkit/consortium.js';

let consortium: Consortium;
let reader: Reader;
beforeAll(async () => {
  consortium = await openConsortium();
  reader = await consortium.practitioner(HOSPITAL);
});
afterAll(() => consortium.close());

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const hosted = () => consortium.organisation(HOSPITAL);
const resource = (value: object | string) =>
  validated(receive(typeof value === 'string' ? value : JSON.stringify(value)));
const post = (value: object | string, more: Partial<WriteRequest> = {}): WriteRequest => {
  const valid = resource(value);
  return { method: 'POST', type: valid.type, resource: valid, ...more };
};
const put = (value: object, more: Partial<WriteRequest> = {}): WriteRequest => {
  const valid = resource(value);
  return { method: 'PUT', type: valid.type, ...(valid.id !== undefined && { id: valid.id }), resource: valid, ...more };
};
const write = (...requests: WriteRequest[]): Promise<WriteResult[]> => hosted().store.write(requests, { scope: 'all' });
const versionOf = (result: WriteResult | undefined) => {
  if (result === undefined || !('version' in result)) throw new Error('nothing was written');
  return result.version;
};
const failure = async (work: Promise<unknown>): Promise<FhirRejection> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FhirRejection)) throw new Error('expected a rejection', { cause: error });
  return error;
};
const newPatient = async (): Promise<string> => versionOf((await write(post({ resourceType: 'Patient' })))[0]).id;
const observation = (patient: string, more: object = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'weight' },
  subject: { reference: `Patient/${patient}` },
  ...more,
});

describe('a write', () => {
  it('keeps the text as it was received', async () => {
    const patient = await newPatient();
    const text = `{"resourceType":"Observation","status":"final","code":{"text":"weight"},
      "subject":{"reference":"Patient/${patient}"}, "valueQuantity":{"value":1.00}}`;
    const [created] = await write(post(text));
    const version = versionOf(created);
    expect(version).toMatchObject({ type: 'Observation', version: 1 });
    const { value } = await hosted().reader.read(reader, 'Observation', version.id);
    expect(value.text).toBe(version.text());
    expect(sameContent(value.text, text, { ignoring: ['id', 'meta.versionId', 'meta.lastUpdated'] })).toBe(true);
  });

  it('numbers concurrent updates one after the other', async () => {
    const patient = await newPatient();
    const body = { ...observation(patient), id: `counted-${patient}` };
    const results = await Promise.all(Array.from({ length: 8 }, () => write(put(body))));
    const versions = results.map(([result]) => versionOf(result).version);
    expect(versions.sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('creates once under a condition, however many ask at once', async () => {
    const patient = await newPatient();
    const identifier = [{ system: 'urn:test', value: `once-${patient}` }];
    const criteria = `identifier=urn:test|once-${patient}`;
    const results = await Promise.all(
      Array.from({ length: 6 }, () => write(post(observation(patient, { identifier }), { criteria }))),
    );
    expect(results.filter(([result]) => result?.outcome === 'created')).toHaveLength(1);
    expect(results.filter(([result]) => result?.outcome === 'existing')).toHaveLength(5);
  });

  it('puts every entry of a transaction on the ledger together, links resolved', async () => {
    const urn = 'urn:uuid:0c3d6f52-9d0a-4c6f-8a7e-2f6f1f6f2a10';
    const [created, noted] = await write(
      post({ resourceType: 'Patient', identifier: [{ system: 'urn:mrn', value: urn }] }, { fullUrl: urn }),
      post({ ...observation('x'), subject: { reference: urn } }),
    );
    const { receipt } = created as Extract<WriteResult, { receipt: unknown }>;
    expect((noted as Extract<WriteResult, { receipt: unknown }>).receipt.transaction).toEqual(receipt.transaction);
    expect(JSON.parse(versionOf(noted).text())).toMatchObject({
      subject: { reference: `Patient/${versionOf(created).id}` },
    });
    const conditional = { ...observation('x'), subject: { reference: `Patient?identifier=urn:mrn|${urn}` } };
    const [found] = await write(post(conditional));
    expect(versionOf(found).text()).toContain(`"Patient/${versionOf(created).id}"`);
  });

  it('leaves nothing of a transaction in which one entry is wrong', async () => {
    const patient = await newPatient();
    const before = hosted().organisation.index.fhir.stats().versions;
    const refused = await failure(
      write(post(observation(patient)), post(observation('nobody')), post(observation('none'))),
    );
    expect(refused.issues.map(({ entry }) => entry)).toEqual([1, 2]);
    expect(hosted().organisation.index.fhir.stats().versions).toBe(before);
  });

  it('moves a resource whose label has changed, and keeps its history in one', async () => {
    const patient = await newPatient();
    const id = `moved-${patient}`;
    const open = { ...observation(patient), id };
    const closed = { ...open, meta: { security: [{ system: ACT_CODE, code: 'HIV' }] } };
    await write(put(open));
    const [moved] = await write(put(closed));
    expect(versionOf(moved).version).toBe(3);
    const { fhir } = hosted().organisation.index;
    const { versions } = fhir.history({ type: 'Observation', id, count: 9, offset: 0, scope: 'all' });
    expect(versions.map(({ version, deleted }) => [version, deleted])).toEqual([
      [3, false],
      [2, true],
      [1, false],
    ]);
    expect(new Set(versions.map(({ recordId }) => recordId)).size).toBe(1);
    expect(versions[0]?.compartment).not.toBe(versions[1]?.compartment);
    // Who may read only the old compartment sees it gone.
    const scope = { compartments: [[versions[1]?.subject ?? '', versions[1]?.compartment ?? '']] } as const;
    expect(fhir.read('Observation', id, scope)).toBeUndefined();
    expect(fhir.search({ type: 'Observation', parameters: [['_id', id]], scope }).matches).toEqual([]);
  });

  it('brings a deleted resource back under the same id', async () => {
    const patient = await newPatient();
    const body = { ...observation(patient), id: `back-${patient}` };
    await write(put(body));
    await write({ method: 'DELETE', type: 'Observation', id: body.id });
    const again = await write({ method: 'DELETE', type: 'Observation', id: body.id });
    expect(again).toEqual([{ outcome: 'nothing' }]);
    const [back] = await write(put(body));
    expect(back).toMatchObject({ outcome: 'created', version: { version: 3 } });
  });

  it('gives the subject of a patient who was not written to the next one, and to no other', async () => {
    const known = await newPatient();
    const { fhir } = hosted().organisation.index;
    const subjectOf = (id: string): string | undefined => fhir.read('Patient', id)?.subject;
    await failure(write(post({ resourceType: 'Patient' }), post(observation(known)), post(observation('nobody'))));
    const next = await Promise.all([newPatient(), newPatient(), newPatient()]);
    expect(new Set([known, ...next].map(subjectOf)).size).toBe(4);
  });

  it('puts what is no patient’s into the directory', async () => {
    const [created] = await write(post({ resourceType: 'Organization', name: 'Ward 3' }));
    const { subjects, index } = hosted().organisation;
    const directory = subjects.directory() ?? new Uint8Array(0);
    expect(index.fhir.read('Organization', versionOf(created).id)?.subject).toBe(toHex(directory));
  });
});

describe('a write is refused', () => {
  const cases: readonly [name: string, status: number, requests: (patient: string) => WriteRequest[]][] = [
    ['without a patient', 422, () => [post({ ...observation('x'), subject: undefined })]],
    ['for an unknown patient', 422, () => [post(observation('nobody'))]],
    ['for a patient of nowhere', 422, () => [post({ ...observation('x'), subject: { reference: 'urn:uuid:1' } })]],
    [
      'for two patients',
      422,
      (patient) => [
        post({ resourceType: 'Patient' }, { fullUrl: 'urn:x' }),
        post(observation(patient, { performer: [{ reference: 'urn:x' }] })),
      ],
    ],
    ['with another version than it expects', 412, (id) => [put({ resourceType: 'Patient', id }, { ifMatch: '9' })]],
    ['of what must not be there', 412, (id) => [put({ resourceType: 'Patient', id }, { onlyIfAbsent: true })]],
    [
      'twice in one transaction',
      400,
      (id) => [put({ resourceType: 'Patient', id }), put({ resourceType: 'Patient', id })],
    ],
    ['with a wrong id', 400, () => [{ method: 'DELETE', type: 'Patient', id: 'a_b' }]],
    ['under an empty condition', 412, () => [post({ resourceType: 'Patient' }, { criteria: '' })]],
    ['under a condition about the result', 400, () => [post({ resourceType: 'Patient' }, { criteria: '_count=1' })]],
    ['under an unknown condition', 400, () => [post({ resourceType: 'Patient' }, { criteria: 'nonsense=1' })]],
    [
      'by a condition that is ambiguous',
      412,
      () => [{ method: 'DELETE', type: 'Patient', criteria: '_lastUpdated=gt2000' }],
    ],
    [
      'with a link that is ambiguous',
      412,
      () => [post({ ...observation('x'), subject: { reference: 'Patient?_lastUpdated=gt2000' } })],
    ],
    [
      'with a link to nothing',
      412,
      () => [post({ ...observation('x'), subject: { reference: 'Patient?_id=nobody' } })],
    ],
  ];
  it.each(cases)('%s: %i', async (_, status, requests) => {
    await newPatient();
    const patient = await newPatient();
    expect(await failure(write(...requests(patient)))).toMatchObject({ status });
  });

  it('for another patient than before', async () => {
    const [one, other] = [await newPatient(), await newPatient()];
    const id = `stays-${one}`;
    await write(put({ ...observation(one), id }));
    expect(await failure(write(put({ ...observation(other), id })))).toMatchObject({ status: 422 });
  });

  it('before it begins when it is not valid', () => {
    expect(() => resource({ resourceType: 'Patient', gender: 'robot' })).toThrow(
      expect.objectContaining({ status: 422, issues: [expect.objectContaining({ expression: 'Patient.gender' })] }),
    );
  });

  it('by the ledger where the organisation may not write, and says so', async () => {
    const patient = await newPatient();
    const clinic = consortium.organisation(CLINIC);
    const refused = await failure(clinic.store.write([post(observation(patient))], { scope: 'all' }));
    expect(refused.status).toBe(422);
  });
});
