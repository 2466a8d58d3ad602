/** The visible range and its zone, and the arithmetic of zooming and moving. Pure. */
import { DAY_MS, isTimeZone, MINUTE_MS } from '../format.ts';

/** What is on screen. */
export type View = {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  /** IANA zone of display; changes no data. */
  readonly tz: string;
};

/** Below this a slot of five minutes would fill the screen. */
export const MIN_RANGE_MS = 10 * MINUTE_MS;
/** Well past the oldest announcement; more would be empty. */
export const MAX_RANGE_MS = 3_660 * DAY_MS;

/** Makes a range whole minutes, of a length that can be drawn, around the same middle. */
export function clampView(view: View): View {
  const lengthMs = Math.min(MAX_RANGE_MS, Math.max(MIN_RANGE_MS, view.toMs - view.fromMs));
  const middleMs = (view.fromMs + view.toMs) / 2;
  const isKept = lengthMs === view.toMs - view.fromMs;
  const fromMs =
    Math.round((isKept ? view.fromMs : middleMs - lengthMs / 2) / MINUTE_MS) * MINUTE_MS;
  return { ...view, fromMs, toMs: fromMs + Math.round(lengthMs / MINUTE_MS) * MINUTE_MS };
}

/** Scales the range by `factor` (below 1 zooms in) so that `aroundMs` keeps its place on screen. */
export function zoomView(
  view: View,
  factor: number,
  aroundMs = (view.fromMs + view.toMs) / 2,
): View {
  const lengthMs = view.toMs - view.fromMs;
  const scaledMs = Math.min(MAX_RANGE_MS, Math.max(MIN_RANGE_MS, lengthMs * factor));
  const share = (aroundMs - view.fromMs) / lengthMs;
  const fromMs = aroundMs - share * scaledMs;
  return clampView({ ...view, fromMs, toMs: fromMs + scaledMs });
}

/** Moves the range by a share of its length; negative is earlier. */
export function moveView(view: View, share: number): View {
  const byMs = (view.toMs - view.fromMs) * share;
  return clampView({ ...view, fromMs: view.fromMs + byMs, toMs: view.toMs + byMs });
}

/** Reads `from`, `to` and `tz` of a URL; what is missing or unreadable comes from `fallback`. */
export function readView(url: URL, fallback: View): View {
  const read = (name: string): number => Date.parse(url.searchParams.get(name) ?? '');
  const fromMs = read('from');
  const toMs = read('to');
  const tz = url.searchParams.get('tz') ?? '';
  const isRange = toMs > fromMs;
  return clampView({
    fromMs: isRange ? fromMs : fallback.fromMs,
    toMs: isRange ? toMs : fallback.toMs,
    tz: tz !== '' && isTimeZone(tz) ? tz : fallback.tz,
  });
}
