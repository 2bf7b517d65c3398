import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES, type TestDatabase } from '../../../test/support/databases.js';
import { nodeCrypto } from '../../platform/node-crypto.js';
import { fromHex, toHex, utf8ToBytes } from '../../primitives/bytes.js';
import { encodeCbor } from '../../primitives/cbor.js';
import { openStateStore, type AuthenticatedStore } from './authenticated-store.js';
import { KEYSPACE } from './database.js';
import { encodeEntries } from './entry-codec.js';
import { MemoryDatabase } from './memory-database.js';
import { decodeSnapshotMetadata, encodeSnapshotMetadata, exportSnapshot, type SnapshotMetadata } from './snapshot.js';
import { SnapshotRestore } from './snapshot-restore.js';
import type { StateChange } from './state-store.js';

interface Snapshot {
  readonly metadata: SnapshotMetadata;
  readonly chunks: readonly Uint8Array[];
}

async function snapshotOf(store: AuthenticatedStore): Promise<Snapshot> {
  const chunks: Uint8Array[] = [];
  const metadata = await exportSnapshot(nodeCrypto, store, (chunk, index) => {
    expect(index).toBe(chunks.length);
    chunks.push(chunk);
    return Promise.resolve();
  });
  expect(metadata.chunkHashes).toEqual(chunks.map((chunk) => nodeCrypto.sha256(chunk)));
  return { metadata, chunks };
}

const key = (n: number): Uint8Array => utf8ToBytes(`key ${n}`);
const value = (n: number, bytes: number): Uint8Array => new Uint8Array(bytes).fill(n);
/** About 3.5 chunks, with one entry larger than a chunk. */
const ENTRIES: readonly StateChange[] = Array.from({ length: 250 }, (_, n) => ({
  key: key(n),
  value: value(n, n === 100 ? 1_500_000 : 10_000),
}));

async function committed(...batches: (readonly StateChange[])[]): Promise<AuthenticatedStore> {
  const store = openStateStore(nodeCrypto, new MemoryDatabase());
  for (const batch of batches) await store.commit(store.stage(batch), store.height + 1);
  return store;
}

describe('a snapshot', () => {
  it('is the same from stores with different histories', async () => {
    const changes = fc.uniqueArray(
      fc.record({ key: fc.nat(60).map(key), value: fc.nat(5).map((n) => value(n, 60_000)) }),
      {
        maxLength: 60,
        selector: (change) => toHex(change.key),
      },
    );
    await fc.assert(
      fc.asyncProperty(changes, changes, async (wanted, others) => {
        const kept = new Set(wanted.map((change) => toHex(change.key)));
        const removed = others.filter((change) => !kept.has(toHex(change.key)));
        const one = await committed(wanted, [], []);
        const two = await committed(
          others,
          [...wanted].reverse(),
          removed.map(({ key: k }) => ({ key: k, value: undefined })),
        );
        expect(two.root).toEqual(one.root);
        expect((await snapshotOf(two)).metadata).toEqual((await snapshotOf(one)).metadata);
      }),
      { numRuns: 15 },
    );
  });

  it('has chunks up to 1 MiB, but for an entry that is larger', async () => {
    const { chunks } = await snapshotOf(await committed(ENTRIES));
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks.filter((chunk) => chunk.length > 1024 * 1024).length).toBe(1);
  });

  it('is of the height at which it began, whatever is committed meanwhile', async () => {
    const store = await committed(ENTRIES);
    const expected = await snapshotOf(store);
    const chunks: Uint8Array[] = [];
    const metadata = await exportSnapshot(nodeCrypto, store, async (chunk) => {
      chunks.push(chunk);
      const changes = [
        { key: key(1), value: value(store.height, 5) },
        { key: key(200 + store.height), value: undefined },
      ];
      await store.commit(store.stage(changes), store.height + 1);
    });
    expect(metadata).toEqual(expected.metadata);
    expect(chunks.map((chunk) => nodeCrypto.sha256(chunk))).toEqual(metadata.chunkHashes);
  });

  it('has metadata that decode to what was encoded, and nothing else', async () => {
    const { metadata } = await snapshotOf(await committed(ENTRIES));
    const bytes = encodeSnapshotMetadata(metadata);
    expect(decodeSnapshotMetadata(bytes)).toEqual(metadata);
    const { height, root } = metadata;
    for (const [wrong, code] of [
      [bytes.slice(1), 'snapshot.malformed'],
      [encodeCbor(1), 'snapshot.malformed'],
      [encodeCbor([2, height, root, []]), 'snapshot.unknown-format'],
      [encodeCbor([1, 0, root, []]), 'snapshot.malformed'],
      [encodeCbor([1, height, root.slice(1), []]), 'snapshot.malformed'],
      [encodeCbor([1, height, root, [root.slice(1)]]), 'snapshot.malformed'],
      [encodeCbor([1, height, root, [], 0]), 'snapshot.malformed'],
      [encodeCbor([1, height, root]), 'snapshot.malformed'],
    ] as const) {
      expect(() => decodeSnapshotMetadata(wrong)).toThrow(expect.objectContaining({ code }) as Error);
    }
  });
});

describe.each(DATABASES)('a snapshot restored into $name', ({ open }) => {
  let opened: TestDatabase;
  let source: AuthenticatedStore;
  let snapshot: Snapshot;
  beforeAll(async () => {
    source = await committed(ENTRIES.slice(0, 120), ENTRIES.slice(120));
    snapshot = await snapshotOf(source);
  });
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.dispose());

  const begin = (metadata = snapshot.metadata): Promise<SnapshotRestore> =>
    SnapshotRestore.begin(nodeCrypto, opened.database, metadata, metadata);

  it('is the state it was taken from', async () => {
    const restore = await begin();
    for (const chunk of snapshot.chunks) await restore.apply(chunk);
    expect(restore.nextIndex).toBe(snapshot.chunks.length);
    await restore.finish();
    const store = openStateStore(nodeCrypto, await opened.reopen());
    expect([store.height, store.size, store.root]).toEqual([source.height, source.size, source.root]);
    await store.verify();
    expect((await snapshotOf(store)).metadata).toEqual(snapshot.metadata);
    await expect(store.rollback()).rejects.toMatchObject({ code: 'state.no-rollback' });
    await store.commit(store.stage([{ key: key(1), value: undefined }]), store.height + 1);
    await store.rollback();
    expect(store.root).toEqual(source.root);
  });

  it('refuses a bad chunk and goes on with a good one', async () => {
    const restore = await begin();
    const [first, second] = snapshot.chunks as [Uint8Array, Uint8Array];
    await restore.apply(first);
    const badChunk = { code: 'snapshot.bad-chunk' };
    await expect(restore.apply(first)).rejects.toMatchObject(badChunk);
    await expect(restore.apply(second.with(9, (second[9] as number) ^ 1))).rejects.toMatchObject(badChunk);
    await expect(restore.apply(new Uint8Array(0))).rejects.toMatchObject(badChunk);
    for (const chunk of snapshot.chunks.slice(1)) await restore.apply(chunk);
    await restore.finish();
    expect(openStateStore(nodeCrypto, opened.database).root).toEqual(source.root);
  });

  it('that was interrupted does not open, and starts over', async () => {
    const interrupted = await begin();
    await interrupted.apply(snapshot.chunks[0] as Uint8Array);
    expect(() => openStateStore(nodeCrypto, opened.database)).toThrow(
      expect.objectContaining({ code: 'state.restore-unfinished' }) as Error,
    );
    const small = await snapshotOf(await committed([{ key: key(500), value: value(1, 1) }]));
    const restore = await begin(small.metadata);
    await restore.apply(small.chunks[0] as Uint8Array);
    await restore.finish();
    const store = openStateStore(nodeCrypto, opened.database);
    await store.verify();
    expect(store.size).toBe(1);
    expect(store.get(key(0))).toBeUndefined();
  });

  it('of another root than the trusted one is refused, at once or at the end', async () => {
    const wrongRoot = { code: 'snapshot.wrong-root' };
    const { metadata } = snapshot;
    const otherRoot = nodeCrypto.sha256(metadata.root);
    for (const trusted of [
      { ...metadata, root: otherRoot },
      { ...metadata, height: metadata.height + 1 },
    ]) {
      await expect(SnapshotRestore.begin(nodeCrypto, opened.database, metadata, trusted)).rejects.toMatchObject(
        wrongRoot,
      );
    }
    const restore = await begin({ ...metadata, root: otherRoot });
    for (const chunk of snapshot.chunks) await restore.apply(chunk);
    await expect(restore.finish()).rejects.toMatchObject(wrongRoot);
    const store = openStateStore(nodeCrypto, opened.database);
    expect(store.height).toBe(0);
    expect(store.get(key(0))).toBeUndefined();
    for await (const entry of opened.database.range({ gte: fromHex('01'), lt: Uint8Array.of(KEYSPACE.history) })) {
      expect.unreachable(`left behind: ${toHex(entry[0])}`);
    }
  });

  it('never mixes with state that is there', async () => {
    const store = openStateStore(nodeCrypto, opened.database);
    await store.commit(store.stage([{ key: key(1), value: value(1, 1) }]), 1);
    await expect(begin()).rejects.toMatchObject({ code: 'snapshot.not-empty' });
  });

  it.each<[string, readonly StateChange[]]>([
    [
      'keys out of order',
      [
        { key: key(2), value: value(1, 1) },
        { key: key(1), value: value(1, 1) },
      ],
    ],
    [
      'a key twice',
      [
        { key: key(2), value: value(1, 1) },
        { key: key(2), value: value(1, 1) },
      ],
    ],
    ['a key without a value', [{ key: key(2), value: undefined }]],
    ['an empty key', [{ key: new Uint8Array(0), value: value(1, 1) }]],
    ['nothing', []],
  ])('refuses a chunk with %s though its hash is right', async (_, entries) => {
    const chunk = encodeEntries(entries);
    const restore = await begin({ ...snapshot.metadata, chunkHashes: [nodeCrypto.sha256(chunk)] });
    await expect(restore.apply(chunk)).rejects.toMatchObject({ code: 'snapshot.bad-chunk' });
  });
});
