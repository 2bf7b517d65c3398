import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeCrypto, randomBytes } from '../platform/node-crypto.js';
import { concatBytes, toBase64Url } from '../primitives/bytes.js';
import { decodeCbor, encodeCbor, type CborValue } from '../primitives/cbor.js';
import { CairnError } from '../primitives/errors.js';
import { Secret } from '../primitives/secret.js';
import { createKeyStore, openKeyStore, type KeyStore } from './key-store.js';
import type { NewOpener, Opener } from './openers.js';

const dependencies = { crypto: nodeCrypto, randomBytes };
/** As cheap to guess as the format allows, to keep the tests quick. */
const argon2 = { memoryKib: 8 * 1024, passes: 1 };
const passphrase = (text: string): NewOpener => ({ kind: 'passphrase', passphrase: new Secret(text), argon2 });
const environment = (bytes: Uint8Array): Opener => ({ kind: 'environment', secret: new Secret(toBase64Url(bytes)) });

const byPassphrase = passphrase('correct horse battery staple');
const byEnvironment = environment(randomBytes(32));
const byGuardians: Opener = { kind: 'guardians', key: new Secret(randomBytes(32)) };
const root = new Secret(randomBytes(32));

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-custody-'));
  path = join(folder, 'keys');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function create(openers: readonly NewOpener[] = [byEnvironment]): Promise<KeyStore> {
  return createKeyStore(dependencies, path, { openers, secrets: { root } });
}

async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof CairnError) return error.code;
    throw error;
  }
  return 'no error';
}

/** The file with a changed header or a changed checksum, as a forger or a faulty disk would leave it. */
function forge(change: (header: CborValue[], sealed: Uint8Array) => void): void {
  const [header, sealed] = decodeCbor(readFileSync(path)) as [Uint8Array, Uint8Array];
  const fields = decodeCbor(header) as CborValue[];
  change(fields, sealed);
  const forged = encodeCbor(fields);
  writeFileSync(path, encodeCbor([forged, sealed, nodeCrypto.sha256(concatBytes(forged, sealed))]));
}

describe('a key store', () => {
  it('opens with any one of its openers: none is required', async () => {
    const openers = [byPassphrase, byEnvironment, byGuardians];
    (await create(openers)).close();
    for (const opener of openers) {
      const store = await openKeyStore(dependencies, path, opener);
      expect(store.get('root')?.reveal()).toEqual(root.reveal());
      store.close();
    }
    for (const lost of openers) {
      rmSync(path);
      const rest = openers.filter((opener) => opener !== lost);
      (await create(rest)).close();
      expect(await codeOf(() => openKeyStore(dependencies, path, lost))).toBe('custody.cannot-open');
      for (const opener of rest) (await openKeyStore(dependencies, path, opener)).close();
    }
  });

  it('keeps each change, with mode 0600 and nothing else beside it', async () => {
    const store = await create();
    store.update({ a: new Secret(Uint8Array.of(1)), b: new Secret(Uint8Array.of(2)) });
    store.update({ a: undefined, b: new Secret(Uint8Array.of(3)) });
    const reopened = await openKeyStore(dependencies, path, byEnvironment);
    expect(reopened.get('a')).toBeUndefined();
    expect(reopened.get('b')?.reveal()).toEqual(Uint8Array.of(3));
    expect(reopened.get('root')?.reveal()).toEqual(root.reveal());
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['keys']);
  });

  it('shows no secret in the file', async () => {
    const secret = randomBytes(24);
    const store = await create([byPassphrase]);
    store.update({ 'name-of-a-secret': new Secret(secret) });
    const file = readFileSync(path);
    for (const hidden of [root.reveal(), secret, Buffer.from('name-of-a-secret'), Buffer.from('horse')]) {
      expect(file.includes(Buffer.from(hidden))).toBe(false);
    }
  });

  it('takes one passphrase for the same however it is composed', async () => {
    (await create([passphrase('pass-phrase caf\u00e9')])).close();
    await openKeyStore(dependencies, path, passphrase('pass-phrase cafe\u0301'));
  });

  it('adds and removes openers, but never the last one', async () => {
    const store = await create([byPassphrase]);
    const [first] = store.openers();
    expect(await codeOf(() => store.removeOpener(first?.id as string))).toBe('custody.last-opener');
    const added = await store.addOpener(byEnvironment);
    expect(store.openers()).toEqual([first, { id: added, kind: 'environment' }]);
    store.removeOpener(first?.id as string);
    expect(await codeOf(() => store.removeOpener('00'.repeat(8)))).toBe('custody.no-such-opener');
    expect(await codeOf(() => openKeyStore(dependencies, path, byPassphrase))).toBe('custody.cannot-open');
    expect((await openKeyStore(dependencies, path, byEnvironment)).get('root')?.reveal()).toEqual(root.reveal());
  });

  it('changes a passphrase in one step, for whoever knows the old one', async () => {
    const store = await create([byEnvironment, byPassphrase]);
    const next = passphrase('an entirely new passphrase');
    expect(await codeOf(() => store.replaceOpener(next, byPassphrase))).toBe('custody.cannot-open');
    await store.replaceOpener(byPassphrase, next);
    expect(store.openers()).toHaveLength(2);
    expect(await codeOf(() => openKeyStore(dependencies, path, byPassphrase))).toBe('custody.cannot-open');
    for (const opener of [next, byEnvironment]) (await openKeyStore(dependencies, path, opener)).close();
  });

  it('never overwrites what another process wrote', async () => {
    await create();
    const mine = await openKeyStore(dependencies, path, byEnvironment);
    const theirs = await openKeyStore(dependencies, path, byEnvironment);
    theirs.update({ theirs: new Secret(Uint8Array.of(1)) });
    const standing = readFileSync(path);
    const change = { mine: new Secret(Uint8Array.of(2)) };
    expect(await codeOf(() => mine.update(change))).toBe('custody.changed');
    expect(mine.get('mine')).toBeUndefined();
    expect(readFileSync(path)).toEqual(standing);
    expect(readdirSync(folder)).toEqual(['keys']);
    const again = await openKeyStore(dependencies, path, byEnvironment);
    again.update(change);
    expect(again.get('theirs')?.reveal()).toEqual(Uint8Array.of(1));
  });

  it('waits for nobody: refuses while another process is writing, and takes over what a crash left', async () => {
    const store = await create();
    writeFileSync(`${path}.new`, 'half a fi');
    expect(await codeOf(() => store.update({}))).toBe('custody.changed');
    expect(readFileSync(`${path}.new`, 'utf8')).toBe('half a fi');
    utimesSync(`${path}.new`, 0, 0);
    store.update({ a: new Secret(Uint8Array.of(1)) });
    expect(readdirSync(folder)).toEqual(['keys']);
    expect((await openKeyStore(dependencies, path, byEnvironment)).get('a')?.reveal()).toEqual(Uint8Array.of(1));
  });

  it('writes nothing once closed', async () => {
    const store = await create();
    const standing = readFileSync(path);
    const secret = store.get('root');
    store.close();
    expect(await codeOf(() => store.update({}))).toBe('custody.closed');
    expect(store.get('root')).toBeUndefined();
    expect(secret?.reveal()).toEqual(root.reveal());
    expect(readFileSync(path)).toEqual(standing);
  });

  it.each<[code: string, openers: readonly NewOpener[]]>([
    ['custody.no-opener', []],
    ['custody.weak-passphrase', [passphrase('11 letters.')]],
    ['custody.weak-passphrase', [passphrase('🙂🙂🙂🙂🙂🙂🙂')]],
    ['custody.weak-secret', [environment(randomBytes(31))]],
    ['custody.weak-secret', [{ kind: 'environment', secret: new Secret('not base64url!'.repeat(5)) }]],
    ['custody.weak-secret', [byEnvironment, { kind: 'environment', secret: new Secret('') }]],
    ['custody.bad-parameters', [{ ...byPassphrase, argon2: { memoryKib: 1024, passes: 3 } }]],
    ['custody.bad-parameters', [{ ...byPassphrase, argon2: { memoryKib: 2 ** 30, passes: 3 } }]],
    ['custody.bad-parameters', [{ ...byPassphrase, argon2: { memoryKib: 65536, passes: 0 } }]],
    ['custody.too-many-openers', Array.from({ length: 17 }, () => byGuardians)],
  ])('is not created: %s', async (code, openers) => {
    expect(await codeOf(() => create(openers))).toBe(code);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is not created over another, nor where there is no folder', async () => {
    await create();
    expect(await codeOf(() => create())).toBe('custody.exists');
    path = join(folder, 'missing', 'keys');
    expect(await codeOf(() => create())).toBe('custody.io');
    expect(await codeOf(() => openKeyStore(dependencies, path, byEnvironment))).toBe('custody.not-found');
    path = folder;
    expect(await codeOf(() => openKeyStore(dependencies, path, byEnvironment))).toBe('custody.io');
  });

  it('refuses more than it can read back', async () => {
    const store = await create();
    const large = { large: new Secret(new Uint8Array(8 * 1024 * 1024)) };
    expect(await codeOf(() => store.update(large))).toBe('custody.too-large');
    const full = Object.fromEntries(Array.from({ length: 9999 }, (_, index) => [`${index}`, root]));
    store.update(full);
    (await openKeyStore(dependencies, path, byEnvironment)).close();
    expect(await codeOf(() => store.update({ more: root }))).toBe('custody.too-large');
  });
});

describe('a wrong opener and a damaged file', () => {
  it.each<[string, Opener]>([
    ['another passphrase', passphrase('incorrect horse battery')],
    ['a passphrase that is too short', passphrase('x')],
    ['another environment secret', environment(randomBytes(32))],
    ['guardians who never were', byGuardians],
  ])('tells %s from damage', async (_, opener) => {
    await create([byPassphrase, byEnvironment]);
    expect(await codeOf(() => openKeyStore(dependencies, path, opener))).toBe('custody.cannot-open');
  });

  it('finds any changed byte, and any cut', async () => {
    await create([byEnvironment]);
    const file = readFileSync(path);
    for (let at = 0; at < file.length; at++) {
      const changed = Buffer.from(file);
      changed[at] = (changed[at] as number) ^ 0x10;
      writeFileSync(path, changed);
      expect(await codeOf(() => openKeyStore(dependencies, path, byEnvironment))).toBe('custody.corrupt');
      writeFileSync(path, file.subarray(0, at));
      expect(await codeOf(() => openKeyStore(dependencies, path, byEnvironment))).toBe('custody.corrupt');
    }
  });

  it.each<[name: string, code: string, change: (header: CborValue[], sealed: Uint8Array) => void]>([
    ['another version', 'custody.wrong-format', (header) => void (header[0] = 'cairn/key-store/2')],
    ['another store', 'custody.cannot-open', (header) => void (header[1] = randomBytes(16))],
    ['no openers', 'custody.corrupt', (header) => void (header[2] = [])],
    ['an opener dropped', 'custody.corrupt', (header) => void (header[2] = (header[2] as CborValue[]).slice(1))],
    ['openers in another order', 'custody.corrupt', (header) => void (header[2] as CborValue[]).reverse()],
    ['17 openers', 'custody.corrupt', (header) => void (header[2] = Array(17).fill((header[2] as CborValue[])[1]))],
    [
      'another salt',
      'custody.cannot-open',
      (header) => void ((header[2] as CborValue[][][])[1]![0]![2] = randomBytes(16)),
    ],
    [
      'a short wrapped key',
      'custody.cannot-open',
      (header) => void ((header[2] as CborValue[][])[1]![1] = randomBytes(5)),
    ],
    ['changed contents', 'custody.corrupt', (_, sealed) => void (sealed[20] = (sealed[20] as number) ^ 1)],
  ])('is not deceived by a forged checksum: %s', async (_, code, change) => {
    await create([byPassphrase, byEnvironment]);
    forge(change);
    expect(await codeOf(() => openKeyStore(dependencies, path, byEnvironment))).toBe(code);
  });

  it.each<[name: string, parameters: CborValue]>([
    ['100 GB of memory', [100 * 1024 * 1024, 3]],
    ['a million passes', [64 * 1024, 1_000_000]],
    ['next to no work', [8, 1]],
    ['no passes', [64 * 1024, 0]],
    ['negative memory', [-1, 3]],
    ['more than a number', [2n ** 60n, 3]],
    ['text', ['65536', 3]],
    ['one parameter', [65536]],
    ['no parameters', null],
  ])('grants a hostile file no %s', async (_, parameters) => {
    await create([byPassphrase]);
    forge((header) => void ((header[2] as CborValue[][][])[0]![0]![3] = parameters));
    expect(await codeOf(() => openKeyStore(dependencies, path, byPassphrase))).toBe('custody.corrupt');
  });
});
