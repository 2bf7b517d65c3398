import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { toBase64Url, toHex } from '../src/primitives/bytes.js';
import { Secret } from '../src/primitives/secret.js';
import type { ApiScope } from '../src/custody/api-keys.js';
import { bootstrap } from '../src/node/bootstrap.js';
import { CairnNode } from '../src/node/cairn-node.js';
import type { NodeClock } from '../src/node/clock.js';
import { openDataFolder } from '../src/node/data-folder.js';
import { setUp } from '../src/node/setup.js';
import { randomBytes } from '../src/platform/node-crypto.js';
import type { HostedOrganisation } from '../src/services/node-services.js';
import type { Reader } from '../src/services/organisation/access-sessions.js';
import type { Purpose } from '../src/contracts/consent/state.js';

/** A real node over a temporary folder, with a clock that a test can move on. */
export interface Consortium {
  readonly node: CairnNode;
  organisation(id: string): HostedOrganisation;
  /** A practitioner that the organisation vouches for. */
  practitioner(organisation: string, purpose?: Purpose): Promise<Reader>;
  /** An API key of a new practitioner. */
  apiKey(organisation: string, scopes?: readonly ApiScope[]): Promise<string>;
  /** Moves the node's clock. */
  pass(seconds: number): void;
  close(): Promise<void>;
}

export const HOSPITAL = 'hospital';
export const CLINIC = 'clinic';

export async function openConsortium(): Promise<Consortium> {
  const folder = openDataFolder(mkdtempSync(join(tmpdir(), 'cairn-test-')));
  let ahead = 0;
  const nowMs = (): number => Date.now() + ahead;
  const clock: NodeClock = {
    now: () => Math.floor(nowMs() / 1000),
    timestamp: () => ({ seconds: Math.floor(nowMs() / 1000), nanos: (nowMs() % 1000) * 1_000_000 }),
  };
  const opener = { kind: 'environment', secret: new Secret(toBase64Url(randomBytes(32))) } as const;
  await setUp({
    folder,
    chainId: 'test',
    organisations: [
      { id: HOSPITAL, name: 'Hospital', roles: ['hospital'] },
      { id: CLINIC, name: 'Clinic', roles: ['clinic'] },
    ],
    opener,
    webAuthn: { origins: ['https://portal.example'], rpIds: ['portal.example'] },
    time: clock.now(),
  });
  const node = await CairnNode.open({ folder, opener, clock, logger: pino({ level: 'silent' }) });
  await bootstrap(node);
  const organisation = (id: string): HostedOrganisation => {
    const hosted = node.services.organisations.get(id);
    if (hosted === undefined) throw new Error(`no organisation ${id}`);
    return hosted;
  };
  const vouched = async (id: string): Promise<Uint8Array> => {
    const actor = randomBytes(16);
    await organisation(id).organisation.vouchFor('practitioner', [actor]);
    return actor;
  };
  return {
    node,
    organisation,
    practitioner: async (id, purpose = 'TREAT') => ({ actor: await vouched(id), purpose }),
    apiKey: async (id, scopes = ['read', 'write']) => {
      const practitioner = toHex(await vouched(id));
      return organisation(id).apiKeys.issue({ organisation: id, practitioner, scopes, label: 'test' }).token.reveal();
    },
    pass: (seconds) => void (ahead += seconds * 1000),
    close: async () => {
      await node.close();
      rmSync(folder.path, { recursive: true, force: true });
    },
  };
}
