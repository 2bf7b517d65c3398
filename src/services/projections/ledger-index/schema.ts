/** Derived from the ledger alone; holds nothing that is not on it. Bump the version to have every node rebuild it. */
export const SCHEMA_VERSION = 1;

export const SCHEMA = `
  CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, height INTEGER NOT NULL);

  -- Leaves of the record and access logs, whose heads the state holds.
  CREATE TABLE leaf (
    log TEXT NOT NULL, subject BLOB NOT NULL, compartment BLOB NOT NULL, position INTEGER NOT NULL,
    bytes BLOB NOT NULL, height INTEGER NOT NULL, transaction_index INTEGER NOT NULL, call_index INTEGER NOT NULL,
    PRIMARY KEY (log, subject, compartment, position)
  ) WITHOUT ROWID;

  -- Whose ciphertext or key envelope a vault object is.
  CREATE TABLE object (
    digest BLOB PRIMARY KEY, kind TEXT NOT NULL, subject BLOB NOT NULL, compartment BLOB NOT NULL,
    position INTEGER, grant_id BLOB
  ) WITHOUT ROWID;
  CREATE INDEX object_by_compartment ON object (subject, compartment);

  CREATE TABLE subject (
    subject BLOB PRIMARY KEY, kind TEXT NOT NULL, steward TEXT
  ) WITHOUT ROWID;
  CREATE INDEX subject_by_steward ON subject (steward);

  CREATE TABLE compartment (
    subject BLOB NOT NULL, compartment BLOB NOT NULL, PRIMARY KEY (subject, compartment)
  ) WITHOUT ROWID;

  -- Terms and liveness are read from the state; this only finds them.
  CREATE TABLE consent_grant (
    grant_id BLOB PRIMARY KEY, subject BLOB NOT NULL, compartment BLOB NOT NULL, grantee TEXT NOT NULL, until INTEGER NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE INDEX grant_by_subject ON consent_grant (subject);
  CREATE INDEX grant_by_end ON consent_grant (until) WHERE revoked = 0;
  CREATE INDEX grant_by_grantee ON consent_grant (grantee, subject);

  -- Everything that happened, in order: the events of every accepted call.
  CREATE TABLE event (
    height INTEGER NOT NULL, transaction_index INTEGER NOT NULL, call_index INTEGER NOT NULL, event_index INTEGER NOT NULL,
    type TEXT NOT NULL, subject BLOB, payload BLOB NOT NULL,
    PRIMARY KEY (height, transaction_index, call_index, event_index)
  ) WITHOUT ROWID;
  CREATE INDEX event_by_subject ON event (subject, height) WHERE subject IS NOT NULL;
`;
