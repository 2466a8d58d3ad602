/** The timeline on screen: owns the elements and the chart, and turns what the reader does into views. */
import { STATES } from '../palette.ts';
import { AXIS_PX, type ChartContent, type ChartPoint, TimelineChart } from './chart.ts';
import { makeLegend, makeReadOut, makeToolbar, type RangeAction } from './controls.ts';
import { type LoadedLanes, listRelevant, type TimelineAnnouncement } from './data.ts';
import { make, place } from './dom.ts';
import { watchGestures } from './gestures.ts';
import {
  focusLane,
  type KeyAction,
  laneOf,
  makeLabels,
  showLabels,
  toKeyAction,
} from './labels.ts';
import { type Layout, layOut } from './layout.ts';
import { closeClusters, focusMark, makeMarksLayer, showMarks } from './marks.ts';
import { countRows, pack } from './packing.ts';
import { paintSwatch } from './paint.ts';
import { runIndexAt, speakRun } from './runs.ts';
import { currentTheme, watchTheme } from './theme.ts';
import { clampView, moveView, type View, writeView, zoomView } from './view.ts';

/** Narrower than this, labels go above their lanes. */
const NARROW_PX = 640;
/** Waits for the reader to stop before the live region speaks. */
const SPEAK_AFTER_MS = 250;

/** What a panel tells. */
export type PanelEvents = {
  /** The range changed; `isDone` is false while fingers are still down. */
  readonly onView: (view: View, isDone: boolean) => void;
  readonly onHome: () => View;
};

/** Owns the elements and the chart, and keeps them in step. */
export class Panel {
  readonly #events: PanelEvents;
  readonly #announcements: readonly TimelineAnnouncement[];
  readonly #listeners = new AbortController();
  readonly #labels = makeLabels();
  readonly #marks = makeMarksLayer();
  readonly #focus = make('div', { class: 'tl-focus', attributes: { hidden: '' } });
  readonly #readOut = makeReadOut();
  readonly #legend = makeLegend();
  readonly #live = make('p', { class: 'tl-live', attributes: { 'aria-live': 'polite' } });
  readonly #error = make('p', { class: 'tl-error', attributes: { role: 'status' } });
  readonly #toolbar = makeToolbar((action) => this.#act(action));
  readonly #frame: HTMLElement;
  readonly #chart: TimelineChart;
  #loaded: LoadedLanes;
  #layout: Layout;
  /** Grows with what came into sight and never shrinks, so that lanes do not jump under the pointer. */
  #announcementRows = 0;
  #selected = 0;
  /** Where the keyboard's cursor is. */
  #cursorMs: number | undefined;
  #speakTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    root: HTMLElement,
    loaded: LoadedLanes,
    announcements: readonly TimelineAnnouncement[],
    view: View,
    events: PanelEvents,
  ) {
    this.#events = events;
    this.#loaded = loaded;
    // Before the first measurement there is no lane to be relevant to, and announcements are all there is to see.
    this.#announcements =
      loaded.lanes.length === 0 ? announcements : listRelevant(announcements, loaded.lanes);
    const plot = make('div', { class: 'tl-plot' });
    this.#frame = make('div', { class: 'tl-frame', children: [this.#labels, plot] });
    this.#layout = this.#layOut(root.clientWidth < NARROW_PX);
    root.replaceChildren(
      this.#toolbar.element,
      this.#error,
      this.#frame,
      this.#readOut.element,
      this.#legend,
      this.#live,
    );
    root.classList.add('tl-ready');
    this.#frame.classList.toggle('tl-narrow', this.#layout.isNarrow);
    this.#chart = new TimelineChart(plot, this.#content(), view, {
      onBrush: (fromMs, toMs) => this.#change(clampView({ ...this.#chart.view, fromMs, toMs })),
      onPoint: (point) => point && this.#read(point),
      onOpen: (point) => this.#open(point),
      onReset: () => this.#act('reset'),
      onDrawn: () => this.#drawn(),
    });
    this.#chart.over.append(this.#focus, this.#marks);
    this.#listen(root);
    this.#showLabels();
    this.#paintLegend();
  }

  setLoaded(loaded: LoadedLanes): void {
    this.#loaded = loaded;
    this.#selected = Math.max(0, Math.min(this.#selected, loaded.lanes.length - 1));
    this.#relayOut(this.#layout.isNarrow);
  }

  setError(message: string | undefined): void {
    this.#error.textContent = message ? `Not everything could be loaded: ${message}.` : '';
  }

  showView(view: View): void {
    this.#chart.setView(view);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#speakTimer);
    this.#listeners.abort();
    this.#chart[Symbol.dispose]();
  }

  #layOut(isNarrow: boolean): Layout {
    return layOut(this.#loaded.lanes, { isNarrow, announcementRows: this.#announcementRows });
  }

  #relayOut(isNarrow: boolean): void {
    this.#layout = this.#layOut(isNarrow);
    this.#frame.classList.toggle('tl-narrow', isNarrow);
    this.#chart.setContent(this.#content());
    this.#showLabels();
  }

  #content(): ChartContent {
    return {
      layout: this.#layout,
      announcements: this.#announcements,
      loadedFromMs: this.#loaded.fromMs,
      loadedToMs: this.#loaded.toMs,
    };
  }

  /** Brings what lies over the canvas to where the canvas now is. */
  #drawn(): void {
    // The first drawing comes before the constructor has the chart.
    queueMicrotask(() => {
      const { view, widthPx } = this.#chart;
      const packing = pack(this.#announcements, (atMs) => this.#chart.toPx(atMs), widthPx);
      showMarks(this.#marks, packing, widthPx, view.tz);
      const rows = countRows(packing);
      if (rows > this.#announcementRows) {
        this.#announcementRows = rows;
        this.#relayOut(this.#layout.isNarrow);
      }
      const url = writeView(new URL(location.href), view);
      this.#toolbar.show(view, `${url.pathname}${url.search}#runs`);
      this.#placeFocus();
    });
  }

  #showLabels(): void {
    const hadFocus = this.#labels.contains(document.activeElement);
    showLabels(this.#labels, this.#layout, AXIS_PX, this.#selected);
    if (hadFocus) focusLane(this.#labels, this.#selected);
  }

  #paintLegend(): void {
    for (const canvas of this.#legend.querySelectorAll('canvas')) {
      const state = STATES.find((name) => name === canvas.dataset['state']);
      if (state) paintSwatch(canvas, state, currentTheme());
    }
  }

  #listen(root: HTMLElement): void {
    const { signal } = this.#listeners;
    root.addEventListener('keydown', (event) => this.#press(event), { signal });
    this.#labels.addEventListener(
      'focusin',
      (event) => {
        const index = laneOf(event.target);
        if (index === undefined) return;
        this.#selected = index;
        this.#cursorMs ??= this.#chart.view.fromMs;
        this.#moveTo(index, this.#cursorMs);
      },
      { signal },
    );
    this.#labels.addEventListener('focusout', () => (this.#focus.hidden = true), { signal });
    // Presses inside the layer do not come up to here.
    root.addEventListener('pointerdown', () => closeClusters(this.#marks), { signal });
    watchTheme(signal, () => this.#paintLegend());
    watchGestures(
      {
        over: this.#chart.over,
        view: () => this.#chart.view,
        onMove: (view) => this.#change(view, false),
        onEnd: () => this.#events.onView(this.#chart.view, true),
      },
      signal,
    );
    const observer = new ResizeObserver(() => {
      const isNarrow = root.clientWidth < NARROW_PX;
      if (isNarrow !== this.#layout.isNarrow) this.#relayOut(isNarrow);
    });
    observer.observe(root);
    signal.addEventListener('abort', () => observer.disconnect());
  }

  #change(view: View, isDone = true): void {
    this.#chart.setView(view);
    this.#events.onView(view, isDone);
  }

  #act(action: RangeAction): void {
    const { view } = this.#chart;
    const next = {
      earlier: () => moveView(view, -0.5),
      later: () => moveView(view, 0.5),
      zoomIn: () => zoomView(view, 0.5, this.#cursorMs),
      zoomOut: () => zoomView(view, 2, this.#cursorMs),
      reset: () => ({ ...this.#events.onHome(), tz: view.tz }),
    }[action]();
    this.#change(next);
  }

  #read({ laneIndex, atMs }: ChartPoint, isPointer = true): void {
    const lane = this.#layout.rows[laneIndex]?.lane;
    const { view, widthPx } = this.#chart;
    const found = this.#layout.groups.find(
      ({ first, last }) => laneIndex >= first && laneIndex <= last,
    );
    const rows = found ? this.#layout.rows.slice(found.first, found.last + 1) : [];
    const group = rows.map((row) => row.lane);
    if (lane) this.#readOut.show(lane, atMs, view, group, ...(isPointer ? [widthPx] : []));
  }

  #open({ laneIndex, atMs }: ChartPoint): void {
    const spans = this.#layout.rows[laneIndex]?.lane.spans ?? [];
    const id = spans[runIndexAt(spans, atMs)]?.firstMeasurementId;
    if (id) location.assign(`/m/${encodeURIComponent(id)}`);
  }

  #press(event: KeyboardEvent): void {
    const action = toKeyAction(event);
    const isMark = this.#marks.contains(document.activeElement);
    const index = laneOf(event.target);
    if (!action || (index === undefined && !isMark)) return;
    if (action === 'nextAnnouncement' || action === 'previousAnnouncement') {
      focusMark(this.#marks, action === 'nextAnnouncement' ? 1 : -1);
    } else if (action === 'zoomIn' || action === 'zoomOut') this.#act(action);
    else if (index === undefined)
      return; // on an announcement, Enter and arrows belong to the browser
    else this.#step(action, index);
    event.preventDefault();
  }

  #step(action: KeyAction, index: number): void {
    const rows = this.#layout.rows;
    const { view } = this.#chart;
    const atMs = this.#cursorMs ?? view.fromMs;
    if (action === 'up' || action === 'down') {
      focusLane(
        this.#labels,
        Math.min(rows.length - 1, Math.max(0, index + (action === 'up' ? -1 : 1))),
      );
      return;
    }
    if (action === 'open') {
      this.#open({ laneIndex: index, atMs });
      return;
    }
    const spans = rows[index]?.lane.spans ?? [];
    const lastMs = Math.min(view.toMs, this.#loaded.toMs) - 1;
    const firstRun = runIndexAt(spans, view.fromMs);
    const lastRun = runIndexAt(spans, lastMs);
    const run = runIndexAt(spans, atMs);
    const wanted = { previous: run - 1, next: run + 1, first: firstRun, last: lastRun }[
      action as 'previous' | 'next' | 'first' | 'last'
    ];
    const span = spans[Math.min(lastRun, Math.max(firstRun, wanted))];
    if (span) this.#moveTo(index, Math.max(span.fromMs, view.fromMs));
  }

  /** Puts the keyboard's cursor on a run: frame, read-out, cursor line, and words. */
  #moveTo(index: number, atMs: number): void {
    this.#cursorMs = atMs;
    this.#selected = index;
    this.#chart.showCursor(atMs);
    this.#read({ laneIndex: index, atMs }, false);
    this.#placeFocus(true);
    clearTimeout(this.#speakTimer);
    this.#speakTimer = setTimeout(() => {
      const lane = this.#layout.rows[index]?.lane;
      if (lane)
        this.#live.textContent = speakRun(lane, runIndexAt(lane.spans, atMs), this.#chart.view.tz);
    }, SPEAK_AFTER_MS);
  }

  /** Frames the run under the keyboard's cursor. */
  #placeFocus(isShown = !this.#focus.hidden): void {
    const row = this.#layout.rows[this.#selected];
    const spans = row?.lane.spans ?? [];
    const span = spans[runIndexAt(spans, this.#cursorMs ?? 0)];
    this.#focus.hidden = !isShown || !row || !span;
    if (!row || !span) return;
    const left = Math.max(0, this.#chart.toPx(span.fromMs));
    const right = Math.min(this.#chart.widthPx, this.#chart.toPx(span.untilMs));
    place(this.#focus, {
      left: left - 2,
      top: row.barTopPx - 3,
      width: Math.max(4, right - left) + 4,
      height: row.barHeightPx + 6,
    });
  }
}
