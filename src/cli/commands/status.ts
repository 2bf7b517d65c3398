import type { Command } from 'commander';
import { action } from '../action.js';
import { table } from '../output.js';
import { withSession } from '../session.js';

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('what the node is and how far it is')
    .option('--trust', 'print the trust root for offline verification instead')
    .addHelpText('after', '\nExample:\n  cairn status --trust > trust.json')
    .action(
      action<[], { trust?: boolean }>(async ({ options, output }, own) => {
        await withSession(options, async ({ client, url }) => {
          if (own.trust === true) {
            const trust = await client.trust();
            output.result(trust, () => JSON.stringify(trust, null, 2));
            return;
          }
          const status = await client.status();
          const { chain, vault } = status;
          const rows = status.organisations.map(({ id, indexHeight }) => [id, String(indexHeight)]);
          output.result({ url, ...status }, () =>
            [
              `${url}  chain ${chain.id}, height ${chain.height}, ${status.ready ? 'ready' : 'not ready'}`,
              `vault: ${vault.objects} objects, ${vault.bytes} bytes, ${vault.erased} erased`,
              table(['organisation', 'index at block'], rows),
            ].join('\n'),
          );
        });
      }),
    );
}
