import type { Command } from 'commander';
import { CairnError } from '../../primitives/errors.js';
import { systemClock } from '../../node/clock.js';
import { loadConfig } from '../../node/config.js';
import { openDataFolder } from '../../node/data-folder.js';
import { findOpener } from '../../node/secrets.js';
import { setUp, type FoundingOrganisation } from '../../node/setup.js';
import { ORGANISATION_ROLES } from '../../contracts/registry/state.js';
import { action } from '../action.js';
import { CHAIN_ID } from '../../ledger/block/wire.js';
import { askPassphrase } from '../ask.js';

interface InitOptions {
  readonly chain: string;
  readonly member: string[];
}

export function addInitCommand(program: Command): void {
  program
    .command('init')
    .description('found a consortium whose organisations live on this node')
    .requiredOption('--member <id:role:name...>', `organisations; roles: ${ORGANISATION_ROLES.join(', ')}`)
    .option('--chain <id>', 'chain id', 'cairn-1')
    .addHelpText(
      'after',
      '\nThe key stores are locked with CAIRN_SECRET, CAIRN_PASSPHRASE or a passphrase that is asked for.\n\nExample:\n  cairn init --member "st-anna:hospital:St Anna Hospital" "north-clinic:clinic:North Clinic"',
    )
    .action(
      action<[], InitOptions>(async ({ options, output }, { chain, member }) => {
        const organisations = member.map(parseMember);
        checkIds(chain, organisations);
        const config = loadConfig({ file: options.config, flags: { data: options.data }, environment: process.env });
        const folder = openDataFolder(config.data);
        const opener = await findOpener(folder, { environment: process.env, askPassphrase });
        await setUp({
          folder,
          chainId: chain,
          organisations,
          opener,
          webAuthn: { origins: [], rpIds: [] },
          time: systemClock.now(),
        });
        output.result(
          { data: folder.path, chain, organisations },
          () => `${folder.path} is set up. Start it: cairn up`,
        );
      }),
    );
}

/** Before anything is written. */
function checkIds(chain: string, organisations: readonly FoundingOrganisation[]): void {
  if (!CHAIN_ID.test(chain)) {
    throw new CairnError('usage.chain', 'A chain id has 1 to 50 letters, digits, dots, dashes and underscores.');
  }
  const ids = organisations.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new CairnError('usage.member', `"${twice}" is named twice.`);
}

function parseMember(text: string): FoundingOrganisation {
  const [id = '', role = '', ...name] = text.split(':');
  const isKnownRole = (ORGANISATION_ROLES as readonly string[]).includes(role);
  if (!/^[a-z][a-z0-9-]{0,38}[a-z0-9]$/.test(id) || !isKnownRole || name.length === 0) {
    throw new CairnError('usage.member', `"${text}" is not id:role:name. Roles: ${ORGANISATION_ROLES.join(', ')}.`);
  }
  return { id, name: name.join(':'), roles: [role] };
}
