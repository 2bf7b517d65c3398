/*
 * The examples of docs/spec, computed by the code itself: fixed seeds, nonces and clock, so that every byte is the same on
 * every run. A block ```hex NAME of a page holds the value of that name here.
 */
import { openTestLedger, testSigner } from '../../testkit/ledger.js';
import { encodeAccessLeaf } from '../../src/contracts/access/leaf.js';
import { callOf } from '../../src/contracts/calls.js';
import { encodeErasureLeaf, encodeRecordLeaf } from '../../src/contracts/records/leaf.js';
import { sealRecord } from '../../src/custody/record-sealing.js';
import { compartmentId, pseudonymFor, subjectEpochKey, subjectSigningSeed } from '../../src/custody/subject-keys.js';
import { encodeHeader, hashHeader } from '../../src/ledger/block/header.js';
import { encodeCommit } from '../../src/ledger/block/commit.js';
import { trustRoot, type TrustRoot } from '../../src/ledger/block/trust-root.js';
import { buildReceipt } from '../../src/ledger/receipt/build-receipt.js';
import { encodeReceipt } from '../../src/ledger/receipt/receipt.js';
import { openStateStore } from '../../src/ledger/store/authenticated-store.js';
import { MemoryDatabase } from '../../src/ledger/store/memory-database.js';
import { encodeCall } from '../../src/ledger/transaction/call.js';
import { buildTransaction, encodeTransaction } from '../../src/ledger/transaction/transaction.js';
import { nodeCrypto } from '../../src/platform/node-crypto.js';
import { assert } from '../../src/primitives/assert.js';
import { utf8ToBytes } from '../../src/primitives/bytes.js';
import { appendToFrontier, EMPTY_FRONTIER, frontierRoot, leafHash } from '../../src/primitives/merkle-log.js';
import { Secret } from '../../src/primitives/secret.js';

/** Examples by name. */
export type SpecExamples = ReadonlyMap<string, Uint8Array>;

/** A receipt, and what verifies it. */
export interface ExampleReceipt {
  readonly examples: SpecExamples;
  readonly trust: TrustRoot;
}

export async function specExamples(): Promise<SpecExamples> {
  const { examples } = await receiptExamples();
  return new Map([...examples, ...(await stateExamples()), ...keyExamples(), ...logExamples()]);
}

/** The hospital vouches for a practitioner: one call, alone in its block. */
export async function receiptExamples(): Promise<ExampleReceipt> {
  const { application, driver, clock } = await openTestLedger();
  const signer = testSigner('hospital');
  const call = callOf('registry', 'vouch', { id: filled(16, 0x11), kind: 'practitioner', key: null });
  const unsigned = buildTransaction(nodeCrypto, [call], {
    chainId: driver.chain.chainId,
    nonce: filled(16, 0x22),
    validUntil: clock.seconds + 120,
    signer: signer.publicKey,
  });
  const signature = signer.sign(unsigned.bodyBytes);
  const transaction = encodeTransaction(unsigned, signature);
  const { id, height, index, result } = await driver.submit(transaction);
  await driver.waitForHeight(height + 1);
  const block = application.executedBlock(height);
  const nextHeader = driver.chain.signedHeader(height + 1);
  assert(block !== undefined && nextHeader !== undefined, 'the block and the header after it are there');
  const receipt = buildReceipt(nodeCrypto, { block, index, nextHeader }, 0);
  const examples = new Map([
    ['call', encodeCall(call)],
    ['body', unsigned.bodyBytes],
    ['transaction-id', id],
    ['transaction', transaction],
    ['outcome', result.outcomes[0] ?? new Uint8Array(0)],
    ['result-data', result.data],
    ['receipt', encodeReceipt(receipt)],
    ['header', encodeHeader(nextHeader.header)],
    ['header-hash', hashHeader(nodeCrypto, nextHeader.header)],
    ['commit', encodeCommit(nextHeader.commit)],
  ]);
  return { examples, trust: trustRoot(nodeCrypto, driver.chain.chainId, driver.chain.validators(1)) };
}

/** A state of two keys. */
async function stateExamples(): Promise<SpecExamples> {
  const store = openStateStore(nodeCrypto, new MemoryDatabase());
  const changes = ['a', 'b'].map((key) => ({ key: utf8ToBytes(key), value: utf8ToBytes(`value of ${key}`) }));
  await store.commit(store.stage(changes), 1);
  return new Map([
    ['tree-key-a', nodeCrypto.sha256(utf8ToBytes('a'))],
    ['tree-key-b', nodeCrypto.sha256(utf8ToBytes('b'))],
    ['state-root', store.root],
    ['proof-of-a', store.prove(utf8ToBytes('a'))],
    ['proof-of-absent-c', store.prove(utf8ToBytes('c'))],
  ]);
}

/** Everything that follows from a root secret of 32 bytes 0x01. */
function keyExamples(): SpecExamples {
  const root = new Secret(filled(32, 0x01));
  const compartment = compartmentId(nodeCrypto, root, 'general');
  const epochKey = subjectEpochKey(nodeCrypto, root, compartment, 1);
  const place = { subject: filled(16, 0x02), compartment, epoch: 1, record: filled(16, 0x03), version: 1 };
  const meta = {
    type: 'Patient',
    id: 'example',
    version: '1',
    mediaType: 'application/fhir+json',
    references: {},
  };
  const content = { meta, resource: utf8ToBytes('{"resourceType":"Patient"}') };
  const random = (length: number): Uint8Array => filled(length, 0x04);
  const sealed = sealRecord(nodeCrypto, random, epochKey, place, content);
  return new Map([
    ['signing-seed', subjectSigningSeed(nodeCrypto, root, 0).reveal()],
    ['pseudonym', pseudonymFor(nodeCrypto, root, filled(16, 0x05))],
    ['compartment', compartment],
    ['epoch-key', epochKey.reveal()],
    ['epoch-key-commitment', epochKey.commitment],
    ['object', sealed.object],
    ['digest', sealed.digest],
    ['commitment', sealed.commitment],
  ]);
}

/** Three leaves; the first two are those of a record log. */
function logExamples(): SpecExamples {
  const time = 1_790_000_000;
  const record = encodeRecordLeaf({
    record: filled(16, 0x03),
    version: 1,
    digest: filled(32, 0x06),
    commitment: filled(32, 0x07),
    epoch: 1,
    author: 'hospital',
    time,
  });
  const erasure = encodeErasureLeaf({
    index: 0,
    requestedBy: 'subject',
    ground: 'subject',
    reason: 'subject-request',
    time,
  });
  const access = encodeAccessLeaf({
    access: filled(16, 0x08),
    organisation: 'clinic',
    actor: filled(16, 0x11),
    purpose: 'TREAT',
    basis: 'grant',
    grant: filled(16, 0x09),
    time,
    until: time + 900,
  });
  const one = appendToFrontier(nodeCrypto, EMPTY_FRONTIER, leafHash(nodeCrypto, record));
  const two = appendToFrontier(nodeCrypto, one, leafHash(nodeCrypto, erasure));
  return new Map([
    ['record-leaf', record],
    ['erasure-leaf', erasure],
    ['access-leaf', access],
    ['log-root', frontierRoot(nodeCrypto, two)],
  ]);
}

function filled(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte);
}
