import { describe, expect, it } from 'vitest';
import { lightChain, providerOf, TEST_GENESIS_TIME } from '../../../test/support/light-chain.js';
import { nodeCrypto as crypto } from '../../platform/node-crypto.js';
import { CairnError } from '../../primitives/errors.js';
import { verifyToHeight } from './bisection.js';
import {
  DEFAULT_TRUST_LEVEL,
  trustByHash,
  trustedState,
  verifyAdjacent,
  verifyNonAdjacent,
  type LightBlock,
  type LightClientOptions,
} from './light-client.js';
import { compareWithWitnesses, ForkError } from './witnesses.js';

const OPTIONS: LightClientOptions = {
  now: { seconds: TEST_GENESIS_TIME + 1000, nanos: 0 },
  trustingPeriodSeconds: 3600,
  clockDriftSeconds: 10,
  trustLevel: DEFAULT_TRUST_LEVEL,
};

const steady = lightChain(crypto, { length: 40 });
/** Every block has a new validator only. */
const restless = lightChain(crypto, { length: 11, signersAt: (height) => [height] });
const start = trustedState(crypto, at(steady, 1));

describe('verifyToHeight', () => {
  it('needs one block where the validators stay', async () => {
    const provider = providerOf(steady);
    const verified = await verifyToHeight(crypto, provider, start, 40, OPTIONS);
    expect(provider.asked).toEqual([40]);
    expect(verified).toEqual([at(steady, 40)]);
  });

  it('needs every block where all validators change every time', async () => {
    const trusted = trustedState(crypto, at(restless, 1));
    const verified = await verifyToHeight(crypto, providerOf(restless), trusted, 11, OPTIONS);
    expect(verified.map(({ header }) => header.height)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('goes half way where validators change slowly', async () => {
    const chain = lightChain(crypto, { length: 33, signersAt: (height) => [0, 1, 2, 3].map((i) => i + (height >> 3)) });
    const provider = providerOf(chain);
    const verified = await verifyToHeight(crypto, provider, trustedState(crypto, at(chain, 1)), 33, OPTIONS);
    expect(verified.at(-1)).toEqual(at(chain, 33));
    expect(provider.asked.length).toBeLessThan(8);
  });

  it.each<[code: string, name: string, run: () => Promise<unknown>]>([
    [
      'light.height-not-later',
      'the trusted height',
      () => verifyToHeight(crypto, providerOf(steady), start, 1, OPTIONS),
    ],
    [
      'light.block-unavailable',
      'a height to come',
      () => verifyToHeight(crypto, providerOf(steady), start, 41, OPTIONS),
    ],
    [
      'light.block-unavailable',
      'a block between that is missing',
      () => {
        const gap = restless.map((block) => (block.header.height === 6 ? undefined : block)) as LightBlock[];
        return verifyToHeight(crypto, providerOf(gap), trustedState(crypto, at(restless, 1)), 11, OPTIONS);
      },
    ],
    [
      'light.wrong-height',
      'another block than asked for',
      () => verifyToHeight(crypto, providerOf([...steady.slice(0, 4), at(steady, 6)]), start, 5, OPTIONS),
    ],
    [
      'light.wrong-next-validators',
      'false next validators',
      () => {
        const lying = steady.map((block) => ({ ...block, nextValidators: at(restless, 1).nextValidators }));
        return verifyToHeight(crypto, providerOf(lying), start, 5, OPTIONS);
      },
    ],
  ])('%s: %s', async (code, _name, run) => {
    await expect(run()).rejects.toMatchObject({ code });
  });
});

describe('one step', () => {
  const second = at(steady, 2);
  const third = at(steady, 3);
  const cases: [code: string, name: string, run: () => void][] = [
    ['light.not-adjacent', 'a gap', () => verifyAdjacent(crypto, start, third, OPTIONS)],
    ['light.adjacent', 'no gap', () => verifyNonAdjacent(crypto, start, second, OPTIONS)],
    [
      'light.expired',
      'a trusted header that is too old',
      () => {
        const now = { seconds: TEST_GENESIS_TIME + 3600, nanos: 5 };
        verifyAdjacent(crypto, start, second, { ...OPTIONS, now });
      },
    ],
    [
      'light.from-future',
      'a header ahead of the clock',
      () => verifyAdjacent(crypto, start, second, { ...OPTIONS, now: { seconds: TEST_GENESIS_TIME, nanos: 5 } }),
    ],
    [
      'light.time-not-later',
      'a header as old as the trusted one',
      () =>
        verifyAdjacent(crypto, start, { ...second, header: { ...second.header, time: start.header.time } }, OPTIONS),
    ],
    [
      'light.height-not-later',
      'an earlier header',
      () => verifyAdjacent(crypto, trustedState(crypto, third), second, OPTIONS),
    ],
    [
      'light.wrong-next-validators',
      'validators that were not announced',
      () => verifyAdjacent(crypto, start, at(restless, 2), OPTIONS),
    ],
    ['light.not-enough-trust', 'strangers', () => verifyNonAdjacent(crypto, start, at(restless, 9), OPTIONS)],
    ['light.bad-trust-level', 'less than a third', () => level(third, 1, 4)],
    ['light.bad-trust-level', 'more than all', () => level(third, 5, 4)],
    ['light.bad-trust-level', 'no fraction', () => level(third, 1, 0)],
    ['light.not-enough-trust', 'anything at a level of one', () => level(third, 1, 1)],
    ['light.wrong-trusted-hash', 'a start with another hash', () => trustByHash(crypto, second, new Uint8Array(32))],
  ];
  it.each(cases)('%s: %s', (code, _name, run) => {
    expect(run).toThrow(expect.objectContaining({ code }));
  });

  function level(block: LightBlock, numerator: number, denominator: number): void {
    verifyNonAdjacent(crypto, start, block, { ...OPTIONS, trustLevel: { numerator, denominator } });
  }
});

describe('compareWithWitnesses', () => {
  const target = 20;
  const forked = lightChain(crypto, { length: 40, fork: { from: steady, height: 15 } });
  const forged = steady.map((block) => ({ ...block, header: { ...block.header, appHash: new Uint8Array(32) } }));
  const silent = providerOf([]);
  const malformed = { lightBlock: () => Promise.reject(new CairnError('block.malformed', 'Malformed.')) };

  it('sorts witnesses by what they say', async () => {
    const witnesses = [providerOf(forged), providerOf(steady), silent, malformed];
    expect(await compare(witnesses)).toEqual({ agreed: [1], unavailable: [2], faulty: [0, 3] });
  });

  it('finds a fork, whoever else agrees', async () => {
    const fork = await compare([providerOf(steady), providerOf(forked)]).catch((error: unknown) => error);
    expect(fork).toBeInstanceOf(ForkError);
    expect((fork as ForkError).evidence).toEqual({
      commonHeight: 1,
      primaryBlock: at(steady, target),
      witnessBlock: at(forked, target),
      witnessIndex: 1,
    });
  });

  it('finds the first block that differs', async () => {
    // Validators change, so that the blocks between are verified too.
    const signersAt = (height: number): number[] => [height, height + 1, height + 2];
    const chain = lightChain(crypto, { length: 20, signersAt });
    const other = lightChain(crypto, { length: 20, signersAt, fork: { from: chain, height: 8 } });
    const trusted = trustedState(crypto, at(chain, 1));
    const verified = await verifyToHeight(crypto, providerOf(chain), trusted, 20, OPTIONS);
    const error: unknown = await compareWithWitnesses(crypto, trusted, verified, [providerOf(other)], OPTIONS).catch(
      (reason: unknown) => reason,
    );
    const { commonHeight, primaryBlock, witnessBlock } = (error as ForkError).evidence;
    expect(commonHeight).toBeLessThan(8);
    expect(primaryBlock.header.height).toBeGreaterThanOrEqual(8);
    expect(witnessBlock.header.height).toBe(primaryBlock.header.height);
    expect(primaryBlock).toEqual(at(chain, primaryBlock.header.height));
    expect(witnessBlock).toEqual(at(other, primaryBlock.header.height));
  });

  it.each([
    ['there is no witness', []],
    ['none answers', [silent]],
    ['all lie', [providerOf(forged), malformed]],
  ])('is not content where %s', async (_name, witnesses) => {
    await expect(compare(witnesses)).rejects.toMatchObject({ code: 'light.no-witness-agrees' });
  });

  async function compare(witnesses: Parameters<typeof compareWithWitnesses>[3]) {
    const verified = await verifyToHeight(crypto, providerOf(steady), start, target, OPTIONS);
    return compareWithWitnesses(crypto, start, verified, witnesses, OPTIONS);
  }
});

function at(chain: readonly LightBlock[], height: number): LightBlock {
  const block = chain[height - 1];
  if (block === undefined) throw new Error(`no block ${height}`);
  return block;
}
