/** The parts around the plot: buttons for the range, the read-out of the cursor, the legend. */
import { columnAt, columns } from '../columns.ts';
import { coverageOf, describeSlice } from '../coverage.ts';
import { formatBoth, formatDay, formatTime, formatZone } from '../format.ts';
import { ANNOUNCEMENT_MARKS, LOOKS, STATES } from '../palette.ts';
import type { TimelineLane } from './data.ts';
import { make } from './dom.ts';
import { describeCounts, describeLane, describeLength, describeRun, runIndexAt } from './runs.ts';
import type { View } from './view.ts';

/** What the buttons ask for. */
export type RangeAction = 'earlier' | 'zoomIn' | 'zoomOut' | 'reset' | 'later';

const BUTTONS: readonly (readonly [action: RangeAction, sign: string, words: string])[] = [
  ['earlier', '‹', 'Earlier'],
  ['zoomOut', '−', 'Zoom out'],
  ['zoomIn', '+', 'Zoom in'],
  ['later', '›', 'Later'],
  ['reset', 'Reset', 'Reset the range'],
];

/** The row of buttons and the range in words. */
export type Toolbar = {
  readonly element: HTMLElement;
  readonly show: (view: View, href: string) => void;
};

/** Makes the toolbar; `onAction` hears of every press. */
export function makeToolbar(onAction: (action: RangeAction) => void): Toolbar {
  const range = make('span', { class: 'tl-range' });
  const table = make('a', { class: 'tl-table-link', text: 'Table of this range' });
  const buttons = BUTTONS.map(([action, sign, words]) => {
    const button = make('button', {
      text: sign,
      attributes: { type: 'button', 'aria-label': words, title: words, 'data-action': action },
    });
    button.addEventListener('click', () => onAction(action));
    return button;
  });
  const group = make('span', {
    class: 'tl-buttons',
    attributes: { role: 'group', 'aria-label': 'Range' },
    children: buttons,
  });
  return {
    element: make('div', { class: 'tl-bar', children: [group, range, table] }),
    show({ fromMs, toMs, tz }, href) {
      const isDays = toMs - fromMs > 4 * 86_400_000;
      const format = isDays ? formatDay : formatTime;
      range.textContent = `${format(fromMs, tz)} – ${format(toMs, tz)}, ${formatZone(tz)}`;
      table.href = href;
    },
  };
}

/** The line that tells what the cursor is on. */
export type ReadOut = {
  readonly element: HTMLElement;
  /** With the width of the plot it counts the painted column, without it the whole run. */
  readonly show: (
    lane: TimelineLane,
    atMs: number,
    view: View,
    /** All lanes of its group, for the coverage. */
    group: readonly TimelineLane[],
    widthPx?: number,
  ) => void;
};

const HINT =
  'Point at a lane to read it. Drag to zoom, double click to go back. Keyboard: Tab to a lane, arrows from change to change, Enter for the evidence, + and − to zoom, [ and ] for announcements.';
const TOUCH_HINT =
  'Tap a lane to read it. Two fingers zoom, one finger sideways moves through time.';

/** Counts of the very column that is painted under the cursor, so that numbers and picture agree. */
function countColumn(lane: TimelineLane, atMs: number, view: View, widthPx: number): string {
  const { fromMs, toMs } = view;
  const perPx = (toMs - fromMs) / widthPx;
  const columnFromMs = fromMs + Math.floor((atMs - fromMs) / perPx) * perPx;
  const counts = describeCounts(
    columnAt(columns(lane.spans, columnFromMs, columnFromMs + perPx, 1), 0),
  );
  return counts && `in this column: ${counts}`;
}

/** How many lanes of the group were measured at a time. */
function describeCoverage(group: readonly TimelineLane[], atMs: number): string {
  const coverage = coverageOf(
    group.map(({ spans }) => spans),
    atMs,
    atMs + 1,
    1,
  );
  return `coverage here: ${describeSlice({ ...coverage, shares: new Float64Array([1]) }, 0)}`;
}

/** Makes the read-out; before the first use it tells how the chart is used. */
export function makeReadOut(): ReadOut {
  const text = matchMedia('(pointer: coarse)').matches ? TOUCH_HINT : HINT;
  const element = make('div', { class: 'tl-readout', children: [make('p', { text })] });
  return {
    element,
    show(lane, atMs, view, group, widthPx) {
      const { tz } = view;
      const index = runIndexAt(lane.spans, atMs);
      const span = lane.spans[index];
      if (!span) return;
      const swatch = make('span', { class: `tl-state tl-state-${span.state.replace('_', '-')}` });
      swatch.textContent = `${LOOKS[span.state].glyph} ${describeRun(span)}`;
      const first = make('p', {
        children: [
          make('strong', { text: formatBoth(atMs, tz) }),
          ' ',
          make('span', { text: describeLane(lane) }),
          ' ',
          swatch,
        ],
      });
      const counts = widthPx ? countColumn(lane, atMs, view, widthPx) : `${span.count} measured`;
      const second = make('p', {
        class: 'tl-readout-more',
        text: [describeLength(span, index === 0, tz), counts, describeCoverage(group, atMs)]
          .filter((part) => part)
          .join(' · '),
      });
      if (span.firstMeasurementId) {
        const href = `/m/${encodeURIComponent(span.firstMeasurementId)}`;
        const link = make('a', { text: 'first measurement of this run', attributes: { href } });
        second.append(' · ', link);
      }
      element.classList.add('tl-readout-used');
      element.replaceChildren(first, second);
    },
  };
}

/** Makes the legend: every state with glyph, pattern and word, and every sign of an announcement. */
export function makeLegend(): HTMLElement {
  const states = STATES.map((state) => {
    const { word, meaning, glyph } = LOOKS[state];
    const swatch = make('canvas', {
      class: 'tl-swatch',
      attributes: { 'data-state': state, 'aria-hidden': 'true' },
    });
    return make('li', {
      attributes: { title: meaning },
      children: [swatch, make('span', { class: 'tl-glyph', text: glyph }), word],
    });
  });
  const marks = Object.values(ANNOUNCEMENT_MARKS).map(({ glyph, word }) =>
    make('li', { children: [make('span', { class: 'tl-glyph', text: glyph }), word] }),
  );
  const strip = make('li', {
    class: 'tl-legend-rule',
    text: 'Bar: what most of the time says. Line on top: the worst that is more than chance, or any block.',
  });
  const ribbon = make('li', {
    class: 'tl-legend-rule',
    children: [
      make('span', { class: 'tl-ribbon-swatch', attributes: { 'aria-hidden': 'true' } }),
      'Coverage: how many of the lanes above were measured. Where it is low, calm may only mean that nobody looked.',
    ],
  });
  return make('ul', {
    class: 'tl-legend',
    attributes: { 'aria-label': 'Legend' },
    children: [...states, ...marks, strip, ribbon],
  });
}
