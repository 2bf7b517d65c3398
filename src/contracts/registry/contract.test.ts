import { describe, expect, it } from 'vitest';
import { runContractTable } from '../../../testkit/contract-table.js';
import {
  ContractWorld,
  keyIdOf,
  keyOf,
  proposal,
  pseudonymOf,
  registerSubject,
  SEALING_KEY,
  smallWorld,
} from '../../../testkit/contract-world.js';
import { nodeCrypto } from '../../platform/node-crypto.js';
import { cairnRuntime } from '../contracts.js';
import { callOf } from '../calls.js';
import { registry } from './contract.js';

const propose = (id: string, key = id) =>
  callOf('registry', 'proposeOrganisation', { ...proposal(id), signingKey: keyOf(key) });
const approve = (organisation: string) => callOf('registry', 'approveOrganisation', { organisation });
const add = (name: string) => callOf('registry', 'addKey', { key: keyOf(name) });
const revoke = (name: string) => callOf('registry', 'revokeKey', { keyId: keyIdOf(name) });
const vouch = (name: string, key: string | null = name) =>
  callOf('registry', 'vouch', {
    id: pseudonymOf(name),
    kind: 'practitioner',
    key: key === null ? null : keyOf(key),
  });
const withdraw = (name: string) => callOf('registry', 'withdraw', { id: pseudonymOf(name) });
const offer = (name: string, key: string) =>
  callOf('registry', 'offerSubject', { subject: pseudonymOf(name), key: keyOf(key) });
const claim = (name: string, key: string) =>
  callOf('registry', 'claimSubject', { subject: pseudonymOf(name), key: keyOf(key), sealingKey: SEALING_KEY });

const offered = (world: ContractWorld) => void world.mustRun(keyOf('hospital'), offer('alice', 'alice’s phone'));
const claimed = (world: ContractWorld) => {
  offered(world);
  world.mustRun(keyOf('alice’s phone'), claim('alice', 'alice’s phone'));
};
const proposed = (world: ContractWorld) => void world.mustRun(keyOf('hospital'), propose('pharmacy'));

describe('registry', () => {
  runContractTable(registry, [
    { name: 'a member proposes', by: 'hospital', calls: [propose('pharmacy')], code: 'ok' },
    { name: 'a patient proposes', by: 'bob', calls: [propose('pharmacy')], code: 'registry.not-an-organisation' },
    { name: 'a doctor proposes', by: 'doctor', calls: [propose('pharmacy')], code: 'registry.not-an-organisation' },
    {
      name: 'one that calls itself the subject',
      by: 'hospital',
      calls: [propose('subject')],
      code: 'kernel.invalid-arguments',
    },
    { name: 'a member is proposed', by: 'hospital', calls: [propose('clinic')], code: 'registry.id-taken' },
    {
      name: 'a second proposal',
      by: 'clinic',
      calls: [propose('pharmacy')],
      code: 'registry.id-taken',
      before: proposed,
    },
    { name: 'with a member’s key', by: 'hospital', calls: [propose('new', 'clinic')], code: 'registry.key-taken' },

    { name: 'a second member approves', by: 'clinic', calls: [approve('pharmacy')], code: 'ok', before: proposed },
    {
      name: 'approving twice',
      by: 'hospital',
      calls: [approve('pharmacy')],
      code: 'registry.already-approved',
      before: proposed,
    },
    { name: 'approving nothing', by: 'hospital', calls: [approve('pharmacy')], code: 'registry.not-proposed' },
    {
      name: 'approving after somebody else took the key',
      by: 'clinic',
      calls: [approve('pharmacy')],
      code: 'registry.key-taken',
      before: (world) => {
        proposed(world);
        world.mustRun(keyOf('insurer'), add('pharmacy'));
      },
    },

    { name: 'a second key', by: 'bob', calls: [add('bob 2')], code: 'ok' },
    { name: 'a second key of a doctor', by: 'doctor', calls: [add('doctor 2')], code: 'ok' },
    { name: 'somebody’s key', by: 'bob', calls: [add('clinic')], code: 'registry.key-taken' },
    {
      name: 'a revoked key',
      by: 'bob',
      calls: [add('bob 2'), revoke('bob 2'), add('bob 2')],
      code: 'registry.key-taken',
    },
    {
      name: 'a key that a subject is offered to',
      by: 'clinic',
      calls: [add('alice’s phone')],
      code: 'registry.key-taken',
      before: offered,
    },
    {
      name: 'adding before claiming',
      by: 'alice’s phone',
      calls: [add('other')],
      code: 'registry.not-offered',
      before: offered,
    },

    { name: 'rotation', by: 'bob', calls: [add('bob 2'), revoke('bob')], code: 'ok' },
    {
      name: 'rotation, then the old key',
      by: 'bob',
      calls: [add('bob 2'), revoke('bob'), add('bob 3')],
      code: 'kernel.unknown-signer',
    },
    { name: 'the last key', by: 'bob', calls: [revoke('bob')], code: 'registry.last-key' },
    { name: 'the last key of an organisation', by: 'clinic', calls: [revoke('clinic')], code: 'registry.last-key' },
    { name: 'the last key of one’s doctor', by: 'hospital', calls: [revoke('doctor')], code: 'ok' },
    { name: 'a doctor’s own last key', by: 'doctor', calls: [revoke('doctor')], code: 'ok' },
    { name: 'another’s doctor’s key', by: 'clinic', calls: [revoke('doctor')], code: 'registry.not-yours' },
    { name: 'one’s organisation’s key', by: 'doctor', calls: [revoke('hospital')], code: 'registry.not-yours' },
    { name: 'one’s patient’s key', by: 'hospital', calls: [revoke('alice')], code: 'registry.not-yours' },
    { name: 'an unknown key', by: 'bob', calls: [revoke('nobody')], code: 'registry.unknown-key' },
    {
      name: 'revoking twice',
      by: 'bob',
      calls: [add('bob 2'), revoke('bob 2'), revoke('bob 2')],
      code: 'registry.unknown-key',
    },
    {
      name: 'a key from before the claim',
      by: 'alice’s phone',
      calls: [add('alice 2'), revoke('alice')],
      code: 'registry.unknown-key',
      before: claimed,
    },
    {
      name: 'the last key since the claim',
      by: 'alice’s phone',
      calls: [revoke('alice’s phone')],
      code: 'registry.last-key',
      before: claimed,
    },

    { name: 'vouching', by: 'clinic', calls: [vouch('midwife')], code: 'ok' },
    {
      name: 'vouching for whom another vouches for',
      by: 'clinic',
      calls: [vouch('doctor', null)],
      code: 'registry.id-taken',
    },
    { name: 'vouching with a key in use', by: 'clinic', calls: [vouch('midwife', 'bob')], code: 'registry.key-taken' },
    { name: 'a doctor vouches', by: 'doctor', calls: [vouch('midwife')], code: 'registry.not-an-organisation' },
    { name: 'withdrawing', by: 'hospital', calls: [withdraw('doctor')], code: 'ok' },
    {
      name: 'withdrawing twice',
      by: 'hospital',
      calls: [withdraw('doctor'), withdraw('doctor')],
      code: 'registry.unknown-member',
    },
    { name: 'withdrawing nobody', by: 'hospital', calls: [withdraw('nobody')], code: 'registry.unknown-member' },
    { name: 'withdrawing another’s', by: 'clinic', calls: [withdraw('doctor')], code: 'registry.not-yours' },
    {
      name: 'a key of one no longer vouched for',
      by: 'doctor',
      calls: [add('doctor 2')],
      code: 'kernel.unknown-signer',
      before: (world) => void world.mustRun(keyOf('hospital'), withdraw('doctor')),
    },

    { name: 'a subject with its own keys', by: 'clinic', calls: [registerSubject('dave', null)], code: 'ok' },
    { name: 'a custodial subject', by: 'clinic', calls: [registerSubject('dave', 'clinic')], code: 'ok' },
    {
      name: 'a subject for another steward',
      by: 'clinic',
      calls: [registerSubject('dave', 'hospital')],
      code: 'registry.not-yours',
    },
    { name: 'a subject again', by: 'clinic', calls: [registerSubject('bob', null)], code: 'registry.id-taken' },
    {
      name: 'a subject with a key in use',
      by: 'clinic',
      calls: [
        callOf('registry', 'registerSubject', {
          subject: pseudonymOf('dave'),
          kind: 'directory',
          signingKey: keyOf('bob'),
          sealingKey: SEALING_KEY,
          steward: null,
        }),
      ],
      code: 'registry.key-taken',
    },

    { name: 'offering', by: 'hospital', calls: [offer('alice', 'phone')], code: 'ok' },
    {
      name: 'offering to another key instead',
      by: 'hospital',
      calls: [offer('alice', 'phone'), offer('alice', 'new phone')],
      code: 'ok',
    },
    { name: 'offering to a key in use', by: 'hospital', calls: [offer('alice', 'bob')], code: 'registry.key-taken' },
    { name: 'offering nobody', by: 'hospital', calls: [offer('nobody', 'phone')], code: 'registry.unknown-subject' },
    {
      name: 'offering one with its own keys',
      by: 'hospital',
      calls: [offer('bob', 'phone')],
      code: 'registry.not-custodial',
    },
    { name: 'offering another’s', by: 'clinic', calls: [offer('alice', 'phone')], code: 'registry.not-yours' },
    { name: 'claiming', by: 'alice’s phone', calls: [claim('alice', 'alice’s phone')], code: 'ok', before: offered },
    {
      name: 'claiming nobody',
      by: 'alice’s phone',
      calls: [claim('nobody', 'alice’s phone')],
      code: 'registry.unknown-subject',
      before: offered,
    },
    {
      name: 'claiming another subject',
      by: 'alice’s phone',
      calls: [claim('bob', 'alice’s phone')],
      code: 'registry.not-offered',
      before: offered,
    },
    {
      name: 'claiming for another key',
      by: 'alice’s phone',
      calls: [claim('alice', 'other')],
      code: 'registry.not-offered',
      before: offered,
    },
    {
      name: 'claiming as the steward',
      by: 'hospital',
      calls: [claim('alice', 'alice’s phone')],
      code: 'registry.not-offered',
      before: offered,
    },
    {
      name: 'claiming twice',
      by: 'alice’s phone',
      calls: [claim('alice', 'alice’s phone')],
      code: 'registry.not-offered',
      before: claimed,
    },
    {
      name: 'claiming with a key that was replaced',
      by: 'alice’s phone',
      calls: [claim('alice', 'alice’s phone')],
      code: 'kernel.unknown-signer',
      before: (world) => {
        offered(world);
        world.mustRun(keyOf('hospital'), offer('alice', 'new phone'));
      },
    },
    {
      name: 'a steward’s key after the claim',
      by: 'alice',
      calls: [add('alice 2')],
      code: 'kernel.unknown-signer',
      before: claimed,
    },
  ]);

  it('counts a majority of the members there are', () => {
    const world = new ContractWorld(['one']);
    const admitted: unknown[] = [];
    const ask = (id: string, ...voters: string[]) => {
      const [proposer, ...others] = voters as [string, ...string[]];
      admitted.push(world.mustRun(keyOf(proposer), propose(id)).values[0]);
      for (const voter of others) admitted.push(world.mustRun(keyOf(voter), approve(id)).values[0]);
    };
    ask('two', 'one');
    ask('three', 'one', 'two');
    ask('four', 'one', 'two');
    ask('five', 'one', 'two', 'three');
    const [no, yes] = [{ admitted: false }, { admitted: true }];
    expect(admitted).toEqual([yes, no, yes, no, yes, no, no, yes]);
  });

  it('refuses a malformed genesis', () => {
    const world = new ContractWorld(['one']);
    const runtime = cairnRuntime(nodeCrypto);
    const one = { ...proposal('one'), signingKey: { ...keyOf('one') } };
    const bad: [string, unknown][] = [
      ['no map', []],
      ['an unknown contract', { regestry: {} }],
      ['no organisation', { registry: { organisations: [] } }],
      ['an id twice', { registry: { organisations: [one, { ...one, signingKey: keyOf('other') }] } }],
      ['a key twice', { registry: { organisations: [one, { ...one, id: 'two' }] } }],
      [
        'a key of small order',
        { registry: { organisations: [{ ...one, signingKey: { alg: 'ed25519', key: new Uint8Array(32) } }] } },
      ],
    ];
    for (const [name, document] of bad) {
      const fresh = new Map<string, Uint8Array>();
      const state = {
        get: (key: Uint8Array) => fresh.get(String(key)),
        set: (key: Uint8Array, value: Uint8Array) => void fresh.set(String(key), value),
        delete: (key: Uint8Array) => void fresh.delete(String(key)),
      };
      expect(() => runtime.genesis(state, world.time, document as never), name).toThrow(
        expect.objectContaining({ code: 'genesis.malformed' }),
      );
    }
  });

  it('finds a planted count that is wrong', () => {
    const world = smallWorld();
    const count = new TextEncoder().encode('registry/organisation-count/');
    world.set(count, Uint8Array.of(2));
    expect(() => world.checkInvariants()).toThrow(/majority/);
  });
});
