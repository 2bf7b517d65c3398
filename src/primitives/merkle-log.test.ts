import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes, fromHex, toHex } from './bytes.js';
import { decodeCbor, encodeCbor, type CborValue } from './cbor.js';
import {
  appendToFrontier,
  consistencyProof,
  EMPTY_FRONTIER,
  frontierFromCbor,
  frontierRoot,
  frontierToCbor,
  inclusionProof,
  leafHash,
  merkleRoot,
  merkleRootOfHashes,
  nodeHash,
  verifyConsistency,
  verifyInclusion,
  type Frontier,
} from './merkle-log.js';
import { portableCrypto as crypto } from './portable-crypto.js';

// The reference inputs and roots of certificate-transparency (merkletree/testonly), used by every implementation of RFC 6962.
const INPUTS = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  fromHex,
);
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const LEAVES = INPUTS.map((input) => leafHash(crypto, input));

/** RFC 9162 §2.1.1 word for word. */
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return crypto.sha256(new Uint8Array(0));
  if (leaves.length === 1) return crypto.sha256(concatBytes(new Uint8Array([0]), leaves[0]!));
  const k = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1);
  return crypto.sha256(concatBytes(new Uint8Array([1]), naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k))));
}

/** PATH of §2.1.3.1. */
function naivePath(m: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return [];
  const k = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1);
  return m < k
    ? [...naivePath(m, leaves.slice(0, k)), naiveRoot(leaves.slice(k))]
    : [...naivePath(m - k, leaves.slice(k)), naiveRoot(leaves.slice(0, k))];
}

/** SUBPROOF of §2.1.4.1. */
function naiveSubproof(m: number, leaves: readonly Uint8Array[], complete: boolean): Uint8Array[] {
  if (m === leaves.length) return complete ? [] : [naiveRoot(leaves)];
  const k = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1);
  return m <= k
    ? [...naiveSubproof(m, leaves.slice(0, k), complete), naiveRoot(leaves.slice(k))]
    : [...naiveSubproof(m - k, leaves.slice(k), false), naiveRoot(leaves.slice(0, k))];
}

const entries = (size: number): Uint8Array[] =>
  Array.from({ length: size }, (_, i) => new Uint8Array([i & 255, i >> 8]));
const hashes = (size: number): Uint8Array[] => entries(size).map((entry) => leafHash(crypto, entry));
const hex = (list: readonly Uint8Array[]): string[] => list.map(toHex);

describe('certificate-transparency reference', () => {
  it.each(ROOTS.map((root, size) => [size, root] as const))('root of %i', (size, root) => {
    expect(toHex(merkleRoot(crypto, INPUTS.slice(0, size)))).toBe(root);
    let frontier = EMPTY_FRONTIER;
    for (const leaf of LEAVES.slice(0, size)) frontier = appendToFrontier(crypto, frontier, leaf);
    expect(toHex(frontierRoot(crypto, frontier))).toBe(root);
  });

  it.each([
    [0, 1, []],
    [
      0,
      8,
      [
        '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
      ],
    ],
    [
      5,
      8,
      [
        'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
        'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
        'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      ],
    ],
    [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
    [
      1,
      5,
      [
        '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      ],
    ],
  ])('inclusion of %i in %i', (index, size, path) => {
    const proof = inclusionProof(crypto, LEAVES.slice(0, size), index);
    expect(hex(proof)).toEqual(path);
    const root = fromHex(ROOTS[size]!);
    expect(verifyInclusion(crypto, { root, size, index, leafHash: LEAVES[index]!, proof })).toBe(true);
  });

  it.each([
    [1, 1, []],
    [
      1,
      8,
      [
        '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
      ],
    ],
    [
      6,
      8,
      [
        '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
        'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
        'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      ],
    ],
    [
      2,
      5,
      [
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      ],
    ],
  ])('consistency of %i with %i', (oldSize, newSize, path) => {
    const proof = consistencyProof(crypto, LEAVES.slice(0, newSize), oldSize);
    expect(hex(proof)).toEqual(path);
    const claim = { oldRoot: fromHex(ROOTS[oldSize]!), oldSize, newRoot: fromHex(ROOTS[newSize]!), newSize, proof };
    expect(verifyConsistency(crypto, claim)).toBe(true);
  });
});

describe('against the definition, for every size to 40', () => {
  const leaves = hashes(40);
  const roots = Array.from({ length: 41 }, (_, size) => merkleRootOfHashes(crypto, leaves.slice(0, size)));

  it('roots and frontiers', () => {
    let frontier = EMPTY_FRONTIER;
    for (let size = 0; size <= 40; size++) {
      expect(toHex(roots[size]!)).toBe(toHex(naiveRoot(entries(size))));
      expect(frontier.size).toBe(size);
      expect(toHex(frontierRoot(crypto, frontier))).toBe(toHex(roots[size]!));
      const decoded = frontierFromCbor(decodeCbor(encodeCbor(frontierToCbor(frontier))));
      expect(decoded).toEqual(frontier);
      const before = hex(frontier.hashes);
      const next = appendToFrontier(crypto, frontier, leafHash(crypto, entries(size + 1)[size]!));
      expect(hex(frontier.hashes)).toEqual(before);
      frontier = next;
    }
  });

  it('inclusion proofs', () => {
    for (let size = 1; size <= 40; size++) {
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(crypto, leaves.slice(0, size), index);
        if (size <= 20) expect(hex(proof)).toEqual(hex(naivePath(index, entries(size))));
        const claim = { root: roots[size]!, size, index, leafHash: leaves[index]!, proof };
        expect(verifyInclusion(crypto, claim)).toBe(true);
        for (let other = 0; other <= size; other++) {
          if (other !== index) expect(verifyInclusion(crypto, { ...claim, index: other })).toBe(false);
        }
      }
    }
  });

  it('consistency proofs', () => {
    for (let newSize = 0; newSize <= 40; newSize++) {
      for (let oldSize = 0; oldSize <= newSize; oldSize++) {
        const proof = consistencyProof(crypto, leaves.slice(0, newSize), oldSize);
        if (newSize <= 20 && oldSize > 0) {
          expect(hex(proof)).toEqual(hex(naiveSubproof(oldSize, entries(newSize), true)));
        }
        const claim = { oldRoot: roots[oldSize]!, oldSize, newRoot: roots[newSize]!, newSize, proof };
        expect(verifyConsistency(crypto, claim)).toBe(true);
        for (const size of [oldSize - 1, oldSize + 1]) {
          expect(verifyConsistency(crypto, { ...claim, oldSize: size })).toBe(false);
        }
        if (oldSize !== newSize) {
          expect(verifyConsistency(crypto, { ...claim, oldRoot: roots[newSize]!, newRoot: roots[oldSize]! })).toBe(
            false,
          );
        }
      }
    }
  });
});

describe('an altered proof', () => {
  const size = fc.integer({ min: 1, max: 70 });

  /** One byte of one of the hashes changed. */
  function flip(list: readonly Uint8Array[], at: number, bit: number): Uint8Array[] {
    const copy = list.map((hash) => hash.slice());
    const hash = copy[at % copy.length]!;
    hash[(at >> 3) % 32]! ^= 1 << (bit % 8);
    return copy;
  }

  it('of inclusion is refused', () => {
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(), fc.nat(), (n, i, at, bit) => {
        const leaves = hashes(n);
        const index = i % n;
        const proof = inclusionProof(crypto, leaves, index);
        const claim = { root: merkleRootOfHashes(crypto, leaves), size: n, index, leafHash: leaves[index]!, proof };
        const [root, leaf, ...path] = flip([claim.root, claim.leafHash, ...proof], at, bit);
        expect(verifyInclusion(crypto, { ...claim, root: root!, leafHash: leaf!, proof: path })).toBe(false);
        expect(verifyInclusion(crypto, { ...claim, proof: [...proof, claim.root] })).toBe(false);
        if (n > 1) {
          expect(verifyInclusion(crypto, { ...claim, proof: proof.slice(1) })).toBe(false);
          expect(verifyInclusion(crypto, { ...claim, proof: proof.slice(0, -1) })).toBe(false);
        }
      }),
    );
  });

  it('of consistency is refused', () => {
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(), fc.nat(), (newSize, i, at, bit) => {
        const leaves = hashes(newSize);
        const oldSize = 1 + (i % newSize);
        const proof = consistencyProof(crypto, leaves, oldSize);
        const oldRoot = merkleRootOfHashes(crypto, leaves.slice(0, oldSize));
        const newRoot = merkleRootOfHashes(crypto, leaves);
        const claim = { oldRoot, oldSize, newRoot, newSize, proof };
        const [first, second, ...path] = flip([oldRoot, newRoot, ...proof], at, bit);
        expect(verifyConsistency(crypto, { ...claim, oldRoot: first!, newRoot: second!, proof: path })).toBe(false);
        expect(verifyConsistency(crypto, { ...claim, proof: [...proof, newRoot] })).toBe(false);
        if (proof.length > 0) {
          expect(verifyConsistency(crypto, { ...claim, proof: proof.slice(1) })).toBe(false);
          expect(verifyConsistency(crypto, { ...claim, proof: proof.slice(0, -1) })).toBe(false);
          expect(verifyConsistency(crypto, { ...claim, newSize: newSize * 2 + 1 })).toBe(false);
        }
      }),
    );
  });

  it('is what a verifier that ignores the position would let pass', () => {
    // Control: folding the path on the left at every level accepts the first leaf at any index.
    const leaves = hashes(8);
    const root = merkleRootOfHashes(crypto, leaves);
    const proof = inclusionProof(crypto, leaves, 0);
    const careless = proof.reduce((hash, sibling) => nodeHash(crypto, hash, sibling), leaves[0]!);
    expect(equalBytes(careless, root)).toBe(true);
    expect(verifyInclusion(crypto, { root, size: 8, index: 3, leafHash: leaves[0]!, proof })).toBe(false);
  });
});

describe('bounds', () => {
  const leaves = hashes(3);
  const root = merkleRootOfHashes(crypto, leaves);
  const outOfRange = expect.objectContaining({ code: 'merkle.out-of-range' }) as Error;

  it.each([-1, 3, 1.5, NaN, 2 ** 53])('no inclusion proof for index %d of 3', (index) => {
    expect(() => inclusionProof(crypto, leaves, index)).toThrow(outOfRange);
    const claim = { root, size: 3, index, leafHash: leaves[0]!, proof: [] };
    expect(verifyInclusion(crypto, claim)).toBe(false);
  });

  it.each([-1, 4, 0.5, NaN])('no consistency proof from size %d to 3', (oldSize) => {
    expect(() => consistencyProof(crypto, leaves, oldSize)).toThrow(outOfRange);
    expect(verifyConsistency(crypto, { oldRoot: root, oldSize, newRoot: root, newSize: 3, proof: [] })).toBe(false);
  });

  it('hashes of another length are refused', () => {
    const claim = { root, size: 3, index: 0, leafHash: leaves[0]!, proof: inclusionProof(crypto, leaves, 0) };
    expect(verifyInclusion(crypto, claim)).toBe(true);
    expect(verifyInclusion(crypto, { ...claim, leafHash: leaves[0]!.slice(1) })).toBe(false);
    expect(verifyInclusion(crypto, { ...claim, proof: [new Uint8Array(33), ...claim.proof.slice(1)] })).toBe(false);
  });

  it('sizes beyond 32 bits work', () => {
    const size = 2 ** 40 + 2 ** 33 + 1;
    const frontier: Frontier = { size, hashes: hashes(3) };
    const [big, small, last] = frontier.hashes as [Uint8Array, Uint8Array, Uint8Array];
    expect(frontierFromCbor(frontierToCbor(frontier))).toEqual(frontier);
    const newRoot = frontierRoot(crypto, frontier);
    const proof = [nodeHash(crypto, small, last)];
    // The last entry: its path is the two full subtrees before it, the nearer first.
    const claim = { root: newRoot, size, index: size - 1, leafHash: last, proof: [small, big] };
    expect(verifyInclusion(crypto, claim)).toBe(true);
    expect(verifyInclusion(crypto, { ...claim, index: 0 })).toBe(false);
    expect(verifyConsistency(crypto, { oldRoot: big, oldSize: 2 ** 40, newRoot, newSize: size, proof })).toBe(true);
    expect(appendToFrontier(crypto, frontier, leaves[0]!).hashes).toHaveLength(3);
  });

  it.each<[string, CborValue]>([
    ['a hash too few', [3, hashes(1)]],
    ['a hash too many', [2, hashes(2)]],
    ['a short hash', [1, [new Uint8Array(31)]]],
    ['no hash', [1, [null]]],
    ['a negative size', [-1, []]],
    ['a huge size', [2n ** 60n, hashes(1)]],
    ['three parts', [0, [], 0]],
    ['a map', { size: 0, hashes: [] }],
    ['nothing', null],
  ])('a frontier with %s is refused', (_name, value) => {
    expect(() => frontierFromCbor(value)).toThrow(expect.objectContaining({ code: 'merkle.malformed-frontier' }));
  });
});
