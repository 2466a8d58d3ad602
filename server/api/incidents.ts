/**
 * Incidents as JSON, and as answers of /api/v1/incidents and /api/v1/incidents/:id. Times are RFC 3339 in UTC, absence is
 * null. Pages have the same under their own address.
 */
import { z } from 'zod';
import { sortIncidents } from '../../dashboard/pages/incidents.ts';
import type { StoredIncidentEntry } from '../../db/incident-log.ts';
import type { Episode, Incident } from '../../db/incident-types.ts';
import type { Handler, HandlerDeps } from '../contract.ts';
import { RequestProblem } from '../problem.ts';
import { countries, listOf, oneOf, parseQuery } from '../query.ts';
import { toIntervalJson } from './answers.ts';
import { toIso } from './iso.ts';
import { toMinuteKey } from './json-cache.ts';

const STATES = ['open', 'unstable', 'closed'] as const;

/** Every parameter that lists of incidents take. */
export function incidentFields(deps: Pick<HandlerDeps, 'config'>) {
  return {
    service: listOf(
      deps.config.services.map(({ id }) => id),
      'service',
    ).optional(),
    country: countries.optional(),
    state: oneOf(STATES, 'state').optional(),
  };
}

/** Reads incidents by the parameters above, open ones first. */
export function chooseIncidents(
  query: {
    readonly service?: readonly string[] | undefined;
    readonly country?: readonly string[] | undefined;
    readonly state?: Incident['state'] | undefined;
  },
  { store }: HandlerDeps,
): Incident[] {
  return sortIncidents(
    store.listIncidents({
      ...(query.service === undefined ? {} : { services: query.service }),
      ...(query.country === undefined ? {} : { countryCodes: query.country }),
      ...(query.state === undefined ? {} : { states: [query.state] }),
    }),
  );
}

function toEpisodeJson(episode: Episode) {
  const { service: _service, countryCode: _country, onset, end, mechanisms, ...rest } = episode;
  return {
    ...rest,
    asn: episode.asn === 0 ? null : episode.asn,
    onset: toIntervalJson(onset),
    end: toIntervalJson(end),
    mechanisms: mechanisms.map(({ mechanism, fromMs }) => ({ mechanism, from: toIso(fromMs) })),
  };
}

function toEntryJson({ atMs, storedAtMs, kind, text, measurementIds, kept }: StoredIncidentEntry) {
  return {
    at: toIso(atMs),
    storedAt: toIso(storedAtMs),
    kind,
    text,
    measurementIds,
    kept: kept ?? null,
  };
}

/** An incident without its log. */
export function toIncidentJson(incident: Incident) {
  const { id, service, countryCode, state, severity, mechanism, onset, end, episodes } = incident;
  return {
    id,
    service,
    countryCode,
    state,
    severity,
    mechanism: mechanism ?? null,
    onset: toIntervalJson(onset),
    end: toIntervalJson(end),
    episodes: episodes.map(toEpisodeJson),
  };
}

/** GET /api/v1/incidents and /incidents.json. */
export const answerIncidents: Handler = ({ request, url }, deps) => {
  const query = parseQuery(z.strictObject(incidentFields(deps)), url);
  return deps.cache.answer(
    request,
    toMinuteKey(`incidents ${JSON.stringify(query)}`, deps),
    () => ({
      isSimulated: deps.info.isSimulated,
      incidents: chooseIncidents(query, deps).map(toIncidentJson),
    }),
  );
};

/** GET /api/v1/incidents/:id and /i/:id.json. */
export const answerIncident: Handler = ({ request, url, parameter }, deps) => {
  parseQuery(z.strictObject({}), url);
  const log = deps.store.listIncidentLog(parameter);
  const incident = deps.store.getIncident(parameter);
  if (incident === undefined && log.length === 0)
    throw new RequestProblem({
      kind: 'not-found',
      detail: 'There is no incident of this name; /api/v1/incidents lists them.',
    });
  return deps.cache.answer(request, toMinuteKey(`incident ${parameter}`, deps), () => ({
    isSimulated: deps.info.isSimulated,
    // Taken back by later data: what had been concluded stays.
    incident: incident === undefined ? null : toIncidentJson(incident),
    log: log.map(toEntryJson),
  }));
};
