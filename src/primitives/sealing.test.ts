import { readFileSync } from 'node:fs';
import {
  Aes128Gcm,
  Aes256Gcm,
  CipherSuite,
  DhkemP256HkdfSha256,
  DhkemX25519HkdfSha256,
  ExportOnly,
  HkdfSha256,
} from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js';
import { describe, expect, it } from 'vitest';
import { describeWithData } from '../../test/support/shared-data.js';
import { concatBytes, fromHex, toHex, utf8ToBytes } from './bytes.js';
import { InvariantError } from './errors.js';
import { openSealed, sealingPublicKey, sealTo } from './sealing.js';

const seed = new Uint8Array(32).map((_, i) => i);
const context = { info: utf8ToBytes('test'), aad: utf8ToBytes('place') };
const plaintext = utf8ToBytes('an epoch key');
const cannotOpen = expect.objectContaining({ code: 'sealing.cannot-open' }) as Error;

describe('sealTo and openSealed', () => {
  it('give back what was sealed, in another form each time', async () => {
    const publicKey = await sealingPublicKey(seed);
    for (const length of [0, 1, 32, 5000]) {
      const bytes = new Uint8Array(length).fill(7);
      const sealed = await sealTo(publicKey, { ...context, plaintext: bytes });
      expect(sealed).toHaveLength(1120 + length + 16);
      expect(await openSealed(seed, { ...context, sealed })).toEqual(bytes);
      expect(await sealTo(publicKey, { ...context, plaintext: bytes })).not.toEqual(sealed);
    }
  });

  it('open for the right key, info and aad only, and unaltered', async () => {
    const sealed = await sealTo(await sealingPublicKey(seed), { ...context, plaintext });
    await expect(openSealed(seed.slice().reverse(), { ...context, sealed })).rejects.toThrow(cannotOpen);
    await expect(openSealed(seed, { ...context, info: plaintext, sealed })).rejects.toThrow(cannotOpen);
    await expect(openSealed(seed, { ...context, aad: plaintext, sealed })).rejects.toThrow(cannotOpen);
    for (const at of [0, 500, 1087, 1088, 1119, 1120, sealed.length - 1]) {
      const altered = sealed.slice();
      altered[at]! ^= 1;
      await expect(openSealed(seed, { ...context, sealed: altered })).rejects.toThrow(cannotOpen);
    }
    for (const length of [0, 1119, 1135, sealed.length - 1]) {
      await expect(openSealed(seed, { ...context, sealed: sealed.slice(0, length) })).rejects.toThrow(cannotOpen);
    }
  });

  it('refuse what is not a key', async () => {
    const publicKey = await sealingPublicKey(seed);
    const malformedKey = expect.objectContaining({ code: 'sealing.malformed-key' }) as Error;
    // The last: coefficients of ML-KEM beyond its modulus (FIPS 203 §7.2).
    for (const key of [new Uint8Array(0), publicKey.slice(1), publicKey.slice().fill(255, 0, 1184)]) {
      await expect(sealTo(key, { ...context, plaintext })).rejects.toThrow(malformedKey);
    }
    await expect(sealingPublicKey(seed.slice(1))).rejects.toThrow(InvariantError);
    await expect(openSealed(seed.slice(1), { ...context, sealed: plaintext })).rejects.toThrow(InvariantError);
  });
});

describe('X-Wing', () => {
  const kem = new XWing();

  // draft-connolly-cfrg-xwing-kem, appendix C, first vector.
  const vector = {
    seed: '7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26',
    encapsulation:
      '3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e235b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2',
    sharedSecret: 'd2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384',
  };

  it('gives the known answer, in both libraries', async () => {
    const secretKey = fromHex(vector.seed);
    const { publicKey, privateKey } = await kem.generateKeyPairDerand(secretKey);
    const { enc, sharedSecret } = await kem.encap({
      recipientPublicKey: publicKey,
      ekm: fromHex(vector.encapsulation).buffer as ArrayBuffer,
    });
    expect(toHex(new Uint8Array(sharedSecret))).toBe(vector.sharedSecret);
    expect(toHex(new Uint8Array(await kem.decap({ recipientKey: privateKey, enc })))).toBe(vector.sharedSecret);
    expect(toHex(ml_kem768_x25519.decapsulate(new Uint8Array(enc), secretKey))).toBe(vector.sharedSecret);
  });

  it('is what @noble/post-quantum has: the one opens what the other encapsulated', async () => {
    for (let i = 0; i < 4; i++) {
      const secretKey = new Uint8Array(32).fill(i);
      const noble = ml_kem768_x25519.keygen(secretKey);
      const { publicKey, privateKey } = await kem.generateKeyPairDerand(secretKey);
      expect(await sealingPublicKey(secretKey)).toEqual(noble.publicKey);
      const byNoble = ml_kem768_x25519.encapsulate(noble.publicKey);
      const opened = await kem.decap({ recipientKey: privateKey, enc: byNoble.cipherText.slice().buffer });
      expect(new Uint8Array(opened)).toEqual(byNoble.sharedSecret);
      const byHpke = await kem.encap({ recipientPublicKey: publicKey });
      expect(ml_kem768_x25519.decapsulate(new Uint8Array(byHpke.enc), secretKey)).toEqual(
        new Uint8Array(byHpke.sharedSecret),
      );
    }
  });
});

interface HpkeVector {
  readonly mode: number;
  readonly kem_id: number;
  readonly kdf_id: number;
  readonly aead_id: number;
  readonly info: string;
  readonly skRm: string;
  readonly pkRm: string;
  readonly ikmE: string;
  readonly pkSm?: string;
  readonly skSm?: string;
  readonly psk?: string;
  readonly psk_id?: string;
  readonly enc: string;
  readonly encryptions?: readonly { readonly aad: string; readonly ct: string; readonly pt: string }[];
  readonly exports: readonly {
    readonly exporter_context: string;
    readonly L: number;
    readonly exported_value: string;
  }[];
}

describeWithData('hpke-rfc9180/hpke_p256_x25519_hkdfsha256.json', 'RFC 9180 vectors', (path) => {
  const vectors = JSON.parse(readFileSync(path, 'utf8')) as HpkeVector[];
  const kems = { 16: () => new DhkemP256HkdfSha256(), 32: () => new DhkemX25519HkdfSha256() };
  const aeads = {
    1: () => new Aes128Gcm(),
    2: () => new Aes256Gcm(),
    3: () => new ChaCha20Poly1305(),
    65535: () => new ExportOnly(),
  };

  it('are all of a kind that runs', () => {
    expect(vectors).toHaveLength(32);
    for (const { kem_id, kdf_id, aead_id, mode } of vectors) {
      expect([kem_id in kems, kdf_id, aead_id in aeads, mode < 4]).toEqual([true, 1, true, true]);
    }
  });

  it.each(vectors.map((vector) => [vector.mode, vector.kem_id, vector.aead_id, vector] as const))(
    'mode %i, KEM %i, AEAD %i',
    async (_mode, kemId, aeadId, vector) => {
      const kem = kems[kemId as keyof typeof kems]();
      const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: aeads[aeadId as keyof typeof aeads]() });
      const buffer = (hex: string): ArrayBuffer => fromHex(hex).buffer as ArrayBuffer;
      const recipientPublicKey = await kem.deserializePublicKey(buffer(vector.pkRm));
      const recipientKey = {
        publicKey: recipientPublicKey,
        privateKey: await kem.deserializePrivateKey(buffer(vector.skRm)),
      };
      const psk =
        vector.psk === undefined || vector.psk_id === undefined
          ? {}
          : { psk: { key: buffer(vector.psk), id: buffer(vector.psk_id) } };
      const info = buffer(vector.info);
      const authenticated = vector.pkSm !== undefined && vector.skSm !== undefined;
      const senderPublicKey = authenticated ? await kem.deserializePublicKey(buffer(vector.pkSm)) : undefined;
      const senderPrivateKey = authenticated ? await kem.deserializePrivateKey(buffer(vector.skSm)) : undefined;

      const recipient = await suite.createRecipientContext({
        recipientKey,
        enc: buffer(vector.enc),
        info,
        ...psk,
        ...(senderPublicKey && { senderPublicKey }),
      });
      const ephemeral = await kem.deriveKeyPair(buffer(vector.ikmE));
      const sender = await suite.createSenderContext({
        recipientPublicKey,
        info,
        ekm: ephemeral,
        ...psk,
        ...(senderPublicKey && { senderKey: { publicKey: senderPublicKey, privateKey: senderPrivateKey! } }),
      });
      expect(toHex(new Uint8Array(sender.enc))).toBe(vector.enc);
      for (const { aad, ct, pt } of vector.encryptions ?? []) {
        expect(toHex(new Uint8Array(await recipient.open(buffer(ct), buffer(aad))))).toBe(pt);
        expect(toHex(new Uint8Array(await sender.seal(buffer(pt), buffer(aad))))).toBe(ct);
      }
      for (const { exporter_context, L, exported_value } of vector.exports) {
        const exported = await recipient.export(buffer(exporter_context), L);
        expect(toHex(new Uint8Array(exported))).toBe(exported_value);
      }
    },
  );
});

/** The AEAD that @hpke/core leaves to another package, on @noble/ciphers: the vectors are about the key schedule. */
class ChaCha20Poly1305 {
  readonly id = 3;
  readonly keySize = 32;
  readonly nonceSize = 12;
  readonly tagSize = 16;

  createEncryptionContext(key: ArrayBuffer) {
    const cipher = (iv: ArrayBuffer, aad: ArrayBuffer) =>
      chacha20poly1305(new Uint8Array(key), new Uint8Array(iv), new Uint8Array(aad));
    return {
      seal: async (iv: ArrayBuffer, data: ArrayBuffer, aad: ArrayBuffer) =>
        concatBytes(cipher(iv, aad).encrypt(new Uint8Array(data))).buffer,
      open: async (iv: ArrayBuffer, data: ArrayBuffer, aad: ArrayBuffer) =>
        concatBytes(cipher(iv, aad).decrypt(new Uint8Array(data))).buffer,
    };
  }
}
