import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWithData } from '../../../test/support/shared-data.js';
import {
  parseLightBlock,
  parseSeconds,
  parseSignedHeader,
  parseTime,
  parseValidators,
  readVector,
  transcodeLightBlock,
  type BisectionJson,
  type LightBlockJson,
  type SingleStepJson,
} from '../../../test/support/light-client-vectors.js';
import { nodeCrypto as crypto } from '../../platform/node-crypto.js';
import { toHex } from '../../primitives/bytes.js';
import { CairnError } from '../../primitives/errors.js';
import { verifyToHeight, type LightBlockProvider } from './bisection.js';
import { hashHeader } from './header.js';
import {
  DEFAULT_TRUST_LEVEL,
  trustByHash,
  trustedState,
  verifyBlock,
  type LightBlock,
  type TrustedState,
} from './light-client.js';
import { hashValidators } from './validator-set.js';
import { verifyCommit } from './verify-commit.js';
import { compareWithWitnesses } from './witnesses.js';

describeWithData('light-client', 'light client vectors of tendermint-rs', (root) => {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();

  it('are all known', () => {
    const known =
      /^(model_based\/single_step\/MC|bisection\/(single|multi)_peer\/|model_based\/MC\d+_\d_faulty\.json$)/;
    expect(files.filter((file) => !known.test(file))).toEqual([]);
    expect(files.length).toBeGreaterThanOrEqual(28);
  });

  for (const file of files) {
    if (file.startsWith('model_based/single_step/')) describe(file, () => singleStep(join(root, file)));
    else if (file.startsWith('bisection/')) describe(file, () => bisection(join(root, file)));
    else it(`${file} lists tests that are here`, () => testList(files, join(root, file)));
  }
});

function singleStep(path: string): void {
  const { initial, input } = readVector<SingleStepJson>(path);

  it('gives each verdict', () => {
    let trusted: TrustedState = {
      header: parseSignedHeader(initial.signed_header).header,
      nextValidators: parseValidators(crypto, initial.next_validator_set),
    };
    for (const { block, now, verdict } of input) {
      const options = {
        now: parseTime(now),
        trustingPeriodSeconds: parseSeconds(initial.trusting_period),
        clockDriftSeconds: 0,
        trustLevel: DEFAULT_TRUST_LEVEL,
      };
      const code = refusalOf(() => {
        const validators = parseValidators(crypto, block.validator_set);
        verifyBlock(crypto, trusted, { ...parseSignedHeader(block.signed_header), validators }, options);
      });
      expect(code).toBe(CODE_BY_VERDICT[verdict] ?? INVALID_CODES[path.split('/').at(-1) ?? '']);
      if (verdict === 'SUCCESS') trusted = trustedState(crypto, parseLightBlock(crypto, block));
    }
  });

  it('has the hashes of its headers and validator sets', () => {
    for (const { block, verdict } of input) {
      const { header, commit } = parseSignedHeader(block.signed_header);
      expect(toHex(hashHeader(crypto, header))).toBe(toHex(commit.blockId.hash));
      if (verdict === 'INVALID') continue;
      const { validators, nextValidators } = parseLightBlock(crypto, block);
      expect(toHex(hashValidators(crypto, validators))).toBe(toHex(header.validatorsHash));
      expect(toHex(hashValidators(crypto, nextValidators))).toBe(toHex(header.nextValidatorsHash));
    }
  });
}

function refusalOf(verify: () => void): string | undefined {
  try {
    verify();
    return 'none';
  } catch (error) {
    if (!(error instanceof CairnError)) throw error;
    return error.code;
  }
}

const CODE_BY_VERDICT: Record<string, string> = { SUCCESS: 'none', NOT_ENOUGH_TRUST: 'light.not-enough-trust' };

/** What the vectors call INVALID, and why it is. */
const INVALID_CODES: Record<string, string> = {
  'MC100_2_faulty_TestFailure.json': 'light.expired',
  'MC10_3_faulty_TestFailure.json': 'validators.empty',
  'MC10_3_faulty_TestHeaderFromFuture.json': 'light.from-future',
  'MC10_3_faulty_TestHeaderNotWithinTrustingPeriod.json': 'light.expired',
  'MC4_4_faulty_Test2NotEnoughTrustFailure.json': 'light.wrong-signature-count',
  'MC4_4_faulty_Test3NotEnoughTrustFailure.json': 'light.expired',
  'MC4_4_faulty_TestNonMonotonicHeight.json': 'light.height-not-later',
};

function bisection(path: string): void {
  const vector = readVector<BisectionJson>(path);
  const name = path.split('/').at(-1) ?? '';
  const { period, height, hash, trust_level } = vector.trust_options;
  const target = Number(vector.height_to_verify);
  const trustedJson = vector.primary.lite_blocks.find(({ signed_header }) => signed_header.header['height'] === height);
  const options = {
    now: parseTime(vector.now),
    trustingPeriodSeconds: parseSeconds(period),
    clockDriftSeconds: 10,
    trustLevel: { numerator: Number(trust_level.numerator), denominator: Number(trust_level.denominator) },
  };

  it(`gives ${vector.expected_output}`, async () => {
    expect(trustedJson?.signed_header.commit.block_id.hash).toBe(hash);
    const trusted = transcodeLightBlock(crypto, trustedJson as LightBlockJson);
    const start = trustByHash(crypto, trusted, trusted.commit.blockId.hash);
    const run = async (): Promise<LightBlock[]> => {
      const verified = await verifyToHeight(crypto, providerOf(vector.primary.lite_blocks), start, target, options);
      const witnesses = (vector.witnesses ?? []).map(({ value }) => providerOf(value.lite_blocks));
      await compareWithWitnesses(crypto, start, verified, witnesses, options);
      return verified;
    };
    if (vector.expected_output === 'no error') {
      expect((await run()).length).toBe(vector.expected_num_of_bisections);
    } else {
      await expect(run()).rejects.toMatchObject({ code: EXPECTED_CODES[name] });
    }
  });

  it('is refused as it stands, in the encoding of Tendermint 0.33', () => {
    const trusted = parseLightBlock(crypto, trustedJson as LightBlockJson);
    expect(() => verifyCommit(crypto, trusted.header.chainId, trusted.validators, trusted)).toThrow(
      expect.objectContaining({ code: 'light.wrong-block' }),
    );
  });
}

/** The vectors say only that there is an error; this is which. */
const EXPECTED_CODES: Record<string, string> = {
  'header_out_of_trusting_period.json': 'light.expired',
  'conflicting_headers.json': 'light.fork',
  'conflicting_valid_commits_from_one_of_the_witnesses.json': 'light.fork',
  'malicious_validator_set.json': 'light.fork',
};

function providerOf(blocks: readonly LightBlockJson[]): LightBlockProvider {
  const blockByHeight = new Map(
    blocks.map((json) => [Number(json.signed_header.header['height']), transcodeLightBlock(crypto, json)]),
  );
  return { lightBlock: (height) => Promise.resolve(blockByHeight.get(height)) };
}

/** An index file: each single-step file that belongs to it carries a name from its list. */
function testList(files: readonly string[], path: string): void {
  const { model, tests } = readVector<{ model: string; tests: string[] }>(path);
  const prefix = `model_based/single_step/${model.replace('.tla', '')}_`;
  const present = files.filter((file) => file.startsWith(prefix));
  expect(present.length).toBeGreaterThan(0);
  for (const file of present) expect(tests).toContain(file.slice(prefix.length, -'.json'.length));
}
