/**
 * What the timeline knows: lanes (read in lane-answer.ts) and the answer of /api/v1/announcements, checked field by field
 * and turned into epoch milliseconds.
 */
import { type ActorBand, toActorBand } from '../actor-bands.ts';
import type { ColumnSpan } from '../columns.ts';
import { type StatedTime, type TimeBox, toTimeBox } from '../format.ts';
import { chooseResolution, listMonths, type Resolution } from '../lane-parcel.ts';
import type { RowLane } from '../lane-rows.ts';

/** A run of one state in a lane. */
export type TimelineSpan = ColumnSpan & {
  readonly mechanism?: string | undefined;
  readonly confidence?: string | undefined;
  /** May be worked out when it is read: a copy with `...` is without it. */
  readonly firstMeasurementId?: string | undefined;
};

/** One lane: its spans are adjacent, sorted, and cover the whole loaded range. */
export type TimelineLane = Omit<RowLane, 'spans'> & { readonly spans: readonly TimelineSpan[] };

/** Everything measured in a range. */
export type LoadedLanes = {
  readonly lanes: readonly TimelineLane[];
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly isSimulated: boolean;
  /** `hour`: spans are counts by the hour laid out, since slots would be finer than the range. `slot` unless told. */
  readonly resolution?: Resolution;
};

/** Whether a view needs nothing more: it lies in what is loaded, and a new answer would not be finer. */
export function isLoaded(
  loaded: LoadedLanes,
  { fromMs, toMs }: Pick<LoadedLanes, 'fromMs' | 'toMs'>,
): boolean {
  if (fromMs < loaded.fromMs || toMs > loaded.toMs) return false;
  const months = listMonths(fromMs, toMs).length - 1;
  return loaded.resolution !== 'hour' || chooseResolution(loaded.lanes.length, months) === 'hour';
}

/** One announcement as far as the axis needs it. */
export type TimelineAnnouncement = {
  readonly id: string;
  readonly title: string;
  /** Of the title, as a language tag. */
  readonly language: string;
  readonly actor: string;
  /** The lane of announcements that it stands in. */
  readonly band: ActorBand;
  readonly actionKind: string;
  readonly services: readonly string[];
  readonly countryCodes: readonly string[];
  /** By kind of mark; only those that the source dates. */
  readonly times: Readonly<Partial<Record<MarkKind, { stated: StatedTime; box: TimeBox }>>>;
};

/** `denied` stands in place of `announced` where the statement contradicts another. */
export type MarkKind = 'announced' | 'effective' | 'lifted' | 'denied';

type Json = Readonly<Record<string, unknown>>;

/** An answer of the server that is not what the contract says; the message names the field. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

export function asObject(value: unknown, path: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new AnswerError(`${path} is not an object`);
}

export function asList(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new AnswerError(`${path} is not a list`);
}

export function asText(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  throw new AnswerError(`${path} is not text`);
}

export function asTimeMs(value: unknown, path: string): number {
  const atMs = Date.parse(asText(value, path));
  if (Number.isNaN(atMs)) throw new AnswerError(`${path} is not a time`);
  return atMs;
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const numberOr = (value: unknown, other: number): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : other;

/** Reads which lane it is. */
export function parseIdentity(lane: Json, path: string): Omit<TimelineLane, 'spans'> {
  const vantage = asObject(lane['vantage'], `${path}.vantage`);
  return {
    service: asText(lane['service'], `${path}.service`),
    function: textOrNull(lane['function']) ?? 'service',
    vantage: {
      id: asText(vantage['id'], `${path}.vantage.id`),
      countryCode: textOrNull(vantage['countryCode']) ?? 'ZZ',
      asn: numberOr(vantage['asn'], 0),
      networkName: textOrNull(vantage['networkName']) ?? '',
      access: textOrNull(vantage['access']) ?? 'unknown',
      role: textOrNull(vantage['role']) ?? 'vantage',
    },
  };
}

const PRECISIONS = [
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'year',
  'bounded',
  'unknown',
] as const;

function parseStated(value: unknown): { stated: StatedTime; box: TimeBox } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const time = asObject(value, 'time');
  const stated: StatedTime = {
    value: textOrNull(time['value']),
    precision: PRECISIONS.find((name) => name === time['precision']) ?? 'unknown',
    earliest: textOrNull(time['earliest']),
    latest: textOrNull(time['latest']),
    tz: textOrNull(time['tz']),
  };
  const box = toTimeBox(stated);
  return box && { stated, box };
}

/** Whether a record says of another one that it is not so. */
function isDenial(links: unknown): boolean {
  return (
    Array.isArray(links) &&
    links.some((link) => typeof link === 'object' && link !== null && link.rel === 'contradicts')
  );
}

const listOfText = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

function parseAnnouncement(value: unknown, path: string): TimelineAnnouncement {
  const row = asObject(value, path);
  // The store wraps the record together with its revision; a bare record is the interchange form.
  const record =
    'announcement' in row ? asObject(row['announcement'], `${path}.announcement`) : row;
  const regions = asObject(record['regions'] ?? {}, `${path}.regions`);
  const actor = asObject(record['actor'] ?? {}, `${path}.actor`);
  const announced = parseStated(record['announced_at']);
  const effective = parseStated(record['effective_at']);
  const lifted = parseStated(record['lifted_at']);
  return {
    id: asText(record['id'], `${path}.id`),
    title: asText(record['title'], `${path}.title`),
    language: textOrNull(record['language']) ?? 'en',
    actor: textOrNull(actor['name']) ?? '',
    band: toActorBand(textOrNull(actor['kind']) ?? ''),
    actionKind: textOrNull(record['action_kind']) ?? 'statement',
    services: listOfText(record['services_in_scope']),
    countryCodes: listOfText(regions['codes']).map((code) => code.slice(0, 2)),
    times: {
      ...(announced ? { [isDenial(record['links']) ? 'denied' : 'announced']: announced } : {}),
      ...(effective ? { effective } : {}),
      ...(lifted ? { lifted } : {}),
    },
  };
}

/** Reads the answer of /api/v1/announcements. @throws AnswerError when it is not what the contract says. */
export function parseAnnouncements(json: unknown): readonly TimelineAnnouncement[] {
  const rows = asList(asObject(json, 'answer')['announcements'], 'announcements');
  return rows
    .map((row, index) => parseAnnouncement(row, `announcements[${index}]`))
    .filter(({ times }) => Object.keys(times).length > 0);
}

/** Whether an announcement names the service of a lane and a place where the lane's network is. */
export function concerns(announcement: TimelineAnnouncement, lane: TimelineLane): boolean {
  const { services, countryCodes } = announcement;
  const isPlace = countryCodes.length === 0 || countryCodes.includes(lane.vantage.countryCode);
  return isPlace && services.includes(lane.service);
}

/** Those announcements that have something to do with the lanes on screen; the parent company concerns all its services. */
export function listRelevant(
  announcements: readonly TimelineAnnouncement[],
  lanes: readonly TimelineLane[],
): readonly TimelineAnnouncement[] {
  const services = new Set(['meta_company', ...lanes.map((lane) => lane.service)]);
  const countries = new Set(lanes.map((lane) => lane.vantage.countryCode));
  return announcements.filter(
    (one) =>
      (one.services.length === 0 || one.services.some((service) => services.has(service))) &&
      (one.countryCodes.length === 0 || one.countryCodes.some((code) => countries.has(code))),
  );
}
