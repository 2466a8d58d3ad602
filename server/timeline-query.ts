/** The query of the timeline: what its address may say, and the choice that this is. */
import { z } from 'zod';
import { AGGREGATES } from '../dashboard/columns.ts';
import { toCountryZone } from '../dashboard/country-zones.ts';
import { ROW_KINDS, ROW_ORDERS } from '../dashboard/lane-rows.ts';
import {
  DEFAULT_DISPLAY,
  DEFAULT_RANGE,
  EXTRA_LANES,
  NO_LANES,
  readLanes,
  type TimelineChoice,
  VIEWS,
} from '../dashboard/timeline-choice.ts';
import { FUNCTIONS } from '../probes/types.ts';
import type { HandlerDeps } from './contract.ts';
import { RequestProblem } from './problem.ts';
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
  wholeNumber,
  zone,
} from './query.ts';

const MAX_PAGE = 9_999;

function timelineQuery(deps: HandlerDeps, timeZone: string) {
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
    by: oneOf(ROW_KINDS, 'kind of row').optional(),
    sort: oneOf(ROW_ORDERS, 'order').optional(),
    agg: oneOf(AGGREGATES, 'aggregate').optional(),
    cmp: countries.optional(),
    view: oneOf(VIEWS, 'view').optional(),
    lanes: listOf([...EXTRA_LANES, NO_LANES], 'extra lane').optional(),
    page: wholeNumber(1, MAX_PAGE).optional(),
    safe: oneOf(['0', '1'], 'choice').optional(),
    tz: zone.optional(),
  });
}

type Query = z.infer<ReturnType<typeof timelineQuery>>;

/** Exact times win over a preset; with one of them the other is the present, or 30 days before. */
function chooseRange(
  query: Query,
  deps: HandlerDeps,
): Pick<TimelineChoice, 'range' | 'fromMs' | 'toMs'> {
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

/** What is chosen, in the order that addresses have, so that equal choices are equal. */
function toChoice(query: Query, deps: HandlerDeps, defaultZone: string): TimelineChoice {
  const order = ['service', ...FUNCTIONS];
  const parts = order.filter((part) => query.function?.some((one) => one === part));
  const [compared] = query.cmp ?? [];
  return {
    services: query.service ?? [],
    countries: (query.country ?? []).toSorted(),
    asns: (query.asn ?? []).toSorted((a, b) => a - b),
    // The whole service alone is what an address means that names no part.
    functions: parts.length === 1 && parts[0] === 'service' ? [] : parts,
    ...chooseRange(query, deps),
    by: query.by ?? DEFAULT_DISPLAY.by,
    sort: query.sort ?? DEFAULT_DISPLAY.sort,
    agg: query.agg ?? DEFAULT_DISPLAY.agg,
    ...(compared === undefined || query.country?.includes(compared) ? {} : { cmp: compared }),
    view: query.view ?? DEFAULT_DISPLAY.view,
    lanes: query.lanes === undefined ? EXTRA_LANES : readLanes(query.lanes.join(',')),
    page: query.page ?? 1,
    ...(query.tz === undefined || query.tz === defaultZone ? {} : { tz: query.tz }),
  };
}

/** What an address is read in. */
type ReadChoice = {
  readonly choice: TimelineChoice;
  readonly timeZone: string;
  /** Of an address that names none. */
  readonly defaultZone: string;
  readonly isSafe: boolean;
};

/** A timeline of one country counts in its zone, also beside a compared one; of several or all, in UTC. */
function toDefaultZone(codes: readonly string[] | undefined): string {
  const [only, ...others] = codes ?? [];
  return only === undefined || others.length > 0 ? 'UTC' : toCountryZone(only);
}

/** @throws RequestProblem for a revision: what is known now must not pass for what was known then */
function refuseRevision({ searchParams }: URL): void {
  if (!searchParams.has('rev')) return;
  const error = {
    parameter: 'rev',
    detail: 'The timeline shows what is known now and has no `rev`',
    remedy: 'Leave it out, or ask /api/v1/lanes or /api/v1/exports/lanes.csv with it.',
  };
  throw new RequestProblem({
    kind: 'invalid-query',
    detail: `${error.detail}. ${error.remedy}`,
    errors: [error],
  });
}

/**
 * Reads the address of a timeline; parameters that it does not know are ignored, since other sites add theirs.
 * @throws RequestProblem naming each parameter that cannot be used
 */
export function readChoice(url: URL, deps: HandlerDeps): ReadChoice {
  refuseRevision(url);
  // Times without a zone are read in the one of the page, which therefore comes first.
  const place = parseQuery(z.object({ country: countries.optional(), tz: zone.optional() }), url);
  const defaultZone = toDefaultZone(place.country);
  const timeZone = place.tz ?? defaultZone;
  const query = parseQuery(timelineQuery(deps, timeZone), url);
  const choice = toChoice(query, deps, defaultZone);
  return { choice, timeZone, defaultZone, isSafe: query.safe === '1' };
}
