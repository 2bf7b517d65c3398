import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeCrypto, randomBytes } from '../platform/node-crypto.js';
import { concatBytes, utf8ToBytes } from '../primitives/bytes.js';
import { encodeCbor, type CborValue } from '../primitives/cbor.js';
import { CairnError } from '../primitives/errors.js';
import { portableCrypto } from '../primitives/portable-crypto.js';
import { deriveBytes } from './derive.js';
import { EpochKey } from './epoch-key.js';
import { openRecord, sealRecord, type RecordContent, type RecordPlace } from './record-sealing.js';

const subject = new Uint8Array(16).fill(1);
const compartment = new Uint8Array(16).fill(2);
const place: RecordPlace = { subject, compartment, epoch: 3, record: new Uint8Array(16).fill(4), version: 1 };
const keyBytes = randomBytes(32);
const epochKey = newEpochKey();
const content: RecordContent = {
  meta: {
    type: 'Observation',
    id: 'o1',
    version: '1',
    mediaType: 'application/fhir+json',
    references: { 'urn:x': 'Patient/1' },
  },
  resource: utf8ToBytes('{"resourceType":"Observation","valueQuantity":{"value":1.00}}'),
};

function newEpochKey(change: { compartment?: Uint8Array; epoch?: number; key?: Uint8Array } = {}): EpochKey {
  const { compartment: id = compartment, epoch = 3, key = keyBytes.slice() } = change;
  return new EpochKey(nodeCrypto, id, epoch, key);
}

function seal() {
  const sealed = sealRecord(nodeCrypto, randomBytes, epochKey, place, content);
  const { digest, commitment, object } = sealed;
  return { object, expected: { digest, commitment, epochKeyCommitment: epochKey.commitment } };
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof CairnError ? error.code : (error as Error).name;
  }
  return 'no error';
}

/** An object as a faulty or cheating writer could make it: correctly encrypted, whatever is inside. */
function sealPlaintext(plaintext: Uint8Array, commitment: Uint8Array = new Uint8Array(32)) {
  const key = deriveBytes(nodeCrypto, keyBytes, 'cairn/record', [place.record, place.version]);
  const boundData = encodeCbor(['cairn/record', subject, compartment, place.epoch, place.record, place.version]);
  const nonce = randomBytes(12);
  const object = concatBytes(nonce, nodeCrypto.aesGcmSeal(key, nonce, plaintext, boundData));
  return {
    object,
    expected: { digest: nodeCrypto.sha256(object), commitment, epochKeyCommitment: epochKey.commitment },
  };
}

describe('sealing a record', () => {
  it('gives back every byte of any resource, on either implementation of the cryptography', () => {
    const text = fc.string({ unit: 'binary' });
    const contents = fc.record({
      meta: fc.record({
        type: text,
        id: text,
        version: text,
        mediaType: text,
        references: fc.dictionary(text, text, { noNullPrototype: true }),
      }),
      resource: fc.uint8Array({ maxLength: 3000 }),
    });
    fc.assert(
      fc.property(contents, (any) => {
        const { object, ...commitments } = sealRecord(nodeCrypto, randomBytes, epochKey, place, any);
        const expected = { ...commitments, epochKeyCommitment: epochKey.commitment };
        expect(openRecord(nodeCrypto, epochKey, place, expected, object)).toEqual(any);
        expect(openRecord(portableCrypto, epochKey, place, expected, object)).toEqual(any);
      }),
      { numRuns: 60 },
    );
  });

  it('shares nothing between two sealings of the same record', () => {
    const [a, b] = [seal(), seal()];
    expect(a.expected.digest).not.toEqual(b.expected.digest);
    expect(a.expected.commitment).not.toEqual(b.expected.commitment);
    expect(a.object.subarray(0, 12)).not.toEqual(b.object.subarray(0, 12));
  });

  it('hides every word of the resource', () => {
    const { object } = seal();
    for (const word of ['Observation', 'urn:x', 'fhir']) {
      expect(Buffer.from(object).includes(word)).toBe(false);
    }
  });

  it.each<[name: string, change: Partial<RecordPlace>]>([
    ['another subject', { subject: compartment }],
    ['another record', { record: subject }],
    ['another version', { version: 2 }],
  ])('does not open in the place of %s', (_, change) => {
    const { object, expected } = seal();
    expect(codeOf(() => openRecord(nodeCrypto, epochKey, { ...place, ...change }, expected, object))).toBe(
      'record.cannot-open',
    );
  });

  it('does not open in another compartment or epoch, even with the same key', () => {
    const { object, expected } = seal();
    for (const [moved, key] of [
      [{ ...place, compartment: subject }, newEpochKey({ compartment: subject })],
      [{ ...place, epoch: 4 }, newEpochKey({ epoch: 4 })],
    ] as const) {
      expect(codeOf(() => openRecord(nodeCrypto, key, moved, expected, object))).toBe('record.epoch-key-mismatch');
      const committed = { ...expected, epochKeyCommitment: key.commitment };
      expect(codeOf(() => openRecord(nodeCrypto, key, moved, committed, object))).toBe('record.cannot-open');
    }
  });

  it('refuses a key other than the one committed to, before it tries it', () => {
    const { object, expected } = seal();
    const other = newEpochKey({ key: randomBytes(32) });
    expect(codeOf(() => openRecord(nodeCrypto, other, place, expected, object))).toBe('record.epoch-key-mismatch');
    const uncommitted = { ...expected, epochKeyCommitment: other.commitment };
    expect(codeOf(() => openRecord(nodeCrypto, other, place, uncommitted, object))).toBe('record.cannot-open');
  });

  it('treats a key for the wrong compartment or epoch as a defect', () => {
    expect(() => sealRecord(nodeCrypto, randomBytes, newEpochKey({ epoch: 4 }), place, content)).toThrow(
      'own compartment',
    );
  });

  it('refuses an object with any byte changed, added or left out; without the digest the cipher does', () => {
    const { object, expected } = seal();
    for (let at = 0; at < object.length; at++) {
      const changed = object.slice();
      changed[at] = (changed[at] as number) ^ 0x40;
      expect(codeOf(() => openRecord(nodeCrypto, epochKey, place, expected, changed))).toBe('record.digest-mismatch');
      const accepted = { ...expected, digest: nodeCrypto.sha256(changed) };
      expect(codeOf(() => openRecord(nodeCrypto, epochKey, place, accepted, changed))).toBe('record.cannot-open');
    }
    for (const length of [0, 5, 12, 27, object.length - 1]) {
      const cut = object.subarray(0, length);
      const accepted = { ...expected, digest: nodeCrypto.sha256(cut) };
      expect(codeOf(() => openRecord(nodeCrypto, epochKey, place, accepted, cut))).toBe('record.cannot-open');
    }
  });

  it('refuses what is not the plaintext that was committed to', () => {
    const { object, expected } = seal();
    const other = { ...expected, commitment: seal().expected.commitment };
    expect(codeOf(() => openRecord(nodeCrypto, epochKey, place, other, object))).toBe('record.commitment-mismatch');
  });

  const salt = new Uint8Array(32);
  const good: { [key: string]: CborValue } = { salt, meta: { ...content.meta }, resource: new Uint8Array(1) };
  const meta = good['meta'] as { [key: string]: CborValue };
  it.each<[name: string, plaintext: Uint8Array]>([
    ['no CBOR', Uint8Array.of(0xff)],
    ['bytes left over', concatBytes(encodeCbor(good), Uint8Array.of(0))],
    ['not the canonical form', concatBytes(Uint8Array.of(0xb8, 3), encodeCbor(good).subarray(1))],
    ['a list', encodeCbor([salt])],
    ['no salt', encodeCbor({ meta, resource: salt })],
    ['a short salt', encodeCbor({ ...good, salt: new Uint8Array(31) })],
    ['a text for the resource', encodeCbor({ ...good, resource: '{}' })],
    ['something more', encodeCbor({ ...good, more: 1 })],
    ['meta of another shape', encodeCbor({ ...good, meta: { ...meta, type: 1 } })],
    ['meta with something more', encodeCbor({ ...good, meta: { ...meta, more: 'x' } })],
    ['references of another shape', encodeCbor({ ...good, meta: { ...meta, references: { a: 1 } } })],
    ['a deep nest', encodeCbor({ ...good, meta: { ...meta, references: [[[[[[]]]]]] } })],
  ])('refuses as malformed: %s', (_, plaintext) => {
    const { object, expected } = sealPlaintext(plaintext);
    expect(codeOf(() => openRecord(nodeCrypto, epochKey, place, expected, object))).toBe('record.malformed');
  });

  it('reads what the table above departs from', () => {
    const commitment = nodeCrypto.hmacSha256(salt, new Uint8Array(1));
    const { object, expected } = sealPlaintext(encodeCbor(good), commitment);
    expect(openRecord(nodeCrypto, epochKey, place, expected, object).meta).toEqual(content.meta);
  });

  it('seals what can be opened, up to its bounds, and refuses what is larger', () => {
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`${index}`, 'a']));
    const { object, ...commitments } = sealRecord(nodeCrypto, randomBytes, epochKey, place, {
      meta: { ...content.meta, references: many },
      resource: new Uint8Array(15 * 1024 * 1024),
    });
    const expected = { ...commitments, epochKeyCommitment: epochKey.commitment };
    expect(Object.keys(openRecord(nodeCrypto, epochKey, place, expected, object).meta.references)).toHaveLength(20_000);

    const tooLong = { ...content, resource: new Uint8Array(15 * 1024 * 1024 + 1) };
    expect(codeOf(() => sealRecord(nodeCrypto, randomBytes, epochKey, place, tooLong))).toBe('record.too-large');
    const tooMany = { ...content, meta: { ...content.meta, id: 'x'.repeat(256 * 1024) } };
    expect(codeOf(() => sealRecord(nodeCrypto, randomBytes, epochKey, place, tooMany))).toBe('record.too-large');
  });

  it('never seals under a forgotten key', () => {
    const key = newEpochKey();
    key.destroy();
    expect(codeOf(() => sealRecord(nodeCrypto, randomBytes, key, place, content))).toBe('custody.key-forgotten');
  });
});
