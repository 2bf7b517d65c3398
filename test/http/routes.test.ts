import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectionKey } from '../../src/contracts/kernel/collection.js';
import { decodeAccessLeaf } from '../../src/contracts/access/leaf.js';
import { trustRootToJson } from '../../src/ledger/block/trust-root.js';
import { fromHex, toHex } from '../../src/primitives/bytes.js';
import type { CairnClient } from '../../src/sdk/client.js';
import { verifyFile } from '../../src/sdk/verify-file.js';
import type { SubjectView } from '../../src/wire/subjects.js';
import { CLINIC, HOSPITAL } from '../../testkit/consortium.js';
import { serveConsortium, type HttpNode } from '../support/http-node.js';

// Every reply is checked against its endpoint's schema by the client's `fetch`: see test/support/http-node.ts.
let node: HttpNode;
let hospital: CairnClient;
let clinic: CairnClient;
let patient: SubjectView;

beforeAll(async () => {
  node = await serveConsortium();
  hospital = await node.clientOf(HOSPITAL, ['read', 'write', 'admin']);
  clinic = await node.clientOf(CLINIC, ['read', 'write']);
  patient = await hospital.subjects.register();
});

afterAll(() => node.close());

async function all<T>(elements: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const element of elements) list.push(element);
  return list;
}

describe('the node', () => {
  it('says to anybody what it is', async () => {
    const status = await node.client().status();
    expect(status).toMatchObject({ version: '1.2.3', ready: true, chain: { id: 'test', genesisHash: null } });
    expect(status.organisations.map(({ id }) => id)).toEqual([HOSPITAL, CLINIC]);
    expect(status.chain.height).toBeGreaterThan(1);
    expect(await node.client().trust()).toEqual(trustRootToJson(node.node.services.trustRoot));
  });

  it('lists the members that the ledger has', async () => {
    const organisations = await node.client().organisations();
    expect(organisations.map(({ id, name, roles, hosted }) => ({ id, name, roles, hosted }))).toEqual([
      { id: CLINIC, name: 'Clinic', roles: ['clinic'], hosted: true },
      { id: HOSPITAL, name: 'Hospital', roles: ['hospital'], hosted: true },
    ]);
  });

  it('describes its contracts', async () => {
    const contracts = await node.client().describeContracts();
    expect(contracts.map(({ name }) => name)).toEqual(['kernel', 'registry', 'consent', 'records', 'access']);
    const grant = contracts.find(({ name }) => name === 'consent')?.methods.find(({ name }) => name === 'grant');
    expect(grant?.arguments).toMatchObject({
      type: 'object',
      properties: { subject: { type: 'string', format: 'hex', length: 16 } },
    });
    const codes = contracts.flatMap(({ errors }) => errors.map(({ code }) => code));
    expect(codes).toEqual(expect.arrayContaining(['kernel.unknown-method', 'consent.unknown-grantee']));
  });

  it.each([
    ['/healthz', 'application/json', '{"live":true}'],
    ['/readyz', 'application/json', '{"ready":true}'],
    ['/metrics', 'text/plain', 'cairn_index_lag_blocks{organisation="clinic"} 0'],
    ['/', 'text/html', 'Cairn node'],
  ])('answers %s', async (path, type, content) => {
    const response = await fetch(node.url + path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain(type);
    expect(await response.text()).toContain(content);
  });

  it('counts blocks and transactions, and times requests by route', async () => {
    await hospital.subjects.get(patient.subject);
    const metrics = await (await fetch(`${node.url}/metrics`)).text();
    expect(metrics).toMatch(/cairn_transactions_total\{result="accepted"\} [1-9]/);
    expect(metrics).toMatch(/cairn_blocks_total [1-9]/);
    expect(metrics).toContain('route="/api/v1/subjects/:subject",status="200"');
  });

  it('sends headers that leave a browser nothing to do', async () => {
    const { headers } = await fetch(`${node.url}/`);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('subjects', () => {
  it('are registered with all their compartments', () => {
    expect(patient).toMatchObject({ kind: 'patient', steward: HOSPITAL, emergencyAccess: true });
    expect(patient.compartments.map(({ code }) => code)).toContain('mental-health');
    expect(patient.compartments.every(({ epoch, records }) => epoch === 1 && records === 0)).toBe(true);
    expect(patient.grants.every(({ grantee, status }) => grantee === HOSPITAL && status === 'live')).toBe(true);
  });

  it('are listed page by page', async () => {
    await hospital.subjects.register();
    const listed = await all(hospital.subjects.list({ limit: 1 }));
    expect(listed).toEqual(await all(hospital.subjects.list()));
    expect(listed.map(({ subject }) => subject)).toContain(patient.subject);
    expect(await all(clinic.subjects.list())).toEqual([
      expect.objectContaining({ kind: 'directory', steward: CLINIC }),
    ]);
  });

  it('are named by their patient too', async () => {
    const text = '{"resourceType":"Patient","id":"p.1"}';
    await all(hospital.administration.import([{ name: 'p.json', text }]));
    const view = await hospital.subjects.get('Patient/p.1');
    expect(view.compartments.find(({ code }) => code === 'general')?.records).toBe(1);
    await expect(clinic.subjects.get('Patient/p.1')).rejects.toMatchObject({ code: 'subject.unknown', status: 404 });
  });

  it('allow and forbid emergency access', async () => {
    const decision = await hospital.subjects.setEmergencyAccess(patient.subject, false);
    expect((await hospital.subjects.get(patient.subject)).emergencyAccess).toBe(false);
    const receipt = await hospital.ledger.receipt(decision.transaction, decision.call);
    expect(verifyFile(await hospital.trust(), receipt)).toMatchObject({
      kind: 'receipt',
      call: { contract: 'consent', method: 'setEmergencyAccess', args: { allowed: false } },
    });
    await hospital.subjects.setEmergencyAccess(patient.subject, true);
  });
});

describe('consent', () => {
  it('is given, narrowed and taken back, each with a receipt', async () => {
    const request = { grantee: CLINIC, compartments: ['general', 'hiv'], purposes: ['TREAT', 'HPAYMT'] as const };
    const decisions = await hospital.subjects.grant(patient.subject, {
      ...request,
      purposes: [...request.purposes],
      until: '30d',
      dataFrom: '2020-01-01T00:00:00Z',
    });
    expect(decisions.map(({ code, call }) => [code, call])).toEqual([
      ['general', 0],
      ['hiv', 1],
    ]);
    const [general, hiv] = decisions.map(({ grant }) => grant) as [string, string];

    const until = new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000).toISOString().replace('.000', '');
    await hospital.subjects.narrow(general, { purposes: ['TREAT'], until });
    await hospital.subjects.narrow(hiv, { until: '12h' });
    await hospital.subjects.revoke(hiv);

    const shown = (await clinic.subjects.grants(patient.subject)).sort((a, b) => a.status.localeCompare(b.status));
    expect(shown).toEqual([
      expect.objectContaining({
        grant: general,
        status: 'live',
        purposes: ['TREAT'],
        until,
        dataFrom: '2020-01-01T00:00:00Z',
      }),
      expect.objectContaining({ grant: hiv, status: 'revoked', purposes: ['TREAT', 'HPAYMT'] }),
    ]);
    const view = await clinic.subjects.get(patient.subject);
    expect(view.compartments).toHaveLength(2);
    expect(await all(clinic.subjects.list({ relation: 'grantee' }))).toContainEqual(
      expect.objectContaining({ subject: patient.subject, steward: HOSPITAL }),
    );
    const file = await hospital.ledger.receipt(decisions[1]!.transaction, 1);
    expect(verifyFile(await node.client().trust(), file)).toMatchObject({ call: { method: 'grant' }, callIndex: 1 });
  });

  it('is given for all compartments at once', async () => {
    const { subject, compartments } = await hospital.subjects.register();
    const until = '2d';
    const all = await hospital.subjects.grant(subject, {
      grantee: CLINIC,
      compartments: ['all'],
      purposes: ['TREAT'],
      until,
    });
    expect(all.map(({ code }) => code).sort()).toEqual(compartments.map(({ code }) => code).sort());
    expect(new Set(all.map(({ transaction }) => transaction)).size).toBe(1);
  });
});

describe('the access log', () => {
  it('shows who opened the chart, when, why and what, newest first, and proves that this is all', async () => {
    const { subject } = await hospital.subjects.register();
    const compartments = ['general', 'genetics'];
    await hospital.subjects.grant(subject, { grantee: CLINIC, compartments, purposes: ['TREAT'], until: '1d' });
    const doctor = await node.practitioner(CLINIC);
    const billing = await node.practitioner(HOSPITAL, 'HPAYMT');
    await node.organisation(CLINIC).organisation.sessions.open(doctor, fromHex(subject));
    await node.organisation(HOSPITAL).organisation.sessions.open(billing, fromHex(subject));

    const { accesses, total, evidence } = await hospital.subjects.accessPage(subject);
    expect(total).toBe(accesses.length);
    expect(accesses[0]).toMatchObject({ organisation: HOSPITAL, actor: toHex(billing.actor), purpose: 'HPAYMT' });
    const byDoctor = accesses.find(({ actor }) => actor === toHex(doctor.actor));
    expect(byDoctor?.compartments.map(({ code, basis }) => [code, basis]).sort()).toEqual([
      ['general', 'grant'],
      ['genetics', 'grant'],
    ]);
    expect(await all(hospital.subjects.accesses(subject, { limit: 1 }))).toEqual(accesses);

    const general = evidence.find(({ code }) => code === 'general')?.compartment ?? '';
    const proved = verifyFile(await hospital.trust(), await hospital.ledger.logEvidence('access', subject, general));
    if (proved.kind !== 'log') throw new Error('not a log');
    const entries = proved.leaves.map((leaf) => toHex(decodeAccessLeaf(leaf).access)).reverse();
    const listed = accesses.filter((entry) => entry.compartments.some(({ code }) => code === 'general'));
    expect(entries).toEqual(listed.map(({ access }) => access));
  });
});

describe('the ledger', () => {
  it('shows a transaction and its block', async () => {
    const decision = await hospital.subjects.setEmergencyAccess(patient.subject, true);
    const transaction = await clinic.ledger.transaction(decision.transaction);
    expect(transaction).toMatchObject({
      height: decision.height,
      calls: [{ contract: 'consent', method: 'setEmergencyAccess', args: { subject: patient.subject, allowed: true } }],
      result: { status: 'accepted', rejection: null },
    });
    const block = await clinic.ledger.block(decision.height);
    expect(block.transactions).toEqual([{ id: decision.transaction, status: 'accepted', code: null }]);
    const next = await clinic.ledger.block(decision.height + 1);
    expect(next.appHash).not.toBe(block.appHash);
  });

  it('proves the value of a state key and the absence of another', async () => {
    const key = collectionKey('consent', 'emergency-access', [fromHex(patient.subject)]);
    const present = verifyFile(await hospital.trust(), await hospital.ledger.stateEvidence(toHex(key)));
    expect(present).toMatchObject({ kind: 'state', value: Uint8Array.of(0xf5) });
    const absent = verifyFile(await hospital.trust(), await hospital.ledger.stateEvidence('00'));
    expect(absent).toMatchObject({ kind: 'state', value: undefined });
  });

  it('gives evidence of records to whoever may read them', async () => {
    const { subject, compartments } = await hospital.subjects.register();
    await hospital.subjects.grant(subject, {
      grantee: CLINIC,
      compartments: ['general'],
      purposes: ['TREAT'],
      until: '1d',
    });
    const idOf = (code: string): string => compartments.find((one) => one.code === code)?.compartment ?? '';
    const file = await clinic.ledger.logEvidence('records', subject, idOf('general'));
    expect(verifyFile(await clinic.trust(), file)).toMatchObject({ kind: 'log', leaves: [] });
    const refused = clinic.ledger.logEvidence('records', subject, idOf('hiv'));
    await expect(refused).rejects.toMatchObject({ status: 403, code: 'access.no-consent' });
  });
});

describe('API keys', () => {
  it('are issued for a practitioner, work at once, and end at once', async () => {
    const { key, token } = await hospital.administration.issueApiKey({ label: 'ward 3', scopes: ['read'] });
    const ward = node.client(token);
    await ward.subjects.get(patient.subject);
    expect(await hospital.administration.apiKeys()).toContainEqual(key);
    await hospital.administration.revokeApiKey(key.id);
    await expect(ward.subjects.get(patient.subject)).rejects.toMatchObject({ status: 401, code: 'auth.invalid' });
  });

  it('are issued for a practitioner that is known already', async () => {
    const practitioner = toHex((await node.practitioner(HOSPITAL)).actor);
    const issued = await hospital.administration.issueApiKey({ label: 'x', scopes: ['read', 'write'], practitioner });
    expect(issued.key).toMatchObject({ practitioner, scopes: ['read', 'write'] });
  });
});
