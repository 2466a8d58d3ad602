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
import type { Handler, HandlerDeps, ReadStore } from '../contract.ts';
import { RequestProblem } from '../problem.ts';
import { countLeftOut } from '../publication.ts';
import { checkRange, countries, listOf, parseQuery, time, wholeNumber } from '../query.ts';
import { prepare, reply } from '../reply.ts';
import { toIso } from './iso.ts';

const MAX_LIMIT = 1_000;
const DEFAULT_LIMIT = 100;

function incidentsQuery(deps: HandlerDeps) {
  return z.strictObject({
    service: listOf(
      deps.config.services.map(({ id }) => id),
      'service',
    ).optional(),
    country: countries.optional(),
    state: listOf(['open', 'unstable', 'closed'], 'state').optional(),
    severity: listOf(SEVERITIES, 'severity').optional(),
    from: time('UTC').optional(),
    to: time('UTC').optional(),
    limit: wholeNumber(1, MAX_LIMIT).optional(),
  });
}

/** What holds of every answer: some vantages publish late, and nothing is concluded from those. */
function describeScope({ store, info }: HandlerDeps) {
  return {
    isSimulated: info.isSimulated,
    leftOutVantages: countLeftOut(store.listVantages()),
  };
}

/** Incidents change without the data of which the cache knows the version, so each answer is made anew. */
function replyJson(request: Request, body: unknown): Promise<Response> {
  return reply(request, prepare(`${JSON.stringify(body)}\n`, 'application/json'));
}

/** Answers with incidents, newest onset first; those that were not over before `from` and began before `to`. */
export const answerIncidents: Handler = ({ request, url }, deps) => {
  const query = parseQuery(incidentsQuery(deps), url);
  const { from, to, limit = DEFAULT_LIMIT } = query;
  checkRange(from ?? Number.NEGATIVE_INFINITY, to ?? Number.POSITIVE_INFINITY);
  const incidents = deps.store.listIncidents({
    ...(query.service === undefined ? {} : { services: query.service }),
    ...(query.country === undefined ? {} : { countryCodes: query.country }),
    ...(query.state === undefined ? {} : { states: query.state }),
    ...(query.severity === undefined ? {} : { severities: query.severity }),
    ...(from === undefined ? {} : { fromMs: from }),
    ...(to === undefined ? {} : { toMs: to }),
    limit,
  });
  return replyJson(request, { ...describeScope(deps), incidents: incidents.map(toSummary) });
};

/** After the last instant that says otherwise, null when there is none, and by the first that says so. */
const toIsoInterval = ({ afterMs, byMs }: Interval) => ({
  after: afterMs === undefined ? null : toIso(afterMs),
  by: toIso(byMs),
});

const toIsoEnd = (end: Interval | undefined) => (end === undefined ? null : toIsoInterval(end));

function toSummary({ onset, end, mechanism, episodes, log: _log, ...incident }: Incident) {
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

function toRestriction({ onset, end, mechanisms, ...episode }: Episode) {
  return {
    ...episode,
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

/** Answers with one incident: its restrictions, everything ever concluded of it, and what the second detector says. */
export const answerIncident: Handler = ({ request, url, parameter }, deps) => {
  parseQuery(z.strictObject({}), url);
  const incident = deps.store.getIncident(parameter);
  if (incident === undefined)
    throw new RequestProblem({
      kind: 'not-found',
      detail:
        'There is no incident of this id now; late data may have moved or withdrawn it. /api/v1/incidents lists those there are.',
    });
  const readHours = createReadHours(deps.store);
  const opinions = compareDetectors(incident.episodes, readHours, deps.config.rules.changePoint);
  return replyJson(request, {
    ...describeScope(deps),
    ...toSummary(incident),
    restrictions: incident.episodes.map(toRestriction),
    log: deps.store.listIncidentLog(parameter).map(toLogEntry),
    secondDetector: opinions.map(toOpinion),
  });
};
