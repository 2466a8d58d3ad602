/** The parts around the plot: buttons for the range, pages of rows, the legend. */
import type { Aggregate } from '../columns.ts';
import type { Say } from '../i18n/say.ts';
import { formatDay, formatTime, formatZone } from '../i18n/times.ts';
import { sayMeaning, sayState } from '../i18n/words.ts';
import { LOOKS, STATES } from '../palette.ts';
import { make } from './dom.ts';
import { describeMark } from './marks.ts';
import { MARK_KINDS } from './packing.ts';
import type { View } from './view.ts';

/** What the buttons ask for. */
export type RangeAction = 'earlier' | 'zoomIn' | 'zoomOut' | 'reset' | 'later';

const BUTTONS: readonly (readonly [action: RangeAction, sign: string])[] = [
  ['earlier', '‹'],
  ['zoomOut', '−'],
  ['zoomIn', '+'],
  ['later', '›'],
  ['reset', ''],
];

/** Days tell a longer range than this better than minutes. */
const DAYS_FROM_MS = 4 * 86_400_000;

/** The row of buttons and the range in words. */
export type Toolbar = {
  readonly element: HTMLElement;
  readonly tableLink: HTMLAnchorElement;
  readonly show: (view: View, tableHref: string) => void;
};

/** Makes the toolbar; `onAction` hears of every press. */
export function makeToolbar(say: Say, onAction: (action: RangeAction) => void): Toolbar {
  const range = make('span', { class: 'tl-range' });
  const tableLink = make('a', { class: 'tl-table-link', text: say.text('timeline.table_link') });
  const buttons = BUTTONS.map(([action, sign]) => {
    const words = say.text(`timeline.button_${action}`);
    const button = make('button', {
      text: sign || say.text('timeline.button_reset_short'),
      attributes: { type: 'button', 'aria-label': words, title: words, 'data-action': action },
    });
    button.addEventListener('click', () => onAction(action));
    return button;
  });
  const group = make('span', {
    class: 'tl-buttons',
    attributes: { role: 'group', 'aria-label': say.text('timeline.range') },
    children: buttons,
  });
  return {
    element: make('div', { class: 'tl-bar', children: [group, range, tableLink] }),
    tableLink,
    show({ fromMs, toMs }, tableHref) {
      const format = toMs - fromMs > DAYS_FROM_MS ? formatDay : formatTime;
      const zone = formatZone(say.timeZone, say);
      range.textContent = `${format(fromMs, say)} – ${format(toMs, say)}, ${zone}`;
      tableLink.href = tableHref;
    },
  };
}

/** Where many rows are shown a page at a time. */
export type Pager = {
  readonly element: HTMLElement;
  readonly show: (page: number, pages: number) => void;
};

/** Makes the pager, which hides where one page is enough. */
export function makePager(say: Say, onPage: (page: number) => void): Pager {
  const place = make('span', { class: 'tl-range' });
  let current = 1;
  const makeButton = (
    sign: string,
    key: 'timeline.page_before' | 'timeline.page_after',
    by: number,
  ) => {
    const words = say.text(key);
    const attributes = { type: 'button', 'aria-label': words, title: words };
    const button = make('button', { text: sign, attributes });
    button.addEventListener('click', () => onPage(current + by));
    return button;
  };
  const before = makeButton('‹', 'timeline.page_before', -1);
  const after = makeButton('›', 'timeline.page_after', 1);
  const buttons = make('span', { class: 'tl-buttons', children: [before, after] });
  const element = make('div', { class: 'tl-bar', children: [buttons, place] });
  return {
    element,
    show(page, pages) {
      current = page;
      element.hidden = pages < 2;
      before.disabled = page <= 1;
      after.disabled = page >= pages;
      place.textContent = say.text('timeline.page_of', { page, pages });
    },
  };
}

/** The legend: every state with glyph, pattern and word, every sign of an announcement, and the rule in use. */
export type Legend = {
  readonly element: HTMLElement;
  readonly showRule: (aggregate: Aggregate) => void;
};

/** Makes the legend. */
export function makeLegend(say: Say): Legend {
  const states = STATES.map((state) => {
    const swatch = make('canvas', {
      class: 'tl-swatch',
      attributes: { 'data-state': state, 'aria-hidden': 'true' },
    });
    const glyph = make('span', { class: 'tl-glyph', text: LOOKS[state].glyph });
    return make('li', {
      attributes: { title: sayMeaning(say, state) },
      children: [swatch, glyph, sayState(say, state)],
    });
  });
  const marks = MARK_KINDS.toSorted((a, b) => Number(a === 'denied') - Number(b === 'denied')).map(
    (kind) => {
      const { glyph, word } = describeMark(kind, say);
      return make('li', { children: [make('span', { class: 'tl-glyph', text: glyph }), word] });
    },
  );
  const rule = make('li', { class: 'tl-legend-rule' });
  const lag = make('li', { class: 'tl-legend-rule', text: say.text('timeline.lag_meaning') });
  const ribbon = make('li', {
    class: 'tl-legend-rule',
    children: [
      make('span', { class: 'tl-ribbon-swatch', attributes: { 'aria-hidden': 'true' } }),
      say.text('timeline.coverage_meaning'),
    ],
  });
  return {
    element: make('ul', {
      class: 'tl-legend',
      attributes: { 'aria-label': say.text('timeline.legend') },
      children: [...states, ...marks, rule, lag, ribbon],
    }),
    showRule(aggregate) {
      rule.textContent = say.text(`timeline.rule_${aggregate}`);
    },
  };
}
