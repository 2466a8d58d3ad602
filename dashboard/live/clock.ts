/** Ages that go on counting, and the line that says how old the newest data are: amber, red, or without connection. */
import type { Say } from '../i18n/say.ts';
import { describeAsOf, formatAge, formatInstant } from '../i18n/times.ts';

/** What the clock shows. */
export type ClockState = {
  lastMeasuredMs: number | undefined;
  readonly intervalMs: number;
  /** How far the server's clock is ahead of this machine's. */
  readonly aheadMs: number;
  isLost: boolean;
};

/** The time of the server. */
export function toServerMs({ aheadMs }: ClockState): number {
  return Date.now() + aheadMs;
}

/** Writes every age and the line `as of`. */
export function showAges(state: ClockState, say: Say): void {
  const nowMs = toServerMs(state);
  for (const element of document.querySelectorAll<HTMLElement>('[data-age]'))
    setText(element, formatAge(Number(element.dataset['age']), nowMs, say));
  const line = document.getElementById('as-of');
  if (line) showAsOf(line, state, nowMs, say);
}

function showAsOf(line: HTMLElement, state: ClockState, nowMs: number, say: Say): void {
  const { lastMeasuredMs, intervalMs, isLost } = state;
  if (isLost && lastMeasuredMs !== undefined) {
    line.className = 'as-of as-of-stale';
    setText(line, say.text('live.offline', { time: formatInstant(lastMeasuredMs, say) }));
    return;
  }
  const { text, freshness } = describeAsOf(lastMeasuredMs, nowMs, intervalMs, say);
  line.className = `as-of as-of-${freshness}`;
  const isOld = freshness === 'late' || freshness === 'stale';
  setText(line, isOld ? say.text(`frame.${freshness}`, { as_of: text }) : text);
}

/** Writes only what differs, so that a selection and a screen reader are left alone. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
