/** The frame around the run that the keyboard's cursor is in. */
import type { TimelineChart } from './chart.ts';
import { make, place } from './dom.ts';
import type { PlacedRow } from './layout.ts';
import { runIndexAt, runsOf } from './runs.ts';

/** Makes it, hidden. */
export function makeFocusFrame(): HTMLElement {
  return make('div', { class: 'tl-focus', attributes: { hidden: '' } });
}

/** Puts it around the run of a row at a time; without one, or when it is not to be shown, it is hidden. */
export function placeFocusFrame(
  frame: HTMLElement,
  placed: PlacedRow | undefined,
  atMs: number,
  chart: Pick<TimelineChart, 'toPx' | 'widthPx'>,
  isShown: boolean,
): void {
  const runs = placed ? runsOf(placed.row) : [];
  const span = runs[runIndexAt(runs, atMs)];
  frame.hidden = !isShown || !placed || !span;
  if (!placed || !span) return;
  const left = Math.max(0, chart.toPx(span.fromMs));
  const right = Math.min(chart.widthPx, chart.toPx(span.untilMs));
  place(frame, {
    left: left - 2,
    top: placed.barTopPx - 3,
    width: Math.max(4, right - left) + 4,
    height: placed.barHeightPx + 6,
  });
}
