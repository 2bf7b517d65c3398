import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { referenceTreeRoot } from '../../../test/support/reference-tree.js';
import { nodeCrypto } from '../../platform/node-crypto.js';
import { compareBytes, fromHex, toHex } from '../../primitives/bytes.js';
import { KEYSPACE } from '../store/database.js';
import { prefixRange } from '../store/key-range.js';
import { MemoryDatabase } from '../store/memory-database.js';
import type { TreeChange } from './leaf-page.js';
import { EMPTY_ROOT } from './node-hash.js';
import { StateTree } from './state-tree.js';

const CORRUPT = expect.objectContaining({ code: 'state.corrupt' }) as Error;
const hashOf = (n: number): Uint8Array => nodeCrypto.sha256(Uint8Array.of(n >> 16, n >> 8, n));
const put = (n: number, value = n): TreeChange => ({ treeKey: hashOf(n), valueHash: hashOf(value) });
const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

interface Opened {
  readonly database: MemoryDatabase;
  readonly tree: StateTree;
}

function openTree(options: { pageCacheBytes: number } = { pageCacheBytes: 1 << 24 }): Opened {
  const database = new MemoryDatabase();
  return { database, tree: new StateTree(nodeCrypto, database, { root: EMPTY_ROOT, ...options }) };
}

/** Commits changes; returns how many pages that wrote or removed. */
async function apply({ database, tree }: Opened, changes: readonly TreeChange[]): Promise<number> {
  const staged = tree.stage(changes);
  const writes = tree.writes(staged);
  await tree.advance(staged, () => database.write(writes));
  return writes.length;
}

async function storedPages(database: MemoryDatabase): Promise<(readonly [Uint8Array, Uint8Array])[]> {
  const pages: (readonly [Uint8Array, Uint8Array])[] = [];
  for await (const page of database.range(prefixRange(Uint8Array.of(KEYSPACE.tree)))) pages.push(page);
  return pages;
}

describe('the pages of the state tree', () => {
  it('do not show in the root: it is the same whatever the history', async () => {
    const key = fc.nat(300);
    const batches = fc.array(
      fc.uniqueArray(fc.tuple(key, fc.option(fc.nat(3))), { selector: ([k]) => k, maxLength: 200 }),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    await fc.assert(
      fc.asyncProperty(batches, fc.boolean(), async (history, isCached) => {
        const opened = openTree({ pageCacheBytes: isCached ? 1 << 24 : 0 });
        const model = new Map<number, number>();
        for (const batch of history) {
          const before = opened.tree.root;
          const changes = batch.map(([k, v]) => ({
            treeKey: hashOf(k),
            valueHash: v === null ? undefined : hashOf(v),
          }));
          const staged = opened.tree.stage(changes);
          const sizeBefore = model.size;
          for (const [k, v] of batch)
            if (v === null) model.delete(k);
            else model.set(k, v);
          expect(staged.sizeChange).toBe(model.size - sizeBefore);
          await opened.tree.advance(staged, () => opened.database.write(opened.tree.writes(staged)));
          expect(opened.tree.root).toEqual(
            referenceTreeRoot(
              nodeCrypto,
              Array.from(model, ([k, v]) => [hashOf(k), hashOf(v)] as const),
            ),
          );
          expect(opened.tree.stage(staged.undo).root).toEqual(before);
        }
        for (const k of range(301)) {
          const value = model.get(k);
          expect(opened.tree.get(hashOf(k))).toEqual(value === undefined ? undefined : hashOf(value));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('hold keys that share all but the last bits', async () => {
    const opened = openTree({ pageCacheBytes: 0 });
    const keys = range(256).map((n) => fromHex('ab'.repeat(31) + n.toString(16).padStart(2, '0')));
    const entries = keys.map((treeKey) => ({ treeKey, valueHash: nodeCrypto.sha256(treeKey) }));
    await apply(opened, entries);
    expect(opened.tree.root).toEqual(
      referenceTreeRoot(
        nodeCrypto,
        entries.map((e) => [e.treeKey, e.valueHash] as const),
      ),
    );
    for (const { treeKey, valueHash } of entries) expect(opened.tree.get(treeKey)).toEqual(valueHash);
    await apply(
      opened,
      entries.slice(1).map(({ treeKey }) => ({ treeKey, valueHash: undefined })),
    );
    expect(opened.tree.root).toEqual(
      referenceTreeRoot(
        nodeCrypto,
        entries.slice(0, 1).map((e) => [e.treeKey, e.valueHash] as const),
      ),
    );
  });

  it('are all removed with the last key', async () => {
    const opened = openTree();
    await apply(
      opened,
      range(2000).map((n) => put(n)),
    );
    expect((await storedPages(opened.database)).length).toBeGreaterThan(60);
    await apply(
      opened,
      range(2000).map((n) => ({ treeKey: hashOf(n), valueHash: undefined })),
    );
    expect(await storedPages(opened.database)).toEqual([]);
    expect(opened.tree.root).toEqual(EMPTY_ROOT);
  });

  it('are written only on the way to a change', async () => {
    const opened = openTree();
    await apply(
      opened,
      range(20_000).map((n) => put(n)),
    );
    expect(await apply(opened, [put(7, 8)])).toBe(4);
    expect(await apply(opened, [put(7, 8), { treeKey: hashOf(1 << 20), valueHash: undefined }])).toBe(0);
  });

  it('are staged as often as one likes, from the same version', async () => {
    const opened = openTree();
    await apply(
      opened,
      range(500).map((n) => put(n)),
    );
    const dropped = opened.tree.stage(range(300).map((n) => put(n, n + 1)));
    const kept = opened.tree.stage([put(1, 2)]);
    await opened.tree.advance(kept, () => opened.database.write(opened.tree.writes(kept)));
    expect(opened.tree.stage(range(300).map((n) => put(n, n + 1))).root).toEqual(dropped.root);
    expect(opened.tree.get(hashOf(1))).toEqual(hashOf(2));
  });

  it('stay as they were when the write fails', async () => {
    const opened = openTree();
    await apply(
      opened,
      range(100).map((n) => put(n)),
    );
    const { root } = opened.tree;
    const staged = opened.tree.stage([put(1, 2)]);
    await expect(opened.tree.advance(staged, () => Promise.reject(new Error('disk')))).rejects.toThrow('disk');
    expect(opened.tree.root).toEqual(root);
    expect(opened.tree.get(hashOf(1))).toEqual(hashOf(1));
    await opened.tree.advance(staged, () => opened.database.write(opened.tree.writes(staged)));
    expect(opened.tree.get(hashOf(1))).toEqual(hashOf(2));
  });
});

describe('a damaged page', () => {
  it('is noticed when it is read, whichever bit of it changed', async () => {
    const opened = openTree();
    await apply(
      opened,
      range(100).map((n) => put(n)),
    );
    for (const [key, page] of await storedPages(opened.database)) {
      for (let bit = 0; bit < 8 * page.length; bit += 61) {
        const damaged = page.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
        await opened.database.write([{ key, value: damaged }]);
        const tree = new StateTree(nodeCrypto, opened.database, { root: opened.tree.root, pageCacheBytes: 0 });
        expect(() => range(100).map((n) => tree.get(hashOf(n)))).toThrow(CORRUPT);
        expect(() => tree.stage(range(100).map((n) => put(n, n + 1)))).toThrow(CORRUPT);
      }
      await opened.database.write([{ key, value: page }]);
    }
  });

  it.each<[string, (page: Uint8Array) => Uint8Array | undefined]>([
    ['missing', () => undefined],
    ['empty', () => new Uint8Array(0)],
    ['cut short', (page) => page.slice(0, -1)],
    ['longer', (page) => Uint8Array.of(...page, 0)],
    ['cut to its header', (page) => page.slice(0, 3)],
    ['of an unknown kind', (page) => page.with(0, 2)],
  ])('is noticed when it is %s', async (_, damage) => {
    const opened = openTree();
    await apply(
      opened,
      range(100).map((n) => put(n)),
    );
    for (const [key, page] of await storedPages(opened.database)) {
      await opened.database.write([{ key, value: damage(page) }]);
      const tree = new StateTree(nodeCrypto, opened.database, { root: opened.tree.root, pageCacheBytes: 0 });
      expect(() => range(100).map((n) => tree.get(hashOf(n))), toHex(key)).toThrow(CORRUPT);
      await opened.database.write([{ key, value: page }]);
    }
  });

  it('with two entries swapped or one doubled is noticed before it is hashed', async () => {
    const opened = openTree();
    const keys = range(2)
      .map((n) => hashOf(n))
      .sort(compareBytes);
    await apply(
      opened,
      keys.map((treeKey) => ({ treeKey, valueHash: treeKey })),
    );
    const [[key, page]] = (await storedPages(opened.database)) as [readonly [Uint8Array, Uint8Array]];
    const [first, second] = [page.slice(1, 65), page.slice(65)];
    for (const entries of [
      [second, first],
      [first, first],
    ]) {
      await opened.database.write([
        { key, value: Uint8Array.of(0, ...(entries[0] as Uint8Array), ...(entries[1] as Uint8Array)) },
      ]);
      const tree = new StateTree(nodeCrypto, opened.database, { root: opened.tree.root, pageCacheBytes: 0 });
      expect(() => tree.rootPage()).toThrow(CORRUPT);
    }
  });
});
