import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callOf } from '../../src/contracts/calls.js';
import { decodeLeaf } from '../../src/contracts/records/leaf.js';
import { randomBytes } from '../../src/platform/node-crypto.js';
import { ledgerState } from '../../src/services/organisation/organisation-context.js';
import type { CompartmentCode } from '../../src/services/organisation/compartments.js';
import { CLINIC, HOSPITAL, openConsortium, type Consortium } from '../../testkit/consortium.js';

const DAY = 86_400;

let consortium: Consortium;
const hospital = () => consortium.organisation(HOSPITAL).organisation;
const clinic = () => consortium.organisation(CLINIC).organisation;
const now = () => consortium.node.services.clock.now();
const read = (id: string) => clinic().index.fhir.read('Observation', id)?.text;

async function settle(): Promise<void> {
  await hospital().settled();
  await clinic().settled();
}

/** A new patient of the hospital. */
async function patient(): Promise<Uint8Array> {
  const [subject] = await hospital().subjects.register('patient');
  if (subject === undefined) throw new Error('a subject was expected');
  return subject;
}

async function write(subject: Uint8Array, id: string, compartment: CompartmentCode = 'general'): Promise<void> {
  const text = `{"resourceType":"Observation","status":"final","code":{"text":"${id}"},"valueQuantity":{"value":1.00}}`;
  const draft = { subject, compartment, record: randomBytes(16), version: 1, type: 'Observation', id, text };
  await hospital().writer.write([{ ...draft, references: new Map(), deleted: false }]);
}

const treat = (subject: Uint8Array, until: number) =>
  ({ subject, compartment: 'general', grantee: CLINIC, purposes: ['TREAT'], rights: ['read'], until }) as const;

const epochOf = (subject: Uint8Array): number => {
  const { id } = hospital().keys.compartment(subject, 'general');
  return ledgerState(hospital().context.state).consent.compartments.get(subject, id)?.epoch ?? 0;
};

beforeAll(async () => {
  consortium = await openConsortium();
});

afterAll(() => consortium.close());

describe('a grant that ends by the clock', () => {
  it('takes its records out of the index and the next epoch’s key out of reach', async () => {
    const subject = await patient();
    await write(subject, 'before-end');
    await hospital().consents.grant(treat(subject, now() + DAY));
    await settle();
    expect(read('before-end')).toContain('1.00');
    const { id } = hospital().keys.compartment(subject, 'general');
    expect(clinic().keys.epochKey(subject, id, 1)).toBeDefined();

    consortium.pass(DAY + 1);
    for (const organisation of [hospital(), clinic()]) organisation.sweep();
    await settle();
    expect(read('before-end')).toBeUndefined();
    expect(epochOf(subject)).toBe(2);
    await write(subject, 'after-end');
    await settle();
    expect(read('after-end')).toBeUndefined();
    expect(clinic().keys.epochKey(subject, id, 2)).toBeUndefined();
  });

  it('is renewed for once, not at every look', async () => {
    const subject = await patient();
    await hospital().consents.grant(treat(subject, now() + DAY));
    consortium.pass(DAY + 1);
    for (let look = 0; look < 3; look += 1) hospital().sweep();
    await settle();
    expect(epochOf(subject)).toBe(2);
  });
});

describe('a data window', () => {
  it('lets in what was committed within it, and out again what only an ended grant covered', async () => {
    const subject = await patient();
    await write(subject, 'old');
    consortium.pass(DAY);
    const middle = now();
    await write(subject, 'new');
    const narrow = await hospital().consents.grant({ ...treat(subject, now() + 30 * DAY), dataFrom: middle });
    await settle();
    expect([read('old'), read('new')]).toEqual([undefined, expect.stringContaining('"new"')]);

    const wide = await hospital().consents.grant(treat(subject, now() + 30 * DAY));
    await settle();
    expect(read('old')).toContain('"old"');
    await hospital().consents.revoke(wide.grant);
    await settle();
    expect([read('old'), read('new')]).toEqual([undefined, expect.stringContaining('"new"')]);
    await hospital().consents.revoke(narrow.grant);
    await settle();
    expect(read('new')).toBeUndefined();
  });
});

describe('a grant to write only', () => {
  it('brings the key and no record', async () => {
    const subject = await patient();
    await write(subject, 'unseen');
    await hospital().consents.grant({ ...treat(subject, now() + DAY), rights: ['write'] });
    await settle();
    const { id } = hospital().keys.compartment(subject, 'general');
    expect(clinic().keys.epochKey(subject, id, 1)).toBeDefined();
    expect(read('unseen')).toBeUndefined();
  });
});

describe('broken glass', () => {
  it('brings the key from the steward, as a grant that the patient sees and that ends with the emergency', async () => {
    const subject = await patient();
    await write(subject, 'critical');
    const reader = await consortium.practitioner(CLINIC, 'ETREAT');
    await clinic().sessions.open(reader, subject);
    await settle();
    await settle();
    expect(read('critical')).toContain('critical');
    const grants = hospital()
      .consents.list(subject)
      .filter(({ grantee }) => grantee === CLINIC);
    expect(grants.every(({ purposes, status }) => purposes.join() === 'ETREAT' && status === 'live')).toBe(true);
    expect(grants.map(({ code }) => code)).toContain('general');

    consortium.pass(4 * 3600);
    for (const organisation of [hospital(), clinic()]) organisation.sweep();
    await settle();
    expect(read('critical')).toBeUndefined();
  });
});

describe('two decisions at once', () => {
  it('each hold: neither leaves a grantee with the key of another epoch', async () => {
    const subject = await patient();
    const first = await hospital().consents.grant(treat(subject, now() + DAY));
    const second = await hospital().consents.grant(treat(subject, now() + 2 * DAY));
    const [, third] = await Promise.all([
      hospital().consents.revoke(first.grant),
      hospital().consents.grant(treat(subject, now() + 3 * DAY)),
      hospital().consents.revoke(second.grant),
    ]);
    expect(epochOf(subject)).toBe(3);
    await write(subject, 'after-both');
    await settle();
    expect(read('after-both')).toContain('after-both');
    await hospital().consents.revoke(third.grant);
  });
});

describe('an erasure', () => {
  it('takes the ciphertext out of the vault and the record out of every index, also after a rebuild', async () => {
    const subject = await patient();
    await write(subject, 'to-erase');
    await hospital().consents.grant(treat(subject, now() + DAY));
    await settle();
    expect(read('to-erase')).toContain('to-erase');

    const { id: compartment } = hospital().keys.compartment(subject, 'general');
    const { ledger, signer, ledgerIndex, vault } = hospital().context;
    const stored = ledgerIndex.leaves('records', subject, compartment)[0];
    const leaf = decodeLeaf(stored?.bytes ?? new Uint8Array(0));
    if (leaf.kind !== 'record') throw new Error('a record was expected');
    const order = { subject, compartment, index: 0, reason: 'subject-request' } as const;
    const { height } = await ledger.submit(signer, [callOf('records', 'erase', order)]);
    await Promise.all([hospital(), clinic()].map(({ projector }) => projector.reached(height)));
    expect(vault.tombstone(leaf.digest)?.reason).toBe('ledger-order');
    expect(hospital().index.fhir.read('Observation', 'to-erase')).toBeUndefined();
    expect(read('to-erase')).toBeUndefined();
    await consortium.node.rebuildIndex(HOSPITAL, () => {});
    expect(hospital().index.fhir.read('Observation', 'to-erase')).toBeUndefined();
  });
});

describe('a rebuild', () => {
  it('gives the same index, own and foreign, while others write', async () => {
    const subject = await patient();
    await hospital().consents.grant(treat(subject, now() + DAY));
    for (let number = 0; number < 5; number += 1) await write(subject, `rebuild-${number}`);
    await settle();
    const before = [hospital(), clinic()].map(({ index }) => index.fhir.contentDigest());
    await consortium.node.rebuildIndex(HOSPITAL, () => {});
    await consortium.node.rebuildIndex(CLINIC, () => {});
    await settle();
    expect([hospital(), clinic()].map(({ index }) => index.fhir.contentDigest())).toEqual(before);

    await Promise.all([consortium.node.rebuildIndex(HOSPITAL, () => {}), write(subject, 'meanwhile')]);
    expect(hospital().index.fhir.read('Observation', 'meanwhile')?.author).toBe(HOSPITAL);
  });
});
