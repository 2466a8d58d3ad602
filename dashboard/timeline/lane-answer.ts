/**
 * Reads the answer of /api/v1/lanes.rl: months of runs are joined into the spans that the chart draws. A year of 36
 * lanes is some 80,000 spans, each made once; what only a reader's pointer asks for is worked out when it does.
 */
import type { LaneState } from '../../probes/types.ts';
import { decodeHours } from '../lane-hours.ts';
import { listMonths, openParcel, type Resolution } from '../lane-parcel.ts';
import {
  decodeMonth,
  type MonthRange,
  type ReadMonth,
  RUN_CONFIDENCES,
  RUN_STATES,
} from '../lane-runs.ts';
import { BytesError } from '../varint.ts';
import {
  AnswerError,
  asList,
  asObject,
  asText,
  asTimeMs,
  type LoadedLanes,
  parseIdentity,
  type TimelineLane,
  type TimelineSpan,
} from './data.ts';

const HOUR_MS = 3_600_000;

/** What all runs of a lane share. */
type RunLane = {
  readonly service: string;
  readonly vantageId: string;
  /** Of the run that is under way when the first month begins. */
  readonly firstMeasurementId?: string;
  readonly mechanisms: Readonly<Record<number, string>>;
};

/** The id of a measurement, as the server writes it; `.1` follows for a second one in the slot. */
function toMeasurementId({ service, vantageId }: RunLane, slotMs: number, seq: number): string {
  const slot = new Date(slotMs).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${service}.${vantageId}.${slot}${seq > 0 ? `.${seq}` : ''}`;
}

/** A run that grows over the end of a month while it is read. */
class RunSpan implements TimelineSpan {
  readonly #lane: RunLane;
  readonly fromMs: number;
  readonly state: LaneState;
  readonly mechanism: string | undefined;
  untilMs: number;
  count: number;
  confidence: string | undefined;
  /** Number of the first measurement in its slot; none when the run began before what is loaded. */
  readonly #firstSeq: number | undefined;

  constructor(lane: RunLane, month: ReadMonth, index: number, untilMs: number, isRest: boolean) {
    this.#lane = lane;
    this.fromMs = month.fromMs[index] ?? 0;
    this.untilMs = untilMs;
    this.state = RUN_STATES[month.state[index] ?? 0] ?? 'no_data';
    this.count = month.count[index] ?? 0;
    this.mechanism = lane.mechanisms[month.mechanism[index] ?? 0];
    this.confidence = RUN_CONFIDENCES[month.confidence[index] ?? 0];
    this.#firstSeq = isRest ? undefined : month.firstSeq[index];
  }

  /** Only asked for where the reader points. */
  get firstMeasurementId(): string | undefined {
    if (this.state === 'no_data') return undefined;
    if (this.#firstSeq === undefined) return this.#lane.firstMeasurementId;
    return toMeasurementId(this.#lane, this.fromMs, this.#firstSeq);
  }
}

/** Adds the runs of a month to those before; one that goes on over the end of the month becomes one again. */
function addMonth(spans: RunSpan[], lane: RunLane, month: ReadMonth, range: MonthRange): void {
  const size = month.fromMs.length;
  for (let index = 0; index < size; index += 1) {
    const untilMs = index + 1 < size ? (month.fromMs[index + 1] ?? 0) : range.untilMs;
    const isRest = index === 0 && month.startsBefore;
    const span = new RunSpan(lane, month, index, untilMs, isRest);
    const last = spans.at(-1);
    const isNext = index === 0 && last?.untilMs === span.fromMs && last.state === span.state;
    if (
      last &&
      isNext &&
      (span.state === 'no_data' || (isRest && last.mechanism === span.mechanism))
    ) {
      last.untilMs = span.untilMs;
      last.count += span.count;
      last.confidence = span.confidence ?? last.confidence;
    } else spans.push(span);
  }
}

/**
 * Lays the counts of hours out as spans. Inside an hour the order of verdicts is not known: they stand in their fixed
 * order, each as long as its share. Hours of one verdict, nearly all, become one span.
 */
function addHours(spans: TimelineSpan[], bytes: Uint8Array, range: MonthRange): void {
  const push = (fromMs: number, untilMs: number, state: LaneState, count: number): void => {
    const last = spans.at(-1);
    if (last && last.untilMs === fromMs && last.state === state)
      spans[spans.length - 1] = { ...last, untilMs, count: last.count + count };
    else spans.push({ fromMs, untilMs, state, count });
  };
  for (const { fromMs, hours, counts } of decodeHours(bytes, range)) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const whole = counts.indexOf(total);
    if (total === 0 || whole >= 0) {
      push(
        fromMs,
        fromMs + hours * HOUR_MS,
        RUN_STATES[total && whole + 1] ?? 'no_data',
        total * hours,
      );
      continue;
    }
    for (let hour = 0; hour < hours; hour += 1) {
      let before = 0;
      counts.forEach((count, index) => {
        const startMs = fromMs + (hour + before / total) * HOUR_MS;
        before += count;
        const endMs = fromMs + (hour + before / total) * HOUR_MS;
        if (count > 0) push(startMs, endMs, RUN_STATES[index + 1] ?? 'no_data', count);
      });
    }
  }
}

/** Covers a range outside the months, where nothing was measured. */
function coverEnds(spans: TimelineSpan[], fromMs: number, toMs: number): TimelineSpan[] {
  const first = spans[0]?.fromMs ?? toMs;
  const last = spans.at(-1)?.untilMs ?? toMs;
  const hole = (startMs: number, untilMs: number): TimelineSpan[] =>
    startMs < untilMs ? [{ fromMs: startMs, untilMs, state: 'no_data', count: 0 }] : [];
  return [...hole(fromMs, first), ...spans, ...hole(last, toMs)];
}

/** Takes away what lies behind the end of what is known. */
function cutEnd(spans: readonly TimelineSpan[], toMs: number): readonly TimelineSpan[] {
  const last = spans.at(-1);
  if (!last || last.untilMs <= toMs) return spans;
  const kept = spans.filter(({ fromMs }) => fromMs < toMs);
  const end = kept.pop();
  // Behind the present there is no data, so only such a span is cut, or one of a measurement under way.
  return end ? [...kept, cutSpan(end, toMs)] : kept;
}

function cutSpan(span: TimelineSpan, untilMs: number): TimelineSpan {
  const { fromMs, state, count, mechanism, confidence, firstMeasurementId } = span;
  return { fromMs, untilMs, state, count, mechanism, confidence, firstMeasurementId };
}

type Head = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly resolution: Resolution;
  readonly months: readonly MonthRange[];
  readonly mechanisms: Readonly<Record<number, string>>;
};

function parseHead(head: Readonly<Record<string, unknown>>): Head {
  const months = asList(head['months'], 'months').map((value, index): MonthRange => {
    const fromMs = asTimeMs(value, `months[${index}]`);
    return { fromMs, untilMs: listMonths(fromMs, fromMs + 1)[1] ?? fromMs };
  });
  const mechanisms = Object.entries(asObject(head['mechanisms'], 'mechanisms'));
  return {
    fromMs: asTimeMs(head['from'], 'from'),
    toMs: asTimeMs(head['to'], 'to'),
    resolution: head['resolution'] === 'hour' ? 'hour' : 'slot',
    months,
    mechanisms: Object.fromEntries(mechanisms.map(([code, name]) => [code, String(name)])),
  };
}

/** Reads one lane; `parts` are its months. */
function parseRuns(
  value: unknown,
  path: string,
  head: Head,
  parts: readonly Uint8Array[],
): TimelineLane {
  const lane = asObject(value, path);
  const identity = parseIdentity(lane, path);
  const { firstMeasurementId } = lane;
  const shared: RunLane = {
    service: identity.service,
    vantageId: identity.vantage.id,
    mechanisms: head.mechanisms,
    ...(firstMeasurementId === undefined
      ? {}
      : { firstMeasurementId: asText(firstMeasurementId, `${path}.firstMeasurementId`) }),
  };
  const runs: RunSpan[] = [];
  const hours: TimelineSpan[] = [];
  head.months.forEach((range, index) => {
    const bytes = parts[index] ?? new Uint8Array();
    if (head.resolution === 'hour') addHours(hours, bytes, range);
    else addMonth(runs, shared, decodeMonth(bytes, range), range);
  });
  const spans = head.resolution === 'hour' ? hours : runs;
  return { ...identity, spans: cutEnd(coverEnds(spans, head.fromMs, head.toMs), head.toMs) };
}

/** Reads the answer of /api/v1/lanes.rl. @throws AnswerError when it is not what the contract says. */
export function parseLaneRuns(bytes: Uint8Array): LoadedLanes {
  try {
    const { head: value, parts } = openParcel(bytes);
    const object = asObject(value, 'head');
    const head = parseHead(object);
    const lanes = asList(object['lanes'], 'lanes');
    const size = head.months.length;
    if (parts.length !== lanes.length * size)
      throw new AnswerError(`${parts.length} months are not those of ${lanes.length} lanes`);
    return {
      lanes: lanes.map((lane, index) =>
        parseRuns(lane, `lanes[${index}]`, head, parts.slice(index * size, (index + 1) * size)),
      ),
      fromMs: head.fromMs,
      toMs: head.toMs,
      isSimulated: object['isSimulated'] === true,
      resolution: head.resolution,
    };
  } catch (error) {
    if (error instanceof BytesError) throw new AnswerError(error.message, { cause: error });
    throw error;
  }
}
