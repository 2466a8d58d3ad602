/** An incident, an announcement and the ledger as pictures. */
import { z } from 'zod';
import { toCountryZone } from '../../dashboard/country-zones.ts';
import { toTimeBox } from '../../dashboard/format.ts';
import { speak } from '../../dashboard/i18n/catalogue.ts';
import { formatCountry, formatTime, formatZone } from '../../dashboard/i18n/times.ts';
import { isReviewed, toAnnouncementZone } from '../../dashboard/pages/announcement-scope.ts';
import { drawLedgerPicture, listDrawnGroups } from '../../dashboard/pictures/ledger-picture.ts';
import { DEFAULT_DISPLAY, type TimelineChoice } from '../../dashboard/timeline-choice.ts';
import type { HandlerDeps } from '../contract.ts';
import { filterFields, filterLedger, readLedger, toFilter } from '../ledger-page.ts';
import { RequestProblem } from '../problem.ts';
import { DAY_MS, MINUTE_MS, parseQuery, zone } from '../query.ts';
import { showDrawnNames } from './drawn-names.ts';
import type { DrawPicture } from './forms.ts';
import { drawLanes, toPageUrl } from './lanes.ts';

/** Before what is looked at, so that the change is seen. */
const BEFORE_MS = 3 * DAY_MS;
/** After it: as long as the ledger waits for an effect at most, and at least so long. */
const AFTER_MS = 10 * DAY_MS;

const zoneQuery = z.object({ tz: zone.optional() });

function toMinuteNow({ clock }: HandlerDeps): number {
  return Math.ceil(clock.nowMs() / MINUTE_MS) * MINUTE_MS;
}

function chooseAround(
  firstMs: number,
  lastMs: number,
  deps: HandlerDeps,
): Pick<TimelineChoice, 'fromMs' | 'toMs'> {
  const fromMs = firstMs - BEFORE_MS;
  return { fromMs, toMs: Math.max(fromMs + DAY_MS, Math.min(toMinuteNow(deps), lastMs)) };
}

/** /i/:id as a picture: the lanes of its service and country, from before it began to after it ended. */
export const drawIncident: DrawPicture = (handled, deps, wish) => {
  const incident = deps.store.getIncident(handled.parameter);
  if (incident === undefined)
    throw new RequestProblem({ kind: 'not-found', detail: 'There is no incident of this name.' });
  const { service, countryCode, onset, end } = incident;
  const { tz = toCountryZone(countryCode) } = parseQuery(zoneQuery, handled.url);
  const say = speak(handled.locale, tz);
  const name = deps.config.services.find(({ id }) => id === service)?.name ?? service;
  const choice = {
    services: [service],
    countries: [countryCode],
    asns: [],
    functions: [],
    ...DEFAULT_DISPLAY,
    ...chooseAround(
      onset.afterMs ?? onset.byMs,
      end === undefined ? Number.POSITIVE_INFINITY : end.byMs + BEFORE_MS,
      deps,
    ),
  };
  const title = say.text('picture.incident_title', {
    title: `${name} · ${formatCountry(countryCode, say)}`,
  });
  return drawLanes(handled, deps, wish, choice, tz, { title });
};

/** /a/:id as a picture: the lanes that it concerns, from before it was announced to after it took effect. */
export const drawAnnouncement: DrawPicture = (handled, deps, wish) => {
  const stored = deps.store.getAnnouncement(handled.parameter);
  if (stored === undefined || !isReviewed(stored.announcement))
    throw new RequestProblem({
      kind: 'not-found',
      detail: 'There is no reviewed announcement of this name. The list has all of them.',
    });
  const { announcement } = stored;
  const { announced_at, effective_at, lifted_at, regions, services_in_scope } = announcement;
  const boxes = [announced_at, effective_at, lifted_at].flatMap((time) => {
    const box = time === null ? undefined : toTimeBox(time);
    return box === undefined ? [] : [box];
  });
  if (boxes.length === 0)
    throw new RequestProblem({
      kind: 'not-found',
      detail: 'No source dates this announcement, so there is no range to draw.',
    });
  const codes = [...new Set(regions.codes.map((code) => code.slice(0, 2)))];
  const { tz = toAnnouncementZone(announcement) } = parseQuery(zoneQuery, handled.url);
  const say = speak(handled.locale, tz);
  const named: readonly string[] = services_in_scope;
  const choice = {
    // A measure against the company bears on all of its services.
    services: named.includes('meta_company')
      ? []
      : deps.config.services.map(({ id }) => id).filter((id) => named.includes(id)),
    countries: codes,
    asns: [],
    functions: [],
    ...DEFAULT_DISPLAY,
    ...chooseAround(
      Math.min(...boxes.map(({ fromMs }) => fromMs)),
      Math.max(...boxes.map(({ untilMs }) => untilMs)) + AFTER_MS,
      deps,
    ),
  };
  const title = say.text('picture.announcement_title', { title: announcement.title });
  return drawLanes(handled, deps, wish, choice, tz, { title });
};

/** /ledger as a picture. */
export const drawLedger: DrawPicture = (handled, deps, { theme, widthPx }) => {
  const query = parseQuery(z.object({ ...filterFields(deps), tz: zone.optional() }), handled.url);
  const [country] = query.country ?? [];
  const { tz = country === undefined ? 'UTC' : toCountryZone(country) } = query;
  const say = speak(handled.locale, tz);
  const stored = readLedger(deps, query.revision);
  const groups = stored === undefined ? [] : filterLedger(stored.content, toFilter(query)).groups;
  const rows = listDrawnGroups(groups).flatMap((group) => group.rows);
  const title = say.text('picture.ledger_title');
  return drawLedgerPicture(
    {
      text: {
        title,
        subtitle: say.text('picture.ledger_subtitle'),
        footer: [
          [
            ...(stored === undefined
              ? []
              : [say.text('picture.as_of', { time: formatTime(stored.builtAtMs, say) })]),
            say.text('picture.ledger_provenance', {
              revision: stored?.revision ?? 0,
              n: rows.length,
            }),
            formatZone(tz, say),
          ].join(' · '),
          toPageUrl(handled, deps),
          say.text('picture.licence'),
        ],
        description: title,
        locale: say.locale,
        ...(deps.info.isSimulated ? { notice: say.text('picture.simulated') } : {}),
      },
      groups: groups.map((group) => ({
        ...group,
        rows: group.rows.map((row) => showDrawnNames(row, deps)),
      })),
      nameOf: new Map(deps.config.services.map(({ id, name }) => [id, name])),
      widthPx,
    },
    say,
    theme,
  );
};
