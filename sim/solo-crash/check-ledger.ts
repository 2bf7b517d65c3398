import { readSignedHeader } from '../../src/consensus/solo/block-store.js';
import { findTransaction, readExecutedBlock } from '../../src/ledger/application/history.js';
import { hashTransactions } from '../../src/ledger/block/data.js';
import {
  trustedState,
  verifyAdjacent,
  DEFAULT_TRUST_LEVEL,
  type TrustedState,
} from '../../src/ledger/block/light-client.js';
import { hashResults } from '../../src/ledger/block/results.js';
import { decodeResultData } from '../../src/ledger/execution/outcome.js';
import type { Database } from '../../src/ledger/store/database.js';
import { registry } from '../../src/contracts/registry/contract.js';
import { readContract } from '../../src/contracts/kernel/runtime.js';
import { decodeTransaction } from '../../src/ledger/transaction/transaction.js';
import { nodeCrypto } from '../../src/platform/node-crypto.js';
import { equalBytes, fromHex, toHex } from '../../src/primitives/bytes.js';
import { openTestApplication, openTestLedger, type TestLedger } from '../../testkit/ledger.js';
import type { Acknowledged } from './load.js';

export interface CheckOptions {
  readonly acknowledged: readonly Acknowledged[];
  readonly clock: { readonly seconds: number };
  /** Up to where the chain was verified before. */
  readonly verified?: TrustedState | undefined;
  /** Also reads every page and value of the state. */
  readonly wholeState?: boolean;
}

export interface CheckReport {
  /** What is wrong, in words; empty when nothing is. */
  readonly problems: readonly string[];
  readonly verified: TrustedState | undefined;
  readonly height: number;
}

/**
 * Opens what a crash has left behind and looks for lost transactions, half blocks and broken links. The database is still
 * open afterwards. It does not check that the contracts decided right.
 */
export async function checkLedger(database: Database, options: CheckOptions): Promise<CheckReport> {
  const problems: string[] = [];
  const expect = (condition: boolean, problem: string): void => void (condition || problems.push(problem));

  const { application } = await openTestApplication({ database, clock: options.clock });
  const { height } = application.info();
  expect(readSignedHeader(database, height + 1) === undefined, 'a header without its block');
  expect(readExecutedBlock(database, height + 1) === undefined, 'a block without its state');

  const ledger = await openTestLedger({ database, clock: options.clock });
  await ledger.driver.close();
  const root = ledger.application.info().appHash;
  const last = ledger.driver.chain.signedHeader(ledger.driver.chain.height);
  expect(last !== undefined && equalBytes(last.header.appHash, root), 'the last header does not carry the state');
  const verified = checkChain(ledger, database, options, expect);
  checkAcknowledged(ledger, database, options.acknowledged, expect);
  if (options.wholeState === true) {
    await ledger.store.verify().catch((error: unknown) => problems.push(`the state is damaged: ${String(error)}`));
  }
  return { problems, verified, height: ledger.driver.chain.height };
}

type Expect = (condition: boolean, problem: string) => void;

function checkChain(
  { driver, application }: TestLedger,
  database: Database,
  { verified, clock }: CheckOptions,
  expect: Expect,
): TrustedState | undefined {
  const { chain } = driver;
  const now = { seconds: clock.seconds + 3600, nanos: 0 };
  let trusted = verified;
  for (let height = (trusted?.header.height ?? 0) + 1; height <= chain.height; height += 1) {
    const signed = readSignedHeader(database, height);
    const block = application.executedBlock(height);
    if (signed === undefined || block === undefined) {
      expect(false, `height ${height} is missing`);
      return trusted;
    }
    const light = { ...signed, validators: chain.validators(height), nextValidators: chain.validators(height + 1) };
    if (trusted !== undefined) {
      const options = { now, trustingPeriodSeconds: 1e9, clockDriftSeconds: 10, trustLevel: DEFAULT_TRUST_LEVEL };
      verifyAdjacent(nodeCrypto, trusted, light, options);
      expect(
        equalBytes(signed.header.lastBlockId.hash, readHash(database, height - 1)),
        `${height} follows another block`,
      );
    }
    trusted = trustedState(nodeCrypto, light);
    const { dataHash, lastResultsHash } = signed.header;
    expect(equalBytes(dataHash, hashTransactions(nodeCrypto, block.transactions)), `other transactions at ${height}`);
    const results = application.executedBlock(height - 1)?.results ?? [];
    const hashed = results.map(({ code, data }) => ({ code, data, gasWanted: 0, gasUsed: 0 }));
    expect(equalBytes(lastResultsHash, hashResults(nodeCrypto, hashed)), `other results before ${height}`);
  }
  return trusted;
}

function readHash(database: Database, height: number): Uint8Array {
  return readSignedHeader(database, height)?.commit.blockId.hash ?? new Uint8Array(0);
}

function checkAcknowledged(
  { application }: TestLedger,
  database: Database,
  acknowledged: readonly Acknowledged[],
  expect: Expect,
): void {
  const members = readContract(registry, application.state).members;
  for (const { id, height, index, result } of acknowledged) {
    const position = findTransaction(database, fromHex(id));
    const block = application.executedBlock(height);
    const bytes = block?.transactions[index];
    const there = block?.results[index];
    if (position?.height !== height || position.index !== index || bytes === undefined || there === undefined) {
      expect(false, `acknowledged and lost: ${id} of height ${height}`);
      continue;
    }
    const transaction = decodeTransaction(nodeCrypto, bytes);
    expect(toHex(transaction.id) === id, `another transaction at ${height}/${index}`);
    expect(toHex(nodeCrypto.sha256(there.data)) === result, `another result of ${id}`);
    expect(equalBytes(decodeResultData(there.data).transactionId, transaction.id), `the result of another than ${id}`);
    for (const call of transaction.calls) {
      const isMember = members.has((call.args as { id: Uint8Array }).id);
      expect(isMember === (there.rejection === null), `the state has not what ${id} did`);
    }
  }
}
