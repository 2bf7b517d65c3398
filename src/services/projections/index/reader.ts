import { assert } from '../../../primitives/assert.js';
import { guarded } from './database.js';
import { dateRange } from './dates.js';
import { visibility } from './queries.js';
import type { Queries } from './queries.js';
import type { CompartmentName, IndexedRecord, Scope } from './record.js';
import { joinSql, sql, TRUE } from './sql.js';
import type { Sql } from './sql.js';

/** Which versions {@link history} lists, newest first. */
export interface HistoryQuery {
  /** All types if absent. */
  readonly type?: string;
  /** All versions of the record that {@link read} finds, by whomever; needs `type`. */
  readonly id?: string;
  /** FHIR instant or date: only versions from then on. */
  readonly since?: string;
  readonly count: number;
  readonly offset: number;
  readonly scope: Scope;
}

export interface HistoryPage {
  readonly versions: readonly IndexedRecord[];
  /** Number of versions on all pages. */
  readonly total: number;
}

const COLUMNS = sql`r.record_id AS recordId, s.hex AS subject, c.hex AS compartment, r.author, r.own, r.type, r.id, r.version,
  r.last_updated AS lastUpdated, r.deleted, coalesce(b.text, '') AS text, r.leaf`;
const TABLES = sql`record r JOIN subject s ON s.id = r.subject JOIN compartment c ON c.id = r.compartment
  LEFT JOIN body b ON b.pk = r.pk`;

type Row = Omit<IndexedRecord, 'own' | 'deleted'> & { readonly own: number; readonly deleted: number };

/** The version with a primary key that a query just returned. */
export function readRecord(queries: Queries, pk: number): IndexedRecord {
  const row = queries.row(sql`SELECT ${COLUMNS} FROM ${TABLES} WHERE r.pk = ${pk}`) as Row | undefined;
  assert(row !== undefined, 'a record that was found can be read');
  return fromRow(row);
}

/**
 * The current version of a resource, perhaps a delete; undefined if there is none in the scope. Several subjects, or several
 * authors, may have a resource of the same type and id, for clients choose ids: what this organisation wrote goes before all
 * others, then the lowest subject and record id, then the highest version. So a foreign record never takes an own one's place.
 */
export function read(queries: Queries, type: string, id: string, scope: Scope): IndexedRecord | undefined {
  return guarded(() => {
    const pk = resourcePk(queries, type, id, scope);
    return pk === undefined ? undefined : readRecord(queries, pk);
  });
}

/** A version of the record that {@link read} finds; where several authors have given it the same number, the own one. */
export function readVersion(
  queries: Queries,
  type: string,
  id: string,
  version: number,
  scope: Scope,
): IndexedRecord | undefined {
  return guarded(() => {
    const current = resourcePk(queries, type, id, scope);
    if (current === undefined) return undefined;
    const visible = visibility(queries, scope);
    const pk = queries.value(
      sql`SELECT r.pk FROM record r JOIN compartment c ON c.id = r.compartment WHERE ${sameResource(type, id, current)}
          AND r.version = ${version} AND (${visible(sql`r`)}) ORDER BY r.own DESC, r.current DESC, c.hex DESC, r.leaf DESC LIMIT 1`,
    ) as number | undefined;
    return pk === undefined ? undefined : readRecord(queries, pk);
  });
}

/** Versions, deletes included, newest first. */
export function history(queries: Queries, { type, id, since, count, offset, scope }: HistoryQuery): HistoryPage {
  return guarded(() =>
    queries.atOneState(() => {
      const conditions = [visibility(queries, scope)(sql`r`)];
      if (type !== undefined && id !== undefined) {
        const current = resourcePk(queries, type, id, scope);
        if (current === undefined) return { versions: [], total: 0 };
        conditions.push(sameResource(type, id, current));
      } else if (type !== undefined) conditions.push(sql`r.type = ${type}`);
      const from = since === undefined ? undefined : dateRange(since);
      if (from !== undefined) conditions.push(sql`r.updated >= ${from.lo}`);
      const where = joinSql(conditions, ' AND ', TRUE);
      const rows = queries.rows(
        sql`SELECT ${COLUMNS} FROM ${TABLES} WHERE ${where}
            ORDER BY r.updated DESC, r.type, r.id, r.version DESC, s.hex, c.hex, r.leaf DESC LIMIT ${count} OFFSET ${offset}`,
      ) as Row[];
      const total = queries.value(sql`SELECT count(*) FROM record r WHERE ${where}`) as number;
      return { versions: rows.map(fromRow), total };
    }),
  );
}

/**
 * Current resources with an identifier, at most two: enough to tell none from one and one from several, which is what conditional
 * references and conditional writes ask. `system` undefined means any system, '' none.
 */
export function resolveIdentifier(
  queries: Queries,
  slot: number,
  identifier: { readonly system?: string | undefined; readonly value: string },
  type: string,
  scope: Scope,
): IndexedRecord[] {
  return guarded(() => {
    const { system, value } = identifier;
    const inSystem = system === undefined ? TRUE : sql`v.system = ${system}`;
    const pks = queries.column(
      sql`SELECT DISTINCT r.pk FROM token v CROSS JOIN record r ON r.pk = v.rid JOIN subject s ON s.id = r.subject
          WHERE v.slot = ${slot} AND v.code = ${value} AND ${inSystem} AND r.type = ${type} AND r.current = 1
          AND (${visibility(queries, scope)(sql`r`)}) ORDER BY r.own DESC, r.id, s.hex, r.record_id, r.author LIMIT 2`,
    ) as number[];
    return pks.map((pk) => readRecord(queries, pk));
  });
}

function resourcePk(queries: Queries, type: string, id: string, scope: Scope): number | undefined {
  return queries.value(
    sql`SELECT r.pk FROM record r JOIN subject s ON s.id = r.subject
        WHERE r.type = ${type} AND r.id = ${id} AND r.current = 1 AND (${visibility(queries, scope)(sql`r`)})
        ORDER BY r.own DESC, s.hex, r.record_id, r.version DESC, r.author LIMIT 1`,
  ) as number | undefined;
}

function sameResource(type: string, id: string, pk: number): Sql {
  return sql`r.type = ${type} AND r.id = ${id}
    AND (r.subject, r.record_id) = (SELECT subject, record_id FROM record WHERE pk = ${pk})`;
}

function fromRow(row: Row): IndexedRecord {
  return { ...row, own: row.own === 1, deleted: row.deleted === 1 };
}

/** Leaves of a compartment whose versions are there, ascending. */
export function leaves(queries: Queries, subject: string, compartment: string): number[] {
  const found = sql`SELECT r.leaf FROM record r JOIN compartment c ON c.id = r.compartment JOIN subject s ON s.id = c.subject
    WHERE s.hex = ${subject} AND c.hex = ${compartment} ORDER BY r.leaf`;
  return guarded(() => queries.column(found) as number[]);
}

/** Compartments of which there is something foreign. */
export function foreignCompartments(queries: Queries): CompartmentName[] {
  const found = sql`SELECT DISTINCT s.hex AS subject, c.hex AS compartment FROM record r
    JOIN compartment c ON c.id = r.compartment JOIN subject s ON s.id = c.subject WHERE r.own = 0 ORDER BY s.hex, c.hex`;
  const rows = guarded(() => queries.rows(found) as { subject: string; compartment: string }[]);
  return rows.map(({ subject, compartment }) => [subject, compartment]);
}
