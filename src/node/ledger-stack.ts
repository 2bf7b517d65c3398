import { equalBytes } from '../primitives/bytes.js';
import { CairnError } from '../primitives/errors.js';
import type { LoadedGenesis } from './genesis-file.js';
import type { DataFolder } from './data-folder.js';
import { Application } from '../ledger/application/application.js';
import { openStateStore, type AuthenticatedStore } from '../ledger/store/authenticated-store.js';
import type { Database } from '../ledger/store/database.js';
import { cairnRuntime } from '../contracts/contracts.js';
import { SoloDriver } from '../consensus/solo/solo-driver.js';
import { openLevelDatabase } from '../platform/level-database.js';
import { nodeCrypto } from '../platform/node-crypto.js';
import { checkSignature } from '../platform/signature-check.js';
import type { NodeClock } from './clock.js';

/** The ledger of a node: database, state, application and driver. */
export interface LedgerStack {
  readonly database: Database;
  readonly store: AuthenticatedStore;
  readonly application: Application;
  readonly driver: SoloDriver;
  close(): Promise<void>;
}

/** @throws CairnError `database.*`, `state.*`, `ledger.wrong-genesis`, `genesis.wrong-keys`. */
export async function openLedgerStack(
  folder: DataFolder,
  { state: genesis, genesis: { validators } }: LoadedGenesis,
  validatorSeed: Uint8Array,
  clock: NodeClock,
): Promise<LedgerStack> {
  const publicKey = nodeCrypto.ed25519PublicKey(validatorSeed);
  if (!validators.validators.some((validator) => equalBytes(validator.publicKey, publicKey))) {
    const message = `The genesis file ${folder.genesis} is of another set-up than the keys of this folder. Put back the one it began with.`;
    throw new CairnError('genesis.wrong-keys', message);
  }
  const database = await openLevelDatabase(folder.ledger);
  try {
    const store = openStateStore(nodeCrypto, database);
    const runtime = cairnRuntime(nodeCrypto);
    const now = (): number => clock.now();
    const application = await Application.open({ crypto: nodeCrypto, database, store, runtime, checkSignature, now });
    const driver = await SoloDriver.open({
      crypto: nodeCrypto,
      application,
      database,
      genesis,
      validatorSeed,
      now: () => clock.timestamp(),
    });
    const close = async (): Promise<void> => {
      await driver.close();
      await database.close();
    };
    return { database, store, application, driver, close };
  } catch (error) {
    await database.close();
    throw error;
  }
}
