/**
 * Reading back what Reachline exported, here or elsewhere: observations are made of the lists, entry by entry; the
 * verdicts in the file are not looked at.
 */
import type { z } from 'zod';
import { FAILURE_CODES } from '../../failure.ts';
import type { Failure, HttpValue, Observation, Operation, Service, TlsValue } from '../../types.ts';
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
import { readHeaders } from './responses.ts';

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
} as const satisfies Readonly<Record<string, (row: Fields) => OwnPart>>;

/** An observation without what all have in common. */
type OwnPart = Draft extends infer D
  ? D extends Draft
    ? Pick<D, 'operation' | 'input' | 'outcome'>
    : never
  : never;

/** Reads the `test_keys` of an own line. @throws OoniLineError when a field of ours is missing or of another kind. */
export function readOwnLine(testKeys: Fields, services: readonly Service[]): OwnReading {
  const about = check(OwnMeasurement, testKeys, 'x_measurement');
  const service = services.find(({ id }) => id === about.service);
  const known = new Set(service?.targets.map(({ id }) => id));
  const control = asFields(getField(testKeys, 'x_control'));
  const observations = [...readLists(testKeys, false), ...readLists(control, true)].filter(
    (one) => one.targetId.startsWith('baseline.') || known.has(one.targetId),
  );
  return { about, observations };
}

/** A control may only stand in its own lists, and nothing else may: else one could be taken for the other. */
function readLists(fields: Fields, isControl: boolean): Observation[] {
  const observations = Object.entries(LISTS).flatMap(([list, read]) =>
    asRows(getField(fields, list)).map((row) => readObservation(row, read)),
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

function readObservation(row: Fields, read: (row: Fields) => OwnPart): Observation {
  const { id, target, role, attempt, hop, purpose, attribution, raw } = check(
    OwnObservation,
    row,
    'x_observation',
  );
  const { startedMs, elapsedMs } = readTimes(row);
  const part = read(row);
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

/** What was seen before a failure; absent when nothing was. */
function toOutcome<T extends object>(failure: Failure | undefined, value: Partial<T>) {
  if (failure === undefined) return { kind: 'ok', value: value as T } as const;
  const hasSeen = Object.keys(value).length > 0;
  return { kind: 'failed', failure, ...(hasSeen ? { seen: value } : {}) } as const;
}

function readQuery(row: Fields): OwnPart {
  const engine = asText(getField(row, 'engine'));
  if (engine !== 'udp' && engine !== 'tcp' && engine !== 'doh')
    throw new OoniLineError('engine of a query is not readable');
  const { resolver, replies } = check(OwnDns, row, 'x_dns');
  const recordType = getField(row, 'query_type') === 'AAAA' ? 'AAAA' : 'A';
  const failure = toFailure(getField(row, 'failure'), 'dns');
  const rcode = asText(getField(row, 'rcode'));
  const value = {
    ...(rcode === undefined ? {} : { addresses: readAddresses(row), rcode }),
    ...(replies === undefined ? {} : { replies }),
  };
  const host = demand(asHost(getField(row, 'hostname')), 'hostname');
  return {
    operation: 'dns',
    input: { host, recordType, transport: engine, resolver },
    outcome: toOutcome(failure, value),
  };
}

function readConnection(row: Fields): OwnPart {
  const failure = toFailure(getField(asFields(getField(row, 'status')), 'failure'), 'tcp');
  const address = demand(asText(getField(row, 'ip')), 'ip');
  const port = demand(asNumber(getField(row, 'port')), 'port');
  return { operation: 'tcp', input: { address, port }, outcome: toOutcome(failure, {}) };
}

function readHandshake(row: Fields): OwnPart {
  const own = check(OwnTls, row, 'x_tls');
  const { hello, ...seen } = own;
  const endpoint = demand(asEndpoint(getField(row, 'address')), 'address');
  const serverName = demand(asHost(getField(row, 'server_name')), 'server_name');
  const failure = toFailure(getField(row, 'failure'), 'tls');
  const texts: Partial<TlsValue> = {
    protocol: asText(getField(row, 'tls_version')) ?? '',
    cipher: asText(getField(row, 'cipher_suite')) ?? '',
    alpn: asText(getField(row, 'negotiated_protocol')) ?? '',
  };
  if (failure === undefined && (seen.isVerified !== true || seen.chain === undefined))
    throw new OoniLineError('a handshake without failure is not said to be verified');
  const value: Partial<TlsValue> = { ...seen, ...(seen.chain === undefined ? {} : texts) };
  return {
    operation: 'tls',
    input: { ...endpoint, serverName, clientHello: hello },
    outcome: toOutcome(failure, value),
  };
}

function readRequest(row: Fields): OwnPart {
  const own = check(OwnHttp, row, 'x_http');
  // Where a redirect led to nothing that can be opened, this is that text.
  const url = demand(asText(getField(asFields(getField(row, 'request')), 'url')), 'url');
  const response = asFields(getField(row, 'response'));
  const failure = toFailure(getField(row, 'failure'), 'http');
  const statusCode = asNumber(getField(response, 'code'));
  if (failure === undefined && statusCode === undefined)
    throw new OoniLineError('a request without failure has no response');
  const shown: Partial<HttpValue> =
    statusCode === undefined
      ? {}
      : {
          statusCode,
          headers: { ...readHeaders(response) },
          bodyHead: asBytes(getField(response, 'body'))?.toString('utf8') ?? '',
        };
  return {
    operation: 'http',
    input: { method: 'GET', url, address: asEndpoint(getField(row, 'address'))?.address ?? '' },
    outcome: toOutcome(failure, { ...own, ...shown }),
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
  return { operation: 'stun', input, outcome: toOutcome(toFailure(failure, 'stun'), {}) };
}

function readQuic(row: Fields): OwnPart {
  const { address, port, failure, hello = 'v1', serverName = '', answer } = readDatagram(row);
  return {
    operation: 'quic',
    input: { address, port, hello, serverName },
    outcome: toOutcome(toFailure(failure, 'quic'), answer === undefined ? {} : { answer }),
  };
}
