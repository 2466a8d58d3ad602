/**
 * Reading lanes as runs of equal rounds, for the detector of incidents: a year of one lane is a few hundred of them.
 * The first rounds of each are read exactly, since they decide when something opens or closes.
 */
import type { LaneState, Mechanism, Vantage } from '../probes/types.ts';
import type { LaneFunction } from './codes.ts';
import type { Connection } from './connection.ts';
import type { Round } from './incident-types.ts';
import { formatMeasurementId } from './measurement-id.ts';
import { CURRENT_JUDGEMENT } from './samples.ts';
import type { Sample, SpanRow } from './spans.ts';
import { listVantages } from './vantages.ts';

/** Rounds of one state and mechanism without a missed one between. */
export type LaneRun = {
  readonly state: LaneState;
  readonly mechanism?: Mechanism;
  readonly count: number;
  /** From the last round to when the next was due. */
  readonly intervalMs: number;
  /** The first rounds, as many as were asked for or as there are; only one where more of them cannot matter. */
  readonly head: readonly Round[];
  readonly last: Round;
};

/** A lane as its runs, by time; holes between runs are rounds that were missed. */
export type RunLane = {
  readonly service: string;
  readonly function: LaneFunction;
  readonly vantage: Vantage;
  readonly runs: readonly LaneRun[];
};

/** Which lanes, and from where on. */
export type RunQuery = {
  readonly service: string;
  readonly vantageIds: readonly string[];
  /** Rounds of each run that are read exactly. */
  readonly headRounds: number;
  /**
   * Good rounds in a row that end a restriction. Until then a run that repeats what an earlier one of at least
   * `headRounds` said is read without its head, which saves most reading while a restriction lasts; 0 reads all heads.
   */
  readonly closingRounds: number;
  /**
   * Each lane starts with its latest calm run from before this instant, or with its first run. Calm is a run of good
   * rounds of at least this many rounds and this length. Absent: everything is read.
   */
  readonly from?: { readonly atMs: number; readonly calmRounds: number; readonly calmMs: number };
};

type FoundLane = {
  readonly id: number;
  readonly service_id: number;
  readonly vantage_id: number;
  readonly vantage: string;
  readonly function: number;
};

/** The instant at which the runs of a lane start that are asked for. */
function findStart(connection: Connection, laneId: number, from: RunQuery['from']): number {
  if (!from) return Number.MIN_SAFE_INTEGER;
  const row = connection
    .prepare<[number, number, number, number, number], { from_ms: number }>(
      `SELECT from_ms FROM span WHERE lane_id = ? AND from_ms <= ? AND verdict = ? AND count >= ?
         AND last_slot_ms - from_ms >= ? ORDER BY from_ms DESC LIMIT 1`,
    )
    .get(laneId, from.atMs, connection.codes.verdict.toCode('ok'), from.calmRounds, from.calmMs);
  return row?.from_ms ?? Number.MIN_SAFE_INTEGER;
}

/** The first rounds of a span: of several runs in one slot the last one counts. */
function readHead(
  connection: Connection,
  lane: FoundLane,
  span: SpanRow,
  headRounds: number,
): Sample[] {
  const wanted = Math.min(headRounds, span.count);
  const statement = connection.prepare<[number, number, number, number, number, number], Sample>(
    `SELECT m.slot_ms AS slotMs, m.seq, m.interval_ms AS intervalMs, v.verdict, v.mechanism, v.confidence
     FROM measurement m JOIN judgement_verdict v ON v.judgement_entry = ${CURRENT_JUDGEMENT} AND v.function = ?
     WHERE m.service_id = ? AND m.vantage_id = ? AND m.slot_ms BETWEEN ? AND ?
     ORDER BY m.slot_ms, m.seq LIMIT ?`,
  );
  const scope = [lane.function, lane.service_id, lane.vantage_id] as const;
  for (let limit = wanted + 1; ; limit *= 2) {
    const rows = statement.all(...scope, span.from_ms, span.last_slot_ms, limit);
    const isWhole = rows.length < limit;
    // Whether the last row of a cut list is the last of its slot is not known.
    const last = rows.filter((row, index) => {
      const next = rows[index + 1];
      return next === undefined ? isWhole : next.slotMs !== row.slotMs;
    });
    if (isWhole || last.length >= wanted) return last.slice(0, wanted);
  }
}

function toRun(
  connection: Connection,
  lane: FoundLane,
  service: string,
  span: SpanRow,
  headRounds: number,
  isRepeating: boolean,
): LaneRun {
  const { codes } = connection;
  const state = codes.verdict.toName(span.verdict);
  const mechanism = span.mechanism === null ? undefined : codes.mechanism.toName(span.mechanism);
  const toRound = (slotMs: number, seq: number, confidence: number): Round => ({
    slotMs,
    state,
    ...(mechanism === undefined ? {} : { mechanism }),
    confidence: codes.confidence.toName(confidence),
    measurementId: formatMeasurementId({ service, vantageId: lane.vantage, slotMs, seq }),
  });
  const last = toRound(span.last_slot_ms, span.last_seq, span.confidence);
  const head =
    span.count === 1
      ? [last]
      : isRepeating
        ? [toRound(span.from_ms, span.first_seq, span.confidence)]
        : readHead(connection, lane, span, headRounds).map((sample) =>
            toRound(sample.slotMs, sample.seq, sample.confidence),
          );
  return {
    state,
    ...(mechanism === undefined ? {} : { mechanism }),
    count: span.count,
    intervalMs: Math.max(1, span.until_ms - span.last_slot_ms),
    head,
    last,
  };
}

/** States of a restriction; the words of the detector for them are in server/analysis/rounds.ts. */
const BAD: ReadonlySet<LaneState> = new Set(['blocked', 'likely_blocked', 'impaired']);

function toRuns(
  connection: Connection,
  lane: FoundLane,
  spans: readonly SpanRow[],
  { service, headRounds, closingRounds }: RunQuery,
): LaneRun[] {
  let steady: SpanRow | undefined;
  let goods = 0;
  return spans.map((span) => {
    const state = connection.codes.verdict.toName(span.verdict);
    if (state === 'ok') goods += span.count;
    const isLasting = steady !== undefined && goods < closingRounds;
    if (!isLasting) steady = undefined;
    if (!BAD.has(state)) return toRun(connection, lane, service, span, headRounds, false);
    goods = 0;
    const isRepeating = steady?.verdict === span.verdict && steady.mechanism === span.mechanism;
    // Only the same as the run just before: a mechanism that comes back is a change again.
    steady = isRepeating || span.count >= headRounds ? span : undefined;
    return toRun(connection, lane, service, span, headRounds, isRepeating);
  });
}

/** Reads lanes of one service as runs, by vantage and function. */
export function listLaneRuns(connection: Connection, query: RunQuery): RunLane[] {
  const vantages = new Map(listVantages(connection).map((one) => [one.id, one]));
  return connection.read(() =>
    connection
      .prepare<[string], FoundLane>(
        `SELECT l.id, l.service_id, l.vantage_id, v.name AS vantage, l.function FROM lane l
         JOIN service s ON s.id = l.service_id JOIN vantage v ON v.id = l.vantage_id
         WHERE s.name = ? ORDER BY v.name, l.function`,
      )
      .all(query.service)
      .flatMap((lane) => {
        const vantage = vantages.get(lane.vantage);
        if (!vantage || !query.vantageIds.includes(lane.vantage)) return [];
        const spans = connection
          .prepare<[number, number], SpanRow>(
            'SELECT * FROM span WHERE lane_id = ? AND from_ms >= ? ORDER BY from_ms',
          )
          .all(lane.id, findStart(connection, lane.id, query.from));
        return [
          {
            service: query.service,
            function: connection.codes.function.toName(lane.function),
            vantage,
            runs: toRuns(connection, lane, spans, query),
          },
        ];
      }),
  );
}
