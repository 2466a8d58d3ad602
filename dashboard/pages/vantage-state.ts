/** What the facts of a vantage come to: whether it is silent, and how much of each day it measured. Pure. */
import type { MeasurementSummary } from '../../db/measurement-list.ts';
import type { VantageCoverage } from '../../db/vantage-coverage.ts';
import type { StoredVantage } from '../../db/vantages.ts';
import { DAY_MS } from '../format.ts';
import type { Say } from '../i18n/say.ts';
import { toDelayMs } from './board-state.ts';

/** A vantage that has not been seen for longer than this many intervals is silent. */
export const SILENT_INTERVALS = 3;
/** Days of coverage that the pages show, today among them. */
export const COVERAGE_DAYS = 90;

/**
 * `reporting`: its newest run is as recent as it should be. `silent`: it is not. `waiting`: nothing was ever measured
 * there. `off`: switched off by the operator. `imported`: made from files of others, so nothing is due.
 */
export type VantageStatus = 'silent' | 'waiting' | 'reporting' | 'imported' | 'off';

/** One UTC day of a vantage. */
export type CoverageDay = {
  readonly startMs: number;
  /** Runs of services. */
  readonly measured: number;
  /** Runs that its schedule asks for; 0 before its first run and for days to come. */
  readonly expected: number;
};

/** What is known of a vantage as a whole. */
export type VantageFacts = {
  readonly vantage: StoredVantage;
  /** The newest run of each service. */
  readonly latest: readonly MeasurementSummary[];
  readonly coverage: VantageCoverage;
  /** False when the operator switched it off. */
  readonly isEnabled: boolean;
};

/** A vantage with what follows from its facts. */
export type VantageView = VantageFacts & {
  readonly status: VantageStatus;
  /** Interval of its newest run; the configured one before the first. */
  readonly intervalMs: number;
  /** Oldest first, the last one is today. */
  readonly days: readonly CoverageDay[];
};

/** The first instant of the UTC day. */
export function startOfDay(atMs: number): number {
  return Math.floor(atMs / DAY_MS) * DAY_MS;
}

function toStatus(
  { vantage, isEnabled }: Pick<VantageFacts, 'vantage' | 'isEnabled'>,
  intervalMs: number,
  nowMs: number,
): VantageStatus {
  if (!isEnabled) return 'off';
  if (vantage.kind === 'import') return 'imported';
  if (vantage.lastMeasuredMs === undefined) return 'waiting';
  const ageMs = nowMs - vantage.lastMeasuredMs - toDelayMs(vantage, intervalMs);
  return ageMs > SILENT_INTERVALS * intervalMs ? 'silent' : 'reporting';
}

/** Whether a vantage reports, from its newest runs alone. */
export function toVantageStatus(
  facts: Pick<VantageFacts, 'vantage' | 'latest' | 'isEnabled'>,
  nowMs: number,
): VantageStatus {
  const newest = facts.latest.toSorted((a, b) => b.slotMs - a.slotMs)[0];
  return toStatus(facts, newest?.intervalMs ?? 0, nowMs);
}

/** Days of coverage up to `nowMs`; what may not be shown yet is not expected either. */
function listCoverageDays(
  { vantage, coverage }: Pick<VantageFacts, 'vantage' | 'coverage'>,
  intervalMs: number,
  nowMs: number,
): CoverageDay[] {
  const measured = new Map(coverage.days.map((day) => [day.startMs, day.measured]));
  const today = startOfDay(nowMs);
  const delayMs = toDelayMs(vantage, intervalMs);
  // A slot that began a moment ago is still being measured; delayed ones are counted by whole hours.
  const dueMs = delayMs === 0 ? nowMs : Math.floor((nowMs - delayMs) / 3_600_000) * 3_600_000;
  return Array.from({ length: COVERAGE_DAYS }, (_, index) => {
    const startMs = today - (COVERAGE_DAYS - 1 - index) * DAY_MS;
    const endMs = Math.min(startMs + DAY_MS, dueMs);
    const expected = coverage.firstSlots.reduce(
      (sum, { slotMs }) =>
        sum + Math.max(0, Math.floor((endMs - Math.max(startMs, slotMs)) / intervalMs)),
      0,
    );
    return { startMs, measured: measured.get(startMs) ?? 0, expected };
  });
}

/** Puts together what follows from the facts. @param scheduledMs the configured interval */
export function toVantageView(
  facts: VantageFacts,
  scheduledMs: number,
  nowMs: number,
): VantageView {
  const newest = facts.latest.toSorted((a, b) => b.slotMs - a.slotMs)[0];
  const intervalMs = newest?.intervalMs ?? scheduledMs;
  return {
    ...facts,
    intervalMs,
    status: toStatus(facts, intervalMs, nowMs),
    days: listCoverageDays(facts, intervalMs, nowMs),
  };
}

/** Measured over expected, at most 1; undefined where nothing is expected. */
export function toShare(days: readonly CoverageDay[]): number | undefined {
  const expected = days.reduce((sum, day) => sum + day.expected, 0);
  if (expected === 0) return undefined;
  // Day by day, so that a day with more than its share does not hide one with less.
  const measured = days.reduce((sum, day) => sum + Math.min(day.measured, day.expected), 0);
  return measured / expected;
}

/** Share of runs in which the vantage's own network reached the neutral hosts; undefined without runs. */
export function toNetworkShare({ runs, cutOffRuns }: VantageCoverage): number | undefined {
  return runs === 0 ? undefined : Math.max(0, runs - cutOffRuns) / runs;
}

/** Share of runs in which the services answered: what a control is there for; undefined without runs. */
export function toOkShare({ runs, okRuns }: VantageCoverage): number | undefined {
  return runs === 0 ? undefined : Math.min(okRuns, runs) / runs;
}

/** A share as people read it; what is not quite everything is never rounded up to it. */
export function formatShare(
  share: number | undefined,
  say: Say,
  without = say.text('vantages.no_run'),
): string {
  if (share === undefined) return without;
  if (share > 0 && share < 0.01) return say.text('vantages.under_one');
  const isNearlyAll = share > 0.99 && share < 1;
  const percent = isNearlyAll ? Math.floor(share * 1_000) / 10 : Math.round(share * 100);
  return `${say.number(percent)}\u00a0%`;
}
