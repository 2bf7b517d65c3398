import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import Sqlite from 'better-sqlite3-multiple-ciphers';
import { CairnError } from '../../../primitives/errors.js';
import { searchParameters } from './parameters.js';

export type Connection = Sqlite.Database;
export type Statement = Sqlite.Statement<unknown[]>;

/** Changes with the tables or with what is stored in them; an index of another format is rebuilt, never migrated. */
const FORMAT = 1;
const KEY_BYTES = 32;
const CACHE_KIB = 32 * 1024;
/** The log is folded into the file after this many pages: larger is faster for imports, smaller for what follows. */
const CHECKPOINT_PAGES = 16_384;

/**
 * Search rows lie under their resource (`rid`, a `record.pk`), to be removed and sorted by, and a second time under their value, to
 * be found. References go by target first: those to one patient or encounter, added together, then share pages.
 * `part` is explained at SearchRows. Texts stand apart from `record` so that filtering reads few pages.
 * `current` is explained at currentVersions.
 */
const SCHEMA = `
  CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE subject (id INTEGER PRIMARY KEY, hex TEXT NOT NULL UNIQUE);
  CREATE TABLE compartment (
    id INTEGER PRIMARY KEY, subject INTEGER NOT NULL, hex TEXT NOT NULL, UNIQUE (subject, hex)
  );
  CREATE TABLE record (
    pk INTEGER PRIMARY KEY, compartment INTEGER NOT NULL, leaf INTEGER NOT NULL, subject INTEGER NOT NULL,
    record_id TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
    author TEXT NOT NULL, own INTEGER NOT NULL, last_updated TEXT NOT NULL, updated INTEGER NOT NULL,
    deleted INTEGER NOT NULL, current INTEGER NOT NULL,
    UNIQUE (compartment, leaf)
  );
  CREATE INDEX record_by_id ON record (type, id, current, deleted);
  CREATE INDEX record_by_time ON record (type, updated);
  CREATE TABLE body (pk INTEGER PRIMARY KEY, text TEXT NOT NULL);
  CREATE TABLE token (
    rid INTEGER NOT NULL, slot INTEGER NOT NULL, part INTEGER NOT NULL, code TEXT NOT NULL, system TEXT NOT NULL,
    PRIMARY KEY (rid, slot, part, code, system)
  ) WITHOUT ROWID;
  CREATE INDEX token_by_code ON token (slot, code, system);
  CREATE TABLE string (
    rid INTEGER NOT NULL, slot INTEGER NOT NULL, part INTEGER NOT NULL, folded TEXT NOT NULL, exact TEXT NOT NULL,
    PRIMARY KEY (rid, slot, part, folded, exact)
  ) WITHOUT ROWID;
  CREATE INDEX string_by_text ON string (slot, folded);
  CREATE TABLE date (
    rid INTEGER NOT NULL, slot INTEGER NOT NULL, part INTEGER NOT NULL, lo INTEGER NOT NULL, hi INTEGER NOT NULL,
    PRIMARY KEY (rid, slot, part, lo, hi)
  ) WITHOUT ROWID;
  CREATE INDEX date_by_time ON date (slot, lo, hi);
  CREATE TABLE reference (
    rid INTEGER NOT NULL, slot INTEGER NOT NULL, part INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL,
    PRIMARY KEY (rid, slot, part, id, type)
  ) WITHOUT ROWID;
  CREATE INDEX reference_by_target ON reference (id, slot, type);
  CREATE TABLE quantity (
    rid INTEGER NOT NULL, slot INTEGER NOT NULL, part INTEGER NOT NULL, lo REAL NOT NULL, hi REAL NOT NULL,
    code TEXT NOT NULL, system TEXT NOT NULL, unit TEXT NOT NULL,
    PRIMARY KEY (rid, slot, part, lo, hi, code, system, unit)
  ) WITHOUT ROWID;
  CREATE INDEX quantity_by_value ON quantity (slot, lo, hi);
  CREATE TABLE uri (
    rid INTEGER NOT NULL, slot INTEGER NOT NULL, part INTEGER NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (rid, slot, part, value)
  ) WITHOUT ROWID;
  CREATE INDEX uri_by_value ON uri (slot, value);
`;

export interface DatabaseOptions {
  /** File of the index, or `:memory:` (not encrypted). */
  readonly path: string;
  /** 32 bytes; the file is encrypted page by page with ChaCha20-Poly1305 under it. */
  readonly key: Uint8Array;
  /** For a second connection beside the one that writes. */
  readonly readOnly?: boolean;
}

/**
 * Opens or creates the file. Errors: `index.wrong-key`, `index.corrupt`, `index.outdated` (built by another version of Cairn or of
 * the search parameters), `index.missing` (only to be read, but not there).
 */
export function openDatabase({ path, key, readOnly = false }: DatabaseOptions): Connection {
  if (key.length !== KEY_BYTES) throw new CairnError('index.wrong-key', 'the key of an index has 32 bytes');
  const inMemory = path === ':memory:';
  if (readOnly && !inMemory && !existsSync(path)) {
    throw new CairnError('index.missing', `there is no index at ${path}; rebuild it with \`cairn index rebuild\``);
  }
  if (!inMemory && isTruncated(path)) throw corrupt();
  return guarded(() => {
    const connection = new Sqlite(path, { timeout: 10_000 });
    try {
      if (!inMemory) connection.key(rawKey(key));
      configure(connection, readOnly);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  });
}

function configure(connection: Connection, readOnly: boolean): void {
  // Sorting must not spill readable text into temporary files.
  connection.pragma('temp_store = MEMORY');
  connection.pragma(`cache_size = ${-CACHE_KIB}`);
  connection.pragma('trusted_schema = OFF');
  // What a revocation removes must not stay behind in unused bytes of a page, nor what a newer version replaced.
  connection.pragma('secure_delete = ON');
  // NORMAL can lose the last transactions in a power cut, never the file: they are derived again from the cursor on.
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = NORMAL');
  connection.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  const stamp = `${FORMAT} ${searchParameters().fingerprint}`;
  if (!readOnly) createTables(connection, stamp);
  const found = connection.prepare(`SELECT value FROM state WHERE name = 'format'`).pluck().get();
  if (found !== stamp) {
    throw new CairnError(
      'index.outdated',
      'the index was built by another version; rebuild it with `cairn index rebuild`',
    );
  }
  if (readOnly) connection.pragma('query_only = ON');
}

function createTables(connection: Connection, stamp: string): void {
  connection
    .transaction(() => {
      if (connection.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'state'`).get() !== undefined) return;
      connection.exec(SCHEMA);
      connection.prepare(`INSERT INTO state (name, value) VALUES ('format', ?), ('height', '0')`).run(stamp);
    })
    .immediate();
}

/** The key as it is, without a password hash: it has 256 bits of its own. */
function rawKey(key: Uint8Array): Buffer {
  return Buffer.from(`raw:${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('hex')}`, 'ascii');
}

/** A file that is not a whole number of pages was cut; SQLite would take a short one for empty. */
function isTruncated(path: string): boolean {
  if (!existsSync(path)) return false;
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (size === 0) return false;
    // Bytes 16 and 17 of the header, the page size, are the only ones (with the six after them) that are not encrypted.
    const header = Buffer.alloc(18);
    if (readSync(file, header, 0, 18, 0) < 18) return true;
    const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
    return pageSize >= 512 && size % pageSize !== 0;
  } finally {
    closeSync(file);
  }
}

/** Runs a database operation; failures of the file become {@link CairnError}. */
export function guarded<T>(operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw error instanceof Sqlite.SqliteError ? translate(error) : error;
  }
}

function translate(error: InstanceType<typeof Sqlite.SqliteError>): Error {
  if (error.code === 'SQLITE_NOTADB') {
    return new CairnError(
      'index.wrong-key',
      'the key does not open the index; if it is the right one, the file is damaged: rebuild with `cairn index rebuild`',
      { cause: error },
    );
  }
  if (error.code.startsWith('SQLITE_CORRUPT') || error.code.startsWith('SQLITE_IOERR')) return corrupt(error);
  if (error.code === 'SQLITE_FULL') {
    return new CairnError('index.disk-full', 'no space is left for the index; nothing was changed', { cause: error });
  }
  if (error.code.startsWith('SQLITE_BUSY')) {
    return new CairnError('index.busy', 'another process holds the index; stop it and try again', { cause: error });
  }
  return error;
}

function corrupt(cause?: Error): CairnError {
  return new CairnError('index.corrupt', 'the index is damaged; rebuild it with `cairn index rebuild`', { cause });
}
