/** GET /api/v1/vantages and /api/v1/vantages/:id: where is measured from, and how far that can be relied on. */
import { z } from 'zod';
import {
  toNetworkShare,
  toOkShare,
  toShare,
  type VantageView,
} from '../../dashboard/pages/vantage-state.ts';
import type { Handler, HandlerDeps } from '../contract.ts';
import { listOf, MINUTE_MS, parseQuery } from '../query.ts';
import { findVantage, listVantageViews } from '../vantage-views.ts';
import { noParameters, placeFields } from './fields.ts';
import { toIso } from './iso.ts';
import { cutPage, idCursor, limit, toNext } from './paging.ts';

/** Every parameter that the list takes. */
export const vantagesQuery = z.strictObject({
  ...placeFields,
  role: listOf(['vantage', 'control'], 'role').optional(),
  limit: limit.optional(),
  cursor: idCursor.optional(),
});

/** Six digits of a share are more than anybody needs. */
const toRatio = (share: number | undefined) =>
  share === undefined ? null : Math.round(share * 1e6) / 1e6;

/** The first ten characters of a day in UTC. */
const toDay = (startMs: number) => toIso(startMs).slice(0, 10);

/** A vantage in short. */
export function toVantageJson({
  vantage,
  status,
  intervalMs,
  latest,
  coverage,
  days,
}: VantageView) {
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

/** A vantage in short, as answers have it. */
export type VantageJson = ReturnType<typeof toVantageJson>;

/** Days as answers have them. */
export function toDaysJson(days: VantageView['days']) {
  return days.map(({ startMs, measured, expected }) => ({
    day: toDay(startMs),
    measured,
    expected,
  }));
}

/** What depends on the time may be held for a minute. */
const toMinute = (nowMs: number): string => String(Math.floor(nowMs / MINUTE_MS));

type Choice = Pick<z.infer<typeof vantagesQuery>, 'country' | 'asn' | 'role'>;

/** The vantages that a query asks for, by id. */
export function chooseVantages({ country, asn, role }: Choice, deps: HandlerDeps): VantageView[] {
  return listVantageViews(deps).filter(
    ({ vantage }) =>
      (country === undefined || country.includes(vantage.countryCode)) &&
      (asn === undefined || asn.includes(vantage.asn)) &&
      (role === undefined || role.includes(vantage.role)),
  );
}

/** Answers with vantages by id; figures are of the last 90 days. */
export const answerVantages: Handler = ({ request, url }, deps) => {
  const query = parseQuery(vantagesQuery, url);
  const make = () => {
    const views = chooseVantages(query, deps);
    const { rows, nextCursor } = cutPage(views, ({ vantage }) => vantage.id, query);
    return {
      isSimulated: deps.info.isSimulated,
      vantages: rows.map(toVantageJson),
      ...toNext(url, nextCursor),
    };
  };
  return deps.cache.answer(request, `vantages ${url.search}`, make, toMinute(deps.clock.nowMs()));
};

/** Answers with one vantage and its history. */
export const answerVantage: Handler = ({ request, url, parameter }, deps) => {
  parseQuery(noParameters, url);
  const { view, history, blindSpots } = findVantage(parameter, deps);
  const make = () => ({
    isSimulated: deps.info.isSimulated,
    ...toVantageJson(view),
    blindSpots: blindSpots ?? null,
    days: toDaysJson(view.days),
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
  });
  return deps.cache.answer(request, `vantage ${parameter}`, make, toMinute(deps.clock.nowMs()));
};
