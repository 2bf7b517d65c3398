import type { Command } from 'commander';
import { action } from '../action.js';
import { table } from '../output.js';
import { withSession } from '../session.js';

export function addKeyCommand(program: Command): void {
  const key = program.command('key').description('API keys of the organisation’s practitioners and programs');

  key
    .command('issue')
    .description('issue a key; the token is shown this once')
    .requiredOption('--label <text>', 'whose it is, for people')
    .option('--scope <scopes...>', 'read, write, admin', ['read'])
    .addHelpText('after', '\nExample:\n  cairn key issue --label "Dr A" --scope read write')
    .action(
      action<[], { label: string; scope: string[] }>(async ({ options, output }, { label, scope }) => {
        const issued = await withSession(options, ({ client }) =>
          client.administration.issueApiKey({ label, scopes: scope as never }),
        );
        output.result(issued, () => `${issued.token}\n(practitioner ${issued.key.practitioner}; key ${issued.key.id})`);
      }),
    );

  key
    .command('list')
    .description('list the keys, without their tokens')
    .action(
      action<[], object>(async ({ options, output }) => {
        const keys = await withSession(options, ({ client }) => client.administration.apiKeys());
        const rows = keys.map((one) => [one.id, one.label, one.scopes.join(' '), one.createdAt, one.revokedAt ?? '']);
        output.result(keys, () => table(['key', 'label', 'scopes', 'issued', 'revoked'], rows));
      }),
    );

  key
    .command('revoke')
    .description('revoke a key at once')
    .argument('<key>', 'id, from `cairn key list`')
    .action(
      action<[string], object>(async ({ options, output }, _own, id) => {
        const revoked = await withSession(options, ({ client }) => client.administration.revokeApiKey(id));
        output.result(revoked, () => `revoked ${revoked.id}`);
      }),
    );
}
