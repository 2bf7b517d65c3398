import type { Command } from 'commander';
import { action } from '../action.js';
import { table } from '../output.js';
import { collect } from '../collect.js';
import { withSession } from '../session.js';

export function addSubjectCommand(program: Command): void {
  const subject = program.command('subject').description('Subjects: pseudonymous patients');

  subject
    .command('create')
    .description('register a patient for whom the organisation acts (steward)')
    .action(
      action<[], object>(async ({ options, output }) => {
        const view = await withSession(options, ({ client }) => client.subjects.register());
        output.result(view, () => view.subject);
      }),
    );

  subject
    .command('list')
    .description('list the organisation’s subjects')
    .option('--relation <relation>', 'steward, or grantee: those who granted it something', 'steward')
    .action(
      action<[], { relation: 'steward' | 'grantee' }>(async ({ options, output }, { relation }) => {
        const subjects = await withSession(options, ({ client }) => collect(client.subjects.list({ relation })));
        const rows = subjects.map((one) => [one.subject, one.kind, one.steward ?? '(own keys)']);
        output.result(subjects, () => `${table(['subject', 'kind', 'steward'], rows)}\n${subjects.length} in all`);
      }),
    );

  subject
    .command('show')
    .description('what the ledger holds of a subject')
    .argument('<subject>', 'subject id, or Patient/<FHIR id>')
    .action(
      action<[string], object>(async ({ options, output }, _own, name) => {
        const view = await withSession(options, ({ client }) => client.subjects.get(name));
        const rows = view.compartments.map(({ code, compartment, epoch, records, accesses }) => [
          code ?? '(unknown)',
          compartment,
          String(epoch),
          String(records),
          String(accesses),
        ]);
        const head = `${view.kind} ${view.subject}, steward ${view.steward ?? '(own keys)'}`;
        output.result(view, () => `${head}\n${table(['compartment', 'id', 'epoch', 'records', 'accesses'], rows)}`);
      }),
    );
}
