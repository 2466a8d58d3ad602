/** What happened to the process itself, and the state of the hash chain. */
import { type ChainHour, HOUR_MS } from './chain.ts';
import type { Connection } from './connection.ts';
import { digestEvent } from './entries.ts';

/** Kinds of events that the store itself or its callers record. */
const EVENT_KINDS = [
  'started',
  'stopped',
  'skipped',
  'missed',
  'failed',
  'clock_step',
  'sleep',
  'local_stall',
  'rebuilt',
  'rejudged',
  'detector_rules',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Something that happened to the process, e.g. a run that was skipped. */
export type StoreEvent = {
  readonly atMs: number;
  readonly kind: EventKind;
  /** One plain sentence, of `detector_rules` their JSON; empty when the kind says it all. */
  readonly detail: string;
};

/** An hour of the chain. */
export type ChainHourSummary = {
  readonly hourMs: number;
  readonly entries: number;
  /** SHA-256, hex. */
  readonly digest: string;
  /** True when the hour has passed: its digest never changes again. */
  readonly isSealed: boolean;
};

/** Records an event. */
export function recordEvent(connection: Connection, event: StoreEvent): void {
  connection.write(() => {
    const { atMs, kind, detail } = event;
    const storedAtMs = connection.clock.nowMs();
    const entry = connection.chain.nextEntry();
    const digest = digestEvent({ entry, storedAtMs, atMs, kind, detail });
    connection
      .prepare(
        'INSERT INTO event (entry, at_ms, kind, detail, stored_at_ms, digest) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(entry, atMs, kind, detail, storedAtMs, digest);
    connection.chain.append(digest, storedAtMs);
  });
}

/** Which events. */
export type EventQuery = {
  readonly limit: number;
  /** All of them unless told. */
  readonly kinds?: readonly EventKind[];
};

/** The numbers of the detector that are in force, as JSON; undefined before any were noted. */
export function readDetectorRules(connection: Connection): string | undefined {
  return connection
    .prepare<[], { detail: string }>(
      "SELECT detail FROM event WHERE kind = 'detector_rules' ORDER BY entry DESC LIMIT 1",
    )
    .get()?.detail;
}

/** Notes the numbers of the detector when they are others than before, so that incidents of then can be derived again. */
export function noteDetectorRules(connection: Connection, rules: string): void {
  if (readDetectorRules(connection) === rules) return;
  recordEvent(connection, {
    atMs: connection.clock.nowMs(),
    kind: 'detector_rules',
    detail: rules,
  });
}

/** Events, newest stored first. */
export function listEvents(
  connection: Connection,
  { limit, kinds = EVENT_KINDS }: EventQuery,
): StoreEvent[] {
  return connection
    .prepare<[string, number], { atMs: number; kind: EventKind; detail: string }>(
      `SELECT at_ms AS atMs, kind, detail FROM event
       WHERE kind IN (SELECT value FROM json_each(?)) ORDER BY entry DESC LIMIT ?`,
    )
    .all(JSON.stringify(kinds), limit);
}

/** Hours of the chain, newest first. */
export function listChainHours(
  connection: Connection,
  { limit }: { limit: number },
): ChainHourSummary[] {
  const currentHourMs = Math.floor(connection.clock.nowMs() / HOUR_MS) * HOUR_MS;
  return connection
    .prepare<[number], ChainHour>('SELECT * FROM chain_hour ORDER BY hour_ms DESC LIMIT ?')
    .all(limit)
    .map((hour, index) => ({
      hourMs: hour.hour_ms,
      entries: hour.last_entry - hour.first_entry + 1,
      digest: Buffer.from(hour.digest).toString('hex'),
      isSealed: index > 0 || hour.hour_ms < currentHourMs,
    }));
}

/** The number of the newest entry: it grows with every write that changes what can be read. */
export function readDataVersion(connection: Connection): number {
  // The first counts what this connection wrote, the second what others did; both cost nothing, the maximum a scan.
  const own = connection
    .prepare<[], { changes: number }>('SELECT total_changes() AS changes')
    .get()?.changes;
  const others = connection
    .prepare<[], { data_version: number }>('PRAGMA data_version')
    .get()?.data_version;
  const seen = `${own} ${others}`;
  const held = dataVersions.get(connection);
  if (held?.seen === seen) return held.version;
  const version =
    connection
      .prepare<[], { version: number | null }>('SELECT MAX(last_entry) AS version FROM chain_hour')
      .get()?.version ?? 0;
  dataVersions.set(connection, { seen, version });
  return version;
}

const dataVersions = new WeakMap<Connection, { readonly seen: string; readonly version: number }>();
