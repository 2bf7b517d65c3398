import type { Command } from 'commander';

/** Options of every command. */
export interface GlobalOptions {
  readonly data?: string | undefined;
  readonly config?: string | undefined;
  readonly organisation?: string | undefined;
  readonly json: boolean;
  readonly url?: string | undefined;
  readonly token?: string | undefined;
}

export function addGlobalOptions(program: Command): Command {
  return program
    .option('-d, --data <folder>', 'data folder (default .cairn; CAIRN_DATA)')
    .option('-c, --config <file>', 'configuration file (default cairn.json in the data folder)')
    .option('-o, --organisation <id>', 'organisation to act for (default the first that the node serves)')
    .option('--json', 'print results as JSON', false)
    .option('--url <url>', 'a node elsewhere, instead of the one of the data folder')
    .option('--token <key>', 'API key (CAIRN_TOKEN)');
}

export function globalOptions(command: Command): GlobalOptions {
  const { data, config, organisation, json, url, token } = command.optsWithGlobals<Partial<GlobalOptions>>();
  return { data, config, organisation, json: json === true, url, token: token ?? process.env['CAIRN_TOKEN'] };
}
