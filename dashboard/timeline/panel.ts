/** The timeline on screen: owns the elements and the chart, and turns what the reader does into views. */
import type { Names } from '../lane-names.ts';
import { STATES } from '../palette.ts';
import type { DisplayChoice } from '../timeline-choice.ts';
import type { Overview } from '../timeline-data.ts';
import { Arrangement, type ArrangementContext } from './arrangement.ts';
import { AXIS_PX, type ChartPoint, TimelineChart } from './chart.ts';
import { makeLegend, makePager, makeToolbar, type RangeAction } from './controls.ts';
import type { LoadedLanes } from './data.ts';
import { make } from './dom.ts';
import { makeFocusFrame, placeFocusFrame } from './focus-frame.ts';
import { watchGestures } from './gestures.ts';
import { focusLane, laneOf, makeLabels, showLabels, type ToLink } from './labels.ts';
import type { Layout } from './layout.ts';
import { closeClusters, makeMarksLayer, showMarks } from './marks.ts';
import { OverviewStrip } from './overview.ts';
import { paintSwatch } from './paint.ts';
import { makeReadOut } from './read-out.ts';
import { runIndexAt, runsOf } from './runs.ts';
import { currentTheme, watchTheme } from './theme.ts';
import { clampView, moveView, type View, zoomView } from './view.ts';
import { ViewMoves } from './view-moves.ts';

/** Narrower than this, labels go above their lanes. */
const NARROW_PX = 640;

/** What a panel tells. */
export type PanelEvents = {
  /** The range changed; `isDone` is false while fingers are still down. */
  readonly onView: (view: View, isDone: boolean) => void;
  readonly onHome: () => View;
  readonly onPage: (page: number) => void;
};

/** What stays the same for as long as the page is open. */
export type PanelContext = ArrangementContext & {
  readonly names: Names;
  readonly overview?: Overview;
  /** Adds language and zone to a path of the site. */
  readonly toLink: ToLink;
  /** Address of this very view as a table. */
  readonly toTableHref: () => string;
};

/** Owns the elements and the chart, and keeps them in step. */
export class Panel {
  readonly #context: PanelContext;
  readonly #events: PanelEvents;
  readonly #listeners = new AbortController();
  readonly #labels: ReturnType<typeof makeLabels>;
  readonly #marks: HTMLElement;
  readonly #focus = makeFocusFrame();
  readonly #readOut: ReturnType<typeof makeReadOut>;
  readonly #legend: ReturnType<typeof makeLegend>;
  readonly #live = make('p', { class: 'tl-live', attributes: { 'aria-live': 'polite' } });
  readonly #error = make('p', { class: 'tl-error', attributes: { role: 'status' } });
  readonly #toolbar: ReturnType<typeof makeToolbar>;
  readonly #pager: ReturnType<typeof makePager>;
  readonly #overview: OverviewStrip | undefined;
  readonly #frame: HTMLElement;
  readonly #chart: TimelineChart;
  readonly #arrangement: Arrangement;
  readonly #moves = new ViewMoves((view, isDone) => {
    this.#chart.setView(view);
    this.#events.onView(view, isDone);
  });
  #selected = 0;
  /** Where the keyboard's cursor is. */
  #cursorMs: number | undefined;

  constructor(
    root: HTMLElement,
    loaded: LoadedLanes,
    view: View,
    display: DisplayChoice,
    context: PanelContext,
    events: PanelEvents,
  ) {
    const { names, overview, toLink } = context;
    const { say } = names;
    this.#context = context;
    this.#events = events;
    this.#labels = makeLabels(names);
    this.#marks = makeMarksLayer(say);
    this.#readOut = makeReadOut(names, toLink);
    this.#legend = makeLegend(say);
    this.#toolbar = makeToolbar(say, (action) => this.act(action));
    this.#pager = makePager(say, (page) => events.onPage(page));
    this.#overview =
      overview &&
      new OverviewStrip(overview, view, say, {
        onMove: (next, isDone) => this.#moves.move(next, isDone),
      });
    const plot = make('div', { class: 'tl-plot' });
    this.#frame = make('div', { class: 'tl-frame', children: [this.#labels.element, plot] });
    const isNarrow = root.clientWidth < NARROW_PX;
    this.#arrangement = new Arrangement(loaded, display, context, isNarrow, view);
    root.replaceChildren(
      this.#toolbar.element,
      this.#error,
      this.#frame,
      ...(this.#overview ? [this.#overview.element] : []),
      this.#pager.element,
      this.#readOut.element,
      this.#legend.element,
      this.#live,
    );
    root.classList.add('tl-ready');
    this.#frame.classList.toggle('tl-narrow', isNarrow);
    this.#chart = new TimelineChart(plot, this.#arrangement.content, view, say, {
      onBrush: (fromMs, toMs) => this.#moves.move(clampView({ ...this.#chart.view, fromMs, toMs })),
      onPoint: (point) => point && this.read(point),
      onOpen: (point) => this.open(point),
      onReset: () => this.act('reset'),
      onDrawn: () => this.#drawn(),
    });
    this.#chart.over.append(this.#focus, this.#marks);
    this.#listen(root);
    this.#showLabels();
    this.#showPages();
    this.#legend.showRule(display.agg);
    this.#paintSmall();
  }

  get marks(): HTMLElement {
    return this.#marks;
  }

  get layout(): Layout {
    return this.#arrangement.layout;
  }

  get view(): View {
    return this.#chart.view;
  }

  /** End of what is known; later there is nothing to step to. */
  get loadedToMs(): number {
    return this.#arrangement.loadedToMs;
  }

  get cursorMs(): number {
    return this.#cursorMs ?? this.#chart.view.fromMs;
  }

  setLoaded(loaded: LoadedLanes): void {
    this.#arrangement.set({ loaded });
    this.#showPages();
    this.#relayOut();
  }

  /** Shows the same lanes in another way. */
  setDisplay(display: DisplayChoice): void {
    this.#legend.showRule(display.agg);
    this.#arrangement.set({ display });
    this.#showPages();
    this.#relayOut();
  }

  setError(message: string | undefined): void {
    this.#error.textContent = message ?? '';
  }

  /** Says a sentence to a screen reader. */
  say(sentence: string): void {
    this.#live.textContent = sentence;
  }

  showView(view: View): void {
    this.#chart.setView(view);
  }

  openTable(): void {
    this.#toolbar.tableLink.click();
  }

  [Symbol.dispose](): void {
    this.#moves[Symbol.dispose]();
    this.#listeners.abort();
    this.#chart[Symbol.dispose]();
  }

  #showPages(): void {
    const { page, pages } = this.#arrangement.pages;
    this.#pager.show(page, pages);
  }

  #relayOut(isNarrow = this.layout.isNarrow): void {
    const { rows } = this.#arrangement.layOut(isNarrow, this.#chart.view);
    this.#selected = Math.max(0, Math.min(this.#selected, rows.length - 1));
    this.#frame.classList.toggle('tl-narrow', isNarrow);
    this.#chart.setContent(this.#arrangement.content);
    this.#showLabels();
  }

  /** Brings what lies over the canvas to where the canvas now is. */
  #drawn(): void {
    // The first drawing comes before the constructor has the chart.
    queueMicrotask(() => {
      const { view } = this.#chart;
      const hasGrown = this.#showMarks();
      if (hasGrown || this.#arrangement.hasOtherLags(view)) this.#relayOut();
      this.#toolbar.show(view, this.#context.toTableHref());
      this.#overview?.show(view);
      this.#placeFocus();
    });
  }

  /** Packs the announcements anew; true when they need more room than they have. */
  #showMarks(): boolean {
    const { widthPx } = this.#chart;
    const packed = this.#arrangement.packMarks((atMs) => this.#chart.toPx(atMs), widthPx);
    if (!packed) return true;
    const { names, toLink } = this.#context;
    showMarks(this.#marks, packed, widthPx, { say: names.say, toLink });
    return false;
  }

  #showLabels(): void {
    const { grid } = this.#labels;
    const hadFocus = grid.contains(document.activeElement);
    const { names, toLink } = this.#context;
    showLabels(this.#labels, this.layout, AXIS_PX, this.#selected, names, toLink);
    if (hadFocus) focusLane(grid, this.#selected);
  }

  #paintSmall(): void {
    this.#overview?.paint();
    for (const canvas of this.#legend.element.querySelectorAll('canvas')) {
      const state = STATES.find((name) => name === canvas.dataset['state']);
      if (state) paintSwatch(canvas, state, currentTheme());
    }
  }

  #listen(root: HTMLElement): void {
    const { signal } = this.#listeners;
    const { grid } = this.#labels;
    grid.addEventListener(
      'focusin',
      (event) => {
        const index = laneOf(event.target);
        if (index !== undefined) this.moveTo(index, this.cursorMs);
      },
      { signal },
    );
    grid.addEventListener('focusout', () => (this.#focus.hidden = true), { signal });
    // Presses inside the layer do not come up to here.
    root.addEventListener('pointerdown', () => closeClusters(this.#marks), { signal });
    watchTheme(signal, () => this.#paintSmall());
    watchGestures(
      {
        over: this.#chart.over,
        view: () => this.#moves.moving ?? this.#chart.view,
        onMove: (view) => this.#moves.move(view, false),
        onEnd: () => this.#moves.move(this.#moves.moving ?? this.#chart.view),
      },
      signal,
    );
    const observer = new ResizeObserver(() => {
      const isNarrow = root.clientWidth < NARROW_PX;
      if (isNarrow !== this.layout.isNarrow) this.#relayOut(isNarrow);
      this.#overview?.paint();
      this.#overview?.show(this.#chart.view);
    });
    observer.observe(root);
    signal.addEventListener('abort', () => observer.disconnect());
  }

  /** Does what a button or key asks of the range. */
  act(action: RangeAction): void {
    const { view } = this.#chart;
    const next = {
      earlier: () => moveView(view, -0.5),
      later: () => moveView(view, 0.5),
      zoomIn: () => zoomView(view, 0.5, this.#cursorMs),
      zoomOut: () => zoomView(view, 2, this.#cursorMs),
      reset: () => this.#events.onHome(),
    }[action]();
    this.#moves.move(next);
  }

  /** Shows what a place of the plot says. */
  read({ laneIndex, atMs }: ChartPoint, isPointer = true): void {
    const { view, widthPx } = this.#chart;
    const row = this.layout.rows[laneIndex]?.row;
    const group = this.layout.groups.find(
      ({ first, last }) => laneIndex >= first && laneIndex <= last,
    )?.group;
    if (!row || !group) return;
    this.#readOut.show({ row, group, atMs, view, ...(isPointer ? { widthPx } : {}) });
  }

  /** Opens the first measurement of the run at a place. */
  open({ laneIndex, atMs }: ChartPoint): void {
    const row = this.layout.rows[laneIndex]?.row;
    const runs = row ? runsOf(row) : [];
    const id = runs[runIndexAt(runs, atMs)]?.firstMeasurementId;
    if (id) location.assign(this.#context.toLink(`/m/${encodeURIComponent(id)}`));
  }

  /** Gives the focus to a row, at the end to the last one. */
  focusRow(index: number): void {
    const last = this.layout.rows.length - 1;
    focusLane(this.#labels.grid, Math.min(last, Math.max(0, index)));
  }

  /** Puts the keyboard's cursor on a time of a row: frame, read-out and cursor line. */
  moveTo(index: number, atMs: number): void {
    this.#cursorMs = atMs;
    this.#selected = index;
    this.#chart.showCursor(atMs);
    this.read({ laneIndex: index, atMs }, false);
    this.#placeFocus(true);
  }

  #placeFocus(isShown = !this.#focus.hidden): void {
    const placed = this.layout.rows[this.#selected];
    placeFocusFrame(this.#focus, placed, this.#cursorMs ?? 0, this.#chart, isShown);
  }
}
