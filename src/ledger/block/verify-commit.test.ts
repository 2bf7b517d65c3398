import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitFor, lightChain, TEST_CHAIN_ID, testSeed, testValidators } from '../../../test/support/light-chain.js';
import { nodeCrypto } from '../../platform/node-crypto.js';
import { decodeCbor, encodeCbor, type CborValue } from '../../primitives/cbor.js';
import type { Crypto } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import { portableCrypto } from '../../primitives/portable-crypto.js';
import { NIL_BLOCK_ID } from './block-id.js';
import { signPrecommit, type Commit, type CommitSig, type VoteSig } from './commit.js';
import { hashHeader, type Header } from './header.js';
import { hashValidators, validatorSet, type ValidatorSet } from './validator-set.js';
import { isMoreThan, verifyCommit } from './verify-commit.js';
import {
  commitFromCbor,
  commitToCbor,
  headerFromCbor,
  headerToCbor,
  validatorSetFromCbor,
  validatorSetToCbor,
} from './wire.js';

const crypto = nodeCrypto;
const IDS = [1, 2, 3, 4];
const [block] = lightChain(crypto, { length: 1 });
if (block === undefined) throw new Error('no block');
const { header, commit, validators } = block;

describe('a commit is accepted', () => {
  const cases: [string, Commit][] = [
    ['with every vote', commit],
    ['with an absent validator', commitBy((id) => (id === 3 ? 'absent' : 'commit'))],
    ['with a vote for nil', commitBy((id) => (id === 1 ? 'nil' : 'commit'))],
  ];
  it.each(cases)('%s', (_name, accepted) => {
    verifyCommit(nodeCrypto, TEST_CHAIN_ID, validators, { header, commit: accepted });
    verifyCommit(portableCrypto, TEST_CHAIN_ID, validators, { header, commit: accepted });
  });
});

describe('a commit is refused', () => {
  const vote = sigAt(0);
  const other = sigAt(1);
  const cases: [code: string, name: string, change: { header?: Header; commit?: Commit; set?: ValidatorSet }][] = [
    ['light.wrong-chain', 'of another chain', { header: { ...header, chainId: 'other-chain' } }],
    ['light.wrong-height', 'of another height', { commit: { ...commit, height: 2 } }],
    ['light.wrong-block', 'for another block', { header: { ...header, appHash: new Uint8Array(32) } }],
    ['light.wrong-block', 'for nil', { commit: { ...commit, blockId: NIL_BLOCK_ID } }],
    ['light.wrong-validators', 'by another set', { set: testValidators(crypto, [5, 6, 7, 8]) }],
    ['light.wrong-validators', 'by a part of the set', { set: testValidators(crypto, [1, 2, 3]) }],
    ['light.wrong-signature-count', 'without entries', { commit: { ...commit, signatures: [] } }],
    ['light.wrong-signature-count', 'with an entry too few', { commit: withSigs(commit.signatures.slice(1)) }],
    ['light.wrong-signature-count', 'with an entry too many', { commit: withSigs([...commit.signatures, vote]) }],
    ['light.wrong-signer', 'with one vote for two', { commit: withSig(1, vote) }],
    ['light.wrong-signer', 'with votes swapped', { commit: withSigs([other, vote, ...commit.signatures.slice(2)]) }],
    [
      'light.wrong-signer',
      'under another name',
      { commit: withSig(0, { ...vote, validatorAddress: new Uint8Array(20) }) },
    ],
    ['light.not-enough-power', 'by half', { commit: commitBy((id) => (id > 2 ? 'absent' : 'commit')) }],
    ['light.not-enough-power', 'by half, the rest for nil', { commit: commitBy((id) => (id > 2 ? 'nil' : 'commit')) }],
    ['light.not-enough-power', 'by none', { commit: commitBy(() => 'absent') }],
    [
      'light.bad-signature',
      'with a vote for nil taken for the block',
      { commit: withSig(0, { ...nilVote(), flag: 'commit' }) },
    ],
    [
      'light.bad-signature',
      'with a vote for the block taken for nil',
      { commit: withSig(0, { ...vote, flag: 'nil' }) },
    ],
    [
      'light.bad-signature',
      'with a wrong vote beyond two thirds',
      { commit: withSig(3, { ...sigAt(3), signature: vote.signature }) },
    ],
    [
      'light.bad-signature',
      'with a wrong vote for nil',
      { commit: withSig(0, { ...nilVote(), signature: vote.signature }) },
    ],
    ['light.bad-signature', 'of another round', { commit: { ...commit, round: 1 } }],
    [
      'light.bad-signature',
      'with another part set',
      { commit: withPartSet({ total: 2, hash: commit.blockId.partSetHeader.hash }) },
    ],
    [
      'light.bad-signature',
      'with another time',
      { commit: withSig(0, { ...vote, timestamp: { ...vote.timestamp, nanos: 9 } }) },
    ],
    [
      'light.bad-signature',
      'with an empty signature',
      { commit: withSig(0, { ...vote, signature: new Uint8Array(0) }) },
    ],
  ];
  it.each(cases)('%s: %s', (code, _name, change) => {
    const signed = { header: change.header ?? header, commit: change.commit ?? commit };
    expect(codeOf(() => verifyCommit(crypto, TEST_CHAIN_ID, change.set ?? validators, signed))).toBe(code);
  });

  it('light.not-enough-power: exactly two thirds', () => {
    const three = testValidators(crypto, [1, 2, 3]);
    const head = { ...header, validatorsHash: hashValidators(crypto, three) };
    const twoOfThree = commitFor(crypto, head, [1, 2, 3], undefined, (id) => (id === 2 ? 'absent' : 'commit'));
    const verify = (): void => verifyCommit(crypto, TEST_CHAIN_ID, three, { header: head, commit: twoOfThree });
    expect(codeOf(verify)).toBe('light.not-enough-power');
  });
});

describe('any single byte of a signed header changed', () => {
  const mixed = commitBy((id) => (id === 1 ? 'nil' : 'commit'));
  const parts: [string, CborValue][] = [
    ['header', headerToCbor(header)],
    ['commit', commitToCbor(mixed)],
    ['validator set', validatorSetToCbor(validators)],
  ];

  it.each(parts)('is refused in the %s', (name, value) => {
    expect(accepted(crypto, name, encodeCbor(value), value)).toEqual([]);
  });

  it('is noticed by the signatures alone in a vote: without them it would be accepted', () => {
    const credulous: Crypto = { ...crypto, ed25519Verify: () => true };
    expect(accepted(credulous, 'commit', encodeCbor(commitToCbor(mixed)), null).length).toBeGreaterThan(64 * 4);
  });

  /** Positions at which some change is accepted. */
  function accepted(using: Crypto, name: string, bytes: Uint8Array, original: CborValue): number[] {
    if (original !== null) verifyParts(using, name, bytes);
    return [...bytes.keys()].filter((position) =>
      [0x01, 0x02, 0x10, 0x80, 0xff].some((mask) => {
        const changed = bytes.slice();
        changed[position] = (changed[position] ?? 0) ^ mask;
        try {
          verifyParts(using, name, changed);
          return true;
        } catch (error) {
          if (!(error instanceof CairnError)) throw error;
          return false;
        }
      }),
    );
  }

  function verifyParts(using: Crypto, name: string, changed: Uint8Array): void {
    const value = decodeCbor(changed);
    verifyCommit(using, TEST_CHAIN_ID, name === 'validator set' ? validatorSetFromCbor(using, value) : validators, {
      header: name === 'header' ? headerFromCbor(value) : header,
      commit: name === 'commit' ? commitFromCbor(value) : mixed,
    });
  }
});

describe('validator set', () => {
  const key = (id: number): Uint8Array => crypto.ed25519PublicKey(testSeed(id));
  const refused: [code: string, members: { publicKey: Uint8Array; votingPower: number }[]][] = [
    ['validators.empty', []],
    ['validators.duplicate', [1, 2, 1].map((id) => ({ publicKey: key(id), votingPower: id }))],
    ['validators.bad-key', [{ publicKey: new Uint8Array(33), votingPower: 1 }]],
    ['validators.bad-power', [{ publicKey: key(1), votingPower: 0 }]],
    ['validators.bad-power', [{ publicKey: key(1), votingPower: -1 }]],
    ['validators.bad-power', [{ publicKey: key(1), votingPower: 1.5 }]],
    ['validators.bad-power', [1, 2].map((id) => ({ publicKey: key(id), votingPower: Number.MAX_SAFE_INTEGER }))],
    ['validators.too-many', Array.from({ length: 10_001 }, () => ({ publicKey: key(1), votingPower: 1 }))],
  ];
  it.each(refused)('%s', (code, members) => {
    expect(codeOf(() => validatorSet(crypto, members))).toBe(code);
  });

  it('is the same in whatever order its members come', () => {
    const members = [1, 2, 3, 4, 5].map((id) => ({ publicKey: key(id), votingPower: id % 2 === 0 ? 7 : 5 }));
    const expected = validatorSet(crypto, members);
    expect(expected.totalPower).toBe(29);
    fc.assert(
      fc.property(fc.shuffledSubarray(members, { minLength: 5 }), (shuffled) => {
        expect(validatorSet(crypto, shuffled)).toEqual(expected);
      }),
    );
    const powers = expected.validators.map(({ votingPower }) => votingPower);
    expect(powers).toEqual([7, 7, 5, 5, 5]);
  });
});

describe('isMoreThan', () => {
  it.each([
    [2, 3, false],
    [3, 3, true],
    [66, 100, false],
    [67, 100, true],
    [6_004_799_503_160_660, 9_007_199_254_740_991, false],
    [6_004_799_503_160_661, 9_007_199_254_740_991, true],
  ])('%i of %i is more than two thirds: %s', (part, whole, expected) => {
    expect(isMoreThan(part, whole, { numerator: 2, denominator: 3 })).toBe(expected);
  });
});

function commitBy(votes: (id: number) => 'commit' | 'nil' | 'absent'): Commit {
  return commitFor(crypto, header, IDS, commit.blockId, votes);
}

function withSigs(signatures: readonly CommitSig[]): Commit {
  return { ...commit, signatures };
}

function withSig(index: number, sig: CommitSig): Commit {
  return withSigs(commit.signatures.map((old, i) => (i === index ? sig : old)));
}

function withPartSet(partSetHeader: Commit['blockId']['partSetHeader']): Commit {
  return { ...commit, blockId: { ...commit.blockId, partSetHeader } };
}

function sigAt(index: number): VoteSig {
  const sig = commit.signatures[index];
  if (sig === undefined || sig.flag === 'absent') throw new Error('no vote');
  return sig;
}

/** A vote for nil by the first validator of the set. */
function nilVote(): VoteSig {
  const { timestamp, validatorAddress } = sigAt(0);
  const seed = IDS.map(testSeed).find((candidate) => {
    const key = crypto.ed25519PublicKey(candidate);
    return Buffer.compare(key, validators.validators[0]?.publicKey ?? key) === 0;
  });
  const vote = { chainId: TEST_CHAIN_ID, height: 1, round: 0, blockId: NIL_BLOCK_ID, timestamp };
  return { ...signPrecommit(crypto, seed ?? testSeed(0), vote), validatorAddress };
}

function codeOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    if (error instanceof CairnError) return error.code;
    throw error;
  }
  return 'accepted';
}

// The header under test commits to itself as the fixtures assume.
it('the fixture is sound', () => {
  expect(commit.blockId.hash).toEqual(hashHeader(crypto, header));
});
