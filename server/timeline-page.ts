/** GET /t, /t.csv and /t.json: the timeline for the services, networks and range that its address names. */
import { listLagLines } from '../dashboard/lag-lines.ts';
import { arrangeRows, takePage } from '../dashboard/lane-rows.ts';
import {
  concernsServices,
  liesInRange,
  namesCountry,
  sortAnnouncements,
} from '../dashboard/pages/announcement-scope.ts';
import { renderPage } from '../dashboard/pages/frame.ts';
import { createTimelinePage } from '../dashboard/pages/timeline.ts';
import { ROWS_PER_PAGE, type TimelineChoice } from '../dashboard/timeline-choice.ts';
import type { Lane } from '../db/lanes.ts';
import { toIso } from './api/iso.ts';
import { toLaneJson } from './api/lanes.ts';
import type { Handler, HandlerDeps } from './contract.ts';
import { toLanesCsv } from './exports/lanes-csv.ts';
import { createFrame } from './pages.ts';
import { RequestProblem } from './problem.ts';
import { RANGE_PRESETS } from './query.ts';
import { prepare, reply, replyHtml } from './reply.ts';
import {
  listChosenLanes,
  listOrderedLanes,
  readDays,
  readOverview,
  toArrangement,
  toLaneUrls,
} from './timeline-lanes.ts';
import { readChoice } from './timeline-query.ts';

/** What a change of the time zone keeps of the address. */
const KEPT_PARAMETERS = [
  'service',
  'country',
  'asn',
  'function',
  'range',
  'from',
  'to',
  'by',
  'sort',
  'agg',
  'cmp',
  'view',
  'lanes',
  'page',
];

/** Countries of a choice, the compared one among them. */
function toCountries({ countries, cmp }: TimelineChoice): readonly string[] {
  return countries.length === 0 || cmp === undefined ? countries : [...countries, cmp];
}

/** Query of the same announcements, e.g. for `/announcements.csv`. */
function toAnnouncementsQuery(choice: TimelineChoice): string {
  const query = new URLSearchParams({ from: toIso(choice.fromMs), to: toIso(choice.toMs) });
  if (choice.services.length > 0) query.set('service', choice.services.join(','));
  if (choice.countries.length > 0) query.set('country', toCountries(choice).join(','));
  return query.toString();
}

/** Every network there is to choose from, by name; networks without a number cannot be chosen by it. */
function listNetworks(deps: HandlerDeps): { asn: number; name: string }[] {
  const known = deps.store.listVantages().filter(({ asn }) => asn !== 0);
  const networks = new Map(known.map(({ asn, networkName }) => [asn, networkName]));
  return [...networks]
    .map(([asn, name]) => ({ asn, name }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

/** Announcements with a mark in the range that concern what is chosen, by time. */
export function listAnnouncements(choice: TimelineChoice, deps: HandlerDeps) {
  const { fromMs, toMs, services } = choice;
  const codes = toCountries(choice);
  return sortAnnouncements(deps.store.listAnnouncements())
    .filter(
      ({ announcement }) =>
        liesInRange(announcement, fromMs, toMs) &&
        (services.length === 0 || concernsServices(announcement, services)) &&
        (codes.length === 0 || namesCountry(announcement, codes)),
    )
    .toReversed();
}

/** Language of each announcement by its id. */
function listLanguages({ store }: HandlerDeps): ReadonlyMap<string, string> {
  return new Map(
    store.listAnnouncements().map(({ announcement }) => [announcement.id, announcement.language]),
  );
}

/** Shows the timeline. */
export const showTimeline: Handler = async (handled, deps) => {
  const { choice, timeZone, defaultZone } = readChoice(handled.url, deps);
  const frame = createFrame(handled, deps, timeZone, KEPT_PARAMETERS, defaultZone);
  const lanes = listChosenLanes(choice, deps);
  const { groups, page, pages } = takePage(
    arrangeRows(lanes, toArrangement(choice, deps)),
    choice.page,
    ROWS_PER_PAGE,
  );
  const overview = choice.view === 'lanes' ? readOverview(choice, lanes.length, deps) : undefined;
  const query = toAnnouncementsQuery(choice);
  const countries = [...new Set(deps.store.listVantages().map(({ countryCode }) => countryCode))];
  const made = createTimelinePage(
    {
      choice: { ...choice, page },
      pages,
      services: deps.config.services.map(({ id, name }) => ({ id, name })),
      countries: countries.toSorted(),
      networks: listNetworks(deps),
      rangePresets: RANGE_PRESETS,
      groups,
      laneCount: lanes.length,
      verdictCount: lanes.flatMap(({ spans }) => spans).reduce((sum, { count }) => sum + count, 0),
      announcements: listAnnouncements(choice, deps),
      lags: listLagLines(deps.store.getLedger()?.content.groups ?? [], listLanguages(deps), {
        services: choice.services,
        countries: toCountries(choice),
      }),
      ...toLaneUrls(choice, deps),
      announcementsUrl: `/api/v1/announcements?${query}`,
      announcementsQuery: query,
      ...(overview === undefined ? {} : { overview }),
      ...(choice.view === 'heat' ? { days: readDays(choice, groups, deps) } : {}),
    },
    frame,
  );
  return replyHtml(handled, await renderPage(frame, made));
};

/** More lines than this are no answer to one question, and hold up everybody else's. */
const MAX_RUNS = 200_000;

/** The lanes on screen in the order of the rows. @throws RequestProblem when there are too many runs in them. */
function readLanes(choice: TimelineChoice, deps: HandlerDeps): Lane[] {
  const lanes = listOrderedLanes(choice, deps);
  const runs = lanes.reduce((sum, { spans }) => sum + spans.length, 0);
  if (runs <= MAX_RUNS) return lanes;
  throw new RequestProblem({
    kind: 'too-much-data',
    detail: `The range holds ${runs} runs, more than the ${MAX_RUNS} of one answer. Ask for a shorter range or fewer lanes.`,
  });
}

/** A name that tells range and origin, e.g. `reachline-lanes-20220220T0000Z-20220331T0000Z.csv`. */
function toFileName(choice: TimelineChoice, isSimulated: boolean): string {
  const [from, to] = [choice.fromMs, choice.toMs].map((atMs) =>
    toIso(atMs).slice(0, 16).replaceAll(/[-:]/g, ''),
  );
  return `reachline-lanes-${from}Z-${to}Z${isSimulated ? '-simulated' : ''}.csv`;
}

/** Answers with the runs of the lanes on screen as CSV, in the order of the rows. */
export const answerTimelineCsv: Handler = ({ request, url }, deps) => {
  const { choice, isSafe } = readChoice(url, deps);
  const { isSimulated } = deps.info;
  const text = toLanesCsv(readLanes(choice, deps), { isSimulated, isSafe });
  return reply(request, prepare(text, 'text/csv; charset=utf-8; header=present'), 200, {
    'content-disposition': `attachment; filename="${toFileName(choice, isSimulated)}"`,
  });
};

/** Answers with the lanes on screen as JSON, in the order of the rows. */
export const answerTimelineJson: Handler = ({ request, url }, deps) => {
  const { choice } = readChoice(url, deps);
  return deps.cache.answer(request, `timeline ${JSON.stringify(choice)}`, () => {
    const { lastMeasuredMs } = deps.store.health();
    return {
      from: toIso(choice.fromMs),
      to: toIso(choice.toMs),
      asOf: lastMeasuredMs === undefined ? null : toIso(lastMeasuredMs),
      isSimulated: deps.info.isSimulated,
      lanes: readLanes(choice, deps).map((lane) => toLaneJson(lane, deps.store)),
    };
  });
};
