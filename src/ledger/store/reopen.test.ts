import { describe, expect, it } from 'vitest';
import { DATABASES } from '../../../test/support/databases.js';
import { nodeCrypto, randomBytes } from '../../platform/node-crypto.js';
import { openStateStore } from './authenticated-store.js';

describe.each(DATABASES)('a state in $name', ({ open }) => {
  it('is whole on disk after every commit, whatever memory its pages were made in', async () => {
    const opened = await open();
    let { database } = opened;
    let store = openStateStore(nodeCrypto, database);
    for (let height = 1; height <= 30; height += 1) {
      const changes = Array.from({ length: 1 + height * 3 }, () => ({ key: randomBytes(20), value: randomBytes(40) }));
      await store.commit(store.stage(changes), height);
      // Another store has nothing in memory: it reads what was written.
      await openStateStore(nodeCrypto, database).verify();
      if (height % 10 !== 0) continue;
      database = await opened.reopen();
      store = openStateStore(nodeCrypto, database);
    }
    expect(store.height).toBe(30);
    await opened.dispose();
  });
});
