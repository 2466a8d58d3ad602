/**
 * Query strings read once, at the edge: zod schemas whose every refusal says what is wrong and what to write.
 * Ranges are half-open, `from` included and `to` not; times without a zone are read in the zone of the request.
 */
import { z } from 'zod';
import { offsetMinutes } from '../dashboard/format.ts';
import { FUNCTIONS } from '../probes/types.ts';
import type { FieldError } from './problem.ts';
import { RequestProblem } from './problem.ts';

export const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
/** Before this there was nothing to measure (Facebook's first year); after the other, Date stops at year 9999 in ISO text. */
const EARLIEST_MS = Date.UTC(2004, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);
/** More values than this in one list is not a reader's question. */
const MAX_LIST_VALUES = 64;

/** Range presets of the timeline, longest last; `all` is everything stored. */
export const RANGE_PRESETS = ['1d', '7d', '30d', '90d', '1y', 'all'] as const;
export type RangePreset = (typeof RANGE_PRESETS)[number];

/** Length of a preset; `all` depends on what is stored and has none. */
export const RANGE_MS: Readonly<Record<Exclude<RangePreset, 'all'>, number>> = {
  '1d': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
  '90d': 90 * DAY_MS,
  '1y': 365 * DAY_MS,
};

/**
 * What a document says of a parameter: it stands in the schema that reads the parameter, so that both change together.
 * Its type is that of the text before it is read; a list is written with commas.
 */
type Said = {
  readonly description: string;
  readonly example: string;
} & Readonly<Record<string, unknown>>;

/** A list of texts, for documents. */
function saidList(items: Readonly<Record<string, unknown>>) {
  return { type: 'array', items: { type: 'string', ...items }, maxItems: MAX_LIST_VALUES };
}

/** Adds an issue that carries its remedy. */
function refuse(context: z.RefinementCtx, message: string, remedy: string): never {
  context.addIssue({ code: 'custom', message, params: { remedy } });
  return z.NEVER;
}

/** One word of a closed list. */
export function oneOf<const T extends string>(words: readonly T[], what: string) {
  const said: Said = {
    description: `One ${what}.`,
    example: words[0] ?? '',
    enum: words,
  };
  return z
    .string()
    .transform((text, context): T => {
      const found = words.find((word) => word === text);
      return (
        found ??
        refuse(context, `\`${clip(text)}\` is no ${what}`, `Write one of: ${words.join(', ')}.`)
      );
    })
    .meta(said);
}

/**
 * Words of a closed list, separated by commas or repeated; empty values are left out.
 * @param isOpen true for words that come with the data, which a document does not list
 */
export function listOf<const T extends string>(words: readonly T[], what: string, isOpen = false) {
  const said: Said = {
    description: `Only of this ${what}, or of these; all when left out.`,
    example: words[0] ?? '',
    ...saidList(isOpen ? {} : { enum: words }),
  };
  return z
    .string()
    .transform((text, context): T[] => {
      const values = splitList(text);
      if (values.length > MAX_LIST_VALUES)
        return refuse(
          context,
          `${values.length} values are too many`,
          `Give at most ${MAX_LIST_VALUES}.`,
        );
      const unknown = values.filter((value) => !words.some((word) => word === value));
      if (unknown.length > 0)
        return refuse(
          context,
          `\`${clip(unknown.join(', '))}\` is no ${what}`,
          words.length === 0
            ? `There is no ${what} yet; leave the parameter out.`
            : `Write one or more of: ${words.join(', ')}.`,
        );
      return words.filter((word) => values.includes(word));
    })
    .meta(said);
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

/** A text that comes from outside, short enough to be repeated in an answer. */
function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** ISO 3166-1 alpha-2 codes in either case. */
export const countries = z
  .string()
  .transform((text, context): string[] => {
    const values = splitList(text).map((value) => value.toUpperCase());
    const wrong = values.find((value) => !/^[A-Z]{2}$/.test(value));
    if (wrong !== undefined)
      return refuse(
        context,
        `\`${clip(wrong)}\` is no country code`,
        'Write two letters of ISO 3166-1, such as RU or UA.',
      );
    return takeAll([...new Set(values)], context);
  })
  .meta({
    description: 'Only of these countries, as two letters of ISO 3166-1.',
    example: 'RU',
    ...saidList({ pattern: '^[A-Za-z]{2}$' }),
  } satisfies Said);

/** Refuses lists that are longer than a question. */
function takeAll<T>(values: readonly T[], context: z.RefinementCtx): T[] {
  return values.length <= MAX_LIST_VALUES
    ? [...values]
    : refuse(context, `${values.length} values are too many`, `Give at most ${MAX_LIST_VALUES}.`);
}

/** Autonomous system numbers, with or without `AS` in front. */
export const asns = z
  .string()
  .transform((text, context): number[] => {
    const values = splitList(text).map((value) => value.replace(/^AS/i, ''));
    const wrong = values.find(
      (value) => !/^\d{1,10}$/.test(value) || Number(value) > 4_294_967_295,
    );
    if (wrong !== undefined)
      return refuse(
        context,
        `\`${clip(wrong)}\` is no network number`,
        'Write a number such as 64512 or AS64512.',
      );
    return takeAll([...new Set(values.map(Number))], context);
  })
  .meta({
    description: 'Only of these networks, by autonomous system number, with or without `AS`.',
    example: 'AS64512',
    ...saidList({ pattern: '^([Aa][Ss])?[0-9]{1,10}$' }),
  } satisfies Said);

/** Parts of a service; `service` is the service as a whole. */
export const functions = listOf(['service', ...FUNCTIONS] as const, 'part of a service');

/** A whole number in a range. */
export function wholeNumber(least: number, most: number) {
  return z
    .string()
    .transform((text, context): number => {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most
        ? value
        : refuse(
            context,
            `\`${clip(text)}\` is no whole number from ${least} to ${most}`,
            `Write a number from ${least} to ${most}.`,
          );
    })
    .meta({
      description: `A whole number from ${least} to ${most}.`,
      example: String(most < 100 ? most : Math.max(least, 100)),
      type: 'integer',
      minimum: least,
      maximum: most,
    } satisfies Said);
}

/** An IANA time zone that this runtime knows. */
export const zone = z
  .string()
  .transform((text, context): string => {
    try {
      const known = new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
      // This runtime still gives back the name that the zone had before 2022.
      return known === 'Europe/Kiev' ? 'Europe/Kyiv' : known;
    } catch {
      // RangeError is the runtime's only way to say that it does not know the zone.
      return refuse(
        context,
        `\`${clip(text)}\` is no time zone`,
        'Write an IANA name such as UTC or Europe/Moscow.',
      );
    }
  })
  .meta({ description: 'An IANA time zone.', example: 'Europe/Moscow' } satisfies Said);

const TIME_PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;
const TIME_REMEDY =
  'Write a day (2022-03-04) or a time with its zone (2022-03-04T12:00:00Z); `+` in a zone must be sent as %2B.';

/** A day or an instant; without a zone of its own it is read in `timeZone`. */
export function time(timeZone: string) {
  return z
    .string()
    .transform((text, context): number => {
      const parts = TIME_PATTERN.exec(text.trim());
      if (parts === null) return refuse(context, `\`${clip(text)}\` is no time`, TIME_REMEDY);
      const [, year, month, day, hour = '00', minute = '00', second = '00', offset] = parts;
      const wall = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
      const asUtcMs = Date.parse(`${wall}Z`);
      // Date.parse rolls 31 February over into March; such a day is a slip worth telling.
      if (Number.isNaN(asUtcMs) || !new Date(asUtcMs).toISOString().startsWith(wall))
        return refuse(context, `\`${clip(text)}\` is no day of the calendar`, TIME_REMEDY);
      const ms =
        offset === undefined ? fromWallMs(asUtcMs, timeZone) : Date.parse(`${wall}${offset}`);
      if (!(ms >= EARLIEST_MS && ms < LATEST_MS))
        return refuse(
          context,
          `\`${clip(text)}\` lies outside 2004 to 2099`,
          'Write a time between 2004 and 2099.',
        );
      return ms;
    })
    .meta({
      description: 'A day, or an instant with its zone.',
      example: '2022-03-04',
      pattern: TIME_PATTERN.source,
    } satisfies Said);
}

/** The instant at which clocks in `timeZone` show what `asUtcMs` shows in UTC; the first one when it happens twice. */
function fromWallMs(asUtcMs: number, timeZone: string): number {
  if (timeZone === 'UTC') return asUtcMs;
  const aheadMs = (atMs: number): number => offsetMinutes(atMs, timeZone) * MINUTE_MS;
  const first = asUtcMs - aheadMs(asUtcMs - DAY_MS / 2);
  return first + aheadMs(first) === asUtcMs ? first : asUtcMs - aheadMs(first);
}

/**
 * Parses the query of a URL. A repeated parameter counts as a list.
 * @throws RequestProblem naming each parameter that cannot be used.
 */
export function parseQuery<S extends z.ZodObject>(schema: S, url: URL): z.infer<S> {
  const values = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before},${value}`);
  }
  // An empty field of a form is a field that was left out.
  const given = Object.fromEntries([...values].filter(([, value]) => value.trim() !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) =>
    toFieldErrors(issue, Object.keys(schema.shape)),
  );
  const names = [...new Set(errors.map((error) => `\`${error.parameter}\``))];
  throw new RequestProblem({
    kind: 'invalid-query',
    detail:
      `Cannot use ${names.join(', ')}: ${errors[0]?.detail ?? 'the query is wrong'}. ${errors[0]?.remedy ?? ''}`.trim(),
    errors,
  });
}

function toFieldErrors(issue: z.core.$ZodIssue, known: readonly string[]): FieldError[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      parameter: clip(key),
      detail: `\`${clip(key)}\` is no parameter of this address`,
      remedy:
        known.length === 0
          ? 'This address takes no parameters.'
          : `Leave it out; known are: ${known.join(', ')}.`,
    }));
  const remedy = issue.code === 'custom' ? issue.params?.['remedy'] : undefined;
  return [
    {
      parameter: issue.path.map(String).join('.'),
      detail: issue.message,
      remedy: typeof remedy === 'string' ? remedy : 'Leave it out to use the default.',
    },
  ];
}

/** Refuses a range that is empty or runs backwards. */
export function checkRange(fromMs: number, toMs: number): void {
  if (fromMs < toMs) return;
  const error = {
    parameter: 'to',
    detail: '`to` does not lie after `from`',
    remedy: 'Ranges take in `from` and leave out `to`; give a later `to` or an earlier `from`.',
  };
  throw new RequestProblem({
    kind: 'invalid-query',
    detail: `${error.detail}. ${error.remedy}`,
    errors: [error],
  });
}
