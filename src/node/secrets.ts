import { readFileSync, writeFileSync } from 'node:fs';
import { toBase64Url } from '../primitives/bytes.js';
import { CairnError } from '../primitives/errors.js';
import { Secret } from '../primitives/secret.js';
import type { Opener } from '../custody/openers.js';
import { randomBytes } from '../platform/node-crypto.js';
import type { DataFolder } from './data-folder.js';

/** How the key stores of a node are opened. */
export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Asks a person; undefined where there is no terminal. */
  readonly askPassphrase?: (() => Promise<string>) | undefined;
}

/**
 * The opener for the node's key stores: `CAIRN_SECRET` (32 random bytes, base64url), `CAIRN_PASSPHRASE`, the demo's secret file,
 * or a person at the terminal; the first that is there.
 * @throws CairnError `node.no-secret`
 */
export async function findOpener(folder: DataFolder, { environment, askPassphrase }: SecretSources): Promise<Opener> {
  const { CAIRN_SECRET: secret, CAIRN_PASSPHRASE: passphrase } = environment;
  if (secret !== undefined && secret !== '') return { kind: 'environment', secret: new Secret(secret) };
  if (passphrase !== undefined && passphrase !== '') return { kind: 'passphrase', passphrase: new Secret(passphrase) };
  const stored = readIfThere(folder.unlockSecret);
  if (stored !== undefined) return { kind: 'environment', secret: new Secret(stored.trim()) };
  if (askPassphrase !== undefined) return { kind: 'passphrase', passphrase: new Secret(await askPassphrase()) };
  throw new CairnError(
    'node.no-secret',
    'The key stores are locked. Set CAIRN_SECRET or CAIRN_PASSPHRASE, or start at a terminal.',
  );
}

/** For the demo only: a secret that lies in the data folder, readable by its owner, and so protects nothing from them. */
export function storeUnlockSecret(folder: DataFolder): Opener {
  const secret = toBase64Url(randomBytes(32));
  writeFileSync(folder.unlockSecret, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  return { kind: 'environment', secret: new Secret(secret) };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CairnError('node.data-folder', `${path} cannot be read.`, { cause: error });
  }
}
