import { existsSync, rmSync } from 'node:fs';
import { toHex } from '../primitives/bytes.js';
import { CairnError } from '../primitives/errors.js';
import { sealingPublicKey } from '../primitives/sealing.js';
import { Secret } from '../primitives/secret.js';
import { validatorSet } from '../ledger/block/validator-set.js';
import { createKeyStore } from '../custody/key-store.js';
import type { NewOpener } from '../custody/openers.js';
import { organisationKey } from '../custody/organisation-keys.js';
import { nodeCrypto, randomBytes } from '../platform/node-crypto.js';
import type { DataFolder } from './data-folder.js';
import { writeGenesis, type GenesisOrganisation } from './genesis-file.js';

/** An organisation to found a consortium with. */
export interface FoundingOrganisation {
  /** 2 to 40 of a–z, 0–9 and hyphen. */
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
}

export interface SetupOptions {
  readonly folder: DataFolder;
  readonly chainId: string;
  readonly organisations: readonly FoundingOrganisation[];
  readonly opener: NewOpener;
  /** Origins and relying-party ids whose passkeys may sign. */
  readonly webAuthn: { readonly origins: readonly string[]; readonly rpIds: readonly string[] };
  /** Unix seconds. */
  readonly time: number;
}

/** Names in key stores. */
export const SECRETS = { root: 'root', device: 'device', validator: 'validator' } as const;
/** The key store of the node itself. */
export const NODE_STORE = 'node';

export function isSetUp(folder: DataFolder): boolean {
  return existsSync(folder.genesis);
}

/**
 * Founds a consortium whose organisations all live on this node: makes their secrets and writes the genesis file, last, so
 * that an interrupted set-up can be repeated.
 * @throws CairnError `node.set-up-already`, or a `custody.*` code.
 */
export async function setUp(options: SetupOptions): Promise<void> {
  const { folder, chainId, organisations, opener, webAuthn, time } = options;
  if (isSetUp(folder)) {
    throw new CairnError(
      'node.set-up-already',
      `${folder.path} is set up already. Start it, or name another --data folder.`,
    );
  }
  if (existsSync(folder.ledger)) {
    const message = `${folder.path} holds a ledger but no genesis file. Put genesis.json back from a copy or another member.`;
    throw new CairnError('genesis.missing', message);
  }
  // Key stores of a set-up that was interrupted: no chain was ever begun with them.
  for (const { id } of [{ id: NODE_STORE }, ...organisations]) rmSync(folder.keyStore(id), { force: true });
  const dependencies = { crypto: nodeCrypto, randomBytes };
  const validatorSeed = randomBytes(32);
  const secrets = { [SECRETS.validator]: new Secret(validatorSeed) };
  await createKeyStore(dependencies, folder.keyStore(NODE_STORE), { openers: [opener], secrets });
  const founding: GenesisOrganisation[] = [];
  for (const organisation of organisations) founding.push(await found(folder, organisation, opener));
  const validators = validatorSet(nodeCrypto, [
    { publicKey: nodeCrypto.ed25519PublicKey(validatorSeed), votingPower: 1 },
  ]);
  const app = {
    webAuthn: { origins: [...webAuthn.origins], rpIds: [...webAuthn.rpIds], requireUserVerification: true },
    organisations: founding,
  };
  writeGenesis(folder.genesis, { chainId, time, validators, app });
}

async function found(
  folder: DataFolder,
  { id, name, roles }: FoundingOrganisation,
  opener: NewOpener,
): Promise<GenesisOrganisation> {
  const root = new Secret(randomBytes(32));
  const secrets = { [SECRETS.root]: root, [SECRETS.device]: new Secret(randomBytes(16)) };
  await createKeyStore({ crypto: nodeCrypto, randomBytes }, folder.keyStore(id), { openers: [opener], secrets });
  const signingSeed = organisationKey(nodeCrypto, root, 'ledger-signing', 0);
  const sealingSeed = organisationKey(nodeCrypto, root, 'sealing', 0);
  return {
    id,
    name,
    roles: [...roles],
    signingKey: { alg: 'ed25519', key: toHex(nodeCrypto.ed25519PublicKey(signingSeed.reveal())) },
    sealingKey: toHex(await sealingPublicKey(sealingSeed.reveal())),
  };
}
