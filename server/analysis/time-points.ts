/**
 * Stated times as intervals: a day without an hour is the whole day of its zone, not midnight UTC. What a source does
 * not state stays absent and is never filled from another time.
 */
import type { Announcement, TimePoint } from '../../config/announcement.ts';
import type { StatedInterval } from '../../db/ledger-types.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

type Bounds = Pick<StatedInterval, 'earliestMs' | 'latestMs'>;

/** Bounds as the record gives them; `latest` names the last second that is possible, all of it. */
function readBounds({ earliest, latest, precision }: TimePoint): Bounds | undefined {
  const earliestMs = Date.parse(earliest ?? '');
  const lastMs = Date.parse(latest ?? '');
  if (Number.isNaN(earliestMs) || Number.isNaN(lastMs)) return undefined;
  if (precision === 'minute') return { earliestMs, latestMs: lastMs };
  const wideMs = precision === 'hour' && lastMs === earliestMs ? HOUR_MS : SECOND_MS;
  return { earliestMs, latestMs: lastMs + wideMs - 1 };
}

const LENGTHS = {
  day: { days: 1 },
  week: { days: 7 },
  month: { months: 1 },
  year: { years: 1 },
} as const;

/** The calendar unit of the zone that holds a date, e.g. the month of `2022-03-14`. */
function readCalendar(
  value: string,
  precision: keyof typeof LENGTHS,
  timeZone: string,
): Bounds | undefined {
  const parts = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?/.exec(value);
  if (parts === null) return undefined;
  const [year = 0, month = 1, day = 1] = parts
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const date = Temporal.PlainDate.from({ year, month, day });
  const first = {
    day: date,
    week: date.subtract({ days: date.dayOfWeek - 1 }),
    month: date.with({ day: 1 }),
    year: date.with({ month: 1, day: 1 }),
  }[precision];
  const startOf = (one: typeof date) => one.toZonedDateTime(timeZone).epochMilliseconds;
  return { earliestMs: startOf(first), latestMs: startOf(first.add(LENGTHS[precision])) - 1 };
}

function readValue({ value, precision, tz }: TimePoint): Bounds | undefined {
  if (value === null) return undefined;
  switch (precision) {
    case 'minute':
    case 'hour': {
      const atMs = Date.parse(value);
      if (Number.isNaN(atMs)) return undefined;
      return { earliestMs: atMs, latestMs: precision === 'hour' ? atMs + HOUR_MS - 1 : atMs };
    }
    case 'day':
    case 'week':
    case 'month':
    case 'year':
      return readCalendar(value, precision, tz ?? 'UTC');
    case 'bounded':
    case 'unknown':
      return undefined;
    default:
      return precision satisfies never;
  }
}

/** Gives the interval in which a stated time lies, both ends possible; undefined when nothing bounds it. */
export function toStatedInterval(point: TimePoint | null): StatedInterval | undefined {
  if (point === null) return undefined;
  const bounds = readBounds(point) ?? readValue(point);
  if (bounds === undefined) return undefined;
  const { precision, tz, basis } = point;
  return { ...bounds, precision, timeZone: tz ?? 'UTC', basis };
}

/** The three stated times of an announcement; one that no source states is absent. */
export type AnnouncedTimes = {
  readonly announced?: StatedInterval;
  readonly effective?: StatedInterval;
  readonly lifted?: StatedInterval;
};

/** Reads the stated times of an announcement. */
export function readTimes(announcement: Announcement): AnnouncedTimes {
  const announced = toStatedInterval(announcement.announced_at);
  const effective = toStatedInterval(announcement.effective_at);
  const lifted = toStatedInterval(announcement.lifted_at);
  return {
    ...(announced === undefined ? {} : { announced }),
    ...(effective === undefined ? {} : { effective }),
    ...(lifted === undefined ? {} : { lifted }),
  };
}
