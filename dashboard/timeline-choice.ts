/**
 * What a timeline shows, and its address. Both the server and the browser write addresses with this one function, in
 * one order and without defaults, so that equal views have equal addresses.
 */
import { AGGREGATES, type Aggregate } from './columns.ts';
import { toIsoMinute } from './format.ts';
import { ROW_KINDS, ROW_ORDERS, type RowKind, type RowOrder } from './lane-rows.ts';

/** Forms of the page; the default comes first. */
export const VIEWS = ['lanes', 'table', 'heat'] as const;
export type ViewKind = (typeof VIEWS)[number];

/** Lanes beside the measured ones that can be left out; all of them unless told. */
export const EXTRA_LANES = ['announcements', 'lag', 'control', 'coverage'] as const;
export type ExtraLane = (typeof EXTRA_LANES)[number];

/** In `lanes=` of an address: none of them. */
export const NO_LANES = 'none';

/** Range of a page that names none. */
export const DEFAULT_RANGE = '30d';

/** The choice that an address stands for. */
export type TimelineChoice = {
  readonly services: readonly string[];
  readonly countries: readonly string[];
  readonly asns: readonly number[];
  readonly functions: readonly string[];
  /** A preset such as `30d`; absent when `from` or `to` was given. */
  readonly range?: string;
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
  readonly by: RowKind;
  readonly sort: RowOrder;
  readonly agg: Aggregate;
  /** ISO 3166-1 alpha-2 code of a country to compare with. */
  readonly cmp?: string;
  readonly view: ViewKind;
  readonly lanes: readonly ExtraLane[];
  /** From 1. */
  readonly page: number;
  /** Absent when it is the default of the page. */
  readonly tz?: string;
};

/** What a reader changes without choosing other data. */
export type DisplayChoice = Pick<TimelineChoice, 'by' | 'sort' | 'agg' | 'view' | 'lanes' | 'page'>;

/** The display of an address that says nothing of it. */
export const DEFAULT_DISPLAY: DisplayChoice = {
  by: ROW_KINDS[0],
  sort: ROW_ORDERS[0],
  agg: AGGREGATES[0],
  view: VIEWS[0],
  lanes: EXTRA_LANES,
  page: 1,
};

function writeLanes(lanes: readonly ExtraLane[]): string | undefined {
  if (EXTRA_LANES.every((lane) => lanes.includes(lane))) return undefined;
  return EXTRA_LANES.filter((lane) => lanes.includes(lane)).join(',') || NO_LANES;
}

function unlessDefault<T>(value: T, usual: T): T | undefined {
  return value === usual ? undefined : value;
}

/** The parts of an address that say what is chosen, in order, defaults left out. */
export function listParameters(choice: TimelineChoice): (readonly [name: string, value: string])[] {
  const { range, fromMs, toMs } = choice;
  const list = (values: readonly (string | number)[]) => values.join(',') || undefined;
  const parameters: readonly (readonly [string, string | number | undefined])[] = [
    ['service', list(choice.services)],
    ['country', list(choice.countries)],
    ['asn', list(choice.asns)],
    ['function', list(choice.functions)],
    ['range', unlessDefault(range, DEFAULT_RANGE)],
    ['from', range === undefined ? toIsoMinute(fromMs) : undefined],
    ['to', range === undefined ? toIsoMinute(toMs) : undefined],
    ['by', unlessDefault(choice.by, DEFAULT_DISPLAY.by)],
    ['sort', unlessDefault(choice.sort, DEFAULT_DISPLAY.sort)],
    ['agg', unlessDefault(choice.agg, DEFAULT_DISPLAY.agg)],
    ['cmp', choice.cmp],
    ['view', unlessDefault(choice.view, DEFAULT_DISPLAY.view)],
    ['lanes', writeLanes(choice.lanes)],
    ['page', unlessDefault(choice.page, 1)],
    ['tz', choice.tz],
  ];
  return parameters.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
}

/** The query of a choice with its question mark, e.g. `?service=instagram&by=vantage`; empty for the default view. */
export function toQuery(choice: TimelineChoice): string {
  const query = new URLSearchParams(listParameters(choice).map(([name, value]) => [name, value]));
  // Colons, slashes and commas are allowed in a query and read better in a link that people copy.
  const text = query
    .toString()
    .replaceAll('%3A', ':')
    .replaceAll('%2F', '/')
    .replaceAll('%2C', ',');
  return text === '' ? '' : `?${text}`;
}

function oneOf<const T extends string>(words: readonly T[], text: string | null): T | undefined {
  return words.find((word) => word === text);
}

/** Reads the display of an address; a word that it does not know is as if it were not there. */
export function readDisplay(query: URLSearchParams): DisplayChoice {
  const lanes = query.get('lanes');
  const page = Number(query.get('page') ?? '1');
  return {
    by: oneOf(ROW_KINDS, query.get('by')) ?? DEFAULT_DISPLAY.by,
    sort: oneOf(ROW_ORDERS, query.get('sort')) ?? DEFAULT_DISPLAY.sort,
    agg: oneOf(AGGREGATES, query.get('agg')) ?? DEFAULT_DISPLAY.agg,
    view: oneOf(VIEWS, query.get('view')) ?? DEFAULT_DISPLAY.view,
    lanes: lanes === null || lanes === '' ? EXTRA_LANES : readLanes(lanes),
    page: Number.isInteger(page) && page >= 1 ? page : 1,
  };
}

/** Reads a list of extra lanes; `none` and words that are none of them leave nothing. */
export function readLanes(text: string): readonly ExtraLane[] {
  const named = text.split(',').map((word) => word.trim());
  return EXTRA_LANES.filter((lane) => named.includes(lane));
}

/** Rows on one page of the timeline: what a canvas paints within a frame, and a table carries over a bad line. */
export const ROWS_PER_PAGE = 60;
