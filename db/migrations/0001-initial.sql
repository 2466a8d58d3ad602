-- The first schema. Append-only: once this file has been applied anywhere it never changes (its SHA-256 is kept).
-- Times are integer epoch milliseconds UTC. Words are stored as the integer codes below, which are never renumbered.

CREATE TABLE schema_migration (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL
) STRICT;

-- Words with fixed codes. A new word is a new row in a new migration.
CREATE TABLE code_verdict (code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO code_verdict (code, name) VALUES
  (1, 'ok'), (2, 'likely_blocked'), (3, 'blocked'), (4, 'impaired'), (5, 'down'), (6, 'insufficient');

CREATE TABLE code_confidence (code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO code_confidence (code, name) VALUES (1, 'low'), (2, 'medium'), (3, 'high');

-- 0 is the service as a whole.
CREATE TABLE code_function (code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO code_function (code, name) VALUES
  (0, 'service'), (1, 'web'), (2, 'app'), (3, 'media'), (4, 'messages'), (5, 'registration'), (6, 'calls'),
  (7, 'links');

-- The code is the bit in measurement.marks.
CREATE TABLE code_mark (code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO code_mark (code, name) VALUES
  (1, 'local_stall'), (2, 'clock_step'), (4, 'sleep'), (8, 'interrupted'), (16, 'simulated');

CREATE TABLE code_mechanism (code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO code_mechanism (code, name) VALUES
  (1, 'dns.injection'), (2, 'dns.injection.blockpage'), (3, 'dns.injection.bogon'), (4, 'dns.injection.other'),
  (5, 'dns.nxdomain'), (6, 'dns.refused'), (7, 'dns.servfail'), (8, 'dns.timeout'), (9, 'dns.no_answer'),
  (20, 'ip.drop'), (21, 'ip.unreachable'), (22, 'ip.refused'), (23, 'ip.reset'),
  (30, 'tls.reset'), (31, 'tls.reset.sni'), (32, 'tls.reset.any'),
  (33, 'tls.timeout'), (34, 'tls.timeout.sni'), (35, 'tls.timeout.any'),
  (36, 'tls.eof'), (37, 'tls.eof.sni'), (38, 'tls.eof.any'),
  (39, 'tls.alert'), (40, 'tls.alert.sni'), (41, 'tls.alert.any'),
  (42, 'tls.certificate'), (43, 'tls.mitm.self_signed'), (44, 'tls.mitm.ca_signed'), (45, 'tls.throttle.sni'),
  (60, 'http.blockpage'), (61, 'http.redirect'), (62, 'http.reset'), (63, 'http.reset.host'),
  (64, 'http.timeout'), (65, 'http.timeout.host'), (66, 'http.eof'), (67, 'http.eof.host'),
  (68, 'http.throttle.host'),
  (80, 'transport.freeze'), (81, 'udp.drop'), (82, 'quic.drop'), (83, 'quic.version'), (84, 'quic.sni'),
  (100, 'server_side'), (101, 'network.outage'), (102, 'network.whitelist'), (103, 'network.captive_portal');

-- Words of the configuration, numbered as they are met.
CREATE TABLE service (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE vantage (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE rule (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE ruleset (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE provenance (
  id INTEGER PRIMARY KEY,
  software_version TEXT NOT NULL,
  probe_version TEXT NOT NULL,
  schema_version INTEGER NOT NULL,
  config_hash TEXT NOT NULL,
  UNIQUE (software_version, probe_version, schema_version, config_hash)
) STRICT;

-- zstd dictionaries of the compressed columns. A row is never changed or deleted: old evidence needs it.
CREATE TABLE dictionary (id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE, content BLOB NOT NULL) STRICT;

-- Everything append-only takes the next number, called its entry. An hour covers the entries stored in it;
-- its digest runs over their digests and starts from the digest of the hour before.
CREATE TABLE chain_hour (
  hour_ms INTEGER PRIMARY KEY,
  first_entry INTEGER NOT NULL UNIQUE,
  last_entry INTEGER NOT NULL UNIQUE,
  digest BLOB NOT NULL
) STRICT;

CREATE TABLE vantage_revision (
  entry INTEGER PRIMARY KEY,
  vantage_id INTEGER NOT NULL REFERENCES vantage (id),
  revision INTEGER NOT NULL,
  json TEXT NOT NULL,
  stored_at_ms INTEGER NOT NULL,
  digest BLOB NOT NULL,
  UNIQUE (vantage_id, revision)
) STRICT;

-- Facts. The key is also what makes a second insert of the same run a duplicate.
-- Durations are REAL: they are monotonic milliseconds with fractions and must come back as they were.
CREATE TABLE measurement (
  service_id INTEGER NOT NULL REFERENCES service (id),
  vantage_id INTEGER NOT NULL REFERENCES vantage (id),
  slot_ms INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  interval_ms INTEGER NOT NULL,
  started_at_ms INTEGER NOT NULL,
  elapsed_ms REAL NOT NULL,
  loop_delay_ms REAL NOT NULL,
  marks INTEGER NOT NULL,
  provenance_id INTEGER NOT NULL REFERENCES provenance (id),
  stored_at_ms INTEGER NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (service_id, vantage_id, slot_ms, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX measurement_by_slot ON measurement (slot_ms, entry);

-- Observations of a measurement as compressed JSON.
CREATE TABLE evidence (
  entry INTEGER PRIMARY KEY,
  service_id INTEGER NOT NULL,
  vantage_id INTEGER NOT NULL,
  slot_ms INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  dictionary_id INTEGER NOT NULL REFERENCES dictionary (id),
  content BLOB NOT NULL,
  FOREIGN KEY (service_id, vantage_id, slot_ms, seq)
    REFERENCES measurement (service_id, vantage_id, slot_ms, seq) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE certificate (
  entry INTEGER PRIMARY KEY,
  sha256 BLOB NOT NULL UNIQUE,
  der BLOB NOT NULL,
  stored_at_ms INTEGER NOT NULL
) STRICT;

-- What was concluded, apart from the facts. The first revision shares the entry of its measurement and is
-- covered by the digest there; later ones have their own entry and digest. content is the judgement as
-- compressed JSON, judgement_verdict what of it is queried.
CREATE TABLE judgement (
  entry INTEGER PRIMARY KEY,
  measurement_entry INTEGER NOT NULL REFERENCES evidence (entry),
  revision INTEGER NOT NULL,
  ruleset_id INTEGER NOT NULL REFERENCES ruleset (id),
  dictionary_id INTEGER NOT NULL REFERENCES dictionary (id),
  content BLOB NOT NULL,
  stored_at_ms INTEGER NOT NULL,
  digest BLOB
) STRICT;
CREATE INDEX judgement_again ON judgement (measurement_entry, revision) WHERE revision > 1;

CREATE TABLE judgement_verdict (
  judgement_entry INTEGER NOT NULL REFERENCES judgement (entry),
  function INTEGER NOT NULL REFERENCES code_function (code),
  verdict INTEGER NOT NULL REFERENCES code_verdict (code),
  mechanism INTEGER REFERENCES code_mechanism (code),
  confidence INTEGER NOT NULL REFERENCES code_confidence (code),
  rule_id INTEGER NOT NULL REFERENCES rule (id),
  PRIMARY KEY (judgement_entry, function)
) STRICT, WITHOUT ROWID;

-- Derived from the above in the same transaction, and rebuildable: lanes, spans and counts per bucket.
CREATE TABLE lane (
  id INTEGER PRIMARY KEY,
  service_id INTEGER NOT NULL REFERENCES service (id),
  vantage_id INTEGER NOT NULL REFERENCES vantage (id),
  function INTEGER NOT NULL REFERENCES code_function (code),
  UNIQUE (service_id, vantage_id, function)
) STRICT;

-- from_ms is the slot of the first run of the span.
CREATE TABLE span (
  lane_id INTEGER NOT NULL REFERENCES lane (id),
  from_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  verdict INTEGER NOT NULL REFERENCES code_verdict (code),
  mechanism INTEGER REFERENCES code_mechanism (code),
  confidence INTEGER NOT NULL REFERENCES code_confidence (code),
  count INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  last_slot_ms INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  PRIMARY KEY (lane_id, from_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE bucket_hour (
  lane_id INTEGER NOT NULL REFERENCES lane (id),
  start_ms INTEGER NOT NULL,
  ok INTEGER NOT NULL DEFAULT 0,
  likely_blocked INTEGER NOT NULL DEFAULT 0,
  blocked INTEGER NOT NULL DEFAULT 0,
  impaired INTEGER NOT NULL DEFAULT 0,
  down INTEGER NOT NULL DEFAULT 0,
  insufficient INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (lane_id, start_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE bucket_day (
  lane_id INTEGER NOT NULL REFERENCES lane (id),
  start_ms INTEGER NOT NULL,
  ok INTEGER NOT NULL DEFAULT 0,
  likely_blocked INTEGER NOT NULL DEFAULT 0,
  blocked INTEGER NOT NULL DEFAULT 0,
  impaired INTEGER NOT NULL DEFAULT 0,
  down INTEGER NOT NULL DEFAULT 0,
  insufficient INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (lane_id, start_ms)
) STRICT, WITHOUT ROWID;

-- Announcements. The JSON of a revision is the record; all other tables are derived from the newest one.
CREATE TABLE announcement (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  revision INTEGER NOT NULL,
  status TEXT NOT NULL,
  confidence TEXT NOT NULL,
  action_kind TEXT NOT NULL,
  measure_kind TEXT,
  title TEXT NOT NULL,
  announced_earliest_ms INTEGER,
  announced_latest_ms INTEGER,
  effective_earliest_ms INTEGER,
  effective_latest_ms INTEGER,
  lifted_earliest_ms INTEGER,
  lifted_latest_ms INTEGER
) STRICT;
CREATE INDEX announcement_by_announced ON announcement (announced_earliest_ms);
CREATE INDEX announcement_by_effective ON announcement (effective_earliest_ms);

CREATE TABLE announcement_revision (
  entry INTEGER PRIMARY KEY,
  announcement_id INTEGER NOT NULL REFERENCES announcement (id),
  revision INTEGER NOT NULL,
  author TEXT NOT NULL,
  json TEXT NOT NULL,
  stored_at_ms INTEGER NOT NULL,
  digest BLOB NOT NULL,
  UNIQUE (announcement_id, revision)
) STRICT;

CREATE TABLE announcement_service (
  announcement_id INTEGER NOT NULL REFERENCES announcement (id),
  position INTEGER NOT NULL,
  service TEXT NOT NULL,
  is_exempt INTEGER NOT NULL,
  PRIMARY KEY (announcement_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX announcement_service_by_service ON announcement_service (service);

CREATE TABLE announcement_region (
  announcement_id INTEGER NOT NULL REFERENCES announcement (id),
  position INTEGER NOT NULL,
  code TEXT NOT NULL,
  PRIMARY KEY (announcement_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX announcement_region_by_code ON announcement_region (code);

CREATE TABLE announcement_source (
  announcement_id INTEGER NOT NULL REFERENCES announcement (id),
  position INTEGER NOT NULL,
  kind TEXT NOT NULL,
  ref TEXT NOT NULL,
  publisher TEXT,
  published_at TEXT,
  PRIMARY KEY (announcement_id, position)
) STRICT, WITHOUT ROWID;

-- The other record is named, not referenced: it may arrive later.
CREATE TABLE announcement_link (
  announcement_id INTEGER NOT NULL REFERENCES announcement (id),
  position INTEGER NOT NULL,
  rel TEXT NOT NULL,
  other_name TEXT NOT NULL,
  PRIMARY KEY (announcement_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX announcement_link_by_other ON announcement_link (other_name);

-- What happened to the process itself, e.g. a skipped run or a clock step.
CREATE TABLE event (
  entry INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL,
  stored_at_ms INTEGER NOT NULL,
  digest BLOB NOT NULL
) STRICT;
