/**
 * GET /map and its forms: where a service can be reached, for `service`, as a picture the first configured unless told,
 * as data all of them.
 */
import { z } from 'zod';
import { speak } from '../dashboard/i18n/catalogue.ts';
import { formatInstant, formatTime } from '../dashboard/i18n/times.ts';
import { renderPage } from '../dashboard/pages/frame.ts';
import { createMapPage } from '../dashboard/pages/map.ts';
import { drawMapPicture, drawSmallMap } from '../dashboard/pictures/map-picture.ts';
import { toIso } from './api/iso.ts';
import { toMinuteKey } from './api/json-cache.ts';
import type { Handler, HandlerDeps, HandlerRequest } from './contract.ts';
import { toMapCsv } from './exports/view-csv.ts';
import { type MapRow, toMapRows } from './map-rows.ts';
import { toOrigin } from './origin.ts';
import { createFrame } from './pages.ts';
import type { DrawPicture } from './pictures/forms.ts';
import { toContentRevision, toSheetText } from './pictures/sheet-text.ts';
import { RequestProblem } from './problem.ts';
import { MINUTE_MS, oneOf, parseQuery, zone } from './query.ts';
import { replyHtml } from './reply.ts';
import { replyCsv, SAFE_FIELD } from './reply-csv.ts';

function readMap(handled: HandlerRequest, deps: HandlerDeps) {
  const { services } = deps.config;
  const {
    service: wanted,
    tz = 'UTC',
    size = 'full',
  } = parseQuery(
    z.object({
      service: oneOf(
        services.map(({ id }) => id),
        'service',
      ).optional(),
      tz: zone.optional(),
      // What the board shows; a picture that is passed on needs its sheet.
      size: oneOf(['full', 'small'], 'size').optional(),
    }),
    handled.url,
  );
  const service = services.find(({ id }) => id === wanted) ?? services[0];
  if (service === undefined)
    throw new RequestProblem({ kind: 'not-found', detail: 'No service is configured.' });
  const answers = deps.availability.list().filter((one) => one.service === service.id);
  return { service, answers, timeZone: tz, size };
}

/** Shows the map with its table. */
export const showMap: Handler = async (handled, deps) => {
  const { service, answers, timeZone } = readMap(handled, deps);
  const frame = createFrame(handled, deps, timeZone, ['service']);
  const page = createMapPage({ services: deps.config.services, service, answers }, frame);
  return replyHtml(handled, await renderPage(frame, page));
};

/** The rows of the service that is named, or of all. */
function listRows(handled: HandlerRequest, deps: HandlerDeps): MapRow[] {
  const isNamed = handled.url.searchParams.has('service');
  return toMapRows(isNamed ? readMap(handled, deps).answers : deps.availability.list());
}

/** The map as CSV: one line per service and country. */
export const answerMapCsv: Handler = (handled, deps) => {
  const { safe } = parseQuery(
    z.strictObject({ service: z.string().optional(), ...SAFE_FIELD }),
    handled.url,
  );
  const rows = listRows(handled, deps);
  return replyCsv(handled, deps, 'map', safe, (wish) => toMapCsv(rows, wish));
};

const toIsoOrNull = (atMs: number | null) => (atMs === null ? null : toIso(atMs));

const toIntervalOrNull = (after: number | null, by: number | null) =>
  by === null ? null : { after: toIsoOrNull(after), by: toIso(by) };

/** The map as JSON: the same rows. */
export const answerMap: Handler = (handled, deps) => {
  parseQuery(z.strictObject({ service: z.string().optional() }), handled.url);
  const rows = listRows(handled, deps);
  const { search } = handled.url;
  return deps.cache.answer(handled.request, toMinuteKey(`map ${search}`, deps), () => ({
    isSimulated: deps.info.isSimulated,
    rulesetVersion: deps.config.rules.rulesetVersion,
    states: rows.map((row) => {
      const { sinceAfter, sinceBy, blockedSinceAfter, blockedSinceBy, lastChecked, ...rest } = row;
      return {
        ...rest,
        since: toIntervalOrNull(sinceAfter, sinceBy),
        blockedSince: toIntervalOrNull(blockedSinceAfter, blockedSinceBy),
        lastChecked: toIsoOrNull(lastChecked),
        url: `/is/${rest.service}/in/${rest.country}`,
      };
    }),
  }));
};

/** Draws the map as a picture; its links are absolute, since the file goes elsewhere. */
export const drawMap: DrawPicture = (handled, deps, { theme, widthPx }) => {
  const { service, answers, timeZone, size } = readMap(handled, deps);
  const say = speak(handled.locale, timeZone);
  const origin = toOrigin(handled, deps.info);
  // To the minute, so that readers of the same minute share one picture.
  const nowMs = Math.floor(deps.clock.nowMs() / MINUTE_MS) * MINUTE_MS;
  const title = say.text('map.heading', { service: service.name });
  const networks = answers.reduce((sum, one) => sum + one.networks.length, 0);
  const data = {
    serviceName: service.name,
    answers,
    toHref: (code: string) => `${origin}${handled.base}/is/${service.id}/in/${code}`,
  };
  const text = toSheetText(handled, deps, say, {
    title,
    subtitle: say.text('picture.as_of', { time: formatInstant(nowMs, say) }),
    range: say.text('picture.as_of', { time: formatTime(nowMs, say) }),
    n: say.text('picture.n_networks', { n: networks }),
    revision: toContentRevision(deps, answers),
  });
  return size === 'small'
    ? drawSmallMap(data, text, say, theme)
    : drawMapPicture(data, text, widthPx, say, theme);
};
