-- Vantages on other machines and measurements of others.

-- Layers alone, for where the medium cannot show more.
INSERT INTO code_mechanism (code, name) VALUES (10, 'dns'), (24, 'ip'), (46, 'tls'), (69, 'http');

-- A mark for runs of an agent whose clock was not ours.
INSERT INTO code_mark (code, name) VALUES (64, 'clock_skewed');

-- Measurements that others made. Derived from their evidence, which holds the whole origin; here for finding them.
CREATE TABLE measurement_origin (
  entry INTEGER PRIMARY KEY REFERENCES evidence (entry),
  provider TEXT NOT NULL,
  licence TEXT NOT NULL,
  reference TEXT NOT NULL,
  service_id INTEGER NOT NULL REFERENCES service (id),
  UNIQUE (provider, reference, service_id)
) STRICT;

-- Batches of agents as they were taken in: the key is what makes a second delivery a duplicate. The offset is how far
-- the clock of the agent was ahead of ours, and the receipt is what was answered, as JSON.
CREATE TABLE agent_batch (
  vantage_id INTEGER NOT NULL REFERENCES vantage (id),
  sequence INTEGER NOT NULL,
  body_sha256 BLOB NOT NULL,
  received_at_ms INTEGER NOT NULL,
  clock_offset_ms INTEGER NOT NULL,
  receipt TEXT NOT NULL,
  PRIMARY KEY (vantage_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX agent_batch_by_time ON agent_batch (vantage_id, received_at_ms);
