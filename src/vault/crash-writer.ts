/** What the crash test kills: a process that puts objects without end and prints the number of each that is durable. */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import type { Crypto } from '../primitives/crypto.js';
import type { VaultObject } from './object.js';
import { openVault } from './vault.js';

const CONCURRENT_PUTS = 40;

/** An object whose content follows from its number. */
export function selfCheckingObject(number: number): VaultObject {
  const seed = createHash('sha256').update(String(number)).digest();
  const bytes = new Uint8Array(100 + (seed.readUInt16BE() % 4000)).map((_, index) => seed[index % 32] as number);
  return { bytes, subject: 'a1'.repeat(16), compartment: 'b2'.repeat(16), kind: 'record' };
}

/** Runs until it is killed. `first`: number of the first object. */
export async function putWithoutEnd(crypto: Crypto, path: string, first: number): Promise<void> {
  const vault = openVault({ path, crypto, now: () => 0 });
  let next = first;
  const worker = async () => {
    for (;;) {
      const number = next++;
      await vault.put(selfCheckingObject(number));
      writeSync(1, `${number}\n`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_PUTS }, worker));
}
