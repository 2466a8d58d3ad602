/** GET /api/v1/lanes: verdicts over time as spans, for charts and for people. Ranges are half-open. */
import { z } from 'zod';
import type { LaneQuery } from '../../db/lanes.ts';
import type { Handler, HandlerDeps } from '../contract.ts';
import { RequestProblem } from '../problem.ts';
import {
  asns,
  checkRange,
  countries,
  functions,
  listOf,
  MINUTE_MS,
  parseQuery,
  RANGE_MS,
  time,
} from '../query.ts';
import { toIso } from './iso.ts';

/** An answer with more spans than this is tens of megabytes: nobody's chart. */
const MAX_SPANS = 50_000;

type Lanes = ReturnType<HandlerDeps['store']['listLanes']>;

/** A lane as programs get it. */
export function toLaneJson(lane: Lanes[number]) {
  const { id, countryCode, asn, networkName, access, role } = lane.vantage;
  return {
    service: lane.service,
    function: lane.function,
    vantage: { id, countryCode, asn, networkName, access, role },
    spans: lane.spans.map(({ fromMs, untilMs, ...rest }) => ({
      from: toIso(fromMs),
      until: toIso(untilMs),
      ...rest,
    })),
  };
}

/** Every parameter that this address takes. */
export function lanesQuery(deps: HandlerDeps) {
  return z.strictObject({
    service: listOf(
      deps.config.services.map(({ id }) => id),
      'service',
    ).optional(),
    vantage: listOf(
      deps.store.listVantages().map(({ id }) => id),
      'vantage',
    ).optional(),
    country: countries.optional(),
    asn: asns.optional(),
    function: functions.optional(),
    from: time('UTC').optional(),
    to: time('UTC').optional(),
  });
}

/** The lanes that a query names. */
export function toLaneFilter(
  query: z.infer<ReturnType<typeof lanesQuery>>,
): Omit<LaneQuery, 'fromMs' | 'toMs'> {
  return {
    ...(query.service === undefined ? {} : { services: query.service }),
    ...(query.vantage === undefined ? {} : { vantageIds: query.vantage }),
    ...(query.country === undefined ? {} : { countryCodes: query.country }),
    ...(query.asn === undefined ? {} : { asns: query.asn }),
    ...(query.function === undefined ? {} : { functions: query.function }),
  };
}

/** The range that a query names, the last 30 days unless told. */
export function toLaneRange(
  query: z.infer<ReturnType<typeof lanesQuery>>,
  clock: HandlerDeps['clock'],
): Pick<LaneQuery, 'fromMs' | 'toMs'> {
  // The end is rounded up so that readers of the same minute share one answer.
  const toMs = query.to ?? Math.ceil(clock.nowMs() / MINUTE_MS) * MINUTE_MS;
  const fromMs = query.from ?? toMs - RANGE_MS['30d'];
  checkRange(fromMs, toMs);
  return { fromMs, toMs };
}

/** Answers with the lanes of a range, the last 30 days unless told. */
export const answerLanes: Handler = ({ request, url }, deps) => {
  const query = parseQuery(lanesQuery(deps), url);
  const { fromMs, toMs } = toLaneRange(query, deps.clock);
  const key = `lanes ${JSON.stringify({ ...query, fromMs, toMs })}`;
  return deps.cache.answer(request, key, () => {
    const lanes = deps.store.listLanes({ fromMs, toMs, ...toLaneFilter(query) });
    checkSize(lanes);
    const { lastMeasuredMs } = deps.store.health();
    return {
      from: toIso(fromMs),
      to: toIso(toMs),
      asOf: lastMeasuredMs === undefined ? null : toIso(lastMeasuredMs),
      isSimulated: deps.info.isSimulated,
      lanes: lanes.map(toLaneJson),
    };
  });
};

function checkSize(lanes: Lanes): void {
  const spans = lanes.reduce((sum, lane) => sum + lane.spans.length, 0);
  if (spans <= MAX_SPANS) return;
  throw new RequestProblem({
    kind: 'too-much-data',
    detail: `The range holds ${spans} spans, more than the ${MAX_SPANS} of one answer. Ask for a shorter range or fewer lanes.`,
  });
}
