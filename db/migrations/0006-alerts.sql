-- What people are told, append-only: an event has one row for ever, in the order in which events became known. Derived of
-- incidents, announcements, the ledger and vantages, so it is not in the hash chain.

CREATE TABLE alert (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  known_ms INTEGER NOT NULL,
  -- Where it stands among others when read: when it happened, or became known where it is yet to happen.
  shown_ms INTEGER NOT NULL,
  -- 1 for what was over, or long known, when it was stored: it stands in feeds and is sent to nobody.
  is_history INTEGER NOT NULL,
  -- The event as JSON.
  record TEXT NOT NULL
) STRICT;
CREATE INDEX alert_by_shown ON alert (shown_ms, seq);
CREATE INDEX alert_by_subject ON alert (subject, seq);

-- '' stands for all.
CREATE TABLE alert_service (
  seq INTEGER NOT NULL REFERENCES alert (seq), service TEXT NOT NULL, PRIMARY KEY (seq, service)
) STRICT, WITHOUT ROWID;
CREATE TABLE alert_country (
  seq INTEGER NOT NULL REFERENCES alert (seq), country_code TEXT NOT NULL, PRIMARY KEY (seq, country_code)
) STRICT, WITHOUT ROWID;

-- Since when events are watched for: what was there before is history.
CREATE TABLE alert_watch (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  since_ms INTEGER NOT NULL
) STRICT;
