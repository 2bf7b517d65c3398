import { describe, expect, it } from 'vitest';
import { runContractTable } from '../../../testkit/contract-table.js';
import {
  digestOf,
  grantOf,
  keyOf,
  pseudonymOf,
  smallWorld,
  type ContractWorld,
} from '../../../testkit/contract-world.js';
import { nodeCrypto } from '../../platform/node-crypto.js';
import { frontierRoot, leafHash, merkleRootOfHashes } from '../../primitives/merkle-log.js';
import { callOf } from '../calls.js';
import { readContract } from '../kernel/runtime.js';
import { records } from './contract.js';
import { decodeLeaf, encodeErasureLeaf, encodeRecordLeaf } from './leaf.js';

const DAY = 86_400;

const append = (subject: string, replaced: Partial<Parameters<typeof callOf<'records', 'append'>>[2]> = {}) =>
  callOf('records', 'append', {
    subject: pseudonymOf(subject),
    compartment: pseudonymOf('general'),
    epoch: 1,
    record: pseudonymOf('record'),
    version: 1,
    digest: digestOf('ciphertext'),
    commitment: digestOf('commitment'),
    ...replaced,
  });
const erase = (subject: string, index = 0, compartment = 'general') =>
  callOf('records', 'erase', {
    subject: pseudonymOf(subject),
    compartment: pseudonymOf(compartment),
    index,
    reason: 'subject-request',
  });
const attest = (subject: string, index = 0) =>
  callOf('records', 'attestErasure', {
    subject: pseudonymOf(subject),
    compartment: pseudonymOf('general'),
    index,
    digest: digestOf('ciphertext'),
  });
const revoke = callOf('consent', 'revoke', {
  grant: pseudonymOf('bob to clinic'),
  epoch: 1,
  keyCommitment: digestOf('epoch 2'),
  deliveries: [],
});

const written = (world: ContractWorld) => {
  world.mustRun(keyOf('clinic'), append('bob'));
  world.mustRun(keyOf('hospital'), append('alice'));
};
const writtenThenRevoked = (world: ContractWorld) => {
  written(world);
  world.mustRun(keyOf('bob'), revoke);
};
const readOnly = (world: ContractWorld) => {
  const deliveries = [{ grant: pseudonymOf('reader'), envelope: digestOf('e') }];
  const revoked = { ...revoke, args: { ...(revoke.args as object), deliveries } };
  world.mustRun(keyOf('bob'), grantOf('reader', { rights: ['read'] }), revoked);
};
const carolActsForBob = (world: ContractWorld) => {
  written(world);
  const [subject, representative] = [pseudonymOf('bob'), pseudonymOf('carol')];
  const until = world.time + DAY;
  world.mustRun(keyOf('bob'), callOf('consent', 'appointRepresentative', { subject, representative, until }));
};

describe('records', () => {
  runContractTable(records, [
    { name: 'appending under a grant', by: 'clinic', calls: [append('bob')], code: 'ok' },
    { name: 'the steward’s doctor appends', by: 'doctor', calls: [append('alice')], code: 'ok' },
    { name: 'a device appends', by: 'scanner', calls: [append('alice')], code: 'ok' },
    { name: 'a patient appends', by: 'bob', calls: [append('bob')], code: 'records.not-an-organisation' },
    { name: 'appending without a grant', by: 'insurer', calls: [append('bob')], code: 'records.no-live-grant' },
    {
      name: 'appending to another’s compartment',
      by: 'clinic',
      calls: [append('alice')],
      code: 'records.no-live-grant',
    },
    {
      name: 'appending to another compartment',
      by: 'clinic',
      calls: [append('bob', { compartment: pseudonymOf('mental') })],
      code: 'records.no-live-grant',
    },
    {
      name: 'appending after the grant',
      by: 'clinic',
      calls: [append('bob')],
      code: 'records.no-live-grant',
      later: 10 * DAY,
    },
    {
      name: 'appending after a revocation',
      by: 'clinic',
      calls: [append('bob', { epoch: 2 })],
      code: 'records.no-live-grant',
      before: writtenThenRevoked,
    },
    {
      name: 'appending with a right to read',
      by: 'clinic',
      calls: [append('bob', { epoch: 2 })],
      code: 'records.no-live-grant',
      before: readOnly,
    },
    {
      name: 'appending to a compartment that is not open',
      by: 'clinic',
      calls: [append('bob', { compartment: pseudonymOf('none') })],
      code: 'records.unknown-compartment',
    },
    {
      name: 'appending under an old key',
      by: 'clinic',
      calls: [append('bob')],
      code: 'records.stale-epoch',
      before: writtenThenRevoked,
    },
    {
      name: 'appending under a key to come',
      by: 'clinic',
      calls: [append('bob', { epoch: 2 })],
      code: 'records.stale-epoch',
    },

    { name: 'a patient erases', by: 'bob', calls: [erase('bob')], code: 'ok', before: written },
    { name: 'the author erases', by: 'clinic', calls: [erase('bob')], code: 'ok', before: writtenThenRevoked },
    { name: 'the steward erases', by: 'hospital', calls: [erase('alice')], code: 'ok', before: written },
    { name: 'a representative erases', by: 'carol', calls: [erase('bob')], code: 'ok', before: carolActsForBob },
    {
      name: 'a representative erases too late',
      by: 'carol',
      calls: [erase('bob')],
      code: 'records.not-authorised',
      before: carolActsForBob,
      later: DAY,
    },
    {
      name: 'another patient erases',
      by: 'carol',
      calls: [erase('bob')],
      code: 'records.not-authorised',
      before: written,
    },
    {
      name: 'another organisation erases',
      by: 'insurer',
      calls: [erase('bob')],
      code: 'records.not-authorised',
      before: written,
    },
    {
      name: 'erasing what is not there',
      by: 'bob',
      calls: [erase('bob', 1)],
      code: 'records.unknown-record',
      before: written,
    },
    { name: 'erasing from nothing', by: 'bob', calls: [erase('bob', 0, 'mental')], code: 'records.unknown-record' },
    {
      name: 'erasing from what is not open',
      by: 'bob',
      calls: [erase('bob', 0, 'none')],
      code: 'records.unknown-compartment',
    },

    { name: 'attesting', by: 'insurer', calls: [attest('bob')], code: 'ok', before: written },
    {
      name: 'a patient attests',
      by: 'bob',
      calls: [attest('bob')],
      code: 'records.not-an-organisation',
      before: written,
    },
    {
      name: 'attesting what is not there',
      by: 'insurer',
      calls: [attest('bob', 1)],
      code: 'records.unknown-record',
      before: written,
    },
  ]);

  it('keeps a log whose leaves the events carry', () => {
    const world = smallWorld();
    const calls = [append('bob'), append('bob', { version: 2 }), append('bob', { record: pseudonymOf('other') })];
    const { values, events } = world.mustRun(keyOf('clinic'), ...calls);
    const erased = world.mustRun(keyOf('bob'), erase('bob', 1));
    expect([...values, ...erased.values]).toEqual([0, 1, 2, 3].map((index) => ({ index })));
    const leaves = [...events, ...erased.events].map(({ payload }) => (payload as { leaf: Uint8Array }).leaf);
    const head = readContract(records, world).logs.get(pseudonymOf('bob'), pseudonymOf('general'));
    const hashes = leaves.map((leaf) => leafHash(nodeCrypto, leaf));
    expect(frontierRoot(nodeCrypto, head as NonNullable<typeof head>)).toEqual(merkleRootOfHashes(nodeCrypto, hashes));
    expect(leaves.map(decodeLeaf)).toMatchObject([
      { kind: 'record', version: 1, author: 'clinic', epoch: 1, time: world.time },
      { kind: 'record', version: 2 },
      { kind: 'record', version: 1 },
      { kind: 'erasure', index: 1, requestedBy: 'subject', ground: 'subject', reason: 'subject-request' },
    ]);
  });
});

describe('leaves of a record log', () => {
  const record = {
    record: pseudonymOf('record'),
    version: 1,
    digest: digestOf('d'),
    commitment: digestOf('c'),
    epoch: 1,
    author: 'clinic',
    time: 5,
  };

  it.each([
    ['an id of 15 bytes', encodeRecordLeaf({ ...record, record: new Uint8Array(15) })],
    ['version 0', encodeRecordLeaf({ ...record, version: 0 })],
    ['a digest of 31 bytes', encodeRecordLeaf({ ...record, digest: new Uint8Array(31) })],
    ['a commitment of 33 bytes', encodeRecordLeaf({ ...record, commitment: new Uint8Array(33) })],
    ['a negative epoch', encodeRecordLeaf({ ...record, epoch: -1 })],
    ['an author that is no text', encodeRecordLeaf({ ...record, author: 5 as never })],
    ['a time before 1970', encodeRecordLeaf({ ...record, time: -1 })],
    [
      'a negative index',
      encodeErasureLeaf({ index: -1, requestedBy: 'subject', ground: 'subject', reason: 'court-order', time: 5 }),
    ],
    [
      'an unknown reason',
      encodeErasureLeaf({ index: 0, requestedBy: 'subject', ground: 'subject', reason: 'because' as never, time: 5 }),
    ],
    [
      'a nameless requester',
      encodeErasureLeaf({ index: 0, requestedBy: null as never, ground: 'author', reason: 'court-order', time: 5 }),
    ],
    ['something else', Uint8Array.of(0x80)],
  ])('refuses %s', (_, leaf) => {
    expect(() => decodeLeaf(leaf)).toThrow(expect.objectContaining({ code: 'records.leaf-malformed' }));
  });
});
