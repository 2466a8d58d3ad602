/** Incidents as they are now, with their restrictions; what was concluded of them is in incident-log.ts. */
import { isDeepStrictEqual } from 'node:util';
import type { Connection } from './connection.ts';
import { appendIncidentEntry, listHolding, listIncidentLog } from './incident-log.ts';
import type { Episode, Incident, IncidentEntry, Severity } from './incident-types.ts';

/** Which incidents; every filter left out lets all pass. */
export type IncidentQuery = {
  readonly services?: readonly string[];
  readonly countryCodes?: readonly string[];
  readonly states?: readonly Incident['state'][];
  readonly severities?: readonly Severity[];
  /** Those that were not over before; included. */
  readonly fromMs?: number;
  /** Those that began before; not included. */
  readonly toMs?: number;
  /** Those that come after this one in the list. */
  readonly after?: { readonly onsetMs: number; readonly id: string };
  /** The newest ones; all unless told. */
  readonly limit?: number;
};

/** What the incidents of one service in one country are, from an instant on. */
export type IncidentUpdate = {
  readonly service: string;
  readonly countryCode: string;
  /** Stored incidents with an onset from here on are replaced; `-Infinity` for all. */
  readonly fromMs: number;
  /** By onset; their logs as derived. */
  readonly incidents: readonly Incident[];
  /** Entries about later instants wait: what is measured at the same time may still be on its way. */
  readonly concludedMs: number;
  /** Why what was concluded before may change, as the beginning of a sentence, e.g. `Late data of ru-volga`. */
  readonly reason: string;
  /** The numbers of the detector, kept with each incident. */
  readonly rules: string;
};

/** What an update did. */
export type IncidentChanges = {
  /** Ids of incidents that are new or are not what they were. */
  readonly changed: readonly string[];
  /** Those of them in which a restriction began, ended, became a full block or less, or unstable; further rounds are none of that. */
  readonly turned: readonly string[];
  /** Ids of incidents that there are no longer. */
  readonly withdrawn: readonly string[];
  /** Entries added to logs, by incident. */
  readonly entries: readonly (IncidentEntry & { readonly incidentId: string })[];
  /** The instant of the earliest entry that waits; absent when none does. */
  readonly waitingMs?: number;
};

type Row = Readonly<Record<string, string | number | null>> & {
  readonly id: number;
  readonly name: string;
  readonly record: string;
  readonly rules: string;
};

/** The end of time in SQL. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

/** Restrictions of an incident as stored text, in order. */
function readEpisodes(connection: Connection, incidentId: number): string[] {
  return connection
    .prepare<[number], { record: string }>(
      'SELECT record FROM incident_episode WHERE incident_id = ? ORDER BY position',
    )
    .all(incidentId)
    .map(({ record }) => record);
}

/** A restriction out of its stored text, which may be older than its levels. */
function parseEpisode(text: string): Episode {
  const stored = JSON.parse(text) as Omit<Episode, 'levels'> & Partial<Pick<Episode, 'levels'>>;
  return { ...stored, levels: stored.levels ?? [] };
}

/** What is stored of an incident: compared as text, so that a damaged row is simply another one. */
function toTexts({ episodes, ...record }: Incident): { record: string; episodes: string[] } {
  return {
    record: JSON.stringify(record),
    episodes: episodes.map((episode) => JSON.stringify(episode)),
  };
}

/** True when all rows of an incident are as they would be written now. */
function isStored(connection: Connection, row: Row, incident: Incident, rules: string): boolean {
  const { record, episodes } = toTexts(incident);
  const columns = Object.entries({ ...describeColumns(incident), record, rules });
  const stored = connection
    .prepare<[number], unknown[]>(`SELECT ${EPISODE_COLUMNS} FROM incident_episode
       WHERE incident_id = ? ORDER BY position`)
    .raw()
    .all(row.id);
  const expected = incident.episodes.map((episode, position) => [
    position,
    ...toEpisodeCells(connection, episode),
    episodes[position],
  ]);
  return columns.every(([key, value]) => row[key] === value) && isDeepStrictEqual(stored, expected);
}

const EPISODE_COLUMNS = 'position, vantage, function, onset_by_ms, end_by_ms, record';

/** What a reader would see turn: where something is restricted, how far, and whether that is certain. */
function describeTurns(episodes: readonly Episode[]): string {
  return JSON.stringify(
    episodes.map(({ vantageId, function: part, levels, onset, end, isUnstable }) => [
      vantageId,
      part,
      onset.byMs,
      levels.map(({ kind }) => kind),
      end?.byMs ?? null,
      isUnstable,
    ]),
  );
}

function hasTurned(connection: Connection, row: Row | undefined, { episodes }: Incident): boolean {
  if (!row) return true;
  const stored = readEpisodes(connection, row.id).map(parseEpisode);
  return describeTurns(stored) !== describeTurns(episodes);
}

/** What is searched of a restriction, in the order of the columns. */
function toEpisodeCells(connection: Connection, episode: Episode): (string | number | null)[] {
  return [
    episode.vantageId,
    connection.codes.function.toCode(episode.function),
    episode.onset.byMs,
    episode.end?.byMs ?? null,
  ];
}

/** An incident with the log of what was concluded, revisions included, in place of the derived one. */
function readIncident(connection: Connection, row: Row): Incident {
  const record = JSON.parse(row.record) as Omit<Incident, 'episodes'>;
  const episodes = readEpisodes(connection, row.id).map(parseEpisode);
  return { ...record, episodes, log: listIncidentLog(connection, row.name) };
}

/** Incidents, newest onset first. */
export function listIncidents(connection: Connection, query: IncidentQuery = {}): Incident[] {
  const lets = <T>(allowed: readonly T[] | undefined, value: T): boolean =>
    allowed === undefined || allowed.includes(value);
  const afterMs = query.after?.onsetMs ?? NEVER_MS;
  return connection.read(() =>
    connection
      .prepare<
        [number, number, number, number, string],
        Row & {
          service: string;
          country_code: string;
          state: Incident['state'];
          severity: Severity;
        }
      >(
        `SELECT * FROM incident WHERE onset_by_ms < ? AND COALESCE(decided_ms, ${NEVER_MS}) >= ?
           AND onset_by_ms <= ? AND (onset_by_ms < ? OR name > ?)
         ORDER BY onset_by_ms DESC, name`,
      )
      .all(
        query.toMs ?? NEVER_MS,
        query.fromMs ?? -NEVER_MS,
        afterMs,
        afterMs,
        query.after?.id ?? '',
      )
      .filter(
        (row) =>
          lets(query.services, row.service) &&
          lets(query.countryCodes, row.country_code) &&
          lets(query.states, row.state) &&
          lets(query.severities, row.severity),
      )
      .slice(0, query.limit ?? Number.POSITIVE_INFINITY)
      .map((row) => readIncident(connection, row)),
  );
}

/** Restrictions of all incidents of a service, by incident. */
export function listEpisodes(connection: Connection, service: string): Episode[] {
  return connection
    .prepare<[string], { record: string }>(
      `SELECT e.record FROM incident i JOIN incident_episode e ON e.incident_id = i.id
       WHERE i.service = ? ORDER BY i.onset_by_ms, i.name, e.position`,
    )
    .all(service)
    .map(({ record }) => parseEpisode(record));
}

/** One incident by its id. */
export function getIncident(connection: Connection, name: string): Incident | undefined {
  return connection.read(() => {
    const row = connection
      .prepare<[string], Row>('SELECT * FROM incident WHERE name = ?')
      .get(name);
    return row && readIncident(connection, row);
  });
}

/** Puts incidents in place of those that were there, and adds to their logs what is new; on disk when this returns. */
export function updateIncidents(connection: Connection, update: IncidentUpdate): IncidentChanges {
  const { service, countryCode, fromMs } = update;
  const stored = connection
    .prepare<[string, string, number], Row>(
      'SELECT * FROM incident WHERE service = ? AND country_code = ? AND onset_by_ms >= ? ORDER BY onset_by_ms',
    )
    .all(service, countryCode, Math.max(fromMs, -NEVER_MS));
  const before = new Map(stored.map((row) => [row.name, row]));
  const names = new Set(update.incidents.map(({ id }) => id));
  const changed = update.incidents.filter((incident) => {
    const row = before.get(incident.id);
    return !row || !isStored(connection, row, incident, update.rules);
  });
  const turned = changed.filter((one) => hasTurned(connection, before.get(one.id), one));
  const withdrawn = stored.filter(({ name }) => !names.has(name));
  const logs = [
    ...withdrawn.map(({ name }) => ({ name, entries: reconcile(connection, update, name, []) })),
    ...update.incidents.map(({ id, log }) => ({
      name: id,
      entries: reconcile(connection, update, id, log),
    })),
  ].filter(({ entries }) => entries.length > 0);
  if (changed.length + withdrawn.length + logs.length > 0)
    connection.write(() => {
      for (const row of withdrawn) deleteIncident(connection, row.id);
      for (const incident of changed) {
        const row = before.get(incident.id);
        if (row) deleteIncident(connection, row.id);
        insertIncident(connection, incident, update.rules);
      }
      for (const { name, entries } of logs)
        for (const entry of entries) appendIncidentEntry(connection, name, entry);
    });
  const waiting = update.incidents
    .flatMap(({ log }) => log.map(({ atMs }) => atMs))
    .filter((atMs) => atMs > update.concludedMs);
  return {
    changed: changed.map(({ id }) => id),
    turned: turned.map(({ id }) => id),
    withdrawn: withdrawn.map(({ name }) => name),
    entries: logs.flatMap(({ name, entries }) =>
      entries.map(({ atMs, kind, text, measurementIds }) => ({
        incidentId: name,
        atMs,
        kind,
        text,
        measurementIds,
      })),
    ),
    ...(waiting.length > 0 ? { waitingMs: Math.min(...waiting) } : {}),
  };
}

/** The entries that make a stored log say what was derived: further ones, after a revision where it said otherwise. */
function reconcile(
  connection: Connection,
  { concludedMs, reason }: IncidentUpdate,
  name: string,
  derived: readonly IncidentEntry[],
): (IncidentEntry & { readonly kept?: number })[] {
  const holding = listHolding(listIncidentLog(connection, name));
  const isSame = (entry: IncidentEntry, index: number): boolean =>
    isDeepStrictEqual(entry, derived[index]);
  const differing = holding.findIndex((entry, index) => !isSame(entry, index));
  const kept = differing < 0 ? holding.length : differing;
  // Whatever was said once and no longer holds is taken back at once; what is new waits for its time.
  const further = derived.slice(kept).filter(({ atMs }) => atMs <= concludedMs);
  if (differing < 0) return further;
  const [first] = holding.slice(kept);
  const what =
    derived.length === 0
      ? 'it is no longer found here'
      : `what was concluded from ${new Date(first?.atMs ?? 0).toISOString()} on was derived again`;
  const revision = {
    atMs: first?.atMs ?? 0,
    kind: 'revised',
    text: `${reason}: ${what}.`,
    measurementIds: [],
    kept,
  } as const;
  return [revision, ...further];
}

/** Puts incidents in the place of all there are, without their logs; inside a transaction of the caller if any. */
export function replaceAllIncidents(
  connection: Connection,
  incidents: readonly Incident[],
  rules: string,
): void {
  connection.prepare('DELETE FROM incident_episode').run();
  connection.prepare('DELETE FROM incident').run();
  for (const incident of incidents) insertIncident(connection, incident, rules);
}

function deleteIncident(connection: Connection, id: number): void {
  connection.prepare('DELETE FROM incident_episode WHERE incident_id = ?').run(id);
  connection.prepare('DELETE FROM incident WHERE id = ?').run(id);
}

/** The last instant at which anything was concluded; none while something is restricted. */
function decidedMsOf({ end, log }: Incident): number | null {
  return end ? Math.max(end.byMs, ...log.map(({ atMs }) => atMs)) : null;
}

function insertIncident(connection: Connection, incident: Incident, rules: string): void {
  const { record, episodes } = toTexts(incident);
  const { lastInsertRowid } = connection
    .prepare(
      `INSERT INTO incident (name, service, country_code, state, severity, onset_by_ms, decided_ms, record, rules)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      incident.id,
      incident.service,
      incident.countryCode,
      incident.state,
      incident.severity,
      incident.onset.byMs,
      decidedMsOf(incident),
      record,
      rules,
    );
  for (const [position, episode] of incident.episodes.entries())
    connection
      .prepare(
        `INSERT INTO incident_episode (incident_id, ${EPISODE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        Number(lastInsertRowid),
        position,
        ...toEpisodeCells(connection, episode),
        episodes[position],
      );
}

/** What is searched of an incident beside its record, for `verify`. */
export function describeColumns(incident: Incident): Record<string, string | number | null> {
  return {
    name: incident.id,
    service: incident.service,
    country_code: incident.countryCode,
    state: incident.state,
    severity: incident.severity,
    onset_by_ms: incident.onset.byMs,
    decided_ms: decidedMsOf(incident),
  };
}
