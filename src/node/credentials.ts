import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { toHex } from '../primitives/bytes.js';
import { CairnError } from '../primitives/errors.js';
import { randomBytes } from '../platform/node-crypto.js';
import type { HostedOrganisation } from '../services/node-services.js';
import type { DataFolder } from './data-folder.js';

const credentialsSchema = z.record(z.string(), z.string());

/** API keys, by organisation, for the `cairn` command of the user who owns the data folder. */
export type Credentials = z.infer<typeof credentialsSchema>;

/**
 * Makes sure that the folder's owner has an administrator's key for each organisation that the node serves. The file is
 * readable by its owner only, as the data folder is.
 */
export async function ensureCredentials(
  folder: DataFolder,
  hosted: readonly HostedOrganisation[],
): Promise<Credentials> {
  const credentials = existsSync(folder.credentials) ? readCredentials(folder) : {};
  for (const { organisation, apiKeys } of hosted) {
    if (credentials[organisation.id] !== undefined) continue;
    const practitioner = randomBytes(16);
    await organisation.vouchFor('practitioner', [practitioner]);
    const { token } = apiKeys.issue({
      organisation: organisation.id,
      practitioner: toHex(practitioner),
      scopes: ['read', 'write', 'admin'],
      label: 'cairn command',
    });
    credentials[organisation.id] = token.reveal();
  }
  writeFileSync(folder.credentials, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  return credentials;
}

/** @throws CairnError `node.credentials` */
export function readCredentials(folder: DataFolder): Credentials {
  try {
    return credentialsSchema.parse(JSON.parse(readFileSync(folder.credentials, 'utf8')));
  } catch (cause) {
    const message = `${folder.credentials} cannot be read. Start the node once, or give an API key with --token.`;
    throw new CairnError('node.credentials', message, { cause });
  }
}
