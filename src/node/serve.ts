import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { CairnError } from '../primitives/errors.js';
import type { Opener } from '../custody/openers.js';
import { fhirRoutes } from '../services/fhir/rest/fhir-routes.js';
import { createServer } from '../services/http/server.js';
import { bootstrap } from './bootstrap.js';
import { CairnNode } from './cairn-node.js';
import { systemClock } from './clock.js';
import type { NodeConfig } from './config.js';
import { ensureCredentials, type Credentials } from './credentials.js';
import type { DataFolder } from './data-folder.js';
import { removeRunning, writeRunning } from './running-file.js';

/** Of the package; a test compares it with package.json. */
export const VERSION = '0.1.0';

export interface ServeOptions {
  readonly folder: DataFolder;
  readonly opener: Opener;
  readonly logger: Logger;
  readonly config: Pick<NodeConfig, 'host' | 'port' | 'tlsCert' | 'tlsKey'>;
}

/** A node that answers requests. */
export interface RunningNode {
  readonly node: CairnNode;
  readonly url: string;
  /** API keys of the folder's owner, by organisation. */
  readonly credentials: Credentials;
  /** Finishes requests under way, then the node. */
  close(): Promise<void>;
}

/** Opens a node, completes its set-up on the ledger and listens. */
export async function serve({ folder, opener, logger, config }: ServeOptions): Promise<RunningNode> {
  const node = await CairnNode.open({ folder, opener, clock: systemClock, logger });
  try {
    await bootstrap(node);
    const credentials = await ensureCredentials(folder, [...node.services.organisations.values()]);
    const tls = readTls(config);
    const server = createServer(node.services, {
      logger,
      version: VERSION,
      genesisHash: node.genesisHash,
      ...(tls !== undefined && { tls }),
      plugins: { '/fhir/R4': fhirRoutes(node.services) },
      rebuildIndex: (organisation, onProgress) => node.rebuildIndex(organisation, onProgress),
    });
    const url = await listen(server, config);
    writeRunning(folder, { pid: process.pid, url });
    const close = async (): Promise<void> => {
      removeRunning(folder);
      await server.close();
      await node.close();
    };
    return { node, url, credentials, close };
  } catch (error) {
    await node.close();
    throw error;
  }
}

async function listen(
  server: { listen(options: { host: string; port: number }): Promise<string> },
  { host, port }: ServeOptions['config'],
): Promise<string> {
  try {
    return await server.listen({ host, port });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'another program listens there' : (code ?? 'it cannot be opened');
    throw new CairnError('node.cannot-listen', `Port ${port} on ${host}: ${why}. Choose another with --port.`, {
      cause,
    });
  }
}

function readTls({ tlsCert, tlsKey }: ServeOptions['config']): { cert: Buffer; key: Buffer } | undefined {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  try {
    return { cert: readFileSync(tlsCert), key: readFileSync(tlsKey) };
  } catch (cause) {
    throw new CairnError('config.invalid', 'The TLS certificate or key cannot be read. Check tlsCert and tlsKey.', {
      cause,
    });
  }
}
