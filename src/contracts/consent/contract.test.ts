import { describe, expect, it } from 'vitest';
import { runContractTable } from '../../../testkit/contract-table.js';
import {
  digestOf,
  grantOf,
  keyOf,
  openCompartments,
  pseudonymOf,
  registerSubject,
  SEALING_KEY,
  smallWorld,
  type ContractWorld,
} from '../../../testkit/contract-world.js';
import { toHex } from '../../primitives/bytes.js';
import { callOf } from '../calls.js';
import { readContract } from '../kernel/runtime.js';
import { consent } from './contract.js';
import { GRANTS_PER_COMPARTMENT_MAX, type Purpose } from './state.js';

const DAY = 86_400;
const START = 1_790_000_000;
const END = START + 10 * DAY;

const narrow = (name: string, until: number, purposes: Purpose[] = ['TREAT']) =>
  callOf('consent', 'narrow', { grant: pseudonymOf(name), purposes, until });
const revoke = (name: string, deliveries: Record<string, string | null> = {}, epoch = 1) =>
  callOf('consent', 'revoke', {
    grant: pseudonymOf(name),
    epoch,
    keyCommitment: digestOf('next epoch'),
    deliveries: Object.entries(deliveries).map(([grant, envelope]) => ({
      grant: pseudonymOf(grant),
      envelope: envelope === null ? null : digestOf(envelope),
    })),
  });
const renew = (subject: string, deliveries: Record<string, string> = {}, compartment = 'general') =>
  callOf('consent', 'renewEpoch', {
    subject: pseudonymOf(subject),
    compartment: pseudonymOf(compartment),
    epoch: 1,
    keyCommitment: digestOf('next epoch'),
    deliveries: Object.entries(deliveries).map(([grant, envelope]) => ({
      grant: pseudonymOf(grant),
      envelope: digestOf(envelope),
    })),
  });
const appoint = (subject: string, representative: string, until = END) =>
  callOf('consent', 'appointRepresentative', {
    subject: pseudonymOf(subject),
    representative: pseudonymOf(representative),
    until,
  });
const dismiss = (subject: string, representative: string) =>
  callOf('consent', 'dismissRepresentative', {
    subject: pseudonymOf(subject),
    representative: pseudonymOf(representative),
  });
const setEmergency = (subject: string, allowed: boolean) =>
  callOf('consent', 'setEmergencyAccess', { subject: pseudonymOf(subject), allowed });

const carolActsForBob = (world: ContractWorld) =>
  void world.mustRun(keyOf('bob'), appoint('bob', 'carol', START + DAY));
const second = (world: ContractWorld) => void world.mustRun(keyOf('bob'), grantOf('second', { grantee: 'insurer' }));
const later = (world: ContractWorld) =>
  void world.mustRun(keyOf('bob'), grantOf('later', { from: START + 2 * DAY, until: START + 3 * DAY }));
const aliceClaimed = (world: ContractWorld) => {
  const [subject, key] = [pseudonymOf('alice'), keyOf('phone')];
  world.mustRun(keyOf('hospital'), callOf('registry', 'offerSubject', { subject, key }));
  world.mustRun(key, callOf('registry', 'claimSubject', { subject, key, sealingKey: SEALING_KEY }));
};

describe('consent', () => {
  runContractTable(consent, [
    { name: 'opening', by: 'bob', calls: [openCompartments('bob', ['a', 'b'])], code: 'ok' },
    {
      name: 'opening again',
      by: 'bob',
      calls: [openCompartments('bob', ['general'])],
      code: 'consent.compartment-open',
    },
    {
      name: 'opening one twice',
      by: 'bob',
      calls: [openCompartments('bob', ['a', 'a'])],
      code: 'consent.compartment-open',
    },
    { name: 'opening another’s', by: 'carol', calls: [openCompartments('bob', ['a'])], code: 'consent.not-authorised' },
    { name: 'opening nobody’s', by: 'carol', calls: [openCompartments('nobody')], code: 'consent.unknown-subject' },
    { name: 'the steward opens', by: 'hospital', calls: [openCompartments('alice', ['a'])], code: 'ok' },
    {
      name: 'the steward’s doctor opens',
      by: 'doctor',
      calls: [openCompartments('alice', ['a'])],
      code: 'consent.not-authorised',
    },
    {
      name: 'who registered but is no steward opens',
      by: 'hospital',
      calls: [openCompartments('bob', ['a'])],
      code: 'consent.not-authorised',
    },

    { name: 'granting', by: 'bob', calls: [grantOf('new')], code: 'ok' },
    { name: 'granting what is another’s', by: 'carol', calls: [grantOf('new')], code: 'consent.not-authorised' },
    { name: 'granting oneself', by: 'clinic', calls: [grantOf('new')], code: 'consent.not-authorised' },
    {
      name: 'granting a compartment that is not open',
      by: 'bob',
      calls: [grantOf('new', { compartment: pseudonymOf('none') })],
      code: 'consent.unknown-compartment',
    },
    {
      name: 'granting a stranger',
      by: 'bob',
      calls: [grantOf('new', { grantee: 'stranger' })],
      code: 'consent.unknown-grantee',
    },
    { name: 'granting under an id in use', by: 'bob', calls: [grantOf('bob to clinic')], code: 'consent.grant-taken' },
    {
      name: 'granting under an id of a revoked one',
      by: 'bob',
      calls: [revoke('bob to clinic'), grantOf('bob to clinic')],
      code: 'consent.grant-taken',
    },
    {
      name: 'granting backwards',
      by: 'bob',
      calls: [grantOf('new', { from: END, until: END })],
      code: 'consent.empty-window',
    },
    {
      name: 'granting the past',
      by: 'bob',
      calls: [grantOf('new', { from: 0, until: START })],
      code: 'consent.empty-window',
    },
    { name: 'granting from the past on', by: 'bob', calls: [grantOf('new', { from: 0 })], code: 'ok' },
    {
      name: 'granting no data',
      by: 'bob',
      calls: [grantOf('new', { dataFrom: 5, dataUntil: 5 })],
      code: 'consent.empty-window',
    },
    { name: 'granting data from a day on', by: 'bob', calls: [grantOf('new', { dataFrom: 5 })], code: 'ok' },
    {
      name: 'granting without keys',
      by: 'bob',
      calls: [grantOf('new', { envelope: null })],
      code: 'consent.envelope-missing',
    },
    {
      name: 'granting the former steward without keys',
      by: 'phone',
      calls: [grantOf('new', { subject: pseudonymOf('alice'), grantee: 'hospital', envelope: null })],
      code: 'consent.envelope-missing',
      before: aliceClaimed,
    },
    {
      name: 'the former steward grants',
      by: 'hospital',
      calls: [grantOf('new', { subject: pseudonymOf('alice') })],
      code: 'consent.not-authorised',
      before: aliceClaimed,
    },
    {
      name: 'granting as often as is allowed',
      by: 'bob',
      calls: Array.from({ length: GRANTS_PER_COMPARTMENT_MAX - 1 }, (_, i) => grantOf(`new ${i}`)),
      code: 'ok',
    },
    {
      name: 'granting more often',
      by: 'bob',
      calls: Array.from({ length: GRANTS_PER_COMPARTMENT_MAX }, (_, i) => grantOf(`new ${i}`)),
      code: 'consent.too-many-grants',
    },
    {
      name: 'granting again when others have ended',
      by: 'bob',
      calls: [grantOf('new', { until: END + DAY })],
      later: 10 * DAY,
      before: (world) =>
        void world.mustRun(
          keyOf('bob'),
          ...Array.from({ length: GRANTS_PER_COMPARTMENT_MAX - 1 }, (_, i) => grantOf(`new ${i}`)),
        ),
      code: 'ok',
    },

    { name: 'narrowing', by: 'bob', calls: [narrow('bob to clinic', START + 1)], code: 'ok' },
    { name: 'narrowing to the same', by: 'bob', calls: [narrow('bob to clinic', END)], code: 'ok' },
    { name: 'narrowing to longer', by: 'bob', calls: [narrow('bob to clinic', END + 1)], code: 'consent.not-narrower' },
    {
      name: 'narrowing to more',
      by: 'bob',
      calls: [narrow('bob to clinic', END, ['TREAT', 'HRESCH'])],
      code: 'consent.not-narrower',
    },
    {
      name: 'narrowing into the past',
      by: 'bob',
      calls: [narrow('bob to clinic', START)],
      code: 'consent.empty-window',
    },
    {
      name: 'narrowing to before it begins',
      by: 'bob',
      calls: [narrow('later', START + DAY)],
      code: 'consent.empty-window',
      before: later,
    },
    {
      name: 'narrowing what has ended',
      by: 'bob',
      calls: [narrow('bob to clinic', END)],
      code: 'consent.not-live',
      later: 10 * DAY,
    },
    { name: 'narrowing nothing', by: 'bob', calls: [narrow('none', END)], code: 'consent.unknown-grant' },
    { name: 'narrowing another’s', by: 'carol', calls: [narrow('bob to clinic', END)], code: 'consent.not-authorised' },

    { name: 'renewing', by: 'bob', calls: [renew('bob', { 'bob to clinic': 'e' })], code: 'ok' },
    { name: 'renewing when the grant has ended', by: 'bob', calls: [renew('bob')], later: 11 * DAY, code: 'ok' },
    {
      name: 'renewing without keys for the rest',
      by: 'bob',
      calls: [renew('bob')],
      code: 'consent.deliveries-mismatch',
    },
    { name: 'renewing another’s', by: 'carol', calls: [renew('bob')], code: 'consent.not-authorised' },
    {
      name: 'renewing what is not open',
      by: 'bob',
      calls: [renew('bob', {}, 'nothing')],
      code: 'consent.unknown-compartment',
    },
    {
      name: 'revoking with the key of another epoch',
      by: 'bob',
      calls: [revoke('bob to clinic', {}, 2)],
      code: 'consent.stale-epoch',
    },
    {
      name: 'granting the keys of another epoch',
      by: 'bob',
      calls: [grantOf('new', { epoch: 2 })],
      code: 'consent.stale-epoch',
    },
    { name: 'revoking', by: 'bob', calls: [revoke('bob to clinic')], code: 'ok' },
    {
      name: 'revoking what begins later',
      by: 'bob',
      calls: [revoke('later', { 'bob to clinic': 'e' })],
      code: 'ok',
      before: later,
    },
    {
      name: 'revoking twice',
      by: 'bob',
      calls: [revoke('bob to clinic'), revoke('bob to clinic')],
      code: 'consent.not-live',
    },
    {
      name: 'revoking what has ended',
      by: 'bob',
      calls: [revoke('bob to clinic')],
      code: 'consent.not-live',
      later: 10 * DAY,
    },
    { name: 'revoking nothing', by: 'bob', calls: [revoke('none')], code: 'consent.unknown-grant' },
    { name: 'revoking another’s', by: 'carol', calls: [revoke('bob to clinic')], code: 'consent.not-authorised' },
    { name: 'revoking as the grantee', by: 'clinic', calls: [revoke('bob to clinic')], code: 'consent.not-authorised' },
    {
      name: 'revoking with keys for the rest',
      by: 'bob',
      calls: [revoke('bob to clinic', { second: 'e' })],
      code: 'ok',
      before: second,
    },
    {
      name: 'revoking without keys for the rest',
      by: 'bob',
      calls: [revoke('bob to clinic')],
      code: 'consent.deliveries-mismatch',
      before: second,
    },
    {
      name: 'revoking with keys for the revoked',
      by: 'bob',
      calls: [revoke('bob to clinic', { second: 'e', 'bob to clinic': 'e' })],
      code: 'consent.deliveries-mismatch',
      before: second,
    },
    {
      name: 'revoking with keys for another',
      by: 'bob',
      calls: [revoke('bob to clinic', { other: 'e' })],
      code: 'consent.deliveries-mismatch',
      before: second,
    },
    {
      name: 'revoking with empty keys',
      by: 'bob',
      calls: [revoke('bob to clinic', { second: null })],
      code: 'consent.envelope-missing',
      before: second,
    },
    {
      name: 'revoking with one grant’s keys twice',
      by: 'bob',
      calls: [
        callOf('consent', 'revoke', {
          grant: pseudonymOf('bob to clinic'),
          epoch: 1,
          keyCommitment: digestOf('next'),
          deliveries: ['a', 'b'].map((envelope) => ({ grant: pseudonymOf('second'), envelope: digestOf(envelope) })),
        }),
      ],
      code: 'consent.deliveries-mismatch',
      before: second,
    },

    { name: 'appointing', by: 'bob', calls: [appoint('bob', 'carol')], code: 'ok' },
    { name: 'appointing oneself', by: 'bob', calls: [appoint('bob', 'bob')], code: 'consent.self-representation' },
    { name: 'appointing nobody', by: 'bob', calls: [appoint('bob', 'nobody')], code: 'consent.unknown-subject' },
    {
      name: 'appointing for the past',
      by: 'bob',
      calls: [appoint('bob', 'carol', START)],
      code: 'consent.empty-window',
    },
    {
      name: 'appointing oneself for another',
      by: 'carol',
      calls: [appoint('bob', 'carol')],
      code: 'consent.not-authorised',
    },
    { name: 'the steward appoints', by: 'hospital', calls: [appoint('alice', 'bob')], code: 'ok' },
    {
      name: 'a representative decides',
      by: 'carol',
      calls: [grantOf('new'), setEmergency('bob', false)],
      code: 'ok',
      before: carolActsForBob,
    },
    {
      name: 'a representative decides too late',
      by: 'carol',
      calls: [grantOf('new')],
      code: 'consent.not-authorised',
      before: carolActsForBob,
      later: DAY,
    },
    {
      name: 'a representative stays on',
      by: 'carol',
      calls: [appoint('bob', 'carol')],
      code: 'consent.not-authorised',
      before: carolActsForBob,
    },
    {
      name: 'a representative appoints another',
      by: 'carol',
      calls: [appoint('bob', 'alice')],
      code: 'consent.not-authorised',
      before: carolActsForBob,
    },
    {
      name: 'the represented decides for the representative',
      by: 'bob',
      calls: [setEmergency('carol', true)],
      code: 'consent.not-authorised',
      before: carolActsForBob,
    },
    { name: 'dismissing', by: 'bob', calls: [dismiss('bob', 'carol')], code: 'ok', before: carolActsForBob },
    {
      name: 'a representative resigns',
      by: 'carol',
      calls: [dismiss('bob', 'carol')],
      code: 'ok',
      before: carolActsForBob,
    },
    {
      name: 'a representative decides after resigning',
      by: 'carol',
      calls: [dismiss('bob', 'carol'), grantOf('new')],
      code: 'consent.not-authorised',
      before: carolActsForBob,
    },
    { name: 'dismissing nobody', by: 'bob', calls: [dismiss('bob', 'carol')], code: 'consent.unknown-subject' },

    { name: 'forbidding emergency access', by: 'bob', calls: [setEmergency('bob', false)], code: 'ok' },
    { name: 'forbidding another’s', by: 'clinic', calls: [setEmergency('bob', false)], code: 'consent.not-authorised' },
    {
      name: 'a new subject of a claimant',
      by: 'alice’s phone',
      calls: [registerSubject('x', null)],
      code: 'kernel.unknown-signer',
    },
  ]);

  it('gives a new epoch its commitment and the rest their new envelopes', () => {
    const world = smallWorld();
    second(world);
    const { values, events } = world.mustRun(keyOf('bob'), revoke('bob to clinic', { second: 'new' }));
    expect(values).toEqual([{ epoch: 2 }]);
    expect(events.map(({ type }) => type)).toEqual(['consent.revoked', 'consent.key-delivered', 'consent.epoch-began']);
    const state = readContract(consent, world);
    const [bob, general] = [pseudonymOf('bob'), pseudonymOf('general')];
    expect(state.compartments.get(bob, general)?.grants.map(toHex)).toEqual([toHex(pseudonymOf('second'))]);
    expect(state.epochs.get(bob, general, 2)).toEqual(digestOf('next epoch'));
    expect(state.grants.get(pseudonymOf('second'))?.envelope).toEqual(digestOf('new'));
    expect(state.grants.get(pseudonymOf('bob to clinic'))?.revokedAt).toBe(world.time);
  });
});
