/** GET /map, /map.svg, /map.png: where a service can be reached, for `service`, the first configured unless told. */
import { z } from 'zod';
import { speak } from '../dashboard/i18n/catalogue.ts';
import { formatInstant } from '../dashboard/i18n/times.ts';
import { renderPage } from '../dashboard/pages/frame.ts';
import { createMapPage } from '../dashboard/pages/map.ts';
import { drawMapPicture } from '../dashboard/pictures/map-picture.ts';
import type { Handler, HandlerDeps, HandlerRequest } from './contract.ts';
import { toOrigin } from './origin.ts';
import { createFrame } from './pages.ts';
import type { DrawPicture } from './pictures/forms.ts';
import { toPageUrl } from './pictures/lanes.ts';
import { RequestProblem } from './problem.ts';
import { MINUTE_MS, oneOf, parseQuery, zone } from './query.ts';
import { replyHtml } from './reply.ts';

function readMap(handled: HandlerRequest, deps: HandlerDeps) {
  const { services } = deps.config;
  const { service: wanted, tz = 'UTC' } = parseQuery(
    z.object({
      service: oneOf(
        services.map(({ id }) => id),
        'service',
      ).optional(),
      tz: zone.optional(),
    }),
    handled.url,
  );
  const service = services.find(({ id }) => id === wanted) ?? services[0];
  if (service === undefined)
    throw new RequestProblem({ kind: 'not-found', detail: 'No service is configured.' });
  const answers = deps.availability.list().filter((one) => one.service === service.id);
  return { service, answers, timeZone: tz };
}

/** Shows the map with its table. */
export const showMap: Handler = async (handled, deps) => {
  const { service, answers, timeZone } = readMap(handled, deps);
  const frame = createFrame(handled, deps, timeZone, ['service']);
  const page = createMapPage({ services: deps.config.services, service, answers }, frame);
  return replyHtml(handled, await renderPage(frame, page));
};

/** Draws the map as a picture; its links are absolute, since the file goes elsewhere. */
export const drawMap: DrawPicture = (handled, deps, { theme, widthPx }) => {
  const { service, answers, timeZone } = readMap(handled, deps);
  const say = speak(handled.locale, timeZone);
  const origin = toOrigin(handled.request, deps.info);
  // To the minute, so that readers of the same minute share one picture.
  const nowMs = Math.floor(deps.clock.nowMs() / MINUTE_MS) * MINUTE_MS;
  const title = say.text('map.heading', { service: service.name });
  const networks = answers.reduce((sum, one) => sum + one.networks.length, 0);
  return drawMapPicture(
    {
      serviceName: service.name,
      answers,
      toHref: (code) => `${origin}${handled.base}/is/${service.id}/in/${code}`,
    },
    {
      title,
      subtitle: say.text('picture.as_of', { time: formatInstant(nowMs, say) }),
      footer: [
        `${say.text('picture.networks_measured', { total: networks })} · ${deps.config.rules.rulesetVersion}`,
        toPageUrl(handled, deps),
        say.text('picture.licence'),
      ],
      description: title,
      locale: say.locale,
      ...(deps.info.isSimulated ? { notice: say.text('picture.simulated') } : {}),
    },
    widthPx,
    say,
    theme,
  );
};
