import { describe, expect, it } from 'vitest';
import { testValidators } from '../../../test/support/light-chain.js';
import { nodeCrypto as crypto } from '../../platform/node-crypto.js';
import { toHex } from '../../primitives/bytes.js';
import { genesisFromJson, genesisToJson, hashGenesis, type Genesis } from './genesis.js';
import { trustRoot, trustRootFromJson, trustRootToJson } from './trust-root.js';

const validators = testValidators(crypto, [1, 2, 3]);

describe('trust root', () => {
  const root = trustRoot(crypto, 'cairn-test', validators, 7);
  const json = trustRootToJson(root);

  it('comes back from JSON as it was', () => {
    expect(trustRootFromJson(crypto, JSON.parse(JSON.stringify(json)))).toEqual(root);
    const { height: _, ...withoutHeight } = json;
    expect(trustRootFromJson(crypto, withoutHeight)).toEqual(trustRoot(crypto, 'cairn-test', validators));
  });

  const cases: [code: string, name: string, value: unknown][] = [
    ['trust-root.malformed', 'no object', []],
    ['trust-root.malformed', 'null', null],
    ['trust-root.malformed', 'a missing member', { chainId: 'cairn-test', validators: json.validators }],
    ['trust-root.malformed', 'an unknown member', { ...json, comment: '' }],
    ['trust-root.malformed', 'a chain id with a space', { ...json, chainId: 'cairn test' }],
    ['trust-root.malformed', 'height 0', { ...json, height: 0 }],
    ['trust-root.malformed', 'validators that are no list', { ...json, validators: {} }],
    [
      'trust-root.malformed',
      'a key that is not hexadecimal',
      { ...json, validators: [{ publicKey: 'x', votingPower: 1 }] },
    ],
    ['trust-root.malformed', 'power as text', { ...json, validators: [{ ...json.validators[0], votingPower: '1' }] }],
    [
      'trust-root.malformed',
      'an unknown member of a validator',
      { ...json, validators: [{ ...json.validators[0], name: '' }] },
    ],
    ['trust-root.malformed', 'a hash of other validators', { ...json, validators: json.validators.slice(1) }],
    ['trust-root.malformed', 'a hash that is none', { ...json, validatorsHash: 1 }],
    ['validators.empty', 'no validators', { ...json, validators: [] }],
    ['validators.duplicate', 'a validator twice', { ...json, validators: [json.validators[0], json.validators[0]] }],
  ];
  it.each(cases)('%s: %s', (code, _name, value) => {
    expect(() => trustRootFromJson(crypto, value)).toThrow(expect.objectContaining({ code }));
  });
});

describe('genesis', () => {
  const genesis: Genesis = {
    chainId: 'cairn-test',
    time: 1_800_000_000,
    validators,
    app: { organisations: [{ name: 'A' }] },
  };
  const json = genesisToJson(genesis) as Record<string, unknown>;

  it('comes back from JSON as it was, with the same hash', () => {
    const read = genesisFromJson(crypto, JSON.parse(JSON.stringify(json)));
    expect(read).toEqual(genesis);
    expect(toHex(hashGenesis(crypto, read))).toBe(toHex(hashGenesis(crypto, genesis)));
  });

  it('has another hash when anything differs', () => {
    const others: Genesis[] = [
      { ...genesis, chainId: 'cairn-tesu' },
      { ...genesis, time: 1 },
      { ...genesis, validators: testValidators(crypto, [1, 2]) },
      { ...genesis, app: {} },
    ];
    const hashes = [genesis, ...others].map((value) => toHex(hashGenesis(crypto, value)));
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  const cases: [code: string, name: string, value: unknown][] = [
    ['genesis.malformed', 'text', 'genesis'],
    ['genesis.malformed', 'a missing member', { ...json, app: undefined, extra: 1 }],
    ['genesis.malformed', 'a negative time', { ...json, time: -1 }],
    ['genesis.malformed', 'a fraction of a second', { ...json, time: 1.5 }],
    ['genesis.malformed', 'a long chain id', { ...json, chainId: 'a'.repeat(51) }],
    ['cbor.unsupported', 'a fraction in the application part', { ...json, app: { rate: 0.5 } }],
  ];
  it.each(cases)('%s: %s', (code, _name, value) => {
    expect(() => genesisFromJson(crypto, value)).toThrow(expect.objectContaining({ code }));
  });
});
