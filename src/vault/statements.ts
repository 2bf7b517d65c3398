/** The vault's SQL, compiled once. */
import type { SqliteDatabase } from './database.js';

/** A row of `object`; the tags are null of a tombstone, the last two of anything else. */
export interface ObjectRow {
  readonly id: number;
  readonly size: number;
  readonly subject: Uint8Array | null;
  readonly compartment: Uint8Array | null;
  readonly kind: number | null;
  readonly erased_at: number | null;
  readonly reason: string | null;
}

export function prepareStatements(database: SqliteDatabase) {
  const dropDead = database.prepare(
    'DELETE FROM content WHERE id NOT IN (SELECT id FROM object WHERE erased_at IS NULL)',
  );
  const markCompacting = database.prepare('UPDATE tally SET compacting = 1, reclaimable_bytes = 0');
  return {
    object: database.prepare(
      'SELECT id, size, subject, compartment, kind, erased_at, reason FROM object WHERE digest = ?',
    ),
    content: database.prepare('SELECT bytes FROM content WHERE id = ?'),
    insert: database.prepare('INSERT INTO object (digest, size, subject, compartment, kind) VALUES (?, ?, ?, ?, ?)'),
    insertContent: database.prepare('INSERT INTO content (id, bytes) VALUES (?, ?)'),
    insertTombstone: database.prepare('INSERT INTO object (digest, size, erased_at, reason) VALUES (?, 0, ?, ?)'),
    // The same length in the same place: SQLite overwrites the row where it lies, and moves nothing.
    overwrite: database.prepare('UPDATE content SET bytes = zeroblob(length(bytes)) WHERE id = ?'),
    bury: database.prepare(
      'UPDATE object SET subject = NULL, compartment = NULL, kind = NULL, erased_at = ?, reason = ? WHERE id = ?',
    ),
    renumber: database.prepare('UPDATE object SET id = (SELECT max(id) + 1 FROM object) WHERE id = ? RETURNING id'),
    bySubject: database.prepare('SELECT digest FROM object WHERE subject = ? ORDER BY id'),
    byCompartment: database.prepare('SELECT digest FROM object WHERE subject = ? AND compartment = ? ORDER BY id'),
    page: database.prepare('SELECT id, digest FROM object WHERE id > ? AND erased_at IS NULL ORDER BY id LIMIT ?'),
    count: database.prepare(
      `UPDATE tally SET objects = objects + ?, bytes = bytes + ?, erased = erased + ?,
       reclaimable_bytes = reclaimable_bytes + ?`,
    ),
    stats: database.prepare('SELECT objects, bytes, erased, reclaimable_bytes AS reclaimableBytes FROM tally'),
    compacting: database.prepare('SELECT compacting FROM tally'),
    compacted: database.prepare('UPDATE tally SET compacting = 0'),
    dropErased: () => {
      dropDead.run();
      markCompacting.run();
    },
  };
}
