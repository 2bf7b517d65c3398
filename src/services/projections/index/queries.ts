import { CairnError } from '../../../primitives/errors.js';
import type { Connection, Statement } from './database.js';
import type { CompartmentName, Scope } from './record.js';
import { sql, TRUE } from './sql.js';
import type { Sql } from './sql.js';

const STATEMENTS_MAX = 256;
const COMPARTMENTS_MAX = 100_000;

const COMPARTMENT_ID: Sql = {
  text: 'SELECT c.id FROM compartment c JOIN subject s ON s.id = c.subject WHERE s.hex = ? AND c.hex = ?',
  values: [],
};

/** Runs {@link Sql} on a connection; keeps the statements that were used last, for compiling one takes as long as running it. */
export class Queries {
  readonly #connection: Connection;
  readonly #statements = new Map<string, Statement>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Runs reads that have to see the same state of the index. */
  atOneState<T>(reads: () => T): T {
    return this.#connection.transaction(reads).deferred();
  }

  row(query: Sql): unknown {
    return this.#statement(query)
      .pluck(false)
      .get(...query.values);
  }

  rows(query: Sql): unknown[] {
    return this.#statement(query)
      .pluck(false)
      .all(...query.values);
  }

  /** First column of the first row. */
  value(query: Sql): unknown {
    return this.#statement(query)
      .pluck(true)
      .get(...query.values);
  }

  /** First column of all rows. */
  column(query: Sql): unknown[] {
    return this.#statement(query)
      .pluck(true)
      .all(...query.values);
  }

  /** Internal ids of compartments, as JSON; those that the index has nothing of are left out. */
  compartmentIds(pairs: readonly CompartmentName[]): string {
    if (pairs.length > COMPARTMENTS_MAX) {
      throw new CairnError('index.scope-too-large', `a scope has more than ${COMPARTMENTS_MAX} compartments`);
    }
    const find = this.#statement(COMPARTMENT_ID).pluck(true);
    const ids = pairs.flatMap(([subject, compartment]) => (find.get(subject, compartment) as number | undefined) ?? []);
    return JSON.stringify(ids);
  }

  #statement({ text }: Sql): Statement {
    const known = this.#statements.get(text);
    if (known !== undefined) {
      this.#statements.delete(text);
      this.#statements.set(text, known);
      return known;
    }
    const statement: Statement = this.#connection.prepare<unknown[]>(text);
    this.#statements.set(text, statement);
    const [oldest] = this.#statements.keys();
    if (this.#statements.size > STATEMENTS_MAX && oldest !== undefined) this.#statements.delete(oldest);
    return statement;
  }
}

/**
 * The condition that a record lies in a scope. The compartments go in as one bound list, so that what a caller may not see
 * takes no part in any step of a statement.
 */
export function visibility(queries: Queries, scope: Scope): (record: Sql) => Sql {
  if (scope === 'all') return () => TRUE;
  if ('withoutForeign' in scope) {
    const closed = queries.compartmentIds(scope.withoutForeign);
    return (record) => sql`${record}.own = 1 OR ${record}.compartment NOT IN (SELECT value FROM json_each(${closed}))`;
  }
  const ids = queries.compartmentIds(scope.compartments);
  return (record) => sql`${record}.compartment IN (SELECT value FROM json_each(${ids}))`;
}

/** Selects, as `rid`, what lies in the compartments of a scope that names what is in it. */
export function scopeCandidates(queries: Queries, scope: Scope): Sql | undefined {
  if (scope === 'all' || 'withoutForeign' in scope) return undefined;
  const ids = queries.compartmentIds(scope.compartments);
  return sql`SELECT pk AS rid FROM record WHERE compartment IN (SELECT value FROM json_each(${ids}))`;
}
