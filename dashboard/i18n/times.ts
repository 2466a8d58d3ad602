/**
 * Times, durations and ages as people read them, in the language and zone of the page: Intl alone, no date library.
 * A time is always shown in a named zone, because a day in Moscow begins on the day before in UTC.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS, type StatedTime, toTimeBox } from '../format.ts';
import { INTL_LOCALES } from './locale.ts';
import type { Say } from './say.ts';

type Place = Pick<Say, 'locale' | 'timeZone'>;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Building an Intl format costs far more than using it, so each is kept; zones come from readers, so they are bounded. */
const MAX_FORMATS = 400;

function formatOf(
  { locale, timeZone }: Place,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const key = `${locale} ${timeZone} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (!format) {
    if (formats.size >= MAX_FORMATS) formats.clear();
    format = new Intl.DateTimeFormat(INTL_LOCALES[locale], { timeZone, ...options });
    formats.set(key, format);
  }
  return format;
}

/** The same voice in UTC, for times that are given in both. */
function inUtc({ locale }: Place): Place {
  return { locale, timeZone: 'UTC' };
}

/** Zones whose place has a name in every language; others keep the name of the zone database. */
const NAMED_ZONES: Readonly<Record<string, Parameters<Say['text']>[0]>> = {
  'Europe/Moscow': 'time.zone_moscow',
  'Europe/Kyiv': 'time.zone_kyiv',
  // The name that this runtime gives back for the one above.
  'Europe/Kiev': 'time.zone_kyiv',
  'Europe/Warsaw': 'time.zone_warsaw',
  'Europe/Berlin': 'time.zone_berlin',
  'Europe/London': 'time.zone_london',
  'Asia/Yekaterinburg': 'time.zone_yekaterinburg',
  'Asia/Novosibirsk': 'time.zone_novosibirsk',
  'Asia/Vladivostok': 'time.zone_vladivostok',
  'America/New_York': 'time.zone_new_york',
};

/** The place in a zone's name, e.g. `Europe/Kyiv` → `Kyiv`, `Київ`. */
export function formatZone(timeZone: string, say: Say): string {
  const key = NAMED_ZONES[timeZone];
  if (key !== undefined) return say.text(key);
  return timeZone.slice(timeZone.lastIndexOf('/') + 1).replaceAll('_', ' ');
}

/** How far a zone is from UTC at an instant, e.g. `UTC+3`, `UTC+5:30`, `UTC−4`; the same in every language. */
export function formatOffset(atMs: number, timeZone: string): string {
  const format = formatOf({ locale: 'en', timeZone }, { timeZoneName: 'longOffset' });
  const text = format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes] = /([+-])(\d{2}):(\d{2})/.exec(text) ?? [];
  if (sign === undefined || (Number(hours) === 0 && minutes === '00')) return 'UTC';
  const rest = minutes === '00' ? '' : `:${minutes}`;
  return `UTC${sign === '-' ? '−' : '+'}${Number(hours)}${rest}`;
}

/** e.g. `14 Mar 2022`, `14 мар. 2022 г.`. */
export function formatDay(atMs: number, place: Place): string {
  return formatOf(place, { day: 'numeric', month: 'short', year: 'numeric' }).format(atMs);
}

/** e.g. `14 March 2022`, `14 марта 2022 г.`, for sentences. */
export function formatLongDay(atMs: number, place: Place): string {
  return formatOf(place, { day: 'numeric', month: 'long', year: 'numeric' }).format(atMs);
}

/** e.g. `14 Mar`. */
export function formatShortDay(atMs: number, place: Place): string {
  return formatOf(place, { day: 'numeric', month: 'short' }).format(atMs);
}

/** e.g. `Mar 2022`. */
export function formatMonth(atMs: number, place: Place): string {
  return formatOf(place, { month: 'short', year: 'numeric' }).format(atMs);
}

/** e.g. `00:05`. */
export function formatClock(atMs: number, place: Place): string {
  return formatOf(place, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(atMs);
}

/** e.g. `00:05:41`, for what is being watched. */
export function formatExactClock(atMs: number, place: Place): string {
  const options = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
  return formatOf(place, { ...options, hourCycle: 'h23' }).format(atMs);
}

/** e.g. `14 Mar 2022, 00:05`, without the zone: name it beside. */
export function formatTime(atMs: number, place: Place): string {
  return `${formatDay(atMs, place)}, ${formatClock(atMs, place)}`;
}

/** e.g. `14 Mar 2022, 00:05 Moscow`; for UTC `13 Mar 2022, 21:05 UTC`. */
export function formatInstant(atMs: number, say: Say): string {
  return `${formatTime(atMs, say)} ${formatZone(say.timeZone, say)}`;
}

/** The instant in the zone and in UTC, e.g. `14 Mar 2022, 00:05 Moscow (13 Mar 21:05 UTC)`. */
export function formatBoth(atMs: number, say: Say): string {
  if (say.timeZone === 'UTC') return formatInstant(atMs, say);
  const utcPlace = inUtc(say);
  const isSameDay = formatDay(atMs, say) === formatDay(atMs, utcPlace);
  const utc = isSameDay
    ? formatClock(atMs, utcPlace)
    : `${formatShortDay(atMs, utcPlace)} ${formatClock(atMs, utcPlace)}`;
  return `${formatInstant(atMs, say)} (${utc} UTC)`;
}

const UNITS = [
  ['time.days', DAY_MS],
  ['time.hours', HOUR_MS],
  ['time.minutes', MINUTE_MS],
  ['time.seconds', 1_000],
] as const;

/** From so many days on their hours say nothing. */
const LONG_MS = 100 * DAY_MS;

/** The two largest units, e.g. `3 d 4 h`, `12 min`, `0 s`, `471 d`. Negative lengths get a minus. */
export function formatDuration(lengthMs: number, say: Say): string {
  if (lengthMs < 0) return `−${formatDuration(-lengthMs, say)}`;
  const first = UNITS.findIndex(([, unitMs]) => lengthMs >= unitMs);
  if (first < 0) return say.text('time.seconds', { n: 0 });
  let restMs = lengthMs;
  const parts: string[] = [];
  for (const [key, unitMs] of UNITS.slice(first, lengthMs < LONG_MS ? first + 2 : 1)) {
    const amount = Math.floor(restMs / unitMs);
    if (amount > 0) parts.push(say.text(key, { n: amount }));
    restMs -= amount * unitMs;
  }
  return parts.join(' ');
}

/** A signed length, e.g. `+3 h 20 min`, `−1 d`; `0` for nothing. */
export function formatLag(lengthMs: number, say: Say): string {
  if (lengthMs === 0) return '0';
  return `${lengthMs > 0 ? '+' : ''}${formatDuration(lengthMs, say)}`;
}

/** One unit is enough for an age, e.g. `4 min ago`, `just now`, `in 2 h` for what lies ahead. */
export function formatAge(atMs: number, nowMs: number, say: Say): string {
  const ageMs = Math.abs(nowMs - atMs);
  const [key, unitMs] = UNITS.find(([, size]) => ageMs >= size) ?? UNITS[3];
  if (ageMs < 5_000) return say.text('time.just_now');
  const length = say.text(key, { n: Math.floor(ageMs / unitMs) });
  return say.text(atMs > nowMs ? 'time.ahead' : 'time.ago', { length });
}

/** How old data may look: late after two intervals, stale after four. */
export type Freshness = 'fresh' | 'late' | 'stale' | 'none';

/** Tells how fresh the newest measurement is; a run takes part of an interval, so only what exceeds two whole ones is late. */
export function toFreshness(
  lastMeasuredMs: number | undefined,
  nowMs: number,
  intervalMs: number,
): Freshness {
  if (lastMeasuredMs === undefined) return 'none';
  const ageMs = nowMs - lastMeasuredMs;
  return ageMs > 4 * intervalMs ? 'stale' : ageMs > 2 * intervalMs ? 'late' : 'fresh';
}

/** Words and urgency for the newest measurement, e.g. `as of 09:41:12 Moscow (4 min ago)`. */
export function describeAsOf(
  lastMeasuredMs: number | undefined,
  nowMs: number,
  intervalMs: number,
  say: Say,
): { text: string; freshness: Freshness } {
  const freshness = toFreshness(lastMeasuredMs, nowMs, intervalMs);
  if (lastMeasuredMs === undefined) return { text: say.text('time.nothing_measured'), freshness };
  const isToday = formatDay(lastMeasuredMs, say) === formatDay(nowMs, say);
  const time = isToday
    ? `${formatExactClock(lastMeasuredMs, say)} ${formatZone(say.timeZone, say)}`
    : formatInstant(lastMeasuredMs, say);
  const age = formatAge(lastMeasuredMs, nowMs, say);
  return { text: say.text('time.as_of', { time, age }), freshness };
}

/** A stated time in words, in its own zone for days, in the page's for instants; e.g. `11 Mar 2022 (day in Moscow)`. */
export function formatStated(time: StatedTime, say: Say): string {
  const box = toTimeBox(time);
  if (!box) return say.text('time.not_stated');
  if (box.isInstant) return formatBoth(box.fromMs, say);
  const place = { locale: say.locale, timeZone: time.tz ?? 'UTC' };
  const zone = time.tz ? formatZone(time.tz, say) : say.text('time.zone_not_stated');
  const first = formatDay(box.fromMs, place);
  const last = formatDay(box.untilMs - 1, place);
  return first === last
    ? say.text('time.one_day', { day: first, zone })
    : say.text('time.days_between', { first, last, zone });
}

const regions = new Map<string, Intl.DisplayNames>();

/** A country's name with the code as fallback; `ZZ` stands for an unknown place. */
export function formatCountry(code: string, say: Say): string {
  if (code === 'ZZ') return say.text('time.unknown_country');
  let names = regions.get(say.locale);
  if (!names) {
    names = new Intl.DisplayNames([say.locale], { type: 'region', fallback: 'code' });
    regions.set(say.locale, names);
  }
  return names.of(code) ?? code;
}

const languages = new Map<string, Intl.DisplayNames>();

/** The name of a language in the language of the page, e.g. `en` → `English`, `английский`; a code that is none stays. */
export function formatLanguage(code: string, say: Say): string {
  if (!/^[a-z]{2,3}$/i.test(code)) return code;
  let names = languages.get(say.locale);
  if (!names) {
    names = new Intl.DisplayNames([say.locale], { type: 'language', fallback: 'code' });
    languages.set(say.locale, names);
  }
  return names.of(code) ?? code;
}
