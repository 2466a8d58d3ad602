/** GET /api/v1/incidents and /api/v1/incidents/:id: restrictions that were concluded, from what, and how certainly. */
import { z } from 'zod';
import type { StoredIncidentEntry } from '../../db/incident-log.ts';
import type { Episode, Incident, Interval } from '../../db/incident-types.ts';
import { medianOfCounts } from '../analysis/cusum.ts';
import {
  compareDetectors,
  type ReadHours,
  type SecondOpinion,
} from '../analysis/second-detector.ts';
import { SEVERITIES } from '../analysis/severity.ts';
import type { DataDeps, DataHandler, ReadStore } from '../contract.ts';
import { RequestProblem } from '../problem.ts';
import { countLeftOut } from '../publication.ts';
import { checkRange, countries, listOf, parseQuery } from '../query.ts';
import { rangeFields, remember, revField, revisionOnly, serviceField } from './fields.ts';
import { toIso } from './iso.ts';
import { cursorOf, DEFAULT_LIMIT, limit, toCursor, toNext } from './paging.ts';

/** Every parameter that the list takes. */
export function incidentsQuery(deps: DataDeps) {
  return z.strictObject({
    service: serviceField(deps),
    country: countries.optional(),
    state: listOf(['open', 'unstable', 'closed'], 'state').optional(),
    severity: listOf(SEVERITIES, 'severity').optional(),
    ...rangeFields,
    ...revField,
    limit: limit.optional(),
    cursor: cursorOf(z.tuple([z.int().min(0), z.string().max(200)])).optional(),
  });
}

/** What holds of every answer: some vantages publish late, and nothing is concluded from those. */
function describeScope({ store, info }: DataDeps) {
  return {
    isSimulated: info.isSimulated,
    leftOutVantages: countLeftOut(store.listVantages()),
  };
}

/** Answers with incidents, newest onset first; those that were not over before `from` and began before `to`. */
export const answerIncidents: DataHandler = ({ request, url }, deps) => {
  const query = parseQuery(remember(deps, incidentsQuery), url);
  const { from, to, cursor } = query;
  const wanted = query.limit ?? DEFAULT_LIMIT;
  checkRange(from ?? Number.NEGATIVE_INFINITY, to ?? Number.POSITIVE_INFINITY);
  const incidents = deps.store.listIncidents({
    ...(query.service === undefined ? {} : { services: query.service }),
    ...(query.country === undefined ? {} : { countryCodes: query.country }),
    ...(query.state === undefined ? {} : { states: query.state }),
    ...(query.severity === undefined ? {} : { severities: query.severity }),
    ...(from === undefined ? {} : { fromMs: from }),
    ...(to === undefined ? {} : { toMs: to }),
    ...(cursor === undefined ? {} : { after: { onsetMs: cursor[0], id: cursor[1] } }),
    limit: wanted + 1,
  });
  const page = incidents.slice(0, wanted);
  const last = page.at(-1);
  const hasMore = last !== undefined && incidents.length > page.length;
  // Incidents change without the data of which the cache knows the version, so each answer is made anew.
  return deps.cache.answerFresh(request, `incidents ${url.search}`, {
    ...describeScope(deps),
    incidents: page.map(toIncidentJson),
    ...toNext(url, hasMore ? toCursor([last.onset.byMs, last.id]) : null),
  });
};

/** After the last instant that says otherwise, null when there is none, and by the first that says so. */
const toIsoInterval = ({ afterMs, byMs }: Interval) => ({
  after: afterMs === undefined ? null : toIso(afterMs),
  by: toIso(byMs),
});

const toIsoEnd = (end: Interval | undefined) => (end === undefined ? null : toIsoInterval(end));

/** An incident in short. */
export function toIncidentJson({
  onset,
  end,
  mechanism,
  episodes,
  log: _log,
  ...incident
}: Incident) {
  return {
    ...incident,
    onset: toIsoInterval(onset),
    end: toIsoEnd(end),
    mechanism: mechanism ?? null,
    vantageIds: [...new Set(episodes.map(({ vantageId }) => vantageId))],
    asns: [...new Set(episodes.map(({ asn }) => asn))].toSorted((a, b) => a - b),
    url: `/api/v1/incidents/${incident.id}`,
  };
}

function toRestriction({ onset, end, mechanisms, levels, ...episode }: Episode) {
  return {
    ...episode,
    levels: levels.map(({ since, ...level }) => ({ ...level, since: toIsoInterval(since) })),
    onset: toIsoInterval(onset),
    end: toIsoEnd(end),
    mechanisms: mechanisms.map(({ mechanism, fromMs }) => ({ mechanism, from: toIso(fromMs) })),
  };
}

function toLogEntry({ atMs, storedAtMs, kept, ...entry }: StoredIncidentEntry) {
  return {
    at: toIso(atMs),
    concludedAt: toIso(storedAtMs),
    ...entry,
    // Of a revision: how many of the entries that held before still do.
    kept: kept ?? null,
  };
}

function toOpinion({ onset, second, ...lane }: SecondOpinion) {
  return {
    ...lane,
    onset: toIsoInterval(onset),
    second:
      second === undefined
        ? null
        : {
            onset: toIsoInterval(second.onset),
            alarmAt: toIso(second.alarmMs),
            differenceMs: second.differenceMs,
            alarmAfterMs: second.alarmAfterMs,
          },
  };
}

/** Reads hours of a lane out of the counts that are kept per hour. */
function createReadHours(store: Pick<ReadStore, 'listBuckets'>): ReadHours {
  return ({ service, vantageId, function: part }, fromMs, toMs) =>
    store
      .listBuckets({
        services: [service],
        vantageIds: [vantageId],
        functions: [part],
        fromMs,
        toMs,
        resolution: 'hour',
      })
      .flatMap(({ buckets }) =>
        buckets.flatMap(({ startMs, counts }) => {
          const value = medianOfCounts(counts);
          return value === undefined ? [] : [{ hourMs: startMs, value }];
        }),
      );
}

/** What the second detector says of an incident. */
export function readOpinions(
  { episodes }: Pick<Incident, 'episodes'>,
  { store, config }: Pick<DataDeps, 'store' | 'config'>,
): SecondOpinion[] {
  return compareDetectors(episodes, createReadHours(store), config.rules.changePoint);
}

/** Answers with one incident: its restrictions, everything ever concluded of it, and what the second detector says. */
export const answerIncident: DataHandler = ({ request, url, parameter }, deps) => {
  parseQuery(revisionOnly, url);
  const incident = deps.store.getIncident(parameter);
  if (incident === undefined)
    throw new RequestProblem({
      kind: 'not-found',
      detail:
        'There is no incident of this id now; late data may have moved or withdrawn it. /api/v1/incidents lists those there are.',
    });
  return deps.cache.answerFresh(request, `incident ${parameter}`, {
    ...describeScope(deps),
    ...toIncidentJson(incident),
    restrictions: incident.episodes.map(toRestriction),
    log: deps.store.listIncidentLog(parameter).map(toLogEntry),
    secondDetector: readOpinions(incident, deps).map(toOpinion),
  });
};
