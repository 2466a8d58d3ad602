/**
 * Times, durations and ages as people read them: zones through Intl alone, no date library.
 * A time is always shown in a named zone, because a day in Moscow begins on the day before in UTC.
 */

/** A moment as precisely as its source states it; the shape of announcement records. */
export type StatedTime = {
  /** ISO date or RFC 3339 instant; null when only bounds are known. */
  readonly value: string | null;
  readonly precision: 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year' | 'bounded' | 'unknown';
  readonly earliest: string | null;
  /** Last second that is possible, inclusive. */
  readonly latest: string | null;
  /** IANA zone in which the source counts; null means not stated, UTC used. */
  readonly tz: string | null;
};

/** A stated time on the axis: an instant, or the whole box in which it lies. */
export type TimeBox = {
  readonly fromMs: number;
  /** Exclusive; equal to `fromMs` when the instant is known to the minute. */
  readonly untilMs: number;
  readonly isInstant: boolean;
};

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

const LOCALE = 'en-GB';
const formats = new Map<string, Intl.DateTimeFormat>();

/** Building an Intl format costs far more than using it, so each is kept. */
function formatOf(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = timeZone + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(LOCALE, { timeZone, ...options });
    formats.set(key, format);
  }
  return format;
}

/** Tells whether the runtime knows a zone by this name, e.g. `Europe/Moscow`. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name, { hour: '2-digit' });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false; // what Intl throws for a zone it does not know
    throw error;
  }
}

/** For URLs and `datetime`: UTC to the minute, e.g. `2022-03-13T21:05Z`. */
export function toIsoMinute(atMs: number): string {
  return `${new Date(Math.round(atMs / MINUTE_MS) * MINUTE_MS).toISOString().slice(0, 16)}Z`;
}

/** Reads a part of the time on a wall clock, e.g. `05` for `minute`. */
function openWallTime(
  atMs: number,
  timeZone: string,
): (type: Intl.DateTimeFormatPartTypes) => string {
  const parts = formatOf(timeZone, {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(atMs);
  return (type) => parts.find((part) => part.type === type)?.value ?? '';
}

/** The value of a `datetime-local` field: wall time in a zone, e.g. `2022-03-14T00:05`. */
export function toFieldTime(atMs: number, timeZone: string): string {
  const read = openWallTime(atMs, timeZone);
  return `${read('year')}-${read('month')}-${read('day')}T${read('hour')}:${read('minute')}`;
}

/** Minutes that a zone is ahead of UTC at an instant. */
export function offsetMinutes(atMs: number, timeZone: string): number {
  const part = openWallTime(atMs, timeZone);
  const read = (type: Intl.DateTimeFormatPartTypes) => Number(part(type));
  const wallMs = Date.UTC(
    read('year'),
    read('month') - 1,
    read('day'),
    read('hour'),
    read('minute'),
  );
  return Math.round((wallMs - Math.floor(atMs / MINUTE_MS) * MINUTE_MS) / MINUTE_MS);
}

/** Start of a calendar day in a zone, e.g. `2022-03-14`, `Europe/Moscow` → 13 March 21:00 UTC. */
export function startOfDayMs(date: string, timeZone: string): number {
  const wallMs = Date.parse(`${date.slice(0, 10)}T00:00:00Z`);
  // Twice, because the offset at the guess may be the one before a change of clocks.
  let atMs = wallMs;
  for (let round = 0; round < 2; round += 1)
    atMs = wallMs - offsetMinutes(atMs, timeZone) * MINUTE_MS;
  return atMs;
}

/** Where a stated time lies on the axis; undefined when the source gives neither value nor bounds. */
export function toTimeBox(time: StatedTime): TimeBox | undefined {
  const { value, precision, earliest, latest } = time;
  const isInstant = precision === 'minute' || precision === 'hour';
  if (isInstant && value) {
    const atMs = Date.parse(value);
    return { fromMs: atMs, untilMs: atMs, isInstant: true };
  }
  if (precision === 'day' && value) {
    const zone = time.tz ?? 'UTC';
    const fromMs = startOfDayMs(value, zone);
    // 26 hours on is the next calendar day in every zone and season.
    const next = new Date(Date.parse(`${value.slice(0, 10)}T00:00:00Z`) + 26 * HOUR_MS);
    const untilMs = startOfDayMs(next.toISOString(), zone);
    return { fromMs, untilMs, isInstant: false };
  }
  const fromMs = Date.parse(earliest ?? latest ?? value ?? '');
  if (Number.isNaN(fromMs)) return undefined;
  // `latest` names the last second that is possible.
  const untilMs = latest ? Date.parse(latest) + 1_000 : fromMs;
  return { fromMs, untilMs: Math.max(fromMs, untilMs), isInstant: untilMs <= fromMs };
}
