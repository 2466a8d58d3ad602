/** Answers to requests in OONI's files (df-001): headers and bodies in every shape that they ever had. */
import { hash } from 'node:crypto';
import { describePage, pickHeaders } from '../../operations/page.ts';
import type { Scrubber } from '../../scrub.ts';
import type { HttpValue } from '../../types.ts';
import {
  asBytes,
  asFields,
  asList,
  asNumber,
  asText,
  type Fields,
  getField,
} from './raw-values.ts';

/** What reading needs beside the lists. */
export type FactsOptions = {
  readonly scrubber: Scrubber;
  /** Characters kept of the start of a body. */
  readonly bodyHeadBytes: number;
};

/** Reads what came; undefined when nothing did. */
export function readResponse(
  response: Fields,
  { scrubber, bodyHeadBytes }: FactsOptions,
): HttpValue | undefined {
  const statusCode = readStatusCode(response);
  if (statusCode === undefined) return undefined;
  const headers = readHeaders(response);
  const body = asBytes(getField(response, 'body')) ?? Buffer.alloc(0);
  const scrubbed = scrubber.text(body.toString('latin1'));
  return {
    statusCode,
    headers: pickHeaders(headers, scrubber),
    bodyBytes: body.length,
    isBodyTruncated: getField(response, 'body_is_truncated') === true,
    bodySha256: hash('sha256', Buffer.from(scrubbed, 'latin1')),
    // Bodies in these files are unpacked already, whatever their header says.
    ...describePage(body, { ...headers, 'content-encoding': undefined }, bodyHeadBytes, scrubber),
    wireBytesIn: 0,
  };
}

/** The status, 100 to 999; undefined when there is none. */
export function readStatusCode(response: Fields): number | undefined {
  const code = asNumber(getField(response, 'code'));
  return code !== undefined && Number.isInteger(code) && code >= 100 && code <= 999
    ? code
    : undefined;
}

/** Headers by lower-case name: an object of texts, of lists or of binary values, or a list of pairs. */
export function readHeaders(response: Fields): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  const pairs = [
    ...Object.entries(asFields(getField(response, 'headers'))).slice(0, 500),
    ...asList(getField(response, 'headers_list')).map((pair) => asList(pair)),
  ];
  for (const [name, value] of pairs) {
    const [first] = Array.isArray(value) ? value : [value];
    const text = asText(first) ?? asBytes(first)?.toString('utf8').slice(0, 2_048).toWellFormed();
    const key = asText(asText(name) ?? asBytes(name)?.toString('utf8'));
    if (key !== undefined && text !== undefined) headers[key.toLowerCase()] ??= text;
  }
  return headers;
}
