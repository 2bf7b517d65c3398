import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ContractWorld,
  digestOf,
  keyIdOf,
  keyOf,
  openCompartments,
  pseudonymOf,
  registerSubject,
  SEALING_KEY,
} from '../../testkit/contract-world.js';
import { callOf } from '../../src/contracts/calls.js';
import { access } from '../../src/contracts/access/contract.js';
import { consent } from '../../src/contracts/consent/contract.js';
import { readContract } from '../../src/contracts/kernel/runtime.js';
import { records } from '../../src/contracts/records/contract.js';
import type { Call } from '../../src/ledger/transaction/call.js';
import {
  at,
  COMPARTMENTS,
  DOCTOR,
  KEYS,
  Model,
  ORGANISATIONS,
  PURPOSES,
  SUBJECTS,
  type Key,
  type ModelGrant,
  type Compartment,
  type Subject,
} from './model.js';

/** What one step does: the call, whether the model says it is accepted, and what then changes in the model. */
interface Step {
  readonly by: Key;
  readonly call: Call;
  readonly isAllowed: boolean;
  readonly effect: () => void;
}

type Command = (model: Model, number: number) => Step | undefined;

const HOUR = 3600;
const key = fc.constantFrom(...KEYS);
const subject = fc.constantFrom(...SUBJECTS);
const compartment = fc.constantFrom(...COMPARTMENTS);
const organisation = fc.constantFrom(...ORGANISATIONS);
const purpose = fc.constantFrom(...PURPOSES);
const purposes = fc.subarray([...PURPOSES], { minLength: 1 });
const rights = fc.subarray(['read', 'write'] as const, { minLength: 1 });
const hours = fc.integer({ min: -2, max: 12 });
/** Mostly what makes a window that is open now, and for some time. */
const beginning = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(-5, -1, 0) }, hours);
const length = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(8, 24, 72) }, hours);
const rarely = fc.constantFrom(false, false, false, true);
const choice = fc.nat({ max: 1000 });
/** Half of the time an organisation that may, if there is one. */
const actor = fc.oneof(fc.constant('permitted' as const), fc.oneof(organisation, key));
/** Mostly who may, so that runs get somewhere. */
const decider = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('decider' as const) }, { weight: 1, arbitrary: key });

const ids = (name: string, inside: string) => ({ subject: pseudonymOf(name), compartment: pseudonymOf(inside) });

const presentEpoch = (model: Model, { subject, compartment }: { subject: Subject; compartment: Compartment }) =>
  model.epochs.get(at(subject, compartment)) ?? 0;

const wait = fc.integer({ min: 0, max: 5 }).map((by): Command => (model) => {
  model.time += by * HOUR;
  return undefined;
});

const grant = fc
  .record({ decider, subject, compartment, grantee: organisation, purposes, rights, from: beginning, lasts: length })
  .map((terms): Command => (model, number) => {
    const by = chosen(model, terms.decider, terms.subject);
    const id = `grant ${number}`;
    const [from, until] = [model.time + terms.from * HOUR, model.time + (terms.from + terms.lasts) * HOUR];
    const { grantee, purposes, rights } = terms;
    const isFull = model.remaining(terms.subject, terms.compartment).length >= 64;
    return {
      by,
      call: callOf('consent', 'grant', {
        ...ids(terms.subject, terms.compartment),
        ...{ grant: pseudonymOf(id), grantee, purposes, rights, from, until, dataFrom: null, dataUntil: null },
        epoch: presentEpoch(model, terms),
        envelope: model.isSteward(grantee, terms.subject) ? null : digestOf('envelope'),
      }),
      isAllowed: model.decides(by, terms.subject) && from < until && until > model.time && !isFull,
      effect: () => {
        const { subject, compartment } = terms;
        model.grants.push({ id, subject, compartment, grantee, purposes, rights, from, until, isRevoked: false });
      },
    };
  });

const narrow = fc.record({ decider, choice, purposes, less: hours }).map((terms): Command => (model) => {
  const old = pick(model.grants, terms.choice);
  if (old === undefined) return undefined;
  const by = chosen(model, terms.decider, old.subject);
  const until = old.until - terms.less * HOUR;
  const isLess = terms.less >= 0 && terms.purposes.every((one) => old.purposes.includes(one));
  const isWindow = until > model.time && until > old.from;
  return {
    by,
    call: callOf('consent', 'narrow', { grant: pseudonymOf(old.id), purposes: terms.purposes, until }),
    isAllowed: model.decides(by, old.subject) && model.hasNotEnded(old) && isLess && isWindow,
    effect: () => {
      old.purposes = terms.purposes;
      old.until = until;
    },
  };
});

const revoke = fc.record({ decider, choice, forgets: rarely, isStale: rarely }).map((terms): Command => (model) => {
  const old = pick(model.grants, terms.choice);
  if (old === undefined) return undefined;
  const by = chosen(model, terms.decider, old.subject);
  const others = model.remaining(old.subject, old.compartment).filter((other) => other !== old);
  const told = terms.forgets ? others.slice(1) : others;
  return {
    by,
    call: callOf('consent', 'revoke', {
      grant: pseudonymOf(old.id),
      epoch: presentEpoch(model, old) - (terms.isStale ? 1 : 0),
      keyCommitment: digestOf('key'),
      deliveries: deliveriesTo(told),
    }),
    isAllowed:
      !terms.isStale && model.decides(by, old.subject) && model.hasNotEnded(old) && told.length === others.length,
    effect: () => model.revoke(old),
  };
});

const renew = fc
  .record({ decider, subject, compartment, forgets: rarely })
  .map(({ decider, subject, compartment, forgets }): Command => (model) => {
    const by = chosen(model, decider, subject);
    const remaining = model.remaining(subject, compartment);
    const told = forgets ? remaining.slice(1) : remaining;
    return {
      by,
      call: callOf('consent', 'renewEpoch', {
        ...ids(subject, compartment),
        ...{ epoch: presentEpoch(model, { subject, compartment }), keyCommitment: digestOf('key') },
        deliveries: deliveriesTo(told),
      }),
      isAllowed: model.decides(by, subject) && told.length === remaining.length,
      effect: () => model.renewEpoch(subject, compartment),
    };
  });

const append = fc
  .record({ actor, subject, compartment, isStale: rarely })
  .map(({ actor, subject, compartment, isStale }): Command => (model, number) => {
    const by = permitted(actor, (candidate) => model.mayWrite(candidate, subject, compartment));
    const author = model.organisationOf(by);
    const epoch = (model.epochs.get(at(subject, compartment)) ?? 0) - (isStale ? 1 : 0);
    return {
      by,
      call: callOf('records', 'append', {
        ...ids(subject, compartment),
        ...{ epoch, record: pseudonymOf(`record ${number}`), version: 1 },
        ...{ digest: digestOf('d'), commitment: digestOf('c') },
      }),
      isAllowed: author !== undefined && !isStale && model.mayWrite(author, subject, compartment),
      effect: () => model.append(author as NonNullable<typeof author>, subject, compartment),
    };
  });

const erase = fc
  .record({ actor, subject, compartment, index: fc.nat({ max: 1 }) })
  .map(({ actor, subject, compartment, index }): Command => (model) => {
    const by = permitted(actor, (candidate) => model.isAuthor(candidate, subject, compartment));
    const size = model.recordCounts.get(at(subject, compartment)) ?? 0;
    return {
      by,
      call: callOf('records', 'erase', { ...ids(subject, compartment), index, reason: 'retention-ended' }),
      isAllowed: model.mayErase(by, subject, compartment) && index < size,
      effect: () => model.erase(subject, compartment),
    };
  });

const basis = fc.constantFrom('grant', 'author', 'emergency');
const open = fc
  .record({ actor, subject, compartment, basis, purpose, names: rarely })
  .map(({ actor, subject, compartment, basis, purpose, names }): Command => (model, number) => {
    const by = permitted(actor, (candidate) => model.mayRead(candidate, subject, compartment, purpose));
    const organisation = model.organisationOf(by);
    const isOwnDoctor = organisation === 'a-hospital';
    const grounds = {
      grant: () => model.mayRead(organisation as 'a-hospital', subject, compartment, purpose),
      author: () => model.isAuthor(organisation as 'a-hospital', subject, compartment),
      emergency: () => purpose === 'ETREAT' && (names || model.isPractitioner(by)) && model.mayBreakGlass(subject),
    };
    return {
      by,
      call: callOf('access', 'open', {
        access: pseudonymOf(`access ${number}`),
        subject: pseudonymOf(subject),
        compartments: [{ compartment: pseudonymOf(compartment), basis }],
        purpose,
        actor: names ? pseudonymOf(DOCTOR) : null,
        until: model.time + HOUR,
      }),
      isAllowed: organisation !== undefined && (isOwnDoctor || !names) && grounds[basis](),
      effect: () => model.open(subject, compartment),
    };
  });

const appoint = fc
  .record({ decider, subject, representative: subject, lasts: hours })
  .map((terms): Command => (model) => {
    const { subject, representative, lasts } = terms;
    const by = chosen(model, terms.decider, subject);
    const until = model.time + lasts * HOUR;
    return {
      by,
      call: callOf('consent', 'appointRepresentative', {
        subject: pseudonymOf(subject),
        representative: pseudonymOf(representative),
        until,
      }),
      isAllowed: model.decides(by, subject, true) && subject !== representative && lasts > 0,
      effect: () => model.appoint(subject, representative, until),
    };
  });

const dismiss = fc
  .record({ by: key, subject, representative: subject })
  .map(({ by, subject, representative }): Command => (model) => ({
    by,
    call: callOf('consent', 'dismissRepresentative', {
      subject: pseudonymOf(subject),
      representative: pseudonymOf(representative),
    }),
    isAllowed: model.decides(by, subject) && model.isAppointed(subject, representative),
    effect: () => void model.dismiss(subject, representative),
  }));

const setEmergency = fc
  .record({ decider, subject, allowed: fc.boolean() })
  .map(({ decider, subject, allowed }): Command => (model) => {
    const by = chosen(model, decider, subject);
    return {
      by,
      call: callOf('consent', 'setEmergencyAccess', { subject: pseudonymOf(subject), allowed }),
      isAllowed: model.decides(by, subject),
      effect: () => model.setEmergencyAccess(subject, allowed),
    };
  });

const addKey = fc.record({ by: key, key }).map(({ by, key }): Command => (model) => ({
  by,
  call: callOf('registry', 'addKey', { key: keyOf(key) }),
  isAllowed: model.mayAddKey(by, key),
  effect: () => model.addKey(by, key),
}));

const revokeKey = fc.record({ by: fc.option(key), key }).map(({ by: other, key }): Command => (model) => {
  const by = other ?? KEYS.find((candidate) => model.mayRevokeKey(candidate, key)) ?? key;
  return {
    by,
    call: callOf('registry', 'revokeKey', { keyId: keyIdOf(key) }),
    isAllowed: model.mayRevokeKey(by, key),
    effect: () => model.revokeKey(key),
  };
});

const offer = fc
  .record({ by: fc.oneof(fc.constant<Key>('a-hospital'), key), key })
  .map(({ by, key }): Command => (model) => ({
    by,
    call: callOf('registry', 'offerSubject', { subject: pseudonymOf('sara'), key: keyOf(key) }),
    isAllowed: model.mayOffer(by, key),
    effect: () => model.offer(key),
  }));

const claim = fc.option(key).map((other): Command => (model) => {
  const by = other ?? KEYS.find((candidate) => model.mayClaim(candidate)) ?? 'phone';
  return {
    by,
    call: callOf('registry', 'claimSubject', {
      subject: pseudonymOf('sara'),
      key: keyOf(by),
      sealingKey: SEALING_KEY,
    }),
    isAllowed: model.mayClaim(by),
    effect: () => model.claim(by),
  };
});

const COMMANDS = [
  { weight: 1, arbitrary: wait },
  { weight: 5, arbitrary: grant },
  { weight: 2, arbitrary: narrow },
  { weight: 2, arbitrary: revoke },
  { weight: 1, arbitrary: renew },
  { weight: 7, arbitrary: append },
  { weight: 2, arbitrary: erase },
  { weight: 7, arbitrary: open },
  { weight: 2, arbitrary: appoint },
  { weight: 1, arbitrary: dismiss },
  { weight: 1, arbitrary: setEmergency },
  { weight: 2, arbitrary: addKey },
  { weight: 1, arbitrary: revokeKey },
  { weight: 3, arbitrary: offer },
  { weight: 3, arbitrary: claim },
];

describe('the contracts and a model of their rules', () => {
  it('take the same decisions in any order of calls', () => {
    const accepted = new Map<string, number>();
    const refused = new Map<string, number>();
    const commands = fc.array(fc.oneof(...COMMANDS), { minLength: 80, maxLength: 120, size: 'max' });
    fc.assert(
      fc.property(commands, (run) => {
        const world = firstWorld();
        const model = new Model(world.time);
        run.forEach((command, number) => {
          const step = command(model, number);
          world.time = model.time;
          if (step === undefined) return;
          const { code } = world.run(keyOf(step.by), step.call);
          const decision = `${step.by} calls ${step.call.method}: ${code}`;
          expect(`${decision}, accepted: ${code === 'ok'}`).toBe(`${decision}, accepted: ${step.isAllowed}`);
          if (step.isAllowed) step.effect();
          const counts = step.isAllowed ? accepted : refused;
          counts.set(step.call.method, (counts.get(step.call.method) ?? 0) + 1);
        });
        compare(world, model);
      }),
      { numRuns: 50 },
    );
    // A run in which nothing happens would prove nothing.
    const methods = [
      'grant',
      'narrow',
      'revoke',
      'renewEpoch',
      'append',
      'erase',
      'open',
      'addKey',
      'revokeKey',
      'claimSubject',
    ];
    for (const method of methods) {
      expect(accepted.get(method), `${method} is accepted now and then`).toBeGreaterThan(0);
      expect(refused.get(method), `${method} is refused now and then`).toBeGreaterThan(0);
    }
  });
});

function firstWorld(): ContractWorld {
  const world = new ContractWorld(ORGANISATIONS);
  world.mustRun(
    keyOf('a-hospital'),
    callOf('registry', 'vouch', { id: pseudonymOf(DOCTOR), kind: 'practitioner', key: keyOf(DOCTOR) }),
    registerSubject('sara', 'a-hospital'),
    registerSubject('tom', null),
    openCompartments('sara', COMPARTMENTS),
  );
  world.mustRun(keyOf('tom'), openCompartments('tom', COMPARTMENTS));
  return world;
}

/** Numbers that no single decision shows. */
function compare(world: ContractWorld, model: Model): void {
  const [consents, logs, accesses] = [
    readContract(consent, world),
    readContract(records, world),
    readContract(access, world),
  ];
  for (const subject of SUBJECTS) {
    for (const compartment of COMPARTMENTS) {
      const key = [pseudonymOf(subject), pseudonymOf(compartment)] as const;
      const name = at(subject, compartment);
      expect(consents.compartments.get(...key)?.epoch).toBe(model.epochs.get(name));
      expect(logs.logs.get(...key)?.size).toBe(model.recordCounts.get(name));
      expect(accesses.logs.get(...key)?.size).toBe(model.accessCounts.get(name));
    }
  }
}

function deliveriesTo(grants: readonly ModelGrant[]) {
  return grants.map(({ id }) => ({ grant: pseudonymOf(id), envelope: digestOf('new') }));
}

function chosen(model: Model, by: Key | 'decider', subject: (typeof SUBJECTS)[number]): Key {
  if (by !== 'decider') return by;
  return KEYS.find((candidate) => model.decides(candidate, subject)) ?? 'tom';
}

function permitted(by: Key | 'permitted', mayAct: (organisation: (typeof ORGANISATIONS)[number]) => boolean): Key {
  return by === 'permitted' ? (ORGANISATIONS.find(mayAct) ?? 'c-insurer') : by;
}

function pick(grants: readonly ModelGrant[], choice: number): ModelGrant | undefined {
  return grants[choice % Math.max(grants.length, 1)];
}
