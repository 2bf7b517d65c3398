/*
 * Signed single-call transactions through the solo driver on LevelDB, durable and with everything on: admission, signature,
 * contract, tree, history, block, commit. Floors in the same run: raw signature checks, and raw durable writes of the
 * same database.
 */
import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callOf } from '../src/contracts/calls.js';
import { contracts } from '../src/contracts/contracts.js';
import { readContract } from '../src/contracts/kernel/runtime.js';
import { buildTransaction, encodeTransaction } from '../src/ledger/transaction/transaction.js';
import { openLevelDatabase } from '../src/platform/level-database.js';
import { nodeCrypto, randomBytes } from '../src/platform/node-crypto.js';
import { openTestLedger, testSigner, type TestLedger } from '../testkit/ledger.js';
import type { Suite } from './report.js';

const WARM_UP = 5_000;
const TRANSACTIONS = 30_000;
const IN_FLIGHT = 1_024;
const ALONE = 300;

interface Prepared {
  readonly practitioner: Uint8Array;
  readonly bytes: Uint8Array;
}

export async function benchLedger(): Promise<Suite> {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-bench-'));
  try {
    const database = await openLevelDatabase(join(folder, 'ledger'));
    const ledger = await openTestLedger({ database });
    await run(ledger, prepare(ledger, WARM_UP), IN_FLIGHT);

    const alone = await aloneMs(ledger, prepare(ledger, ALONE));
    const transactions = prepare(ledger, TRANSACTIONS);
    const perSecond = await run(ledger, transactions, IN_FLIGHT);
    check(ledger, transactions);
    await ledger.driver.close();
    const writesMs = await durableWriteMs(database);
    await database.close();
    return {
      name: 'ledger',
      figures: [
        {
          name: `signed transactions, ${IN_FLIGHT} in flight`,
          value: perSecond,
          unit: '/s',
          target: { atLeast: 5000 },
          beside: `raw signature checks: ${Math.round(signatureChecks())} /s a core`,
        },
        {
          name: 'one transaction alone, to durable commit (median)',
          value: alone,
          unit: 'ms',
          target: { atMost: 10 },
          beside: `one raw durable write: ${writesMs.toPrecision(2)} ms`,
        },
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function prepare(ledger: TestLedger, count: number): Prepared[] {
  const signer = testSigner('hospital');
  return Array.from({ length: count }, () => {
    const practitioner = randomBytes(16);
    const call = callOf('registry', 'vouch', { id: practitioner, kind: 'practitioner', key: null });
    const unsigned = buildTransaction(nodeCrypto, [call], {
      chainId: ledger.driver.chain.chainId,
      nonce: randomBytes(16),
      validUntil: ledger.clock.seconds + 60,
      signer: signer.publicKey,
    });
    return { practitioner, bytes: encodeTransaction(unsigned, signer.sign(unsigned.bodyBytes)) };
  });
}

/** Transactions a second with so many in flight. */
async function run({ driver }: TestLedger, transactions: readonly Prepared[], inFlight: number): Promise<number> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let one = transactions[next++]; one !== undefined; one = transactions[next++]) {
      const { result } = await driver.submit(one.bytes);
      assert.equal(result.rejection, null);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, worker));
  return (transactions.length / (performance.now() - start)) * 1000;
}

async function aloneMs({ driver }: TestLedger, transactions: readonly Prepared[]): Promise<number> {
  const times: number[] = [];
  for (const { bytes } of transactions) {
    const start = performance.now();
    await driver.submit(bytes);
    times.push(performance.now() - start);
  }
  return median(times);
}

/** Every transaction took effect. */
function check({ application }: TestLedger, transactions: readonly Prepared[]): void {
  const { members } = readContract(contracts.registry, application.state);
  for (const { practitioner } of transactions) assert.equal(members.get(practitioner)?.organisation, 'hospital');
}

function signatureChecks(): number {
  const signer = testSigner('hospital');
  const message = randomBytes(300);
  const { signature } = signer.sign(message) as { signature: Uint8Array };
  const start = performance.now();
  const count = 5_000;
  for (let round = 0; round < count; round += 1) {
    nodeCrypto.ed25519Verify(signer.publicKey.key, message, signature);
  }
  return (count / (performance.now() - start)) * 1000;
}

async function durableWriteMs(database: Awaited<ReturnType<typeof openLevelDatabase>>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ALONE; round += 1) {
    const start = performance.now();
    await database.write([{ key: randomBytes(16), value: randomBytes(1000) }], { durable: true });
    times.push(performance.now() - start);
  }
  return median(times);
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
