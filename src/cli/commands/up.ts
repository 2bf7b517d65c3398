import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CairnError } from '../../primitives/errors.js';
import { DEFAULTS, loadConfig, type Settings } from '../../node/config.js';
import { openDataFolder, type DataFolder } from '../../node/data-folder.js';
import { findOpener } from '../../node/secrets.js';
import type { RunningNode } from '../../node/serve.js';
import { isSetUp } from '../../node/setup.js';
import { action } from '../action.js';
import { askPassphrase } from '../ask.js';
import { loadNode } from '../load-node.js';
import type { Output } from '../output.js';

interface UpOptions {
  readonly demo?: boolean;
  readonly host?: string;
  readonly port?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecure?: boolean;
  readonly logLevel?: Settings['logLevel'];
}

export function addUpCommand(program: Command): void {
  program
    .command('up')
    .description('start the node and serve until it is stopped')
    .option('--demo', 'on an empty data folder: set up a small consortium with generated patients first')
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--port <port>', 'port to listen on (default 8080; 0 for a free one)')
    .option('--tls-cert <file>', 'certificate (PEM)')
    .option('--tls-key <file>', 'its key (PEM)')
    .option('--insecure', 'listen beyond loopback without TLS, behind a proxy that has it')
    .option('--log-level <level>', 'fatal, error, warn, info, debug, trace, silent')
    .addHelpText(
      'after',
      '\nExamples:\n  cairn up --demo\n  cairn up --host 0.0.0.0 --tls-cert node.pem --tls-key node.key',
    )
    .action(
      action<[], UpOptions>(async ({ options, output }, own) => {
        const { demo, port, ...flags } = own;
        const config = loadConfig({
          file: options.config,
          flags: { data: options.data, port: port === undefined ? undefined : Number(port), ...flags },
          environment: process.env,
        });
        const folder = openDataFolder(config.data);
        const { pino, serve, prepareDemo, seedDemo } = await loadNode();
        if (!isSetUp(folder)) {
          if (demo !== true)
            throw new CairnError('node.not-set-up', `${folder.path} holds no node. Try --demo, or \`cairn init\`.`);
          await prepareDemo(folder);
        }
        const opener = await findOpener(folder, { environment: process.env, askPassphrase });
        const running = await serve({
          folder,
          opener,
          logger: pino({ level: config.logLevel }, pino.destination(2)),
          config,
        });
        if (demo === true) await seed(running, output, seedDemo);
        printWhereToGo(running, folder, output);
        await untilStopped();
        output.note('stopping …');
        await running.close();
      }),
    );
}

async function seed(
  running: RunningNode,
  output: Output,
  seedDemo: Awaited<ReturnType<typeof loadNode>>['seedDemo'],
): Promise<void> {
  const progress = output.progress('patients');
  await seedDemo(running.node, (done, total) => progress.update(done, total));
  progress.stop();
}

function printWhereToGo({ url, node }: RunningNode, { path, credentials }: DataFolder, output: Output): void {
  const ids = [...node.services.organisations.keys()];
  const [first = ''] = ids;
  const cairn = path === resolve(DEFAULTS.data) ? 'npx cairn' : `npx cairn --data ${path}`;
  output.result({ url, organisations: ids, credentials }, () =>
    [
      '',
      `Cairn is ready at ${url}`,
      `  FHIR R4            ${url}/fhir/R4/metadata`,
      `  API                ${url}/openapi.json`,
      `  organisations      ${ids.join(', ')}`,
      `  API keys           ${credentials}`,
      '',
      'Try, in another terminal:',
      `  ${cairn} status`,
      `  ${cairn} subject list`,
      `  TOKEN=$(node -p "require('${credentials}')['${first}']")`,
      `  curl -H "Authorization: Bearer $TOKEN" '${url}/fhir/R4/Patient?_count=3'`,
      '',
      'Stop with Ctrl-C.',
    ].join('\n'),
  );
}

/** Resolves at the first SIGINT or SIGTERM; the second ends the process at once. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
