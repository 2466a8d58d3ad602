/** GET /incidents and /i/:id: restrictions with their evidence, and what was concluded of them. */
import { z } from 'zod';
import { toCountryZone } from '../dashboard/country-zones.ts';
import { renderPage } from '../dashboard/pages/frame.ts';
import {
  createIncidentPage,
  createWithdrawnPage,
  type IncidentData,
} from '../dashboard/pages/incident.ts';
import { createIncidentsPage, sortIncidents } from '../dashboard/pages/incidents.ts';
import type { Incident } from '../db/incident-types.ts';
import type { StoredLedger } from '../db/ledger.ts';
import type { LedgerFinding, LedgerGroup, LedgerRow } from '../db/ledger-types.ts';
import { readOpinions } from './api/incidents.ts';
import type { Handler, HandlerDeps } from './contract.ts';
import { pickEpisodes, readPair } from './evidence-pairs.ts';
import { toIncidentsCsv } from './exports/incident-csv.ts';
import { toIncidentLogCsv } from './exports/view-csv.ts';
import { findGroups, readNewestLedger } from './newest-ledger.ts';
import { createFrame } from './pages.ts';
import { RequestProblem } from './problem.ts';
import { countries, listOf, oneOf, parseQuery, zone } from './query.ts';
import { replyHtml } from './reply.ts';
import { replyCsv, SAFE_FIELD } from './reply-csv.ts';

/** Pairs of measurements shown side by side; the table has all networks. */
const MAX_PAIRS = 6;
/** Incidents in the list; files have all. */
const MAX_LISTED = 100;

const NO_INCIDENT = {
  kind: 'not-found',
  detail: 'There is no incident of this name. The list has all of them.',
} as const;

/** Parameters that the list takes as a page and as a file. */
export function incidentFields(deps: HandlerDeps) {
  return {
    service: listOf(
      deps.config.services.map(({ id }) => id),
      'service',
    ).optional(),
    country: countries.optional(),
    state: listOf(['open', 'unstable', 'closed'], 'state').optional(),
  };
}

type IncidentChoice = {
  readonly service?: readonly string[] | undefined;
  readonly country?: readonly string[] | undefined;
  readonly state?: readonly Incident['state'][] | undefined;
};

/** Incidents by those parameters, open ones first. */
export function chooseIncidents(
  { service, country, state }: IncidentChoice,
  { store }: HandlerDeps,
): Incident[] {
  return sortIncidents(
    store.listIncidents({
      ...(service === undefined ? {} : { services: service }),
      ...(country === undefined ? {} : { countryCodes: country }),
      ...(state === undefined ? {} : { states: state }),
    }),
  );
}

/** GET /incidents. */
export const showIncidents: Handler = async (handled, deps) => {
  const query = parseQuery(z.object({ ...incidentFields(deps), tz: zone.optional() }), handled.url);
  const [service] = query.service ?? [];
  const [country] = query.country ?? [];
  const defaultZone = country === undefined ? 'UTC' : toCountryZone(country);
  const frame = createFrame(
    handled,
    deps,
    query.tz ?? defaultZone,
    ['service', 'country', 'state'],
    defaultZone,
  );
  const chosen = chooseIncidents(query, deps);
  const page = createIncidentsPage(
    {
      incidents: chosen.slice(0, MAX_LISTED),
      more: Math.max(0, chosen.length - MAX_LISTED),
      filter: {
        ...(service === undefined ? {} : { service }),
        ...(country === undefined ? {} : { country }),
      },
      services: deps.config.services,
      countries: [
        ...new Set(
          deps.store
            .listVantages()
            .flatMap(({ role, countryCode }) => (role === 'vantage' ? [countryCode] : [])),
        ),
      ].toSorted(),
    },
    frame,
  );
  return replyHtml(handled, await renderPage(frame, page));
};

/** The list as CSV. */
export const answerIncidentsCsv: Handler = (handled, deps) => {
  const { safe, ...query } = parseQuery(
    z.strictObject({ ...incidentFields(deps), ...SAFE_FIELD }),
    handled.url,
  );
  return replyCsv(handled, deps, 'incidents', safe, (wish) =>
    toIncidentsCsv(chooseIncidents(query, deps), wish),
  );
};

const incidentCsvQuery = z.strictObject({
  list: oneOf(['networks', 'log'], 'list').optional(),
  ...SAFE_FIELD,
});

/** GET /i/:id.csv: its restrictions, or with `list=log` what was concluded of it, which stays when it is withdrawn. */
export const answerIncidentCsv: Handler = (handled, deps) => {
  const { list = 'networks', safe } = parseQuery(incidentCsvQuery, handled.url);
  const { parameter: id } = handled;
  const incident = deps.store.getIncident(id);
  const log = list === 'log' ? deps.store.listIncidentLog(id) : [];
  if (incident === undefined && log.length === 0) throw new RequestProblem(NO_INCIDENT);
  return replyCsv(handled, deps, `incident-${id}-${list}`, safe, (wish) =>
    list === 'log'
      ? toIncidentLogCsv(id, log, wish)
      : toIncidentsCsv(incident === undefined ? [] : [incident], wish),
  );
};

/** True when the ledger quotes one of the restrictions of an incident. */
function quotes({ episodes }: Incident, finding: LedgerFinding | undefined): boolean {
  return (
    finding !== undefined &&
    episodes.some(
      (one) =>
        one.vantageId === finding.vantageId &&
        one.evidence.firstBadId === finding.evidence.firstBadId,
    )
  );
}

/** What was announced of an incident, as the ledger has it. */
function findAnnounced(
  incident: Incident,
  ledger: StoredLedger,
): { readonly groups: readonly LedgerGroup[]; readonly unannounced: readonly string[] } {
  const isQuoted = ({ finding, partial, outcome }: LedgerRow): boolean =>
    outcome !== 'already_restricted' && (quotes(incident, finding) || quotes(incident, partial));
  return {
    groups: findGroups(ledger, incident.service, incident.countryCode).filter(
      ({ phase, rows }) => phase === 'restriction' && rows.some(isQuoted),
    ),
    unannounced: ledger.content.unannounced.flatMap((one) =>
      one.service === incident.service && quotes(incident, one) ? [one.networkName] : [],
    ),
  };
}

function listNames({ store }: HandlerDeps): Map<string, string> {
  return new Map(store.listVantages().map(({ id, networkName }) => [id, networkName]));
}

function gather(incident: Incident, deps: HandlerDeps): IncidentData {
  const ledger = readNewestLedger(deps.store);
  const networks = pickEpisodes(incident.episodes);
  return {
    incident,
    serviceName:
      deps.config.services.find(({ id }) => id === incident.service)?.name ?? incident.service,
    log: deps.store.listIncidentLog(incident.id),
    names: listNames(deps),
    pairs: networks.slice(0, MAX_PAIRS).map((episode) => readPair(episode, deps)),
    morePairs: Math.max(0, networks.length - MAX_PAIRS),
    opinions: readOpinions(incident, deps),
    ...(ledger === undefined ? { unannounced: [] } : findAnnounced(incident, ledger)),
  };
}

/** GET /i/:id. */
export const showIncident: Handler = async (handled, deps) => {
  const { parameter: id, url } = handled;
  const incident = deps.store.getIncident(id);
  const defaultZone = incident === undefined ? 'UTC' : toCountryZone(incident.countryCode);
  const { tz = defaultZone } = parseQuery(z.object({ tz: zone.optional() }), url);
  const frame = createFrame(handled, deps, tz, [], defaultZone);
  if (incident !== undefined)
    return replyHtml(
      handled,
      await renderPage(frame, createIncidentPage(gather(incident, deps), frame)),
    );
  const log = deps.store.listIncidentLog(id);
  if (log.length === 0) throw new RequestProblem(NO_INCIDENT);
  const page = createWithdrawnPage({ id, log, names: listNames(deps) }, frame);
  return replyHtml(handled, await renderPage(frame, page));
};
