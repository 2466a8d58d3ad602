-- Incidents: derived from lanes, and rebuildable. What was concluded of them, and when, is append-only.

-- As they are now. record is the incident in JSON without its restrictions; rules are the numbers it was found with.
CREATE TABLE incident (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  service TEXT NOT NULL,
  country_code TEXT NOT NULL,
  state TEXT NOT NULL,
  severity TEXT NOT NULL,
  onset_by_ms INTEGER NOT NULL,
  -- The last instant at which anything was concluded; none while something is restricted.
  decided_ms INTEGER,
  record TEXT NOT NULL,
  rules TEXT NOT NULL
) STRICT;
CREATE INDEX incident_by_place ON incident (service, country_code, onset_by_ms);
CREATE INDEX incident_by_onset ON incident (onset_by_ms);

-- Restrictions of an incident, each in JSON.
CREATE TABLE incident_episode (
  incident_id INTEGER NOT NULL REFERENCES incident (id),
  position INTEGER NOT NULL,
  vantage TEXT NOT NULL,
  function INTEGER NOT NULL REFERENCES code_function (code),
  onset_by_ms INTEGER NOT NULL,
  end_by_ms INTEGER,
  record TEXT NOT NULL,
  PRIMARY KEY (incident_id, position)
) STRICT, WITHOUT ROWID;

-- The incident is named, not referenced: what was said of one stays when later data shows that there was none. A
-- revision takes back all but the first kept entries that hold until then.
CREATE TABLE incident_log (
  entry INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  kept INTEGER,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  measurement_ids TEXT NOT NULL,
  stored_at_ms INTEGER NOT NULL,
  digest BLOB NOT NULL
) STRICT;
CREATE INDEX incident_log_by_name ON incident_log (name, entry);
