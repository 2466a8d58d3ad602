/**
 * Every address of the API: its handler, and what documents say of it. The parameters of a document are read out of the
 * very schemas that parse them; the forms of answers stand in answer-schemas.ts under the name of the operation.
 */
import type { z } from 'zod';
import type { DataDeps, DataHandler, Handler } from '../contract.ts';
import { parseQuery } from '../query.ts';
import { announcementsQuery, answerAnnouncement, answerAnnouncements } from './announcements.ts';
import { answerAvailability, availabilityQuery } from './availability.ts';
import { noParameters, revisionOnly } from './fields.ts';
import { answerHealth } from './health.ts';
import { answerIncident, answerIncidents, incidentsQuery } from './incidents.ts';
import { answerLaneMonth, answerLaneMonths } from './lane-months.ts';
import { answerLaneRuns } from './lane-runs.ts';
import { answerLanes, laneListQuery, lanesQuery } from './lanes.ts';
import { answerLedgerRows, ledgerQuery } from './ledger.ts';
import { answerMeasurement, answerMeasurements, measurementsQuery } from './measurements.ts';
import { ooniQuery } from './ooni.ts';
import { answerSchema, answerTableSchema } from './schema.ts';
import { answerServices } from './services.ts';
import { answerStream, streamQuery } from './stream.ts';
import { answerTargets, targetsQuery } from './targets.ts';
import { answerTimeline } from './timeline.ts';
import { answerVantage, answerVantages, vantagesQuery } from './vantages.ts';

/** What has to be derived again for an answer about the past. */
export type Derived = 'lanes' | 'incidents';

/** What a document says of one address. */
export type ApiRoute = (
  | { readonly handle: Handler; readonly derives?: undefined }
  /** It can be answered as of a revision. */
  | { readonly handle: DataHandler; readonly derives: readonly Derived[] }
) & {
  /** E.g. `/api/v1/incidents/:id`. */
  readonly path: string;
  readonly policy: 'public';
  /** Name of the operation, unique; generated clients call it so. */
  readonly operation: string;
  readonly summary: string;
  /** What the summary leaves open; plain text. */
  readonly description?: string;
  /** Schema of its query. */
  readonly query: (deps: DataDeps) => z.ZodObject;
  /** An address over the sample data that the answer in the document is of. */
  readonly example: string;
  /** Media type when it is not JSON; such answers have no schema. */
  readonly mediaType?: string;
};

const none = () => noParameters;
const RUNS = 'application/vnd.reachline.runs';
const RANGE = 'The last 30 days unless a range is given. Ranges take in `from` and leave out `to`.';

/** Refuses parameters where the handler itself takes none. */
function bare(handle: Handler): Handler {
  return (handled, deps) => {
    parseQuery(noParameters, handled.url);
    return handle(handled, deps);
  };
}

const answerIndex: Handler = ({ request, url }, deps) => {
  parseQuery(noParameters, url);
  return deps.cache.answer(request, 'index', () => ({
    isSimulated: deps.info.isSimulated,
    version: deps.info.version,
    times:
      'RFC 3339 in UTC; ranges take in `from` and leave out `to`; lists are separated by commas',
    documentation: '/api',
    openapi: '/openapi.json',
    resources: API_ROUTES.map(({ path, summary, query }) => ({
      url: toTemplate(path),
      about: summary,
      parameters: Object.keys(query(deps).shape),
    })),
  }));
};

/** Writes `/incidents/:id` as `/incidents/{id}`. */
export function toTemplate(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

const MEASUREMENT = 'facebook.ru-volga-fixed.20220305T120000Z';

/** Every address, in the order in which documents list them. */
export const API_ROUTES: readonly ApiRoute[] = [
  {
    path: '/api/v1',
    policy: 'public',
    handle: answerIndex,
    operation: 'getIndex',
    summary: 'What can be asked here',
    query: none,
    example: '/api/v1',
  },
  {
    path: '/api/v1/services',
    policy: 'public',
    handle: answerServices,
    operation: 'listServices',
    summary: 'Services, their functions and the targets that are measured',
    query: none,
    example: '/api/v1/services',
  },
  {
    path: '/api/v1/vantages',
    policy: 'public',
    handle: answerVantages,
    operation: 'listVantages',
    summary: 'Places and networks that are measured from, with their coverage',
    description: 'Ratios are of the last 90 days.',
    query: () => vantagesQuery,
    example: '/api/v1/vantages?country=PL',
  },
  {
    path: '/api/v1/vantages/:id',
    policy: 'public',
    handle: answerVantage,
    operation: 'getVantage',
    summary: 'One vantage with its silences, revisions and days',
    query: none,
    example: '/api/v1/vantages/pl-wisla-fixed',
  },
  {
    path: '/api/v1/measurements',
    policy: 'public',
    handle: answerMeasurements,
    derives: ['lanes'],
    operation: 'listMeasurements',
    summary: 'Measurements with the verdict in force, newest first',
    description:
      'A page by verdict or mechanism ends when it has looked at enough rows, so it may be short or empty and yet lead on with `next`.',
    query: measurementsQuery,
    example: '/api/v1/measurements?service=facebook&country=RU&verdict=blocked&limit=1',
  },
  {
    path: '/api/v1/measurements/:id',
    policy: 'public',
    handle: answerMeasurement,
    derives: [],
    operation: 'getMeasurement',
    summary: 'One measurement with all its evidence',
    description: 'Every observation, the judgement with its reasons, and earlier judgements.',
    query: () => revisionOnly,
    example: `/api/v1/measurements/${MEASUREMENT}`,
  },
  {
    path: '/api/v1/measurements.ooni.jsonl',
    policy: 'public',
    handle: (handled, deps) => deps.answerOoni(handled, deps),
    operation: 'exportOoni',
    summary: 'Measurements in the data format of OONI, one per line',
    description:
      'As `reachline export ooni` writes them, with the verdicts of the newest revision unless `rev` tells. Streamed; two exports at a time, then 429.',
    query: ooniQuery,
    example: '/api/v1/measurements.ooni.jsonl?service=facebook&country=RU&from=2022-03-05',
    mediaType: 'application/x-ndjson',
  },
  {
    path: '/api/v1/targets',
    policy: 'public',
    handle: answerTargets,
    derives: [],
    operation: 'listTargets',
    summary: 'What each target gave in each run: step that failed, failure, status, lengths',
    description:
      'Newest run first. Of several attempts the one that decided; all of them are in the measurement. A page ends when it has looked at enough runs, so it may be short and yet lead on with `next`. As files: /api/v1/exports/targets.csv.',
    query: targetsQuery,
    example: '/api/v1/targets?service=facebook&country=RU&from=2022-03-05&to=2022-03-06&limit=2',
  },
  {
    path: '/api/v1/availability',
    policy: 'public',
    handle: answerAvailability,
    derives: ['lanes'],
    operation: 'listAvailability',
    summary: 'Counts per verdict over time, with what shares are of',
    description: `${RANGE} Counts are of slots: \`measured\` is all with data, \`told\` those that are not \`insufficient\`. By \`network\` rows carry the country too. Rows of a bucket without data are left out.`,
    query: availabilityQuery,
    example:
      '/api/v1/availability?by=service,network&service=facebook&country=RU&from=2022-03-05&to=2022-03-06',
  },
  {
    path: '/api/v1/lanes',
    policy: 'public',
    handle: answerLanes,
    derives: ['lanes'],
    operation: 'listLanes',
    summary: 'Verdicts over time as spans, per service, vantage and function',
    description: RANGE,
    query: laneListQuery,
    example: '/api/v1/lanes?service=facebook&vantage=ru-volga-fixed&from=2022-03-04&to=2022-03-06',
  },
  {
    path: '/api/v1/timeline',
    policy: 'public',
    handle: answerTimeline,
    derives: ['lanes', 'incidents'],
    operation: 'getTimeline',
    summary: 'Lanes, announcements and incidents of a range, joined',
    description: RANGE,
    query: laneListQuery,
    example:
      '/api/v1/timeline?service=facebook&vantage=ru-volga-fixed&from=2022-03-04&to=2022-03-06',
  },
  {
    path: '/api/v1/incidents',
    policy: 'public',
    handle: answerIncidents,
    derives: ['incidents'],
    operation: 'listIncidents',
    summary: 'Restrictions that were concluded, newest onset first',
    description: 'With a range those that were not over before `from` and began before `to`.',
    query: incidentsQuery,
    example: '/api/v1/incidents?service=facebook',
  },
  {
    path: '/api/v1/incidents/:id',
    policy: 'public',
    handle: answerIncident,
    derives: ['incidents'],
    operation: 'getIncident',
    summary: 'One incident with its restrictions, its log and what a second detector says',
    query: () => revisionOnly,
    example: '/api/v1/incidents/facebook-ru-20220305t0000z',
  },
  {
    path: '/api/v1/announcements',
    policy: 'public',
    handle: answerAnnouncements,
    derives: [],
    operation: 'listAnnouncements',
    summary: 'Curated announcements of authorities, newest first',
    description: 'With a range those that have a mark in it.',
    query: announcementsQuery,
    example: '/api/v1/announcements?service=facebook&from=2022-03-04&to=2022-03-05&limit=1',
  },
  {
    path: '/api/v1/announcements/:id',
    policy: 'public',
    handle: answerAnnouncement,
    derives: [],
    operation: 'getAnnouncement',
    summary: 'One announcement with its revisions and what refers to it',
    query: () => revisionOnly,
    example: '/api/v1/announcements/ru-rkn-2022-03-04-facebook-block',
  },
  {
    path: '/api/v1/ledger',
    policy: 'public',
    handle: answerLedgerRows,
    derives: [],
    operation: 'listLedger',
    summary: 'Announced against measured: one row per announcement, service and network',
    description: 'A walk through pages stays with the revision that it began with.',
    query: ledgerQuery,
    example: '/api/v1/ledger?service=facebook&country=RU&limit=1',
  },
  {
    path: '/api/v1/lanes.rl',
    policy: 'public',
    handle: answerLaneRuns,
    operation: 'getLaneRuns',
    summary: 'Lanes in whole months as runs of a few bytes, for charts',
    description: 'The form is described in dashboard/lane-runs.ts.',
    query: lanesQuery,
    example: '/api/v1/lanes.rl?service=facebook',
    mediaType: RUNS,
  },
  {
    path: '/api/v1/lane-months',
    policy: 'public',
    handle: answerLaneMonths,
    operation: 'listLaneMonths',
    summary: 'The months of lanes one by one, each under an address that names its content',
    query: lanesQuery,
    example: '/api/v1/lane-months?service=facebook&vantage=ru-volga-fixed',
  },
  {
    path: '/api/v1/lane-months/:revision/:file',
    policy: 'public',
    handle: bare(answerLaneMonth),
    operation: 'getLaneMonth',
    summary: 'One month of one lane, for ever',
    query: none,
    example: '/api/v1/lane-months?service=facebook&vantage=ru-volga-fixed',
    mediaType: RUNS,
  },
  {
    path: '/api/v1/stream',
    policy: 'public',
    handle: answerStream,
    operation: 'followEvents',
    summary: 'What becomes known, as it becomes known, as Server-Sent Events',
    description:
      'Events are `lane` (a new verdict: `lane` as service/vantage/part, slot `t` and end `until` in epoch milliseconds, start `at`, `verdict`, run `n` of the slot), `change` (a service that turned: the same with `from`), `incident` (an entry in a log: `incident`, `t`, `change`) and `reset` (read anew). Data are JSON. With `Last-Event-ID` a client goes on where it was.',
    query: streamQuery,
    example: '/api/v1/stream?service=facebook',
    mediaType: 'text/event-stream',
  },
  {
    path: '/api/v1/schema',
    policy: 'public',
    handle: answerSchema,
    operation: 'getSchema',
    summary: 'Rows of all tables as JSON Schema',
    description:
      'What a row of a file as JSON or JSON Lines holds: every column with its meaning, unit and values.',
    query: none,
    example: '/api/v1/schema',
  },
  {
    path: '/api/v1/schema/:id',
    policy: 'public',
    handle: answerTableSchema,
    operation: 'getTableSchema',
    summary: 'Rows of one table as JSON Schema',
    query: none,
    example: '/api/v1/schema/targets',
  },
  {
    path: '/api/v1/health',
    policy: 'public',
    handle: bare(answerHealth),
    operation: 'getHealth',
    summary: 'State of this server',
    query: none,
    example: '/api/v1/health',
  },
];
