import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeCrypto, randomBytes } from '../platform/node-crypto.js';
import { toBase64Url, toHex, utf8ToBytes } from '../primitives/bytes.js';
import { encodeCbor } from '../primitives/cbor.js';
import { sealingPublicKey, sealTo } from '../primitives/sealing.js';
import { Secret } from '../primitives/secret.js';
import { openVault } from '../vault/vault.js';
import { ApiKeys } from './api-keys.js';
import { EpochKey } from './epoch-key.js';
import { openKeyEnvelope, sealKeyEnvelope } from './key-envelope.js';
import { KeyRing } from './key-ring.js';
import { createKeyStore, openKeyStore } from './key-store.js';
import type { NewOpener } from './openers.js';
import { organisationKey, stewardRoot } from './organisation-keys.js';
import { openRecord, sealRecord } from './record-sealing.js';
import { custodialSubjectRoot, subjectEpochKey, subjectSealingSeed, subjectSigningSeed } from './subject-keys.js';

const dependencies = { crypto: nodeCrypto, randomBytes };
const PLAINTEXT = 'Jane Doe is HIV positive';

/** Every way in which bytes get printed. */
function spellings(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes);
  const hex = toHex(bytes);
  return [
    hex,
    hex.replace(/..(?=.)/g, '$& '),
    hex.toUpperCase(),
    buffer.toString('base64').slice(0, 20),
    toBase64Url(bytes).slice(0, 20),
    buffer.toString('latin1'),
    buffer.toString('utf8'),
    [...bytes.subarray(0, 8)].join(','),
    [...bytes.subarray(0, 8)].join(', '),
    JSON.stringify(bytes.subarray(0, 8)).slice(1, -1),
  ];
}

/** Every way in which a value ends up in a log. */
function prints(value: unknown): string {
  const circular = new Set<unknown>();
  const json = JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === 'bigint') return String(member);
    if (typeof member !== 'object' || member === null) return member;
    if (circular.has(member)) return undefined;
    circular.add(member);
    return member;
  });
  const deep = { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity } as const;
  const errors: string[] = [];
  for (let error = value; error instanceof Error; error = error.cause) errors.push(error.message, error.stack ?? '');
  return [
    inspect(value, deep),
    inspect(value, { ...deep, showHidden: true, getters: true }),
    String(value),
    json,
    ...errors,
  ].join('\n');
}

let folder: string;
let printed: string;
const seen: unknown[] = [];
const planted: Uint8Array[] = [];

/** Registers what must not be printed. */
function plant<T extends Uint8Array>(bytes: T): T {
  planted.push(bytes.slice());
  return bytes;
}

/** Keeps what an action returns or throws, to be printed. */
async function keep<T>(action: () => T | Promise<T>): Promise<T> {
  const result = await action();
  seen.push(result);
  return result;
}

async function keepError(action: () => unknown): Promise<void> {
  const nothing = Symbol('nothing');
  let thrown: unknown = nothing;
  try {
    await action();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).not.toBe(nothing);
  seen.push(thrown);
}

function found(): string[] {
  const text = [printed, ...seen.map(prints)].join('\n');
  return [PLAINTEXT, 'Jane', ...planted.flatMap(spellings)].filter((spelling) => text.includes(spelling));
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-leaks-'));
  seen.length = 0;
  planted.length = 0;
  printed = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      printed += String(chunk);
      return true;
    });
  }
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...values) => void (printed += values.map(prints).join('\n')));
  }
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe('what is secret is printed nowhere', () => {
  it('by the search that would find it', () => {
    const bytes = plant(randomBytes(32));
    for (const leak of [
      bytes,
      toHex(bytes),
      { nested: [bytes] },
      new Error(toHex(bytes)),
      Buffer.from(bytes),
      PLAINTEXT,
    ]) {
      seen.length = 0;
      seen.push(leak);
      expect(found()).not.toEqual([]);
    }
    seen.length = 0;
    console.log('key', toBase64Url(bytes));
    expect(found()).not.toEqual([]);
  });

  it('by the key hierarchy and the key ring', async () => {
    const root = new Secret(plant(randomBytes(32)));
    const id = randomBytes(16);
    const ring = new KeyRing({ keysMax: 10 });
    seen.push(root, ring);
    for (const purpose of ['ledger-signing', 'sealing', 'index', 'api-keys'] as const) {
      plant((await keep(() => organisationKey(nodeCrypto, root, purpose, 0))).reveal());
    }
    plant((await keep(() => stewardRoot(nodeCrypto, root))).reveal());
    plant((await keep(() => custodialSubjectRoot(nodeCrypto, root, id))).reveal());
    plant((await keep(() => subjectSigningSeed(nodeCrypto, root, 0))).reveal());
    plant((await keep(() => subjectSealingSeed(nodeCrypto, root, 0))).reveal());
    const key = await keep(() => subjectEpochKey(nodeCrypto, root, id, 0));
    plant(key.reveal());
    ring.add(id, key);
    await keepError(() => ring.add(id, new EpochKey(nodeCrypto, id, 0, plant(randomBytes(32)))));
    await keepError(() => key.check(new Uint8Array(32)));
    await keepError(() => subjectSigningSeed(nodeCrypto, new Secret(plant(randomBytes(31))), 0));
    expect(found()).toEqual([]);
  });

  it('by records, envelopes and the vault', async () => {
    const [subject, compartment, grant] = [randomBytes(16), randomBytes(16), randomBytes(16)];
    const key = new EpochKey(nodeCrypto, compartment, 1, plant(randomBytes(32)));
    const place = { subject, compartment, epoch: 1, record: randomBytes(16), version: 1 };
    const meta = { type: 'Patient', id: 'Jane', version: '1', mediaType: 'text/plain', references: {} };
    const content = { meta, resource: plant(utf8ToBytes(PLAINTEXT)) };
    const sealed = await keep(() => sealRecord(nodeCrypto, randomBytes, key, place, content));
    const expected = { ...sealed, epochKeyCommitment: key.commitment };
    openRecord(nodeCrypto, key, place, expected, sealed.object);
    const wrong = { ...expected, commitment: new Uint8Array(32) };
    await keepError(() => openRecord(nodeCrypto, key, place, wrong, sealed.object));
    await keepError(() => openRecord(nodeCrypto, key, { ...place, version: 2 }, expected, sealed.object));
    await keepError(() => sealRecord(nodeCrypto, randomBytes, key, { ...place, epoch: 2 }, content));
    const tooLarge = {
      meta: { ...meta, references: { [PLAINTEXT]: 'x'.repeat(2 ** 18) } },
      resource: content.resource,
    };
    await keepError(() => sealRecord(nodeCrypto, randomBytes, key, place, tooLarge));
    const notText = { meta: { ...meta, id: `${PLAINTEXT}\ud800` }, resource: content.resource };
    await keepError(() => sealRecord(nodeCrypto, randomBytes, key, place, notText));

    const seed = new Secret(plant(randomBytes(32)));
    const sealingKey = await sealingPublicKey(seed.reveal());
    const envelopePlace = { grant, subject, compartment, grantee: 'a1'.repeat(16) };
    const envelope = await keep(() =>
      sealKeyEnvelope(sealingKey, envelopePlace, { compartmentCode: 'hiv', keys: [key] }),
    );
    await keep(() => openKeyEnvelope(nodeCrypto, seed, envelopePlace, envelope, () => key.commitment));
    await keepError(() => openKeyEnvelope(nodeCrypto, seed, envelopePlace, envelope, () => undefined));
    const other = new Secret(plant(randomBytes(32)));
    await keepError(() => openKeyEnvelope(nodeCrypto, other, envelopePlace, envelope, () => key.commitment));
    const boundData = encodeCbor(['cairn/key-envelope', grant, subject, compartment, envelopePlace.grantee]);
    const payload = encodeCbor({ code: PLAINTEXT, epochs: [[1, key.reveal()], PLAINTEXT] });
    const malformed = await sealTo(sealingKey, {
      info: utf8ToBytes('cairn/key-envelope'),
      aad: boundData,
      plaintext: payload,
    });
    await keepError(() => openKeyEnvelope(nodeCrypto, seed, envelopePlace, malformed, () => key.commitment));

    const vault = openVault({ path: join(folder, 'vault.db'), crypto: nodeCrypto, now: () => 0 });
    seen.push(vault);
    const tags = { subject: toHex(subject), compartment: toHex(compartment), kind: 'record' as const };
    await keepError(() => vault.put({ ...tags, bytes: utf8ToBytes(PLAINTEXT), digest: new Uint8Array(32) }));
    const digest = await vault.put({ ...tags, bytes: utf8ToBytes(PLAINTEXT) });
    await keepError(() => vault.putMany([{ ...tags, subject: toHex(compartment), bytes: utf8ToBytes(PLAINTEXT) }]));
    await vault.erase([digest], 'test');
    await keepError(() => vault.get(digest));
    vault.close();

    key.destroy();
    await keepError(() => key.reveal());
    expect(found()).toEqual([]);
  });

  it('by the key store and the API keys', async () => {
    const path = join(folder, 'keys');
    const phrase = 'a passphrase like no other';
    plant(utf8ToBytes(phrase));
    const environment = plant(randomBytes(32));
    const openers: NewOpener[] = [
      { kind: 'passphrase', passphrase: new Secret(phrase), argon2: { memoryKib: 8192, passes: 1 } },
      { kind: 'environment', secret: new Secret(toBase64Url(environment)) },
      { kind: 'guardians', key: new Secret(plant(randomBytes(32))) },
    ];
    const secrets = { root: new Secret(plant(randomBytes(32))) };
    seen.push(openers, secrets);
    const store = await keep(() => createKeyStore(dependencies, path, { openers, secrets }));
    for (const opener of openers) await keep(() => openKeyStore(dependencies, path, opener));
    await keep(() => store.get('root'));
    seen.push(store.openers());
    const weak = new Secret(toBase64Url(plant(randomBytes(31))));
    await keepError(() => store.addOpener({ kind: 'environment', secret: weak }));
    const wrong = { kind: 'passphrase', passphrase: new Secret(`${phrase}!`) } as const;
    await keepError(() => openKeyStore(dependencies, path, wrong));

    const pepper = new Secret(plant(randomBytes(32)));
    const apiKeys = new ApiKeys({ ...dependencies, store, pepper, now: () => 0 });
    const ids = { organisation: 'a1'.repeat(16), practitioner: 'b2'.repeat(16) };
    const { token } = await keep(() => apiKeys.issue({ ...ids, scopes: ['read'], label: 'test' }));
    plant(utf8ToBytes(token.reveal()));
    await keepError(() => apiKeys.issue({ ...ids, scopes: ['read'], label: '' }));
    await keepError(() => apiKeys.revoke(token.reveal()));
    seen.push(apiKeys, apiKeys.list(), apiKeys.authenticate(token.reveal()));

    const file = readFileSync(path);
    writeFileSync(path, file.subarray(1));
    await keepError(() => openKeyStore(dependencies, path, openers[0] as NewOpener));
    store.close();
    await keepError(() => store.update({}));
    expect(found()).toEqual([]);
  });
});
