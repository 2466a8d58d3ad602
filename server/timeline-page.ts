/** GET /t: the timeline for the services, networks and range that its address names. */
import { z } from 'zod';
import { sortAnnouncements } from '../dashboard/pages/announcement.ts';
import {
  concernsServices,
  liesInRange,
  namesCountry,
} from '../dashboard/pages/announcement-scope.ts';
import { renderPage } from '../dashboard/pages/frame.ts';
import { createTimelinePage, sortLanes, type TimelineFilter } from '../dashboard/pages/timeline.ts';
import type { LaneQuery } from '../db/lanes.ts';
import { toIso } from './api/iso.ts';
import type { Handler, HandlerDeps } from './contract.ts';
import { createFrame } from './pages.ts';
import {
  asns,
  checkRange,
  countries,
  DAY_MS,
  functions,
  listOf,
  MINUTE_MS,
  oneOf,
  parseQuery,
  RANGE_MS,
  RANGE_PRESETS,
  time,
  zone,
} from './query.ts';
import { replyHtml } from './reply.ts';

const DEFAULT_RANGE = '30d';
/** What a change of range keeps of the address. */
const KEPT_PARAMETERS = ['service', 'country', 'asn', 'function'];

/** Every parameter of the timeline that says what is shown. */
export function timelineQuery(deps: HandlerDeps, timeZone: string) {
  return z.object({
    service: listOf(
      deps.config.services.map(({ id }) => id),
      'service',
    ).optional(),
    country: countries.optional(),
    asn: asns.optional(),
    function: functions.optional(),
    range: oneOf(RANGE_PRESETS, 'range').optional(),
    from: time(timeZone).optional(),
    to: time(timeZone).optional(),
    tz: zone.optional(),
  });
}

type Query = z.infer<ReturnType<typeof timelineQuery>>;

/** Exact times win over a preset; with one of them the other is the present, or 30 days before. */
function chooseRange(
  query: Query,
  deps: HandlerDeps,
): Pick<TimelineFilter, 'range' | 'fromMs' | 'toMs'> {
  const nowMs = Math.ceil(deps.clock.nowMs() / MINUTE_MS) * MINUTE_MS;
  if (query.from !== undefined || query.to !== undefined) {
    const toMs = query.to ?? nowMs;
    const fromMs = query.from ?? toMs - RANGE_MS[DEFAULT_RANGE];
    checkRange(fromMs, toMs);
    return { fromMs, toMs };
  }
  const range = query.range ?? DEFAULT_RANGE;
  if (range !== 'all') return { range, fromMs: nowMs - RANGE_MS[range], toMs: nowMs };
  const { firstSlotMs = nowMs - DAY_MS, lastUntilMs = nowMs } = deps.store.range();
  return { range, fromMs: firstSlotMs, toMs: Math.max(lastUntilMs, firstSlotMs + MINUTE_MS) };
}

/** The address of the same lanes as JSON. */
function toLanesUrl(filter: TimelineFilter): string {
  const query = new URLSearchParams();
  if (filter.services.length > 0) query.set('service', filter.services.join(','));
  if (filter.countries.length > 0) query.set('country', filter.countries.join(','));
  if (filter.asns.length > 0) query.set('asn', filter.asns.join(','));
  if (filter.functions.length > 0) query.set('function', filter.functions.join(','));
  query.set('from', toIso(filter.fromMs));
  query.set('to', toIso(filter.toMs));
  return `/api/v1/lanes?${query.toString()}`;
}

function toAnnouncementsUrl(filter: TimelineFilter): string {
  const query = new URLSearchParams({ from: toIso(filter.fromMs), to: toIso(filter.toMs) });
  if (filter.services.length > 0) query.set('service', filter.services.join(','));
  if (filter.countries.length > 0) query.set('country', filter.countries.join(','));
  return `/api/v1/announcements?${query.toString()}`;
}

/** Every network there is to choose from, by name; networks without a number cannot be chosen by it. */
function listNetworks(deps: HandlerDeps): { asn: number; name: string }[] {
  const known = deps.store.listVantages().filter(({ asn }) => asn !== 0);
  const networks = new Map(known.map(({ asn, networkName }) => [asn, networkName]));
  return [...networks]
    .map(([asn, name]) => ({ asn, name }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

/** Turns a query into the choice that it stands for. */
export function readFilter(query: Query, deps: HandlerDeps): TimelineFilter {
  return {
    services: query.service ?? [],
    countries: query.country ?? [],
    asns: query.asn ?? [],
    functions: query.function ?? [],
    ...chooseRange(query, deps),
  };
}

/** Announcements with a mark in the range that concern what is shown, by time. */
export function listAnnouncements(filter: TimelineFilter, deps: HandlerDeps) {
  const { fromMs, toMs, services, countries: codes } = filter;
  return sortAnnouncements(deps.store.listAnnouncements())
    .filter(
      ({ announcement }) =>
        liesInRange(announcement, fromMs, toMs) &&
        (services.length === 0 || concernsServices(announcement, services)) &&
        (codes.length === 0 || namesCountry(announcement, codes)),
    )
    .toReversed();
}

/** The lanes of a choice, as the store is asked for them. */
export function toLaneQuery(filter: TimelineFilter): LaneQuery {
  const {
    fromMs,
    toMs,
    services,
    countries: countryCodes,
    asns: numbers,
    functions: parts,
  } = filter;
  return {
    fromMs,
    toMs,
    ...(services.length === 0 ? {} : { services }),
    ...(countryCodes.length === 0 ? {} : { countryCodes }),
    ...(numbers.length === 0 ? {} : { asns: numbers }),
    ...(parts.length === 0 ? {} : { functions: parts }),
  };
}

/** Shows the timeline. */
export const showTimeline: Handler = async (handled, deps) => {
  const { tz = 'UTC' } = parseQuery(z.object({ tz: zone.optional() }), handled.url);
  const filter = readFilter(parseQuery(timelineQuery(deps, tz), handled.url), deps);
  const frame = createFrame(handled, deps, tz, KEPT_PARAMETERS);
  const lanes = deps.store.listLanes(toLaneQuery(filter));
  const page = createTimelinePage(
    {
      filter,
      services: deps.config.services,
      countries: [
        ...new Set(deps.store.listVantages().map(({ countryCode }) => countryCode)),
      ].toSorted(),
      networks: listNetworks(deps),
      rangePresets: RANGE_PRESETS,
      lanes: sortLanes(
        lanes,
        deps.config.services.map(({ id }) => id),
      ),
      verdictCount: lanes.flatMap(({ spans }) => spans).reduce((sum, { count }) => sum + count, 0),
      announcements: listAnnouncements(filter, deps),
      lanesUrl: toLanesUrl(filter),
      announcementsUrl: toAnnouncementsUrl(filter),
    },
    frame,
  );
  return replyHtml(handled, await renderPage(frame, page));
};
