/** Tables of an agent's spool. Steps are only ever added. */

/** The steps of its schema, oldest first. */
export const SPOOL_STEPS = [
  `CREATE TABLE state (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     instance TEXT NOT NULL,
     vantage TEXT NOT NULL,
     next_sequence INTEGER NOT NULL,
     last_slot_ms INTEGER,
     last_seq INTEGER,
     plan TEXT,
     last_delivery_ms INTEGER,
     clock_offset_ms INTEGER,
     is_silenced INTEGER NOT NULL
   ) STRICT;
   INSERT INTO state (id, instance, vantage, next_sequence, is_silenced) VALUES (1, '', '', 1, 0);
   CREATE TABLE batch (
     sequence INTEGER PRIMARY KEY,
     body BLOB NOT NULL,
     count INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE measurement (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     service TEXT NOT NULL,
     slot_ms INTEGER NOT NULL,
     seq INTEGER NOT NULL,
     head TEXT NOT NULL,
     dictionary TEXT NOT NULL,
     evidence BLOB NOT NULL,
     batch INTEGER REFERENCES batch (sequence) DEFERRABLE INITIALLY DEFERRED,
     is_aside INTEGER NOT NULL DEFAULT 0,
     has_returned INTEGER NOT NULL DEFAULT 0,
     UNIQUE (service, slot_ms, seq)
   ) STRICT;
   CREATE INDEX measurement_batch ON measurement (batch, id);
   CREATE INDEX measurement_slot ON measurement (slot_ms);
   CREATE INDEX measurement_aside ON measurement (is_aside) WHERE is_aside = 1;
   CREATE TABLE certificate (
     id INTEGER PRIMARY KEY,
     sha256 TEXT NOT NULL UNIQUE,
     der BLOB NOT NULL,
     is_known INTEGER NOT NULL,
     used_at_ms INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE measurement_certificate (
     measurement INTEGER NOT NULL REFERENCES measurement (id) ON DELETE CASCADE,
     certificate INTEGER NOT NULL REFERENCES certificate (id),
     PRIMARY KEY (measurement, certificate)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX measurement_certificate_certificate ON measurement_certificate (certificate);`,
] as const;
