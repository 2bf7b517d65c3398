import { createHash } from 'node:crypto';
import type { Connection } from './database.js';
import type { ValueKind } from './parameters.js';
import { ROW_COLUMNS } from './values.js';

/**
 * SHA-256 over everything the index holds, hex: equal for equal sets of projected records, in whatever order and how often
 * they came. Internal ids do not take part; the cursor, which is not content, neither. Takes a second or so per 50,000 records.
 */
export function contentDigest(connection: Connection): string {
  const hash = createHash('sha256');
  const rows = (Object.keys(ROW_COLUMNS) as ValueKind[]).map((table) => {
    const columns = ROW_COLUMNS[table].join(', ');
    // In the order of the primary key.
    return connection.prepare(`SELECT '${table}', ${columns} FROM ${table} WHERE rid = ? ORDER BY ${columns}`).raw();
  });
  const text = connection.prepare('SELECT text FROM body WHERE pk = ?').raw();
  const records = connection
    .prepare(
      `SELECT r.pk, s.hex, c.hex, r.leaf, r.record_id, r.type, r.id, r.version, r.author, r.own, r.last_updated, r.updated,
         r.deleted, r.current
       FROM record r JOIN subject s ON s.id = r.subject JOIN compartment c ON c.id = r.compartment
       ORDER BY s.hex, c.hex, r.leaf`,
    )
    .raw();
  connection
    .transaction(() => {
      for (const record of records.iterate() as IterableIterator<unknown[]>) {
        const [pk, ...content] = record;
        const values = rows.map((statement) => statement.all(pk));
        // JSON writes infinities as null: there is one per side, so that nothing becomes equal that was not.
        hash.update(`${JSON.stringify([content, text.get(pk) ?? null, values])}\n`);
      }
    })
    .deferred();
  return hash.digest('hex');
}
