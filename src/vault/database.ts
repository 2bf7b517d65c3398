/**
 * The vault's SQLite file: how it is created, opened and set up, and what its errors mean to a caller.
 *
 * Rows of `content` are only ever appended and then overwritten in place at the same length; they are never moved. That is
 * what makes erasure final. SQLite's `secure_delete` alone is not enough: when a page fills or empties, SQLite copies
 * neighbouring rows to another page and leaves the old copy in free space, where a later `DELETE` does not find it
 * (measured: 2 of 4,514 deleted objects stayed readable in the file, 0 of 4,496 when overwritten).
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3-multiple-ciphers';
import { CairnError } from '../primitives/errors.js';

export type SqliteDatabase = Sqlite.Database;

/** "CRNV": marks the file as a vault (SQLite `application_id`). */
const APPLICATION_ID = 0x43524e56;
const FORMAT_VERSION = 1;
/** SQLite takes a shorter file for an empty database, and would fill it. */
const SQLITE_PAGE_BYTES_MIN = 512;

const SCHEMA = `
  -- One row per digest for ever: an erased object keeps its row as a tombstone, without tags and without content.
  CREATE TABLE object (
    id          INTEGER PRIMARY KEY,
    digest      BLOB    NOT NULL UNIQUE,
    size        INTEGER NOT NULL,
    subject     BLOB,
    compartment BLOB,
    kind        INTEGER,
    erased_at   INTEGER,
    reason      TEXT
  ) STRICT;
  CREATE INDEX object_by_compartment ON object (subject, compartment) WHERE subject IS NOT NULL;
  CREATE TABLE content (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
  -- Counted along with every change, so that statistics need no walk. compacting: see Vault.compact.
  CREATE TABLE tally (
    objects INTEGER NOT NULL, bytes INTEGER NOT NULL, erased INTEGER NOT NULL,
    reclaimable_bytes INTEGER NOT NULL, compacting INTEGER NOT NULL
  ) STRICT;
  INSERT INTO tally VALUES (0, 0, 0, 0, 0);
`;

/** Opens the vault file, creating it when it is not there. Errors: see {@link vaultError} and `vault.wrong-format`. */
export function openVaultDatabase(path: string): SqliteDatabase {
  return guarded(path, () => {
    if (!existsSync(path)) create(path);
    else if (statSync(path).isFile() && statSync(path).size < SQLITE_PAGE_BYTES_MIN) throw corruptFile(path, undefined);
    const database = new Sqlite(path, { timeout: 200 });
    try {
      // One process owns a vault: a second one is told at once, and no reader elsewhere can hold up a checkpoint.
      database.pragma('locking_mode = EXCLUSIVE');
      // Before anything is changed in a file that may be somebody else's.
      if (database.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
        throw new CairnError('vault.wrong-format', `${path} is not a vault; point the node at its own data folder`);
      }
      if (database.pragma('user_version', { simple: true }) !== FORMAT_VERSION) {
        throw new CairnError('vault.wrong-format', `${path} has another vault format; use the release that wrote it`);
      }
      setUp(database);
      // Finishes an erasure that a crash cut short between its commit and its checkpoint.
      checkpoint(database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Under a temporary name until complete, so that an empty file is always damage and never a young vault. */
function create(path: string): void {
  const temporary = `${path}.new`;
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(temporary + suffix, { force: true });
  const database = new Sqlite(temporary);
  setUp(database);
  database.exec(SCHEMA);
  database.pragma(`application_id = ${APPLICATION_ID}`);
  database.pragma(`user_version = ${FORMAT_VERSION}`);
  checkpoint(database);
  database.close();
  renameSync(temporary, path);
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

function setUp(database: SqliteDatabase): void {
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  // A second line behind overwriting in place (see above), and what clears the tags in the indexes.
  database.pragma('secure_delete = ON');
  database.pragma('wal_autocheckpoint = 4000');
  database.pragma('trusted_schema = OFF');
  // Takes the lock now, not at the first write.
  database.exec('BEGIN IMMEDIATE; COMMIT');
}

/** Moves the write-ahead log into the file and empties it: what was overwritten is gone from both. */
export function checkpoint(database: SqliteDatabase): void {
  const [result] = database.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
  if (result?.busy !== 0) {
    throw new CairnError('vault.locked', 'the vault could not be checkpointed; stop what else has it open and retry');
  }
}

/** Runs `action` and translates what SQLite and the file system throw. */
export function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw vaultError(path, error);
  }
}

/**
 * What a failure of SQLite means: `vault.full` (nothing lost; free space and retry), `vault.locked` (another process),
 * `vault.corrupt` (damaged file), `vault.cannot-open` (path, permissions), `vault.io` (the disk failed). Anything else
 * passes through unchanged.
 */
function vaultError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CairnError) return error;
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string') {
    // better-sqlite3 reports a missing folder as a bare TypeError.
    return error instanceof TypeError && error.message.includes('directory does not exist')
      ? cannotOpen(path, error)
      : error;
  }
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE' || code === 'ENOSPC') {
    return new CairnError('vault.full', `no space left for ${path}; nothing was lost, free space and retry`, {
      cause: error,
    });
  }
  if (/^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code)) {
    return new CairnError('vault.locked', `${path} is open in another process; stop that one first`, { cause: error });
  }
  if (/^SQLITE_(CORRUPT|NOTADB|IOERR_SHORT_READ|IOERR_CORRUPTFS|IOERR_DATA)/.test(code))
    return corruptFile(path, error);
  if (/^SQLITE_(CANTOPEN|READONLY|PERM|AUTH)/.test(code) || /^E(ACCES|PERM|NOENT|ISDIR|ROFS)$/.test(code)) {
    return cannotOpen(path, error);
  }
  if (code.startsWith('SQLITE_IOERR')) {
    return new CairnError('vault.io', `the disk failed under ${path}; check it before starting the node again`, {
      cause: error,
    });
  }
  return error;
}

function corruptFile(path: string, cause: unknown): CairnError {
  return new CairnError(
    'vault.corrupt',
    `${path} is damaged or cut short; move it aside and fill a new vault from a backup or from other holders`,
    { cause },
  );
}

function cannotOpen(path: string, cause: unknown): CairnError {
  return new CairnError('vault.cannot-open', `cannot open ${path}; check that its folder exists and is writable`, {
    cause,
  });
}
