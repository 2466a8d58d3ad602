/** What a timeline reads from the store: the lanes of its choice and those from outside, days, and the overview. */
import { bucketColumns, type ColumnBucket } from '../dashboard/columns.ts';
import { type Arrangement, arrangeRows, type RowGroup } from '../dashboard/lane-rows.ts';
import type { TimelineChoice } from '../dashboard/timeline-choice.ts';
import type { Overview } from '../dashboard/timeline-data.ts';
import type { Lane, LaneQuery } from '../db/lanes.ts';
import { FUNCTIONS, VERDICTS } from '../probes/types.ts';
import { toIso } from './api/iso.ts';
import type { HandlerDeps } from './contract.ts';
import { DAY_MS } from './query.ts';

const HOUR_MS = DAY_MS / 24;
/** Slices of the overview: a pixel or two each. */
const OVERVIEW_SLICES = 240;
/** Up to here hours tell more than days and are as few. */
const MAX_HOURS_MS = 12 * DAY_MS;
/** Reading more buckets for a strip of a finger's height would keep the page waiting. */
const MAX_OVERVIEW_BUCKETS = 60_000;

function toLaneQuery(choice: TimelineChoice): LaneQuery {
  const { fromMs, toMs, services, countries, asns, functions, cmp } = choice;
  const parts = (['service', ...FUNCTIONS] as const).filter((part) => functions.includes(part));
  return {
    fromMs,
    toMs,
    ...(services.length === 0 ? {} : { services }),
    ...(countries.length === 0
      ? {}
      : { countryCodes: cmp === undefined ? countries : [...countries, cmp] }),
    ...(asns.length === 0 ? {} : { asns }),
    ...(parts.length === 0 ? {} : { functions: parts }),
  };
}

/** The same lanes of the vantages that control others, wherever they are; undefined when the choice has them already. */
function toControlQuery(choice: TimelineChoice, deps: HandlerDeps): LaneQuery | undefined {
  const isFiltered = choice.countries.length > 0 || choice.asns.length > 0;
  if (!isFiltered || !choice.lanes.includes('control')) return undefined;
  const vantageIds = deps.store
    .listVantages()
    .filter(({ role }) => role === 'control')
    .map(({ id }) => id);
  if (vantageIds.length === 0) return undefined;
  const { countryCodes: _countries, asns: _asns, ...query } = toLaneQuery(choice);
  return { ...query, vantageIds };
}

const toKey = ({
  service,
  vantageId,
  function: part,
}: Pick<Lane, 'service' | 'vantageId' | 'function'>) => `${service} ${vantageId} ${part}`;

/** The lanes of a choice and those from outside, each once. */
export function listChosenLanes(choice: TimelineChoice, deps: HandlerDeps): Lane[] {
  const lanes = deps.store.listLanes(toLaneQuery(choice));
  const controls = toControlQuery(choice, deps);
  if (controls === undefined) return lanes;
  const known = new Set(lanes.map(toKey));
  const outside = deps.store.listLanes(controls).filter((lane) => !known.has(toKey(lane)));
  return [...lanes, ...outside];
}

/** How the rows of a choice are arranged. */
export function toArrangement(choice: TimelineChoice, deps: HandlerDeps): Arrangement {
  return {
    by: choice.by,
    sort: choice.sort,
    serviceIds: deps.config.services.map(({ id }) => id),
    hasControls: choice.lanes.includes('control'),
    ...(choice.cmp === undefined ? {} : { compared: choice.cmp }),
  };
}

/** The lanes of a choice in the order of its rows. */
export function listOrderedLanes(choice: TimelineChoice, deps: HandlerDeps): Lane[] {
  const groups = arrangeRows(listChosenLanes(choice, deps), toArrangement(choice, deps));
  const rows = groups.flatMap((group) => group.rows);
  return [...new Set(rows.flatMap(({ lanes }) => lanes))];
}

function toUrl(query: LaneQuery): string {
  const parameters = new URLSearchParams();
  const set = (name: string, values: readonly (string | number)[] | undefined) => {
    if (values !== undefined) parameters.set(name, values.join(','));
  };
  set('service', query.services);
  set('vantage', query.vantageIds);
  set('country', query.countryCodes);
  set('asn', query.asns);
  set('function', query.functions);
  parameters.set('from', toIso(query.fromMs));
  parameters.set('to', toIso(query.toMs));
  return `/api/v1/lanes?${parameters.toString()}`;
}

/** Addresses of the same lanes as JSON. */
export function toLaneUrls(
  choice: TimelineChoice,
  deps: HandlerDeps,
): { readonly lanesUrl: string; readonly controlsUrl?: string } {
  const controls = toControlQuery(choice, deps);
  return {
    lanesUrl: toUrl(toLaneQuery(choice)),
    ...(controls === undefined ? {} : { controlsUrl: toUrl(controls) }),
  };
}

/** Adds the counts of several lanes, bucket by bucket. */
function addBuckets(lanes: readonly (readonly ColumnBucket[])[]): ColumnBucket[] {
  const sums = new Map<number, Record<(typeof VERDICTS)[number], number>>();
  for (const { startMs, counts } of lanes.flat()) {
    const sum = sums.get(startMs);
    if (sum === undefined) sums.set(startMs, { ...counts });
    else for (const verdict of VERDICTS) sum[verdict] += counts[verdict];
  }
  return [...sums]
    .map(([startMs, counts]) => ({ startMs, counts }))
    .toSorted((a, b) => a.startMs - b.startMs);
}

/** Everything measured of the lanes, from the first measurement to the newest; undefined when there is nothing or too much. */
export function readOverview(
  choice: TimelineChoice,
  laneCount: number,
  deps: HandlerDeps,
): Overview | undefined {
  const { firstSlotMs, lastUntilMs } = deps.store.range();
  if (firstSlotMs === undefined || lastUntilMs === undefined || laneCount === 0) return undefined;
  const fromMs = Math.floor(Math.min(firstSlotMs, choice.fromMs) / HOUR_MS) * HOUR_MS;
  const toMs = Math.ceil(Math.max(lastUntilMs, choice.toMs) / HOUR_MS) * HOUR_MS;
  const isShort = toMs - fromMs <= MAX_HOURS_MS;
  const bucketMs = isShort ? HOUR_MS : DAY_MS;
  if (((lastUntilMs - firstSlotMs) / bucketMs) * laneCount > MAX_OVERVIEW_BUCKETS) return undefined;
  const lanes = deps.store.listBuckets({
    ...toLaneQuery(choice),
    fromMs,
    toMs,
    resolution: isShort ? 'hour' : 'day',
  });
  const made = bucketColumns(
    addBuckets(lanes.map(({ buckets }) => buckets)),
    bucketMs,
    fromMs,
    toMs,
    OVERVIEW_SLICES,
  );
  return { fromMs, toMs, dominant: made.dominant.join(''), severest: made.severest.join('') };
}

/** Counts per UTC day of each row, by the key of the row. */
export function readDays(
  choice: TimelineChoice,
  groups: readonly RowGroup<Lane>[],
  deps: HandlerDeps,
): ReadonlyMap<string, readonly ColumnBucket[]> {
  const controls = toControlQuery(choice, deps);
  const queries = [toLaneQuery(choice), ...(controls === undefined ? [] : [controls])];
  const found = queries.flatMap((query) => deps.store.listBuckets({ ...query, resolution: 'day' }));
  const byLane = new Map(found.map((lane) => [toKey(lane), lane.buckets]));
  const rows = groups.flatMap((group) => group.rows);
  return new Map(
    rows.map(({ key, lanes }) => [
      key,
      addBuckets(lanes.map((lane) => byLane.get(toKey(lane)) ?? [])),
    ]),
  );
}
