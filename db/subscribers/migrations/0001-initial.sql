-- Subscribers and what is sent to them. A file of its own, so that no copy of the measurements can hold an address.

CREATE TABLE schema_migration (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL
) STRICT;

-- sealed holds address and secrets, encrypted with a key that is not in this file; address_lookup is a keyed hash of
-- channel and address. Both are empty once somebody has unsubscribed: the row then only explains the delivery log.
CREATE TABLE subscription (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  channel TEXT NOT NULL,
  locale TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  mode TEXT NOT NULL,
  -- JSON of QuietHours.
  quiet TEXT,
  -- JSON of SubscriptionFilter; the tables below say the same in rows, for subscriptions that are active.
  filter TEXT NOT NULL,
  -- Rank in ALERT_SEVERITIES.
  min_severity INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'disabled', 'gone')),
  created_at_ms INTEGER NOT NULL,
  confirmed_at_ms INTEGER,
  -- Of a pending one.
  expires_at_ms INTEGER,
  -- Why it is disabled, without addresses.
  reason TEXT,
  address_lookup BLOB,
  sealed BLOB,
  -- SHA-256 of tokens.
  confirm_hash BLOB,
  manage_hash BLOB
) STRICT;
CREATE UNIQUE INDEX subscription_by_manage ON subscription (manage_hash) WHERE manage_hash IS NOT NULL;
CREATE UNIQUE INDEX subscription_by_confirm ON subscription (confirm_hash) WHERE confirm_hash IS NOT NULL;
CREATE INDEX subscription_by_address ON subscription (address_lookup) WHERE address_lookup IS NOT NULL;
CREATE INDEX subscription_by_expiry ON subscription (expires_at_ms) WHERE expires_at_ms IS NOT NULL;

-- What active subscriptions want; '' and 0 stand for all.
CREATE TABLE subscription_service (
  service TEXT NOT NULL, subscription INTEGER NOT NULL, PRIMARY KEY (service, subscription)
) STRICT, WITHOUT ROWID;
CREATE TABLE subscription_country (
  country_code TEXT NOT NULL, subscription INTEGER NOT NULL, PRIMARY KEY (country_code, subscription)
) STRICT, WITHOUT ROWID;
CREATE TABLE subscription_asn (
  asn INTEGER NOT NULL, subscription INTEGER NOT NULL, PRIMARY KEY (asn, subscription)
) STRICT, WITHOUT ROWID;
CREATE TABLE subscription_kind (
  kind TEXT NOT NULL, subscription INTEGER NOT NULL, PRIMARY KEY (kind, subscription)
) STRICT, WITHOUT ROWID;
CREATE INDEX subscription_service_of ON subscription_service (subscription);
CREATE INDEX subscription_country_of ON subscription_country (subscription);
CREATE INDEX subscription_asn_of ON subscription_asn (subscription);
CREATE INDEX subscription_kind_of ON subscription_kind (subscription);

-- Up to which event of the main database deliveries were made. Moves in the transaction that makes them.
CREATE TABLE cursor (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  seq INTEGER NOT NULL,
  -- The event whose deliveries are half made, and the last subscription that has one.
  part_seq INTEGER NOT NULL,
  part_number INTEGER NOT NULL
) STRICT;

-- One event for one subscription. `sending`: claimed by a dispatcher; what a crash leaves so may have arrived.
CREATE TABLE delivery (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  event_id TEXT NOT NULL,
  event_seq INTEGER NOT NULL,
  subscription INTEGER NOT NULL REFERENCES subscription (number),
  channel TEXT NOT NULL,
  -- Deliveries of one subscription with the same group go out as one message.
  group_key TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'held', 'sending', 'sent', 'failed', 'dead', 'suppressed')),
  -- When it may be tried next; none once it is settled.
  due_at_ms INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error_class TEXT,
  -- The message that it was last part of. Kept for the next try where that one may have arrived.
  message_id TEXT,
  is_message_fixed INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL,
  settled_at_ms INTEGER
) STRICT;
CREATE INDEX delivery_by_due ON delivery (channel, due_at_ms) WHERE due_at_ms IS NOT NULL;
CREATE INDEX delivery_waiting ON delivery (subscription, group_key) WHERE due_at_ms IS NOT NULL;
CREATE INDEX delivery_by_state ON delivery (state, created_at_ms);
CREATE INDEX delivery_sending ON delivery (message_id) WHERE state = 'sending';

-- Every try at every message. `outcome` is 'started' until it ends; what a crash leaves so becomes 'unknown'.
CREATE TABLE attempt (
  number INTEGER PRIMARY KEY,
  message_id TEXT NOT NULL,
  subscription INTEGER NOT NULL,
  channel TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER,
  outcome TEXT NOT NULL CHECK (outcome IN ('started', 'ok', 'retry', 'permanent', 'unknown', 'interrupted')),
  error_class TEXT
) STRICT;
CREATE INDEX attempt_open ON attempt (outcome) WHERE outcome = 'started';
CREATE INDEX attempt_by_message ON attempt (message_id);
CREATE INDEX attempt_by_time ON attempt (started_at_ms);

CREATE TABLE attempt_delivery (
  attempt INTEGER NOT NULL REFERENCES attempt (number),
  delivery INTEGER NOT NULL REFERENCES delivery (number),
  PRIMARY KEY (attempt, delivery)
) STRICT, WITHOUT ROWID;
