/** Views made of lanes as pictures: the timeline, and the pages of a service, a country, a network, an answer. */
import { z } from 'zod';
import { toCountryZone } from '../../dashboard/country-zones.ts';
import { speak } from '../../dashboard/i18n/catalogue.ts';
import { joinWords, type Say } from '../../dashboard/i18n/say.ts';
import { formatCountry, formatZone } from '../../dashboard/i18n/times.ts';
import { sortLanes, type TimelineFilter } from '../../dashboard/pages/timeline.ts';
import { drawLanePicture } from '../../dashboard/pictures/lane-picture.ts';
import type { Picture } from '../../dashboard/pictures/sheet.ts';
import { findCountry, findNetwork, findService, takeFound } from '../asked.ts';
import type { HandlerDeps, HandlerRequest } from '../contract.ts';
import { toOrigin } from '../origin.ts';
import { parseQuery, zone } from '../query.ts';
import { listAnnouncements, readFilter, timelineQuery, toLaneQuery } from '../timeline-page.ts';
import { type DrawPicture, formatRange, type PictureWish, toRevision } from './forms.ts';

/** What a view fixes of the choice, whatever the query says. */
type Preset = Partial<Pick<TimelineFilter, 'services' | 'countries' | 'asns'>>;

/** Parameters that say how a picture looks, not what it shows: they are no part of the page's address. */
const LOOKS_OF_PICTURE = ['theme', 'width', 'scale', 'lang'];

/** The address of the page that a picture shows. */
export function toPageUrl(handled: HandlerRequest, deps: HandlerDeps): string {
  const query = new URLSearchParams(
    [...handled.url.searchParams].filter(([name]) => !LOOKS_OF_PICTURE.includes(name)),
  );
  const path = `${handled.base}${handled.path}`;
  // These need no escape in a query (RFC 3986 §3.4), and an address on a picture is there to be read.
  const text = query
    .toString()
    .replaceAll('%3A', ':')
    .replaceAll('%2F', '/')
    .replaceAll('%2C', ',');
  const address = query.size === 0 ? path : `${path}?${text}`;
  return `${toOrigin(handled.request, deps.info)}${address}`;
}

function describeChoice(filter: TimelineFilter, deps: HandlerDeps, say: Say): string {
  const nameOf = new Map(deps.config.services.map(({ id, name }) => [id, name]));
  const networkOf = new Map(deps.store.listVantages().map((one) => [one.asn, one.networkName]));
  const { services, countries, asns } = filter;
  return [
    services.length === 0
      ? say.text('picture.all_services')
      : joinWords(
          services.map((id) => nameOf.get(id) ?? id),
          say,
        ),
    countries.length === 0
      ? say.text('picture.all_countries')
      : joinWords(
          countries.map((code) => formatCountry(code, say)),
          say,
        ),
    ...(asns.length === 0
      ? []
      : [
          joinWords(
            asns.map((asn) => `${networkOf.get(asn) ?? ''} AS${asn}`.trim()),
            say,
          ),
        ]),
  ].join(' · ');
}

/** What stands over lanes in place of the choice in words, and before the range. */
export type LanesHeading = { readonly title?: string; readonly lead?: string };

/** Draws the lanes of a choice. */
export function drawLanes(
  handled: HandlerRequest,
  deps: HandlerDeps,
  { theme, widthPx }: PictureWish,
  filter: TimelineFilter,
  timeZone: string,
  { title, lead }: LanesHeading = {},
): Picture {
  const say = speak(handled.locale, timeZone);
  const { fromMs, toMs } = filter;
  const lanes = sortLanes(
    deps.store.listLanes(toLaneQuery(filter)),
    deps.config.services.map(({ id }) => id),
  );
  const n = lanes.flatMap(({ spans }) => spans).reduce((sum, { count }) => sum + count, 0);
  const zoneName = formatZone(timeZone, say);
  const range = formatRange(fromMs, toMs, say);
  return drawLanePicture(
    {
      text: {
        title: title ?? describeChoice(filter, deps, say),
        subtitle: [
          ...(lead === undefined ? [] : [lead]),
          say.text('picture.subtitle', { range, zone: zoneName }),
        ].join(' · '),
        footer: [
          say.text('picture.provenance', {
            range: formatRange(fromMs, toMs, say, true),
            zone: zoneName,
            n,
            networks: new Set(lanes.map(({ vantageId }) => vantageId)).size,
            revision: toRevision(deps, lanes),
          }),
          say.text('picture.licence', { url: toPageUrl(handled, deps) }),
        ],
        description: say.text('picture.describe_lanes', { lanes: lanes.length, range }),
        locale: say.locale,
        ...(deps.info.isSimulated ? { notice: say.text('picture.simulated') } : {}),
      },
      lanes,
      announcements: listAnnouncements(filter, deps),
      nameOf: new Map(deps.config.services.map(({ id, name }) => [id, name])),
      fromMs,
      toMs,
      widthPx,
    },
    say,
    theme,
  );
}

/** Makes the picture of a view that shows the lanes of its query, some of it fixed by its path. */
export function drawLanesOf(
  readPreset: (handled: HandlerRequest, deps: HandlerDeps) => Preset & { timeZone?: string },
): DrawPicture {
  return (handled, deps, wish) => {
    const { timeZone, ...preset } = readPreset(handled, deps);
    const { tz = timeZone ?? 'UTC' } = parseQuery(z.object({ tz: zone.optional() }), handled.url);
    const filter = readFilter(parseQuery(timelineQuery(deps, tz), handled.url), deps);
    return drawLanes(handled, deps, wish, { ...filter, ...preset }, tz);
  };
}

/** /t.svg, /t.png: the timeline of a query. */
export const drawTimeline: DrawPicture = drawLanesOf(() => ({}));

/** /s/:service as a picture. */
export const drawService: DrawPicture = drawLanesOf(({ parameters }, deps) => ({
  services: [takeFound(findService(parameters['service'] ?? '', deps)).id],
}));

/** /as/:asn as a picture. */
export const drawNetwork: DrawPicture = drawLanesOf(({ parameters }, deps) => ({
  asns: [takeFound(findNetwork(parameters['asn'] ?? '', deps))],
}));

/** /c/:cc as a picture, in the zone of the country. */
export const drawCountry: DrawPicture = drawLanesOf(({ parameters }) => {
  const code = takeFound(findCountry(parameters['cc'] ?? ''));
  return { countries: [code], timeZone: toCountryZone(code) };
});
