/**
 * Reading back what Reachline exported, here or elsewhere: observations are made of the lists, entry by entry; the
 * verdicts in the file are not looked at.
 */
import type { z } from 'zod';
import { FAILURE_CODES } from '../../failure.ts';
import { describePage, pickHeaders } from '../../operations/page.ts';
import type {
  DnsValue,
  Failure,
  HttpValue,
  Observation,
  Operation,
  QuicValue,
  Service,
  TlsValue,
} from '../../types.ts';
import type { Draft } from './drafts.ts';
import { OoniLineError } from './envelope.ts';
import { readAddresses, readFailureText, readTimes } from './facts.ts';
import {
  OwnDatagram,
  OwnDns,
  OwnHttp,
  OwnMeasurement,
  OwnObservation,
  OwnTls,
} from './own-format.ts';
import {
  asBytes,
  asEndpoint,
  asFields,
  asHost,
  asNumber,
  asRows,
  asText,
  type Fields,
  getField,
} from './raw-values.ts';
import { type FactsOptions, readHeaders, readStatusCode } from './responses.ts';

/** As much of a title as is kept of pages that were fetched here. */
const MAX_TITLE_CHARS = 200;

/** What an own line gives. */
export type OwnReading = {
  readonly about: z.infer<typeof OwnMeasurement>;
  readonly observations: readonly Observation[];
};

const LISTS = {
  queries: readQuery,
  tcp_connect: readConnection,
  tls_handshakes: readHandshake,
  requests: readRequest,
  x_stun: readStun,
  x_quic: readQuic,
} as const satisfies Readonly<Record<string, ReadPart>>;

type ReadPart = (row: Fields, options: FactsOptions) => OwnPart;

/** An observation without what all have in common. */
type OwnPart = Draft extends infer D
  ? D extends Draft
    ? Pick<D, 'operation' | 'input' | 'outcome'>
    : never
  : never;

/**
 * Reads the `test_keys` of an own line; what is kept of answers is cleaned as if it had been measured here.
 * @throws OoniLineError when a field of ours is missing or of another kind.
 */
export function readOwnLine(
  testKeys: Fields,
  services: readonly Service[],
  options: FactsOptions,
): OwnReading {
  const about = check(OwnMeasurement, testKeys, 'x_measurement');
  const service = services.find(({ id }) => id === about.service);
  const known = new Set(service?.targets.map(({ id }) => id));
  const control = asFields(getField(testKeys, 'x_control'));
  const observations = [
    ...readLists(testKeys, false, options),
    ...readLists(control, true, options),
  ].filter((one) => one.targetId.startsWith('baseline.') || known.has(one.targetId));
  return { about, observations };
}

/** A control may only stand in its own lists, and nothing else may: else one could be taken for the other. */
function readLists(fields: Fields, isControl: boolean, options: FactsOptions): Observation[] {
  const observations = Object.entries(LISTS).flatMap(([list, read]) =>
    asRows(getField(fields, list)).map((row) => readObservation(row, read, options)),
  );
  if (observations.some(({ role }) => (role === 'control') !== isControl))
    throw new OoniLineError('a control stands among what this vantage saw, or the other way round');
  return observations.toSorted((a, b) => a.id - b.id);
}

function check<T>(schema: z.ZodType<T>, fields: Fields, key: string): T {
  const result = schema.safeParse(getField(fields, key));
  if (result.success) return result.data;
  throw new OoniLineError(`${key} ${result.error.issues[0]?.path.join('.') ?? ''} is not readable`);
}

function readObservation(row: Fields, read: ReadPart, options: FactsOptions): Observation {
  const { id, target, role, attempt, hop, purpose, attribution, raw } = check(
    OwnObservation,
    row,
    'x_observation',
  );
  const { startedMs, elapsedMs } = readTimes(row);
  const part = read(row, options);
  const base = {
    id,
    targetId: target,
    role,
    attempt,
    ...(hop === undefined ? {} : { hop }),
    ...(purpose === undefined ? {} : { purpose }),
    startedMs,
    elapsedMs,
  };
  if (part.outcome.kind === 'ok') return { ...base, ...part } as Observation; // paired by `read`
  const failure: Failure = {
    ...part.outcome.failure,
    ...(attribution === undefined ? {} : { attribution }),
    ...(raw === undefined ? {} : { raw }),
  };
  return { ...base, ...part, outcome: { ...part.outcome, failure } } as Observation;
}

/** The failure by its code; attribution and raw code stand in the part of ours. */
function toFailure(value: unknown, operation: Operation): Failure | undefined {
  const text = readFailureText(value);
  if (text === undefined) return undefined;
  const code = Object.hasOwn(FAILURE_CODES, text) ? text : 'unknown_failure';
  return { operation, code, attribution: 'vantage' };
}

function demand<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new OoniLineError(`${name} is missing or not readable`);
  return value;
}

/** The whole value, or what was seen before a failure; absent when nothing was. */
function toOutcome<T extends object>(
  failure: Failure | undefined,
  seen: Partial<T>,
  makeWhole: () => T,
) {
  if (failure === undefined) return { kind: 'ok', value: makeWhole() } as const;
  const hasSeen = Object.keys(seen).length > 0;
  return { kind: 'failed', failure, ...(hasSeen ? { seen } : {}) } as const;
}

const makeNothing = (): Readonly<Record<string, never>> => ({});

function readQuery(row: Fields): OwnPart {
  const engine = asText(getField(row, 'engine'));
  if (engine !== 'udp' && engine !== 'tcp' && engine !== 'doh')
    throw new OoniLineError('engine of a query is not readable');
  const { resolver, replies } = check(OwnDns, row, 'x_dns');
  const recordType = getField(row, 'query_type') === 'AAAA' ? 'AAAA' : 'A';
  const failure = toFailure(getField(row, 'failure'), 'dns');
  const rcode = asText(getField(row, 'rcode'));
  const addresses = readAddresses(row);
  const seen: Partial<DnsValue> = {
    ...(rcode === undefined ? {} : { addresses, rcode }),
    ...(replies === undefined ? {} : { replies }),
  };
  const host = demand(asHost(getField(row, 'hostname')), 'hostname');
  return {
    operation: 'dns',
    input: { host, recordType, transport: engine, resolver },
    outcome: toOutcome<DnsValue>(failure, seen, () => ({
      addresses,
      rcode: rcode ?? '',
      replies: replies ?? [],
    })),
  };
}

function readConnection(row: Fields): OwnPart {
  const failure = toFailure(getField(asFields(getField(row, 'status')), 'failure'), 'tcp');
  const address = demand(asText(getField(row, 'ip')), 'ip');
  const port = demand(asNumber(getField(row, 'port')), 'port');
  return {
    operation: 'tcp',
    input: { address, port },
    outcome: toOutcome(failure, {}, makeNothing),
  };
}

function readHandshake(row: Fields): OwnPart {
  const own = check(OwnTls, row, 'x_tls');
  const { hello, ...seen } = own;
  const endpoint = demand(asEndpoint(getField(row, 'address')), 'address');
  const serverName = demand(asHost(getField(row, 'server_name')), 'server_name');
  const failure = toFailure(getField(row, 'failure'), 'tls');
  const texts = {
    protocol: asText(getField(row, 'tls_version')) ?? '',
    cipher: asText(getField(row, 'cipher_suite')) ?? '',
    alpn: asText(getField(row, 'negotiated_protocol')) ?? '',
  };
  const value: Partial<TlsValue> = { ...seen, ...(seen.chain === undefined ? {} : texts) };
  const makeWhole = (): TlsValue => {
    const { isVerified, chain, isSelfSigned = false, wireBytesIn = 0, wireBytesOut = 0 } = seen;
    if (isVerified !== true || chain === undefined)
      throw new OoniLineError('a handshake without failure is not said to be verified');
    return { ...texts, isVerified, chain, isSelfSigned, wireBytesIn, wireBytesOut };
  };
  return {
    operation: 'tls',
    input: { ...endpoint, serverName, clientHello: hello },
    outcome: toOutcome(failure, value, makeWhole),
  };
}

function readRequest(row: Fields, options: FactsOptions): OwnPart {
  const own = check(OwnHttp, row, 'x_http');
  // Where a redirect led to nothing that can be opened, this is that text.
  const url = demand(asText(getField(asFields(getField(row, 'request')), 'url')), 'url');
  const failure = toFailure(getField(row, 'failure'), 'http');
  const whole = readAnswer(asFields(getField(row, 'response')), own, options);
  return {
    operation: 'http',
    input: { method: 'GET', url, address: asEndpoint(getField(row, 'address'))?.address ?? '' },
    outcome: toOutcome<HttpValue>(failure, whole ?? own, () => {
      if (whole) return whole;
      throw new OoniLineError('a request without failure has no response');
    }),
  };
}

/** What came, cleaned like an answer to us; undefined when nothing did. */
function readAnswer(
  response: Fields,
  own: z.infer<typeof OwnHttp>,
  { scrubber, bodyHeadBytes }: FactsOptions,
): HttpValue | undefined {
  const statusCode = readStatusCode(response);
  if (statusCode === undefined) return undefined;
  const headers = pickHeaders(readHeaders(response), scrubber);
  const body = asBytes(getField(response, 'body')) ?? Buffer.alloc(0);
  // Exports hold text as UTF-8, whatever the page or its headers say.
  const [mediaType = ''] = (headers['content-type'] ?? 'text/html').split(';');
  const textHeaders = { ...headers, 'content-type': `${mediaType}; charset=utf-8` };
  // A character has up to four bytes.
  const { bodyHead } = describePage(body, textHeaders, bodyHeadBytes * 4, scrubber);
  return {
    // Missing figures are taken from the page itself: none would make it look like another one.
    bodyBytes: body.length,
    isBodyTruncated: getField(response, 'body_is_truncated') === true,
    bodySha256: '',
    wireBytesIn: 0,
    ...own,
    title: (own.title ?? '').slice(0, MAX_TITLE_CHARS).toWellFormed(),
    statusCode,
    headers,
    bodyHead: bodyHead.slice(0, bodyHeadBytes).toWellFormed(),
  };
}

function readDatagram(row: Fields) {
  const result = OwnDatagram.safeParse(row);
  if (!result.success) throw new OoniLineError('an entry of x_stun or x_quic is not readable');
  return result.data;
}

function readStun(row: Fields): OwnPart {
  const { address, port, failure } = readDatagram(row);
  const input = { address, port };
  return {
    operation: 'stun',
    input,
    outcome: toOutcome(toFailure(failure, 'stun'), {}, makeNothing),
  };
}

function readQuic(row: Fields): OwnPart {
  const { address, port, failure, hello = 'v1', serverName = '', answer } = readDatagram(row);
  return {
    operation: 'quic',
    input: { address, port, hello, serverName },
    outcome: toOutcome<QuicValue>(
      toFailure(failure, 'quic'),
      answer === undefined ? {} : { answer },
      () => ({ answer: demand(answer, 'answer of x_quic') }),
    ),
  };
}
