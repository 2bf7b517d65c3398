import { describe, expect, it } from 'vitest';
import { nodeCrypto, randomBytes } from '../platform/node-crypto.js';
import { concatBytes, utf8ToBytes } from '../primitives/bytes.js';
import { encodeCbor, type CborValue } from '../primitives/cbor.js';
import { sealingPublicKey, sealTo } from '../primitives/sealing.js';
import { Secret } from '../primitives/secret.js';
import { EpochKey } from './epoch-key.js';
import { openKeyEnvelope, sealKeyEnvelope, type EnvelopePlace } from './key-envelope.js';
import { subjectEpochKey } from './subject-keys.js';

const seed = new Secret(randomBytes(32));
const sealingKey = await sealingPublicKey(seed.reveal());
const place: EnvelopePlace = {
  grant: new Uint8Array(16).fill(1),
  subject: new Uint8Array(16).fill(2),
  compartment: new Uint8Array(16).fill(3),
  grantee: 'a1'.repeat(16),
};
const subjectRoot = new Secret(randomBytes(32));
const keys = [1, 2, 3].map((epoch) => subjectEpochKey(nodeCrypto, subjectRoot, place.compartment, epoch));
const envelope = await sealKeyEnvelope(sealingKey, place, { compartmentCode: 'hiv', keys: [...keys].reverse() });

/** As the ledger has it. */
const commitmentOf = (epoch: number) => keys.find((key) => key.epoch === epoch)?.commitment;

/** What a faulty or cheating sender could seal. */
function sealPayload(payload: Uint8Array): Promise<Uint8Array> {
  const { grant, subject, compartment, grantee } = place;
  const aad = encodeCbor(['cairn/key-envelope', grant, subject, compartment, grantee]);
  return sealTo(sealingKey, { info: utf8ToBytes('cairn/key-envelope'), aad, plaintext: payload });
}

describe('a key envelope', () => {
  it('gives the grantee the keys of the compartment, checked and in order', async () => {
    const opened = await openKeyEnvelope(nodeCrypto, seed, place, envelope, commitmentOf);
    expect(opened.compartmentCode).toBe('hiv');
    expect(opened.keys.map((key) => key.epoch)).toEqual([1, 2, 3]);
    opened.keys.forEach((key, index) => {
      expect(key.reveal()).toEqual(keys[index]?.reveal());
      expect(key.compartment).toEqual(place.compartment);
    });
  });

  it('holds as many keys as it says, and none', async () => {
    const many = Array.from({ length: 4096 }, (_, epoch) =>
      subjectEpochKey(nodeCrypto, subjectRoot, place.compartment, epoch),
    );
    for (const content of [many, []]) {
      const sealed = await sealKeyEnvelope(sealingKey, place, { compartmentCode: 'x'.repeat(64), keys: content });
      const opened = await openKeyEnvelope(nodeCrypto, seed, place, sealed, (epoch) => many[epoch]?.commitment);
      expect(opened.keys).toHaveLength(content.length);
    }
    const tooMany = [...many, subjectEpochKey(nodeCrypto, subjectRoot, place.compartment, 4096)];
    await expect(sealKeyEnvelope(sealingKey, place, { compartmentCode: 'x', keys: tooMany })).rejects.toThrow('4096');
  });

  it('shows neither the code nor a key to others', () => {
    expect(Buffer.from(envelope).includes('hiv')).toBe(false);
    for (const key of keys) expect(Buffer.from(envelope).includes(Buffer.from(key.reveal()))).toBe(false);
  });

  it('opens for nobody else', async () => {
    const other = new Secret(randomBytes(32));
    await expect(openKeyEnvelope(nodeCrypto, other, place, envelope, commitmentOf)).rejects.toMatchObject({
      code: 'sealing.cannot-open',
    });
  });

  it.each<[name: string, change: Partial<EnvelopePlace>]>([
    ['grant', { grant: new Uint8Array(16) }],
    ['subject', { subject: new Uint8Array(16) }],
    ['compartment', { compartment: new Uint8Array(16) }],
    ['grantee', { grantee: 'b2'.repeat(16) }],
  ])('opens for no other %s', async (_, change) => {
    await expect(
      openKeyEnvelope(nodeCrypto, seed, { ...place, ...change }, envelope, commitmentOf),
    ).rejects.toMatchObject({ code: 'sealing.cannot-open' });
  });

  it('is refused with a byte changed anywhere, and cut', async () => {
    const positions = Array.from({ length: 40 }, (_, index) => Math.floor((index * (envelope.length - 1)) / 39));
    for (const at of positions) {
      const changed = envelope.slice();
      changed[at] = (changed[at] as number) ^ 1;
      await expect(openKeyEnvelope(nodeCrypto, seed, place, changed, commitmentOf)).rejects.toMatchObject({
        code: 'sealing.cannot-open',
      });
    }
    for (const length of [0, 1000, 1135, envelope.length - 1]) {
      await expect(
        openKeyEnvelope(nodeCrypto, seed, place, envelope.subarray(0, length), commitmentOf),
      ).rejects.toMatchObject({ code: 'sealing.cannot-open' });
    }
  });

  it('hands out no key when one is not the one on the ledger', async () => {
    const foreign = new EpochKey(nodeCrypto, place.compartment, 2, randomBytes(32));
    const mixed = [keys[0], foreign, keys[2]] as EpochKey[];
    const sealed = await sealKeyEnvelope(sealingKey, place, { compartmentCode: 'hiv', keys: mixed });
    const refused = { code: 'record.epoch-key-mismatch' };
    await expect(openKeyEnvelope(nodeCrypto, seed, place, sealed, commitmentOf)).rejects.toMatchObject(refused);
    await expect(openKeyEnvelope(nodeCrypto, seed, place, envelope, () => undefined)).rejects.toMatchObject(refused);
    // With the ledger's word left out it would open: the commitment is what refuses.
    const trusting = (epoch: number) => mixed.find((key) => key.epoch === epoch)?.commitment;
    expect((await openKeyEnvelope(nodeCrypto, seed, place, sealed, trusting)).keys).toHaveLength(3);
  });

  const key = randomBytes(32);
  it.each<[name: string, payload: Uint8Array | CborValue]>([
    ['no CBOR', Uint8Array.of(0xff)],
    ['bytes left over', concatBytes(encodeCbor({ code: 'hiv', epochs: [] }), Uint8Array.of(0))],
    ['a list', [1]],
    ['no code', { epochs: [] }],
    ['a long code', { code: 'x'.repeat(65), epochs: [] }],
    ['no epochs', { code: 'hiv' }],
    ['something more', { code: 'hiv', epochs: [], more: 1 }],
    ['epochs of another shape', { code: 'hiv', epochs: [1] }],
    ['an epoch without key', { code: 'hiv', epochs: [[1]] }],
    ['an epoch with more', { code: 'hiv', epochs: [[1, key, 1]] }],
    ['a negative epoch', { code: 'hiv', epochs: [[-1, key]] }],
    ['a huge epoch', { code: 'hiv', epochs: [[2n ** 60n, key]] }],
    ['a short key', { code: 'hiv', epochs: [[1, key.subarray(1)]] }],
    ['an epoch twice', { code: 'hiv', epochs: [[1, key], [1, key]] }], // prettier-ignore
    ['epochs out of order', { code: 'hiv', epochs: [[2, key], [1, key]] }], // prettier-ignore
    ['too many epochs', { code: 'hiv', epochs: Array.from({ length: 4097 }, (_, epoch) => [epoch, key]) }],
  ])('is malformed: %s', async (_, payload) => {
    const sealed = await sealPayload(payload instanceof Uint8Array ? payload : encodeCbor(payload));
    await expect(openKeyEnvelope(nodeCrypto, seed, place, sealed, commitmentOf)).rejects.toMatchObject({
      code: 'envelope.malformed',
    });
  });

  it('is not sealed to what is no public key, nor with keys of another compartment', async () => {
    const content = { compartmentCode: 'hiv', keys };
    await expect(sealKeyEnvelope(new Uint8Array(32), place, content)).rejects.toMatchObject({
      code: 'sealing.malformed-key',
    });
    const elsewhere = { ...place, compartment: new Uint8Array(16) };
    await expect(sealKeyEnvelope(sealingKey, elsewhere, content)).rejects.toThrow('own compartment');
  });
});
