import { readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { fromHex, toHex } from '../primitives/bytes.js';
import type { Crypto } from '../primitives/crypto.js';
import { CairnError } from '../primitives/errors.js';
import type { GenesisState } from '../ledger/application/application.js';
import { genesisFromJson, genesisToJson, hashGenesis, type Genesis } from '../ledger/block/genesis.js';
import type { RegistryGenesis } from '../contracts/registry/contract.js';

const hex = (bytes: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));

/** The application's part of a genesis file: JSON, with keys in hexadecimal. The registry checks it again. */
const appSchema = z.strictObject({
  webAuthn: z.strictObject({
    origins: z.array(z.string()),
    rpIds: z.array(z.string()),
    requireUserVerification: z.boolean(),
  }),
  organisations: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      roles: z.array(z.string()),
      signingKey: z.strictObject({ alg: z.literal('ed25519'), key: hex(32) }),
      sealingKey: hex(1216),
    }),
  ),
});

export type GenesisApp = z.infer<typeof appSchema>;
export type GenesisOrganisation = GenesisApp['organisations'][number];

/** A genesis as read from its file. */
export interface LoadedGenesis {
  readonly genesis: Genesis;
  readonly state: GenesisState;
  /** What members compare before they start, hex. */
  readonly hash: string;
  readonly organisations: readonly GenesisOrganisation[];
}

export function writeGenesis(path: string, genesis: Genesis): void {
  writeFileSync(path, `${JSON.stringify(genesisToJson(genesis), null, 2)}\n`, { flag: 'wx' });
}

/** @throws CairnError `genesis.missing`, `genesis.malformed` and the codes of `genesisFromJson`. */
export function readGenesis(crypto: Crypto, path: string): LoadedGenesis {
  const genesis = genesisFromJson(crypto, parse(path));
  const app = appSchema.safeParse(genesis.app);
  if (!app.success) {
    const where = app.error.issues[0]?.path.join('.') ?? 'app';
    throw new CairnError('genesis.malformed', `The genesis file ${path} is wrong at app.${where}.`);
  }
  const { webAuthn, organisations } = app.data;
  const registry: RegistryGenesis = {
    organisations: organisations.map(({ signingKey, sealingKey, roles, ...rest }) => ({
      ...rest,
      roles: roles as RegistryGenesis['organisations'][number]['roles'],
      signingKey: { alg: signingKey.alg, key: fromHex(signingKey.key) },
      sealingKey: fromHex(sealingKey),
    })),
  };
  const parameters = { chainId: genesis.chainId, webAuthn };
  const document = { registry: registry as never };
  return {
    genesis,
    state: { parameters, time: genesis.time, document },
    hash: toHex(hashGenesis(crypto, genesis)),
    organisations,
  };
}

function parse(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CairnError('genesis.missing', `There is no genesis file at ${path}. Set the node up first: cairn init.`, {
      cause,
    });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new CairnError('genesis.malformed', `The genesis file ${path} is not JSON.`, { cause });
  }
}
