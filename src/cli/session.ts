import { CairnError } from '../primitives/errors.js';
import { loadConfig } from '../node/config.js';
import { readCredentials } from '../node/credentials.js';
import { openDataFolder, type DataFolder } from '../node/data-folder.js';
import { readRunning } from '../node/running-file.js';
import type { RunningNode } from '../node/serve.js';
import { findOpener } from '../node/secrets.js';
import { isSetUp } from '../node/setup.js';
import { CairnClient } from '../sdk/client.js';
import { askPassphrase } from './ask.js';
import { loadNode } from './load-node.js';
import type { GlobalOptions } from './options.js';

/** A connection to a node, and whom the command speaks for. */
export interface Session {
  readonly client: CairnClient;
  readonly url: string;
  readonly organisation: string;
  readonly token: string;
  close(): Promise<void>;
}

/**
 * Connects to the node of the data folder: the one that runs, or else one that is started for this command alone, on a free
 * loopback port. With `--url` and `--token` the node may be anywhere.
 */
async function openSession(options: GlobalOptions): Promise<Session> {
  if (options.url !== undefined) return remoteSession(options, options.url);
  const config = loadConfig({ file: options.config, flags: { data: options.data }, environment: process.env });
  const folder = openDataFolder(config.data);
  if (!isSetUp(folder)) {
    throw new CairnError(
      'node.not-set-up',
      `${folder.path} holds no node. Try \`cairn up --demo\`, or \`cairn init\`.`,
    );
  }
  const running = await findRunning(folder);
  if (running !== undefined) return sessionOf(folder, running, options, () => Promise.resolve());
  const node = await startForCommand(folder);
  return sessionOf(folder, node.url, options, () => node.close());
}

function remoteSession({ token, organisation }: GlobalOptions, url: string): Session {
  if (token === undefined) throw new CairnError('usage.token', 'With --url give an API key: --token, or CAIRN_TOKEN.');
  if (!/^https?:/.test(url) || !URL.canParse(url)) {
    throw new CairnError('usage.url', 'The --url is not one. It looks like https://node.example.org.');
  }
  const client = new CairnClient({ url, token });
  return { client, url, organisation: organisation ?? '', token, close: () => Promise.resolve() };
}

function sessionOf(folder: DataFolder, url: string, options: GlobalOptions, close: () => Promise<void>): Session {
  const credentials = readCredentials(folder);
  const organisation = options.organisation ?? Object.keys(credentials)[0] ?? '';
  const token = options.token ?? credentials[organisation];
  if (token === undefined) {
    const known = Object.keys(credentials).join(', ');
    throw new CairnError('usage.organisation', `This node does not serve "${organisation}". It serves: ${known}.`);
  }
  return { client: new CairnClient({ url, token }), url, organisation, token, close };
}

/** The URL of the node of this folder, if it answers. */
async function findRunning(folder: DataFolder): Promise<string | undefined> {
  const running = readRunning(folder);
  if (running === undefined) return undefined;
  try {
    const response = await fetch(new URL('/healthz', running.url), { signal: AbortSignal.timeout(3000) });
    return response.ok ? running.url : undefined;
  } catch {
    return undefined;
  }
}

async function startForCommand(folder: DataFolder): Promise<RunningNode> {
  const opener = await findOpener(folder, { environment: process.env, askPassphrase });
  const { pino, serve } = await loadNode();
  return serve({ folder, opener, logger: pino({ level: 'silent' }), config: { host: '127.0.0.1', port: 0 } });
}

/** Opens a session for one piece of work and closes it again. */
export async function withSession<Result>(
  options: GlobalOptions,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const session = await openSession(options);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
