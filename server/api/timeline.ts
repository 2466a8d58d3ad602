/** GET /api/v1/timeline: lanes, announcements and incidents of one range together, as the chart shows them. */
import type { DataHandler } from '../contract.ts';
import { parseQuery } from '../query.ts';
import { chooseAnnouncements } from './announcements.ts';
import { remember } from './fields.ts';
import { toIncidentJson } from './incidents.ts';
import { toIso } from './iso.ts';
import { laneListQuery, readLanePage, toLaneJson, toLaneRange } from './lanes.ts';
import { toNext } from './paging.ts';

/** Incidents beyond this are read at /api/v1/incidents. */
const MAX_INCIDENTS = 500;

/** Answers with a range, the last 30 days unless told; pages go through the lanes. */
export const answerTimeline: DataHandler = ({ request, url }, deps) => {
  const query = parseQuery(remember(deps, laneListQuery), url);
  const { fromMs, toMs } = toLaneRange(query, deps.clock);
  const { service, country } = query;
  const { lanes, nextCursor } = readLanePage(query, { fromMs, toMs }, deps);
  const incidents = deps.store.listIncidents({
    ...(service === undefined ? {} : { services: service }),
    ...(country === undefined ? {} : { countryCodes: country }),
    fromMs,
    toMs,
    limit: MAX_INCIDENTS,
  });
  const announcements = chooseAnnouncements({ service, country, from: fromMs, to: toMs }, deps);
  // Incidents change without the data of which the cache knows the version.
  return deps.cache.answerFresh(request, `timeline ${url.search}`, {
    isSimulated: deps.info.isSimulated,
    from: toIso(fromMs),
    to: toIso(toMs),
    lanes: lanes.map((lane) => toLaneJson(lane, deps.store)),
    announcements: announcements.map(({ announcement, revision }) => ({ revision, announcement })),
    incidents: incidents.map(toIncidentJson),
    ...toNext(url, nextCursor),
  });
};
