import { describe, expect, it, vi } from 'vitest';
import { DATABASES } from '../../../test/support/databases.js';
import { checkLedger } from '../../../sim/solo-crash/check-ledger.js';
import { GatedDatabase } from '../../../testkit/gated-database.js';
import { openTestLedger, type TestLedger } from '../../../testkit/ledger.js';
import { signedTransaction, TEST_TIME, vouchCall } from '../../../testkit/transactions.js';
import { callOf } from '../../contracts/calls.js';
import { MemoryDatabase } from '../../ledger/store/memory-database.js';
import { nodeCrypto } from '../../platform/node-crypto.js';
import { equalBytes, toHex } from '../../primitives/bytes.js';
import { CairnError } from '../../primitives/errors.js';
import type { CommittedBlock } from '../driver.js';
import { POOL_LIMITS } from './pool.js';

const transaction = () => signedTransaction([vouchCall()]);

/** Lets everything that is ready run. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

async function gated(): Promise<{ database: GatedDatabase; ledger: TestLedger }> {
  const database = new GatedDatabase(new MemoryDatabase());
  return { database, ledger: await openTestLedger({ database }) };
}

describe.each(DATABASES)('the solo driver on $name', ({ open }) => {
  it('commits, answers, and goes on where it was after being opened again', async () => {
    const opened = await open();
    const { driver } = await openTestLedger({ database: opened.database });
    const first = await driver.submit(transaction());
    const all = await Promise.all(Array.from({ length: 20 }, () => driver.submit(transaction())));
    const told = [first, ...all].map(({ id, height, index, result }) => {
      return { id: toHex(id), height, index, result: toHex(nodeCrypto.sha256(result.data)) };
    });
    await driver.close();
    const database = await opened.reopen();
    const clock = { seconds: TEST_TIME };
    const report = await checkLedger(database, { acknowledged: told, clock, wholeState: true });
    expect(report.problems).toEqual([]);
    const again = await openTestLedger({ database });
    expect((await again.driver.submit(transaction())).height).toBeGreaterThan(first.height);
    await again.driver.close();
    await opened.dispose();
  });
});

describe('group commit', () => {
  it('lets one alone not wait', async () => {
    const { driver } = await openTestLedger();
    const before = driver.chain.height;
    const { height, index } = await driver.submit(transaction());
    expect([height, index]).toEqual([before + 1, 0]);
  });

  it('puts all that wait into the next block', async () => {
    const { database, ledger } = await gated();
    const { driver } = ledger;
    await driver.waitForHeight(1);
    database.hold();
    const first = driver.submit(transaction());
    await vi.waitUntil(() => database.isHolding);
    const others = Array.from({ length: 500 }, () => driver.submit(transaction()));
    await vi.waitUntil(() => driver.waiting === 500);
    database.release();
    const { height } = await first;
    const heights = new Set((await Promise.all(others)).map((committed) => committed.height));
    expect([...heights]).toEqual([height + 1]);
  });

  it('follows a block that changed the state by one that proves it, and by no more', async () => {
    const { driver, application } = await openTestLedger();
    const { height } = await driver.submit(transaction());
    await driver.waitForHeight(height + 1);
    await settle();
    expect(driver.chain.height).toBe(height + 1);
    const proof = driver.chain.signedHeader(height + 1);
    expect(equalBytes(proof?.header.appHash ?? new Uint8Array(0), application.info().appHash)).toBe(true);
    expect(application.executedBlock(height + 1)?.transactions).toEqual([]);
  });

  it('takes no more into a block than fits', async () => {
    const { database, ledger } = await gated();
    const { driver, application } = ledger;
    await driver.waitForHeight(1);
    database.hold();
    const first = driver.submit(transaction());
    await vi.waitUntil(() => database.isHolding);
    const subject = callOf('registry', 'registerSubject', {
      subject: new Uint8Array(16),
      kind: 'patient',
      signingKey: { alg: 'p256', key: new Uint8Array(65).fill(4) },
      sealingKey: new Uint8Array(1216),
      steward: null,
    });
    const large = Array.from({ length: 6 }, () => signedTransaction(Array.from({ length: 700 }, () => subject)));
    const bytes = large[0]?.length ?? 0;
    const others = large.map((transaction) => driver.submit(transaction));
    await vi.waitUntil(() => driver.waiting === large.length, { timeout: 30_000 });
    database.release();
    await Promise.all([first, ...others]);
    let fullest = 0;
    for (let height = 1; height <= driver.chain.height; height += 1) {
      const { transactions } = application.executedBlock(height) ?? { transactions: [] };
      fullest = Math.max(
        fullest,
        transactions.reduce((sum, { length }) => sum + length, 0),
      );
    }
    expect(fullest).toBeLessThan(4 * 1024 * 1024);
    expect(fullest).toBe(4 * bytes);
  });
});

describe('durability', () => {
  it('answers only when the write is durable', async () => {
    const { database, ledger } = await gated();
    await ledger.driver.waitForHeight(1);
    database.hold();
    let isAnswered = false;
    const submitted = ledger.driver.submit(transaction()).then(() => (isAnswered = true));
    await vi.waitUntil(() => database.isHolding);
    await settle();
    expect(isAnswered).toBe(false);
    expect(ledger.application.info().height).toBe(ledger.driver.chain.height);
    database.release();
    await submitted;
  });

  it('tells every submitter of a failed write, and stops', async () => {
    const memory = new MemoryDatabase();
    const database = new GatedDatabase(memory);
    const ledger = await openTestLedger({ database });
    const { driver } = ledger;
    const kept = await driver.submit(transaction());
    await driver.waitForHeight(kept.height + 1);
    database.hold();
    const failing = [transaction(), transaction()];
    const taken = driver.submit(failing[0] as Uint8Array);
    await vi.waitUntil(() => database.isHolding);
    const waiting = driver.submit(failing[1] as Uint8Array);
    await vi.waitUntil(() => driver.waiting === 1);
    const proved = driver.waitForHeight(driver.chain.height + 5);
    database.fail(new CairnError('database.full', 'The disk is full.'));
    database.release();
    const outcomes = await Promise.allSettled([taken, waiting, proved, driver.submit(transaction())]);
    expect(
      outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as CairnError).code : '')),
    ).toEqual(Array.from({ length: 4 }, () => 'database.full'));
    expect(driver.failure?.code).toBe('database.full');

    // The disk has room again: everything acknowledged is there, nothing half, and what was refused may come again.
    const again = await openTestLedger({ database: memory });
    const acknowledged = [
      { id: toHex(kept.id), height: kept.height, index: 0, result: toHex(nodeCrypto.sha256(kept.result.data)) },
    ];
    const report = await checkLedger(memory, { acknowledged, clock: { seconds: TEST_TIME }, wholeState: true });
    expect(report.problems).toEqual([]);
    for (const bytes of failing) expect((await again.driver.submit(bytes)).result.rejection).toBeNull();
  });

  it('tells submitters the truth when a listener fails after the block is durable', async () => {
    const memory = new MemoryDatabase();
    const { driver } = await openTestLedger({ database: memory });
    driver.onBlock(({ transactions }) => {
      if (transactions.length > 0) throw new CairnError('index.full', 'The index is full.');
    });
    const committed = await driver.submit(transaction());
    await expect(driver.submit(transaction())).rejects.toMatchObject({ code: 'index.full' });
    const again = await openTestLedger({ database: memory });
    expect(again.application.findTransaction(committed.id)).toMatchObject({ height: committed.height });
  });

  it('tells listeners of every block in order before it tells submitters', async () => {
    const { driver } = await openTestLedger();
    const blocks: CommittedBlock[] = [];
    driver.onBlock(async (block) => {
      await settle();
      blocks.push(block);
    });
    const committed = await driver.submit(transaction());
    expect(blocks.at(-1)?.height).toBe(committed.height);
    await driver.waitForHeight(committed.height + 1);
    expect(blocks.map(({ height }) => height)).toEqual([committed.height, committed.height + 1]);
  });
});

describe('opening', () => {
  const reopening = async (options: Parameters<typeof openTestLedger>[0]) => {
    const database = new MemoryDatabase();
    const { driver } = await openTestLedger({ database });
    await driver.submit(transaction());
    await driver.close();
    return openTestLedger({ database, ...options });
  };

  it.each([
    ['another chain', { chainId: 'other-chain' }],
    ['another validator', { validatorSeed: new Uint8Array(32).fill(9) }],
  ])('refuses the data of %s', async (_, options) => {
    await expect(reopening(options)).rejects.toMatchObject({ code: 'ledger.wrong-genesis' });
  });

  it('refuses a malformed genesis and leaves the database empty', async () => {
    const database = new MemoryDatabase();
    await expect(openTestLedger({ database, organisations: [] })).rejects.toMatchObject({ code: 'genesis.malformed' });
    expect((await openTestLedger({ database })).driver.chain.height).toBe(1);
  });

  it('fails when the first block cannot be written', async () => {
    const database = new GatedDatabase(new MemoryDatabase());
    database.fail(new CairnError('database.full', 'The disk is full.'));
    await expect(openTestLedger({ database })).rejects.toMatchObject({ code: 'database.full' });
  });

  it('makes the header that was still owed', async () => {
    const database = new MemoryDatabase();
    const { driver } = await openTestLedger({ database });
    const { height } = await driver.submit(transaction());
    // Closing finishes the block under way and begins no other.
    await driver.close();
    const again = await openTestLedger({ database });
    expect(again.driver.chain.height).toBeGreaterThanOrEqual(height + 1);
    const { header } = again.driver.chain.signedHeader(again.driver.chain.height) ?? {};
    expect(header?.appHash).toEqual(again.application.info().appHash);
  });
});

describe('time', () => {
  it('goes on when the clock is set back', async () => {
    const { driver, clock } = await openTestLedger();
    const first = await driver.submit(transaction());
    clock.seconds -= 1000;
    const second = await driver
      .submit(signedTransaction([vouchCall()], { validUntil: clock.seconds + 300 }))
      .catch((error: unknown) => error as CairnError);
    // By the time of its block, which is after the last one, it is too old.
    expect(second).toMatchObject({ code: 'transaction.expired' });
    const third = await driver
      .submit(signedTransaction([vouchCall()], { validUntil: TEST_TIME + 10 }))
      .catch((error: unknown) => error as CairnError);
    expect(third).toMatchObject({ code: 'transaction.valid-too-long' });
    clock.seconds += 1000;
    const fourth = await driver.submit(transaction());
    expect(fourth.time).toBeGreaterThanOrEqual(first.time);
    const times = Array.from({ length: driver.chain.height }, (_, i) => driver.chain.signedHeader(i + 1)?.header.time);
    for (let i = 1; i < times.length; i += 1) {
      const [before, after] = [times[i - 1], times[i]] as [
        NonNullable<(typeof times)[0]>,
        NonNullable<(typeof times)[0]>,
      ];
      expect(after.seconds * 1e9 + after.nanos).toBeGreaterThan(before.seconds * 1e9 + before.nanos);
    }
  });
});

describe('closing', () => {
  it('finishes the block under way and refuses what waits', async () => {
    const { database, ledger } = await gated();
    const { driver } = ledger;
    await driver.waitForHeight(1);
    database.hold();
    const taken = driver.submit(transaction());
    await vi.waitUntil(() => database.isHolding);
    const waiting = driver.submit(transaction());
    await vi.waitUntil(() => driver.waiting === 1);
    const awaited = driver.waitForHeight(1000);
    const closing = driver.close();
    database.release();
    const outcomes = await Promise.allSettled([taken, waiting, awaited, driver.submit(transaction())]);
    await closing;
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    for (const outcome of outcomes.slice(1)) {
      expect((outcome as PromiseRejectedResult).reason).toMatchObject({ code: 'ledger.closed' });
    }
    await driver.close();
  });
});

describe('the pool', () => {
  it('refuses the same transaction while it waits, and more than its bounds', async () => {
    const { database, ledger } = await gated();
    const { driver } = ledger;
    await driver.waitForHeight(1);
    database.hold();
    const first = driver.submit(transaction());
    await vi.waitUntil(() => database.isHolding);
    const bytes = transaction();
    const waiting = driver.submit(bytes);
    await vi.waitUntil(() => driver.waiting === 1);
    await expect(driver.submit(bytes)).rejects.toMatchObject({ code: 'transaction.replayed' });
    database.release();
    await Promise.all([first, waiting]);
    await expect(driver.submit(bytes)).rejects.toMatchObject({ code: 'transaction.replayed' });
  });

  it('is bounded in number and in bytes', async () => {
    const { Pool } = await import('./pool.js');
    const fake = (id: number, length: number) => {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, id);
      return { id: bytes, bytes: { length } as Uint8Array, resolve: () => {}, reject: () => {} };
    };
    const full = expect.objectContaining({ code: 'pool.full' });
    const many = new Pool();
    for (let id = 0; id < POOL_LIMITS.transactionsMax; id += 1) many.add(fake(id, 1));
    expect(() => many.add(fake(-1, 1))).toThrow(full);
    const [taken] = many.take(1, 1);
    expect(taken?.id).toEqual(fake(0, 1).id);
    expect(() => many.add(fake(0, 1))).toThrow(expect.objectContaining({ code: 'transaction.replayed' }));
    many.settle(taken as NonNullable<typeof taken>);
    many.add(fake(0, 1));

    const heavy = new Pool();
    heavy.add(fake(1, POOL_LIMITS.bytesMax - 5));
    expect(() => heavy.add(fake(2, 6))).toThrow(full);
    heavy.add(fake(3, 5));
    expect(heavy.take(10, 1).length).toBe(1);
    expect(heavy.take(10, 100).length).toBe(1);
    expect(heavy.size).toBe(0);
  });
});
