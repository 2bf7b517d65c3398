import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ClassicLevel } from 'classic-level';
import { CairnError } from '../primitives/errors.js';
import type { Database, DatabaseRange, DatabaseWrite } from '../ledger/store/database.js';

export interface LevelDatabaseOptions {
  /** Blocks of the tables kept in memory, in bytes. Default 64 MiB. */
  readonly blockCacheBytes?: number;
  /** Writes collected in memory before they become a table, in bytes; up to twice as much is used. Default 16 MiB. */
  readonly writeBufferBytes?: number;
}

const MIB = 1024 * 1024;
const CHECKSUM_BYTES = 4;

/**
 * Opens, or makes, a LevelDB database in a folder. LevelDB checks its own checksums when it compacts but not, as
 * `classic-level` uses it, when it reads: so each value carries a CRC-32 of its key and itself.
 * @throws CairnError `database.locked`, `database.corrupt`, `database.full` or `database.failed`.
 */
export async function openLevelDatabase(folder: string, options: LevelDatabaseOptions = {}): Promise<Database> {
  refuseWithoutIndex(folder);
  const level = new ClassicLevel<Uint8Array, Uint8Array>(folder, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    // Hashes and ciphertext do not compress.
    compression: false,
    cacheSize: options.blockCacheBytes ?? 64 * MIB,
    writeBufferSize: options.writeBufferBytes ?? 16 * MIB,
  });
  try {
    await level.open();
    await refuseAfterLoss(level, folder);
  } catch (error) {
    await level.close();
    throw databaseError(error);
  }
  return new LevelDatabase(level);
}

/** Where the file is gone that leads to all others, LevelDB would delete them and begin anew. */
function refuseWithoutIndex(folder: string): void {
  const files = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
  if (!files.includes('CURRENT') && files.some((file) => /\.(ldb|log)$/.test(file))) throw corruptDatabase();
}

/**
 * LevelDB skips what is damaged in its log when it opens, mentions it in its text log only, and goes on without those
 * writes. They may have been acknowledged, so the database is not used any more, now or later.
 */
async function refuseAfterLoss(level: ClassicLevel<Uint8Array, Uint8Array>, folder: string): Promise<void> {
  const isFresh = /dropping \d+ bytes/.test(readFileSync(join(folder, 'LOG'), 'utf8'));
  if (isFresh) await level.put(LOSS_KEY, new Uint8Array(0), { sync: true });
  if (isFresh || level.getSync(LOSS_KEY) !== undefined) throw corruptDatabase();
}

/** No {@link KEYSPACE} begins with 0x00. */
const LOSS_KEY = new Uint8Array([0x00]);

type Batch = ReturnType<ClassicLevel<Uint8Array, Uint8Array>['batch']>;

class LevelDatabase implements Database {
  readonly #level: ClassicLevel<Uint8Array, Uint8Array>;
  #scratch = new Uint8Array(4096);

  constructor(level: ClassicLevel<Uint8Array, Uint8Array>) {
    this.#level = level;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    let stored: Uint8Array | undefined;
    try {
      stored = this.#level.getSync(key);
    } catch (error) {
      throw databaseError(error);
    }
    return stored === undefined ? undefined : checkedValue(key, stored);
  }

  async *range({
    gte,
    lt,
    reverse = false,
    limit = -1,
  }: DatabaseRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    try {
      const iterator = this.#level.iterator({ gte, lt, reverse, limit });
      try {
        for (;;) {
          const entries = await iterator.nextv(RANGE_STEP_ENTRIES);
          if (entries.length === 0) break;
          for (const [key, stored] of entries) yield [plain(key), checkedValue(key, stored)];
        }
      } finally {
        await iterator.close();
      }
    } catch (error) {
      throw databaseError(error);
    }
  }

  async write(writes: readonly DatabaseWrite[], { durable }: { durable: boolean }): Promise<void> {
    try {
      // A chained batch costs a fifth of an array of operations. It copies what it is given.
      const batch = this.#level.batch();
      for (const { key, value } of writes) {
        if (value === undefined) batch.del(key);
        else this.#put(batch, key, value);
      }
      await batch.write({ sync: durable });
    } catch (error) {
      throw databaseError(error);
    }
  }

  /** Key, value and checksum side by side in one array that serves for all: thousands of small ones are slow. */
  #put(batch: Batch, key: Uint8Array, value: Uint8Array): void {
    const valueEnd = key.length + value.length;
    if (this.#scratch.length < valueEnd + CHECKSUM_BYTES) this.#scratch = new Uint8Array(2 * valueEnd + CHECKSUM_BYTES);
    const scratch = this.#scratch;
    scratch.set(key);
    scratch.set(value, key.length);
    writeUint32(scratch, valueEnd, crc32(scratch.subarray(0, valueEnd)));
    batch.put(scratch.subarray(0, key.length), scratch.subarray(key.length, valueEnd + CHECKSUM_BYTES));
  }

  async close(): Promise<void> {
    await this.#level.close();
  }
}

const RANGE_STEP_ENTRIES = 1000;

function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  for (let i = 0; i < CHECKSUM_BYTES; i++) bytes[offset + i] = value >>> (24 - 8 * i);
}

function checkedValue(key: Uint8Array, stored: Uint8Array): Uint8Array {
  const length = stored.length - CHECKSUM_BYTES;
  if (length >= 0) {
    const value = new Uint8Array(stored.buffer, stored.byteOffset, length);
    const checksum = new DataView(stored.buffer, stored.byteOffset + length, CHECKSUM_BYTES).getUint32(0);
    if (crc32(value, crc32(key)) === checksum) return value;
  }
  throw corruptDatabase();
}

/** A Uint8Array that is no Buffer. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** What went wrong, in terms of what to do about it. */
function databaseError(error: unknown): CairnError {
  if (error instanceof CairnError) return error;
  const { code, text } = describe(error);
  const options = { cause: error };
  if (code === 'LEVEL_LOCKED') {
    return new CairnError(
      'database.locked',
      'Another process uses this data folder. Stop it first, or give this one another data folder.',
      options,
    );
  }
  if (code === 'LEVEL_CORRUPTION' || /corrupt|no such file|does not exist|\.ldb: invalid argument/i.test(text))
    return corruptDatabase(options);
  if (/no space left|ENOSPC|quota/i.test(text)) {
    return new CairnError(
      'database.full',
      'The disk that holds the data folder is full. Make room and start again; what was acknowledged is kept.',
      options,
    );
  }
  if (code === 'LEVEL_DATABASE_NOT_OPEN' || code === 'LEVEL_ITERATOR_NOT_OPEN') {
    return new CairnError('database.closed', 'The database is closed; open it again.', options);
  }
  return new CairnError(
    'database.failed',
    'The database could not read or write the data folder. Check that the folder can be written and that the disk is in order.',
    options,
  );
}

function corruptDatabase(options?: { cause: unknown }): CairnError {
  return new CairnError(
    'database.corrupt',
    'The database in the data folder is damaged. Stop the node, check the disk, then restore a snapshot or replay the blocks into an empty data folder.',
    options,
  );
}

/** Code and messages of an error and its causes: LevelDB's own come wrapped. */
function describe(error: unknown): { code: string | undefined; text: string } {
  let code: string | undefined;
  let text = '';
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    code = (cause as { code?: string }).code ?? code;
    text += `${cause.message}\n`;
  }
  return { code, text };
}
