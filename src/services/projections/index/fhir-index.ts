import { statSync } from 'node:fs';
import { CairnError } from '../../../primitives/errors.js';
import { guarded, openDatabase } from './database.js';
import type { Connection, DatabaseOptions } from './database.js';
import { contentDigest } from './digest.js';
import { Extraction } from './extraction.js';
import { searchParameters } from './parameters.js';
import { Queries } from './queries.js';
import * as reader from './reader.js';
import type { HistoryPage, HistoryQuery } from './reader.js';
import type { CompartmentName, IndexedRecord, ProjectedRecord, Scope } from './record.js';
import { search } from './search.js';
import type { SearchResult } from './search.js';
import type { SearchQuery } from './request.js';
import { IndexContent } from './writer.js';
import type { IndexCursor } from './writer.js';

export interface IndexStats {
  /** Versions of records, deletes included. */
  readonly versions: number;
  /** Resources that a search can find. */
  readonly resources: number;
  readonly resourcesByType: Readonly<Record<string, number>>;
  readonly fileBytes: number;
}

/**
 * The records that one organisation may read, searchable: a projection of ledger, vault and keys that can be deleted and rebuilt
 * at any time with an identical result ({@link FhirIndex.contentDigest}). One connection writes; others may read
 * the same file meanwhile (`readOnly`). Every method may fail with `index.corrupt`: then delete the file and rebuild.
 */
export class FhirIndex {
  readonly #path: string;
  readonly #connection: Connection;
  readonly #queries: Queries;
  readonly #content: IndexContent | undefined;

  constructor(options: DatabaseOptions) {
    this.#path = options.path;
    this.#connection = openDatabase(options);
    this.#queries = new Queries(this.#connection);
    this.#content = options.readOnly ? undefined : new IndexContent(this.#connection, new Extraction());
  }

  /** How far the index has followed the ledger. */
  get cursor(): IndexCursor {
    return guarded(() => {
      const height = this.#connection.prepare(`SELECT value FROM state WHERE name = 'height'`).pluck().get();
      return { height: Number(height) };
    });
  }

  /**
   * Adds versions and moves the cursor, in one transaction: all or nothing. Versions that are there already are left as they are, so
   * that a batch may be applied again. Batches of 1,000 and more records are the fastest. Error: `index.record-invalid`.
   */
  apply(records: Iterable<ProjectedRecord>, cursor: IndexCursor): void {
    guarded(() => this.#writable().apply(records, cursor));
  }

  /**
   * After a revocation: removes everything of some compartments that this organisation did not write, history and search values
   * included, and leaves no byte of it in the files. Returns the number of versions removed. Rewrites the whole file if
   * there are any (of the order of 20 s, and as much memory as the file has, per GB): remove what belongs together at once, and in an
   * IndexThread.
   */
  removeForeign(compartments: readonly CompartmentName[]): number {
    return this.#erase((content) => content.removeForeign(compartments));
  }

  /** After an erasure: the same for one version, own or not. */
  removeVersion(subject: string, compartment: string, leaf: number): number {
    return this.#erase((content) => content.removeVersion(subject, compartment, leaf));
  }

  /** Empties the index and puts its cursor back to the start. */
  clear(): void {
    this.#erase((content) => {
      content.clear();
      return 1;
    });
  }

  /** Leaves of a compartment whose versions are in the index, ascending. */
  leaves(subject: string, compartment: string): number[] {
    return reader.leaves(this.#queries, subject, compartment);
  }

  /** Compartments of which the index holds something that this organisation did not write. */
  foreignCompartments(): CompartmentName[] {
    return reader.foreignCompartments(this.#queries);
  }

  read(type: string, id: string, scope: Scope = 'all'): IndexedRecord | undefined {
    return reader.read(this.#queries, type, id, scope);
  }

  readVersion(type: string, id: string, version: number, scope: Scope = 'all'): IndexedRecord | undefined {
    return reader.readVersion(this.#queries, type, id, version, scope);
  }

  history(query: HistoryQuery): HistoryPage {
    return reader.history(this.#queries, query);
  }

  search(query: SearchQuery): SearchResult {
    return search(this.#queries, searchParameters(), query);
  }

  /** At most two current resources with an identifier; see reader.ts. Error: `fhir.search-parameter-unknown`. */
  resolveIdentifier(
    type: string,
    identifier: { readonly system?: string | undefined; readonly value: string },
    scope: Scope = 'all',
  ): IndexedRecord[] {
    const slot = searchParameters().forType(type)?.parameters.get('identifier')?.uses[0]?.slot;
    if (slot === undefined) throw new CairnError('fhir.search-parameter-unknown', `${type} has no identifier`);
    return reader.resolveIdentifier(this.#queries, slot, identifier, type, scope);
  }

  /** Equal for equal content; see digest.ts. */
  contentDigest(): string {
    return guarded(() => contentDigest(this.#connection));
  }

  stats(): IndexStats {
    return guarded(() => {
      const rows = this.#connection
        .prepare('SELECT type, count(*) AS n FROM record WHERE current = 1 AND deleted = 0 GROUP BY type ORDER BY type')
        .all() as { type: string; n: number }[];
      return {
        versions: this.#connection.prepare('SELECT count(*) FROM record').pluck().get() as number,
        resources: rows.reduce((sum, { n }) => sum + n, 0),
        resourcesByType: Object.fromEntries(rows.map(({ type, n }) => [type, n])),
        fileBytes: [this.#path, `${this.#path}-wal`].reduce((sum, path) => sum + sizeOf(path), 0),
      };
    });
  }

  /** Reads the whole file. Error: `index.corrupt` if any page was changed outside of the index. */
  check(): void {
    const problems = guarded(() => this.#connection.pragma('integrity_check', { simple: true }));
    if (problems !== 'ok') {
      throw new CairnError('index.corrupt', 'the index is damaged; rebuild it with `cairn index rebuild`');
    }
  }

  close(): void {
    this.#connection.close();
  }

  #erase(remove: (content: IndexContent) => number): number {
    return guarded(() => {
      const removed = remove(this.#writable());
      if (removed > 0) this.#scrub();
      return removed;
    });
  }

  /**
   * SQLite overwrites what it deletes (secure_delete), but not the copies that moving rows between pages has left in their unused
   * space, nor the pages in the log. The rewriting is done in memory: temporary files would not be encrypted.
   */
  #scrub(): void {
    this.#connection.exec('VACUUM');
    this.#connection.pragma('wal_checkpoint(TRUNCATE)');
  }

  #writable(): IndexContent {
    if (this.#content === undefined) throw new CairnError('index.read-only', 'this connection only reads the index');
    return this.#content;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * Opens an index, or creates it. Errors: `index.wrong-key`, `index.corrupt`, `index.outdated`, `index.missing` (read-only),
 * `index.busy`.
 */
export function openFhirIndex(options: DatabaseOptions): FhirIndex {
  return new FhirIndex(options);
}
