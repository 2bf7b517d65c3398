import { assert } from '../../../primitives/assert.js';
import { CairnError } from '../../../primitives/errors.js';
import { currentVersions } from './current-versions.js';
import type { RecordVersion } from './current-versions.js';
import type { Connection, Statement } from './database.js';
import { dateRange } from './dates.js';
import type { Extraction } from './extraction.js';
import type { ValueKind } from './parameters.js';
import type { CompartmentName, ProjectedRecord } from './record.js';
import { ROW_COLUMNS } from './values.js';

/** How far the index has followed the ledger. */
export interface IndexCursor {
  /** All records committed up to this block are in. */
  readonly height: number;
}

const TABLES = Object.keys(ROW_COLUMNS) as ValueKind[];

/**
 * Changes an index. Which of the versions of a record are current, and so have search rows, is said by {@link currentVersions},
 * whatever the order in which they came.
 */
export class IndexContent {
  readonly #connection: Connection;
  readonly #extraction: Extraction;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #idBySubject = new Map<string, number>();
  readonly #idByCompartment = new Map<string, number>();

  constructor(connection: Connection, extraction: Extraction) {
    this.#connection = connection;
    this.#extraction = extraction;
    this.#statements = prepare(connection);
  }

  apply(records: Iterable<ProjectedRecord>, cursor: IndexCursor): void {
    this.#transaction(() => {
      for (const record of records) this.#add(record);
      this.#moveTo(cursor);
    });
  }

  /** Removes what of some compartments this organisation did not write. Returns the number of versions removed. */
  removeForeign(compartments: readonly CompartmentName[]): number {
    return this.#transaction(() => {
      const ids = compartments.flatMap(([subject, compartment]) => this.#findCompartment(subject, compartment) ?? []);
      return this.#remove(ids.flatMap((id) => this.#statements.foreign.all(id) as number[]));
    });
  }

  /** Removes one version, after its erasure. Returns the number of versions removed. */
  removeVersion(subject: string, compartment: string, leaf: number): number {
    return this.#transaction(() => {
      const id = this.#findCompartment(subject, compartment);
      return id === undefined ? 0 : this.#remove(this.#statements.versionAt.all(id, leaf) as number[]);
    });
  }

  clear(): void {
    this.#transaction(() => {
      for (const table of ['subject', 'compartment', 'record', 'body', ...TABLES]) {
        this.#connection.prepare(`DELETE FROM ${table}`).run();
      }
      this.#statements.setHeight.run('0');
    });
    this.#idBySubject.clear();
    this.#idByCompartment.clear();
  }

  #transaction<T>(change: () => T): T {
    try {
      return this.#connection.transaction(change).immediate();
    } catch (error) {
      // What was interned may have been rolled back.
      this.#idBySubject.clear();
      this.#idByCompartment.clear();
      throw error;
    }
  }

  #moveTo({ height }: IndexCursor): void {
    assert(Number.isSafeInteger(height) && height >= 0, 'a cursor is a block height');
    this.#statements.setHeight.run(String(height));
  }

  #add(record: ProjectedRecord): void {
    const { type, id, recordId, version, author, own, lastUpdated, deleted, text, leaf } = record;
    const updated = dateRange(lastUpdated)?.lo;
    if (updated === undefined)
      throw new CairnError('index.record-invalid', 'lastUpdated of a record is not an instant');
    assert(deleted === (text === ''), 'exactly the deletes have no text');
    const subject = this.#subjectId(record.subject);
    const compartment = this.#compartmentId(subject, record.compartment);
    const s = this.#statements;
    const known = s.at.get(compartment, leaf) as { recordId: string; version: number } | undefined;
    if (known !== undefined) {
      assert(known.recordId === recordId && known.version === version, 'a leaf of a compartment names one version');
      return;
    }
    const added: RecordVersion = {
      pk: NEW,
      version,
      compartmentHex: record.compartment,
      leaf,
      author,
      own: Number(own),
    };
    const before = s.current.all(type, id, subject, recordId) as RecordVersion[];
    const after = new Set(currentVersions([...before, added]));
    for (const version of before) if (!after.has(version)) this.#retire(version.pk);
    const flags = [Number(deleted), Number(after.has(added))];
    const columns = [
      compartment,
      leaf,
      subject,
      recordId,
      type,
      id,
      version,
      author,
      Number(own),
      lastUpdated,
      updated,
    ];
    const pk = Number(s.insertRecord.run(...columns, ...flags).lastInsertRowid);
    if (deleted) return;
    s.insertBody.run(pk, text);
    if (after.has(added)) this.#insertRows(pk, type, text);
  }

  #remove(pks: readonly number[]): number {
    const s = this.#statements;
    const affected = new Map<string, unknown[]>();
    for (const pk of pks) {
      const resource = s.resourceOf.raw().get(pk) as unknown[];
      affected.set(JSON.stringify(resource), resource);
      this.#deleteRows(pk);
      s.deleteBody.run(pk);
      s.deleteRecord.run(pk);
    }
    // What a removed version had replaced is current again.
    for (const resource of affected.values()) {
      const versions = s.versions.all(...resource) as (RecordVersion & { readonly current: number })[];
      for (const { pk, current } of currentVersions(versions)) {
        if (current === 1) continue;
        s.setCurrent.run(1, pk);
        const text = s.text.get(pk) as string | undefined;
        if (text !== undefined) this.#insertRows(pk, resource[0] as string, text);
      }
    }
    return pks.length;
  }

  #retire(pk: number): void {
    this.#statements.setCurrent.run(0, pk);
    this.#deleteRows(pk);
  }

  #insertRows(pk: number, type: string, text: string): void {
    const rows = this.#extraction.rowsOf(parse(text), type);
    const { insertRow } = this.#statements;
    for (let i = 0; i < rows.token.length; i += 4) {
      insertRow.token.run(pk, rows.token[i], rows.token[i + 1], rows.token[i + 2], rows.token[i + 3]);
    }
    for (let i = 0; i < rows.string.length; i += 4) {
      insertRow.string.run(pk, rows.string[i], rows.string[i + 1], rows.string[i + 2], rows.string[i + 3]);
    }
    for (let i = 0; i < rows.date.length; i += 4) {
      insertRow.date.run(pk, rows.date[i], rows.date[i + 1], rows.date[i + 2], rows.date[i + 3]);
    }
    for (let i = 0; i < rows.reference.length; i += 4) {
      insertRow.reference.run(
        pk,
        rows.reference[i],
        rows.reference[i + 1],
        rows.reference[i + 2],
        rows.reference[i + 3],
      );
    }
    for (let i = 0; i < rows.quantity.length; i += 7) insertRow.quantity.run(pk, ...rows.quantity.slice(i, i + 7));
    for (let i = 0; i < rows.uri.length; i += 3) insertRow.uri.run(pk, rows.uri[i], rows.uri[i + 1], rows.uri[i + 2]);
  }

  #deleteRows(pk: number): void {
    for (const table of TABLES) this.#statements.deleteRows[table].run(pk);
  }

  #subjectId(hex: string): number {
    return this.#intern(this.#idBySubject, hex, () => {
      const found = this.#statements.subject.get(hex) as number | undefined;
      return found ?? Number(this.#statements.insertSubject.run(hex).lastInsertRowid);
    });
  }

  #compartmentId(subject: number, hex: string): number {
    return this.#intern(this.#idByCompartment, `${subject} ${hex}`, () => {
      const found = this.#statements.compartment.get(subject, hex) as number | undefined;
      return found ?? Number(this.#statements.insertCompartment.run(subject, hex).lastInsertRowid);
    });
  }

  #findCompartment(subject: string, compartment: string): number | undefined {
    const id = this.#statements.subject.get(subject) as number | undefined;
    return id === undefined ? undefined : (this.#statements.compartment.get(id, compartment) as number | undefined);
  }

  #intern(cache: Map<string, number>, name: string, find: () => number): number {
    const known = cache.get(name);
    if (known !== undefined) return known;
    if (cache.size >= INTERNED_MAX) cache.clear();
    const id = find();
    cache.set(name, id);
    return id;
  }
}

const INTERNED_MAX = 50_000;

/** Key of a version before it has one. */
const NEW = 0;

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new CairnError('index.record-invalid', 'the text of a record is not JSON', { cause });
  }
}

function prepare(connection: Connection) {
  const statement = (text: string): Statement => connection.prepare<unknown[]>(text);
  const versionColumns = `r.pk, r.version, c.hex AS compartmentHex, r.leaf, r.author, r.own, r.current
    FROM record r JOIN compartment c ON c.id = r.compartment
    WHERE r.type = ? AND r.id = ? AND r.subject = ? AND r.record_id = ?`;
  const forTables = (text: (table: ValueKind) => string): Record<ValueKind, Statement> =>
    Object.fromEntries(TABLES.map((table) => [table, statement(text(table))])) as Record<ValueKind, Statement>;
  return {
    setHeight: statement(`UPDATE state SET value = ? WHERE name = 'height'`),
    subject: statement('SELECT id FROM subject WHERE hex = ?').pluck(),
    insertSubject: statement('INSERT INTO subject (hex) VALUES (?)'),
    compartment: statement('SELECT id FROM compartment WHERE subject = ? AND hex = ?').pluck(),
    insertCompartment: statement('INSERT INTO compartment (subject, hex) VALUES (?, ?)'),
    at: statement('SELECT record_id AS recordId, version FROM record WHERE compartment = ? AND leaf = ?'),
    insertRecord: statement(
      `INSERT INTO record (compartment, leaf, subject, record_id, type, id, version, author, own, last_updated, updated,
         deleted, current) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    insertBody: statement('INSERT INTO body (pk, text) VALUES (?, ?)'),
    text: statement('SELECT text FROM body WHERE pk = ?').pluck(),
    current: statement(`SELECT ${versionColumns} AND r.current = 1`),
    versions: statement(`SELECT ${versionColumns}`),
    setCurrent: statement('UPDATE record SET current = ? WHERE pk = ?'),
    resourceOf: statement('SELECT type, id, subject, record_id FROM record WHERE pk = ?'),
    foreign: statement('SELECT pk FROM record WHERE compartment = ? AND own = 0').pluck(),
    versionAt: statement('SELECT pk FROM record WHERE compartment = ? AND leaf = ?').pluck(),
    deleteBody: statement('DELETE FROM body WHERE pk = ?'),
    deleteRecord: statement('DELETE FROM record WHERE pk = ?'),
    deleteRows: forTables((table) => `DELETE FROM ${table} WHERE rid = ?`),
    insertRow: forTables((table) => {
      const columns = ROW_COLUMNS[table];
      return `INSERT OR IGNORE INTO ${table} (rid, ${columns.join(', ')}) VALUES (?, ${columns.map(() => '?').join(', ')})`;
    }),
  };
}
