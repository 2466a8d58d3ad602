/**
 * When a run of a delayed vantage may be shown, and how exactly: nothing finer than its slot, and no way from a shown
 * run to one that is not shown yet.
 */
import type { LaneSpan } from '../db/lanes.ts';
import { parseMeasurementId } from '../db/measurement-id.ts';
import type { MeasurementSummary } from '../db/measurement-list.ts';
import type { StoredMeasurement } from '../db/measurement-reader.ts';
import type { Measurement, Observation, Vantage } from '../probes/types.ts';

const MINUTE_MS = 60_000;
/** A header of the answer that gives the second of the visit. */
const DATED_HEADERS: readonly string[] = ['date'];

/** First slot that is not shown yet, by vantage; vantages without a delay are missing. */
export type Cuts = ReadonlyMap<string, number>;

/**
 * The first slot that is still hidden: a run is shown when its whole slot has been over for as long as the delay.
 * Moves once a minute, so that answers may be kept for that long.
 */
export function findCutMs(delayMinutes: number, nowMs: number, slotLengthMs: number): number {
  const minuteMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  return minuteMs - delayMinutes * MINUTE_MS - slotLengthMs;
}

/** Minutes by which vantages publish late; those that do not are missing. */
export function listDelays(
  vantages: readonly Pick<Vantage, 'id' | 'publishDelayMinutes'>[],
): ReadonlyMap<string, number> {
  const delays = vantages.map(
    ({ id, publishDelayMinutes = 0 }) => [id, publishDelayMinutes] as const,
  );
  return new Map(delays.filter(([, minutes]) => minutes > 0));
}

/** True for vantages that incidents and the ledger are made of. */
export function isPublishedAtOnce({
  publishDelayMinutes = 0,
}: Pick<Vantage, 'publishDelayMinutes'>): boolean {
  return publishDelayMinutes === 0;
}

/** How many vantages incidents and the ledger leave out: what follows from the runs of one that publishes late would give it away. */
export function countLeftOut(
  vantages: readonly Pick<Vantage, 'id' | 'publishDelayMinutes'>[],
): number {
  return listDelays(vantages).size;
}

/** The cut of every vantage with a delay, as of an instant. */
export function findCuts(
  delays: ReadonlyMap<string, number>,
  nowMs: number,
  slotLengthMs: number,
): Cuts {
  return new Map([...delays].map(([id, minutes]) => [id, findCutMs(minutes, nowMs, slotLengthMs)]));
}

/** True when a run may be seen. */
export function isShown(cuts: Cuts, vantageId: string, slotMs: number): boolean {
  const cutMs = cuts.get(vantageId);
  return cutMs === undefined || slotMs < cutMs;
}

function isIdShown(cuts: Cuts, id: string | undefined): boolean {
  const key = id === undefined ? undefined : parseMeasurementId(id);
  return key !== undefined && isShown(cuts, key.vantageId, key.slotMs);
}

function withoutDates(observation: Observation): Observation {
  const { outcome } = observation;
  if (observation.operation !== 'http') return observation;
  const seen = outcome.kind === 'ok' ? outcome.value : outcome.seen;
  if (seen === undefined || !('headers' in seen) || seen.headers === undefined) return observation;
  const headers = Object.fromEntries(
    Object.entries(seen.headers).filter(([name]) => !DATED_HEADERS.includes(name)),
  );
  const cleared = { ...seen, headers };
  return {
    ...observation,
    outcome:
      outcome.kind === 'ok'
        ? { kind: 'ok', value: cleared }
        : { kind: 'failed', failure: outcome.failure, seen: cleared },
  } as Observation;
}

/** A run of a delayed vantage as it may be seen: it starts with its slot, and no answer in it is dated. */
export function blurMeasurement(cuts: Cuts, measurement: Measurement): Measurement {
  if (!cuts.has(measurement.vantageId)) return measurement;
  return {
    ...measurement,
    startedAtMs: measurement.slotMs,
    observations: measurement.observations.map(withoutDates),
  };
}

/** Takes away what is more exact than the slot, and the way to what is not shown yet. */
export function blurStored(stored: StoredMeasurement, cuts: Cuts): StoredMeasurement {
  const { nextId, ...rest } = stored;
  const { slotMs, intervalMs } = stored.measurement;
  const blur = (storedAtMs: number, revision: number) =>
    revision === 1 ? slotMs : Math.floor(storedAtMs / intervalMs) * intervalMs;
  return {
    ...rest,
    storedAtMs: slotMs,
    measurement: blurMeasurement(cuts, stored.measurement),
    revisions: stored.revisions.map((one) => ({
      ...one,
      storedAtMs: blur(one.storedAtMs, one.revision),
    })),
    ...(isIdShown(cuts, nextId) && nextId !== undefined ? { nextId } : {}),
  };
}

/** Takes away when in its slot a run of a delayed vantage started. */
export function blurSummary(cuts: Cuts, summary: MeasurementSummary): MeasurementSummary {
  return cuts.has(summary.vantageId) ? { ...summary, startedAtMs: summary.slotMs } : summary;
}

/** A span whose last run is still hidden says what its newest shown run said, or nothing of it. */
export function blurSpan(
  span: LaneSpan,
  cuts: Cuts,
  newest: MeasurementSummary | undefined,
): LaneSpan {
  if (span.lastMeasurementId === undefined || isIdShown(cuts, span.lastMeasurementId)) return span;
  const { lastMeasurementId: _last, confidence: _confidence, ...rest } = span;
  const isIn =
    newest !== undefined && newest.slotMs >= span.fromMs && newest.verdict === span.state;
  return isIn ? { ...rest, lastMeasurementId: newest.id, confidence: newest.confidence } : rest;
}
