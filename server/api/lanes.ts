/** GET /api/v1/lanes: verdicts over time as spans, for charts and for people. Ranges are half-open. */
import { z } from 'zod';
import type { LaneQuery } from '../../db/lanes.ts';
import type { DataDeps, DataHandler, ReadStore } from '../contract.ts';
import { findLicence } from '../exports/licence.ts';
import { RequestProblem } from '../problem.ts';
import { checkRange, MINUTE_MS, parseQuery, RANGE_MS, wholeNumber } from '../query.ts';
import { functionField, remember, revField, scopeFields, toScope } from './fields.ts';
import { toIso } from './iso.ts';
import { cutPage, idCursor, toNext } from './paging.ts';

/** Lanes of a page unless told, which is also the most. */
const MAX_LANES = 300;

/** An answer with more spans than this is tens of megabytes: nobody's chart. */
const MAX_SPANS = 50_000;

type Lanes = ReturnType<DataDeps['store']['listLanes']>;

/** A lane with its spans. */
export function toLaneJson(lane: Lanes[number], store: Pick<ReadStore, 'listLicences'>) {
  const { id, countryCode, asn, networkName, access, role } = lane.vantage;
  return {
    service: lane.service,
    function: lane.function,
    vantage: { id, countryCode, asn, networkName, access, role },
    licence: findLicence(store, lane),
    spans: lane.spans.map(({ fromMs, untilMs, ...rest }) => ({
      from: toIso(fromMs),
      until: toIso(untilMs),
      ...rest,
    })),
  };
}

/** What names lanes and their range. */
export function lanesQuery(deps: DataDeps) {
  return z.strictObject({
    ...scopeFields(deps),
    function: functionField,
  });
}

/** Every parameter that the list takes. */
export function laneListQuery(deps: DataDeps) {
  return lanesQuery(deps).extend({
    ...revField,
    limit: wholeNumber(1, MAX_LANES).optional(),
    cursor: idCursor.optional(),
  });
}

/** The lanes that a query names. */
export function toLaneFilter(
  query: z.infer<ReturnType<typeof lanesQuery>>,
): Omit<LaneQuery, 'fromMs' | 'toMs'> {
  return {
    ...toScope(query),
    ...(query.function === undefined ? {} : { functions: query.function }),
  };
}

/** The range that a query names, the last 30 days unless told. */
export function toLaneRange(
  query: z.infer<ReturnType<typeof lanesQuery>>,
  clock: DataDeps['clock'],
): Pick<LaneQuery, 'fromMs' | 'toMs'> {
  // The end is rounded up so that readers of the same minute share one answer.
  const toMs = query.to ?? Math.ceil(clock.nowMs() / MINUTE_MS) * MINUTE_MS;
  const fromMs = query.from ?? toMs - RANGE_MS['30d'];
  checkRange(fromMs, toMs);
  return { fromMs, toMs };
}

/**
 * Reads one page of lanes.
 * @throws RequestProblem when its spans are too many for one answer.
 */
export function readLanePage(
  query: z.infer<ReturnType<typeof laneListQuery>>,
  { fromMs, toMs }: Pick<LaneQuery, 'fromMs' | 'toMs'>,
  { store }: Pick<DataDeps, 'store'>,
) {
  const filter = toLaneFilter(query);
  const found = store.findLanes(filter);
  const idOf = ({ key }: (typeof found)[number]) =>
    `${key.service} ${key.vantageId} ${key.function}`;
  const { rows, nextCursor } = cutPage(found, idOf, query, MAX_LANES);
  const isWhole = rows.length === found.length;
  const wanted = new Set(rows.map(idOf));
  const lanes = store
    .listLanes({
      fromMs,
      toMs,
      ...filter,
      ...(isWhole ? {} : { vantageIds: [...new Set(rows.map(({ key }) => key.vantageId))] }),
    })
    .filter((lane) => isWhole || wanted.has(`${lane.service} ${lane.vantageId} ${lane.function}`));
  checkSize(lanes);
  return { lanes, nextCursor };
}

/** Answers with the lanes of a range, the last 30 days unless told. */
export const answerLanes: DataHandler = ({ request, url }, deps) => {
  const query = parseQuery(remember(deps, laneListQuery), url);
  const { fromMs, toMs } = toLaneRange(query, deps.clock);
  const key = `lanes ${JSON.stringify({ ...query, fromMs, toMs })}`;
  return deps.cache.answer(request, key, () => {
    const { lanes, nextCursor } = readLanePage(query, { fromMs, toMs }, deps);
    const { lastMeasuredMs } = deps.store.health();
    return {
      from: toIso(fromMs),
      to: toIso(toMs),
      asOf: lastMeasuredMs === undefined ? null : toIso(lastMeasuredMs),
      isSimulated: deps.info.isSimulated,
      lanes: lanes.map((lane) => toLaneJson(lane, deps.store)),
      ...toNext(url, nextCursor),
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
