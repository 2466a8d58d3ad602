/** Views made of lanes as pictures: the timeline, and the pages of a service, a country, a network, an answer. */
import { toCountryZone } from '../../dashboard/country-zones.ts';
import { speak } from '../../dashboard/i18n/catalogue.ts';
import { joinWords, type Say } from '../../dashboard/i18n/say.ts';
import { formatCountry, formatZone } from '../../dashboard/i18n/times.ts';
import { arrangeRows } from '../../dashboard/lane-rows.ts';
import { drawLanePicture } from '../../dashboard/pictures/lane-picture.ts';
import type { Picture } from '../../dashboard/pictures/sheet.ts';
import type { TimelineChoice } from '../../dashboard/timeline-choice.ts';
import { findCountry, findNetwork, findService, takeFound } from '../asked.ts';
import type { HandlerDeps, HandlerRequest } from '../contract.ts';
import { toOrigin } from '../origin.ts';
import { listChosenLanes, toArrangement } from '../timeline-lanes.ts';
import { listAnnouncements } from '../timeline-page.ts';
import { readChoice } from '../timeline-query.ts';
import { showDrawnNames, toDrawnName } from './drawn-names.ts';
import { type DrawPicture, formatRange, type PictureWish, toRevision } from './forms.ts';

/** What a view fixes of the choice, whatever the query says. */
type Preset = Partial<Pick<TimelineChoice, 'services' | 'countries' | 'asns'>>;

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
  return `${toOrigin(handled, deps.info)}${address}`;
}

function describeChoice(choice: TimelineChoice, deps: HandlerDeps, say: Say): string {
  const nameOf = new Map(deps.config.services.map(({ id, name }) => [id, name]));
  const networkOf = new Map(
    deps.store.listVantages().map((one) => [one.asn, toDrawnName(one.networkName, deps)]),
  );
  const { services, asns, cmp } = choice;
  const countries = cmp === undefined ? choice.countries : [...choice.countries, cmp];
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
export type LanesHeading = {
  readonly title?: string;
  readonly lead?: string;
  /** Only the lanes of this vantage. */
  readonly vantageId?: string;
};

/** Draws the lanes of a choice. */
export function drawLanes(
  handled: HandlerRequest,
  deps: HandlerDeps,
  { theme, widthPx }: PictureWish,
  choice: TimelineChoice,
  timeZone: string,
  { title, lead, vantageId }: LanesHeading = {},
): Picture {
  const say = speak(handled.locale, timeZone);
  const { fromMs, toMs } = choice;
  const lanes = listChosenLanes(choice, deps)
    .filter((lane) => vantageId === undefined || lane.vantageId === vantageId)
    .map((lane) => ({ ...lane, vantage: showDrawnNames(lane.vantage, deps) }));
  const n = lanes.flatMap(({ spans }) => spans).reduce((sum, { count }) => sum + count, 0);
  const zoneName = formatZone(timeZone, say);
  const range = formatRange(fromMs, toMs, say);
  return drawLanePicture(
    {
      text: {
        title: title ?? describeChoice(choice, deps, say),
        subtitle: [
          ...(lead === undefined ? [] : [lead]),
          say.text('picture.subtitle', { range, zone: zoneName }),
          ...(choice.agg === 'dominant' ? [] : [say.text(`picture.rule_${choice.agg}`)]),
        ].join(' · '),
        footer: [
          say.text('picture.provenance', {
            range: formatRange(fromMs, toMs, say, true),
            zone: zoneName,
            n,
            networks: new Set(lanes.map(({ vantageId }) => vantageId)).size,
            revision: toRevision(deps, lanes),
          }),
          toPageUrl(handled, deps),
          say.text('picture.licence'),
        ],
        description: say.text('picture.describe_lanes', { lanes: lanes.length, range }),
        locale: say.locale,
        ...(deps.info.isSimulated ? { notice: say.text('picture.simulated') } : {}),
      },
      groups: arrangeRows(lanes, toArrangement(choice, deps)),
      aggregate: choice.agg,
      announcements: choice.lanes.includes('announcements') ? listAnnouncements(choice, deps) : [],
      nameOf: new Map(deps.config.services.map(({ id, name }) => [id, name])),
      fromMs,
      toMs,
      widthPx,
    },
    say,
    theme,
  );
}

/** Reads the choice of an address; without a zone of its own, times are those of `timeZone`. */
export function readChoiceIn(url: URL, deps: HandlerDeps, timeZone: string | undefined) {
  if (timeZone === undefined || url.searchParams.has('tz')) return readChoice(url, deps);
  const placed = new URL(url);
  placed.searchParams.set('tz', timeZone);
  return readChoice(placed, deps);
}

/** Makes the picture of a view that shows the lanes of its query, some of it fixed by its path. */
export function drawLanesOf(
  readPreset: (handled: HandlerRequest, deps: HandlerDeps) => Preset & { timeZone?: string },
): DrawPicture {
  return (handled, deps, wish) => {
    const { timeZone, ...preset } = readPreset(handled, deps);
    const read = readChoiceIn(handled.url, deps, timeZone);
    return drawLanes(handled, deps, wish, { ...read.choice, ...preset }, read.timeZone);
  };
}

/** /t.svg, /t.png: the timeline of a query. */
export const drawTimeline: DrawPicture = drawLanesOf(() => ({}));

/** /s/:service as a picture. */
export const drawService: DrawPicture = drawLanesOf(({ parameters }, deps) => ({
  services: [takeFound(findService(parameters['service'] ?? '', deps)).id],
}));

/** /as/:asn as a picture, in the zone of its page: that of its first country. */
export const drawNetwork: DrawPicture = drawLanesOf(({ parameters }, deps) => {
  const asn = takeFound(findNetwork(parameters['asn'] ?? '', deps));
  const home = deps.store.listVantages().find((one) => one.asn === asn);
  return {
    asns: [asn],
    ...(home === undefined ? {} : { timeZone: toCountryZone(home.countryCode) }),
  };
});

/** /c/:cc as a picture, in the zone of the country. */
export const drawCountry: DrawPicture = drawLanesOf(({ parameters }) => {
  const code = takeFound(findCountry(parameters['cc'] ?? ''));
  return { countries: [code], timeZone: toCountryZone(code) };
});
