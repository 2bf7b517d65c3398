import { ics23, verifyMembership as stockMembership, verifyNonMembership as stockNonMembership } from '@confio/ics23';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { referenceTreeRoot } from '../../../test/support/reference-tree.js';
import { nodeCrypto } from '../../platform/node-crypto.js';
import { compareBytes, fromHex, toHex, utf8ToBytes } from '../../primitives/bytes.js';
import { portableCrypto } from '../../primitives/portable-crypto.js';
import { openStateStore } from '../store/authenticated-store.js';
import { MemoryDatabase } from '../store/memory-database.js';
import { decodeCommitmentProof, encodeCommitmentProof, type CommitmentProof, type ExistenceProof } from './ics23.js';
import { EMPTY_ROOT } from './node-hash.js';
import { proveKey } from './prove.js';
import { STATE_PROOF_SPEC } from './proof-spec.js';
import { StateTree } from './state-tree.js';
import { verifyMembership, verifyNonMembership } from './verify-ics23.js';
import { verifyStateProof } from './verify-proof.js';

/** Our tree as the stock verifier has to be told about it; the protobuf of this is what `docs/spec` gives to others. */
const STOCK_SPEC: ics23.IProofSpec = {
  leafSpec: {
    hash: ics23.HashOp.SHA256,
    prehashKey: ics23.HashOp.NO_HASH,
    prehashValue: ics23.HashOp.NO_HASH,
    length: ics23.LengthOp.REQUIRE_32_BYTES,
    prefix: STATE_PROOF_SPEC.leafSpec.prefix,
  },
  innerSpec: {
    childOrder: [0, 1],
    childSize: 32,
    minPrefixLength: 1,
    maxPrefixLength: 1,
    hash: ics23.HashOp.SHA256,
  },
  maxDepth: 256,
};

type Entries = readonly (readonly [treeKey: Uint8Array, valueHash: Uint8Array])[];

async function treeOf(entries: Entries): Promise<StateTree> {
  const database = new MemoryDatabase();
  const tree = new StateTree(nodeCrypto, database, { root: EMPTY_ROOT, pageCacheBytes: 0 });
  const staged = tree.stage(entries.map(([treeKey, valueHash]) => ({ treeKey, valueHash })));
  await tree.advance(staged, () => database.write(tree.writes(staged)));
  expect(tree.root).toEqual(referenceTreeRoot(nodeCrypto, entries));
  return tree;
}

const stockAccepts = {
  presence: (root: Uint8Array, key: Uint8Array, value: Uint8Array, proof: Uint8Array): boolean =>
    stockMembership(ics23.CommitmentProof.decode(proof), STOCK_SPEC, root, key, value),
  absence: (root: Uint8Array, key: Uint8Array, proof: Uint8Array): boolean =>
    stockNonMembership(ics23.CommitmentProof.decode(proof), STOCK_SPEC, root, key),
};

/** Both verifiers accept, ours with both cryptographies. */
function checkPresence(tree: StateTree, key: Uint8Array, value: Uint8Array): void {
  const proof = proveKey(tree, key);
  expect(stockAccepts.presence(tree.root, key, value, proof)).toBe(true);
  for (const crypto of [nodeCrypto, portableCrypto]) {
    verifyMembership(crypto, STATE_PROOF_SPEC, { root: tree.root, key, value, proof });
  }
}

function checkAbsence(tree: StateTree, key: Uint8Array): void {
  const proof = proveKey(tree, key);
  expect(stockAccepts.absence(tree.root, key, proof)).toBe(true);
  verifyNonMembership(nodeCrypto, STATE_PROOF_SPEC, { root: tree.root, key, proof });
}

const key32 = (prefix: string, fill: string): Uint8Array => fromHex(prefix.padEnd(64, fill));
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
/** Keys that part late: after up to 32 bytes of zeros. */
const closeKey = fc
  .tuple(fc.integer({ min: 0, max: 32 }), hash)
  .map(([shared, rest]) => rest.map((byte, i) => (i < shared ? 0 : byte)));
const entriesOf = (key: fc.Arbitrary<Uint8Array>, maxLength: number): fc.Arbitrary<[Uint8Array, Uint8Array][]> =>
  fc.uniqueArray(fc.tuple(key, hash), { minLength: 1, maxLength, selector: ([k]) => toHex(k) });

describe('proofs of the state tree', () => {
  it.each([
    ['random keys', hash, 150],
    ['keys with long common beginnings', closeKey, 80],
  ])('of presence and absence are accepted by the stock verifier and ours: %s', async (_, key, maxLength) => {
    await fc.assert(
      fc.asyncProperty(entriesOf(key, maxLength), fc.array(key, { maxLength: 20 }), async (entries, others) => {
        const tree = await treeOf(entries);
        for (const [k, value] of entries) checkPresence(tree, k, value);
        for (const other of others) {
          if (!entries.some(([k]) => compareBytes(k, other) === 0)) checkAbsence(tree, other);
        }
      }),
      { numRuns: 40 },
    );
  });

  const LOWEST = key32('', '0');
  const HIGHEST = key32('', 'f');
  const ONE = key32('8', '0');
  it.each<[string, Uint8Array[], Uint8Array]>([
    ['left of a single key', [ONE], LOWEST],
    ['right of a single key', [ONE], HIGHEST],
    ['left of everything', [ONE, HIGHEST], LOWEST],
    ['right of everything', [LOWEST, ONE], HIGHEST],
    ['between the halves', [LOWEST, HIGHEST], ONE],
    ['beside keys that part at the last bit', [key32('ff', 'a'), key32('ff', 'a').fill(0xab, 31)], key32('ff', 'b')],
    [
      'between keys that part at the last bit and others',
      [key32('4', '2'), key32('4', '2').fill(0x23, 31), key32('c', '1')],
      key32('5', '0'),
    ],
  ])('of absence at an edge: %s', async (_, keys, absent) => {
    const tree = await treeOf(keys.map((key) => [key, nodeCrypto.sha256(key)]));
    checkAbsence(tree, absent);
    for (const key of keys) checkPresence(tree, key, nodeCrypto.sha256(key));
  });

  it('of absence when only neighbours in other pages are left', async () => {
    // Forty keys below 0x3, forty below 0xb, none between: pages without a leaf on the way.
    const keys = Array.from({ length: 80 }, (_, i) => nodeCrypto.sha256(utf8ToBytes(String(i)))).map((k, i) =>
      k.map((byte, at) => (at === 0 ? (i < 40 ? 0x30 : 0xb0) | (byte & 15) : byte)),
    );
    const tree = await treeOf(keys.map((key) => [key, nodeCrypto.sha256(key)]));
    for (const first of ['0', '2', '3', '4', '7', 'a', 'c', 'f']) {
      checkAbsence(tree, key32(first, '0'));
      checkAbsence(tree, key32(first, 'f'));
    }
  });

  it('with any bit changed, cut short or with a byte more are refused', async () => {
    const entries = Array.from({ length: 50 }, (_, i) => {
      const key = nodeCrypto.sha256(utf8ToBytes(`key ${i}`));
      return [key, nodeCrypto.sha256(utf8ToBytes(`value ${i}`))] as const;
    });
    const tree = await treeOf(entries);
    const [key, value] = entries[7] as (typeof entries)[0];
    const absent = nodeCrypto.sha256(utf8ToBytes('absent'));
    const presence = proveKey(tree, key);
    const absence = proveKey(tree, absent);
    for (const [proof, verify] of [
      [
        presence,
        (p: Uint8Array) => verifyMembership(nodeCrypto, STATE_PROOF_SPEC, { root: tree.root, key, value, proof: p }),
      ],
      [
        absence,
        (p: Uint8Array) =>
          verifyNonMembership(nodeCrypto, STATE_PROOF_SPEC, { root: tree.root, key: absent, proof: p }),
      ],
    ] as const) {
      verify(proof);
      for (let i = 0; i < proof.length; i++) {
        for (const bit of [1, 0x10, 0x80]) {
          const changed = proof.slice();
          changed[i] = (changed[i] as number) ^ bit;
          expect(() => verify(changed), `byte ${i}`).toThrow(expect.objectContaining({ name: 'CairnError' }) as Error);
        }
        expect(() => verify(proof.slice(0, i))).toThrow(expect.objectContaining({ name: 'CairnError' }) as Error);
      }
      expect(() => verify(Uint8Array.of(...proof, 0))).toThrow();
    }
  });

  describe('that lie are refused by both verifiers', () => {
    const keys = Array.from({ length: 30 }, (_, i) => nodeCrypto.sha256(utf8ToBytes(`key ${i}`))).sort(compareBytes);
    const valueOf = (key: Uint8Array): Uint8Array => nodeCrypto.sha256(key);
    const at = (index: number): Uint8Array => keys[index] as Uint8Array;
    const existence = (tree: StateTree, key: Uint8Array): ExistenceProof => {
      const proof = decodeCommitmentProof(proveKey(tree, key));
      return proof.kind === 'exist' ? proof.exist : expect.unreachable();
    };
    /** A key just above another. */
    const above = (key: Uint8Array): Uint8Array => key.map((byte, i) => (i === 31 ? byte + 1 : byte));

    it.each<
      [string, Uint8Array, (e: (index: number) => ExistenceProof) => Partial<Record<'left' | 'right', ExistenceProof>>]
    >([
      ['neighbours that leave one out', above(at(10)), (e) => ({ left: e(10), right: e(12) })],
      ['a key that is there, between its neighbours', at(11), (e) => ({ left: e(10), right: e(12) })],
      ['a left neighbour alone, not the last', above(at(10)), (e) => ({ left: e(10) })],
      ['a right neighbour alone, not the first', above(at(10)), (e) => ({ right: e(11) })],
      ['neighbours the wrong way round', above(at(10)), (e) => ({ left: e(11), right: e(10) })],
      ['one neighbour twice', above(at(10)), (e) => ({ left: e(10), right: e(10) })],
      ['a key outside its neighbours', above(at(20)), (e) => ({ left: e(10), right: e(11) })],
      ['no neighbour', above(at(10)), () => ({})],
    ])('%s', async (_, key, neighbours) => {
      const tree = await treeOf(keys.map((k) => [k, valueOf(k)]));
      const chosen = neighbours((index) => existence(tree, at(index)));
      const proof: CommitmentProof = { kind: 'nonexist', nonexist: { key, left: chosen.left, right: chosen.right } };
      const bytes = encodeCommitmentProof(proof);
      expect(stockAccepts.absence(tree.root, key, bytes)).toBe(false);
      expect(() => verifyNonMembership(nodeCrypto, STATE_PROOF_SPEC, { root: tree.root, key, proof: bytes })).toThrow(
        expect.objectContaining({ code: 'proof.invalid' }) as Error,
      );
    });

    it('a true proof under a longer leaf prefix, a step of an odd shape or too long a path', async () => {
      const tree = await treeOf(keys.map((k) => [k, valueOf(k)]));
      const key = at(3);
      const true_ = existence(tree, key);
      const [first, ...rest] = true_.path;
      if (first === undefined) return expect.unreachable();
      const forged: ExistenceProof[] = [
        { ...true_, leaf: { ...true_.leaf, prefix: Uint8Array.of(0, 0) } },
        { ...true_, leaf: { ...true_.leaf, hash: 0 } },
        { ...true_, path: [{ ...first, suffix: Uint8Array.of(...first.suffix, 0) }, ...rest] },
        { ...true_, path: [{ ...first, prefix: Uint8Array.of(...first.prefix, 0) }, ...rest] },
        { ...true_, path: [{ ...first, hash: 0 }, ...rest] },
        { ...true_, path: rest },
        { ...true_, path: Array.from({ length: 257 }, () => first) },
      ];
      for (const exist of forged) {
        const proof = encodeCommitmentProof({ kind: 'exist', exist });
        expect(() =>
          verifyMembership(nodeCrypto, STATE_PROOF_SPEC, { root: tree.root, key, value: valueOf(key), proof }),
        ).toThrow(expect.objectContaining({ code: 'proof.invalid' }) as Error);
      }
    });
  });
});

describe('proofs of the state store', () => {
  const key = utf8ToBytes('a');
  const value = utf8ToBytes('1');
  const absent = utf8ToBytes('b');

  it('show values and absence, and nothing else', async () => {
    const store = openStateStore(nodeCrypto, new MemoryDatabase());
    await store.commit(store.stage([{ key, value }]), 1);
    const { root } = store;
    const proof = store.prove(key);
    const absence = store.prove(absent);
    verifyStateProof(nodeCrypto, { root, key, value, proof });
    verifyStateProof(nodeCrypto, { root, key: absent, value: undefined, proof: absence });
    for (const wrong of [
      { root, key, value: undefined, proof },
      { root, key, value: absent, proof },
      { root, key: absent, value, proof },
      { root: EMPTY_ROOT, key, value, proof },
      { root: EMPTY_ROOT, key: absent, value: undefined, proof: absence },
      { root, key: absent, value, proof: absence },
      { root, key, value: undefined, proof: absence },
    ]) {
      expect(() => verifyStateProof(nodeCrypto, wrong)).toThrow(
        expect.objectContaining({ code: 'proof.invalid' }) as Error,
      );
    }
  });

  it('of absence from the empty state name the key', () => {
    const store = openStateStore(nodeCrypto, new MemoryDatabase());
    const proof = store.prove(key);
    verifyStateProof(nodeCrypto, { root: EMPTY_ROOT, key, value: undefined, proof });
    for (const wrong of [
      { root: EMPTY_ROOT, key: absent, value: undefined, proof },
      { root: EMPTY_ROOT, key, value, proof },
      { root: nodeCrypto.sha256(key), key, value: undefined, proof },
    ]) {
      expect(() => verifyStateProof(nodeCrypto, wrong)).toThrow(
        expect.objectContaining({ code: 'proof.invalid' }) as Error,
      );
    }
  });
});
