import { createPrivateKey, createPublicKey, generateKeyPairSync, sign as nodeSign } from 'node:crypto';
import { ed25519, ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { sha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromBase64Url, fromHex, toHex, utf8ToBytes } from '../primitives/bytes.js';
import type { Crypto } from '../primitives/crypto.js';
import { InvariantError } from '../primitives/errors.js';
import { portableCrypto } from '../primitives/portable-crypto.js';
import { KeyCache } from './key-cache.js';
import { nodeCrypto, randomBytes, verifyEd25519InThreadPool } from './node-crypto.js';

const IMPLEMENTATIONS: [name: string, crypto: Crypto][] = [
  ['node', nodeCrypto],
  ['portable', portableCrypto],
];
const bytes = fc.uint8Array({ maxLength: 200 });
const NOTHING = new Uint8Array(0);

describe.each(IMPLEMENTATIONS)('%s', (_name, crypto) => {
  // FIPS 180-4 examples.
  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ])('SHA-256 of %.20s', (text, digest) => {
    expect(toHex(crypto.sha256(utf8ToBytes(text)))).toBe(digest);
  });

  it.each([
    [
      '0b'.repeat(20),
      toHex(utf8ToBytes('Hi There')),
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    ],
    [
      '4a656665',
      toHex(utf8ToBytes('what do ya want for nothing?')),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    ['aa'.repeat(20), 'dd'.repeat(50), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
    [
      'aa'.repeat(131),
      toHex(utf8ToBytes('Test Using Larger Than Block-Size Key - Hash Key First')),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
  ])('HMAC-SHA-256, RFC 4231, key %.16s', (key, data, mac) => {
    expect(toHex(crypto.hmacSha256(fromHex(key), fromHex(data)))).toBe(mac);
  });

  it.each([
    [
      '0b'.repeat(22),
      '000102030405060708090a0b0c',
      'f0f1f2f3f4f5f6f7f8f9',
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    ],
    [
      Array.from({ length: 80 }, (_, i) => i.toString(16).padStart(2, '0')).join(''),
      Array.from({ length: 80 }, (_, i) => (i + 0x60).toString(16)).join(''),
      Array.from({ length: 80 }, (_, i) => (i + 0xb0).toString(16)).join(''),
      'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
    ],
    ['0b'.repeat(22), '', '', '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8'],
  ])('HKDF-SHA-256, RFC 5869 appendix A, secret %.16s', (secret, salt, info, output) => {
    const derived = crypto.hkdfSha256(fromHex(secret), fromHex(salt), fromHex(info), output.length / 2);
    expect(toHex(derived)).toBe(output);
  });

  it('HKDF has its bounds', () => {
    expect(crypto.hkdfSha256(NOTHING, NOTHING, NOTHING, 8160)).toHaveLength(8160);
    for (const length of [0, 8161, -1]) {
      expect(() => crypto.hkdfSha256(NOTHING, NOTHING, NOTHING, length)).toThrow(InvariantError);
    }
  });

  // RFC 8032 §7.1.
  it.each([
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
    [
      '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
      'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
      'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
    ],
  ])('Ed25519, RFC 8032, seed %.16s', (seedHex, publicHex, messageHex, signatureHex) => {
    const [seed, publicKey, message] = [fromHex(seedHex), fromHex(publicHex), fromHex(messageHex)];
    expect(toHex(crypto.ed25519PublicKey(seed))).toBe(publicHex);
    expect(toHex(crypto.ed25519Sign(seed, message))).toBe(signatureHex);
    expect(crypto.ed25519Verify(publicKey, message, fromHex(signatureHex))).toBe(true);
    for (let i = 0; i < 64; i++) {
      const altered = fromHex(signatureHex);
      altered[i]! ^= 1;
      expect(crypto.ed25519Verify(publicKey, message, altered)).toBe(false);
    }
    expect(crypto.ed25519Verify(publicKey, concatBytes(message, message, seed), fromHex(signatureHex))).toBe(false);
  });

  it('Ed25519 refuses what is malformed, and a second form of a signature', () => {
    const seed = new Uint8Array(32).fill(5);
    const key = crypto.ed25519PublicKey(seed);
    const message = utf8ToBytes('message');
    const signature = crypto.ed25519Sign(seed, message);
    expect(crypto.ed25519Verify(key, message, signature)).toBe(true);
    expect(crypto.ed25519Verify(key, message, plusOrder(signature))).toBe(false);
    expect(crypto.ed25519Verify(key, message, signature.slice(1))).toBe(false);
    expect(crypto.ed25519Verify(key, message, concatBytes(signature, new Uint8Array(1)))).toBe(false);
    expect(crypto.ed25519Verify(key, message, NOTHING)).toBe(false);
    expect(crypto.ed25519Verify(NOTHING, message, signature)).toBe(false);
    expect(crypto.ed25519Verify(key.slice(1), message, signature)).toBe(false);
    expect(crypto.ed25519Verify(new Uint8Array(32).fill(2), message, signature)).toBe(false);
    expect(() => crypto.ed25519Sign(seed.slice(1), message)).toThrow();
  });

  it('Ed25519 refuses keys of small order in every encoding', () => {
    const p = 2n ** 255n - 19n;
    for (const torsion of ED25519_TORSION_SUBGROUP) {
      const point = fromHex(torsion);
      const y = littleEndian(point) & (2n ** 255n - 1n);
      const encodings = [y, y + p]
        .flatMap((value) => [value, value + 2n ** 255n])
        .filter((value) => value < 2n ** 256n);
      for (const encoding of encodings.map(toLittleEndian)) {
        // s = 0 and R = the neutral element fit any message under the neutral key.
        const signature = concatBytes(toLittleEndian(1n), new Uint8Array(32));
        for (const message of [NOTHING, utf8ToBytes('any'), utf8ToBytes('message')]) {
          expect(crypto.ed25519Verify(encoding, message, signature)).toBe(false);
        }
      }
    }
  });

  it('Ed25519 refuses a signature whose R has a part of small order', () => {
    const seed = new Uint8Array(32).fill(9);
    const { key, signature, message } = craftWithTorsion(seed, { inKey: false });
    expect(key).toEqual(crypto.ed25519PublicKey(seed));
    expect(ed25519.verify(signature, message, key, { zip215: true })).toBe(true); // the cofactored equation holds
    expect(crypto.ed25519Verify(key, message, signature)).toBe(false);
  });

  // RFC 6979 §A.2.5, P-256 with SHA-256.
  const rfc6979Key = fromHex(
    '0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
  );
  it.each([
    [
      'sample',
      'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716',
      'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
    ],
    [
      'test',
      'f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367',
      '019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083',
    ],
  ])('P-256, RFC 6979, %s', (text, r, s) => {
    const message = utf8ToBytes(text);
    expect(crypto.p256Verify(rfc6979Key, message, der(r, s))).toBe(true);
    // (r, n - s) is as good: malleability is the caller's to mind.
    expect(crypto.p256Verify(rfc6979Key, message, der(r, minus(s)))).toBe(true);
    expect(crypto.p256Verify(compressed(rfc6979Key), message, der(r, s))).toBe(true);
    expect(crypto.p256Verify(rfc6979Key, utf8ToBytes(text + '.'), der(r, s))).toBe(false);
    expect(crypto.p256Verify(rfc6979Key, message, der(s, r))).toBe(false);
  });

  it('P-256 refuses signatures that are not the one DER of two integers in range', () => {
    const message = utf8ToBytes('sample');
    const r = 'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716';
    const s = 'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8';
    const n = p256.Point.CURVE().n.toString(16);
    const good = der(r, s);
    const goodHex = toHex(good);
    const bad: [string, Uint8Array][] = [
      ['empty', NOTHING],
      ['raw r and s', fromHex(r + s)],
      ['a byte after it', concatBytes(good, new Uint8Array(1))],
      ['a byte less', good.slice(0, -1)],
      ['a long-form length', fromHex(goodHex.replace(/^3046/, '308146'))],
      ['negative r', fromHex(`3045` + `0220${r}` + `022100${s}`)],
      ['a zero too many', fromHex(`3047` + `02220000${r}` + `022100${s}`)],
      ['r = 0', der('00', s)],
      ['s = 0', der(r, '00')],
      ['r = n', der(n, s)],
      ['s = n', der(r, n)],
      ['r + n', der((BigInt(`0x${r}`) + BigInt(`0x${n}`)).toString(16).padStart(66, '0'), s)],
      ['an indefinite length', fromHex(goodHex.replace(/^3046/, '3080') + '0000')],
      ['a set instead of a sequence', fromHex(goodHex.replace(/^30/, '31'))],
      ['garbage inside', fromHex('3048' + goodHex.slice(4) + '0500')],
    ];
    expect(crypto.p256Verify(rfc6979Key, message, good)).toBe(true);
    for (const [name, signature] of bad) expect(crypto.p256Verify(rfc6979Key, message, signature), name).toBe(false);
  });

  it('P-256 refuses what is not a point in SEC 1 form', () => {
    const message = utf8ToBytes('sample');
    const signature = der(
      'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716',
      'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
    );
    const offCurve = rfc6979Key.slice();
    offCurve[64]! ^= 1;
    const hybrid = rfc6979Key.slice();
    hybrid[0] = 7;
    const keys: [string, Uint8Array][] = [
      ['nothing', NOTHING],
      ['infinity', new Uint8Array(1)],
      ['off the curve', offCurve],
      ['hybrid', hybrid],
      ['without its prefix', rfc6979Key.slice(1)],
      ['too long', concatBytes(rfc6979Key, new Uint8Array(1))],
      ['x beyond the field', concatBytes(new Uint8Array([2]), new Uint8Array(32).fill(255))],
    ];
    for (const [name, key] of keys) expect(crypto.p256Verify(key, message, signature), name).toBe(false);
  });

  it('AES-256-GCM opens what it sealed, and nothing that was altered', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.nat(), (plaintext, aad, at) => {
        const key = crypto.sha256(aad);
        const nonce = key.slice(0, 12);
        const sealed = crypto.aesGcmSeal(key, nonce, plaintext, aad);
        expect(sealed).toHaveLength(plaintext.length + 16);
        expect(crypto.aesGcmOpen(key, nonce, sealed, aad)).toEqual(plaintext);
        const altered = sealed.slice();
        altered[at % altered.length]! ^= 1 << (at % 8);
        expect(crypto.aesGcmOpen(key, nonce, altered, aad)).toBeUndefined();
        expect(crypto.aesGcmOpen(key, nonce, sealed, concatBytes(aad, key))).toBeUndefined();
        expect(crypto.aesGcmOpen(key, nonce, sealed.slice(0, -1), aad)).toBeUndefined();
        expect(crypto.aesGcmOpen(nonce.length === 12 ? crypto.sha256(key) : key, nonce, sealed, aad)).toBeUndefined();
      }),
    );
  });

  it('AES-256-GCM takes keys and nonces of one length only', () => {
    const [key, nonce] = [new Uint8Array(32), new Uint8Array(12)];
    for (const [k, n] of [
      [key.slice(1), nonce],
      [key, nonce.slice(1)],
      [key.slice(16), nonce],
      [key, NOTHING],
    ] as const) {
      expect(() => crypto.aesGcmSeal(k, n, NOTHING, NOTHING)).toThrow(InvariantError);
      expect(() => crypto.aesGcmOpen(k, n, new Uint8Array(16), NOTHING)).toThrow(InvariantError);
    }
    expect(crypto.aesGcmOpen(key, nonce, new Uint8Array(15), NOTHING)).toBeUndefined();
  });

  it('answers with plain arrays of their own memory', () => {
    const input = new Uint8Array(32).fill(1);
    const seed = input.slice();
    const answers = [
      crypto.sha256(input),
      crypto.hmacSha256(input, input),
      crypto.hkdfSha256(input, input, input, 32),
      crypto.ed25519PublicKey(seed),
      crypto.ed25519Sign(seed, input),
      crypto.aesGcmSeal(input, input.slice(0, 12), input, input),
    ];
    answers.push(crypto.aesGcmOpen(input, input.slice(0, 12), answers[5]!, input)!);
    for (const answer of answers) {
      expect(answer.constructor).toBe(Uint8Array);
      expect(answer.buffer).not.toBe(input.buffer);
    }
  });
});

describe('both', () => {
  it('agree on everything', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.uint8Array({ minLength: 32, maxLength: 32 }), (a, b, seed) => {
        const nonce = seed.slice(20);
        const [signature] = IMPLEMENTATIONS.map(([, crypto]) => crypto.ed25519Sign(seed, a));
        const [first, second] = IMPLEMENTATIONS.map(([, crypto]) => [
          toHex(crypto.sha256(a)),
          toHex(crypto.hmacSha256(a, b)),
          toHex(crypto.hkdfSha256(a, b, seed, 77)),
          toHex(crypto.ed25519PublicKey(seed)),
          toHex(crypto.ed25519Sign(seed, a)),
          crypto.ed25519Verify(crypto.ed25519PublicKey(seed), a, signature!),
          crypto.ed25519Verify(crypto.ed25519PublicKey(seed), b, signature!),
          toHex(crypto.aesGcmSeal(seed, nonce, a, b)),
        ]);
        expect(second).toEqual(first);
      }),
      { numRuns: 40 },
    );
  });

  it('agree on P-256 signatures that node makes', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x, y } = publicKey.export({ format: 'jwk' });
    const point = concatBytes(new Uint8Array([4]), fromBase64Url(x!), fromBase64Url(y!));
    for (let i = 0; i < 20; i++) {
      const message = randomBytes(i * 7);
      const signature = new Uint8Array(nodeSign('sha256', message, privateKey));
      for (const [, crypto] of IMPLEMENTATIONS) {
        expect(crypto.p256Verify(point, message, signature)).toBe(true);
        expect(crypto.p256Verify(compressed(point), message, signature)).toBe(true);
        expect(crypto.p256Verify(point, randomBytes(40), signature)).toBe(false);
      }
    }
  });

  it('what portable accepts, node accepts: also under a key with a part of small order', () => {
    for (let i = 0; i < 16; i++) {
      const { key, signature, message } = craftWithTorsion(new Uint8Array(32).fill(i), { inKey: true });
      expect(portableCrypto.ed25519Verify(key, message, signature)).toBe(false);
    }
  });
});

describe('verifyEd25519InThreadPool', () => {
  it('answers as ed25519Verify does', async () => {
    const seed = randomBytes(32);
    const key = nodeCrypto.ed25519PublicKey(seed);
    const signature = nodeCrypto.ed25519Sign(seed, seed);
    const small = fromHex(ED25519_TORSION_SUBGROUP[0]!);
    expect(await verifyEd25519InThreadPool(key, seed, signature)).toBe(true);
    expect(await verifyEd25519InThreadPool(key, key, signature)).toBe(false);
    expect(await verifyEd25519InThreadPool(key, seed, plusOrder(signature))).toBe(false);
    expect(await verifyEd25519InThreadPool(key, seed, signature.slice(1))).toBe(false);
    expect(await verifyEd25519InThreadPool(NOTHING, seed, signature)).toBe(false);
    expect(await verifyEd25519InThreadPool(small, seed, signature)).toBe(false);
  });
});

describe('randomBytes', () => {
  it('gives as many as asked for, others each time', () => {
    expect(randomBytes(0)).toEqual(NOTHING);
    expect(randomBytes(40).constructor).toBe(Uint8Array);
    expect(new Set(Array.from({ length: 100 }, () => toHex(randomBytes(16)))).size).toBe(100);
  });
});

describe('KeyCache', () => {
  it('parses once, forgets the least recently used, stays bounded', () => {
    const key = createPublicKey(
      createPrivateKey(generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' })),
    );
    const parsed: number[] = [];
    const cache = new KeyCache(4, ([name]) => {
      parsed.push(name!);
      return name === 99 ? undefined : key;
    });
    const get = (...names: number[]): void => names.forEach((name) => cache.get(new Uint8Array([name])));
    get(1, 1, 2, 1, 3, 1, 4, 1);
    expect(parsed).toEqual([1, 2, 3, 4]);
    get(1, 2, 99, 99);
    expect(parsed).toEqual([1, 2, 3, 4, 2, 99, 99]);
    for (let name = 0; name < 90; name++) get(name);
    expect(cache.size).toBeLessThanOrEqual(4);
  });
});

const ORDER = ed25519.Point.Fn.ORDER;

function littleEndian(value: Uint8Array): bigint {
  return BigInt(`0x${toHex(value.slice().reverse())}`);
}

function toLittleEndian(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0')).reverse();
}

/** The same signature with s + L. */
function plusOrder(signature: Uint8Array): Uint8Array {
  return concatBytes(signature.slice(0, 32), toLittleEndian(littleEndian(signature.slice(32)) + ORDER));
}

/** A signature that satisfies only the cofactored equation: a point of order 8 is added to R or to the key. */
function craftWithTorsion(seed: Uint8Array, { inKey }: { inKey: boolean }) {
  const torsion = ed25519.Point.fromHex(ED25519_TORSION_SUBGROUP[1]!);
  const { scalar, point } = ed25519.utils.getExtendedPublicKey(seed);
  const key = (inKey ? point.add(torsion) : point).toBytes();
  const nonce = 123456789n;
  const commitment = ed25519.Point.BASE.multiply(nonce);
  const r = (inKey ? commitment : commitment.add(torsion)).toBytes();
  const message = utf8ToBytes('crafted');
  const challenge = littleEndian(sha512(concatBytes(r, key, message))) % ORDER;
  const s = (nonce + challenge * scalar) % ORDER;
  return { key, message, signature: concatBytes(r, toLittleEndian(s)) };
}

function minus(s: string): string {
  return (p256.Point.CURVE().n - BigInt(`0x${s}`)).toString(16).padStart(64, '0');
}

function der(r: string, s: string): Uint8Array {
  const integer = (hex: string): string => {
    const digits = hex.replace(/^(00)+(?=..)/, '');
    const body = parseInt(digits.slice(0, 2), 16) > 127 ? `00${digits}` : digits;
    return '02' + (body.length / 2).toString(16).padStart(2, '0') + body;
  };
  const body = integer(r) + integer(s);
  return fromHex('30' + (body.length / 2).toString(16).padStart(2, '0') + body);
}

function compressed(point: Uint8Array): Uint8Array {
  return concatBytes(new Uint8Array([2 + (point[64]! & 1)]), point.slice(1, 33));
}
