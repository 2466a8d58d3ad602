-- When a target was switched off, and the id of another subscription of the same holder that is told of it.
ALTER TABLE subscription ADD COLUMN disabled_at_ms INTEGER;
ALTER TABLE subscription ADD COLUMN substitute TEXT;

-- Reports of mail that came back after its relay had taken it; each is noted once.
CREATE TABLE bounce (
  number INTEGER PRIMARY KEY,
  message_id TEXT NOT NULL,
  subscription INTEGER NOT NULL,
  received_at_ms INTEGER NOT NULL,
  -- Of RFC 3463, e.g. 5.1.1.
  status TEXT NOT NULL,
  UNIQUE (message_id, status)
) STRICT;
CREATE INDEX bounce_of ON bounce (subscription, received_at_ms);
