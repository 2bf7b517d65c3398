/**
 * The ciphertext store of a node: objects addressed by their SHA-256, durable when acknowledged, checked on every read,
 * erased for good. It holds no key and cannot read what it keeps.
 *
 * What erasure means here: the object's bytes are overwritten in the database file and the write-ahead log is emptied
 * before `erase` resolves. Copies that the file system, the disk's own remapping, or a backup made are out of reach; for
 * those, destroying the compartment's epoch keys is what counts.
 */
import { equalBytes, toHex } from '../primitives/bytes.js';
import type { Crypto } from '../primitives/crypto.js';
import { CairnError } from '../primitives/errors.js';
import { checkpoint, guarded, openVaultDatabase, type SqliteDatabase } from './database.js';
import { checkSize, idBytes, OBJECT_KINDS, type ObjectTags, type Tombstone, type VaultObject } from './object.js';
import { prepareStatements, type ObjectRow } from './statements.js';
import { WriteQueue } from './write-queue.js';

export interface VaultOptions {
  /** The database file; created when it is not there. */
  readonly path: string;
  readonly crypto: Pick<Crypto, 'sha256'>;
  /** Unix seconds, for tombstones. */
  readonly now: () => number;
}

export interface VaultStats {
  /** Objects that can be read. */
  readonly objects: number;
  /** Bytes in them. */
  readonly bytes: number;
  /** Tombstones. */
  readonly erased: number;
  /** Zeroed bytes of erased objects that {@link Vault.compact} would give back to the file system. */
  readonly reclaimableBytes: number;
}

export interface ScrubReport {
  readonly checked: number;
  /** Digests of objects whose stored bytes are wrong or missing: repair each from another holder. */
  readonly corrupt: readonly Uint8Array[];
  /** What SQLite says about the structure of the file, if asked for; empty when sound. */
  readonly structure: readonly string[];
}

const SCRUB_PAGE_OBJECTS = 256;

/**
 * Opens or creates the vault at `path`. One process at a time.
 *
 * Errors: `vault.locked` (another process has it), `vault.corrupt` (damaged or truncated file), `vault.wrong-format`,
 * `vault.cannot-open`, `vault.full`, `vault.io`.
 */
export function openVault(options: VaultOptions): Vault {
  const database = openVaultDatabase(options.path);
  try {
    return new Vault(options, database);
  } catch (error) {
    database.close();
    throw error;
  }
}

export class Vault {
  readonly #database: SqliteDatabase;
  readonly #options: VaultOptions;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #queue: WriteQueue<VaultObject, Uint8Array>;

  /** @internal use {@link openVault} */
  constructor(options: VaultOptions, database: SqliteDatabase) {
    this.#options = options;
    this.#database = database;
    this.#statements = guarded(options.path, () => prepareStatements(database));
    this.#queue = new WriteQueue((objects) => this.#commitEach(objects));
    guarded(options.path, () => {
      if (this.#statements.compacting.pluck().get() === 1) this.#finishCompaction();
    });
  }

  /**
   * Stores one object; resolves with its digest when it would survive a power cut. Calls that wait at the same time share
   * one disk write. Storing what is there already is no change.
   *
   * Errors: `vault.too-large`, `vault.empty`, `vault.bad-id`, `vault.digest-mismatch`, `vault.erased` (an erased object
   * does not come back), `vault.tags-conflict`, `vault.full`, `vault.busy`, `vault.io`.
   */
  async put(object: VaultObject): Promise<Uint8Array> {
    checkSize(object.bytes);
    return this.#queue.add(object, object.bytes.length);
  }

  /** As {@link put}, for many in one transaction: all are stored, or none. Returns their digests in order. */
  async putMany(objects: readonly VaultObject[]): Promise<Uint8Array[]> {
    return this.#transaction(() => {
      const tally = { objects: 0, bytes: 0 };
      const digests = objects.map((object) => this.#insert(object, tally));
      this.#statements.count.run(tally.objects, tally.bytes, 0, 0);
      return digests;
    });
  }

  /**
   * The object with this digest; the bytes are hashed before they are handed out.
   *
   * Errors: `vault.not-found`, `vault.erased`, `vault.corrupt` (repair it from another holder), `vault.io`.
   */
  get(digest: Uint8Array): Uint8Array {
    const { path, crypto } = this.#options;
    const row = this.#live(digest);
    const bytes = guarded(path, () => this.#statements.content.pluck().get(row.id) as Buffer | undefined);
    if (bytes === undefined || !equalBytes(crypto.sha256(bytes), digest)) throw corruptObject(digest);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Whose object this is. Errors: `vault.not-found`, `vault.erased`. */
  tags(digest: Uint8Array): ObjectTags {
    const row = this.#live(digest);
    return {
      subject: toHex(row.subject as Uint8Array),
      compartment: toHex(row.compartment as Uint8Array),
      kind: OBJECT_KINDS[row.kind as number] as ObjectTags['kind'],
    };
  }

  /** When and why the object was erased; undefined if it was not. */
  tombstone(digest: Uint8Array): Tombstone | undefined {
    const row = this.#find(digest);
    if (row === undefined || row.erased_at === null) return undefined;
    return { erasedAt: row.erased_at, reason: row.reason ?? '' };
  }

  /** Digests of what a subject has here, or has in one compartment, in the order of arrival. */
  digestsOf(subject: string, compartment?: string): Uint8Array[] {
    return guarded(this.#options.path, () => {
      const { bySubject, byCompartment } = this.#statements;
      const rows =
        compartment === undefined
          ? bySubject.pluck().all(idBytes(subject))
          : byCompartment.pluck().all(idBytes(subject), idBytes(compartment));
      return (rows as Buffer[]).map((digest) => new Uint8Array(digest));
    });
  }

  /**
   * Erases for good; when it resolves, no byte of the objects is left in the vault's files. Of each, the digest, the time
   * and the reason remain, so that it can neither be mistaken for lost nor come back. What is not here is marked too (an
   * order to erase can arrive before the object); what is erased already keeps its first tombstone.
   *
   * @param reason a code: 1 to 64 characters of a–z, 0–9, dot and hyphen
   * @returns how many objects were erased that were here
   *
   * Errors: `vault.bad-reason`, `vault.full`, `vault.io`: then nothing counts as erased, call again.
   */
  async erase(digests: readonly Uint8Array[], reason: string): Promise<number> {
    if (!/^[a-z0-9.-]{1,64}$/.test(reason)) {
      throw new CairnError('vault.bad-reason', 'a reason is a code of 1 to 64 characters a–z, 0–9, dot or hyphen');
    }
    this.#queue.flush();
    const erased = this.#transaction(() => this.#eraseRows(digests, reason));
    guarded(this.#options.path, () => {
      checkpoint(this.#database);
    });
    return erased;
  }

  /**
   * Replaces the stored bytes of a corrupt object by good ones from another holder. (`put` does so too when it meets one.)
   * Errors: `vault.digest-mismatch`, `vault.not-found`, `vault.erased`.
   */
  async repair(digest: Uint8Array, bytes: Uint8Array): Promise<void> {
    if (!equalBytes(this.#options.crypto.sha256(bytes), digest)) throw digestMismatch();
    const row = this.#live(digest);
    this.#transaction(() => {
      this.#relocate(row, bytes);
    });
  }

  /**
   * Reads and checks every object, giving way to other work between pages. `onProgress` is told how many were checked and
   * how many there are. `structure` checks the file's inner structure too, which reads all of it without giving way.
   */
  async scrub(
    options: { onProgress?: (checked: number, total: number) => void; structure?: boolean } = {},
  ): Promise<ScrubReport> {
    const total = this.stats().objects;
    const corrupt: Uint8Array[] = [];
    let checked = 0;
    for (let after = 0; ;) {
      const page = guarded(this.#options.path, () => this.#statements.page.all(after, SCRUB_PAGE_OBJECTS)) as {
        id: number;
        digest: Buffer;
      }[];
      const last = page.at(-1);
      if (last === undefined) break;
      for (const { digest } of page) {
        if (!this.#isSound(digest)) corrupt.push(new Uint8Array(digest));
      }
      after = last.id;
      checked += page.length;
      options.onProgress?.(checked, total);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { checked, corrupt, structure: options.structure === true ? this.#checkStructure() : [] };
  }

  /** Counted as it goes: costs nothing to ask. */
  stats(): VaultStats {
    return guarded(this.#options.path, () => this.#statements.stats.get() as VaultStats);
  }

  /**
   * Gives the zeroed space of erased objects back to the file system by rewriting the file. Blocks while it runs and needs
   * as much free space as the live objects take: for maintenance hours. Interrupted, it is finished at the next opening.
   */
  async compact(): Promise<void> {
    this.#queue.flush();
    // Deleting moves neighbouring rows; their stale copies must not outlive the rewrite (see database.ts).
    this.#transaction(() => this.#statements.dropErased());
    guarded(this.#options.path, () => {
      this.#finishCompaction();
    });
  }

  /** Stores what waits and closes the file. */
  close(): void {
    if (!this.#database.open) return;
    this.#queue.flush();
    guarded(this.#options.path, () => {
      checkpoint(this.#database);
      this.#database.close();
    });
  }

  #commitEach(objects: readonly VaultObject[]): (Uint8Array | CairnError)[] {
    return this.#transaction(() => {
      const tally = { objects: 0, bytes: 0 };
      const results = objects.map((object) => {
        try {
          return this.#insert(object, tally);
        } catch (error) {
          // Refused before anything was written: the others of the batch are none the worse.
          if (error instanceof CairnError) return error;
          throw error;
        }
      });
      this.#statements.count.run(tally.objects, tally.bytes, 0, 0);
      return results;
    });
  }

  #insert(object: VaultObject, tally: { objects: number; bytes: number }): Uint8Array {
    checkSize(object.bytes);
    const subject = idBytes(object.subject);
    const compartment = idBytes(object.compartment);
    const kind = OBJECT_KINDS.indexOf(object.kind);
    const digest = this.#options.crypto.sha256(object.bytes);
    if (object.digest !== undefined && !equalBytes(object.digest, digest)) throw digestMismatch();
    const row = this.#statements.object.get(digest) as ObjectRow | undefined;
    if (row !== undefined) {
      if (row.erased_at !== null) throw erasedObject(digest, row);
      if (
        toHex(row.subject as Uint8Array) !== object.subject ||
        toHex(row.compartment as Uint8Array) !== object.compartment
      ) {
        throw new CairnError(
          'vault.tags-conflict',
          `object ${toHex(digest)} is here for another subject or compartment`,
        );
      }
      if (!this.#isSound(digest)) this.#relocate(row, object.bytes);
      return digest;
    }
    const { lastInsertRowid } = this.#statements.insert.run(digest, object.bytes.length, subject, compartment, kind);
    this.#statements.insertContent.run(lastInsertRowid, object.bytes);
    tally.objects += 1;
    tally.bytes += object.bytes.length;
    return digest;
  }

  /** Writes the content anew at the end: a row inserted between others could move them (see database.ts). */
  #relocate(row: ObjectRow, bytes: Uint8Array): void {
    this.#statements.overwrite.run(row.id);
    const { id } = this.#statements.renumber.get(row.id) as { id: number };
    this.#statements.insertContent.run(id, bytes);
    this.#statements.count.run(0, 0, 0, row.size);
  }

  #eraseRows(digests: readonly Uint8Array[], reason: string): number {
    const now = this.#options.now();
    let objects = 0;
    let bytes = 0;
    let tombstones = 0;
    for (const digest of digests) {
      checkDigest(digest);
      const row = this.#statements.object.get(digest) as ObjectRow | undefined;
      if (row === undefined) {
        this.#statements.insertTombstone.run(digest, now, reason);
      } else if (row.erased_at === null) {
        this.#statements.overwrite.run(row.id);
        this.#statements.bury.run(now, reason, row.id);
        objects += 1;
        bytes += row.size;
      } else {
        continue;
      }
      tombstones += 1;
    }
    this.#statements.count.run(-objects, -bytes, tombstones, bytes);
    return objects;
  }

  #finishCompaction(): void {
    this.#database.exec('VACUUM');
    this.#statements.compacted.run();
    checkpoint(this.#database);
  }

  #find(digest: Uint8Array): ObjectRow | undefined {
    checkDigest(digest);
    return guarded(this.#options.path, () => this.#statements.object.get(digest) as ObjectRow | undefined);
  }

  #live(digest: Uint8Array): ObjectRow {
    const row = this.#find(digest);
    if (row === undefined)
      throw new CairnError('vault.not-found', `no object ${toHex(digest)} here; ask another holder`);
    if (row.erased_at !== null) throw erasedObject(digest, row);
    return row;
  }

  #checkStructure(): string[] {
    const findings = this.#database.pragma('quick_check(20)') as { quick_check: string }[];
    return findings.map((finding) => finding.quick_check).filter((finding) => finding !== 'ok');
  }

  #isSound(digest: Uint8Array): boolean {
    try {
      this.get(digest);
      return true;
    } catch (error) {
      if (error instanceof CairnError && error.code === 'vault.corrupt') return false;
      // Erased since the page was read.
      if (error instanceof CairnError && error.code === 'vault.erased') return true;
      throw error;
    }
  }

  #transaction<T>(action: () => T): T {
    return guarded(this.#options.path, () => this.#database.transaction(action).immediate());
  }
}

function checkDigest(digest: Uint8Array): void {
  if (digest.length !== 32) throw new CairnError('vault.bad-digest', 'a digest has 32 bytes');
}

function corruptObject(digest: Uint8Array): CairnError {
  return new CairnError('vault.corrupt', `object ${toHex(digest)} is damaged here; repair it from another holder`);
}

function erasedObject(digest: Uint8Array, row: ObjectRow): CairnError {
  return new CairnError('vault.erased', `object ${toHex(digest)} was erased for good (${row.reason ?? ''})`);
}

function digestMismatch(): CairnError {
  return new CairnError('vault.digest-mismatch', 'the bytes do not have the digest given with them; fetch them again');
}
