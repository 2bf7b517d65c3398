import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
const write = (...requests: WriteRequest[]): Promise<WriteResult[]> =>
  consortium.organisation(HOSPITAL).store.write(requests, { scope: 'all' });
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
    const { value } = await consortium.organisation(HOSPITAL).reader.read(reader, 'Observation', version.id);
    expect(value.text).toBe(version.text());
    expect(sameContent(value.text, text, { ignoring: ['id', 'meta.versionId', 'meta.lastUpdated'] })).toBe(true);
  });
});
