/** Events as they are kept: one row for ever, in the order in which they became known. */
import type { AlertEvent, AlertKind, StoredAlert } from './alert-types.ts';
import type { Connection } from './connection.ts';

/** An event and whether it may still be sent. */
export type NewAlert = {
  readonly event: AlertEvent;
  /** True for what stands in feeds and is sent to nobody. */
  readonly isHistory: boolean;
};

/** Which events; every filter left out lets all pass. An event about all services or countries passes every filter. */
export type AlertQuery = {
  readonly services?: readonly string[];
  readonly countryCodes?: readonly string[];
  readonly kinds?: readonly AlertKind[];
  /** Those that happened, or became known, from here on. */
  readonly sinceMs?: number;
  /** The newest ones. */
  readonly limit: number;
};

/** Stands for all services or countries. */
const ALL = '';

type Row = { readonly seq: number; readonly record: string };

function toAlert({ seq, record }: Row): StoredAlert {
  return { ...(JSON.parse(record) as AlertEvent), seq };
}

/** Stores the events that are new, in the given order, and gives them; on disk when this returns. */
export function insertAlerts(connection: Connection, alerts: readonly NewAlert[]): StoredAlert[] {
  const find = connection.prepare<[string], { seq: number }>('SELECT seq FROM alert WHERE id = ?');
  const fresh = alerts.filter(({ event }) => find.get(event.id) === undefined);
  if (fresh.length === 0) return [];
  return connection.write(() => fresh.flatMap((alert) => insertAlert(connection, alert)));
}

function insertAlert(connection: Connection, { event, isHistory }: NewAlert): StoredAlert[] {
  const { changes, lastInsertRowid } = connection
    .prepare(
      `INSERT OR IGNORE INTO alert (id, kind, subject, at_ms, known_ms, shown_ms, is_history, record)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      event.id,
      event.kind,
      toSubject(event.subject),
      event.atMs,
      event.knownMs,
      Math.min(event.atMs, event.knownMs),
      isHistory ? 1 : 0,
      JSON.stringify(event),
    );
  if (changes === 0) return [];
  const seq = Number(lastInsertRowid);
  for (const service of orAll(event.services))
    connection.prepare('INSERT INTO alert_service (seq, service) VALUES (?, ?)').run(seq, service);
  for (const country of orAll(event.countryCodes))
    connection
      .prepare('INSERT INTO alert_country (seq, country_code) VALUES (?, ?)')
      .run(seq, country);
  return [{ ...event, seq }];
}

const orAll = (values: readonly string[]): Set<string> =>
  new Set(values.length === 0 ? [ALL] : values);

const toSubject = ({ kind, id }: AlertEvent['subject']): string => `${kind}:${id}`;

/** Events, newest first. */
export function listAlerts(connection: Connection, query: AlertQuery): StoredAlert[] {
  const { services, countryCodes, kinds, sinceMs = -Number.MAX_SAFE_INTEGER, limit } = query;
  const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');
  const parts: string[] = [];
  const values: (string | number)[] = [sinceMs];
  const among = (column: string, table: string, wanted: readonly string[] | undefined): void => {
    if (wanted === undefined) return;
    parts.push(
      `AND EXISTS (SELECT 1 FROM ${table} p WHERE p.seq = a.seq AND p.${column} IN ('', ${marks(wanted)}))`,
    );
    values.push(...wanted);
  };
  among('service', 'alert_service', services);
  among('country_code', 'alert_country', countryCodes);
  if (kinds !== undefined) {
    parts.push(`AND a.kind IN (${marks(kinds)})`);
    values.push(...kinds);
  }
  return connection
    .prepare<(string | number)[], Row>(
      `SELECT a.seq, a.record FROM alert a WHERE a.shown_ms >= ? ${parts.join(' ')}
       ORDER BY a.shown_ms DESC, a.seq DESC LIMIT ?`,
    )
    .all(...values, limit)
    .map(toAlert);
}

/** Events to be sent that became known after another, in that order. */
export function listAlertsAfter(connection: Connection, seq: number, limit: number): StoredAlert[] {
  return connection
    .prepare<[number, number], Row>(
      'SELECT seq, record FROM alert WHERE seq > ? AND is_history = 0 ORDER BY seq LIMIT ?',
    )
    .all(seq, limit)
    .map(toAlert);
}

/** The newest place in the order; 0 when there is no event. */
export function newestAlertSeq(connection: Connection): number {
  return (
    connection.prepare<[], { seq: number }>('SELECT COALESCE(MAX(seq), 0) AS seq FROM alert').get()
      ?.seq ?? 0
  );
}

/** One event by its id. */
export function getAlert(connection: Connection, id: string): StoredAlert | undefined {
  const row = connection
    .prepare<[string], Row>('SELECT seq, record FROM alert WHERE id = ?')
    .get(id);
  return row && toAlert(row);
}

/** The last event about each of the subjects of a kind, by the subject's id. */
export function listLastAlerts(
  connection: Connection,
  subjectKind: AlertEvent['subject']['kind'],
): Map<string, StoredAlert> {
  const rows = connection
    .prepare<[string, string], Row>(
      `SELECT seq, record FROM alert WHERE seq IN
         (SELECT MAX(seq) FROM alert WHERE subject >= ? AND subject < ? GROUP BY subject)`,
    )
    // A colon ends the kind; a semicolon is the next character.
    .all(`${subjectKind}:`, `${subjectKind};`)
    .map(toAlert);
  return new Map(rows.map((alert) => [alert.subject.id, alert]));
}

/** Since when events are watched for; undefined before `startAlertWatch`. */
export function alertWatchSince(connection: Connection): number | undefined {
  return connection.prepare<[], { since_ms: number }>('SELECT since_ms FROM alert_watch').get()
    ?.since_ms;
}

/** Remembers that all that was there is stored as history, so that what comes from now on is news. */
export function startAlertWatch(connection: Connection): void {
  connection.write(() => {
    connection
      .prepare('INSERT OR IGNORE INTO alert_watch (id, since_ms) VALUES (1, ?)')
      .run(connection.clock.nowMs());
  });
}
