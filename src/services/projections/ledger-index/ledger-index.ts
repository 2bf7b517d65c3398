import Database from 'better-sqlite3-multiple-ciphers';
import { decodeCbor, type CborValue } from '../../../primitives/cbor.js';
import { assert } from '../../../primitives/assert.js';
import { CairnError } from '../../../primitives/errors.js';
import { decodeLeaf } from '../../../contracts/records/leaf.js';
import { encodePayload, eventsOf, type EventPosition, type PositionedEvent, type ResultBlock } from './block-events.js';
import { SCHEMA, SCHEMA_VERSION } from './schema.js';

/** The two kinds of log that a compartment has. */
export type LogName = 'records' | 'access';

export interface StoredLeaf extends Omit<EventPosition, 'eventIndex'> {
  readonly subject: Uint8Array;
  readonly compartment: Uint8Array;
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** Whose a vault object is. */
export interface ObjectOwner {
  readonly kind: 'record' | 'envelope';
  readonly subject: Uint8Array;
  readonly compartment: Uint8Array;
  /** Of a record: index of its leaf. */
  readonly position: number | null;
  /** Of an envelope: its grant. */
  readonly grant: Uint8Array | null;
}

export interface GrantPointer {
  readonly grant: Uint8Array;
  readonly subject: Uint8Array;
  readonly compartment: Uint8Array;
  readonly grantee: string;
  readonly until: number;
  readonly revoked: boolean;
}

/**
 * What a node looks up of the ledger's history: log leaves, grants by party, subjects by steward, events by subject. A
 * projection: it may be deleted at any time and is rebuilt from the blocks.
 */
export class LedgerIndex {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  #height: number;

  private constructor(database: Database.Database) {
    this.#database = database;
    this.#height = (database.prepare('SELECT height FROM meta').get() as { height: number }).height;
  }

  /** Opens or makes the index; one of another schema version is made anew. `path` may be `:memory:`. */
  static open(path: string): LedgerIndex {
    try {
      const database = new Database(path);
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      if (database.pragma('user_version', { simple: true }) !== SCHEMA_VERSION) reset(database);
      return new LedgerIndex(database);
    } catch (cause) {
      const message = `The ledger index cannot be opened. It is derived: delete ${path} and start again.`;
      throw new CairnError('ledger-index.corrupt', message, { cause });
    }
  }

  /** Height up to which blocks are indexed. */
  get height(): number {
    return this.#height;
  }

  /** Adds a block; one that is in already is passed over. @returns its events. */
  apply(block: ResultBlock): PositionedEvent[] {
    if (block.height <= this.#height) return [];
    assert(block.height === this.#height + 1, 'blocks are indexed in order');
    const events = [...eventsOf(block)];
    this.#database.transaction(() => {
      for (const event of events) this.#applyEvent(event);
      this.#run('UPDATE meta SET height = ?', block.height);
    })();
    this.#height = block.height;
    return events;
  }

  /** Leaves of a log from `from` on, in order. */
  leaves(log: LogName, subject: Uint8Array, compartment: Uint8Array, from = 0): StoredLeaf[] {
    const sql =
      'SELECT * FROM leaf WHERE log = ? AND subject = ? AND compartment = ? AND position >= ? ORDER BY position';
    return this.#all(sql, log, subject, compartment, from).map(toLeaf);
  }

  leaf(log: LogName, subject: Uint8Array, compartment: Uint8Array, position: number): StoredLeaf | undefined {
    const sql = 'SELECT * FROM leaf WHERE log = ? AND subject = ? AND compartment = ? AND position = ?';
    const row = this.#all(sql, log, subject, compartment, position)[0];
    return row === undefined ? undefined : toLeaf(row);
  }

  compartments(subject: Uint8Array): Uint8Array[] {
    const rows = this.#all('SELECT compartment FROM compartment WHERE subject = ? ORDER BY compartment', subject);
    return rows.map((row) => bytesOf(row['compartment']));
  }

  grantsOfSubject(subject: Uint8Array): GrantPointer[] {
    return this.#all('SELECT * FROM consent_grant WHERE subject = ? ORDER BY grant_id', subject).map(toGrant);
  }

  grantsToOrganisation(organisation: string): GrantPointer[] {
    return this.#all('SELECT * FROM consent_grant WHERE grantee = ? ORDER BY subject, grant_id', organisation).map(
      toGrant,
    );
  }

  /** Grants of a steward's subjects that ended by the clock in `[from, to)`. */
  endedGrants(steward: string, from: number, to: number): GrantPointer[] {
    const sql = `SELECT g.* FROM consent_grant g JOIN subject s ON s.subject = g.subject
      WHERE s.steward = ? AND g.revoked = 0 AND g.until >= ? AND g.until < ? ORDER BY g.until, g.grant_id`;
    return this.#all(sql, steward, from, to).map(toGrant);
  }

  subjectsOfSteward(organisation: string): { subject: Uint8Array; kind: string }[] {
    const rows = this.#all('SELECT subject, kind FROM subject WHERE steward = ? ORDER BY subject', organisation);
    return rows.map((row) => ({ subject: bytesOf(row['subject']), kind: row['kind'] as string }));
  }

  findObject(digest: Uint8Array): ObjectOwner | undefined {
    const row = this.#all('SELECT * FROM object WHERE digest = ?', digest)[0];
    if (row === undefined) return undefined;
    return {
      kind: row['kind'] as ObjectOwner['kind'],
      subject: bytesOf(row['subject']),
      compartment: bytesOf(row['compartment']),
      position: row['position'] as number | null,
      grant: row['grant_id'] === null ? null : bytesOf(row['grant_id']),
    };
  }

  /** Events about a subject, oldest first. */
  eventsOfSubject(subject: Uint8Array): PositionedEvent[] {
    const sql = `SELECT * FROM event WHERE subject = ? ORDER BY height, transaction_index, call_index, event_index`;
    return this.#all(sql, subject).map(toEvent);
  }

  /** Events after a height, oldest first, at most `limit`. */
  eventsAfter(height: number, limit: number): PositionedEvent[] {
    const sql = `SELECT * FROM event WHERE height > ? ORDER BY height, transaction_index, call_index, event_index LIMIT ?`;
    return this.#all(sql, height, limit).map(toEvent);
  }

  close(): void {
    this.#database.close();
  }

  #applyEvent(event: PositionedEvent): void {
    const { height, transactionIndex, callIndex, eventIndex, type, payload } = event;
    const subject = payload['subject'] instanceof Uint8Array ? payload['subject'] : null;
    const insert = 'INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)';
    this.#run(insert, height, transactionIndex, callIndex, eventIndex, type, subject, encodePayload(event));
    switch (type) {
      case 'records.appended':
      case 'records.erasure-ordered':
        this.#addLeaf('records', event);
        return;
      case 'access.opened':
        this.#addLeaf('access', event);
        return;
      case 'consent.granted':
        this.#run(
          'INSERT INTO consent_grant (grant_id, subject, compartment, grantee, until) VALUES (?, ?, ?, ?, ?)',
          ...fields(payload, 'grant', 'subject', 'compartment', 'grantee', 'until'),
        );
        this.#addEnvelope(event);
        return;
      case 'consent.key-delivered':
        this.#addEnvelope(event);
        return;
      case 'consent.narrowed':
        this.#run('UPDATE consent_grant SET until = ? WHERE grant_id = ?', ...fields(payload, 'until', 'grant'));
        return;
      case 'consent.revoked':
        this.#run('UPDATE consent_grant SET revoked = 1 WHERE grant_id = ?', ...fields(payload, 'grant'));
        return;
      case 'consent.compartment-opened':
        this.#run('INSERT INTO compartment VALUES (?, ?)', ...fields(payload, 'subject', 'compartment'));
        return;
      case 'registry.subject-registered':
        this.#run('INSERT INTO subject VALUES (?, ?, ?)', ...fields(payload, 'subject', 'kind', 'steward'));
        return;
      case 'registry.subject-claimed':
        this.#run('UPDATE subject SET steward = NULL WHERE subject = ?', ...fields(payload, 'subject'));

        break;
      default:
    }
  }

  #addLeaf(log: LogName, { height, transactionIndex, callIndex, payload }: PositionedEvent): void {
    const [subject, compartment, position, bytes] = fields(payload, 'subject', 'compartment', 'index', 'leaf');
    const insert = 'INSERT INTO leaf VALUES (?, ?, ?, ?, ?, ?, ?, ?)';
    this.#run(insert, log, subject, compartment, position, bytes, height, transactionIndex, callIndex);
    if (log !== 'records') return;
    const leaf = decodeLeaf(bytesOf(bytes));
    if (leaf.kind !== 'record') return;
    const object = "INSERT OR IGNORE INTO object VALUES (?, 'record', ?, ?, ?, NULL)";
    this.#run(object, leaf.digest, subject, compartment, position);
  }

  #addEnvelope({ payload }: PositionedEvent): void {
    if (payload['envelope'] === null) return;
    const values = fields(payload, 'envelope', 'subject', 'compartment', 'grant');
    this.#run("INSERT OR IGNORE INTO object VALUES (?, 'envelope', ?, ?, NULL, ?)", ...values);
  }

  #run(sql: string, ...values: unknown[]): void {
    this.#statement(sql).run(...values);
  }

  #all(sql: string, ...values: unknown[]): Record<string, unknown>[] {
    return this.#statement(sql).all(...values) as Record<string, unknown>[];
  }

  #statement(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
  }
}

function reset(database: Database.Database): void {
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[];
  database.transaction(() => {
    for (const { name } of tables) database.exec(`DROP TABLE "${name}"`);
    database.exec(SCHEMA);
    database.prepare('INSERT INTO meta VALUES (1, ?, 0)').run(SCHEMA_VERSION);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  })();
}

function fields(payload: PositionedEvent['payload'], ...names: string[]): CborValue[] {
  return names.map((name) => {
    const value = payload[name];
    assert(value !== undefined, `an event carries its ${name}`);
    return value;
  });
}

function bytesOf(value: unknown): Uint8Array {
  assert(value instanceof Uint8Array, 'a column of bytes holds bytes');
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

function toLeaf(row: Record<string, unknown>): StoredLeaf {
  return {
    subject: bytesOf(row['subject']),
    compartment: bytesOf(row['compartment']),
    position: row['position'] as number,
    bytes: bytesOf(row['bytes']),
    height: row['height'] as number,
    transactionIndex: row['transaction_index'] as number,
    callIndex: row['call_index'] as number,
  };
}

function toGrant(row: Record<string, unknown>): GrantPointer {
  return {
    grant: bytesOf(row['grant_id']),
    subject: bytesOf(row['subject']),
    compartment: bytesOf(row['compartment']),
    grantee: row['grantee'] as string,
    until: row['until'] as number,
    revoked: row['revoked'] === 1,
  };
}

function toEvent(row: Record<string, unknown>): PositionedEvent {
  return {
    height: row['height'] as number,
    transactionIndex: row['transaction_index'] as number,
    callIndex: row['call_index'] as number,
    eventIndex: row['event_index'] as number,
    type: row['type'] as string,
    payload: decodeCbor(bytesOf(row['payload'])) as PositionedEvent['payload'],
  };
}
