import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeCrypto, randomBytes } from '../platform/node-crypto.js';
import { Secret } from '../primitives/secret.js';
import { appointGuardians, openerOfGuardians } from './guardians.js';
import { createKeyStore, openKeyStore } from './key-store.js';

const dependencies = { crypto: nodeCrypto, randomBytes };
const root = new Secret(randomBytes(32));

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-guardians-'));
  path = join(folder, 'keys');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('guardians', () => {
  it('open a store together: any three of five, and no two', async () => {
    const { opener, shares } = await appointGuardians(nodeCrypto, randomBytes, { guardianCount: 5, threshold: 3 });
    const store = await createKeyStore(dependencies, path, { openers: [opener], secrets: { root } });
    store.close();
    for (let set = 0; set < 2 ** 5; set++) {
      const present = shares.filter((_, index) => (set >> index) & 1);
      if (present.length >= 3) {
        const reopened = await openKeyStore(dependencies, path, await openerOfGuardians(nodeCrypto, present.reverse()));
        expect(reopened.get('root')?.reveal()).toEqual(root.reveal());
      } else {
        await expect(openerOfGuardians(nodeCrypto, present)).rejects.toMatchObject({ code: 'shamir.too-few-shares' });
      }
    }
  });

  it('are replaced without touching the root secret, and the former ones open nothing', async () => {
    const former = await appointGuardians(nodeCrypto, randomBytes, { guardianCount: 2, threshold: 2 });
    const next = await appointGuardians(nodeCrypto, randomBytes, { guardianCount: 3, threshold: 2 });
    const store = await createKeyStore(dependencies, path, { openers: [former.opener], secrets: { root } });
    await store.replaceOpener(await openerOfGuardians(nodeCrypto, former.shares), next.opener);
    await expect(
      openKeyStore(dependencies, path, await openerOfGuardians(nodeCrypto, former.shares)),
    ).rejects.toMatchObject({ code: 'custody.cannot-open' });
    const reopened = await openKeyStore(dependencies, path, await openerOfGuardians(nodeCrypto, next.shares.slice(1)));
    expect(reopened.get('root')?.reveal()).toEqual(root.reveal());
  });

  it('cannot be mixed with those of another store', async () => {
    const [ours, theirs] = await Promise.all(
      [0, 1].map(() => appointGuardians(nodeCrypto, randomBytes, { guardianCount: 2, threshold: 2 })),
    );
    const mixed = [ours?.shares[0], theirs?.shares[1]] as Secret[];
    await expect(openerOfGuardians(nodeCrypto, mixed)).rejects.toMatchObject({ code: 'shamir.mixed-shares' });
  });
});
