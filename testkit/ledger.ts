import { Application, type GenesisState } from '../src/ledger/application/application.js';
import { openStateStore } from '../src/ledger/store/authenticated-store.js';
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

export interface TestLedger {
  readonly application: Application;
  readonly driver: SoloDriver;
  readonly client: LedgerClient;
  readonly organisations: readonly TestOrganisation[];
  /** Unix seconds; tests move it forward. */
  readonly clock: { seconds: number };
}

export interface TestLedgerOptions {
  readonly database?: Database;
  /** Ids; each gets a key derived from its name, so that a test can reopen the same chain. */
  readonly organisations?: readonly string[];
  readonly clock?: { seconds: number };
}

const VALIDATOR_SEED = nodeCrypto.sha256(new TextEncoder().encode('test validator'));

/** Signs as the organisation of this name does on a test ledger. */
export function testSigner(id: string): Signer {
  return ed25519Signer(nodeCrypto, new Secret(nodeCrypto.sha256(new TextEncoder().encode(`organisation ${id}`))));
}

/** The solo driver over the real application and contracts; in memory unless a database is given. */
export async function openTestLedger(options: TestLedgerOptions = {}): Promise<TestLedger> {
  const database = options.database ?? new MemoryDatabase();
  const ids = options.organisations ?? ['hospital', 'clinic', 'insurer'];
  const organisations = ids.map((id) => ({ id, signer: testSigner(id) }));
  const clock = options.clock ?? { seconds: 1_790_000_000 };
  const store = openStateStore(nodeCrypto, database);
  const runtime = cairnRuntime(nodeCrypto);
  const now = (): number => clock.seconds;
  const application = await Application.open({ crypto: nodeCrypto, database, store, runtime, checkSignature, now });
  const genesis: GenesisState = {
    parameters: {
      chainId: 'test-chain',
      webAuthn: { origins: ['https://portal.example'], rpIds: ['portal.example'], requireUserVerification: true },
    },
    time: clock.seconds,
    document: genesisDocument(organisations),
  };
  const driver = await SoloDriver.open({
    crypto: nodeCrypto,
    application,
    database,
    genesis,
    validatorSeed: VALIDATOR_SEED,
    now: () => ({ seconds: clock.seconds, nanos: 0 }),
  });
  const client = new LedgerClient({ crypto: nodeCrypto, randomBytes, driver, now });
  return { application, driver, client, organisations, clock };
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
