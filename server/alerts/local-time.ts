/**
 * Quiet hours and digests in the subscriber's own time, right over changes of the clock: what is quiet is decided by what
 * a clock on the wall shows, and ends at the first instant at which it shows something else.
 */
import type { QuietHours, SubscriptionMode } from '../../db/subscribers/subscription-types.ts';

const HOUR_MS = 3_600_000;
const MINUTES_PER_HOUR = 60;
const MONDAY = 1;

type Hours = Pick<QuietHours, 'fromMinute' | 'untilMinute'>;

function toLocal(atMs: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone);
}

/** True while a clock in the zone shows a quiet minute. Equal bounds mean never. */
export function isQuiet(
  { fromMinute, untilMinute }: Hours,
  timeZone: string,
  atMs: number,
): boolean {
  const { hour, minute } = toLocal(atMs, timeZone);
  const shown = hour * MINUTES_PER_HOUR + minute;
  return fromMinute <= untilMinute
    ? shown >= fromMinute && shown < untilMinute
    : shown >= fromMinute || shown < untilMinute;
}

/** The first instant from `atMs` on at which it is not quiet. */
export function endOfQuiet(hours: Hours, timeZone: string, atMs: number): number {
  if (!isQuiet(hours, timeZone, atMs)) return atMs;
  // Quiet ends where a clock shows the end, or where it is changed and jumps over the end.
  const ends = [0, 1, 2].flatMap((days) =>
    (['earlier', 'later'] as const).map((one) =>
      toInstant(atMs, days, hours.untilMinute, timeZone, one),
    ),
  );
  const change = toLocal(atMs, timeZone).getTimeZoneTransition('next');
  if (change) ends.push(change.epochMilliseconds);
  return Math.min(...ends.filter((endMs) => endMs > atMs && !isQuiet(hours, timeZone, endMs)));
}

/** The instant at which a clock shows a minute of a day, that many days after the day of `atMs`. */
function toInstant(
  atMs: number,
  days: number,
  minuteOfDay: number,
  timeZone: string,
  disambiguation: 'earlier' | 'later' | 'compatible',
): number {
  return toLocal(atMs, timeZone)
    .toPlainDate()
    .add({ days })
    .toPlainDateTime({
      hour: Math.floor(minuteOfDay / MINUTES_PER_HOUR),
      minute: minuteOfDay % MINUTES_PER_HOUR,
    })
    .toZonedDateTime(timeZone, { disambiguation }).epochMilliseconds;
}

/** When the digest that collects what comes at `atMs` is sent: a full hour, or the hour of the day, after it. */
export function endOfDigest(
  mode: Exclude<SubscriptionMode, 'immediate'>,
  timeZone: string,
  atMs: number,
  digestHour: number,
): number {
  if (mode === 'hourly') {
    const { minute, second, millisecond } = toLocal(atMs, timeZone);
    // Counted in time that passes, so that an hour that the clock shows twice has two digests.
    return atMs + HOUR_MS - ((minute * 60 + second) * 1_000 + millisecond);
  }
  const days = Array.from({ length: 9 }, (_, day) =>
    toInstant(atMs, day, digestHour * MINUTES_PER_HOUR, timeZone, 'compatible'),
  );
  const dueMs = days.find(
    (dayMs) => dayMs > atMs && (mode === 'daily' || toLocal(dayMs, timeZone).dayOfWeek === MONDAY),
  );
  // A week has a Monday; a zone that left one out, as those at the date line did, gets the next day.
  return dueMs ?? atMs + 24 * HOUR_MS;
}
