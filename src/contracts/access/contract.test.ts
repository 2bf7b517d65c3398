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
import { callOf } from '../calls.js';
import { access } from './contract.js';
import { decodeAccessLeaf, encodeAccessLeaf, type AccessBasis } from './leaf.js';
import { EMERGENCY_SECONDS_MAX, SESSION_SECONDS_MAX } from './open.js';

const DAY = 86_400;
const START = 1_790_000_000;

const open = (
  subject: string,
  basis: AccessBasis,
  replaced: Partial<Parameters<typeof callOf<'access', 'open'>>[2]> = {},
) =>
  callOf('access', 'open', {
    access: pseudonymOf('session'),
    subject: pseudonymOf(subject),
    compartments: [{ compartment: pseudonymOf('general'), basis }],
    purpose: basis === 'emergency' ? 'ETREAT' : 'TREAT',
    actor: null,
    until: START + 3600,
    ...replaced,
  });
const append = callOf('records', 'append', {
  subject: pseudonymOf('bob'),
  compartment: pseudonymOf('general'),
  epoch: 1,
  record: pseudonymOf('record'),
  version: 1,
  digest: digestOf('ciphertext'),
  commitment: digestOf('commitment'),
});
const revoke = callOf('consent', 'revoke', {
  grant: pseudonymOf('bob to clinic'),
  epoch: 1,
  keyCommitment: digestOf('epoch 2'),
  deliveries: [],
});

const revoked = (world: ContractWorld) => void world.mustRun(keyOf('bob'), revoke);
const writtenThenRevoked = (world: ContractWorld) => {
  world.mustRun(keyOf('clinic'), append);
  revoked(world);
};
const noEmergencies = (world: ContractWorld) =>
  void world.mustRun(
    keyOf('bob'),
    callOf('consent', 'setEmergencyAccess', { subject: pseudonymOf('bob'), allowed: false }),
  );
const doctorLeft = (world: ContractWorld) =>
  void world.mustRun(keyOf('hospital'), callOf('registry', 'withdraw', { id: pseudonymOf('nurse') }));
const writeOnly = (world: ContractWorld) => {
  revoked(world);
  world.mustRun(keyOf('bob'), grantOf('writer', { rights: ['write'], epoch: 2 }));
};
const nurse = { actor: pseudonymOf('nurse') };

describe('access', () => {
  runContractTable(access, [
    { name: 'opening under a grant', by: 'clinic', calls: [open('bob', 'grant')], code: 'ok' },
    { name: 'a doctor opens', by: 'doctor', calls: [open('alice', 'grant')], code: 'ok' },
    { name: 'opening for a nurse', by: 'hospital', calls: [open('alice', 'grant', nurse)], code: 'ok' },
    {
      name: 'opening for another’s nurse',
      by: 'clinic',
      calls: [open('bob', 'grant', nurse)],
      code: 'access.not-vouched-for',
    },
    {
      name: 'opening for a nurse who left',
      by: 'hospital',
      calls: [open('alice', 'grant', nurse)],
      code: 'access.not-vouched-for',
      before: doctorLeft,
    },
    { name: 'a patient opens', by: 'bob', calls: [open('bob', 'grant')], code: 'access.not-an-organisation' },
    { name: 'opening nobody', by: 'clinic', calls: [open('nobody', 'grant')], code: 'access.unknown-subject' },
    { name: 'opening without a grant', by: 'insurer', calls: [open('bob', 'grant')], code: 'access.no-consent' },
    {
      name: 'opening for another purpose',
      by: 'clinic',
      calls: [open('bob', 'grant', { purpose: 'HRESCH' })],
      code: 'access.no-consent',
    },
    {
      name: 'opening after a revocation',
      by: 'clinic',
      calls: [open('bob', 'grant')],
      code: 'access.no-consent',
      before: revoked,
    },
    {
      name: 'opening with a right to write',
      by: 'clinic',
      calls: [open('bob', 'grant')],
      code: 'access.no-consent',
      before: writeOnly,
    },
    {
      name: 'opening after the grant',
      by: 'clinic',
      calls: [open('bob', 'grant', { until: START + 10 * DAY + 60 })],
      code: 'access.no-consent',
      later: 10 * DAY,
    },
    {
      name: 'opening two, one without a grant',
      by: 'clinic',
      calls: [
        open('bob', 'grant', {
          compartments: ['general', 'mental'].map((name) => ({ compartment: pseudonymOf(name), basis: 'grant' })),
        }),
      ],
      code: 'access.no-consent',
    },
    {
      name: 'opening what is not open',
      by: 'clinic',
      calls: [open('bob', 'grant', { compartments: [{ compartment: pseudonymOf('none'), basis: 'grant' }] })],
      code: 'access.unknown-compartment',
    },
    {
      name: 'opening what one wrote',
      by: 'clinic',
      calls: [open('bob', 'author')],
      code: 'ok',
      before: writtenThenRevoked,
    },
    {
      name: 'opening what one did not write',
      by: 'clinic',
      calls: [open('bob', 'author')],
      code: 'access.not-an-author',
    },
    {
      name: 'opening for as long as is allowed',
      by: 'clinic',
      calls: [open('bob', 'grant', { until: START + SESSION_SECONDS_MAX })],
      code: 'ok',
    },
    {
      name: 'opening for longer',
      by: 'clinic',
      calls: [open('bob', 'grant', { until: START + SESSION_SECONDS_MAX + 1 })],
      code: 'access.too-long',
    },
    {
      name: 'opening for no time',
      by: 'clinic',
      calls: [open('bob', 'grant', { until: START })],
      code: 'access.too-long',
    },

    { name: 'an emergency', by: 'hospital', calls: [open('bob', 'emergency', nurse)], code: 'ok' },
    { name: 'an emergency, signed by the doctor', by: 'doctor', calls: [open('bob', 'emergency')], code: 'ok' },
    {
      name: 'an emergency of nobody',
      by: 'hospital',
      calls: [open('bob', 'emergency')],
      code: 'access.practitioner-missing',
    },
    {
      name: 'an emergency of a device',
      by: 'hospital',
      calls: [open('bob', 'emergency', { actor: pseudonymOf('scanner') })],
      code: 'access.practitioner-missing',
    },
    {
      name: 'an emergency, signed by a device',
      by: 'scanner',
      calls: [open('bob', 'emergency')],
      code: 'access.practitioner-missing',
    },
    {
      name: 'an emergency that is forbidden',
      by: 'hospital',
      calls: [open('bob', 'emergency', nurse)],
      code: 'access.emergency-forbidden',
      before: noEmergencies,
    },
    {
      name: 'an emergency for another purpose',
      by: 'hospital',
      calls: [open('bob', 'emergency', { ...nurse, purpose: 'TREAT' })],
      code: 'access.purpose-mismatch',
    },
    {
      name: 'an emergency under a grant that is for something else',
      by: 'clinic',
      calls: [open('bob', 'grant', { purpose: 'ETREAT' })],
      code: 'access.no-consent',
    },
    {
      name: 'an emergency for as long as is allowed',
      by: 'hospital',
      calls: [open('bob', 'emergency', { ...nurse, until: START + EMERGENCY_SECONDS_MAX })],
      code: 'ok',
    },
    {
      name: 'an emergency for longer',
      by: 'hospital',
      calls: [open('bob', 'emergency', { ...nurse, until: START + EMERGENCY_SECONDS_MAX + 1 })],
      code: 'access.too-long',
    },
  ]);

  it('ends a session with its grant, and writes that into the log', () => {
    const world = smallWorld();
    world.time = START + 10 * DAY - 60;
    const { values, events } = world.mustRun(keyOf('clinic'), open('bob', 'grant', { until: world.time + 3600 }));
    const until = START + 10 * DAY;
    const grant = pseudonymOf('bob to clinic');
    expect(values).toEqual([{ opened: [{ index: 0, grant, until, dataFrom: null, dataUntil: null }] }]);
    expect(events.map(({ payload }) => decodeAccessLeaf((payload as { leaf: Uint8Array }).leaf))).toEqual([
      {
        access: pseudonymOf('session'),
        organisation: 'clinic',
        actor: null,
        purpose: 'TREAT',
        basis: 'grant',
        grant,
        time: world.time,
        until,
      },
    ]);
  });
});

describe('leaves of an access log', () => {
  const leaf = {
    access: pseudonymOf('session'),
    organisation: 'clinic',
    actor: null,
    purpose: 'TREAT',
    basis: 'grant',
    grant: null,
    time: 5,
    until: 6,
  } as const;

  it.each([
    ['an id of 15 bytes', encodeAccessLeaf({ ...leaf, access: new Uint8Array(15) })],
    ['a nameless organisation', encodeAccessLeaf({ ...leaf, organisation: null as never })],
    ['an actor of 17 bytes', encodeAccessLeaf({ ...leaf, actor: new Uint8Array(17) })],
    ['an unknown purpose', encodeAccessLeaf({ ...leaf, purpose: 'FUN' as never })],
    ['an unknown basis', encodeAccessLeaf({ ...leaf, basis: 'power' as never })],
    ['a grant of 1 byte', encodeAccessLeaf({ ...leaf, grant: new Uint8Array(1) })],
    ['a time before 1970', encodeAccessLeaf({ ...leaf, time: -1 })],
    ['an end that is no time', encodeAccessLeaf({ ...leaf, until: null as never })],
    ['something else', Uint8Array.of(0x80)],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeAccessLeaf(bytes)).toThrow(expect.objectContaining({ code: 'access.leaf-malformed' }));
  });
});
