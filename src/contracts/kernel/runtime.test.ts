import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { grantOf, keyOf, pseudonymOf, smallWorld } from '../../../testkit/contract-world.js';
import { executeTransaction } from '../../ledger/execution/execute.js';
import { Overlay } from '../../ledger/execution/overlay.js';
import type { Call } from '../../ledger/transaction/call.js';
import { buildTransaction, decodeTransaction, encodeTransaction } from '../../ledger/transaction/transaction.js';
import { nodeCrypto } from '../../platform/node-crypto.js';
import { encodeCbor, decodeCbor, type CborValue } from '../../primitives/cbor.js';
import { callOf } from '../calls.js';
import { collection, collectionKey } from './collection.js';
import type { Context } from './contract.js';
import { KERNEL_ERRORS } from './errors.js';
import { createRuntime, readContract } from './runtime.js';
import { setOf } from './schema.js';

const withdraw = callOf('registry', 'withdraw', { id: pseudonymOf('doctor') });
const withArgs = (args: unknown): Call => ({ ...withdraw, args: args as CborValue });
const grant = grantOf('new');
const withGrant = (args: object): Call => ({ ...grant, args: { ...(grant.args as object), ...args } });

describe('calls that reach no handler', () => {
  const cases: readonly [name: string, by: string, call: Call, code: string][] = [
    ['no such contract', 'hospital', { ...withdraw, contract: 'claims' }, 'kernel.unknown-contract'],
    ['a property of objects as contract', 'hospital', { ...withdraw, contract: 'toString' }, 'kernel.unknown-contract'],
    ['no such method', 'hospital', { ...withdraw, method: 'expel' }, 'kernel.unknown-method'],
    ['a property of objects as method', 'hospital', { ...withdraw, method: 'constructor' }, 'kernel.unknown-method'],
    ['a prototype as method', 'hospital', { ...withdraw, method: '__proto__' }, 'kernel.unknown-method'],
    ['no arguments', 'hospital', withArgs(null), 'kernel.invalid-arguments'],
    ['a list', 'hospital', withArgs([pseudonymOf('doctor')]), 'kernel.invalid-arguments'],
    ['a missing argument', 'hospital', withArgs({}), 'kernel.invalid-arguments'],
    ['an argument too many', 'hospital', withArgs({ id: pseudonymOf('doctor'), at: 1 }), 'kernel.invalid-arguments'],
    ['text for bytes', 'hospital', withArgs({ id: '0123456789abcdef' }), 'kernel.invalid-arguments'],
    ['15 bytes', 'hospital', withArgs({ id: new Uint8Array(15) }), 'kernel.invalid-arguments'],
    ['a set with an element twice', 'bob', withGrant({ purposes: ['TREAT', 'TREAT'] }), 'kernel.invalid-arguments'],
    ['an empty set', 'bob', withGrant({ rights: [] }), 'kernel.invalid-arguments'],
    ['a negative time', 'bob', withGrant({ from: -1 }), 'kernel.invalid-arguments'],
    ['a time beyond safe integers', 'bob', withGrant({ until: 2n ** 60n }), 'kernel.invalid-arguments'],
    ['an id with NUL', 'bob', withGrant({ grantee: 'cli\0nic' }), 'kernel.invalid-arguments'],
    ['an unknown key', 'nobody', withdraw, 'kernel.unknown-signer'],
  ];

  it.each(cases)('%s', (_, by, call, code) => {
    const world = smallWorld();
    expect(world.run(keyOf(by), call).code).toBe(code);
  });

  it('refuses an argument named __proto__', () => {
    const honest = encodeCbor({ id: pseudonymOf('doctor') });
    const name = encodeCbor('__proto__');
    const args = decodeCbor(Uint8Array.of(0xa2, ...honest.slice(1), ...name, 0xf6));
    expect(smallWorld().run(keyOf('hospital'), withArgs(args)).code).toBe('kernel.invalid-arguments');
  });

  it('reaches every rejection of the kernel', () => {
    const reached = new Set(cases.map(([, , , code]) => code));
    expect(Object.keys(KERNEL_ERRORS).filter((code) => !reached.has(`kernel.${code}`))).toEqual([]);
  });
});

describe('a contract', () => {
  const noArgs = z.strictObject({});
  const state = { numbers: collection<[number], number>('numbers', z.int()) };
  type Ctx = Context<typeof state, { other: typeof state }, { no: string }>;
  const messageOf = (handle: (ctx: Ctx) => CborValue) => ({ summary: '', args: noArgs, result: z.any(), handle });
  const other = { name: 'other', state, reads: [], errors: {}, messages: {} };
  const contract = {
    name: 'mine',
    state,
    reads: [other],
    errors: { no: 'No.' },
    messages: {
      write: messageOf((ctx) => {
        ctx.state.numbers.set(1, 42);
        ctx.emit('wrote', null);
        return ctx.read.other.numbers.get(1) ?? null;
      }),
      writeThenReject: messageOf((ctx) => {
        ctx.state.numbers.set(2, 42);
        return ctx.reject('no');
      }),
      rejectOtherwise: messageOf((ctx) => ctx.reject('otherwise' as 'no')),
      fail: messageOf(() => {
        throw new TypeError('a defect');
      }),
      look: messageOf((ctx) => Object.keys(ctx).sort()),
    },
  };
  const runtime = createRuntime(nodeCrypto, [contract, other] as never, () => ({ kind: 'organisation', id: 'me' }));
  const run = (...methods: (keyof typeof contract.messages)[]) => {
    const base = new Overlay({ get: () => undefined });
    base.set(collectionKey('other', 'numbers', [1]), encodeCbor(7));
    const calls = methods.map((method) => ({ contract: 'mine', method, args: {} }));
    const options = { chainId: 'c', nonce: new Uint8Array(16), validUntil: 0, signer: keyOf('me') };
    const unsigned = buildTransaction(nodeCrypto, calls, options);
    const signature = { type: 'ed25519', signature: new Uint8Array(64) } as const;
    const transaction = decodeTransaction(nodeCrypto, encodeTransaction(unsigned, signature));
    const result = executeTransaction(nodeCrypto, runtime, base, 5, transaction);
    return { result, mine: readContract(contract, base), changes: base.changes().length };
  };

  it('writes its own state and reads what it declares', () => {
    const { result, mine } = run('write');
    expect(result.outcomes.map((outcome) => decodeCbor(outcome))).toEqual([[7, [['mine.wrote', null]]]]);
    expect(mine.numbers.get(1)).toBe(42);
  });

  it('leaves nothing of the calls before a rejection', () => {
    const { result, changes } = run('write', 'writeThenReject');
    expect(result.rejection).toEqual({ callIndex: 1, code: 'mine.no' });
    expect(result.outcomes).toEqual([]);
    expect(changes).toBe(1);
  });

  it('halts the node by a rejection that it does not declare, and by a defect', () => {
    expect(() => run('rejectOtherwise')).toThrow(expect.objectContaining({ name: 'InvariantError' }));
    expect(() => run('fail')).toThrow(TypeError);
  });

  it('sees nothing but this', () => {
    const [outcome] = run('look').result.outcomes.map((bytes) => decodeCbor(bytes)) as [[string[], unknown]];
    expect(outcome[0]).toEqual(['caller', 'crypto', 'emit', 'read', 'reject', 'signerKeyId', 'state', 'time']);
  });
});

describe('keys of collections', () => {
  it('are no prefix of each other and sort as their parts', () => {
    const keys = ['a', 'ab', 'b'].flatMap((text) => [1, 2, 300].map((n) => collectionKey('c', 'x', [text, n])));
    const sorted = [...keys].sort((a, b) => Buffer.compare(a, b));
    expect(keys).toEqual(sorted);
    for (const a of keys) for (const b of keys) expect(a !== b && Buffer.from(b).indexOf(a) === 0).toBe(false);
  });

  it('hold no text with NUL', () => {
    expect(() => collectionKey('c', 'x', ['a\0'])).toThrow(expect.objectContaining({ name: 'InvariantError' }));
  });
});

describe('setOf', () => {
  it('is a list without repetition', () => {
    const schema = setOf(z.enum(['a', 'b']), 2);
    const accepted = [['a'], ['a', 'b'], ['b', 'a'], [], ['a', 'a'], ['c'], 'a'].map(
      (value) => schema.safeParse(value).success,
    );
    expect(accepted).toEqual([true, true, true, false, false, false, false]);
  });
});
