/** Lanes made of letters, and a memory that stands in for the store, for the tests of the detector. */

import type { RunQuery } from '../../db/lane-runs.ts';
import { formatMeasurementId } from '../../db/measurement-id.ts';
import type { Mechanism, Vantage } from '../../probes/types.ts';
import type { Place, RederiveSource } from '../analysis/rederive.ts';
import { toRuns } from '../analysis/rounds.ts';
import type { Incident, Part, Round, RunLane } from '../analysis/types.ts';

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

/** Keeps rounds and incidents in memory the way the store does. */
export class MemoryStore implements RederiveSource {
  readonly #lanes: MemoryLane[];
  incidents: Incident[] = [];

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

  listVantages(): Vantage[] {
    return this.#lanes.map(({ vantage }) => vantage);
  }

  listLaneRuns({ vantageIds, headRounds, from }: RunQuery): RunLane[] {
    return this.#lanes
      .filter(({ vantage }) => vantageIds.includes(vantage.id))
      .map(({ rounds, ...lane }) => {
        const runs = toRuns(rounds, STEP_MS, headRounds);
        const start = runs.findLastIndex((run) => {
          const startMs = (run.head[0] ?? run.last).slotMs;
          const isCalm =
            run.state === 'ok' &&
            from !== undefined &&
            run.count >= from.calmRounds &&
            run.last.slotMs - startMs >= from.calmMs;
          return isCalm && startMs <= from.atMs;
        });
        return { service: 'facebook', ...lane, runs: runs.slice(Math.max(0, start)) };
      });
  }

  findAffectedOnset(_place: Place, atMs: number): number {
    const onsets = this.incidents
      .filter(({ end, log }) => !end || Math.max(end.byMs, ...log.map((one) => one.atMs)) >= atMs)
      .map(({ onset }) => onset.byMs);
    return Math.min(atMs, ...onsets);
  }

  update({ fromMs, incidents }: { fromMs: number; incidents: readonly Incident[] }): void {
    this.incidents = [...this.incidents.filter(({ onset }) => onset.byMs < fromMs), ...incidents];
  }
}
