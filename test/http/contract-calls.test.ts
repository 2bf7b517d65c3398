import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callOf } from '../../src/contracts/calls.js';
import { fromHex } from '../../src/primitives/bytes.js';
import { randomBytes } from '../../src/platform/node-crypto.js';
import { CairnClient } from '../../src/sdk/client.js';
import type { TransactionSigner } from '../../src/sdk/contract-calls.js';
import { verifyFile } from '../../src/sdk/verify-file.js';
import { CLINIC, HOSPITAL } from '../../testkit/consortium.js';
import { serveConsortium, type HttpNode } from '../support/http-node.js';

let node: HttpNode;
let client: CairnClient;
let hospital: TransactionSigner;
let clinic: TransactionSigner;
let subject: Uint8Array;

beforeAll(async () => {
  node = await serveConsortium();
  client = await node.clientOf(HOSPITAL, ['read', 'write']);
  hospital = node.organisation(HOSPITAL).organisation.context.signer;
  clinic = node.organisation(CLINIC).organisation.context.signer;
  subject = fromHex((await client.subjects.register()).subject);
});

afterAll(() => node.close());

describe('contract calls', () => {
  it('return what the contract returns, typed, with a receipt', async () => {
    const id = randomBytes(16);
    const vouched = await client.contracts.registry.vouch({ id, kind: 'practitioner', key: null }, hospital);
    expect(vouched.value).toEqual({});
    const until = node.node.services.clock.now() + 600;
    const access = randomBytes(16);
    const { compartments } = await client.subjects.get(Buffer.from(subject).toString('hex'));
    const opened = await client.contracts.access.open(
      {
        access,
        subject,
        compartments: [{ compartment: fromHex(compartments[0]!.compartment), basis: 'grant' }],
        purpose: 'TREAT',
        actor: id,
        until,
      },
      hospital,
    );
    expect(opened.value.opened[0]).toMatchObject({ until, grant: expect.any(Uint8Array) as unknown });
    expect(opened.events).toMatchObject([{ type: 'access.opened', payload: { subject } }]);
    const receipt = verifyFile(await client.trust(), await client.ledger.receipt(opened.transaction, opened.call));
    expect(receipt).toMatchObject({ kind: 'receipt', height: opened.height, call: { args: { access } } });
  });

  it('fail with the contract’s code and meaning', async () => {
    const rejected = client.contracts.consent.setEmergencyAccess({ subject, allowed: false }, clinic);
    await expect(rejected).rejects.toMatchObject({
      name: 'CairnApiError',
      code: 'consent.not-authorised',
      message: 'Only the subject, its steward or a live representative may decide this.',
    });
  });

  it('take effect together or not at all', async () => {
    const calls = [
      callOf('consent', 'setEmergencyAccess', { subject, allowed: false }),
      callOf('consent', 'setEmergencyAccess', { subject: randomBytes(16), allowed: false }),
    ];
    await expect(client.transact(calls, hospital)).rejects.toMatchObject({ code: 'consent.unknown-subject' });
    const name = Buffer.from(subject).toString('hex');
    expect((await client.subjects.get(name)).emergencyAccess).toBe(true);
    const { outcomes } = await client.transact([calls[0]!, calls[0]!], hospital);
    expect(outcomes).toHaveLength(2);
    expect((await client.subjects.get(name)).emergencyAccess).toBe(false);
  });

  it('wait for a signer that takes its time', async () => {
    const slow: TransactionSigner = {
      publicKey: hospital.publicKey,
      sign: async (body, digest) => {
        await new Promise((resolve) => setImmediate(resolve));
        expect(digest).toHaveLength(32);
        return hospital.sign(body, digest);
      },
    };
    const { height } = await client.contracts.consent.setEmergencyAccess({ subject, allowed: true }, slow);
    expect(height).toBeGreaterThan(1);
  });

  it.each<[what: string, signer: () => TransactionSigner, chainId: string | undefined, status: number, code: string]>([
    [
      'a signature of another key',
      () => ({ publicKey: hospital.publicKey, sign: (b, d) => clinic.sign(b, d) }),
      undefined,
      403,
      'transaction.bad-signature',
    ],
    ['another chain', () => hospital, 'other', 400, 'transaction.wrong-chain'],
  ])('are refused with %s', async (_, signer, chainId, status, code) => {
    const other = new CairnClient({ url: node.url, chainId });
    const refused = other.contracts.consent.setEmergencyAccess({ subject, allowed: true }, signer());
    await expect(refused).rejects.toMatchObject({ status, code });
  });

  it('are refused when they are valid for too long or handed in again', async () => {
    const call = callOf('consent', 'setEmergencyAccess', { subject, allowed: true });
    const tooLong = client.transact([call], hospital, { validitySeconds: 3600 });
    await expect(tooLong).rejects.toMatchObject({ code: 'transaction.valid-too-long', status: 400 });
    const sent: Uint8Array[] = [];
    const recording = new CairnClient({
      url: node.url,
      fetch: (input, init) => {
        if (init?.body instanceof Uint8Array) sent.push(init.body);
        return fetch(input, init);
      },
    });
    await recording.transact([call], hospital);
    await expect(client.ledger.submit(sent[0]!)).rejects.toMatchObject({ code: 'transaction.replayed', status: 409 });
  });

  it('say that nobody answers', async () => {
    const nobody = new CairnClient({ url: 'http://127.0.0.1:1' });
    await expect(nobody.status()).rejects.toMatchObject({ code: 'client.unreachable', status: null });
    const stranger = new CairnClient({ url: node.url, fetch: () => Promise.resolve(new Response('<html>')) });
    await expect(stranger.status()).rejects.toMatchObject({ code: 'client.unexpected-reply', status: 200 });
  });
});
