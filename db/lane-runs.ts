/**
 * Reading lanes as runs of equal rounds, a page at a time, for the detector of incidents: a year of one lane is a few
 * hundred of them. The first rounds are read exactly where they decide when something opens or closes.
 */
import type { LaneState, Mechanism, Vantage } from '../probes/types.ts';
import type { LaneFunction } from './codes.ts';
import type { Connection } from './connection.ts';
import type { Round } from './incident-types.ts';
import { formatMeasurementId } from './measurement-id.ts';
import { CURRENT_JUDGEMENT } from './samples.ts';
import type { Sample, SpanRow } from './spans.ts';

/** Rounds of one state and mechanism without a missed one between. */
export type LaneRun = {
  readonly state: LaneState;
  readonly mechanism?: Mechanism;
  readonly count: number;
  /** From the last round to when the next was due, whether it came then or not. */
  readonly intervalMs: number;
  /** True when it goes on from the run before without a change. */
  readonly isContinued?: boolean;
  /** The first rounds, as many as were asked for or as there are; only one where more of them cannot matter. Never empty. */
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

/** Names a lane. */
export type LaneName = Pick<RunLane, 'service' | 'function'> & { readonly vantageId: string };

/** How far a lane was read, and what decides how exactly its next runs are. */
export type RunCursor = {
  /** Slot of the first round of the span that was read last, and how many of its rounds were. */
  readonly fromMs: number;
  readonly count: number;
  /** Slot of the last round that was read. */
  readonly upToMs: number;
  /** Good rounds since the last failed one. */
  readonly goods: number;
  /** True while a restriction may be open. */
  readonly isDoubtful: boolean;
  /** The failed run just before, when it was long enough to have opened a restriction that lasts. */
  readonly steady?: Pick<SpanRow, 'verdict' | 'mechanism'>;
};

/** What is read of a lane at once. */
export type RunQuery = LaneName & {
  /** Where the page before ended; the beginning when absent. */
  readonly after?: RunCursor;
  /** Runs that end at this instant or later are left for another time. */
  readonly untilMs?: number;
  readonly limit: number;
  /** Rounds of each run that are read exactly, where they can matter. */
  readonly headRounds: number;
  /**
   * Good rounds in a row that end a restriction. While one lasts, a run that repeats what an earlier one of at least
   * `headRounds` said is read without its head, and so are good runs once it is over: that saves most reading. 0 reads
   * all heads.
   */
  readonly closingRounds: number;
};

/** A stretch of a lane. */
export type RunPage = {
  readonly runs: readonly LaneRun[];
  /** For the next page; absent when nothing was ever read. */
  readonly after?: RunCursor;
  readonly isEnd: boolean;
};

type FoundLane = {
  readonly id: number;
  readonly service_id: number;
  readonly vantage_id: number;
  readonly vantage: string;
  readonly function: number;
};

/** The first rounds of a span: of several runs in one slot the last one counts. */
function readHead(
  connection: Connection,
  lane: FoundLane,
  span: Pick<SpanRow, 'from_ms' | 'last_slot_ms' | 'count'>,
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

/** What is left of a span after the rounds that were read before. */
type Rest = SpanRow & { readonly isContinued: boolean };

/** Time from the last round of a span to when the next was due; the span itself is cut where another begins. */
function readInterval(connection: Connection, lane: FoundLane, span: SpanRow): number {
  const row = connection
    .prepare<[number, number, number, number], { interval_ms: number }>(
      'SELECT interval_ms FROM measurement WHERE service_id = ? AND vantage_id = ? AND slot_ms = ? AND seq = ?',
    )
    .get(lane.service_id, lane.vantage_id, span.last_slot_ms, span.last_seq);
  return row?.interval_ms ?? Math.max(1, span.until_ms - span.last_slot_ms);
}

function toRun(
  connection: Connection,
  lane: FoundLane,
  service: string,
  span: Rest,
  headRounds: number,
): LaneRun {
  const { codes } = connection;
  const state = codes.verdict.toName(span.verdict);
  const mechanism = span.mechanism === null ? undefined : codes.mechanism.toName(span.mechanism);
  const intervalMs = readInterval(connection, lane, span);
  const toRound = (
    slotMs: number,
    seq: number,
    confidence: number,
    lengthMs = intervalMs,
  ): Round => ({
    slotMs,
    intervalMs: lengthMs,
    state,
    ...(mechanism === undefined ? {} : { mechanism }),
    confidence: codes.confidence.toName(confidence),
    measurementId: formatMeasurementId({ service, vantageId: lane.vantage, slotMs, seq }),
  });
  const last = toRound(span.last_slot_ms, span.last_seq, span.confidence);
  const isKnown = headRounds === 1 && !span.isContinued;
  const head =
    span.count === 1
      ? [last]
      : isKnown
        ? [toRound(span.from_ms, span.first_seq, span.confidence)]
        : readHead(connection, lane, span, headRounds).map((sample) =>
            toRound(sample.slotMs, sample.seq, sample.confidence, sample.intervalMs),
          );
  return {
    state,
    ...(mechanism === undefined ? {} : { mechanism }),
    count: span.count,
    intervalMs,
    ...(span.isContinued ? { isContinued: true } : {}),
    head,
    last,
  };
}

/** States of a restriction; the words of the detector for them are in server/analysis/telling.ts. */
const BAD: ReadonlySet<LaneState> = new Set(['blocked', 'likely_blocked', 'impaired']);

/** How many rounds of a span must be known exactly, and what that of the next one depends on. */
function planHead(
  before: Omit<RunCursor, 'fromMs' | 'count' | 'upToMs'>,
  state: LaneState,
  span: SpanRow,
  { headRounds, closingRounds }: RunQuery,
): { rounds: number; next: Omit<RunCursor, 'fromMs' | 'count' | 'upToMs'> } {
  if (closingRounds === 0) return { rounds: headRounds, next: before };
  if (BAD.has(state)) {
    const { steady } = before;
    // Only the same as the run just before: a mechanism that comes back is a change again.
    const isRepeating = steady?.verdict === span.verdict && steady.mechanism === span.mechanism;
    const isSteady = isRepeating || span.count >= headRounds;
    const { verdict, mechanism } = span;
    const next = { goods: 0, isDoubtful: true };
    return {
      rounds: isRepeating ? 1 : headRounds,
      next: isSteady ? { ...next, steady: { verdict, mechanism } } : next,
    };
  }
  if (state !== 'ok') return { rounds: 1, next: before };
  const goods = before.goods + span.count;
  const isOver = goods >= closingRounds;
  return {
    rounds: before.isDoubtful ? headRounds : 1,
    next: isOver ? { goods, isDoubtful: false } : { ...before, goods },
  };
}

/** Lanes of a service that hold anything, by vantage and function. */
export function listRunLanes(connection: Connection, service: string): LaneName[] {
  return connection
    .prepare<[string], { vantage: string; function: number }>(
      `SELECT v.name AS vantage, l.function FROM lane l
       JOIN service s ON s.id = l.service_id JOIN vantage v ON v.id = l.vantage_id
       WHERE s.name = ? ORDER BY v.name, l.function`,
    )
    .all(service)
    .map((row) => ({
      service,
      vantageId: row.vantage,
      function: connection.codes.function.toName(row.function),
    }));
}

/** The span without the rounds that were read. */
function withoutRead(span: SpanRow, after: RunCursor | undefined): Rest {
  if (after === undefined || span.from_ms > after.upToMs) return { ...span, isContinued: false };
  const count = span.count - (span.from_ms === after.fromMs ? after.count : 0);
  return { ...span, from_ms: after.upToMs + 1, count, isContinued: true };
}

/** Reads the next runs of one lane, by time. */
export function readLaneRuns(connection: Connection, query: RunQuery): RunPage {
  const { service, after, limit, untilMs = Number.MAX_SAFE_INTEGER } = query;
  return connection.read(() => {
    const lane = connection
      .prepare<[string, string, number], FoundLane>(
        `SELECT l.id, l.service_id, l.vantage_id, v.name AS vantage, l.function FROM lane l
         JOIN service s ON s.id = l.service_id JOIN vantage v ON v.id = l.vantage_id
         WHERE s.name = ? AND v.name = ? AND l.function = ?`,
      )
      .get(service, query.vantageId, connection.codes.function.toCode(query.function));
    if (!lane) return { runs: [], isEnd: true };
    const spans = connection
      .prepare<[number, number, number, number], SpanRow>(
        'SELECT * FROM span WHERE lane_id = ? AND from_ms >= ? AND last_slot_ms > ? ORDER BY from_ms LIMIT ?',
      )
      .all(lane.id, after?.fromMs ?? Number.MIN_SAFE_INTEGER, after?.upToMs ?? -1, limit);
    const due = spans.filter(({ last_slot_ms: lastMs }) => lastMs < untilMs);
    let cursor = after;
    const runs = due.map((span) => {
      const state = connection.codes.verdict.toName(span.verdict);
      const rest = withoutRead(span, cursor);
      const before = cursor ?? { goods: 0, isDoubtful: false };
      const { rounds, next } = planHead(before, state, rest, query);
      const { from_ms: fromMs, count, last_slot_ms: upToMs } = span;
      cursor = { ...next, fromMs, count, upToMs };
      return toRun(connection, lane, service, rest, rounds);
    });
    return {
      runs,
      ...(cursor === undefined ? {} : { after: cursor }),
      isEnd: due.length < limit,
    };
  });
}

/** When one function of a service was in any of some states. */
export type StateRanges = LaneName & {
  /** By time, apart from each other; `untilMs` is exclusive. */
  readonly ranges: readonly { readonly fromMs: number; readonly untilMs: number }[];
};

/** Reads when the lanes of a service at a vantage were in any of some states. */
export function listStateRanges(
  connection: Connection,
  { service, vantageId }: Pick<LaneName, 'service' | 'vantageId'>,
  states: readonly LaneState[],
): StateRanges[] {
  const codes = new Set(
    states.flatMap((state) =>
      state === 'no_data' ? [] : [connection.codes.verdict.toCode(state)],
    ),
  );
  const rows = connection
    .prepare<[string, string], [number, number, number | null, number | null, number | null]>(
      `SELECT l.id, l.function, n.verdict, n.from_ms, n.until_ms FROM lane l
       JOIN service s ON s.id = l.service_id JOIN vantage v ON v.id = l.vantage_id
       LEFT JOIN span n ON n.lane_id = l.id
       WHERE s.name = ? AND v.name = ? ORDER BY l.id, n.from_ms`,
    )
    .raw()
    .all(service, vantageId);
  const lanes = new Map<number, { fromMs: number; untilMs: number }[]>();
  for (const [, part, verdict, fromMs, untilMs] of rows) {
    const ranges = lanes.get(part) ?? [];
    lanes.set(part, ranges);
    if (verdict === null || fromMs === null || untilMs === null || !codes.has(verdict)) continue;
    const last = ranges.at(-1);
    if (last?.untilMs === fromMs) last.untilMs = untilMs;
    else ranges.push({ fromMs, untilMs });
  }
  return [...lanes].map(([part, ranges]) => ({
    service,
    vantageId,
    function: connection.codes.function.toName(part),
    ranges,
  }));
}
