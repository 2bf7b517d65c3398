import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../src/ledger/store/database.js';
import { MemoryDatabase } from '../../src/ledger/store/memory-database.js';
import { openLevelDatabase } from '../../src/platform/level-database.js';

/** Every implementation of {@link Database}, for suites that hold for each. */
export const DATABASES: readonly { readonly name: string; readonly open: () => Promise<TestDatabase> }[] = [
  {
    name: 'MemoryDatabase',
    open: () => {
      const database = new MemoryDatabase();
      return Promise.resolve({ database, reopen: () => Promise.resolve(database), dispose: () => database.close() });
    },
  },
  {
    name: 'LevelDB',
    open: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'cairn-level-'));
      let database = await openLevelDatabase(folder);
      return {
        database,
        reopen: async () => {
          await database.close();
          database = await openLevelDatabase(folder);
          return database;
        },
        dispose: async () => {
          await database.close();
          rmSync(folder, { recursive: true, force: true });
        },
      };
    },
  },
];

export interface TestDatabase {
  readonly database: Database;
  /** Closes and opens it again, as far as the implementation outlives that. */
  reopen(): Promise<Database>;
  dispose(): Promise<void>;
}
