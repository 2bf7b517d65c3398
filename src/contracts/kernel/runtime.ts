import { assert } from '../../primitives/assert.js';
import type { CborValue } from '../../primitives/cbor.js';
import type { Crypto } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import { keyId, type PublicKey } from '../../primitives/signature.js';
import type { StateReader, StateWriter } from '../../ledger/execution/overlay.js';
import { Rejection } from '../../ledger/execution/rejection.js';
import type { CallEnvironment, ContractRuntime } from '../../ledger/execution/runtime.js';
import type { Call } from '../../ledger/transaction/call.js';
import type { Caller } from './caller.js';
import { readCollection, writeCollection } from './collection.js';
import type {
  CallerResolver,
  Collections,
  Context,
  Contract,
  ContractShape,
  Message,
  Readers,
  Writers,
} from './contract.js';
import { KERNEL_ERRORS } from './errors.js';

type AnyMessage = Message<unknown, unknown, Context>;

/** Joins contracts into the runtime that the ledger executes. */
export function createRuntime(
  crypto: Crypto,
  contracts: readonly Contract[],
  resolveCaller: CallerResolver,
): ContractRuntime {
  const contractsByName = new Map(contracts.map((contract) => [contract.name, contract]));
  assert(contractsByName.size === contracts.length, 'contract names are unique');

  const callerOf = (state: StateReader, signer: PublicKey): Caller => {
    const caller = resolveCaller((shape) => readersOf(shape, state), signer, crypto);
    return caller ?? rejectCall('unknown-signer');
  };

  return {
    genesis(state, time, document) {
      if (!isMap(document) || Object.keys(document).some((name) => !contractsByName.has(name))) {
        throw new CairnError('genesis.malformed', 'The genesis document is a map from contracts to their parts.');
      }
      for (const contract of contracts) {
        const part = document[contract.name];
        if (part !== undefined && contract.genesis !== undefined) {
          contract.genesis({ state: writersOf(contract, state), time, crypto }, part);
        }
      }
    },

    check(state, _time, signer, call) {
      const { message } = find(contractsByName, call);
      parseArguments(message, call);
      callerOf(state, signer);
    },

    call(environment: CallEnvironment, call: Call): CborValue {
      const { contract, message } = find(contractsByName, call);
      const args = parseArguments(message, call);
      const { state, time } = environment;
      const context: Context = {
        state: writersOf(contract, state),
        read: lazyReaders(contract.reads, state),
        time,
        caller: callerOf(state, environment.signer),
        signerKeyId: keyId(crypto, environment.signer),
        crypto,
        emit: (name, payload) => environment.emit({ type: `${contract.name}.${name}`, payload }),
        reject: (code) => {
          assert(Object.hasOwn(contract.errors, code), `${contract.name} declares its rejections`);
          throw new Rejection(`${contract.name}.${code}`, contract.errors[code] ?? code);
        },
      };
      return message.handle(context, args) as CborValue;
    },
  };
}

/** Read access to a contract's committed state, for services and tests. */
export function readContract<Name extends string, State extends Collections>(
  shape: ContractShape<Name, State>,
  state: StateReader,
): Readers<State> {
  return readersOf(shape, state) as Readers<State>;
}

function find(contractsByName: ReadonlyMap<string, Contract>, call: Call): { contract: Contract; message: AnyMessage } {
  const contract = contractsByName.get(call.contract) ?? rejectCall('unknown-contract');
  if (!Object.hasOwn(contract.messages, call.method)) rejectCall('unknown-method');
  return { contract, message: contract.messages[call.method] as AnyMessage };
}

function parseArguments(message: AnyMessage, call: Call): unknown {
  const parsed = message.args.safeParse(call.args);
  return parsed.success ? parsed.data : rejectCall('invalid-arguments');
}

function rejectCall(code: keyof typeof KERNEL_ERRORS): never {
  throw new Rejection(`kernel.${code}`, KERNEL_ERRORS[code]);
}

/** Views are made when a handler first touches them: most touch two collections of ten. */
function lazyViews(names: readonly string[], make: (name: string) => unknown): Record<string, unknown> {
  const views: Record<string, unknown> = {};
  for (const name of names) {
    let view: unknown;
    Object.defineProperty(views, name, { get: () => (view ??= make(name)), enumerable: true });
  }
  return views;
}

function readersOf(shape: ContractShape, state: StateReader): Readers<Collections> {
  const make = (name: string): unknown => readCollection(shape.name, definitionOf(shape, name), state);
  return lazyViews(Object.keys(shape.state), make) as Readers<Collections>;
}

function writersOf(shape: ContractShape, state: StateWriter): Writers<Collections> {
  const make = (name: string): unknown => writeCollection(shape.name, definitionOf(shape, name), state);
  return lazyViews(Object.keys(shape.state), make) as Writers<Collections>;
}

function lazyReaders(shapes: readonly ContractShape[], state: StateReader): Context['read'] {
  const byName = new Map(shapes.map((shape) => [shape.name, shape]));
  const make = (name: string): unknown => {
    const shape = byName.get(name);
    assert(shape !== undefined, 'a view is made of a declared contract');
    return readersOf(shape, state);
  };
  return lazyViews([...byName.keys()], make) as Context['read'];
}

function definitionOf(shape: ContractShape, name: string): Collections[string] {
  const definition = shape.state[name];
  assert(definition !== undefined, 'a view is made of a declared collection');
  return definition;
}

function isMap(value: CborValue): value is { [key: string]: CborValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
