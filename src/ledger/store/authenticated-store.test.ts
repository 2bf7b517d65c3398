import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES, type TestDatabase } from '../../../test/support/databases.js';
import { referenceStateRoot } from '../../../test/support/reference-tree.js';
import { nodeCrypto } from '../../platform/node-crypto.js';
import { encodeCbor, type CborValue } from '../../primitives/cbor.js';
import { compareBytes, fromHex, toHex, utf8ToBytes } from '../../primitives/bytes.js';
import { EMPTY_ROOT } from '../tree/node-hash.js';
import { openStateStore, type AuthenticatedStore } from './authenticated-store.js';
import { KEYSPACE, type Database, type DatabaseWrite } from './database.js';
import type { StateChange } from './state-store.js';
import { stateKey } from './version-record.js';

const text = utf8ToBytes;
const set = (key: string, value: string): StateChange => ({ key: text(key), value: text(value) });
const NO_PREFIX = new Uint8Array(0);
/** Second byte of the records of the version key space. */
const VERSION = 0x76;
const LAST_COMMIT = 0x63;

async function contents(store: AuthenticatedStore, prefix: Uint8Array = NO_PREFIX): Promise<[string, string][]> {
  const entries: [string, string][] = [];
  for await (const [key, value] of store.range(prefix)) entries.push([toHex(key), toHex(value)]);
  return entries;
}

describe.each(DATABASES)('the state store over $name', ({ open }) => {
  let opened: TestDatabase;
  let store: AuthenticatedStore;
  beforeEach(async () => {
    opened = await open();
    store = openStateStore(nodeCrypto, opened.database);
  });
  afterEach(() => opened.dispose());

  const commit = (height: number, ...changes: StateChange[]): Promise<void> =>
    store.commit(store.stage(changes), height);

  it('begins empty', async () => {
    expect(store.height).toBe(0);
    expect(store.size).toBe(0);
    expect(store.root).toEqual(EMPTY_ROOT);
    expect(EMPTY_ROOT).toEqual(nodeCrypto.sha256(NO_PREFIX));
    expect(await contents(store)).toEqual([]);
    await store.verify();
  });

  it('commits, reopens and reads back', async () => {
    await commit(5, set('a', '1'), set('ab', '2'), set('b', ''));
    store = openStateStore(nodeCrypto, await opened.reopen());
    expect(store.height).toBe(5);
    expect(store.size).toBe(3);
    expect(store.get(text('ab'))).toEqual(text('2'));
    expect(store.get(text('b'))).toEqual(NO_PREFIX);
    expect(store.get(text('c'))).toBeUndefined();
    expect(await contents(store, text('a'))).toEqual([
      [toHex(text('a')), toHex(text('1'))],
      [toHex(text('ab')), toHex(text('2'))],
    ]);
  });

  it('stages without a trace', async () => {
    await commit(1, set('a', '1'));
    const before = store.root;
    expect(store.stage([set('a', '2')]).root).not.toEqual(before);
    expect(store.stage([set('a', '1'), { key: text('z'), value: undefined }]).root).toEqual(before);
    expect(store.get(text('a'))).toEqual(text('1'));
    expect(store.root).toEqual(before);
    expect(store.stage([{ key: text('a'), value: undefined }]).root).toEqual(EMPTY_ROOT);
  });

  it('keeps the root when nothing changes, whatever the height', async () => {
    await commit(1, set('a', '1'));
    const { root } = store;
    await commit(2);
    await commit(9, set('a', '1'));
    expect(store.root).toEqual(root);
    expect(store.height).toBe(9);
  });

  it('writes what the caller adds in the same batch', async () => {
    const extra = { key: new Uint8Array([KEYSPACE.history, 1]), value: text('x') };
    await store.commit(store.stage([set('a', '1')]), 1, [extra]);
    expect(opened.database.get(extra.key)).toEqual(extra.value);
    await store.rollback([{ ...extra, value: undefined }]);
    expect(opened.database.get(extra.key)).toBeUndefined();
  });

  it('goes back one height, once', async () => {
    await commit(3, set('a', '1'), set('b', '1'));
    const { root } = store;
    await commit(4, set('a', '2'), { key: text('b'), value: undefined }, set('c', '3'));
    store = openStateStore(nodeCrypto, await opened.reopen());
    await store.rollback();
    expect(store.height).toBe(3);
    expect(store.root).toEqual(root);
    expect(store.size).toBe(2);
    expect(store.get(text('a'))).toEqual(text('1'));
    expect(store.get(text('b'))).toEqual(text('1'));
    expect(store.get(text('c'))).toBeUndefined();
    await store.verify();
    await expect(store.rollback()).rejects.toMatchObject({ code: 'state.no-rollback' });
    await commit(4, set('a', '5'));
    await store.rollback();
    expect(store.root).toEqual(root);
  });

  it('goes back to nothing', async () => {
    await commit(1, set('a', '1'));
    await store.rollback();
    expect(store.height).toBe(0);
    expect(store.root).toEqual(EMPTY_ROOT);
    await expect(store.rollback()).rejects.toMatchObject({ code: 'state.no-rollback' });
  });

  it('shows the version before while a commit is under way', async () => {
    await commit(1, set('a', '1'), set('b', '1'));
    const proofBefore = store.prove(text('a'));
    const committed = store.commit(
      store.stage([set('a', '2'), { key: text('b'), value: undefined }, set('c', '3')]),
      2,
    );
    const seen = { a: store.get(text('a')), b: store.get(text('b')), c: store.get(text('c')), height: store.height };
    const proof = store.prove(text('a'));
    await committed;
    expect(seen).toEqual({ a: text('1'), b: text('1'), c: undefined, height: 1 });
    expect(proof).toEqual(proofBefore);
    expect(store.get(text('a'))).toEqual(text('2'));
    expect(store.prove(text('a'))).not.toEqual(proofBefore);
  });

  it('notices values that the database has lost, brought back or made up', async () => {
    await commit(1, set('a', '1'), set('b', '1'), set('c', '1'));
    await commit(2, set('a', '2'), { key: text('b'), value: undefined });
    await commit(3);
    const inDatabase = (key: string, value: string | undefined): DatabaseWrite[] => [
      { key: stateKey(text(key)), value: value === undefined ? undefined : text(value) },
    ];
    const cases = [
      ['a', '1', '2'],
      ['a', undefined, '2'],
      ['b', '1', undefined],
    ] as const;
    for (const [key, wrong, right] of cases) {
      await opened.database.write(inDatabase(key, wrong), { durable: true });
      const corrupt = { code: 'state.corrupt' };
      const trusting = openStateStore(nodeCrypto, opened.database, { checkReads: false });
      expect(trusting.get(text(key))).toEqual(wrong === undefined ? undefined : text(wrong));
      for (const checking of [store, openStateStore(nodeCrypto, opened.database)]) {
        expect(() => checking.get(text(key))).toThrow(expect.objectContaining(corrupt) as Error);
        expect(checking.get(text('c'))).toEqual(text('1'));
      }
      await expect(trusting.verify()).rejects.toMatchObject(corrupt);
      await opened.database.write(inDatabase(key, right), { durable: true });
      await trusting.verify();
    }
  });

  it('does not finish verifying a state that moves on', async () => {
    await commit(1, set('a', '1'), set('b', '1'));
    await commit(2);
    const { database } = opened;
    const committing: Database = {
      get: (key) => database.get(key),
      write: (writes, options) => database.write(writes, options),
      close: () => database.close(),
      async *range(range) {
        for await (const entry of database.range(range)) {
          if (store.height === 2) await commit(3, set('c', '1'));
          yield entry;
        }
      },
    };
    store = openStateStore(nodeCrypto, committing);
    await expect(store.verify()).rejects.toMatchObject({ code: 'state.moved-on' });
    const progress: number[] = [];
    await store.verify((keysChecked) => progress.push(keysChecked));
    expect(progress).toEqual([3]);
  });

  it.each<[string, number, CborValue | Uint8Array]>([
    ['a version that is no CBOR', VERSION, new Uint8Array(0)],
    ['a version that is no array', VERSION, 1],
    ['a version of another format', VERSION, [2, 2, EMPTY_ROOT, 1]],
    ['a version too short', VERSION, [1, 2, EMPTY_ROOT]],
    ['a version with a short root', VERSION, [1, 2, EMPTY_ROOT.slice(1), 1]],
    ['a version with another root', VERSION, [1, 2, nodeCrypto.sha256(EMPTY_ROOT), 1]],
    ['a last commit of another format', LAST_COMMIT, [2, 1, EMPTY_ROOT, 0, NO_PREFIX, NO_PREFIX]],
    ['a last commit without a root', LAST_COMMIT, [1, 1, null, 0, NO_PREFIX, NO_PREFIX]],
    ['a last commit without changes', LAST_COMMIT, [1, 1, EMPTY_ROOT, 0, null, NO_PREFIX]],
    ['a last commit with cut changes', LAST_COMMIT, [1, 1, EMPTY_ROOT, 0, new Uint8Array(9), new Uint8Array(7)]],
  ])('notices %s', async (_, record, wrong) => {
    await commit(1, set('a', '1'));
    await commit(2, set('a', '2'));
    const value = wrong instanceof Uint8Array ? wrong : encodeCbor(wrong);
    await opened.database.write([{ key: Uint8Array.of(KEYSPACE.version, record), value }], { durable: true });
    expect(() => openStateStore(nodeCrypto, opened.database)).toThrow(
      expect.objectContaining({ code: 'state.corrupt' }) as Error,
    );
  });

  it('does not roll back to a root that the last commit was not made on', async () => {
    await commit(1, set('a', '1'));
    await commit(2, set('a', '2'));
    const value = encodeCbor([1, 1, EMPTY_ROOT, 0, NO_PREFIX, NO_PREFIX]);
    await opened.database.write([{ key: Uint8Array.of(KEYSPACE.version, LAST_COMMIT), value }], { durable: true });
    store = openStateStore(nodeCrypto, opened.database);
    await expect(store.rollback()).rejects.toMatchObject({ code: 'state.corrupt' });
  });

  it('refuses what would be a defect of the caller', async () => {
    await commit(2, set('a', '1'));
    const stale = store.stage([set('a', '2')]);
    await commit(3, set('a', '3'));
    await expect(store.commit(stale, 4)).rejects.toThrow('staged on');
    await expect(store.commit(store.stage([]), 3)).rejects.toThrow('ascend');
    expect(() => store.stage([set('a', '1'), set('a', '2')])).toThrow('one change a key');
    expect(() => store.stage([set('', '1')])).toThrow('not empty');
    const first = store.commit(store.stage([set('a', '4')]), 4);
    await expect(store.commit(store.stage([set('a', '5')]), 4)).rejects.toThrow('one commit at a time');
    await first;
  });

  it('behaves like a map whose root is that of the definition, with every page evicted at once', async () => {
    const key = fc.nat(199).map((n) => text(`key ${n}`));
    const change = fc.record({
      key,
      value: fc.option(
        fc.nat(9).map((n) => text(String(n))),
        { nil: undefined, freq: 2 },
      ),
    });
    const changes = fc.uniqueArray(change, { maxLength: 120, selector: (c) => toHex(c.key) });
    const step = fc.oneof(
      { weight: 8, arbitrary: changes.map((list) => ({ kind: 'commit' as const, list })) },
      { weight: 1, arbitrary: fc.constant({ kind: 'rollback' as const }) },
      { weight: 1, arbitrary: fc.boolean().map((small) => ({ kind: 'reopen' as const, small })) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        await opened.dispose();
        opened = await open();
        store = openStateStore(nodeCrypto, opened.database);
        let model = new Map<string, Uint8Array>();
        let before: Map<string, Uint8Array> | undefined;
        for (const action of steps) {
          if (action.kind === 'reopen') {
            store = openStateStore(nodeCrypto, await opened.reopen(), action.small ? { pageCacheBytes: 0 } : {});
          } else if (action.kind === 'commit') {
            const staged = store.stage(action.list);
            before = new Map(model);
            for (const { key: k, value } of action.list) {
              if (value === undefined) model.delete(toHex(k));
              else model.set(toHex(k), value);
            }
            await store.commit(staged, store.height + 1);
          } else if (before !== undefined) {
            await store.rollback();
            model = before;
            before = undefined;
          } else {
            await expect(store.rollback()).rejects.toMatchObject({ code: 'state.no-rollback' });
          }
          expect(store.size).toBe(model.size);
          const entries = [...model].map(([id, value]) => [fromHex(id), value] as const);
          expect(store.root).toEqual(referenceStateRoot(nodeCrypto, entries));
        }
        const sorted = [...model].map(([id, v]) => [fromHex(id), v] as const).sort(([a], [b]) => compareBytes(a, b));
        expect(await contents(store)).toEqual(sorted.map(([k, v]) => [toHex(k), toHex(v)]));
        await store.verify();
      }),
      { numRuns: 40 },
    );
  });
});
