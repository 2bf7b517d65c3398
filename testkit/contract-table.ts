import { expect, it } from 'vitest';
import type { Contract } from '../src/contracts/kernel/contract.js';
import type { Call } from '../src/ledger/transaction/call.js';
import { keyOf, smallWorld, type ContractWorld } from './contract-world.js';

/** One line of a table: who calls what in the small world, and what it comes to (`ok` or a rejection code). */
export interface ContractCase {
  readonly name: string;
  /** Name of the key that signs. */
  readonly by: string;
  readonly calls: readonly Call[];
  readonly code: string;
  /** What happens before; the seconds by which it moves time on. */
  readonly before?: (world: ContractWorld) => void;
  readonly later?: number;
}

/** Runs each line in a world of its own, and checks that every rejection of the contract has a line. */
export function runContractTable(contract: Contract, cases: readonly ContractCase[]): void {
  const world = smallWorld();

  it.each(cases.map((line) => [`${line.name} → ${line.code}`, line] as const))('%s', (_, line) => {
    const fork = world.fork();
    line.before?.(fork);
    fork.time += line.later ?? 0;
    expect(fork.run(keyOf(line.by), ...line.calls).code).toBe(line.code);
  });

  it('reaches every rejection', () => {
    const reached = new Set(cases.map(({ code }) => code));
    const missing = Object.keys(contract.errors).filter((code) => !reached.has(`${contract.name}.${code}`));
    expect(missing).toEqual([]);
  });

  it('leaves no trace of calls before the one that is rejected', () => {
    for (const line of cases) {
      if (line.code !== 'ok') continue;
      const fork = world.fork();
      line.before?.(fork);
      fork.time += line.later ?? 0;
      const outcome = fork.run(keyOf(line.by), ...line.calls, NO_SUCH_METHOD);
      expect(outcome.code).toBe('kernel.unknown-method');
    }
  });
}

const NO_SUCH_METHOD: Call = { contract: 'registry', method: 'noSuchMethod', args: {} };
