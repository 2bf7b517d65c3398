/*
 * Offline verification of a record's receipt, and its size, with the worst neighbours that limits allow: a transaction of
 * 1,000 calls in a block of 500 transactions. Floor: the raw signature checks that no verifier can avoid.
 */
import { strict as assert } from 'node:assert';
import { decodeReceipt } from '../src/ledger/receipt/receipt.js';
import { buildReceipt } from '../src/ledger/receipt/build-receipt.js';
import { encodeReceipt } from '../src/ledger/receipt/receipt.js';
import { trustRoot } from '../src/ledger/block/trust-root.js';
import { callOf } from '../src/contracts/calls.js';
import { nodeCrypto, randomBytes } from '../src/platform/node-crypto.js';
import { verifyReceipt } from '../src/verify/verify-receipt.js';
import { openTestLedger, testSigner } from '../testkit/ledger.js';
import type { Suite } from './report.js';

const CALLS = 1000;
const NEIGHBOURS = 500;
const ROUNDS = 300;

export async function benchReceipts(): Promise<Suite> {
  const ledger = await openTestLedger();
  const signer = testSigner('hospital');
  const vouch = (): ReturnType<typeof callOf> =>
    callOf('registry', 'vouch', { id: randomBytes(16), kind: 'practitioner', key: null });
  const [accepted] = await Promise.all([
    ledger.client.submit(signer, Array.from({ length: CALLS }, vouch)),
    ...Array.from({ length: NEIGHBOURS }, () => ledger.client.submit(signer, [vouch()])),
  ]);
  const position = ledger.application.findTransaction(accepted.id);
  assert(position !== undefined);
  await ledger.driver.waitForHeight(position.height + 1);
  const block = ledger.application.executedBlock(position.height);
  const nextHeader = ledger.driver.chain.signedHeader(position.height + 1);
  assert(block !== undefined && nextHeader !== undefined);
  const receipt = encodeReceipt(buildReceipt(nodeCrypto, { block, index: position.index, nextHeader }, CALLS - 1));
  const trust = trustRoot(nodeCrypto, ledger.driver.chain.chainId, ledger.driver.chain.validators(1));

  const verified = verifyReceipt(nodeCrypto, trust, decodeReceipt(receipt));
  assert.equal(verified.call.method, 'vouch');
  const tampered = receipt.slice();
  tampered[receipt.length >> 1] = (tampered[receipt.length >> 1] ?? 0) ^ 1;
  assert.throws(() => verifyReceipt(nodeCrypto, trust, decodeReceipt(tampered)));

  const first = performance.now();
  verifyReceipt(nodeCrypto, trust, decodeReceipt(receipt));
  const firstMs = performance.now() - first;
  const median = medianMs(() => verifyReceipt(nodeCrypto, trust, decodeReceipt(receipt)));
  const message = receipt.subarray(0, 200);
  const { signature } = signer.sign(message) as { signature: Uint8Array };
  const floor = medianMs(() => {
    nodeCrypto.ed25519Verify(signer.publicKey.key, message, signature);
    nodeCrypto.ed25519Verify(signer.publicKey.key, message, signature);
  });
  await ledger.driver.close();
  return {
    name: 'receipts',
    figures: [
      {
        name: `verify a receipt (1 call of ${CALLS})`,
        value: median,
        unit: 'ms',
        target: { atMost: 5 },
        beside: `two raw signature checks: ${floor.toPrecision(2)} ms; first after start: ${firstMs.toPrecision(2)} ms`,
      },
      { name: 'size of that receipt', value: receipt.length / 1000, unit: 'kB', target: { atMost: 8 } },
    ],
  };
}

function medianMs(work: () => void): number {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
}
