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

  const callerOf = (state: StateReader, signerKeyId: Uint8Array): Caller => {
    const caller = resolveCaller((shape) => readersOf(shape, state), signerKeyId);
    return caller ?? rejectCall('unknown-signer');
  };

  /** A transaction is checked, and each of its calls executed, with the same object. */
  const keyIds = new WeakMap<PublicKey, Uint8Array>();
  const keyIdOf = (signer: PublicKey): Uint8Array => {
    let id = keyIds.get(signer);
    if (id === undefined) keyIds.set(signer, (id = keyId(crypto, signer)));
    return id;
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
      callerOf(state, keyIdOf(signer));
    },

    call(environment: CallEnvironment, call: Call): CborValue {
      const { contract, message } = find(contractsByName, call);
      const args = parseArguments(message, call);
      const { state, time } = environment;
      const signerKeyId = keyIdOf(environment.signer);
      const context: Context = {
        state: writersOf(contract, state),
        read: lazyReaders(contract.reads, state),
        time,
        caller: callerOf(state, signerKeyId),
        signerKeyId,
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

function readersOf(shape: ContractShape, state: StateReader): Readers<Collections> {
  return viewsOf(readers, shape, readCollection, state) as Readers<Collections>;
}

function writersOf(shape: ContractShape, state: StateWriter): Writers<Collections> {
  return viewsOf(writers, shape, writeCollection, state) as Writers<Collections>;
}

const readers: ViewClasses<StateReader> = new WeakMap();
const writers: ViewClasses<StateWriter> = new WeakMap();
const reads: ViewClasses<StateReader> = new WeakMap();

/** Classes of views by what they are views of: a contract, or the list of contracts that one declares to read. */
type ViewClasses<State> = WeakMap<object, ViewClass<State>>;

function viewsOf<State>(
  classes: ViewClasses<State>,
  shape: ContractShape,
  make: (contract: string, collection: Collections[string], state: State) => unknown,
  state: State,
): object {
  let Views = classes.get(shape);
  if (Views === undefined) {
    const makers = Object.entries(shape.state).map(([name, collection]) => {
      return [name, (of: State) => make(shape.name, collection, of)] as const;
    });
    classes.set(shape, (Views = viewClass(makers)));
  }
  return new Views(state);
}

function lazyReaders(shapes: readonly ContractShape[], state: StateReader): Context['read'] {
  let Views = reads.get(shapes);
  if (Views === undefined) {
    const makers = shapes.map((shape) => [shape.name, (of: StateReader) => readersOf(shape, of)] as const);
    reads.set(shapes, (Views = viewClass(makers)));
  }
  return new Views(state) as Context['read'];
}

type ViewClass<State> = new (state: State) => object;

/** Views are made when a handler first touches them: most touch two collections of ten. */
function viewClass<State>(
  makers: readonly (readonly [name: string, make: (state: State) => unknown])[],
): ViewClass<State> {
  class Views {
    readonly #state: State;
    readonly #views: unknown[] = [];

    constructor(state: State) {
      this.#state = state;
    }

    static {
      for (const [index, [name, make]] of makers.entries()) {
        const get = function (this: Views): unknown {
          return (this.#views[index] ??= make(this.#state));
        };
        Object.defineProperty(this.prototype, name, { get, enumerable: true });
      }
    }
  }
  return Views;
}

function isMap(value: CborValue): value is { [key: string]: CborValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
