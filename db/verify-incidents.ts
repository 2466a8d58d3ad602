/** Checks that incidents are whole, and that they say what their append-only logs say. */
import { isDeepStrictEqual } from 'node:util';
import type { Connection } from './connection.ts';
import { listHolding, listIncidentLog } from './incident-log.ts';
import type { Episode, Incident } from './incident-types.ts';
import { describeColumns } from './incidents.ts';
import { type Findings, REMEDY } from './verify-report.ts';

type Row = Record<string, string | number | null> & { id: number; name: string; record: string };

/** What differs between an incident and its columns, restrictions and log; undefined when nothing does. */
function findProblem(connection: Connection, row: Row): string | undefined {
  const record = JSON.parse(row.record) as Incident;
  const columns = describeColumns(record);
  const stored = Object.fromEntries(Object.keys(columns).map((key) => [key, row[key]]));
  if (!isDeepStrictEqual(columns, stored))
    return 'The columns that are searched differ from the record.';
  const episodes = connection
    .prepare<
      [number],
      { onset_by_ms: number; end_by_ms: number | null; vantage: string; record: string }
    >(
      'SELECT onset_by_ms, end_by_ms, vantage, record FROM incident_episode WHERE incident_id = ? ORDER BY position',
    )
    .all(row.id);
  for (const { record: text, ...found } of episodes) {
    const episode = JSON.parse(text) as Episode;
    const expected = {
      onset_by_ms: episode.onset.byMs,
      end_by_ms: episode.end?.byMs ?? null,
      vantage: episode.vantageId,
    };
    if (!isDeepStrictEqual(expected, found))
      return 'The columns of a restriction differ from its record.';
  }
  if (episodes.length === 0) return 'It has no restrictions.';
  // The newest conclusions may wait for what is measured at the same time.
  const holding = listHolding(listIncidentLog(connection, row.name));
  if (!isDeepStrictEqual(holding, record.log.slice(0, holding.length)))
    return 'Its log says something else.';
  return undefined;
}

/** Checks every incident. */
export function verifyIncidents(connection: Connection, findings: Findings): undefined {
  const rows = connection.prepare<[], Row>('SELECT * FROM incident ORDER BY id').all();
  for (const [index, row] of rows.entries()) {
    findings.count(index + 1, rows.length);
    let problem: string | undefined;
    try {
      problem = findProblem(connection, row);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      problem = 'It cannot be read.';
    }
    if (problem) findings.add(`incident ${row.name}`, problem, REMEDY.rebuild);
  }
  return undefined;
}
