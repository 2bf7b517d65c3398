import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeCrypto } from '../platform/node-crypto.js';
import { createVaultGate, type AccessDecision, type AccessQuestion, type Authorise } from './gate.js';
import { openVault } from './vault.js';

const folder = mkdtempSync(join(tmpdir(), 'cairn-gate-'));
const vault = openVault({ path: join(folder, 'vault.db'), crypto: nodeCrypto, now: () => 0 });
const bytes = Uint8Array.of(1, 2, 3);
const tags = { subject: 'a1'.repeat(16), compartment: 'b2'.repeat(16), kind: 'record' as const };
const digest = await vault.put({ bytes, ...tags });
const request = { requester: 'c3'.repeat(16), digest, accessId: 'd4'.repeat(16) };

afterAll(() => {
  vault.close();
  rmSync(folder, { recursive: true });
});

/** As the ledger would: one live access. */
const onlyThisAccess: Authorise = async (question) =>
  question.requester === request.requester &&
  question.accessId === request.accessId &&
  question.subject === tags.subject &&
  question.compartment === tags.compartment
    ? { allowed: true }
    : { allowed: false, reason: 'access.none' };

describe('the vault gate', () => {
  it('hands out an object against a positive decision about exactly this request', async () => {
    const asked: AccessQuestion[] = [];
    const gate = createVaultGate(vault, async (question) => {
      asked.push(question);
      return onlyThisAccess(question);
    });
    expect(await gate.fetch(request)).toEqual(bytes);
    expect(asked).toEqual([{ ...tags, ...request }]);
  });

  it.each([
    ['another requester', { requester: 'ff'.repeat(16) }],
    ['another access', { accessId: 'ff'.repeat(16) }],
    ['no access', { accessId: '' }],
  ])('refuses %s, and only the gate does', async (_, change) => {
    const refused = { ...request, ...change };
    const gate = createVaultGate(vault, onlyThisAccess);
    await expect(gate.fetch(refused)).rejects.toMatchObject({ code: 'vault.access-refused' });
    const open = createVaultGate(vault, async () => ({ allowed: true }));
    expect(await open.fetch(refused)).toEqual(bytes);
  });

  it.each([undefined, null, {}, { allowed: 1 }, { allowed: 'true' }])('takes %j for no decision', async (decision) => {
    const gate = createVaultGate(vault, async () => decision as unknown as AccessDecision);
    await expect(gate.fetch(request)).rejects.toMatchObject({ code: 'vault.access-refused' });
  });

  it('hands out nothing when the decision cannot be taken', async () => {
    const gate = createVaultGate(vault, () => Promise.reject(new Error('ledger is closed')));
    await expect(gate.fetch(request)).rejects.toThrow('ledger is closed');
  });

  it('does not ask about what is not here', async () => {
    const gate = createVaultGate(vault, () => Promise.reject(new Error('asked')));
    await expect(gate.fetch({ ...request, digest: new Uint8Array(32) })).rejects.toMatchObject({
      code: 'vault.not-found',
    });
  });
});
