import { beforeAll, describe, expect, it, vi } from 'vitest';
import { GatedDatabase } from '../../testkit/gated-database.js';
import { openTestLedger, testSigner, type TestLedger } from '../../testkit/ledger.js';
import {
  signedTransaction,
  testPasskey,
  TEST_TIME,
  unsignedTransaction,
  vouchCall,
} from '../../testkit/transactions.js';
import { callOf } from '../contracts/calls.js';
import { contracts } from '../contracts/contracts.js';
import { collectionKey } from '../contracts/kernel/collection.js';
import type { Contract } from '../contracts/kernel/contract.js';
import { logHeadSchema } from '../contracts/kernel/log.js';
import { hashHeader, type Header } from '../ledger/block/header.js';
import { signPrecommit } from '../ledger/block/commit.js';
import { trustRoot, type TrustRoot } from '../ledger/block/trust-root.js';
import { validatorSet } from '../ledger/block/validator-set.js';
import type { SignedHeader } from '../ledger/block/verify-commit.js';
import type { ExecutedBlock } from '../ledger/application/history.js';
import { buildReceipt } from '../ledger/receipt/build-receipt.js';
import { decodeReceipt, encodeReceipt, type Receipt } from '../ledger/receipt/receipt.js';
import { encodeLogEvidence, encodeStateEvidence, type LogEvidence } from '../ledger/receipt/state-evidence.js';
import { MemoryDatabase } from '../ledger/store/memory-database.js';
import { encodeTransaction } from '../ledger/transaction/transaction.js';
import { nodeCrypto, randomBytes } from '../platform/node-crypto.js';
import { toHex, utf8ToBytes } from '../primitives/bytes.js';
import { decodeCbor, encodeCbor, type CborValue } from '../primitives/cbor.js';
import { CairnError } from '../primitives/errors.js';
import { portableCrypto } from '../primitives/portable-crypto.js';
import { keyId } from '../primitives/signature.js';
import { verifyEvidence } from './verify-evidence.js';
import { LOG_COLLECTIONS } from './verify-state.js';

const SUBJECT = nodeCrypto.sha256(utf8ToBytes('subject')).slice(0, 16);
const COMPARTMENT = nodeCrypto.sha256(utf8ToBytes('compartment')).slice(0, 16);
const LOG_KEY = collectionKey('records', 'logs', [SUBJECT, COMPARTMENT]);
const passkey = testPasskey();

const NO_BLOCK: Pick<ExecutedBlock, 'transactions' | 'results'> = { transactions: [], results: [] };

let ledger: TestLedger;
let trust: TrustRoot;
/** Of an appended record, of the second of its three calls. */
let receipt: Receipt;
let passkeyReceipt: Receipt;
let leaves: Uint8Array[];
/** Of one call of a thousand, in a block of two thousand transactions. */
let largeReceipt: Receipt;

beforeAll(async () => {
  const database = new GatedDatabase(new MemoryDatabase());
  ledger = await openTestLedger({ database });
  const { driver } = ledger;
  trust = trustRoot(nodeCrypto, 'test-chain', driver.chain.validators(1));
  const ids = { subject: SUBJECT, compartment: COMPARTMENT };
  const [sealingKey, digest, until] = [new Uint8Array(1216), new Uint8Array(32), TEST_TIME + 9999];
  await submit(
    signedTransaction([
      callOf('registry', 'registerSubject', {
        ...{ subject: SUBJECT, kind: 'patient', signingKey: passkey.publicKey, sealingKey, steward: 'hospital' },
      }),
      callOf('consent', 'openCompartments', {
        subject: SUBJECT,
        compartments: [{ compartment: COMPARTMENT, keyCommitment: digest }],
      }),
      callOf('consent', 'grant', {
        ...{ ...ids, grant: randomBytes(16), grantee: 'hospital', purposes: ['TREAT'], rights: ['read', 'write'] },
        ...{ from: 0, until, dataFrom: null, dataUntil: null, epoch: 1, envelope: null },
      }),
    ]),
  );
  const appended = await submit(signedTransaction([append(1), append(2), append(3)]));
  receipt = await receiptOf(appended.height, appended.index, 1);
  leaves = appended.result.outcomes.map((outcome) => {
    const [, events] = decodeCbor(outcome) as [CborValue, [string, { leaf: Uint8Array }][]];
    return (events[0] as [string, { leaf: Uint8Array }])[1].leaf;
  });

  const unsigned = unsignedTransaction(
    [callOf('consent', 'setEmergencyAccess', { subject: SUBJECT, allowed: false })],
    { signer: passkey.publicKey },
  );
  const signed = await submit(encodeTransaction(unsigned, passkey.assert(unsigned.id)));
  passkeyReceipt = await receiptOf(signed.height, signed.index, 0);

  // While one block is on its way to the disk, the next one fills.
  database.hold();
  const first = driver.submit(signedTransaction([vouchCall()]));
  await vi.waitUntil(() => database.isHolding);
  const large = driver.submit(signedTransaction(Array.from({ length: 1000 }, (_, i) => append(i + 4))));
  const others = Array.from({ length: 2000 }, () => driver.submit(signedTransaction([vouchCall()])));
  await vi.waitUntil(() => driver.waiting === 2001, { timeout: 30_000 });
  database.release();
  const { height, index } = await large;
  await Promise.all([first, ...others]);
  expect(ledger.application.executedBlock(height)?.transactions.length).toBe(2001);
  largeReceipt = await receiptOf(height, index, 500);
});

describe('a receipt', () => {
  it('proves a call and what it caused', () => {
    const proved = verifyEvidence(nodeCrypto, trust, encodeReceipt(receipt));
    expect(proved).toMatchObject({
      kind: 'receipt',
      chainId: 'test-chain',
      height: receipt.signedHeader.header.height - 1,
      time: receipt.signedHeader.header.time.seconds,
      transaction: toHex(nodeCrypto.sha256(receipt.body)),
      signer: toHex(keyId(nodeCrypto, testSigner('hospital').publicKey)),
      call: 'records.append',
      callIndex: 1,
      callCount: 3,
      args: { version: 2 },
      value: { index: 1 },
      events: [{ type: 'records.appended', payload: { index: 1, leaf: leaves[1] } }],
    });
  });

  it('is the same by either cryptography, and round trips', () => {
    const encoded = encodeReceipt(receipt);
    expect(verifyEvidence(portableCrypto, trust, encoded)).toEqual(verifyEvidence(nodeCrypto, trust, encoded));
    expect(encodeReceipt(decodeReceipt(encoded))).toEqual(encoded);
  });

  it('of one call of a thousand in a large block is below 8 kB', () => {
    const encoded = encodeReceipt(largeReceipt);
    expect(verifyEvidence(nodeCrypto, trust, encoded)).toMatchObject({ call: 'records.append', callCount: 1000 });
    expect(encoded.length).toBeLessThan(8192);
    expect(encodeReceipt(receipt).length).toBeLessThan(8192);
  });

  it('signed with a passkey is valid under the chain’s policy only', () => {
    const encoded = encodeReceipt(passkeyReceipt);
    const { webAuthn } = ledger.application.parameters;
    expect(verifyEvidence(nodeCrypto, trust, encoded, { webAuthn })).toMatchObject({
      call: 'consent.setEmergencyAccess',
    });
    expect(codeOf(encoded)).toBe('receipt.wrong-signature');
    const elsewhere = { ...webAuthn, origins: ['https://elsewhere.example'] };
    expect(() => verifyEvidence(nodeCrypto, trust, encoded, { webAuthn: elsewhere })).toThrow(CairnError);
  });

  it('is not made for a transaction without effect or for a call that is not there', async () => {
    const rejected = await submit(signedTransaction([append(1), append(2, 9)]));
    expect(rejected.result.rejection).toEqual({ callIndex: 1, code: 'records.stale-epoch' });
    await expect(receiptOf(rejected.height, rejected.index, 0)).rejects.toMatchObject({ code: 'receipt.not-accepted' });
    const accepted = await submit(signedTransaction([vouchCall()]));
    await expect(receiptOf(accepted.height, accepted.index, 1)).rejects.toMatchObject({ code: 'receipt.no-such-call' });
  });
});

describe('every link of a receipt', () => {
  const other = async (): Promise<Receipt> => {
    const { height, index } = await submit(signedTransaction([append(7), append(8), append(9)]));
    return receiptOf(height, index, 1);
  };
  const cases: readonly [name: string, code: string, change: (honest: Receipt) => Receipt | Promise<Receipt>][] = [
    ['another call of the transaction', 'receipt.wrong-call', async (r) => ({ ...r, call: (await sibling()).call })],
    ['another index', 'receipt.wrong-call', (r) => ({ ...r, callIndex: 2 })],
    ['an index beyond the calls', 'receipt.wrong-call', (r) => ({ ...r, callIndex: 3 })],
    [
      'the calls’ branch of another call',
      'receipt.wrong-call',
      async (r) => ({ ...r, callBranch: (await sibling()).callBranch }),
    ],
    ['a shorter branch', 'receipt.wrong-call', (r) => ({ ...r, callBranch: r.callBranch.slice(1) })],
    ['another outcome', 'receipt.wrong-outcome', async (r) => ({ ...r, outcome: (await sibling()).outcome })],
    [
      'another call’s outcome with its branch',
      'receipt.wrong-outcome',
      async (r) => {
        const { outcome, outcomeBranch } = await sibling();
        return { ...r, outcome, outcomeBranch };
      },
    ],
    ['another signature', 'receipt.wrong-signature', async (r) => ({ ...r, signature: (await other()).signature })],
    ['another signer in the body', 'receipt.wrong-signature', (r) => ({ ...r, body: withSigner(r.body, 'clinic') })],
    ['another chain in the body', 'receipt.wrong-transaction', (r) => ({ ...r, body: withChain(r.body, 'other') })],
    [
      'another transaction’s result',
      'receipt.wrong-transaction',
      async (r) => {
        const { resultData, resultBranch, signedHeader } = await other();
        return { ...r, resultData, resultBranch, signedHeader };
      },
    ],
    ['another result', 'receipt.wrong-result', async (r) => ({ ...r, resultData: (await other()).resultData })],
    [
      'a result branch of another block',
      'receipt.wrong-result',
      (r) => ({ ...r, resultBranch: largeReceipt.resultBranch }),
    ],
    [
      'the header of another height',
      'receipt.wrong-result',
      async (r) => ({ ...r, signedHeader: (await other()).signedHeader }),
    ],
    ['a header that was changed', 'light.wrong-block', (r) => withHeader(r, { lastResultsHash: new Uint8Array(32) })],
    ['a header of another chain', 'light.wrong-chain', (r) => withHeader(r, { chainId: 'other' })],
    [
      'a commit by another validator',
      'light.wrong-validators',
      (r) => ({ ...r, signedHeader: signedBy(r.signedHeader, 7, true) }),
    ],
    [
      'a commit in the validator’s name',
      'light.bad-signature',
      (r) => ({ ...r, signedHeader: signedBy(r.signedHeader, 7, false) }),
    ],
    [
      'a commit of nobody',
      'light.not-enough-power',
      (r) => {
        const { header, commit } = r.signedHeader;
        return { ...r, signedHeader: { header, commit: { ...commit, signatures: [{ flag: 'absent' }] } } };
      },
    ],
  ];

  it.each(cases)('%s → %s', async (_, code, change) => {
    expect(codeOf(encodeReceipt(await change(receipt)))).toBe(code);
  });

  it('does not show a rejected transaction as accepted', async () => {
    // The result data of a rejected transaction is honest and signed; only the outcome is invented.
    const bytes = signedTransaction([append(1, 9)]);
    const { height, index } = await submit(bytes);
    const { transactions, results } = ledger.application.executedBlock(height) ?? NO_BLOCK;
    await ledger.driver.waitForHeight(height + 1);
    const accepted = { ...(results[index] as (typeof results)[number]), rejection: null, outcomes: [receipt.outcome] };
    const nextHeader = ledger.driver.chain.signedHeader(height + 1) as SignedHeader;
    const forged = (code: 0 | 1) => ({
      block: { height, time: 0, transactions, results: results.with(index, { ...accepted, code }) },
      index,
      nextHeader,
    });
    expect(codeOf(encodeReceipt(buildReceipt(nodeCrypto, forged(0), 0)))).toBe('receipt.wrong-result');
    // Even a verifier that ignored the result's code would read in the data that it was rejected.
    const { resultData } = buildReceipt(nodeCrypto, forged(1), 0);
    expect(decodeCbor(resultData)).toMatchObject([1, {}, null, [0, 'records.stale-epoch']]);
  });

  it('refuses every byte that is changed', () => {
    expect(survivors(encodeReceipt(receipt))).toEqual([]);
    const { webAuthn } = ledger.application.parameters;
    expect(survivors(encodeReceipt(passkeyReceipt), webAuthn)).toEqual([]);
  });
});

describe('evidence of the state', () => {
  const key = collectionKey('registry', 'organisations', ['hospital']);

  it('proves a value, an absence, a log', async () => {
    expect(verifyEvidence(nodeCrypto, trust, await stateEvidence(key))).toMatchObject({
      kind: 'state',
      collection: 'registry/organisations',
      key: toHex(key),
      isPresent: true,
    });
    const nobody = collectionKey('registry', 'organisations', ['nobody']);
    expect(verifyEvidence(nodeCrypto, trust, await stateEvidence(nobody))).toMatchObject({ isPresent: false });
    const { entries } = verifyEvidence(nodeCrypto, trust, encodeLogEvidence(await logEvidence())) as {
      entries?: readonly Uint8Array[];
    };
    expect(entries?.length).toBeGreaterThan(1000);
    expect(entries?.slice(0, 3)).toEqual(leaves);
  });

  it('refuses every byte that is changed', async () => {
    expect(survivors(await stateEvidence(key))).toEqual([]);
    expect(survivors(await stateEvidence(collectionKey('registry', 'organisations', ['nobody'])))).toEqual([]);
    const short = await openTestLedger();
    const { height } = await short.driver.submit(signedTransaction([vouchCall()]));
    await short.driver.waitForHeight(height + 1);
    const signedHeader = short.driver.chain.signedHeader(height + 1) as SignedHeader;
    const { value, proof } = short.application.query(LOG_KEY);
    expect(survivors(encodeLogEvidence({ key: LOG_KEY, value, proof, signedHeader, leaves: [] }))).toEqual([]);
  });

  const cases: readonly [name: string, code: string, change: (honest: LogEvidence) => LogEvidence][] = [
    ['a missing entry', 'evidence.wrong-leaves', (e) => ({ ...e, leaves: e.leaves.slice(1) })],
    ['a missing last entry', 'evidence.wrong-leaves', (e) => ({ ...e, leaves: e.leaves.slice(0, -1) })],
    ['no entry', 'evidence.wrong-leaves', (e) => ({ ...e, leaves: [] })],
    ['an entry too many', 'evidence.wrong-leaves', (e) => ({ ...e, leaves: [...e.leaves, Uint8Array.of(0x80)] })],
    ['another order', 'evidence.wrong-leaves', (e) => ({ ...e, leaves: [...e.leaves].reverse() })],
    [
      'an entry that was changed',
      'evidence.wrong-leaves',
      (e) => ({ ...e, leaves: e.leaves.with(0, Uint8Array.of(0x80)) }),
    ],
    ['another head', 'proof.invalid', (e) => ({ ...e, value: encodeCbor({ size: 1, hashes: [new Uint8Array(32)] }) })],
    ['a key without value', 'proof.invalid', (e) => ({ ...e, value: undefined, leaves: [] })],
    ['another key', 'proof.invalid', (e) => ({ ...e, key: collectionKey('access', 'logs', [SUBJECT, COMPARTMENT]) })],
    ['no proof', 'proof.malformed', (e) => ({ ...e, proof: new Uint8Array(0) })],
  ];

  it.each(cases)('%s → %s', async (_, code, change) => {
    expect(codeOf(encodeLogEvidence(change(await logEvidence())))).toBe(code);
  });

  it('knows no log where none can be, for there every log would be empty', async () => {
    const keys = [
      collectionKey('registry', 'organisations', ['nobody']),
      collectionKey('access', 'logs', [SUBJECT]),
      collectionKey('access', 'logs', [SUBJECT, COMPARTMENT, 1]),
      utf8ToBytes('access'),
    ];
    for (const absent of keys) {
      const evidence = { ...(await queried(absent)), leaves: [] };
      expect(codeOf(encodeLogEvidence(evidence))).toBe('evidence.not-a-log');
    }
  });

  it('knows the logs of all contracts', () => {
    const logs = (Object.values(contracts) as Contract[]).flatMap(({ name, state }) =>
      Object.values(state).flatMap((collection) =>
        collection.value === (logHeadSchema as unknown) ? [`${name}/${collection.name}`] : [],
      ),
    );
    expect([...LOG_COLLECTIONS].sort()).toEqual(logs.sort());
  });
});

describe('another file', () => {
  it.each([
    ['of another kind', 'evidence.unknown', encodeCbor(['cairn/receipt/2'])],
    ['of no kind', 'evidence.malformed', encodeCbor({ a: 1 })],
    ['with too few fields', 'receipt.malformed', encodeCbor(['cairn/receipt/1', null])],
    ['of state with too few fields', 'evidence.malformed', encodeCbor(['cairn/state/1', null])],
    ['of a log with too few fields', 'evidence.malformed', encodeCbor(['cairn/log/1', null])],
    ['that is text', 'cbor.malformed', utf8ToBytes('{"kind":"receipt"}')],
    ['that is empty', 'cbor.malformed', new Uint8Array(0)],
  ])('%s → %s', (_, code, file) => {
    expect(codeOf(file)).toBe(code);
  });
});

function append(version: number, epoch = 1) {
  return callOf('records', 'append', {
    ...{ subject: SUBJECT, compartment: COMPARTMENT, epoch, record: SUBJECT, version },
    ...{ digest: new Uint8Array(32), commitment: new Uint8Array(32) },
  });
}

function submit(bytes: Uint8Array) {
  return ledger.driver.submit(bytes);
}

async function receiptOf(height: number, index: number, callIndex: number): Promise<Receipt> {
  const { application, driver } = ledger;
  await driver.waitForHeight(height + 1);
  const block = application.executedBlock(height);
  const nextHeader = driver.chain.signedHeader(height + 1);
  if (block === undefined || nextHeader === undefined) throw new Error('the block is there');
  return buildReceipt(nodeCrypto, { block, index, nextHeader }, callIndex);
}

/** The first call of the transaction of `receipt`. */
async function sibling(): Promise<Receipt> {
  const { height } = receipt.signedHeader.header;
  return receiptOf(height - 1, 0, 0);
}

async function queried(key: Uint8Array) {
  const { driver, application } = ledger;
  // Whatever ran before, the last header carries the present state.
  await submit(signedTransaction([vouchCall()])).then(({ height }) => driver.waitForHeight(height + 1));
  const { value, proof } = application.query(key);
  const signedHeader = driver.chain.signedHeader(driver.chain.height) as SignedHeader;
  return { key, value, proof, signedHeader };
}

async function stateEvidence(key: Uint8Array): Promise<Uint8Array> {
  return encodeStateEvidence(await queried(key));
}

async function logEvidence(): Promise<LogEvidence> {
  const all: Uint8Array[] = [];
  for (let height = 1; height <= ledger.driver.chain.height; height += 1) {
    for (const { outcomes } of ledger.application.executedBlock(height)?.results ?? []) {
      for (const outcome of outcomes) {
        const [, events] = decodeCbor(outcome) as [CborValue, [string, { leaf: Uint8Array }][]];
        for (const [type, { leaf }] of events) if (type === 'records.appended') all.push(leaf);
      }
    }
  }
  return { ...(await queried(LOG_KEY)), leaves: all };
}

function codeOf(file: Uint8Array): string {
  try {
    verifyEvidence(nodeCrypto, trust, file);
    return 'valid';
  } catch (error) {
    if (error instanceof CairnError) return error.code;
    throw error;
  }
}

/** Offsets at which a changed byte goes unnoticed. */
function survivors(file: Uint8Array, webAuthn = ledger.application.parameters.webAuthn): number[] {
  verifyEvidence(nodeCrypto, trust, file, { webAuthn });
  const unnoticed: number[] = [];
  for (let offset = 0; offset < file.length; offset += 1) {
    for (const mask of [0x01, 0x80, 0xff]) {
      const changed = file.slice();
      changed[offset] = (changed[offset] as number) ^ mask;
      try {
        verifyEvidence(nodeCrypto, trust, changed, { webAuthn });
        unnoticed.push(offset);
      } catch (error) {
        if (!(error instanceof CairnError)) throw error;
      }
    }
  }
  return unnoticed;
}

function withSigner(body: Uint8Array, by: string): Uint8Array {
  const fields = decodeCbor(body) as CborValue[];
  const { alg, key } = testSigner(by).publicKey;
  return encodeCbor(fields.with(4, { alg, key }));
}

function withChain(body: Uint8Array, chainId: string): Uint8Array {
  return encodeCbor((decodeCbor(body) as CborValue[]).with(1, chainId));
}

/** A changed header, whose height and app hash stay. */
function withHeader(honest: Receipt, changes: Partial<Header>): Receipt {
  const { header, commit } = honest.signedHeader;
  return { ...honest, signedHeader: { header: { ...header, ...changes }, commit } };
}

/** The header signed with another key: under that key's own name, or in the name of the real validator. */
function signedBy({ header, commit }: SignedHeader, seed: number, ownName: boolean): SignedHeader {
  const key = new Uint8Array(32).fill(seed);
  const own = validatorSet(nodeCrypto, [{ publicKey: nodeCrypto.ed25519PublicKey(key), votingPower: 1 }]);
  const changed = ownName ? { ...header, validatorsHash: trustRoot(nodeCrypto, 'x', own).validatorsHash } : header;
  const blockId = { ...commit.blockId, hash: hashHeader(nodeCrypto, changed) };
  const vote = { chainId: header.chainId, height: header.height, round: 0, blockId, timestamp: header.time };
  const sig = signPrecommit(nodeCrypto, key, vote);
  const [real] = commit.signatures;
  const name =
    ownName || real === undefined || real.flag === 'absent' ? {} : { validatorAddress: real.validatorAddress };
  return { header: changed, commit: { ...commit, blockId, signatures: [{ ...sig, ...name }] } };
}
