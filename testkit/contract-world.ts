import { strict as assert } from 'node:assert';
import { callOf } from '../src/contracts/calls.js';
import { cairnRuntime, contracts } from '../src/contracts/contracts.js';
import { accessInvariants } from '../src/contracts/access/invariants.js';
import { consentInvariants } from '../src/contracts/consent/invariants.js';
import { recordsInvariants } from '../src/contracts/records/invariants.js';
import { registryInvariants } from '../src/contracts/registry/invariants.js';
import type { Collections, Contract } from '../src/contracts/kernel/contract.js';
import { wholeState } from '../src/contracts/kernel/invariants.js';
import { executeTransaction } from '../src/ledger/execution/execute.js';
import { decodeOutcome } from '../src/ledger/execution/outcome.js';
import type { StateWriter } from '../src/ledger/execution/overlay.js';
import type { LedgerEvent } from '../src/ledger/execution/runtime.js';
import type { Call } from '../src/ledger/transaction/call.js';
import { buildTransaction, decodeTransaction, encodeTransaction } from '../src/ledger/transaction/transaction.js';
import { nodeCrypto } from '../src/platform/node-crypto.js';
import { bytesToUtf8, toHex, utf8ToBytes } from '../src/primitives/bytes.js';
import { decodeCbor, type CborValue } from '../src/primitives/cbor.js';
import { keyId, type PublicKey } from '../src/primitives/signature.js';

const INVARIANTS = [...registryInvariants, ...consentInvariants, ...recordsInvariants, ...accessInvariants];

/** What a transaction came to: `ok` or the code of the rejection. */
export interface WorldOutcome {
  readonly code: string;
  readonly values: readonly CborValue[];
  readonly events: readonly LedgerEvent[];
}

/**
 * The contracts in the real runtime, one transaction after another, without blocks and signatures.
 *
 * After every transaction it checks that a rejected one wrote nothing, that what an accepted one returned and wrote fits
 * its schemas, and that every invariant of every contract holds. It does not check that the right thing was decided.
 */
export class ContractWorld implements StateWriter {
  /** Block time, Unix seconds. */
  time = 1_790_000_000;
  readonly #values: Map<string, readonly [key: Uint8Array, value: Uint8Array]>;
  readonly #runtime = cairnRuntime(nodeCrypto);
  #written: [key: Uint8Array, value: Uint8Array | undefined][] = [];

  constructor(organisations: readonly string[], values = new Map<string, readonly [Uint8Array, Uint8Array]>()) {
    this.#values = values;
    if (values.size > 0) return;
    const document = { registry: { organisations: organisations.map(proposal) } } as unknown as CborValue;
    this.#runtime.genesis(this, this.time, document);
    this.#check();
  }

  /** The same world again, to go on from here in another way. */
  fork(): ContractWorld {
    const copy = new ContractWorld([], new Map(this.#values));
    copy.time = this.time;
    return copy;
  }

  /** Runs calls as one transaction. */
  run(signer: PublicKey, ...calls: readonly Call[]): WorldOutcome {
    const options = { chainId: 'world', nonce: new Uint8Array(16), validUntil: this.time, signer };
    const unsigned = buildTransaction(nodeCrypto, calls, options);
    const unchecked = { type: 'ed25519', signature: new Uint8Array(64) } as const;
    const transaction = decodeTransaction(nodeCrypto, encodeTransaction(unsigned, unchecked));
    this.#written = [];
    const { rejection, outcomes } = executeTransaction(nodeCrypto, this.#runtime, this, this.time, transaction);
    if (rejection !== null) {
      assert.equal(this.#written.length, 0, 'a rejected transaction leaves no trace');
      return { code: rejection.code, values: [], events: [] };
    }
    const decoded = outcomes.map(decodeOutcome);
    for (const [index, { value }] of decoded.entries()) checkResult(calls[index] as Call, value);
    this.#check();
    const events = decoded.flatMap((outcome) => outcome.events);
    return { code: 'ok', values: decoded.map(({ value }) => value), events };
  }

  /** Runs calls that cannot be rejected. */
  mustRun(signer: PublicKey, ...calls: readonly Call[]): WorldOutcome {
    const outcome = this.run(signer, ...calls);
    assert.equal(outcome.code, 'ok');
    return outcome;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(toHex(key))?.[1];
  }

  set(key: Uint8Array, value: Uint8Array): void {
    this.#values.set(toHex(key), [key, value]);
    this.#written.push([key, value]);
  }

  delete(key: Uint8Array): void {
    this.#values.delete(toHex(key));
    this.#written.push([key, undefined]);
  }

  /** Throws unless what was written fits its schemas and every invariant holds. */
  #check(): void {
    for (const [key, value] of this.#written) if (value !== undefined) checkValue(key, value);
    this.checkInvariants();
  }

  checkInvariants(): void {
    const state = wholeState(this.#values.values());
    for (const { statement, holds } of INVARIANTS) assert.ok(holds(state, this.time), statement);
  }
}

function checkResult({ contract, method }: Call, value: CborValue): void {
  const { messages } = (contracts as Record<string, Contract>)[contract] as Contract;
  messages[method]?.result.parse(value);
}

function checkValue(key: Uint8Array, value: Uint8Array): void {
  const [contract, name] = bytesToUtf8(key.slice(0, key.indexOf(0x2f, key.indexOf(0x2f) + 1))).split('/') as [
    string,
    string,
  ];
  const state = (contracts as Record<string, { readonly state: Collections }>)[contract]?.state ?? {};
  const collection = Object.values(state).find((candidate) => candidate.name === name);
  assert.ok(collection !== undefined, 'every key belongs to a declared collection');
  collection.value.parse(decodeCbor(value));
}

/** 16 bytes that stand for a name. */
export function pseudonymOf(name: string): Uint8Array {
  return nodeCrypto.sha256(utf8ToBytes(name)).slice(0, 16);
}

/** 32 bytes that stand for a name. */
export function digestOf(name: string): Uint8Array {
  return nodeCrypto.sha256(utf8ToBytes(name));
}

/** Seed of the test key with a name. */
function seedOf(name: string): Uint8Array {
  return nodeCrypto.sha256(utf8ToBytes(`seed of ${name}`));
}

const keysByName = new Map<string, PublicKey>();

export function keyOf(name: string): PublicKey {
  let key = keysByName.get(name);
  if (key === undefined) {
    key = { alg: 'ed25519', key: nodeCrypto.ed25519PublicKey(seedOf(name)) };
    keysByName.set(name, key);
  }
  return key;
}

export function keyIdOf(name: string): Uint8Array {
  return keyId(nodeCrypto, keyOf(name));
}

export const SEALING_KEY = new Uint8Array(1216);

/** Arguments of a proposal of an organisation whose key bears its name. */
export function proposal(id: string) {
  const roles: ('hospital' | 'clinic')[] = ['hospital', 'clinic'];
  return { id, name: `The ${id}`, roles, signingKey: keyOf(id), sealingKey: SEALING_KEY };
}

const DAY = 86_400;

/** A grant of `general` to the clinic for treatment for ten days; replace what matters. */
export function grantOf(name: string, replaced: Partial<Parameters<typeof callOf<'consent', 'grant'>>[2]> = {}): Call {
  return callOf('consent', 'grant', {
    grant: pseudonymOf(name),
    subject: pseudonymOf('bob'),
    compartment: pseudonymOf('general'),
    grantee: 'clinic',
    purposes: ['TREAT'],
    rights: ['read', 'write'],
    from: 1_790_000_000,
    until: 1_790_000_000 + 10 * DAY,
    dataFrom: null,
    dataUntil: null,
    epoch: 1,
    envelope: digestOf('envelope'),
    ...replaced,
  });
}

/**
 * A small world: hospital, clinic and insurer; `doctor` and `scanner` (with keys) and `nurse` (without) of the hospital;
 * alice, whose steward the hospital is, and bob and carol, who hold their keys; all three with the compartments `general`
 * and `mental`; alice's general compartment granted to the hospital, bob's to the clinic.
 */
export function smallWorld(): ContractWorld {
  const world = new ContractWorld(['hospital', 'clinic', 'insurer']);
  const hospital = keyOf('hospital');
  world.mustRun(
    hospital,
    callOf('registry', 'vouch', { id: pseudonymOf('doctor'), kind: 'practitioner', key: keyOf('doctor') }),
    callOf('registry', 'vouch', { id: pseudonymOf('scanner'), kind: 'device', key: keyOf('scanner') }),
    callOf('registry', 'vouch', { id: pseudonymOf('nurse'), kind: 'practitioner', key: null }),
    registerSubject('alice', 'hospital'),
    registerSubject('bob', null),
    registerSubject('carol', null),
    openCompartments('alice'),
    grantOf('alice to hospital', { subject: pseudonymOf('alice'), grantee: 'hospital', envelope: null }),
  );
  world.mustRun(keyOf('bob'), openCompartments('bob'), grantOf('bob to clinic'));
  world.mustRun(keyOf('carol'), openCompartments('carol'));
  return world;
}

export function registerSubject(name: string, steward: string | null): Call {
  const subject = pseudonymOf(name);
  return callOf('registry', 'registerSubject', {
    subject,
    kind: 'patient',
    signingKey: keyOf(name),
    sealingKey: SEALING_KEY,
    steward,
  });
}

export function openCompartments(name: string, compartments: readonly string[] = ['general', 'mental']): Call {
  return callOf('consent', 'openCompartments', {
    subject: pseudonymOf(name),
    compartments: compartments.map((compartment) => ({
      compartment: pseudonymOf(compartment),
      keyCommitment: digestOf(compartment),
    })),
  });
}
