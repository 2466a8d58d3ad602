/**
 * The drawing surface: uPlot gives axes, cursor and brush (https://github.com/leeoniya/uPlot), the lanes are painted
 * in its draw hook. Knows nothing of URLs, of the network or of the rest of the page: it reports what the reader did.
 */
import uPlot from 'uplot';
import type { Aggregate } from '../columns.ts';
import type { Say } from '../i18n/say.ts';
import { labelTicks, type PlacedLabel, placeLabels } from './axis.ts';
import type { TimelineAnnouncement } from './data.ts';
import { type Layout, laneIndexAt } from './layout.ts';
import { paintScene } from './paint.ts';
import { createPatterns, type PatternSource } from './patterns.ts';
import { currentTheme, INKS, watchTheme } from './theme.ts';
import type { View } from './view.ts';

/** What the chart shows. */
export type ChartContent = {
  readonly layout: Layout;
  readonly announcements: readonly TimelineAnnouncement[];
  readonly aggregate: Aggregate;
  readonly loadedFromMs: number;
  readonly loadedToMs: number;
};

/** A place that the reader points at. */
export type ChartPoint = { readonly laneIndex: number; readonly atMs: number };

/** What the reader did. */
export type ChartEvents = {
  readonly onBrush: (fromMs: number, toMs: number) => void;
  readonly onPoint: (point: ChartPoint | undefined) => void;
  readonly onOpen: (point: ChartPoint) => void;
  readonly onReset: () => void;
  /** After each drawing: for what lies over the canvas. */
  readonly onDrawn: () => void;
};

/** Height of the axis above the plot; labels beside the plot start below it. */
export const AXIS_PX = 48;
/** Room at both ends for signs and labels that stand at them. */
const INSET_PX = 14;
const LABEL_FONT = '12px system-ui, sans-serif';
/** From the plot up to the lower edge of a label's first line, and from line to line. */
const LABEL_RISE_PX = 25;
const LABEL_LINE_PX = 18;
/** A shorter drag is a click. */
const BRUSH_MIN_PX = 5;
/** A double click resets the zoom; the first of its clicks must not open a page meanwhile. */
const DOUBLE_CLICK_MS = 260;

/** Owns the canvas, its size and its listeners. */
export class TimelineChart {
  readonly #frame: uPlot;
  readonly #events: ChartEvents;
  readonly #say: Say;
  readonly #listeners = new AbortController();
  readonly #observer: ResizeObserver;
  #content: ChartContent;
  #view: View;
  #patterns: { readonly key: string; readonly source: PatternSource } | undefined;
  #openTimer: ReturnType<typeof setTimeout> | undefined;
  #isBrushing = false;
  #ticks: readonly { readonly atMs: number; readonly label: string }[] = [];

  /** Draws into `box`, whose width decides the chart's. */
  constructor(box: HTMLElement, content: ChartContent, view: View, say: Say, events: ChartEvents) {
    this.#content = content;
    this.#say = say;
    this.#view = view;
    this.#events = events;
    this.#frame = new uPlot(this.#options(box.clientWidth), this.#data(), box);
    // The picture says nothing to a screen reader; labels, live region and table do.
    this.#frame.ctx.canvas.setAttribute('aria-hidden', 'true');
    this.#listen(this.#frame.over);
    // The box, not the chart, is observed: a chart that follows its own size would grow for ever.
    this.#observer = new ResizeObserver(() => {
      if (box.clientWidth > 0 && box.clientWidth !== this.#frame.width)
        this.#resize(box.clientWidth);
    });
    this.#observer.observe(box);
    // Changes of the screen's density are followed by uPlot itself, which then draws again.
    watchTheme(this.#listeners.signal, () => this.#frame.redraw(false, true));
  }

  /** Where elements that lie over the plot belong; its corner is the plot's. */
  get over(): HTMLElement {
    return this.#frame.over;
  }

  /** Width of the plot in CSS pixels. */
  get widthPx(): number {
    return this.#frame.over.clientWidth;
  }

  get view(): View {
    return this.#view;
  }

  /** Shows another range at once, with whatever is loaded. */
  setView(view: View): void {
    this.#view = view;
    this.#frame.batch(() => {
      this.#frame.setData(this.#data(), false);
      this.#frame.setScale('x', { min: view.fromMs, max: view.toMs });
    });
  }

  /** Shows other lanes or announcements. */
  setContent(content: ChartContent): void {
    const isResized = content.layout.heightPx !== this.#content.layout.heightPx;
    this.#content = content;
    if (isResized) this.#resize(this.#frame.width);
    else this.#frame.redraw(false, false);
  }

  /** Horizontal place of a time in CSS pixels of the plot. */
  toPx(atMs: number): number {
    const { fromMs, toMs } = this.#view;
    return ((atMs - fromMs) / (toMs - fromMs)) * this.widthPx;
  }

  /** Time at a horizontal place. */
  toMs(xPx: number): number {
    const { fromMs, toMs } = this.#view;
    return fromMs + (xPx / this.widthPx) * (toMs - fromMs);
  }

  /** Puts the vertical cursor line at a time, or takes it away. */
  showCursor(atMs: number | undefined): void {
    const left = atMs === undefined ? -10 : this.toPx(atMs);
    this.#frame.setCursor({ left, top: atMs === undefined ? -10 : 0 }, false);
  }

  /** Frees the canvas and every listener. */
  [Symbol.dispose](): void {
    clearTimeout(this.#openTimer);
    this.#listeners.abort();
    this.#observer.disconnect();
    this.#frame.destroy();
  }

  #data(): uPlot.AlignedData {
    return [
      [this.#view.fromMs, this.#view.toMs],
      [null, null],
    ];
  }

  #resize(width: number): void {
    this.#frame.setSize({ width, height: this.#content.layout.heightPx + AXIS_PX });
  }

  #options(width: number): uPlot.Options {
    const ink = () => INKS[currentTheme()];
    return {
      width,
      height: this.#content.layout.heightPx + AXIS_PX,
      ms: 1,
      padding: [0, INSET_PX, 0, INSET_PX],
      tzDate: (atMs) => uPlot.tzDate(new Date(atMs), this.#view.tz),
      scales: {
        x: { time: true, auto: false, min: this.#view.fromMs, max: this.#view.toMs },
        y: { auto: false, range: [0, 1] },
      },
      series: [{}, { paths: () => null, points: { show: false } }],
      axes: [
        {
          side: 0,
          size: AXIS_PX,
          space: 64,
          grid: { stroke: () => ink().grid, width: 1 },
          ticks: { stroke: () => ink().grid, width: 1, size: 5 },
          // uPlot would cut labels at the edges; they are painted with the lanes.
          values: (_frame, splits, _axis, _space, stepMs) => {
            const labels = labelTicks(splits, stepMs, this.#say);
            this.#ticks = splits.map((atMs, index) => ({ atMs, label: labels[index] ?? '' }));
            return splits.map(() => '');
          },
        },
        { show: false },
      ],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: BRUSH_MIN_PX },
        bind: {
          dblclick: () => () => {
            clearTimeout(this.#openTimer);
            this.#events.onReset();
            return null;
          },
        },
      },
      hooks: {
        draw: [(frame) => this.#draw(frame)],
        setSelect: [(frame) => this.#brush(frame)],
        setCursor: [(frame) => this.#point(frame)],
      },
    };
  }

  #paintLabels({ ctx, width, bbox }: uPlot, ratio: number, fill: string): void {
    ctx.save();
    ctx.scale(ratio, ratio);
    ctx.font = LABEL_FONT;
    ctx.fillStyle = fill;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'bottom';
    const labels = this.#ticks.map(
      ({ atMs, label }): PlacedLabel => ({
        lines: label.split('\n'),
        middle: INSET_PX + this.toPx(atMs),
      }),
    );
    const topPx = bbox.top / ratio - LABEL_RISE_PX;
    for (const { lines, middle } of placeLabels(
      labels,
      width,
      (text) => ctx.measureText(text).width,
    ))
      lines.forEach((text, line) => {
        ctx.fillText(text, middle, topPx + line * LABEL_LINE_PX);
      });
    ctx.restore();
  }

  #draw(frame: uPlot): void {
    const { ctx, bbox } = frame;
    const ratio = uPlot.pxRatio;
    const theme = currentTheme();
    const key = `${theme} ${ratio}`;
    if (this.#patterns?.key !== key)
      this.#patterns = { key, source: createPatterns(ctx, theme, ratio) };
    this.#paintLabels(frame, ratio, INKS[theme].muted);
    ctx.save();
    ctx.translate(bbox.left, bbox.top);
    ctx.beginPath();
    ctx.rect(0, 0, bbox.width, bbox.height);
    ctx.clip();
    ctx.scale(ratio, ratio);
    const { fromMs, toMs } = this.#view;
    paintScene(ctx, {
      ...this.#content,
      fromMs,
      toMs,
      widthPx: bbox.width / ratio,
      ratio,
      theme,
      ink: INKS[theme],
      patterns: this.#patterns.source,
    });
    ctx.restore();
    this.#events.onDrawn();
  }

  #brush(frame: uPlot): void {
    const { left, width } = frame.select;
    if (width < BRUSH_MIN_PX) return;
    this.#isBrushing = true;
    // The click that ends the drag comes after this hook.
    setTimeout(() => {
      this.#isBrushing = false;
    });
    frame.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#events.onBrush(this.toMs(left), this.toMs(left + width));
  }

  #point(frame: uPlot): void {
    const { left = -10, top = -10 } = frame.cursor;
    this.#events.onPoint(left < 0 ? undefined : this.#pointAt(left, top));
  }

  #pointAt(xPx: number, yPx: number): ChartPoint | undefined {
    const laneIndex = laneIndexAt(this.#content.layout, yPx);
    return laneIndex === undefined ? undefined : { laneIndex, atMs: this.toMs(xPx) };
  }

  #listen(over: HTMLElement): void {
    const { signal } = this.#listeners;
    let isTouch = false;
    over.addEventListener('pointerdown', (event) => (isTouch = event.pointerType === 'touch'), {
      signal,
    });
    over.addEventListener(
      'click',
      (event) => {
        // A finger has no hover: its tap shows the read-out, which holds the link.
        if (isTouch || this.#isBrushing || event.target !== over) return;
        const point = this.#pointAt(event.offsetX, event.offsetY);
        clearTimeout(this.#openTimer);
        if (point && event.detail <= 1)
          this.#openTimer = setTimeout(() => this.#events.onOpen(point), DOUBLE_CLICK_MS);
      },
      { signal },
    );
  }
}
