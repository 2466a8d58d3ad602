-- The ledger as it was concluded: a row per content. Derived of announcements and incidents, so it is not in the hash
-- chain; earlier revisions stay, since others may have cited them.

CREATE TABLE ledger_revision (
  revision INTEGER PRIMARY KEY,
  built_at_ms INTEGER NOT NULL,
  -- What it was made from, as JSON: revisions of announcements, digest of the episodes, version of the rules.
  inputs TEXT NOT NULL,
  -- Of the content as canonical JSON.
  content_sha256 BLOB NOT NULL,
  -- Canonical JSON, compressed with zstd.
  content BLOB NOT NULL
) STRICT;
