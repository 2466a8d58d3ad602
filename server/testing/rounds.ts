/** Lanes made of letters, and a memory that stands in for the store, for the tests of the detector. */

import type { LaneName, RunPage, RunQuery } from '../../db/lane-runs.ts';
import { formatMeasurementId } from '../../db/measurement-id.ts';
import type { StoredVantage } from '../../db/vantages.ts';
import type { Mechanism, Vantage } from '../../probes/types.ts';
import type { LaneRun, Part, Round, RunLane } from '../analysis/types.ts';
import type { LaneSource } from '../lane-book.ts';

export const START_MS = Date.UTC(2022, 2, 4, 12);
export const MINUTE_MS = 60_000;
export const STEP_MS = 5 * MINUTE_MS;

/** What a letter stands for; `.` is a round that was missed. */
const LETTERS: Readonly<Record<string, Omit<Round, 'slotMs' | 'measurementId'>>> = {
  o: { state: 'ok', confidence: 'high' },
  b: { state: 'blocked', mechanism: 'tls.reset', confidence: 'medium' },
  B: { state: 'blocked', mechanism: 'tls.reset', confidence: 'high' },
  n: { state: 'blocked', mechanism: 'dns.nxdomain', confidence: 'medium' },
  s: { state: 'blocked', mechanism: 'tls.reset.sni', confidence: 'medium' },
  l: { state: 'likely_blocked', mechanism: 'ip.drop', confidence: 'low' },
  i: { state: 'impaired', mechanism: 'tls.reset', confidence: 'medium' },
  d: { state: 'down', confidence: 'medium' },
  x: { state: 'insufficient', confidence: 'low' },
  '-': { state: 'no_data' },
};

/** Makes a vantage; a control unless it is in `RU`. */
export function makeVantage(id: string, countryCode = 'RU', asn = 64_496): Vantage {
  return {
    id,
    kind: 'lab',
    countryCode,
    asn,
    networkName: id,
    access: 'fixed',
    role: countryCode === 'RU' ? 'vantage' : 'control',
    note: '',
  };
}

export type TimedRound = Round & { readonly intervalMs: number };

/** Reads letters as rounds, from `START_MS` on. */
export function readRounds(
  letters: string,
  vantageId = 'a',
  stepMs = STEP_MS,
  startMs = START_MS,
): TimedRound[] {
  return Array.from(letters).flatMap((letter, index) => {
    const word = LETTERS[letter];
    const slotMs = startMs + index * stepMs;
    if (!word) return [];
    const measurementId = formatMeasurementId({ service: 'facebook', vantageId, slotMs, seq: 0 });
    return [
      {
        slotMs,
        intervalMs: stepMs,
        ...word,
        ...(word.state === 'no_data' ? {} : { measurementId }),
      },
    ];
  });
}

/**
 * Puts rounds together that say the same. They are sorted by slot, and each lasts `intervalMs`; a later round than
 * that is one after a hole. `headRounds` of each run are kept as they are.
 */
export function toRuns(
  rounds: Iterable<Round & { readonly intervalMs?: number }>,
  intervalMs: number,
  headRounds: number,
): LaneRun[] {
  type Growing = { -readonly [K in keyof LaneRun]: LaneRun[K] } & { head: Round[] };
  const runs: Growing[] = [];
  for (const round of rounds) {
    const lengthMs = round.intervalMs ?? intervalMs;
    const last = runs.at(-1);
    const isNext =
      last !== undefined &&
      last.state === round.state &&
      last.mechanism === round.mechanism &&
      round.slotMs <= last.last.slotMs + last.intervalMs * 1.5;
    if (!isNext) {
      const { state, mechanism } = round;
      const start = { state, ...(mechanism === undefined ? {} : { mechanism }) };
      runs.push({ ...start, count: 1, intervalMs: lengthMs, head: [round], last: round });
      continue;
    }
    last.count += 1;
    last.last = round;
    last.intervalMs = lengthMs;
    if (last.head.length < headRounds) last.head.push(round);
  }
  return runs;
}

/** A lane of letters. */
export function makeLane(
  letters: string,
  vantage: Vantage = makeVantage('a'),
  part: Part = 'service',
  stepMs = STEP_MS,
): RunLane {
  const runs = toRuns(readRounds(letters, vantage.id, stepMs), stepMs, 4);
  return { service: 'facebook', function: part, vantage, runs };
}

/** The mechanism of an episode as it went. */
export function mechanismsOf(changes: readonly { readonly mechanism: Mechanism }[]): Mechanism[] {
  return changes.map(({ mechanism }) => mechanism);
}

type MemoryLane = {
  readonly vantage: Vantage;
  readonly function: Part;
  readonly rounds: TimedRound[];
};

/** Keeps rounds in memory and gives them the way the store does. */
export class MemoryStore implements LaneSource {
  readonly #lanes: MemoryLane[];

  constructor(lanes: readonly Omit<MemoryLane, 'rounds'>[]) {
    this.#lanes = lanes.map((lane) => ({ ...lane, rounds: [] }));
  }

  /** Takes a round in; one of the same slot gives way, as it does when it was judged again. */
  add(lane: number, round: TimedRound): void {
    const rounds = this.#lanes[lane]?.rounds ?? [];
    const index = rounds.findIndex(({ slotMs }) => slotMs >= round.slotMs);
    if (index < 0) rounds.push(round);
    else rounds.splice(index, rounds[index]?.slotMs === round.slotMs ? 1 : 0, round);
  }

  listVantages(): StoredVantage[] {
    const vantages = new Map(this.#lanes.map(({ vantage }) => [vantage.id, vantage]));
    return [...vantages.values()];
  }

  listRunLanes(service: string): LaneName[] {
    return this.#lanes
      .filter(({ rounds }) => rounds.length > 0)
      .map(({ vantage, function: part }) => ({ service, vantageId: vantage.id, function: part }));
  }

  readLaneRuns(query: RunQuery): RunPage {
    const { after, limit, headRounds, untilMs = Number.MAX_SAFE_INTEGER } = query;
    const rounds =
      this.#lanes.find(
        (lane) => lane.vantage.id === query.vantageId && lane.function === query.function,
      )?.rounds ?? [];
    const readMs = after?.upToMs ?? -1;
    const spans = toRuns(rounds, STEP_MS, headRounds);
    const due = spans
      .filter(({ last }) => last.slotMs > readMs)
      .slice(0, limit)
      .filter(({ last }) => last.slotMs < untilMs);
    const runs = due.flatMap((run) => {
      const fromMs = (run.head[0] ?? run.last).slotMs;
      const isContinued = fromMs <= readMs;
      const left = rounds.filter(
        ({ slotMs }) => slotMs > Math.max(readMs, fromMs - 1) && slotMs <= run.last.slotMs,
      );
      return toRuns(left, STEP_MS, headRounds).map((one) =>
        isContinued ? { ...one, isContinued } : one,
      );
    });
    const upToMs = runs.at(-1)?.last.slotMs;
    const cursor = { fromMs: 0, count: 0, goods: 0, isDoubtful: false };
    return {
      runs,
      ...(upToMs === undefined ? (after ? { after } : {}) : { after: { ...cursor, upToMs } }),
      isEnd: due.length < limit,
    };
  }
}
