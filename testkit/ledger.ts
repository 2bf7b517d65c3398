import { Application, type GenesisState, type SignatureCheck } from '../src/ledger/application/application.js';
import { openStateStore, type AuthenticatedStore } from '../src/ledger/store/authenticated-store.js';
import type { Database } from '../src/ledger/store/database.js';
import { MemoryDatabase } from '../src/ledger/store/memory-database.js';
import { cairnRuntime } from '../src/contracts/contracts.js';
import { SoloDriver } from '../src/consensus/solo/solo-driver.js';
import { nodeCrypto, randomBytes } from '../src/platform/node-crypto.js';
import { checkSignature } from '../src/platform/signature-check.js';
import { Secret } from '../src/primitives/secret.js';
import type { CborValue } from '../src/primitives/cbor.js';
import { ed25519Signer, type Signer } from '../src/services/ledger/signer.js';
import { LedgerClient } from '../src/services/ledger/ledger-client.js';

/** An organisation that can sign. */
export interface TestOrganisation {
  readonly id: string;
  readonly signer: Signer;
}

/** The application of a test ledger, with its contracts and without a driver. */
export interface TestApplication {
  readonly application: Application;
  readonly store: AuthenticatedStore;
  readonly genesis: GenesisState;
  readonly organisations: readonly TestOrganisation[];
  /** Unix seconds; tests move it forward. */
  readonly clock: { seconds: number };
}

export interface TestLedger extends TestApplication {
  readonly driver: SoloDriver;
  readonly client: LedgerClient;
}

export interface TestLedgerOptions {
  readonly database?: Database;
  /** Ids; each gets a key derived from its name, so that a test can reopen the same chain. */
  readonly organisations?: readonly string[];
  readonly clock?: { seconds: number };
  readonly chainId?: string;
  /** Ed25519 seed of the validator. */
  readonly validatorSeed?: Uint8Array;
  /** In place of the real one, to see tests fail without it. */
  readonly checkSignature?: SignatureCheck;
}

const VALIDATOR_SEED = nodeCrypto.sha256(new TextEncoder().encode('test validator'));

/** Signs as the organisation of this name does on a test ledger. */
export function testSigner(id: string): Signer {
  return ed25519Signer(nodeCrypto, new Secret(nodeCrypto.sha256(new TextEncoder().encode(`organisation ${id}`))));
}

/** The real application and contracts; in memory unless a database is given. */
export async function openTestApplication(options: TestLedgerOptions = {}): Promise<TestApplication> {
  const database = options.database ?? new MemoryDatabase();
  const ids = options.organisations ?? ['hospital', 'clinic', 'insurer'];
  const organisations = ids.map((id) => ({ id, signer: testSigner(id) }));
  const clock = options.clock ?? { seconds: 1_790_000_000 };
  const store = openStateStore(nodeCrypto, database);
  const application = await Application.open({
    crypto: nodeCrypto,
    database,
    store,
    runtime: cairnRuntime(nodeCrypto),
    checkSignature: options.checkSignature ?? checkSignature,
    now: () => clock.seconds,
  });
  const genesis: GenesisState = {
    parameters: {
      chainId: options.chainId ?? 'test-chain',
      webAuthn: { origins: ['https://portal.example'], rpIds: ['portal.example'], requireUserVerification: true },
    },
    time: clock.seconds,
    document: genesisDocument(organisations),
  };
  return { application, store, genesis, organisations, clock };
}

/** The solo driver over the real application and contracts; in memory unless a database is given. */
export async function openTestLedger(options: TestLedgerOptions = {}): Promise<TestLedger> {
  const database = options.database ?? new MemoryDatabase();
  const opened = await openTestApplication({ ...options, database });
  const { application, genesis, clock } = opened;
  const driver = await SoloDriver.open({
    crypto: nodeCrypto,
    application,
    database,
    genesis,
    validatorSeed: options.validatorSeed ?? VALIDATOR_SEED,
    now: () => ({ seconds: clock.seconds, nanos: 0 }),
  });
  const client = new LedgerClient({ crypto: nodeCrypto, randomBytes, driver, now: () => clock.seconds });
  return { ...opened, driver, client };
}

function genesisDocument(organisations: readonly TestOrganisation[]): CborValue {
  return {
    registry: {
      organisations: organisations.map(({ id, signer }) => ({
        id,
        name: id,
        roles: ['hospital'],
        signingKey: { alg: signer.publicKey.alg, key: signer.publicKey.key },
        sealingKey: new Uint8Array(1216),
      })),
    },
  };
}
