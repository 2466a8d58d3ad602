/** Kinds of values that configuration files share, each with what to write instead of a wrong one. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { isCountryCode } from './country-codes.ts';

const ID = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const TARGET_ID = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*){1,2}$/;
const HOST =
  /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** Longest quotation that a record may carry, so that records stay our own words. */
const MAX_QUOTE_WORDS = 25;

/** A string that passes `test`; otherwise says what is wrong with it, e.g. `is not a path`, and what to write. */
export function text(test: (value: string) => boolean, error: string, remedy: string) {
  return z.string().refine(test, { error, params: { remedy } });
}

/** Tells whether `value` is an absolute http or https address. */
export function isHttpUrl(value: string): boolean {
  return /^https?:\/\//.test(value) && URL.canParse(value);
}

function isDay(value: string): boolean {
  if (!DAY.test(value)) return false;
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value }).format();
    return true;
  } catch (error) {
    // Intl says "no such zone" with a RangeError; anything else is a bug.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Names a service, vantage, fingerprint or announcement. */
export const id = text(
  (value) => ID.test(value),
  'is not a valid id',
  'write lower-case letters, digits and single hyphens, e.g. `ru-volga-fixed`',
);

/** Names a target or baseline. */
export const targetId = text(
  (value) => TARGET_ID.test(value),
  'is not a valid target id',
  'write `<service>.<function>.<name>`, e.g. `facebook.web.www`, or `baseline.<name>`',
);

/** Where a proxy listens: an address, a name, or `localhost`. */
export const proxyHost = text(
  (value) => isIP(value) !== 0 || HOST.test(value) || value === 'localhost',
  'is no address or host name',
  'write e.g. `198.51.100.7` or `proxy.example.net`, without scheme and port',
);

/** The name of an environment variable. */
export const variableName = text(
  (value) => /^[A-Z][A-Z0-9_]{0,63}$/.test(value),
  'is not the name of an environment variable',
  'write capitals, digits and underscores, e.g. `REACHLINE_PROXY_PASSWORD`; the value itself stays out of files',
);

/** A lower-case DNS name with at least one dot. */
export const host = text(
  (value) => HOST.test(value),
  'is not a host name',
  'write a lower-case DNS name without scheme, port or path, e.g. `www.facebook.com`',
);

/** ISO 3166-1 alpha-2, or `ZZ`. */
export const countryCode = text(
  isCountryCode,
  'is not a country code',
  'write two capital letters of ISO 3166-1, e.g. `RU`, or `ZZ` when unknown',
);

/** ISO 3166-1 alpha-2 or ISO 3166-2. */
export const regionCode = text(
  (value) => /^[A-Z]{2}(-[A-Z0-9]{1,3})?$/.test(value),
  'is not a region code',
  'write a country or subdivision of ISO 3166, e.g. `RU` or `RU-MOW`',
);

/** An absolute http or https address. */
export const webAddress = text(
  isHttpUrl,
  'is not a web address',
  'write a full address that starts with https://',
);

/** Path and query of a page. */
export const path = text(
  (value) => /^\/[\x21-\x7e]*$/.test(value),
  'is not a path',
  'write the path and query of the page, starting with /, e.g. `/v2/register`',
);

/** An IPv4 or IPv6 literal. */
export const ipAddress = text(
  (value) => isIP(value) !== 0,
  'is not an IP address',
  'write an IPv4 or IPv6 address, e.g. `192.0.2.53`',
);

/** A TCP or UDP port. */
export const port = z.int().min(1).max(65_535);

/** Text that says something. */
export const filled = z.string().min(1);

/** An ISO 8601 instant with its offset. */
export const instant = z.iso.datetime({ offset: true });

/** An IANA time zone. */
export const timeZone = text(
  isTimeZone,
  'is not a time zone',
  'write an IANA name, e.g. `Europe/Moscow`',
);

/** SHA-256 in lower-case hex. */
export const sha256 = text(
  (value) => /^[0-9a-f]{64}$/.test(value),
  'is not a SHA-256',
  'write 64 lower-case hexadecimal digits',
);

/** Words of somebody else, few enough to be a quotation. */
export const quotation = text(
  (value) => value.trim().split(/\s+/).length <= MAX_QUOTE_WORDS,
  'is too long for a quotation',
  `quote at most ${MAX_QUOTE_WORDS} words`,
);

/** Where a curated row comes from, and the day on which that was looked up. */
export const evidence = {
  sourceUrl: webAddress,
  retrievedAt: text(isDay, 'is not a date', 'write the day as YYYY-MM-DD, e.g. 2026-11-20'),
};
