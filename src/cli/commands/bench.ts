import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { CairnError } from '../../primitives/errors.js';
import { action } from '../action.js';

/** The benchmarks run in a process of their own, so that nothing else is measured. */
export function addBenchCommand(program: Command): void {
  program
    .command('bench')
    .description('measure this machine: ledger, FHIR, state tree, receipts')
    .argument('[suites...]', 'fhir, ledger, receipts, state-tree (default all)')
    .addHelpText('after', '\nExample:\n  cairn bench ledger --json')
    .action(
      action<[string[]], object>(async ({ options }, _own, suites) => {
        const script = fileURLToPath(new URL('../../../bench/main.js', import.meta.url));
        const child = spawn(
          process.execPath,
          [...process.execArgv, script, ...suites, ...(options.json ? ['--json'] : [])],
          {
            stdio: 'inherit',
          },
        );
        const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
        if (code !== 0) throw new CairnError('bench.failed', 'The benchmark did not finish.');
      }),
    );
}
