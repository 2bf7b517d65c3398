import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWithData } from '../../test/support/shared-data.js';
import { concatBytes, equalBytes, fromBase64Url, fromHex, toHex, utf8ToBytes } from '../primitives/bytes.js';
import type { Crypto } from '../primitives/crypto.js';
import { portableCrypto } from '../primitives/portable-crypto.js';
import { nodeCrypto } from './node-crypto.js';

interface Vector {
  readonly tcId: number;
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly [field: string]: unknown;
}
interface Group {
  readonly tests: readonly Vector[];
  readonly [field: string]: unknown;
}
/** Checks one file against one implementation; gives the number of vectors that it ran. */
type Check = (crypto: Crypto, groups: readonly Group[]) => number;

const CHECKS: { [file: string]: Check } = {
  'aes_gcm_test.json': checkAesGcm,
  'json_web_signature_test.json': checkJsonWebSignatures,
};

const NOT_APPLICABLE: { [file: string]: string } = {
  'aes_kwp_test.json': 'AES key wrap with padding is not used',
  'aes_wrap_test.json': 'AES key wrap is not used',
  'ecdh_secp256r1_test.json': 'P-256 verifies signatures only; key agreement is X-Wing',
  'ecdh_secp256r1_webcrypto_test.json': 'P-256 verifies signatures only; key agreement is X-Wing',
  'json_web_encryption_test.json': 'JSON Web Encryption is not used',
  'json_web_key_test.json': 'about choosing a key from a JWK set, which is not done here',
  'pbkdf2_hmacsha256_test.json': 'passphrases go through Argon2id; HMAC has HS256 above and RFC 4231',
};

const VECTORS_RUN: { [file: string]: number } = {
  'aes_gcm_test.json': 66,
  'json_web_signature_test.json': 67,
};

describeWithData('wycheproof/testvectors_v1', 'Wycheproof', (folder) => {
  it('has no file that is neither run nor named as not applicable', () => {
    const known = [...Object.keys(CHECKS), ...Object.keys(NOT_APPLICABLE)].sort();
    expect(readdirSync(folder).sort()).toEqual(known);
  });

  for (const [file, check] of Object.entries(CHECKS)) {
    it.each([
      ['node', nodeCrypto],
      ['portable', portableCrypto],
    ])(`${file} with %s`, (_name, crypto) => {
      const { testGroups } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { testGroups: Group[] };
      expect(check(crypto, testGroups)).toBe(VECTORS_RUN[file]);
    });
  }
});

/** AES-256 with 96-bit nonces and full tags, which is all that {@link Crypto} offers. */
function checkAesGcm(crypto: Crypto, groups: readonly Group[]): number {
  let count = 0;
  for (const group of groups) {
    if (group['keySize'] !== 256 || group['ivSize'] !== 96 || group['tagSize'] !== 128) continue;
    for (const vector of group.tests) {
      const [key, iv, aad, msg, ct, tag] = ['key', 'iv', 'aad', 'msg', 'ct', 'tag'].map((field) =>
        fromHex(vector[field] as string),
      ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
      const opened = crypto.aesGcmOpen(key, iv, concatBytes(ct, tag), aad);
      expect(opened && toHex(opened), `tcId ${vector.tcId}`).toBe(vector.result === 'valid' ? toHex(msg) : undefined);
      if (vector.result === 'valid') {
        expect(toHex(crypto.aesGcmSeal(key, iv, msg, aad)), `tcId ${vector.tcId}`).toBe(toHex(concatBytes(ct, tag)));
      }
      count++;
    }
  }
  return count;
}

/** HS256 and ES256: is the last part a signature over the text of the first two? */
function checkJsonWebSignatures(crypto: Crypto, groups: readonly Group[]): number {
  let count = 0;
  for (const group of groups) {
    const key = (group['public'] ?? group['private']) as { [field: string]: string };
    if (key['alg'] !== 'HS256' && key['alg'] !== 'ES256') continue;
    for (const vector of group.tests) {
      const parts = String(vector['jws']).split('.');
      // Whether text outside the alphabet is overlooked or refused is a JOSE parser's question, not a signature's.
      if (parts.slice(0, 2).some((part) => bytesOf(part) === undefined)) continue;
      if (SAME_AS_A_VALID_ONE.includes(vector.tcId)) continue;
      expect(isSigned(crypto, key, parts), `tcId ${vector.tcId}`).toBe(vector.result === 'valid');
      count++;
    }
  }
  return count;
}

/** Named for the padding they should have, these lost it on the way into the file: they are 357, which is valid. */
const SAME_AS_A_VALID_ONE = [367, 370];

function bytesOf(base64Url: string): Uint8Array | undefined {
  try {
    return fromBase64Url(base64Url);
  } catch {
    return undefined;
  }
}

function isSigned(
  crypto: Crypto,
  key: { [field: string]: string },
  [header, payload, last, ...rest]: string[],
): boolean {
  const signature = last === undefined || rest.length > 0 ? undefined : bytesOf(last);
  if (signature === undefined) return false;
  const signed = utf8ToBytes(`${header}.${payload}`);
  if (key['alg'] === 'HS256') return equalBytes(crypto.hmacSha256(fromBase64Url(key['k']!), signed), signature);
  const point = concatBytes(new Uint8Array([4]), fromBase64Url(key['x']!), fromBase64Url(key['y']!));
  // JOSE writes r and s with 32 bytes each; other lengths have no DER that would be theirs.
  if (signature.length !== 64) return false;
  return crypto.p256Verify(point, signed, derOf(signature));
}

function derOf(signature: Uint8Array): Uint8Array {
  const integer = (value: Uint8Array): Uint8Array => {
    let start = 0;
    while (start < value.length - 1 && value[start] === 0) start++;
    const digits = value.subarray(start);
    const body = digits[0]! > 127 ? concatBytes(new Uint8Array(1), digits) : digits;
    return concatBytes(new Uint8Array([2, body.length]), body);
  };
  const body = concatBytes(integer(signature.subarray(0, 32)), integer(signature.subarray(32)));
  return concatBytes(new Uint8Array([0x30, body.length]), body);
}
