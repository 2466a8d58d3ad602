/**
 * The words of the analysis: what was measured of a lane round by round, what restrictions follow from it, and which
 * of them belong together. They stand with the database, since pages show them too. Instants are epoch milliseconds UTC.
 */
export type {
  Episode,
  Incident,
  IncidentEntry,
  Interval,
  Level,
  Part,
  Round,
  Severity,
} from '../../db/incident-types.ts';
export type { LaneRun, RunLane } from '../../db/lane-runs.ts';
