import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DATABASES } from '../../../test/support/databases.js';
import { openTestApplication, type TestApplication } from '../../../testkit/ledger.js';
import { signedTransaction, TEST_TIME, vouchCall } from '../../../testkit/transactions.js';
import { toHex, utf8ToBytes } from '../../primitives/bytes.js';
import type { Database } from '../store/database.js';
import { EMPTY_ROOT } from '../tree/node-hash.js';
import { decodeTransaction } from '../transaction/transaction.js';
import { nodeCrypto } from '../../platform/node-crypto.js';
import type { BlockRequest } from './application.js';

/** Five blocks: one, several, none, a rejected and a refused, and one that was executed before. */
function someBlocks(): BlockRequest[] {
  const two = () => signedTransaction([vouchCall(), vouchCall()]);
  const [a, b, c, d] = [two(), two(), two(), two()];
  const same = vouchCall();
  const rejected = signedTransaction([same, same]);
  const refused = signedTransaction([vouchCall()], { chainId: 'other' });
  const all = [[a], [b, c, rejected], [], [refused, d], [a]] as Uint8Array[][];
  return all.map((transactions, i) => ({ height: i + 1, time: TEST_TIME + i, transactions }));
}

async function run({ application }: TestApplication, blocks: readonly BlockRequest[]) {
  const told = [];
  for (const block of blocks) {
    const { appHash, results } = await application.finalizeBlock(block);
    await application.commit();
    told.push({ appHash: toHex(appHash), results: results.map(({ code, data }) => [code, toHex(data)]) });
  }
  return told;
}

async function initialised(options: Parameters<typeof openTestApplication>[0] = {}): Promise<TestApplication> {
  const opened = await openTestApplication(options);
  if (opened.application.info().height === 0) opened.application.initChain(opened.genesis);
  return opened;
}

describe('determinism', () => {
  it('gives the same hashes and results on every database and at every repetition', async () => {
    const blocks = someBlocks();
    const told = [];
    for (const { open } of DATABASES) {
      for (let repetition = 0; repetition < 2; repetition += 1) {
        const opened = await open();
        told.push(await run(await initialised({ database: opened.database }), blocks));
        await opened.dispose();
      }
    }
    for (const other of told) expect(other).toEqual(told[0]);
    expect(told[0]?.map(({ results }) => results.map(([code]) => code))).toEqual([[0], [0, 0, 1], [], [2, 0], [2]]);
  });

  it('does not depend on whether the pool saw the transactions before', async () => {
    const blocks = someBlocks();
    const unseen = await run(await initialised(), blocks);
    const seeing = await initialised();
    for (const bytes of blocks.flatMap(({ transactions }) => transactions)) {
      await seeing.application.checkTx(bytes).catch(() => undefined);
    }
    expect(await run(seeing, blocks)).toEqual(unseen);
  });

  it('gives the same state for independent transactions in any order, but for what remembers the order', async () => {
    const transactions = Array.from({ length: 5 }, () => signedTransaction([vouchCall()]));
    const members = async (order: readonly Uint8Array[]) => {
      const opened = await initialised();
      await run(opened, [{ height: 1, time: TEST_TIME, transactions: order }]);
      const entries: string[] = [];
      for await (const [key, value] of opened.store.range(utf8ToBytes('registry/'))) {
        entries.push(`${toHex(key)} ${toHex(value)}`);
      }
      return entries;
    };
    expect(await members([...transactions].reverse())).toEqual(await members(transactions));
  });
});

describe.each(DATABASES)('the application on $name', ({ open }) => {
  it('answers Info with the last committed block, so that InitChain may be repeated until there is one', async () => {
    const opened = await open();
    const first = await openTestApplication({ database: opened.database });
    expect(first.application.info()).toEqual({ height: 0, appHash: EMPTY_ROOT });
    expect(() => first.application.parameters).toThrow(expect.objectContaining({ code: 'ledger.not-initialised' }));
    const { appHash } = first.application.initChain(first.genesis);
    expect(first.application.initChain(first.genesis).appHash).toEqual(appHash);
    await first.application.finalizeBlock({ height: 1, time: TEST_TIME, transactions: [] });
    // Ends before the commit: everything begins anew.
    const second = await openTestApplication({ database: await opened.reopen() });
    expect(second.application.info().height).toBe(0);
    expect(second.application.initChain(second.genesis).appHash).toEqual(appHash);
    await run(second, [{ height: 1, time: TEST_TIME, transactions: [] }]);
    expect(second.application.info()).toEqual({ height: 1, appHash });
    const third = await openTestApplication({ database: await opened.reopen() });
    expect(third.application.info()).toEqual({ height: 1, appHash });
    expect(third.application.parameters).toEqual(first.genesis.parameters);
    expect(() => third.application.initChain(third.genesis)).toThrow(/initialised once/);
    await opened.dispose();
  });

  it('persists nothing in FinalizeBlock, which may be repeated, and everything in Commit', async () => {
    const opened = await open();
    const { application } = await initialised({ database: opened.database });
    const [first, second] = someBlocks() as [BlockRequest, BlockRequest];
    await run({ application } as TestApplication, [first]);
    const before = await contentOf(opened.database);
    const once = await application.finalizeBlock(second);
    // A proposal that was not decided on, then again the one that was.
    await application.finalizeBlock({ ...second, transactions: [] });
    const twice = await application.finalizeBlock(second);
    expect(twice).toEqual(once);
    expect(await contentOf(opened.database)).toEqual(before);
    await application.commit();
    expect(await contentOf(opened.database)).not.toEqual(before);
    expect(application.info()).toEqual({ height: 2, appHash: once.appHash });
    await expect(application.commit()).rejects.toThrow(/commit follows finalizeBlock/);
    await opened.dispose();
  });

  it('behind the engine after a crash, replays the block to the same hash', async () => {
    const opened = await open();
    const blocks = someBlocks();
    const opened1 = await initialised({ database: opened.database });
    const told = await run(opened1, blocks.slice(0, 3));
    await opened1.application.finalizeBlock(blocks[3] as BlockRequest);
    const again = await initialised({ database: await opened.reopen() });
    expect(again.application.info().height).toBe(3);
    const rest = await run(again, blocks.slice(3));
    expect([...told, ...rest]).toEqual(await run(await initialised(), blocks));
    await opened.dispose();
  });

  it('goes back one height, and over the block again to the same hash', async () => {
    const opened = await open();
    const blocks = someBlocks();
    const before = await initialised({ database: opened.database });
    const told = await run(before, blocks);
    const { application } = before;
    const last = blocks[4] as BlockRequest;
    const idOf = (bytes: Uint8Array) => decodeTransaction(nodeCrypto, bytes).id;
    const inFourth = idOf((blocks[3] as BlockRequest).transactions[1] as Uint8Array);
    await application.rollback();
    expect(toHex(application.info().appHash)).toBe(told[3]?.appHash);
    expect(application.executedBlock(5)).toBeUndefined();
    expect(application.findTransaction(inFourth)).toEqual({ height: 4, index: 1 });
    await expect(application.rollback()).rejects.toMatchObject({ code: 'state.no-rollback' });
    expect(await run(before, [last])).toEqual([told[4]]);

    // The transactions of a block that is gone may come again.
    await application.rollback();
    await run(before, [{ ...last, transactions: [signedTransaction([vouchCall()])] }]);
    const unseen = signedTransaction([vouchCall()]);
    await run(before, [{ height: 6, time: TEST_TIME + 6, transactions: [unseen] }]);
    await expect(application.checkTx(unseen)).rejects.toMatchObject({ code: 'transaction.replayed' });
    await application.rollback();
    expect(application.findTransaction(idOf(unseen))).toBeUndefined();
    await application.checkTx(unseen);
    await opened.dispose();
  });

  it('goes back to before the first block, and asks for the genesis again', async () => {
    const opened = await open();
    const first = await initialised({ database: opened.database });
    const [block] = someBlocks() as [BlockRequest];
    const told = await run(first, [block]);
    await first.application.rollback();
    expect(first.application.info()).toEqual({ height: 0, appHash: EMPTY_ROOT });
    expect(() => first.application.parameters).toThrow(expect.objectContaining({ code: 'ledger.not-initialised' }));
    first.application.initChain(first.genesis);
    expect(await run(first, [block])).toEqual(told);
    await opened.dispose();
  });

  it('finds every block and transaction, and no refused one', async () => {
    const opened = await open();
    const { application } = await initialised({ database: opened.database });
    const blocks = someBlocks();
    await run({ application } as TestApplication, blocks);
    for (const { height, time, transactions } of blocks) {
      const block = application.executedBlock(height);
      expect(block).toMatchObject({ height, time });
      expect(block?.transactions).toEqual(transactions);
      for (const [index, bytes] of transactions.entries()) {
        const { id } = decodeTransaction(nodeCrypto, bytes);
        const isRefused = block?.results[index]?.code === 2;
        const position = application.findTransaction(id);
        if (!isRefused) expect(position).toEqual({ height, index });
        else expect(position?.height).not.toBe(height);
      }
    }
    expect(application.executedBlock(6)).toBeUndefined();
    expect(application.findTransaction(new Uint8Array(32))).toBeUndefined();
    await opened.dispose();
  });
});

describe('empty blocks', () => {
  it('leave the app hash as it was, so that they stop', async () => {
    const opened = await initialised();
    const [first] = await run(opened, [{ height: 1, time: TEST_TIME, transactions: [] }]);
    const later = [2, 3, 4].map((height) => ({ height, time: TEST_TIME + height * 1000, transactions: [] }));
    expect((await run(opened, later)).map((told) => told.appHash)).toEqual(later.map(() => first?.appHash));
  });

  it('of refused transactions do too', async () => {
    const opened = await initialised();
    const refused = signedTransaction([vouchCall()], { chainId: 'other' });
    const told = await run(opened, [
      { height: 1, time: TEST_TIME, transactions: [] },
      { height: 2, time: TEST_TIME, transactions: [refused, new Uint8Array(3)] },
    ]);
    expect(told[1]?.appHash).toBe(told[0]?.appHash);
  });
});

describe('proposals', () => {
  const pool = [
    signedTransaction([vouchCall()]),
    signedTransaction([vouchCall(), vouchCall(), vouchCall()]),
    signedTransaction(Array.from({ length: 40 }, () => vouchCall())),
    signedTransaction([vouchCall()], { validUntil: TEST_TIME + 5 }),
    signedTransaction([vouchCall()], { chainId: 'other' }),
    Uint8Array.of(1, 2, 3),
  ];
  const chosen = fc.array(fc.constantFrom(...pool), { maxLength: 12 });

  it('are no larger than allowed in protobuf, in the order of the pool, and accepted by whoever checks them', async () => {
    const { application } = await initialised();
    const other = await initialised();
    const time = fc.integer({ min: TEST_TIME, max: TEST_TIME + 20 });
    fc.assert(
      fc.property(chosen, time, fc.integer({ min: 0, max: 20_000 }), (candidates, at, bytesMax) => {
        const proposed = application.prepareProposal(candidates, at, bytesMax);
        const size = proposed.reduce(
          (sum, { length }) => sum + 1 + (length < 128 ? 1 : length < 16_384 ? 2 : 3) + length,
          0,
        );
        expect(size).toBeLessThanOrEqual(bytesMax);
        let from = 0;
        for (const bytes of proposed) from = candidates.indexOf(bytes, from) + 1;
        expect(proposed.length === 0 || from > 0).toBe(true);
        expect(other.application.processProposal(proposed, at)).toBe(true);
      }),
    );
  });

  it('take what fits exactly and not a byte more', async () => {
    const { application } = await initialised();
    const [bytes] = pool as [Uint8Array];
    const size = bytes.length + 1 + 2;
    expect(application.prepareProposal([bytes], TEST_TIME, size)).toEqual([bytes]);
    expect(application.prepareProposal([bytes], TEST_TIME, size - 1)).toEqual([]);
  });

  it('are refused with a transaction that no honest proposer puts in', async () => {
    const opened = await initialised();
    const [good] = pool as [Uint8Array];
    const { application } = opened;
    expect(application.processProposal([good], TEST_TIME)).toBe(true);
    for (const bad of pool.slice(4)) expect(application.processProposal([good, bad], TEST_TIME)).toBe(false);
    expect(application.processProposal([good], TEST_TIME + 101)).toBe(false);
    await run(opened, [{ height: 1, time: TEST_TIME, transactions: [good] }]);
    expect(application.processProposal([good], TEST_TIME)).toBe(false);
  });
});

/** Every key and value, as text. */
async function contentOf(database: Database): Promise<string[]> {
  const entries: string[] = [];
  const everything = { gte: Uint8Array.of(0), lt: Uint8Array.of(255) };
  for await (const [key, value] of database.range(everything)) entries.push(`${toHex(key)} ${toHex(value)}`);
  return entries;
}
