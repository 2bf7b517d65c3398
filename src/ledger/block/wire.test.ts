import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lightChain, testValidators } from '../../../test/support/light-chain.js';
import { nodeCrypto as crypto } from '../../platform/node-crypto.js';
import { decodeCbor, encodeCbor, type CborValue } from '../../primitives/cbor.js';
import { CairnError } from '../../primitives/errors.js';
import { branchOf, rootOfBranch } from './branch.js';
import { hashTransactions, proveTransaction, verifyTransaction } from './data.js';
import { hashResults, proveResult, verifyResult } from './results.js';
import {
  branchFromCbor,
  branchToCbor,
  commitFromCbor,
  commitToCbor,
  headerFromCbor,
  headerToCbor,
  validatorSetFromCbor,
  validatorSetToCbor,
} from './wire.js';
import { merkleRoot } from '../../primitives/merkle-log.js';

const chain = lightChain(crypto, { length: 2 });
const [first, second] = chain;
if (first === undefined || second === undefined) throw new Error('no blocks');

describe('wire forms', () => {
  it('come back as they were', () => {
    for (const { header, commit, validators } of chain) {
      expect(headerFromCbor(recoded(headerToCbor(header)))).toEqual(header);
      expect(commitFromCbor(recoded(commitToCbor(commit)))).toEqual(commit);
      expect(validatorSetFromCbor(crypto, recoded(validatorSetToCbor(validators)))).toEqual(validators);
    }
  });

  it('of absent and nil votes come back as they were', () => {
    const [sig, ...rest] = second.commit.signatures;
    if (sig === undefined || sig.flag === 'absent') throw new Error('no vote');
    const commit = {
      ...second.commit,
      signatures: [{ ...sig, flag: 'nil' as const }, { flag: 'absent' as const }, ...rest],
    };
    expect(commitFromCbor(recoded(commitToCbor(commit)))).toEqual(commit);
  });

  const header = headerToCbor(second.header) as readonly CborValue[];
  const commit = commitToCbor(second.commit) as readonly CborValue[];
  const [vote] = commit[3] as readonly (readonly CborValue[])[];
  const hash = new Uint8Array(32);
  const cases: [name: string, read: (value: CborValue) => unknown, value: CborValue][] = [
    ['a header that is no list', headerFromCbor, {}],
    ['a header with a field too few', headerFromCbor, header.slice(0, 13)],
    ['a header with a field too many', headerFromCbor, [...header, null]],
    ['a version with a part too many', headerFromCbor, changed(header, 0, [11, 1, 0])],
    ['a negative version', headerFromCbor, changed(header, 0, [11, -1])],
    ['an empty chain id', headerFromCbor, changed(header, 1, '')],
    ['a long chain id', headerFromCbor, changed(header, 1, 'a'.repeat(51))],
    ['a chain id with a line break', headerFromCbor, changed(header, 1, 'chain\n')],
    ['height 0', headerFromCbor, changed(header, 2, 0)],
    ['a height beyond the safe integers', headerFromCbor, changed(header, 2, 2n ** 53n)],
    ['a time without nanoseconds', headerFromCbor, changed(header, 3, [1])],
    ['a second of nanoseconds', headerFromCbor, changed(header, 3, [1, 1_000_000_000])],
    ['a time after the year 9999', headerFromCbor, changed(header, 3, [253_402_300_800, 0])],
    ['a time that is text', headerFromCbor, changed(header, 3, ['1', 0])],
    ['a block id without parts', headerFromCbor, changed(header, 4, [hash, 0, hash])],
    ['a block id without a hash', headerFromCbor, changed(header, 4, [new Uint8Array(0), 1, hash])],
    ['a short hash', headerFromCbor, changed(header, 5, new Uint8Array(31))],
    ['an empty hash', headerFromCbor, changed(header, 10, new Uint8Array(0))],
    ['a hash that is text', headerFromCbor, changed(header, 10, 'a'.repeat(32))],
    ['a long proposer address', headerFromCbor, changed(header, 13, hash)],
    ['a commit for nil', commitFromCbor, changed(commit, 2, [new Uint8Array(0), 0, new Uint8Array(0)])],
    ['a negative round', commitFromCbor, changed(commit, 1, -1)],
    ['a round beyond 31 bits', commitFromCbor, changed(commit, 1, 2 ** 31)],
    ['a commit without entries', commitFromCbor, changed(commit, 3, [])],
    ['a commit with too many entries', commitFromCbor, changed(commit, 3, Array<null>(10_001).fill(null))],
    ['an unknown vote flag', commitFromCbor, changed(commit, 3, [changed(vote ?? [], 0, 1)])],
    ['a short signature', commitFromCbor, changed(commit, 3, [changed(vote ?? [], 3, new Uint8Array(63))])],
    ['no validators', (value) => validatorSetFromCbor(crypto, value), []],
    ['a validator without power', (value) => validatorSetFromCbor(crypto, value), [[hash, 0]]],
    [
      'validators out of order',
      (value) => validatorSetFromCbor(crypto, value),
      [...(validatorSetToCbor(second.validators) as readonly CborValue[])].reverse(),
    ],
    ['a branch step without a side', branchFromCbor, [[0, hash]]],
    ['a branch that is too deep', branchFromCbor, Array.from({ length: 54 }, () => [true, hash])],
  ];
  it.each(cases)('refuse %s', (_name, read, value) => {
    expect(() => read(value)).toThrow(expect.objectContaining({ code: 'block.malformed' }));
  });

  it('refuse whatever else there is, with a code', () => {
    const value: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, 2, 3, 14, 'test-chain'),
        fc.uint8Array({ maxLength: 64 }),
        fc.array(tie('value'), { maxLength: 14 }),
      ),
    })).value;
    const readers = [headerFromCbor, commitFromCbor, (given: CborValue) => validatorSetFromCbor(crypto, given)];
    fc.assert(
      fc.property(value, fc.constantFrom(...readers), (given, read) => {
        try {
          read(given);
        } catch (error) {
          if (!(error instanceof CairnError)) throw error;
        }
      }),
    );
  });
});

describe('branches', () => {
  const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33];

  it.each(sizes)('lead from each of %i leaves to the root', (size) => {
    const leaves = Array.from({ length: size }, (_, index) => Uint8Array.of(index));
    for (const [index, leaf] of leaves.entries()) {
      const branch = branchOf(crypto, leaves, index);
      expect(rootOfBranch(crypto, leaf, branch)).toEqual(merkleRoot(crypto, leaves));
      expect(branchFromCbor(recoded(branchToCbor(branch)))).toEqual(branch);
    }
  });

  it('lead elsewhere when any part of them changes', () => {
    const leaves = Array.from({ length: 11 }, (_, index) => Uint8Array.of(index));
    const root = merkleRoot(crypto, leaves);
    for (const [index, leaf] of leaves.entries()) {
      const branch = branchOf(crypto, leaves, index);
      for (const [level, step] of branch.entries()) {
        const turned = branch.map((s, i) => (i === level ? { ...step, siblingIsLeft: !step.siblingIsLeft } : s));
        const altered = branch.map((s, i) => (i === level ? { ...step, sibling: new Uint8Array(32) } : s));
        const shortened = branch.filter((_, i) => i !== level);
        for (const wrong of [turned, altered, shortened]) expect(rootOfBranch(crypto, leaf, wrong)).not.toEqual(root);
      }
      expect(rootOfBranch(crypto, Uint8Array.of(99), branch)).not.toEqual(root);
    }
  });

  it('refuse a leaf that is not there', () => {
    expect(() => branchOf(crypto, [Uint8Array.of(1)], 1)).toThrow(
      expect.objectContaining({ code: 'merkle.out-of-range' }),
    );
  });

  it('prove transactions and results', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array(), { minLength: 1, maxLength: 9 }), fc.nat(), (payloads, choice) => {
        const index = choice % payloads.length;
        const payload = payloads[index] ?? new Uint8Array(0);
        const other = Uint8Array.of(...payload, 1);

        const transactionBranch = proveTransaction(crypto, payloads, index);
        const dataHash = hashTransactions(crypto, payloads);
        expect(verifyTransaction(crypto, dataHash, payload, transactionBranch)).toBe(true);
        expect(verifyTransaction(crypto, dataHash, other, transactionBranch)).toBe(false);

        const results = payloads.map((data) => ({ code: 0, data, gasWanted: 0, gasUsed: 0 }));
        const result = { code: 0, data: payload, gasWanted: 0, gasUsed: 0 };
        const resultBranch = proveResult(crypto, results, index);
        const root = hashResults(crypto, results);
        expect(verifyResult(crypto, root, result, resultBranch)).toBe(true);
        for (const change of [{ code: 1 }, { data: other }, { gasWanted: 1 }, { gasUsed: 1 }]) {
          expect(verifyResult(crypto, root, { ...result, ...change }, resultBranch)).toBe(false);
        }
      }),
    );
  });
});

it('a signed header of four validators is small', () => {
  const bytes = encodeCbor([headerToCbor(second.header), commitToCbor(second.commit)]);
  expect(bytes.length).toBeLessThan(1000);
  expect(encodeCbor(validatorSetToCbor(testValidators(crypto, [1, 2, 3, 4]))).length).toBeLessThan(160);
});

function recoded(value: CborValue): CborValue {
  return decodeCbor(encodeCbor(value));
}

function changed(list: readonly CborValue[], index: number, value: CborValue): CborValue {
  return list.map((old, i) => (i === index ? value : old));
}
