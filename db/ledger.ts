/**
 * The ledger's revisions. A build whose content is what is stored already adds none, so a revision is a change of
 * what the ledger says; what it was made from stands beside it.
 */
import { hash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { toCanonicalJson } from './announcements.ts';
import type { Connection } from './connection.ts';
import type { LedgerContent } from './ledger-types.ts';

/** What a ledger was made from. */
export type LedgerInputs = {
  /** Id and revision of each announcement, e.g. `ru-example-order@2`, sorted. */
  readonly announcements: readonly string[];
  /** Of the episodes as canonical JSON, hex. */
  readonly episodesSha256: string;
  readonly rulesVersion: string;
};

/** One state of the ledger. */
export type StoredLedger = {
  /** From 1. */
  readonly revision: number;
  readonly builtAtMs: number;
  readonly inputs: LedgerInputs;
  /** Of the content as canonical JSON, hex. */
  readonly contentSha256: string;
  readonly content: LedgerContent;
};

/** A revision without its content. */
export type LedgerRevision = Omit<StoredLedger, 'content'>;

/** A ledger of a hundred thousand rows stays below; more is not a ledger of ours. */
const MAX_CONTENT_BYTES = 256 * 1024 * 1024;

type Row = {
  readonly revision: number;
  readonly built_at_ms: number;
  readonly inputs: string;
  readonly content_sha256: Uint8Array;
};

function toRevision(row: Row): LedgerRevision {
  return {
    revision: row.revision,
    builtAtMs: row.built_at_ms,
    inputs: JSON.parse(row.inputs) as LedgerInputs,
    contentSha256: Buffer.from(row.content_sha256).toString('hex'),
  };
}

/** Stores a ledger when it differs from the newest one; gives the revision that holds it. */
export function saveLedger(
  connection: Connection,
  content: LedgerContent,
  inputs: LedgerInputs,
): { readonly revision: number; readonly isNew: boolean } {
  const json = toCanonicalJson(content);
  const sha256 = hash('sha256', json, 'buffer');
  return connection.write(() => {
    const newest = connection
      .prepare<[], Pick<Row, 'revision' | 'content_sha256'>>(
        'SELECT revision, content_sha256 FROM ledger_revision ORDER BY revision DESC LIMIT 1',
      )
      .get();
    if (newest && sha256.equals(newest.content_sha256))
      return { revision: newest.revision, isNew: false };
    const revision = (newest?.revision ?? 0) + 1;
    connection
      .prepare(
        `INSERT INTO ledger_revision (revision, built_at_ms, inputs, content_sha256, content)
         VALUES (?, ?, ?, ?, ?)`,
      )
      .run(
        revision,
        connection.clock.nowMs(),
        toCanonicalJson(inputs),
        sha256,
        zstdCompressSync(json),
      );
    return { revision, isNew: true };
  });
}

/**
 * Reads a revision, the newest unless told; undefined when there is none.
 * @throws Error when the content is not what was stored.
 */
export function getLedger(connection: Connection, revision?: number): StoredLedger | undefined {
  const row = connection
    .prepare<[number | null], Row & { content: Uint8Array }>(
      `SELECT * FROM ledger_revision WHERE revision =
         COALESCE(?, (SELECT MAX(revision) FROM ledger_revision))`,
    )
    .get(revision ?? null);
  if (!row) return undefined;
  const bytes = zstdDecompressSync(row.content, { maxOutputLength: MAX_CONTENT_BYTES });
  if (!hash('sha256', bytes, 'buffer').equals(row.content_sha256))
    throw new Error(
      `Revision ${row.revision} of the ledger is not what was stored; run \`reachline verify\`.`,
    );
  return { ...toRevision(row), content: JSON.parse(bytes.toString('utf8')) as LedgerContent };
}

/** Revisions, newest first. */
export function listLedgerRevisions(
  connection: Connection,
  { limit }: { readonly limit: number },
): LedgerRevision[] {
  return connection
    .prepare<[number], Row>(
      `SELECT revision, built_at_ms, inputs, content_sha256 FROM ledger_revision
       ORDER BY revision DESC LIMIT ?`,
    )
    .all(limit)
    .map(toRevision);
}
