/** GET /data: how many rows a query has and how large it is, without making it; and the query as address and code. */
import { z } from 'zod';
import { createDataPage, type DataChoice } from '../dashboard/pages/data.ts';
import { renderPage } from '../dashboard/pages/frame.ts';
import type { Column } from '../db/dictionary/column.ts';
import type { ResourceName } from '../db/dictionary/dictionary.ts';
import { FUNCTIONS, VERDICTS } from '../probes/types.ts';
import type { Handler, HandlerDeps } from './contract.ts';
import { readBulkData } from './data-bulk.ts';
import { writeSnippets } from './data-snippets.ts';
import { findRevisionMs, formatRevision, writeCitation } from './exports/revision.ts';
import { createFrame } from './pages.ts';
import { checkRange, countries, listOf, oneOf, parseQuery, time, zone } from './query.ts';
import { replyHtml } from './reply.ts';

function dataQuery(
  { config }: HandlerDeps,
  resources: readonly string[],
  formats: readonly string[],
) {
  return z.object({
    resource: oneOf(resources, 'table').optional(),
    format: oneOf(formats, 'format').optional(),
    service: listOf(
      config.services.map(({ id }) => id),
      'service',
    ).optional(),
    country: countries.optional(),
    from: time('UTC').optional(),
    to: time('UTC').optional(),
    own: oneOf(['1'], 'choice').optional(),
    safe: oneOf(['1'], 'choice').optional(),
    month: z
      .string()
      .regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, 'no month, such as 2022-03')
      .optional(),
    tz: zone.optional(),
  });
}

type Query = z.infer<ReturnType<typeof dataQuery>>;
/** Tables of lanes have a row for every part. */
const ALL_PARTS = ['service', ...FUNCTIONS] as const;

type Size = { readonly rows: number; readonly isExact: boolean };

function toLaneQuery({ service, country, from, to }: Query, { store }: HandlerDeps) {
  const { firstSlotMs = 0, lastUntilMs = firstSlotMs + 1 } = store.range();
  return {
    ...(service === undefined ? {} : { services: service }),
    ...(country === undefined ? {} : { countryCodes: country }),
    fromMs: Math.max(from ?? firstSlotMs, firstSlotMs),
    toMs: Math.max(firstSlotMs + 1, Math.min(to ?? lastUntilMs, lastUntilMs)),
  };
}

/** Counts out of what is kept per day, so that a question about years costs milliseconds. */
function countRows(resource: ResourceName, query: Query, deps: HandlerDeps): Size {
  const { store, config } = deps;
  const { service, country, from, to } = query;
  const isService = (id: string) => service === undefined || service.some((one) => one === id);
  const isCountry = (code: string) => country === undefined || country.includes(code);
  const exact = (rows: number): Size => ({ rows, isExact: true });
  switch (resource) {
    case 'targets':
    case 'measurements':
    case 'availability': {
      const lanes = store.listBuckets({
        ...toLaneQuery(query, deps),
        ...(resource === 'availability' ? { functions: ALL_PARTS } : {}),
        resolution: 'day',
      });
      const buckets = lanes.flatMap((lane) => lane.buckets);
      if (resource === 'availability') return { rows: buckets.length, isExact: false };
      const rows = buckets.reduce(
        (sum, { counts }) => sum + VERDICTS.reduce((inner, one) => inner + counts[one], 0),
        0,
      );
      // Of each service all targets are visited in every run.
      const targets = config.services
        .filter(({ id }) => isService(id))
        .map((one) => one.targets.length);
      const each = targets.reduce((sum, one) => sum + one, 0) / Math.max(1, targets.length);
      return { rows: resource === 'targets' ? Math.round(rows * each) : rows, isExact: false };
    }
    case 'lanes': {
      const lanes = store.listLanes({ ...toLaneQuery(query, deps), functions: ALL_PARTS });
      return { rows: lanes.reduce((sum, { spans }) => sum + spans.length, 0), isExact: false };
    }
    case 'incidents': {
      const incidents = store.listIncidents({
        ...(service === undefined ? {} : { services: service }),
        ...(country === undefined ? {} : { countryCodes: country }),
        ...(from === undefined ? {} : { fromMs: from }),
        ...(to === undefined ? {} : { toMs: to }),
      });
      return exact(incidents.reduce((sum, { episodes }) => sum + episodes.length, 0));
    }
    case 'announcements':
      return { rows: store.listAnnouncements().length, isExact: false };
    case 'ledger':
    case 'unannounced': {
      const content = store.getLedger()?.content;
      if (content === undefined) return exact(0);
      const isWanted = (one: { readonly service: string; readonly countryCode: string }) =>
        isService(one.service) && isCountry(one.countryCode);
      return exact(
        resource === 'unannounced'
          ? content.unannounced.filter(isWanted).length
          : content.groups.filter(isWanted).reduce((sum, { rows }) => sum + rows.length, 0),
      );
    }
    case 'vantages':
      return exact(store.listVantages().length);
    case 'services':
      return exact(config.services.length);
    default:
      return resource satisfies never;
  }
}

/** Characters of a value, about: of the sample and of a year of the generator they lie within a third of it. */
const CELL_BYTES = 11;
/** What Parquet leaves of a value once it is encoded and compressed; most columns hold one value for long. */
const PARQUET_CELL_BYTES = 0.4;
/** What it says of each column: its place, its bounds and its meaning. */
const PARQUET_COLUMN_BYTES = 250;

function estimateBytes(rows: number, columns: readonly Column[], format: string): number {
  if (format === 'parquet')
    return columns.length * (rows * PARQUET_CELL_BYTES + PARQUET_COLUMN_BYTES);
  const names = columns.reduce((sum, { name }) => sum + name.length + 4, 0);
  const perRow = columns.length * CELL_BYTES + (format === 'csv' ? 0 : names);
  return rows * perRow + (format === 'csv' ? names : 0);
}

const toDay = (ms: number | undefined): string =>
  ms === undefined ? '' : new Date(ms).toISOString().slice(0, 10);

function describeChoice(query: Query): DataChoice {
  const { resource = 'measurements', format = 'csv', service = [], country = [] } = query;
  return {
    resource,
    format,
    services: service,
    country: country.join(','),
    from: toDay(query.from),
    to: toDay(query.to),
    isOwn: query.own !== undefined,
    isSafe: query.safe !== undefined,
  };
}

/** The address of the export: of the choice those filters that the table has, under its revision where it has any. */
function toAddress(choice: DataChoice, filters: readonly string[], revision: string): string {
  const chosen: readonly (readonly [string, string])[] = [
    ['service', choice.services.join(',')],
    ['country', choice.country],
    ['from', choice.from],
    ['to', choice.to],
    ['own', choice.isOwn ? '1' : ''],
    ['rev', revision],
  ];
  const query = new URLSearchParams(
    chosen
      .filter(([name, value]) => value !== '' && filters.includes(name))
      .map(([name, value]) => [name, value]),
  );
  if (choice.isSafe && choice.format === 'csv') query.set('safe', '1');
  // Commas stay as they are, which is how people read lists.
  const text = query.toString().replaceAll('%2C', ',');
  return `/api/v1/exports/${choice.resource}.${choice.format}${text === '' ? '' : `?${text}`}`;
}

function describeTable(
  {
    title,
    description,
    columns,
  }: { title: string; description: string; columns: readonly Column[] },
  filters: readonly string[],
) {
  return {
    title,
    description,
    hasFilters: filters.includes('service'),
    columns: columns.map(({ name, type, unit, description: meaning, isNullable, values = {} }) => ({
      name,
      type: unit === undefined ? type : `${type}, ${unit}`,
      meaning,
      isNullable,
      values: Object.entries(values),
    })),
  };
}

/** Shows the page. */
export const showData: Handler = async (handled, deps) => {
  // Whoever takes no data does not pay for the dictionary.
  const { DICTIONARY_VERSION, isResourceName, RESOURCE_NAMES, RESOURCES } = await import(
    '../db/dictionary/dictionary.ts'
  );
  const { TABLE_FILTERS } = await import('./exports/ask-export.ts');
  const { FORMAT_NAMES } = await import('./exports/formats/formats.ts');
  const { url } = handled;
  const query = parseQuery(dataQuery(deps, RESOURCE_NAMES, FORMAT_NAMES), url);
  checkRange(query.from ?? Number.NEGATIVE_INFINITY, query.to ?? Number.POSITIVE_INFINITY);
  const choice = describeChoice(query);
  const name = isResourceName(choice.resource) ? choice.resource : 'measurements';
  const table = RESOURCES[name];
  const size = countRows(name, query, deps);
  const filters: readonly string[] = TABLE_FILTERS[name];
  const revisionMs = findRevisionMs(deps.store, deps.clock.nowMs());
  const revision = formatRevision(revisionMs);
  const address = toAddress(choice, filters, revision);
  const whole = `${url.origin}${address}`;
  const fileName = `reachline-${name}-${revision}.${choice.format}`;
  const simulated = deps.info.isSimulated ? ' [simulated]' : '';
  const frame = createFrame(handled, deps, query.tz ?? 'UTC', [...url.searchParams.keys()]);
  const page = createDataPage(
    {
      choice,
      resources: RESOURCE_NAMES.map((one) => ({ name: one, title: RESOURCES[one].title })),
      formats: FORMAT_NAMES,
      services: deps.config.services,
      table: describeTable(table, filters),
      ...size,
      bytes: estimateBytes(size.rows, table.columns, choice.format),
      url: address,
      fileName,
      snippets: writeSnippets(whole, choice.format, fileName),
      citation: writeCitation({ title: `${table.title}${simulated}`, url: whole, revisionMs }),
      revision,
      dictionaryVersion: DICTIONARY_VERSION,
      bulk: readBulkData(deps, query.month),
    },
    frame,
  );
  return replyHtml(handled, await renderPage(frame, page));
};
