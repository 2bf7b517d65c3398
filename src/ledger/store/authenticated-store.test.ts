import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES, type TestDatabase } from '../../../test/support/databases.js';
import { referenceStateRoot } from '../../../test/support/reference-tree.js';
import { nodeCrypto } from '../../platform/node-crypto.js';
import { compareBytes, fromHex, toHex, utf8ToBytes } from '../../primitives/bytes.js';
import { EMPTY_ROOT } from '../tree/node-hash.js';
import { openStateStore, type AuthenticatedStore } from './authenticated-store.js';
import { KEYSPACE } from './database.js';
import type { StateChange } from './state-store.js';

const text = utf8ToBytes;
const set = (key: string, value: string): StateChange => ({ key: text(key), value: text(value) });
const NO_PREFIX = new Uint8Array(0);

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
