import { createHash, generateKeyPairSync, sign as nodeSign, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../platform/node-crypto.js';
import { concatBytes, fromBase64Url, fromHex, toBase64Url, toHex, utf8ToBytes } from './bytes.js';
import { decodeCbor, encodeCbor, type CborValue } from './cbor.js';
import { portableCrypto } from './portable-crypto.js';
import {
  keyId,
  publicKeyFromCbor,
  publicKeyToCbor,
  signatureFromCbor,
  signatureToCbor,
  verifySignature,
  type PublicKey,
  type Signature,
  type WebAuthnPolicy,
} from './signature.js';

const message = utf8ToBytes('body of a transaction');
const digest = nodeCrypto.sha256(message);
const signed = { message, digest };
const policy: WebAuthnPolicy = {
  origins: ['https://portal.example.org', 'https://clinic.example.org:8443'],
  rpIds: ['example.org'],
  requireUserVerification: true,
};

const ed25519Pair = generateKeyPairSync('ed25519');
const p256Pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed25519Key: PublicKey = { alg: 'ed25519', key: rawKey(ed25519Pair.publicKey) };
const p256Key: PublicKey = { alg: 'p256', key: rawKey(p256Pair.publicKey) };

function rawKey(key: KeyObject): Uint8Array {
  const { x, y } = key.export({ format: 'jwk' });
  return y === undefined ? fromBase64Url(x!) : concatBytes(new Uint8Array([4]), fromBase64Url(x!), fromBase64Url(y));
}

function signWith(pair: { privateKey: KeyObject }, bytes: Uint8Array): Uint8Array {
  const hash = pair.privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  return new Uint8Array(nodeSign(hash, bytes, pair.privateKey));
}

interface AssertionChange {
  readonly pair?: typeof p256Pair;
  readonly clientDataJson?: string | Uint8Array;
  readonly rpId?: string;
  readonly flags?: number;
  readonly tail?: Uint8Array;
}

/** What an authenticator does, §6.3.3, by node's own hash and signature. */
function assertion(change: AssertionChange = {}): Extract<Signature, { type: 'webauthn' }> {
  const json = change.clientDataJson ?? clientData();
  const clientDataJson = typeof json === 'string' ? utf8ToBytes(json) : json;
  const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());
  const authenticatorData = concatBytes(
    sha256(utf8ToBytes(change.rpId ?? 'example.org')),
    new Uint8Array([change.flags ?? 0x05, 0, 0, 0, 7]),
    change.tail ?? new Uint8Array(0),
  );
  const signature = signWith(change.pair ?? p256Pair, concatBytes(authenticatorData, sha256(clientDataJson)));
  return { type: 'webauthn', authenticatorData, clientDataJson, signature };
}

function clientData(change: { [key: string]: unknown } = {}): string {
  return JSON.stringify({
    type: 'webauthn.get',
    challenge: toBase64Url(digest),
    origin: 'https://portal.example.org',
    crossOrigin: false,
    ...change,
  });
}

describe.each([
  ['node', nodeCrypto],
  ['portable', portableCrypto],
])('verifySignature with %s', (_name, crypto) => {
  const verify = (key: PublicKey, signature: Signature, under = policy): boolean =>
    verifySignature(crypto, key, signed, signature, under);

  it('accepts each kind', () => {
    expect(verify(ed25519Key, { type: 'ed25519', signature: signWith(ed25519Pair, message) })).toBe(true);
    expect(verify(p256Key, { type: 'p256', signature: signWith(p256Pair, message) })).toBe(true);
    expect(verify(p256Key, assertion())).toBe(true);
  });

  it.each<[string, PublicKey, Signature]>([
    ['the other key type', p256Key, { type: 'ed25519', signature: signWith(ed25519Pair, message) }],
    ['the other key', ed25519Key, { type: 'p256', signature: signWith(p256Pair, message) }],
    ['a kind that does not fit', p256Key, { type: 'ed25519', signature: signWith(p256Pair, message) }],
    ['a signature of the digest', ed25519Key, { type: 'ed25519', signature: signWith(ed25519Pair, digest) }],
    ['an empty signature', p256Key, { type: 'p256', signature: new Uint8Array(0) }],
    ['an assertion as a plain signature', p256Key, { type: 'p256', signature: assertion().signature }],
    ['a plain signature as an assertion', p256Key, { ...assertion(), signature: signWith(p256Pair, message) }],
    ['an assertion by another key', p256Key, assertion({ pair: generateKeyPairSync('ec', { namedCurve: 'P-256' }) })],
  ])('refuses %s', (_what, key, signature) => {
    expect(verify(key, signature)).toBe(false);
  });

  it.each<[string, AssertionChange]>([
    ['a tail for extensions', { flags: 0x85, tail: fromHex('a0') }],
    ['backup flags', { flags: 0x1d }],
    ['another allowed origin', { clientDataJson: clientData({ origin: 'https://clinic.example.org:8443' }) }],
    ['no crossOrigin (older browsers)', { clientDataJson: clientData({ crossOrigin: undefined }) }],
    ['members added at the end', { clientDataJson: clientData({ other_keys_can_be_added_here: 'x' }) }],
  ])('accepts an assertion with %s', (_what, change) => {
    expect(verify(p256Key, assertion(change))).toBe(true);
  });

  const text = clientData();
  const challenge = toBase64Url(digest);
  it.each<[string, AssertionChange]>([
    ['a registration', { clientDataJson: clientData({ type: 'webauthn.create' }) }],
    ['another challenge', { clientDataJson: clientData({ challenge: toBase64Url(nodeCrypto.sha256(digest)) }) }],
    ['no challenge', { clientDataJson: clientData({ challenge: undefined }) }],
    ['a padded challenge', { clientDataJson: clientData({ challenge: `${challenge}=` }) }],
    ['a foreign origin', { clientDataJson: clientData({ origin: 'https://portal.example.org.evil.test' }) }],
    ['an origin over HTTP', { clientDataJson: clientData({ origin: 'http://portal.example.org' }) }],
    ['an origin that is a list', { clientDataJson: clientData({ origin: ['https://portal.example.org'] }) }],
    ['a frame of another origin', { clientDataJson: clientData({ crossOrigin: true }) }],
    ['crossOrigin as text', { clientDataJson: clientData({ crossOrigin: 'false' }) }],
    ['a second challenge', { clientDataJson: text.replace('}', `,"challenge":"AAAA"}`) }],
    [
      'the right challenge second',
      { clientDataJson: text.replace(challenge, 'AAAA').replace('}', `,"challenge":"${challenge}"}`) },
    ],
    ['a second type', { clientDataJson: text.replace('}', ',"type":"webauthn.create"}') }],
    ['members in another order', { clientDataJson: `{"origin":"https://portal.example.org",${text.slice(1)}` }],
    ['white space before', { clientDataJson: ` ${text}` }],
    ['a byte order mark', { clientDataJson: `\u{feff}${text}` }],
    ['text after it', { clientDataJson: `${text}x` }],
    ['an escaped type', { clientDataJson: text.replace('webauthn', '\\u0077ebauthn') }],
    ['what is not JSON', { clientDataJson: text.slice(0, -1) }],
    ['what is not an object', { clientDataJson: `[${text}]` }],
    ['null', { clientDataJson: 'null' }],
    ['bytes that are not UTF-8', { clientDataJson: concatBytes(utf8ToBytes(text.slice(0, -1)), fromHex('ff7d')) }],
    ['client data too long', { clientDataJson: clientData({ padding: 'x'.repeat(2048) }) }],
    ['client data nested deep', { clientDataJson: text.replace('}', `,"x":${'['.repeat(900)}${']'.repeat(900)}x}`) }],
    ['another relying party', { rpId: 'evil.test' }],
    ['a subdomain as relying party', { rpId: 'portal.example.org' }],
    ['no user present', { flags: 0x04 }],
    ['no user verified', { flags: 0x01 }],
    ['a tail that no flag announces', { tail: fromHex('a0') }],
    ['a huge tail', { flags: 0x85, tail: new Uint8Array(1000) }],
  ])('refuses an assertion with %s', (_what, change) => {
    expect(verify(p256Key, assertion(change))).toBe(false);
  });

  it('asks for user verification only where the policy does', () => {
    const present = assertion({ flags: 0x01 });
    expect(verify(p256Key, present)).toBe(false);
    expect(verify(p256Key, present, { ...policy, requireUserVerification: false })).toBe(true);
    expect(verify(p256Key, assertion({ flags: 0x04 }), { ...policy, requireUserVerification: false })).toBe(false);
    expect(verify(p256Key, assertion(), { ...policy, origins: [] })).toBe(false);
    expect(verify(p256Key, assertion(), { ...policy, rpIds: [] })).toBe(false);
  });

  it('refuses an assertion with any byte changed, and short authenticator data', () => {
    const whole = assertion();
    for (const part of ['authenticatorData', 'clientDataJson', 'signature'] as const) {
      for (let i = 0; i < whole[part].length; i += crypto === nodeCrypto ? 1 : 29) {
        const altered = whole[part].slice();
        altered[i]! ^= 1;
        expect(verify(p256Key, { ...whole, [part]: altered })).toBe(false);
      }
      expect(verify(p256Key, { ...whole, [part]: whole[part].slice(0, -1) })).toBe(false);
      expect(verify(p256Key, { ...whole, [part]: new Uint8Array(0) })).toBe(false);
    }
  });
});

describe('the mechanisms matter', () => {
  it('the signature alone would accept what the policy refuses', () => {
    // Control: each of these verifies as bytes; only the checks around it refuse it.
    for (const change of [
      { rpId: 'evil.test' },
      { flags: 0 },
      { clientDataJson: clientData({ origin: 'https://evil.test' }) },
    ]) {
      const forged = assertion(change);
      const bytes = concatBytes(forged.authenticatorData, nodeCrypto.sha256(forged.clientDataJson));
      expect(nodeCrypto.p256Verify(p256Key.key, bytes, forged.signature)).toBe(true);
      expect(verifySignature(nodeCrypto, p256Key, signed, forged, policy)).toBe(false);
    }
  });

  it('a P-256 signature has a twin, which therefore must not name anything', () => {
    const signature = signWith(p256Pair, message);
    const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const rLength = signature[3]!;
    const s = BigInt(`0x${toHex(signature.slice(6 + rLength))}`);
    const twinHex = (n - s).toString(16).padStart(64, '0');
    const twinBody = parseInt(twinHex.slice(0, 2), 16) > 127 ? `00${twinHex}` : twinHex;
    const integer = fromHex(`02${(twinBody.length / 2).toString(16)}${twinBody}`);
    const body = concatBytes(signature.slice(2, 4 + rLength), integer);
    const twin = concatBytes(new Uint8Array([0x30, body.length]), body);
    expect(twin).not.toEqual(signature);
    expect(verifySignature(nodeCrypto, p256Key, signed, { type: 'p256', signature: twin }, policy)).toBe(true);
  });
});

describe('encodings', () => {
  it.each([ed25519Key, p256Key])('of the key $alg come back', (key) => {
    const decoded = publicKeyFromCbor(decodeCbor(encodeCbor(publicKeyToCbor(key))));
    expect(decoded).toEqual(key);
    expect(keyId(nodeCrypto, decoded)).toEqual(keyId(portableCrypto, key));
    expect(keyId(nodeCrypto, key)).toHaveLength(32);
  });

  it('a key has one id: the hash of this encoding', () => {
    const key = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
    const encoding = fromHex('a2' + '63616c67' + '6765643235353139' + '636b6579' + '5820' + key);
    const id = keyId(nodeCrypto, { alg: 'ed25519', key: fromHex(key) });
    expect(toHex(id)).toBe(createHash('sha256').update(encoding).digest('hex'));
    expect(toHex(id)).toBe('ee2a9566de3b55cabed526d8c51e8d2c3b435b22908c5e1401ff049d5e103643');
  });

  const bytes65 = concatBytes(new Uint8Array([4]), new Uint8Array(64));
  it.each<[string, CborValue | undefined]>([
    ['nothing', undefined],
    ['null', null],
    ['a list', ['ed25519', ed25519Key.key]],
    ['an unknown algorithm', { alg: 'rsa', key: ed25519Key.key }],
    ['a short key', { alg: 'ed25519', key: ed25519Key.key.slice(1) }],
    ['a small-order key', { alg: 'ed25519', key: new Uint8Array(32) }],
    ['an unreduced key', { alg: 'ed25519', key: new Uint8Array(32).fill(255) }],
    ['a compressed point', { alg: 'p256', key: bytes65.slice(0, 33).fill(2) }],
    ['a hybrid point', { alg: 'p256', key: bytes65.slice().fill(6, 0, 1) }],
    ['the other length', { alg: 'ed25519', key: bytes65 }],
    ['an extra member', { alg: 'ed25519', key: ed25519Key.key, x: 1 }],
    ['no key', { alg: 'ed25519' }],
    ['a key in text', { alg: 'ed25519', key: 'a' }],
  ])('refuse as a key %s', (_what, value) => {
    expect(() => publicKeyFromCbor(value)).toThrow(expect.objectContaining({ code: 'signature.malformed-key' }));
  });

  it('of signatures come back', () => {
    const all: Signature[] = [
      { type: 'ed25519', signature: signWith(ed25519Pair, message) },
      { type: 'p256', signature: signWith(p256Pair, message) },
      assertion(),
    ];
    for (const signature of all) {
      expect(signatureFromCbor(decodeCbor(encodeCbor(signatureToCbor(signature))))).toEqual(signature);
    }
  });

  const bytes = (length: number): Uint8Array => new Uint8Array(length);
  it.each<[string, CborValue | undefined]>([
    ['nothing', undefined],
    ['a map', { type: 'ed25519' }],
    ['an empty list', []],
    ['an unknown type', ['rsa', bytes(64)]],
    ['a short signature', ['ed25519', bytes(63)]],
    ['a long signature', ['ed25519', bytes(65)]],
    ['a long DER', ['p256', bytes(73)]],
    ['text', ['p256', 'a']],
    ['an extra part', ['ed25519', bytes(64), bytes(0)]],
    ['an extra null', ['p256', bytes(70), null]],
    ['an assertion of two parts', ['webauthn', bytes(37), bytes(100)]],
    ['an assertion of four parts', ['webauthn', bytes(37), bytes(100), bytes(70), bytes(0)]],
    ['an assertion with too much data', ['webauthn', bytes(1025), bytes(100), bytes(70)]],
    ['an assertion with too much client data', ['webauthn', bytes(37), bytes(2049), bytes(70)]],
    ['an assertion with a long signature', ['webauthn', bytes(37), bytes(100), bytes(73)]],
  ])('refuse as a signature %s', (_what, value) => {
    expect(() => signatureFromCbor(value)).toThrow(expect.objectContaining({ code: 'signature.malformed' }));
  });

  it('never make verification throw, whatever the bytes', () => {
    const any = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(any, any, any, fc.constantFrom('ed25519', 'p256'), (a, b, c, alg) => {
        const key: PublicKey = { alg, key: a };
        expect(verifySignature(nodeCrypto, key, signed, { type: alg, signature: b }, policy)).toBe(false);
        const forged: Signature = { type: 'webauthn', authenticatorData: a, clientDataJson: b, signature: c };
        expect(verifySignature(nodeCrypto, p256Key, signed, forged, policy)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});
