import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES, type TestDatabase } from '../../../test/support/databases.js';
import { compareBytes, fromHex, toHex } from '../../primitives/bytes.js';
import type { Database, DatabaseRange } from './database.js';

const key = (...bytes: number[]): Uint8Array => new Uint8Array(bytes);
const ALL: DatabaseRange = { gte: key(0), lt: key(255, 255, 255, 255) };

async function collect(database: Database, range: DatabaseRange): Promise<[string, string][]> {
  const entries: [string, string][] = [];
  for await (const [k, v] of database.range(range)) entries.push([toHex(k), toHex(v)]);
  return entries;
}

describe.each(DATABASES)('$name is a Database', ({ open }) => {
  let opened: TestDatabase;
  let database: Database;
  beforeEach(async () => {
    opened = await open();
    database = opened.database;
  });
  afterEach(() => opened.dispose());

  it('gives back what was written, as plain arrays, and nothing for other keys', async () => {
    await database.write([{ key: key(1, 2), value: key(3) }], { durable: true });
    expect(database.get(key(1, 2))).toEqual(key(3));
    expect(database.get(key(1, 2))?.constructor).toBe(Uint8Array);
    expect(database.get(key(1))).toBeUndefined();
    expect(database.get(key(1, 2, 0))).toBeUndefined();
  });

  it('keeps an empty value apart from none', async () => {
    await database.write([{ key: key(1), value: key() }], { durable: false });
    expect(database.get(key(1))).toEqual(key());
    await database.write([{ key: key(1), value: undefined }], { durable: false });
    expect(database.get(key(1))).toBeUndefined();
  });

  it('lets the last write to a key count', async () => {
    await database.write(
      [
        { key: key(1), value: key(1) },
        { key: key(1), value: undefined },
        { key: key(2), value: undefined },
        { key: key(2), value: key(2) },
      ],
      { durable: false },
    );
    expect(await collect(database, ALL)).toEqual([['02', '02']]);
  });

  it('takes an empty batch', async () => {
    await database.write([], { durable: true });
    expect(await collect(database, ALL)).toEqual([]);
  });

  it('ranges over a snapshot: writes after the first step do not show', async () => {
    await database.write(
      [key(1), key(2), key(3)].map((k) => ({ key: k, value: key(0) })),
      { durable: false },
    );
    const iterator = database.range(ALL)[Symbol.asyncIterator]();
    const first: unknown = (await iterator.next()).value;
    await database.write(
      [
        { key: key(2), value: key(9) },
        { key: key(3), value: undefined },
        { key: key(4), value: key(9) },
      ],
      { durable: false },
    );
    const rest: unknown[] = [];
    for (let step = await iterator.next(); step.done !== true; step = await iterator.next()) rest.push(step.value);
    expect([first, ...rest]).toEqual([
      [key(1), key(0)],
      [key(2), key(0)],
      [key(3), key(0)],
    ]);
  });

  it('can be left in the middle of a range', async () => {
    await database.write(
      [key(1), key(2)].map((k) => ({ key: k, value: key(0) })),
      { durable: false },
    );
    const iterator = database.range(ALL)[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: [key(1), key(0)] });
    await iterator.return?.();
    expect(database.get(key(2))).toEqual(key(0));
  });

  it('refuses everything once closed', async () => {
    await database.close();
    const closed = { code: 'database.closed' };
    expect(() => database.get(key(1))).toThrow(expect.objectContaining(closed) as Error);
    await expect(collect(database, ALL)).rejects.toMatchObject(closed);
    await expect(
      Promise.resolve().then(() => database.write([{ key: key(1), value: key(1) }], { durable: true })),
    ).rejects.toMatchObject(closed);
    await database.close();
  });

  it('behaves like a sorted map', async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 3, max: 3 });
    const writes = fc.array(
      fc.record({ key: bytes, value: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined }) }),
    );
    const range = fc.record(
      { gte: bytes, lt: bytes, reverse: fc.boolean(), limit: fc.integer({ min: 0, max: 5 }) },
      { requiredKeys: ['gte', 'lt'] },
    );
    const model = new Map<string, Uint8Array>();
    await fc.assert(
      fc.asyncProperty(writes, range, async (batch, wanted) => {
        await database.write(batch, { durable: false });
        for (const { key: k, value } of batch) {
          if (value === undefined) model.delete(toHex(k));
          else model.set(toHex(k), value);
        }
        for (const [id, value] of model) expect(database.get(fromHex(id))).toEqual(value);
        let expected = [...model]
          .filter(([id]) => compareBytes(fromHex(id), wanted.gte) >= 0 && compareBytes(fromHex(id), wanted.lt) < 0)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([id, value]) => [id, toHex(value)]);
        if (wanted.reverse === true) expected.reverse();
        expected = expected.slice(0, wanted.limit);
        expect(await collect(database, wanted)).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});
