/** The links of the timeline: range, way of showing, pages of rows, other forms. Each is an address; a script follows them in place. */
import { html } from 'hono/html';
import { AGGREGATES } from '../columns.ts';
import { ROW_KINDS, ROW_ORDERS } from '../lane-rows.ts';
import { EXTRA_LANES, type TimelineChoice, toQuery, VIEWS } from '../timeline-choice.ts';
import type { Fragment, Frame } from './frame.ts';
import type { TimelineData } from './timeline.ts';
import { sayPreset } from './timeline-form.ts';

/** Address of a choice. */
export function toAddress(choice: TimelineChoice, { base }: Frame, form = ''): string {
  return `${base}/t${form}${toQuery(choice)}`;
}

function withRange({ range: _range, ...choice }: TimelineChoice, fromMs: number, toMs: number) {
  return { ...choice, fromMs, toMs };
}

/** Links to the presets, and to the range before and after. */
export function renderRangeLinks({ choice, rangePresets }: TimelineData, frame: Frame): Fragment {
  const { say } = frame;
  const lengthMs = choice.toMs - choice.fromMs;
  const link = (next: TimelineChoice, text: string, isCurrent = false) =>
    html`<li><a href="${toAddress(next, frame)}"${isCurrent ? html` aria-current="true"` : ''}>${text}</a></li>`;
  const move = (by: number) =>
    withRange(choice, choice.fromMs + by * lengthMs, choice.toMs + by * lengthMs);
  const isNewest = choice.toMs >= frame.nowMs;
  return html`<ul class="presets" aria-label="${say.text('timeline.range')}">${link(move(-1), say.text('timeline.earlier_link'))}${rangePresets.map(
    (range) => link({ ...choice, range }, sayPreset(range, frame), range === choice.range),
  )}${isNewest ? '' : link(move(1), say.text('timeline.later_link'))}</ul>`;
}

type Entry = {
  /** What the script changes in place, e.g. `by=vantage`. */
  readonly part: string;
  readonly text: string;
  readonly next: TimelineChoice;
  readonly isCurrent: boolean;
};

/** Entries for the words of one part of the address, of which one is chosen. */
function listEntries<T extends string>(
  name: string,
  words: readonly T[],
  current: T,
  sayWord: (word: T) => string,
  toNext: (word: T) => TimelineChoice,
): Entry[] {
  return words.map((word) => ({
    part: `${name}=${word}`,
    text: sayWord(word),
    next: toNext(word),
    isCurrent: word === current,
  }));
}

function renderEntries(label: string, entries: readonly Entry[], frame: Frame): Fragment {
  return html`<p class="display"><span class="quiet">${label}</span> ${entries.map(
    ({ part, text, next, isCurrent }) =>
      html`<a href="${toAddress(next, frame)}" data-part="${part}"${isCurrent ? html` aria-current="true"` : ''}>${text}</a> `,
  )}</p>`;
}

function toggle(choice: TimelineChoice, lane: (typeof EXTRA_LANES)[number]): TimelineChoice {
  const isOn = choice.lanes.includes(lane);
  const lanes = EXTRA_LANES.filter((one) => (one === lane ? !isOn : choice.lanes.includes(one)));
  return { ...choice, lanes, page: 1 };
}

/** Links to the ways of showing the same lanes. */
export function renderDisplay(
  { choice, announcementsQuery }: TimelineData,
  frame: Frame,
): Fragment {
  const { say } = frame;
  const first = { ...choice, page: 1 };
  const by = listEntries(
    'by',
    ROW_KINDS,
    choice.by,
    (kind) => say.text(`timeline.by_${kind}`),
    (kind) => ({ ...first, by: kind }),
  );
  const sort = listEntries(
    'sort',
    ROW_ORDERS,
    choice.sort,
    (order) => say.text(`timeline.sort_${order}`),
    (order) => ({ ...first, sort: order }),
  );
  const agg = listEntries(
    'agg',
    AGGREGATES,
    choice.agg,
    (one) => say.text(`timeline.agg_${one}`),
    (one) => ({ ...choice, agg: one }),
  );
  const view = listEntries(
    'view',
    VIEWS,
    choice.view,
    (one) => say.text(`timeline.view_${one}`),
    (one) => ({ ...choice, view: one }),
  );
  const lanes = EXTRA_LANES.map((one) => ({
    part: `toggle=${one}`,
    text: say.text(`timeline.extra_${one}`),
    next: toggle(choice, one),
    isCurrent: choice.lanes.includes(one),
  }));
  return html`<nav class="displays" aria-label="${say.text('timeline.display')}">
    ${renderEntries(say.text('timeline.display_view'), view, frame)}
    <details class="display-more"><summary>${say.text('timeline.display')}</summary>
    ${renderEntries(say.text('timeline.display_by'), by, frame)}
    ${renderEntries(say.text('timeline.display_sort'), sort, frame)}
    ${choice.view === 'table' ? '' : renderEntries(say.text('timeline.display_agg'), agg, frame)}
    ${choice.view === 'lanes' ? renderEntries(say.text('timeline.display_lanes'), lanes, frame) : ''}
    <p class="display"><span class="quiet">${say.text('timeline.take')}</span> ${say.text('timeline.take_lanes')}
      <a href="${toAddress(choice, frame, '.csv')}" data-part="">CSV</a> <a href="${toAddress(choice, frame, '.json')}" data-part="">JSON</a> ·
      ${say.text('timeline.take_announcements')} <a href="/announcements.csv?${announcementsQuery}">CSV</a> <a href="/announcements.json?${announcementsQuery}">JSON</a></p>
    </details>
  </nav>`;
}

/** Links to the pages of rows, where one is not enough. */
export function renderPages({ choice, pages }: TimelineData, frame: Frame): Fragment {
  if (pages < 2) return html``;
  const { say } = frame;
  const numbers = Array.from({ length: pages }, (_, index) => index + 1);
  return html`<nav class="displays tl-pages" aria-label="${say.text('timeline.pages')}"><p class="display"><span class="quiet">${say.text('timeline.page_of', { page: choice.page, pages })}</span>
    ${numbers.map((page) => html`<a href="${toAddress({ ...choice, page }, frame)}" data-part="page=${page}"${page === choice.page ? html` aria-current="true"` : ''}>${page}</a> `)}</p></nav>`;
}
