import type { Command } from 'commander';
import { CairnError } from '../../primitives/errors.js';
import { action } from '../action.js';
import { withSession } from '../session.js';

export function addIndexCommand(program: Command): void {
  const index = program.command('index').description('The organisation’s FHIR index, which is derived');

  index
    .command('rebuild')
    .description('empty the index and fill it again from ledger, vault and keys')
    .action(
      action<[], object>(async ({ options, output }) => {
        const progress = output.progress('blocks');
        await withSession(options, async ({ client }) => {
          for await (const step of client.administration.rebuildIndex()) {
            if (step.type === 'progress') progress.update(step.height, step.of);
            if (step.type === 'failed') throw new CairnError(step.problem.code, step.problem.message);
            if (step.type === 'done') {
              progress.stop();
              output.result(step, () => `rebuilt up to block ${step.height}`);
            }
          }
        });
      }),
    );
}
