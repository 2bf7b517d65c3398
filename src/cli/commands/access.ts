import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { CairnError } from '../../primitives/errors.js';
import { action } from '../action.js';
import { table } from '../output.js';
import { withSession } from '../session.js';

interface LogOptions {
  readonly evidence?: string;
  readonly compartment: string;
}

export function addAccessCommand(program: Command): void {
  const access = program.command('access').description('Who opened which chart');

  access
    .command('log')
    .description('every access to a subject’s chart, newest first')
    .argument('<subject>', 'subject id, or Patient/<FHIR id>')
    .option(
      '--evidence <file>',
      'also write evidence, to be verified offline, that the log of one compartment is complete',
    )
    .option('--compartment <code>', 'the compartment of the evidence', 'general')
    .addHelpText(
      'after',
      '\nExample:\n  cairn access log Patient/123 --evidence log.evidence && cairn verify log.evidence',
    )
    .action(
      action<[string], LogOptions>(async ({ options, output }, own, subject) => {
        await withSession(options, async ({ client }) => {
          const page = await client.subjects.accessPage(subject, { limit: 500 });
          if (own.evidence !== undefined) {
            const view = await client.subjects.get(subject);
            const compartment = view.compartments.find(({ code }) => code === own.compartment)?.compartment;
            if (compartment === undefined) {
              throw new CairnError(
                'usage.compartment',
                `The subject has no compartment "${own.compartment}" known here.`,
              );
            }
            writeFileSync(own.evidence, await client.ledger.logEvidence('access', view.subject, compartment));
            output.note(`wrote ${own.evidence}; check it with: cairn verify ${own.evidence}`);
          }
          const rows = page.accesses.map((entry) => [
            entry.time,
            entry.organisation,
            entry.actor ?? '',
            entry.purpose,
            entry.compartments.map(({ code, basis }) => `${code ?? '(unknown)'}: ${basis}`).join(', '),
          ]);
          output.result(
            page,
            () =>
              `${table(['when', 'who', 'practitioner or device', 'why', 'which: ground'], rows)}\n${page.total} in all`,
          );
        });
      }),
    );
}
