/**
 * GET /api/v1/availability: how many slots got which verdict, per hour, day, week or month and by what the reader
 * chooses, always with what the shares are of. Slots without data are in no count.
 */
import { z } from 'zod';
import { FUNCTIONS, type Mechanism, VERDICTS, type Verdict } from '../../probes/types.ts';
import type { DataDeps, DataHandler } from '../contract.ts';
import { findLicence } from '../exports/licence.ts';
import { RequestProblem } from '../problem.ts';
import { checkRange, DAY_MS, listOf, oneOf, parseQuery, RANGE_MS } from '../query.ts';
import { functionField, mechanismField, remember, revField, scopeFields } from './fields.ts';
import { toIso } from './iso.ts';
import { toLaneFilter } from './lanes.ts';
import { cursorOf, DEFAULT_LIMIT, limit, toCursor, toNext } from './paging.ts';

const HOUR_MS = 3_600_000;
/** Monday, 5 January 1970: weeks are those of ISO 8601. */
const FIRST_MONDAY_MS = 4 * DAY_MS;
const DIMENSIONS = ['service', 'country', 'network', 'vantage', 'function', 'mechanism'] as const;
const RESOLUTIONS = ['hour', 'day', 'week', 'month'] as const;
type Dimension = (typeof DIMENSIONS)[number];
type Resolution = (typeof RESOLUTIONS)[number];

/** Buckets of lanes that are read for one page at most; a page that has read them ends, however short. */
const MAX_BUCKETS = 60_000;
/** Mechanisms are counted out of spans, which takes a look at the runs of every lane and bucket. */
const MAX_SPAN_LOOKS = 2_000;

/** Every parameter that this address takes. */
export function availabilityQuery(deps: DataDeps) {
  return z.strictObject({
    by: listOf(DIMENSIONS, 'thing to count by')
      .meta({
        description:
          'What rows are told apart by, besides time; `service` and `country` when left out.',
        example: 'service,network',
      })
      .optional(),
    resolution: oneOf(RESOLUTIONS, 'resolution')
      .meta({ description: 'Length of a row, in UTC; weeks begin on Monday. `day` when left out.' })
      .optional(),
    ...scopeFields(deps),
    function: functionField,
    mechanism: mechanismField,
    ...revField,
    limit: limit.optional(),
    cursor: cursorOf(z.tuple([z.int().min(0).max(8.64e15), z.string().max(300)])).optional(),
  });
}

/** The start of the bucket that holds an instant. */
function floorTo(atMs: number, resolution: Resolution): number {
  if (resolution === 'month') {
    const date = new Date(atMs);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  }
  const lengthMs = { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS }[resolution];
  const zeroMs = resolution === 'week' ? FIRST_MONDAY_MS : 0;
  return Math.floor((atMs - zeroMs) / lengthMs) * lengthMs + zeroMs;
}

/** Where the next bucket starts. */
function nextAfter(startMs: number, resolution: Resolution): number {
  if (resolution === 'hour') return startMs + HOUR_MS;
  if (resolution === 'day') return startMs + DAY_MS;
  if (resolution === 'week') return startMs + 7 * DAY_MS;
  const date = new Date(startMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}

type Counts = Record<Verdict, number>;
type Found = ReturnType<DataDeps['store']['findLanes']>[number];

/** Slots of one lane with one mechanism, or all of them when mechanisms are not told apart. */
type Piece = {
  readonly lane: Found;
  readonly mechanism: Mechanism | null;
  readonly counts: Readonly<Counts>;
};

type Row = {
  readonly group: Readonly<
    Partial<Record<Dimension | 'countryCode' | 'asn', string | number | null>>
  >;
  readonly counts: Counts;
  readonly vantages: Set<string>;
  readonly licences: Set<string>;
  readonly networks: Set<number | string>;
};

const noCounts = (): Counts => ({
  ok: 0,
  likely_blocked: 0,
  blocked: 0,
  impaired: 0,
  down: 0,
  insufficient: 0,
});

function toGroup({ lane, mechanism }: Piece, by: readonly Dimension[]): Row['group'] {
  const { key, vantage } = lane;
  const all = {
    service: { service: key.service },
    country: { countryCode: vantage.countryCode },
    network: { countryCode: vantage.countryCode, asn: vantage.asn === 0 ? null : vantage.asn },
    vantage: { vantage: key.vantageId },
    function: { function: key.function },
    mechanism: { mechanism },
  };
  return Object.assign({}, ...by.map((one) => all[one])) as Row['group']; // whose parts stand above
}

/** Rows of one bucket by the text of their group, which is also their order. */
function countUp(
  pieces: readonly Piece[],
  by: readonly Dimension[],
  licenceOf: (lane: Found) => string,
): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const piece of pieces) {
    const group = toGroup(piece, by);
    // Never empty: an empty one in a cursor stands for the beginning of a bucket.
    const key = `=${Object.values(group).join(' ')}`;
    const row = rows.get(key) ?? {
      group,
      counts: noCounts(),
      vantages: new Set(),
      licences: new Set(),
      networks: new Set(),
    };
    rows.set(key, row);
    for (const verdict of VERDICTS) row.counts[verdict] += piece.counts[verdict];
    const { id, asn } = piece.lane.vantage;
    row.vantages.add(id);
    row.licences.add(licenceOf(piece.lane));
    row.networks.add(asn === 0 ? id : asn);
  }
  return new Map([...rows].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const sumOf = (counts: Readonly<Counts>): number =>
  VERDICTS.reduce((sum, verdict) => sum + counts[verdict], 0);

function toRowJson(startMs: number, resolution: Resolution, row: Row) {
  const measured = sumOf(row.counts);
  return {
    start: toIso(startMs),
    end: toIso(nextAfter(startMs, resolution)),
    ...row.group,
    counts: row.counts,
    // What shares are of: slots with data, and those of them that tell anything.
    measured,
    told: measured - row.counts.insufficient,
    vantages: row.vantages.size,
    // Of everything that is counted; one that is not ours holds for the row.
    licences: [...row.licences].toSorted(),
    networks: row.networks.size,
  };
}

type Range = { readonly fromMs: number; readonly toMs: number };

/** Counts of lanes from `fromMs`, bucket by bucket, out of the counts that are kept per hour and day. */
function readCounts(
  { store }: DataDeps,
  lanes: readonly Found[],
  filter: ReturnType<typeof toLaneFilter>,
  resolution: Resolution,
  { fromMs, toMs }: Range,
): Map<number, Piece[]> {
  const laneOf = new Map(
    lanes.map((lane) => [`${lane.key.service} ${lane.key.vantageId} ${lane.key.function}`, lane]),
  );
  const pieces = new Map<number, Piece[]>();
  const stored = resolution === 'hour' ? 'hour' : 'day';
  for (const found of store.listBuckets({ ...filter, fromMs, toMs, resolution: stored })) {
    const lane = laneOf.get(`${found.service} ${found.vantageId} ${found.function}`);
    if (lane === undefined) continue;
    for (const { startMs, counts } of found.buckets) {
      if (sumOf(counts) === 0) continue;
      const bucketMs = floorTo(startMs, resolution);
      const list = pieces.get(bucketMs) ?? [];
      pieces.set(bucketMs, list);
      list.push({ lane, mechanism: null, counts });
    }
  }
  return pieces;
}

/** The same by mechanism, out of spans. */
function readMechanisms(
  { store }: DataDeps,
  lanes: readonly Found[],
  filter: ReturnType<typeof toLaneFilter>,
  mechanisms: readonly Mechanism[] | undefined,
  range: Range,
): Piece[] {
  const laneOf = new Map(
    lanes.map((lane) => [`${lane.key.service} ${lane.key.vantageId} ${lane.key.function}`, lane]),
  );
  return store.listLanes({ ...filter, ...range }).flatMap((found) => {
    const lane = laneOf.get(`${found.service} ${found.vantageId} ${found.function}`);
    if (lane === undefined) return [];
    return found.spans.flatMap(({ state, mechanism, count }): Piece[] => {
      if (state === 'no_data' || count === 0) return [];
      const isWanted =
        mechanisms === undefined || (mechanism !== undefined && mechanisms.includes(mechanism));
      return isWanted
        ? [{ lane, mechanism: mechanism ?? null, counts: { ...noCounts(), [state]: count } }]
        : [];
    });
  });
}

type Query = z.infer<ReturnType<typeof availabilityQuery>>;

/** Buckets of the range in pieces that are read at once. */
function* listBucketPieces(
  query: Query,
  range: Range,
  resolution: Resolution,
  deps: DataDeps,
): Generator<{
  readonly startMs: number;
  readonly pieces: readonly Piece[];
  readonly looks: number;
}> {
  const { by = [], mechanism, function: functions } = query;
  const filter = toLaneFilter(query);
  const isByFunction = by.includes('function') && functions === undefined;
  const wanted = isByFunction ? { ...filter, functions: [...ALL_PARTS] } : filter;
  const lanes = deps.store.findLanes(wanted);
  if (lanes.length === 0) return;
  const perBucket = lanes.length;
  if (by.includes('mechanism') || mechanism !== undefined) {
    const looks = perBucket * (MAX_BUCKETS / MAX_SPAN_LOOKS);
    for (let startMs = range.fromMs; startMs < range.toMs; ) {
      const endMs = nextAfter(startMs, resolution);
      const part = { fromMs: startMs, toMs: endMs };
      yield { startMs, pieces: readMechanisms(deps, lanes, wanted, mechanism, part), looks };
      startMs = endMs;
    }
    return;
  }
  const daysInRow = { hour: 1 / 24, day: 1, week: 7, month: 30 }[resolution];
  const storedPerBucket = perBucket * (resolution === 'hour' ? 1 : daysInRow);
  const bucketsAtOnce = Math.max(1, Math.floor(MAX_BUCKETS / 6 / storedPerBucket));
  for (let fromMs = range.fromMs; fromMs < range.toMs; ) {
    let toMs = fromMs;
    for (let bucket = 0; bucket < bucketsAtOnce && toMs < range.toMs; bucket += 1)
      toMs = nextAfter(toMs, resolution);
    const counts = readCounts(deps, lanes, wanted, resolution, { fromMs, toMs });
    for (let startMs = fromMs; startMs < toMs; startMs = nextAfter(startMs, resolution))
      yield { startMs, pieces: counts.get(startMs) ?? [], looks: storedPerBucket };
    fromMs = toMs;
  }
}

const ALL_PARTS = ['service', ...FUNCTIONS] as const;

function takePage(query: Query, range: Range, resolution: Resolution, deps: DataDeps) {
  const { by = ['service', 'country'], cursor } = query;
  const most = query.limit ?? DEFAULT_LIMIT;
  const rows: ReturnType<typeof toRowJson>[] = [];
  const licences = new Map<string, string>();
  const licenceOf = ({ key, vantage }: Found): string => {
    const name = `${key.service} ${key.vantageId}`;
    const known = licences.get(name) ?? findLicence(deps.store, { service: key.service, vantage });
    licences.set(name, known);
    return known;
  };
  let looks = 0;
  for (const bucket of listBucketPieces(query, range, resolution, deps)) {
    if (looks > MAX_BUCKETS) return { rows, nextCursor: toCursor([bucket.startMs, '']) };
    looks += bucket.looks;
    let lastKey = bucket.startMs === cursor?.[0] ? cursor[1] : '';
    for (const [key, row] of countUp(bucket.pieces, by, licenceOf)) {
      if (key <= lastKey) continue;
      if (rows.length >= most) return { rows, nextCursor: toCursor([bucket.startMs, lastKey]) };
      rows.push(toRowJson(bucket.startMs, resolution, row));
      lastKey = key;
    }
  }
  return { rows, nextCursor: null };
}

/** The buckets that a query touches, where there are data: the last 30 days unless told. */
function findRange({ from, to, cursor }: Query, resolution: Resolution, deps: DataDeps): Range {
  const toMs = to ?? deps.clock.nowMs();
  const fromMs = from ?? toMs - RANGE_MS['30d'];
  checkRange(fromMs, toMs);
  const { firstSlotMs = toMs, lastUntilMs = fromMs } = deps.store.range();
  const first = Math.max(fromMs, firstSlotMs);
  const startMs = floorTo(first, resolution);
  if (cursor !== undefined && floorTo(cursor[0], resolution) !== cursor[0])
    throw new RequestProblem(OTHER_CURSOR);
  return {
    fromMs: Math.max(startMs, cursor?.[0] ?? startMs),
    toMs: Math.min(toMs, lastUntilMs),
  };
}

const OTHER_CURSOR = {
  kind: 'invalid-query',
  detail: 'Cannot use `cursor`: it belongs to another resolution. Begin again without it.',
  errors: [
    {
      parameter: 'cursor',
      detail: 'it belongs to another resolution',
      remedy: 'Begin again without it.',
    },
  ],
} as const;

/**
 * Answers with counts, oldest first; whole buckets, so the first and the last may reach over the range. A page that has
 * read enough ends, so it may be short and yet lead on.
 */
export const answerAvailability: DataHandler = ({ request, url }, deps) => {
  const query = parseQuery(remember(deps, availabilityQuery), url);
  const { resolution = 'day', by = ['service', 'country'] } = query;
  const range = findRange(query, resolution, deps);
  const make = () => {
    const { rows, nextCursor } = takePage(query, range, resolution, deps);
    return {
      isSimulated: deps.info.isSimulated,
      resolution,
      by,
      availability: rows,
      ...toNext(url, nextCursor),
    };
  };
  const minute = String(Math.floor(deps.clock.nowMs() / 60_000));
  return deps.cache.answer(request, `availability ${url.search}`, make, minute);
};
