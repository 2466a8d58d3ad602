/** GET /api/v1/vantages and /api/v1/vantages/:id: where is measured from, and how far that can be relied on. */
import { z } from 'zod';
import {
  toNetworkShare,
  toOkShare,
  toShare,
  type VantageView,
} from '../../dashboard/pages/vantage-state.ts';
import type { Handler } from '../contract.ts';
import { MINUTE_MS, parseQuery } from '../query.ts';
import { findVantage, listVantageViews } from '../vantage-views.ts';
import { toIso } from './iso.ts';

/** Six digits of a share are more than anybody needs. */
const toRatio = (share: number | undefined) =>
  share === undefined ? null : Math.round(share * 1e6) / 1e6;

/** The first ten characters of a day in UTC. */
const toDay = (startMs: number) => toIso(startMs).slice(0, 10);

function toVantageJson({ vantage, status, intervalMs, latest, coverage, days }: VantageView) {
  const { lastMeasuredMs, publishDelayMinutes = 0, ...rest } = vantage;
  return {
    ...rest,
    publishDelayMinutes,
    status,
    intervalMs,
    lastMeasuredAt: lastMeasuredMs === undefined ? null : toIso(lastMeasuredMs),
    runs: coverage.runs,
    networkOkRatio: toRatio(toNetworkShare(coverage)),
    okRatio: toRatio(toOkShare(coverage)),
    coverageRatio: toRatio(toShare(days)),
    coverageTodayRatio: toRatio(toShare(days.slice(-1))),
    latest: latest.map(({ id, service, slotMs, verdict, mechanism, confidence }) => ({
      id,
      service,
      slot: toIso(slotMs),
      verdict,
      mechanism: mechanism ?? null,
      confidence,
      url: `/m/${id}`,
    })),
    url: `/v/${vantage.id}`,
  };
}

/** What depends on the time may be held for a minute. */
function toKey(name: string, nowMs: number): string {
  return `${name} ${Math.floor(nowMs / MINUTE_MS)}`;
}

/** Answers with all vantages by id; figures are of the last 90 days. */
export const answerVantages: Handler = ({ request, url }, deps) => {
  parseQuery(z.strictObject({}), url);
  return deps.cache.answer(request, toKey('vantages', deps.clock.nowMs()), () => ({
    isSimulated: deps.info.isSimulated,
    vantages: listVantageViews(deps).map(toVantageJson),
  }));
};

/** Answers with one vantage and its history. */
export const answerVantage: Handler = ({ request, url, parameter }, deps) => {
  parseQuery(z.strictObject({}), url);
  const { view, history, blindSpots } = findVantage(parameter, deps);
  return deps.cache.answer(request, toKey(`vantage ${parameter}`, deps.clock.nowMs()), () => ({
    isSimulated: deps.info.isSimulated,
    ...toVantageJson(view),
    blindSpots: blindSpots ?? null,
    days: view.days.map(({ startMs, measured, expected }) => ({
      day: toDay(startMs),
      measured,
      expected,
    })),
    silences: history.silences.map(({ fromMs, untilMs }) => ({
      from: toIso(fromMs),
      until: untilMs === undefined ? null : toIso(untilMs),
    })),
    markCounts: history.markCounts,
    networkChanges: history.networkChangesMs.map(toIso),
    clock:
      history.clock === undefined
        ? null
        : { ...history.clock, newestAtMs: undefined, newestAt: toIso(history.clock.newestAtMs) },
    revisions: history.revisions.map(({ revision, storedAtMs, vantage }) => ({
      revision,
      storedAt: toIso(storedAtMs),
      ...vantage,
    })),
  }));
};
