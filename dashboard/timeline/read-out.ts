/** The line that tells what the cursor is on: state, length, counts, coverage, and the evidence as a link. */
import { columnAt, columns } from '../columns.ts';
import { coverageOf, describeSlice } from '../coverage.ts';
import { formatBoth } from '../i18n/times.ts';
import type { Names } from '../lane-names.ts';
import type { LaneRow, RowGroup } from '../lane-rows.ts';
import { listMeasuredLanes } from '../lane-rows.ts';
import { LOOKS } from '../palette.ts';
import type { TimelineLane } from './data.ts';
import { make } from './dom.ts';
import type { ToLink } from './labels.ts';
import {
  describeCounts,
  describeLane,
  describeLanesAt,
  describeLength,
  describeRun,
} from './run-words.ts';
import { runIndexAt, runsOf } from './runs.ts';
import type { View } from './view.ts';

/** What is read. */
export type Reading = {
  readonly row: LaneRow<TimelineLane>;
  readonly group: RowGroup<TimelineLane>;
  readonly atMs: number;
  readonly view: View;
  /** Of the plot: with it the painted column is counted, without it the whole run. */
  readonly widthPx?: number;
};

/** The element and what fills it. */
export type ReadOut = {
  readonly element: HTMLElement;
  readonly show: (reading: Reading) => void;
};

/** Counts of the very column that is painted under the cursor, so that numbers and picture agree. */
function countColumn({ row, atMs, view }: Reading, widthPx: number, { say }: Names): string {
  const perPx = (view.toMs - view.fromMs) / widthPx;
  const columnFromMs = view.fromMs + Math.floor((atMs - view.fromMs) / perPx) * perPx;
  const column = columnAt(columns(row.set, columnFromMs, columnFromMs + perPx, 1), 0);
  const counts = describeCounts(column, say);
  return counts && say.text('timeline.in_column', { counts });
}

/** How many lanes of the group were measured at a time. */
function describeCoverage({ group, atMs }: Reading, { say }: Names): string {
  const lanes = listMeasuredLanes(group).map(({ spans }) => spans);
  const coverage = coverageOf(lanes, atMs, atMs + 1, 1);
  const whole = { ...coverage, shares: new Float64Array([1]) };
  return say.text('timeline.coverage_here', { coverage: describeSlice(whole, 0, say) });
}

/** Makes the read-out; before the first use it tells how the chart is used. */
export function makeReadOut(names: Names, toLink: ToLink): ReadOut {
  const { say } = names;
  const isCoarse = matchMedia('(pointer: coarse)').matches;
  const hint = say.text(isCoarse ? 'timeline.hint_touch' : 'timeline.hint');
  const element = make('div', { class: 'tl-readout', children: [make('p', { text: hint })] });
  return {
    element,
    show(reading) {
      const { row, atMs, widthPx } = reading;
      const runs = runsOf(row);
      const index = runIndexAt(runs, atMs);
      const span = runs[index];
      if (!span) return;
      const swatch = make('span', { class: `tl-state tl-state-${span.state.replace('_', '-')}` });
      swatch.textContent = `${LOOKS[span.state].glyph} ${describeRun(span, say)}`;
      const time = make('strong', { text: formatBoth(atMs, say) });
      const name = make('span', { text: describeLane(row, names) });
      const first = make('p', { children: [time, ' ', name, ' ', swatch] });
      const counts = widthPx
        ? countColumn(reading, widthPx, names)
        : span.count > 0
          ? say.text('timeline.measured', { n: span.count })
          : '';
      const parts = [
        describeLength(span, index === 0, say),
        row.lanes.length > 1 ? describeLanesAt(row, atMs, say) : '',
        counts,
        describeCoverage(reading, names),
      ];
      const second = make('p', {
        class: 'tl-readout-more',
        text: parts.filter((part) => part !== '').join(' · '),
      });
      if (span.firstMeasurementId) {
        const href = toLink(`/m/${encodeURIComponent(span.firstMeasurementId)}`);
        const text = say.text('timeline.first_of_run');
        second.append(' · ', make('a', { text, attributes: { href } }));
      }
      element.classList.add('tl-readout-used');
      element.replaceChildren(first, second);
    },
  };
}
