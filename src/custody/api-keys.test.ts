import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeCrypto, randomBytes } from '../platform/node-crypto.js';
import { encodeCbor } from '../primitives/cbor.js';
import { Secret } from '../primitives/secret.js';
import { ApiKeys } from './api-keys.js';
import { createKeyStore, openKeyStore, type KeyStore } from './key-store.js';
import type { Opener } from './openers.js';

const dependencies = { crypto: nodeCrypto, randomBytes };
const opener: Opener = { kind: 'guardians', key: new Secret(randomBytes(32)) };
const pepper = new Secret(randomBytes(32));
const request = {
  organisation: 'alder-valley-hospital',
  practitioner: 'b2'.repeat(16),
  scopes: ['write', 'read'] as const,
  label: 'ward tablet',
};

let folder: string;
let store: KeyStore;
let apiKeys: ApiKeys;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-api-keys-'));
  store = await createKeyStore(dependencies, join(folder, 'keys'), { openers: [opener], secrets: {} });
  apiKeys = over(store);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function over(keyStore: KeyStore): ApiKeys {
  return new ApiKeys({ ...dependencies, store: keyStore, pepper, now: () => 1_700_000_000 });
}

describe('API keys', () => {
  it('speak for their practitioner, also after a restart', async () => {
    const { token, record } = apiKeys.issue(request);
    expect(token.reveal()).toMatch(/^cairn_[A-Za-z0-9_-]{43}$/);
    expect(record).toMatchObject({ ...request, scopes: ['read', 'write'], createdAt: 1_700_000_000, revokedAt: null });
    expect(apiKeys.authenticate(token.reveal())).toEqual(record);
    const reopened = over(await openKeyStore(dependencies, join(folder, 'keys'), opener));
    expect(reopened.authenticate(token.reveal())).toEqual(record);
    expect(reopened.list()).toEqual([record]);
  });

  it('are good until they are revoked', async () => {
    const [first, second] = [apiKeys.issue(request), apiKeys.issue(request)];
    const revoked = { ...first.record, revokedAt: 1_700_000_000 };
    expect(apiKeys.revoke(first.record.id)).toEqual(revoked);
    expect(apiKeys.revoke(first.record.id)).toEqual(revoked);
    for (const keys of [apiKeys, over(await openKeyStore(dependencies, join(folder, 'keys'), opener))]) {
      expect(keys.authenticate(first.token.reveal())).toBeUndefined();
      expect(keys.authenticate(second.token.reveal())).toEqual(second.record);
      expect(keys.list()).toEqual([revoked, second.record]);
    }
    expect(() => apiKeys.revoke('00'.repeat(8))).toThrow('no API key of this id');
  });

  it('are kept as MACs only', () => {
    const { token } = apiKeys.issue(request);
    const kept = Buffer.from(store.get('api-keys')?.reveal() as Uint8Array);
    const random = Buffer.from(token.reveal().slice(6), 'base64url');
    expect(kept.includes(token.reveal().slice(6))).toBe(false);
    expect(kept.includes(random)).toBe(false);
    expect(kept.includes(Buffer.from(nodeCrypto.sha256(random)))).toBe(false);
    expect(readFileSync(join(folder, 'keys')).includes('ward tablet')).toBe(false);
  });

  it('are nobody’s under another pepper', () => {
    const { token } = apiKeys.issue(request);
    const other = new ApiKeys({ ...dependencies, store, pepper: new Secret(randomBytes(32)), now: () => 0 });
    expect(other.authenticate(token.reveal())).toBeUndefined();
  });

  it('are not had for anything near one', () => {
    const token = apiKeys.issue(request).token.reveal();
    for (let at = 0; at < token.length; at++) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect(apiKeys.authenticate(changed)).toBeUndefined();
    }
    for (const other of [
      '',
      'cairn_',
      token.slice(0, -1),
      `${token}A`,
      ` ${token}`,
      `${token}\n`,
      token.toUpperCase(),
    ]) {
      expect(apiKeys.authenticate(other)).toBeUndefined();
    }
  });

  it.each<[name: string, change: Record<string, unknown>]>([
    ['no scopes', { scopes: [] }],
    ['an unknown scope', { scopes: ['read', 'root'] }],
    ['a long organisation', { organisation: 'a1'.repeat(21) }],
    ['a name for a practitioner', { practitioner: 'Dr. Who' }],
    ['upper case', { practitioner: 'B2'.repeat(16) }],
    ['no label', { label: '' }],
    ['a long label', { label: 'x'.repeat(101) }],
  ])('are not issued with %s', (_, change) => {
    expect(() => apiKeys.issue({ ...request, ...change })).toThrowError(
      expect.objectContaining({ code: 'api-key.invalid' }),
    );
    expect(apiKeys.list()).toEqual([]);
  });

  it.each([encodeCbor(1), encodeCbor([[]]), encodeCbor([[new Uint8Array(32), {}]]), encodeCbor([null])])(
    'tell damage in what is stored: %#',
    (damaged) => {
      store.update({ 'api-keys': new Secret(damaged) });
      expect(() => over(store)).toThrowError(expect.objectContaining({ code: 'custody.corrupt' }));
    },
  );
});
