/**
 * The overview under the chart: everything ever measured of the chosen lanes, with a window for the range on screen.
 * Its ends and its middle can be dragged, and moved by the keyboard as sliders.
 */
import type { Say } from '../i18n/say.ts';
import { formatInstant } from '../i18n/times.ts';
import { LOOKS, STATES } from '../palette.ts';
import type { Overview } from '../timeline-data.ts';
import { make, place } from './dom.ts';
import { currentTheme, INKS } from './theme.ts';
import { clampView, MIN_RANGE_MS, type View } from './view.ts';

/** What of the window is moved. */
export type Grip = 'from' | 'range' | 'to';

const GRIPS: readonly Grip[] = ['from', 'range', 'to'];
const HEIGHT_PX = 28;
/** Of the whole; Page Up and Page Down move by ten. */
const KEY_SHARE = 0.01;
/** The window stays wide enough to be seen and taken hold of. */
const MIN_WINDOW_PX = 12;

/** The view after a grip was moved by so much; ends do not pass each other. Pure. */
export function moveGrip(
  view: View,
  grip: Grip,
  byMs: number,
  bounds: Pick<Overview, 'fromMs' | 'toMs'>,
): View {
  const { fromMs, toMs } = view;
  if (grip === 'from')
    return clampView({
      ...view,
      fromMs: Math.min(toMs - MIN_RANGE_MS, Math.max(bounds.fromMs, fromMs + byMs)),
    });
  if (grip === 'to')
    return clampView({
      ...view,
      toMs: Math.max(fromMs + MIN_RANGE_MS, Math.min(bounds.toMs, toMs + byMs)),
    });
  const least = Math.min(0, bounds.fromMs - fromMs);
  const most = Math.max(0, bounds.toMs - toMs);
  const shiftMs = Math.min(most, Math.max(least, byMs));
  return clampView({ ...view, fromMs: fromMs + shiftMs, toMs: toMs + shiftMs });
}

type Events = { readonly onMove: (view: View, isDone: boolean) => void };

/** Owns the strip under the chart. */
export class OverviewStrip {
  readonly element: HTMLElement;
  readonly #canvas = make('canvas', {
    class: 'tl-overview-canvas',
    attributes: { 'aria-hidden': 'true' },
  });
  readonly #window = make('div', { class: 'tl-window' });
  readonly #grips: ReadonlyMap<Grip, HTMLElement>;
  readonly #overview: Overview;
  readonly #say: Say;
  readonly #events: Events;
  #view: View;

  constructor(overview: Overview, view: View, say: Say, events: Events) {
    this.#overview = overview;
    this.#view = view;
    this.#say = say;
    this.#events = events;
    this.#grips = new Map(
      GRIPS.map((grip) => [
        grip,
        make('div', {
          class: `tl-grip tl-grip-${grip}`,
          attributes: {
            role: 'slider',
            tabindex: '0',
            'aria-label': say.text(`timeline.grip_${grip}`),
            'aria-valuemin': String(overview.fromMs),
            'aria-valuemax': String(overview.toMs),
            'aria-orientation': 'horizontal',
          },
        }),
      ]),
    );
    this.#window.append(...this.#grips.values());
    this.element = make('div', {
      class: 'tl-overview',
      attributes: { role: 'group', 'aria-label': say.text('timeline.overview') },
      children: [this.#canvas, this.#window],
    });
    this.#listen();
  }

  /** Brings the window to the range on screen. */
  show(view: View): void {
    this.#view = view;
    const { fromMs, toMs } = this.#overview;
    const widthPx = this.element.clientWidth;
    const toPx = (atMs: number): number =>
      Math.min(widthPx, Math.max(0, ((atMs - fromMs) / (toMs - fromMs)) * widthPx));
    const left = Math.min(toPx(view.fromMs), widthPx - MIN_WINDOW_PX);
    place(this.#window, { left, width: Math.max(MIN_WINDOW_PX, toPx(view.toMs) - left) });
    for (const [grip, element] of this.#grips) {
      const atMs = grip === 'to' ? view.toMs : view.fromMs;
      element.setAttribute('aria-valuenow', String(Math.min(toMs, Math.max(fromMs, atMs))));
      const ends = [view.fromMs, view.toMs].map((one) => formatInstant(one, this.#say));
      const text = grip === 'range' ? ends.join(' – ') : formatInstant(atMs, this.#say);
      element.setAttribute('aria-valuetext', text);
    }
  }

  /** Paints the strip at its present width. */
  paint(): void {
    const widthPx = this.element.clientWidth;
    const ctx = this.#canvas.getContext('2d');
    if (!ctx || widthPx === 0) return;
    const theme = currentTheme();
    const { dominant, severest } = this.#overview;
    this.#canvas.width = widthPx * devicePixelRatio;
    this.#canvas.height = HEIGHT_PX * devicePixelRatio;
    ctx.scale(devicePixelRatio, devicePixelRatio);
    ctx.fillStyle = INKS[theme].track;
    ctx.fillRect(0, 0, widthPx, HEIGHT_PX);
    const slicePx = widthPx / dominant.length;
    dominant.split('').forEach((digit, index) => {
      const leftPx = Math.floor(index * slicePx);
      const rightPx = Math.floor((index + 1) * slicePx);
      const look = LOOKS[STATES[Number(digit)] ?? 'no_data'];
      const worst = LOOKS[STATES[Number(severest[index])] ?? 'no_data'];
      const heightPx = Math.max(look.heightShare > 0 ? 2 : 0, look.heightShare * HEIGHT_PX);
      ctx.fillStyle = look.fill[theme];
      ctx.fillRect(leftPx, HEIGHT_PX - heightPx, rightPx - leftPx, heightPx);
      if (worst.severity <= look.severity) return;
      ctx.fillStyle = worst.fill[theme];
      ctx.fillRect(leftPx, 0, rightPx - leftPx, 3);
    });
  }

  #perPx(): number {
    const { fromMs, toMs } = this.#overview;
    return (toMs - fromMs) / Math.max(1, this.element.clientWidth);
  }

  #move(start: View, grip: Grip, byMs: number, isDone: boolean): void {
    this.#events.onMove(moveGrip(start, grip, byMs, this.#overview), isDone);
  }

  #listen(): void {
    for (const [grip, element] of this.#grips) {
      element.addEventListener('keydown', (event) => this.#press(event, grip));
      element.addEventListener('pointerdown', (event) => this.#drag(event, grip, element));
    }
    this.#canvas.addEventListener('pointerdown', (event) => {
      // A press beside the window brings its middle there.
      const atMs = this.#overview.fromMs + event.offsetX * this.#perPx();
      this.#move(this.#view, 'range', atMs - (this.#view.fromMs + this.#view.toMs) / 2, true);
    });
  }

  #press(event: KeyboardEvent, grip: Grip): void {
    const { fromMs, toMs } = this.#overview;
    const stepMs = (toMs - fromMs) * KEY_SHARE;
    const byMs = {
      ArrowLeft: -stepMs,
      ArrowDown: -stepMs,
      ArrowRight: stepMs,
      ArrowUp: stepMs,
      PageDown: -10 * stepMs,
      PageUp: 10 * stepMs,
      Home: fromMs - toMs,
      End: toMs - fromMs,
    }[event.key];
    if (byMs === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.#move(this.#view, grip, byMs, true);
  }

  #drag(event: PointerEvent, grip: Grip, element: HTMLElement): void {
    event.preventDefault();
    event.stopPropagation();
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    const start = this.#view;
    const startX = event.clientX;
    const listeners = new AbortController();
    const { signal } = listeners;
    const go = (moved: PointerEvent, isDone: boolean): void =>
      this.#move(start, grip, (moved.clientX - startX) * this.#perPx(), isDone);
    element.addEventListener('pointermove', (moved) => go(moved, false), { signal });
    for (const type of ['pointerup', 'pointercancel'] as const)
      element.addEventListener(
        type,
        (moved) => {
          listeners.abort();
          go(moved, true);
        },
        { signal },
      );
  }
}
