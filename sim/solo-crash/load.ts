import { nodeCrypto } from '../../src/platform/node-crypto.js';
import { toHex } from '../../src/primitives/bytes.js';
import type { CommittedTransaction } from '../../src/consensus/driver.js';
import type { TestLedger } from '../../testkit/ledger.js';
import { signedTransaction, vouchCall } from '../../testkit/transactions.js';

/** What the ledger told a submitter. */
export interface Acknowledged {
  /** Hexadecimal. */
  readonly id: string;
  readonly height: number;
  readonly index: number;
  /** SHA-256 of the result's data, hexadecimal. */
  readonly result: string;
}

/** Submits transactions of one to five calls, of which a few are rejected, for as long as the ledger takes them. */
export async function submitWithoutEnd(
  { driver, clock }: Pick<TestLedger, 'driver' | 'clock'>,
  options: { readonly workers: number; readonly onAcknowledged: (told: Acknowledged) => void },
): Promise<void> {
  const work = async (worker: number): Promise<void> => {
    for (let round = worker; ; round += 1) {
      const calls = Array.from({ length: 1 + (round % 5) }, () => vouchCall());
      const twice = round % 7 === 0 ? calls.slice(0, 1) : [];
      const bytes = signedTransaction([...calls, ...twice], { validUntil: clock.seconds + 60 });
      options.onAcknowledged(acknowledgement(await driver.submit(bytes)));
    }
  };
  await Promise.all(Array.from({ length: options.workers }, (_, worker) => work(worker)));
}

function acknowledgement({ id, height, index, result }: CommittedTransaction): Acknowledged {
  return { id: toHex(id), height, index, result: toHex(nodeCrypto.sha256(result.data)) };
}
