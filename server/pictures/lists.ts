/** The board and the lists of incidents, announcements and vantages as pictures. */
import { z } from 'zod';
import { toCountryZone } from '../../dashboard/country-zones.ts';
import { speak } from '../../dashboard/i18n/catalogue.ts';
import { formatInstant, formatTime } from '../../dashboard/i18n/times.ts';
import { toAnnouncementRange } from '../../dashboard/pages/announcement-times.ts';
import { startOfDay } from '../../dashboard/pages/vantage-state.ts';
import { drawAnnouncementPicture } from '../../dashboard/pictures/announcement-picture.ts';
import { drawBoardPicture } from '../../dashboard/pictures/board-picture.ts';
import { drawIncidentPicture } from '../../dashboard/pictures/incident-picture.ts';
import type { TimeRange } from '../../dashboard/pictures/time-scene.ts';
import { drawVantagePicture } from '../../dashboard/pictures/vantage-picture.ts';
import { chooseAnnouncements } from '../api/announcements.ts';
import { rangeFields, serviceField } from '../api/fields.ts';
import { chooseVantages, vantagesQuery } from '../api/vantages.ts';
import type { HandlerDeps, HandlerRequest } from '../contract.ts';
import { chooseIncidents, incidentFields } from '../incident-pages.ts';
import { countries, DAY_MS, MINUTE_MS, parseQuery, zone } from '../query.ts';
import { showDrawnNames } from './drawn-names.ts';
import { type DrawPicture, formatRange } from './forms.ts';
import { toContentRevision, toSheetText } from './sheet-text.ts';

const zoneQuery = z.object({ tz: zone.optional() });
/** A shorter axis would show nothing but one bar. */
const MIN_RANGE_MS = 7 * DAY_MS;
/** Room before the first mark and behind the last one, as a share of the range. */
const ROOM = 0.02;

/** The minute now, so that readers of the same minute share one picture. */
function toMinute({ clock }: HandlerDeps): number {
  return Math.floor(clock.nowMs() / MINUTE_MS) * MINUTE_MS;
}

function readZone({ url }: HandlerRequest, defaultZone: string): string {
  return parseQuery(zoneQuery, url).tz ?? defaultZone;
}

/** From the first instant to the last, and a little room. */
function spread(instants: readonly number[], nowMs: number): TimeRange {
  const fromMs = Math.min(nowMs - MIN_RANGE_MS, ...instants);
  const toMs = Math.max(nowMs, ...instants);
  const roomMs = (toMs - fromMs) * ROOM;
  return { fromMs: fromMs - roomMs, toMs };
}

/** / and /is as a picture: every service in every country. */
export const drawBoard: DrawPicture = (handled, deps, { theme, widthPx }) => {
  const say = speak(handled.locale, readZone(handled, 'UTC'));
  const answers = deps.availability.list();
  const nowMs = toMinute(deps);
  const networks = new Set(
    answers.flatMap((one) => one.networks.flatMap(({ vantageIds }) => vantageIds)),
  );
  const text = toSheetText(handled, deps, say, {
    title: say.text('picture.board_title'),
    subtitle: say.text('picture.as_of', { time: formatInstant(nowMs, say) }),
    range: say.text('picture.as_of', { time: formatTime(nowMs, say) }),
    n: say.text('picture.n_networks', { n: networks.size }),
    revision: toContentRevision(deps, answers),
  });
  return drawBoardPicture({ text, services: deps.config.services, answers, widthPx }, say, theme);
};

/** /incidents as a picture, by the filter of the list and in its zone. */
export const drawIncidents: DrawPicture = (handled, deps, { theme, widthPx }) => {
  const query = parseQuery(z.object(incidentFields(deps)), handled.url);
  const [country] = query.country ?? [];
  const say = speak(
    handled.locale,
    readZone(handled, country === undefined ? 'UTC' : toCountryZone(country)),
  );
  const incidents = chooseIncidents(query, deps);
  const nowMs = toMinute(deps);
  const range = spread(
    incidents.map(({ onset }) => onset.afterMs ?? onset.byMs),
    nowMs,
  );
  const text = toSheetText(handled, deps, say, {
    title: say.text('incident.list_title'),
    subtitle: say.text('picture.incidents_subtitle'),
    range: formatRange(range.fromMs, range.toMs, say),
    n: say.text('picture.n_incidents', { n: incidents.length }),
    revision: toContentRevision(
      deps,
      incidents.map(({ log: _log, ...rest }) => rest),
    ),
  });
  const { services } = deps.config;
  return drawIncidentPicture({ text, incidents, services, range, widthPx }, say, theme);
};

/** /announcements as a picture, of a filter and range as its data forms have them. */
export const drawAnnouncements: DrawPicture = (handled, deps, { theme, widthPx }) => {
  const query = parseQuery(
    z.object({
      service: serviceField(deps),
      country: countries.optional(),
      ...rangeFields,
    }),
    handled.url,
  );
  const say = speak(handled.locale, readZone(handled, 'UTC'));
  const announcements = chooseAnnouncements(query, deps);
  const instants = announcements.flatMap(({ announcement }) => {
    const one = toAnnouncementRange(announcement);
    return one === undefined ? [] : [one.fromMs, one.untilMs];
  });
  const whole = spread(instants, toMinute(deps));
  const range = { fromMs: query.from ?? whole.fromMs, toMs: query.to ?? whole.toMs };
  const words = formatRange(range.fromMs, range.toMs, say);
  const text = toSheetText(handled, deps, say, {
    title: say.text('announcements.title'),
    subtitle: say.text('picture.announcements_subtitle'),
    range: words,
    n: say.text('picture.n_announcements', { n: announcements.length }),
    revision: toContentRevision(
      deps,
      announcements.map(({ announcement, revision }) => [announcement.id, revision]),
    ),
  });
  return drawAnnouncementPicture({ text, announcements, range, widthPx }, say, theme);
};

/** /v as a picture: the days of every vantage. */
export const drawVantages: DrawPicture = (handled, deps, { theme, widthPx }) => {
  const { country, asn, role } = vantagesQuery.shape;
  const query = parseQuery(z.object({ country, asn, role }), handled.url);
  const say = speak(handled.locale, readZone(handled, 'UTC'));
  const nowMs = toMinute(deps);
  const vantages = chooseVantages(query, deps).map((view) => ({
    ...view,
    vantage: showDrawnNames(view.vantage, deps),
  }));
  const days = vantages[0]?.days ?? [];
  const range = {
    fromMs: days[0]?.startMs ?? startOfDay(nowMs),
    toMs: (days.at(-1)?.startMs ?? startOfDay(nowMs)) + DAY_MS,
  };
  const text = toSheetText(handled, deps, say, {
    title: say.text('vantages.title'),
    subtitle: say.text('picture.vantages_subtitle', {
      time: formatInstant(nowMs, say),
    }),
    // Days of UTC up to today.
    range: formatRange(range.fromMs, nowMs, say),
    n: say.text('picture.n_vantages', { n: vantages.length }),
    revision: toContentRevision(
      deps,
      vantages.map(({ vantage, status, days: of }) => [vantage.id, status, of]),
    ),
  });
  return drawVantagePicture({ text, vantages, range, nowMs, widthPx }, say, theme);
};
