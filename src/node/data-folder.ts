import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CairnError } from '../primitives/errors.js';

/** Where a node keeps what. Only `keys` and `vault.sqlite` cannot be derived from the rest or from another member. */
export interface DataFolder {
  readonly path: string;
  /** What the chain began with; the same file at every member. */
  readonly genesis: string;
  /** State, history and blocks (LevelDB). */
  readonly ledger: string;
  /** Derived from the ledger. */
  readonly ledgerIndex: string;
  /** Ciphertext. */
  readonly vault: string;
  /** Encrypted key stores, one an organisation and one of the node. */
  keyStore(name: string): string;
  /** Encrypted FHIR index of an organisation; derived. */
  fhirIndex(organisation: string): string;
  /** API keys for the `cairn` command of the user who owns the folder. */
  readonly credentials: string;
  /** Only where the node was set up without a secret of its owner's (the demo). */
  readonly unlockSecret: string;
  /** Address of the running node. */
  readonly running: string;
}

/** Makes the folder if need be, readable by its owner only. */
export function openDataFolder(path: string): DataFolder {
  try {
    for (const folder of [path, join(path, 'keys'), join(path, 'index')])
      mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new CairnError('node.data-folder', `The data folder ${path} cannot be made or written to.`, { cause });
  }
  return {
    path,
    genesis: join(path, 'genesis.json'),
    ledger: join(path, 'ledger'),
    ledgerIndex: join(path, 'ledger-index.sqlite'),
    vault: join(path, 'vault.sqlite'),
    keyStore: (name) => join(path, 'keys', `${name}.keys`),
    fhirIndex: (organisation) => join(path, 'index', `${organisation}.sqlite`),
    credentials: join(path, 'credentials.json'),
    unlockSecret: join(path, 'unlock-secret'),
    running: join(path, 'running.json'),
  };
}
