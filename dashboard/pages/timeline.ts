/**
 * The timeline: filters, announcements and lanes of one range. The strips and the table are the page itself;
 * the browser script replaces the strips by a canvas that it draws from the same columns.
 */
import { html, raw } from 'hono/html';
import type { StoredAnnouncement } from '../../db/announcements.ts';
import type { Lane } from '../../db/lanes.ts';
import type { ColumnBucket } from '../columns.ts';
import { toIsoMinute } from '../format.ts';
import { pickMessages } from '../i18n/catalogue.ts';
import { joinWords, type Messages } from '../i18n/say.ts';
import { formatInstant, formatTime } from '../i18n/times.ts';
import { saySubject } from '../i18n/words.ts';
import { type LagLine, touchesRange } from '../lag-lines.ts';
import { nameGroup } from '../lane-names.ts';
import type { RowGroup } from '../lane-rows.ts';
import type { TimelineChoice } from '../timeline-choice.ts';
import { type Overview, PAGE_DATA_ID, type TimelinePageData } from '../timeline-data.ts';
import { type Announcement, renderAnnouncementTimes } from './announcement-times.ts';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo, renderAsOf } from './frame.ts';
import { renderDays } from './lane-heat.ts';
import { renderCoverageWords, renderStrips } from './lane-strip.ts';
import { renderLaneTables } from './lane-table.ts';
import { toFormUrls } from './page-forms.ts';
import { renderMessage } from './rich-text.ts';
import { renderLegend } from './states.ts';
import { renderDisplay, renderPages, renderRangeLinks } from './timeline-display.ts';
import { renderForm } from './timeline-form.ts';
import { renderLagCell, toNames } from './timeline-words.ts';

/** What the timeline is drawn from. */
export type TimelineData = {
  readonly choice: TimelineChoice;
  /** Pages of rows there are. */
  readonly pages: number;
  readonly services: readonly { readonly id: string; readonly name: string }[];
  /** Every country and network there is to choose from. */
  readonly countries: readonly string[];
  readonly networks: readonly { readonly asn: number; readonly name: string }[];
  readonly rangePresets: readonly string[];
  /** Rows of this page under their headings. */
  readonly groups: readonly RowGroup<Lane>[];
  /** Of all pages. */
  readonly laneCount: number;
  /** Verdicts in the hours or days that the range touches. */
  readonly verdictCount: number;
  /** Those with a mark in the range, by time. */
  readonly announcements: readonly StoredAnnouncement[];
  /** Announced against measured, whatever the range. */
  readonly lags: readonly LagLine[];
  readonly lanesUrl: string;
  readonly controlsUrl?: string;
  readonly announcementsUrl: string;
  /** Query of the same announcements in other forms. */
  readonly announcementsQuery: string;
  readonly overview?: Overview;
  /** Counts per UTC day by key of the row; only where the days are shown. */
  readonly days?: ReadonlyMap<string, readonly ColumnBucket[]>;
};

/** What an announcement is about, e.g. ` · Facebook and Instagram`. */
function renderSubjects({ services_in_scope: services }: Announcement, { say }: Frame): string {
  if (services.length === 0) return '';
  const names = services.map((service) => saySubject(say, service));
  return ` · ${joinWords(names, say)}`;
}

function renderAnnouncementList(data: TimelineData, frame: Frame): Fragment {
  const { say } = frame;
  if (data.announcements.length === 0)
    return html`<p class="quiet">${say.text('timeline.none_in_range')} <a href="${linkTo(frame, '/announcements')}">${say.text('timeline.all_announcements')}</a></p>`;
  return html`<ol class="announcements">${data.announcements.map(
    ({
      announcement,
    }) => html`<li><a href="${linkTo(frame, `/a/${announcement.id}`)}" lang="${announcement.language}">${announcement.title}</a>
      <span class="quiet"><span lang="${announcement.language}">${announcement.actor.name}</span>${renderSubjects(announcement, frame)}</span>
      ${renderAnnouncementTimes(announcement, frame)}</li>`,
  )}</ol>`;
}

function renderLags({ lags, choice, services }: TimelineData, frame: Frame): Fragment {
  const { say } = frame;
  const shown = lags.filter((line) => touchesRange(line, choice.fromMs, choice.toMs));
  if (shown.length === 0) return html``;
  const names = toNames({ services }, frame);
  const subject = ({ service, countryCode, functions: [part = 'service'] }: LagLine) =>
    nameGroup({ service, function: part, countryCode }, names);
  const link = html`<a href="${linkTo(frame, '/ledger')}">${say.text('timeline.ledger_word')}</a>`;
  return html`<section aria-labelledby="lags"><h2 id="lags">${say.text('timeline.lags_heading')}</h2>
    <ul class="lag-list">${shown.map((line) => html`<li><strong>${subject(line)}</strong> · ${renderLagCell(line, frame)}</li>`)}</ul>
    <p class="quiet">${renderMessage(say, 'timeline.lags_ledger', { link })}</p></section>`;
}

function renderHeading(data: TimelineData, frame: Frame): Fragment {
  const { say } = frame;
  const { choice } = data;
  const counts = [
    say.text('timeline.counts_lanes', { n: data.laneCount }),
    say.text('timeline.counts_verdicts', { n: data.verdictCount }),
    say.text('timeline.counts_announcements', { n: data.announcements.length }),
  ];
  return html`<div class="summary"><h1>${say.text('timeline.title')}</h1>${renderRangeLinks(data, frame)}</div>
  <div class="summary"><p><span class="static-range"><strong>${formatTime(choice.fromMs, say)} – ${formatInstant(choice.toMs, say)}</strong> · </span>${counts.join(' · ')}</p>${renderAsOf(frame)}</div>`;
}

function renderEmpty(data: TimelineData, frame: Frame): Fragment {
  const { say } = frame;
  if (data.verdictCount > 0) return html``;
  if (frame.lastMeasuredMs === undefined)
    return html`<div class="notice"><p><strong>${say.text('timeline.nothing_yet')}</strong> <a href="${linkTo(frame, '/')}">${say.text('timeline.first_results')}</a>.</p></div>`;
  const what = say.text(data.laneCount === 0 ? 'timeline.no_lane' : 'timeline.nothing_here');
  const link = html`<a href="${linkTo(frame, '/t?range=all')}">${say.text('timeline.everything')}</a>`;
  return html`<div class="notice"><p><strong>${what}</strong> ${renderMessage(say, 'timeline.empty_remedy', { link })}</p></div>`;
}

/** Words of the domain that the script says itself; what else there is stays on the page. */
const SCRIPT_WORDS = /^words\.(state|meaning|sureness|point|function)\./;
/** Texts of the page alone: over a bad line nobody waits for them twice. */
const PAGE_TEXTS =
  /^timeline\.(all_|agg_|by_|change|choose|column_|compare|coverage_(explained|line|words)|counts_(a|l|r|v)|countries|day|description|display|each_cell|earlier|empty|evidence|everything|extra_|first_results|form_|from$|in_range|lags_|later|ledger|networks|no_|none_|nothing|parts|preset|range_|runs_|services|show|sort_|strip|take|times|title|until|view_)/;

function pickScriptMessages({ say }: Frame): Messages {
  const all = pickMessages(say.locale, ['timeline', 'time', 'words']);
  return Object.fromEntries(
    Object.entries(all).filter(([key]) =>
      key.startsWith('words.') ? SCRIPT_WORDS.test(key) : !PAGE_TEXTS.test(key),
    ),
  );
}

/** What the script is given. JSON in an element of a type that no browser runs, so that the policy allows it. */
function renderPageData(data: TimelineData, frame: Frame): Fragment {
  const block: TimelinePageData = {
    locale: frame.say.locale,
    messages: pickScriptMessages(frame),
    choice: data.choice,
    services: data.services,
    intervalMs: frame.intervalMs,
    lags: data.lags,
    ...(data.controlsUrl === undefined ? {} : { controlsUrl: data.controlsUrl }),
    ...(data.overview === undefined ? {} : { overview: data.overview }),
  };
  // Nothing in it may end the element: titles come from outside.
  const json = JSON.stringify(block).replaceAll('<', '\\u003c');
  return html`<script type="application/json" id="${PAGE_DATA_ID}">${raw(json)}</script>`;
}

function renderBody(data: TimelineData, frame: Frame): Fragment {
  const { choice, laneCount } = data;
  if (choice.view === 'heat') return laneCount === 0 ? html`` : renderDays(data, frame);
  if (choice.view === 'table') return html``;
  return html`${renderPageData(data, frame)}
    <div id="timeline" data-lanes-url="${data.lanesUrl}" data-announcements-url="${data.announcementsUrl}"
      data-from="${toIsoMinute(choice.fromMs)}" data-to="${toIsoMinute(choice.toMs)}" data-tz="${frame.timeZone}">
      ${laneCount === 0 ? '' : renderStrips(data, frame)}
    </div>`;
}

/** Makes the timeline's page. */
export function createTimelinePage(data: TimelineData, frame: Frame): Page {
  const { say } = frame;
  const { choice, laneCount } = data;
  const hasLanes = laneCount > 0;
  const runs = html`<section aria-labelledby="runs"><h2 id="runs">${say.text('timeline.runs_heading')}</h2>${renderLaneTables(data, frame)}</section>`;
  const main = html`${renderHeading(data, frame)}
  ${renderForm(data, frame)}
  ${renderDisplay(data, frame)}
  <section aria-labelledby="lanes"><h2 id="lanes" class="unseen">${say.text('timeline.lanes_heading')}</h2>
    ${renderEmpty(data, frame)}
    ${renderBody(data, frame)}
    ${renderPages(data, frame)}
    ${choice.view === 'table' ? '' : renderLegend(say)}
    ${hasLanes && choice.view === 'lanes' ? renderCoverageWords(data, frame) : ''}
  </section>
  ${hasLanes && choice.view === 'table' ? runs : ''}
  ${renderLags(data, frame)}
  <section aria-labelledby="in-range"><h2 id="in-range">${say.text('timeline.in_range')}</h2>${renderAnnouncementList(data, frame)}</section>
  ${hasLanes && choice.view === 'lanes' ? runs : ''}`;
  return {
    title: say.text('timeline.title'),
    description: say.text('timeline.description'),
    current: 'timeline',
    main,
    isTimeline: true,
    hasScript: choice.view === 'lanes',
    live: {},
    forms: toFormUrls(frame),
    hasZoneForm: false,
  };
}
