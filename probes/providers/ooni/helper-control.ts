/**
 * The helper's side of a web_connectivity measurement: what a machine outside saw of the same page at the same time.
 * Only what it says to have done becomes a control, at the hop of the visit where host and port are the same.
 */

import { isIP } from 'node:net';
import { pickHeaders } from '../../operations/page.ts';
import type { Scrubber } from '../../scrub.ts';
import type { Failure, Operation } from '../../types.ts';
import type { Draft, Hop, Subject } from './drafts.ts';
import { readFailureText } from './facts.ts';
import { readFailure } from './failure-strings.ts';
import {
  asEndpoint,
  asFields,
  asHost,
  asList,
  asNumber,
  asText,
  asWebAddress,
  type Fields,
  getField,
} from './raw-values.ts';
import { readHeaders } from './responses.ts';

/** Names the observation that a helper was reached at all: it stands for a neutral host. */
const HELPER_BASELINE = 'baseline.ooni-helper';

const MAX_ENTRIES = 64;
/** Where the helper is not named. */
const HELPER_URL = 'https://0.th.ooni.org/';

/** The control as far as there is one. */
export type Control = {
  readonly dns?: Fields;
  readonly tcp: Fields;
  readonly tls: Fields;
  readonly http?: Fields;
};

/** Reads the control; undefined when the helper was not reached or said nothing. */
export function readControl(testKeys: Fields): Control | undefined {
  if (readFailureText(getField(testKeys, 'control_failure')) !== undefined) return undefined;
  const control = asFields(getField(testKeys, 'control'));
  const part = (key: string): Fields => asFields(getField(control, key));
  const [dns, http] = [part('dns'), part('http_request')];
  if (Object.keys(dns).length === 0 && Object.keys(http).length === 0) return undefined;
  return {
    ...(Object.keys(dns).length > 0 ? { dns } : {}),
    tcp: part('tcp_connect'),
    tls: part('tls_handshake'),
    ...(Object.keys(http).length > 0 ? { http } : {}),
  };
}

/**
 * The helper answered: so this network carried a request to somebody who has nothing to do with the service, and the
 * helper's own network works.
 */
export function draftHelperBaselines(helpers: unknown): Draft[] {
  const backend = asFields(getField(asFields(helpers), 'backend'));
  const url = asWebAddress(getField(backend, 'address'))?.origin ?? HELPER_URL;
  return (['baseline', 'control'] as const).map((role) => ({
    targetId: HELPER_BASELINE,
    operation: 'http',
    role,
    attempt: 1,
    startedMs: 0,
    elapsedMs: 0,
    input: { method: 'GET', url, address: '' },
    outcome: { kind: 'ok', value: { ...EMPTY_PAGE, statusCode: 200 } },
  }));
}

const EMPTY_PAGE = {
  headers: {},
  bodyBytes: 0,
  isBodyTruncated: false,
  bodySha256: '',
  title: '',
  bodyHead: '',
  wireBytesIn: 0,
} as const;

/** Observations of the helper for a visit with these hops. */
export function draftControl(
  control: Control,
  hops: readonly Hop[],
  targetId: string,
  scrubber: Scrubber,
): Draft[] {
  const [first] = hops;
  if (!first) return [];
  const drafts = hops.flatMap((hop, index) =>
    hop.host === first.host ? draftHop(control, hop, toSubject(targetId, index)) : [],
  );
  const last = hops.length - 1;
  const isSameSite = hops[last]?.host === first.host;
  // The helper follows redirects: its page is that of the last hop, and it passed the first one.
  const pages = [...new Set([0, ...(isSameSite ? [last] : [])])];
  return [
    ...drafts,
    ...pages.flatMap((index) =>
      control.http ? [draftPage(control.http, first, toSubject(targetId, index), scrubber)] : [],
    ),
  ];
}

function toSubject(targetId: string, index: number): Subject & { startedMs: 0; elapsedMs: 0 } {
  const hop = index > 0 ? { hop: index } : {};
  return { targetId, role: 'control', attempt: 1, ...hop, startedMs: 0, elapsedMs: 0 };
}

function draftHop(control: Control, hop: Hop, subject: ReturnType<typeof toSubject>): Draft[] {
  const drafts: Draft[] = [];
  if (control.dns) drafts.push(draftLookup(control.dns, hop.host, subject));
  for (const [key, status] of Object.entries(control.tcp).slice(0, MAX_ENTRIES)) {
    const endpoint = asEndpoint(key);
    if (endpoint?.port !== hop.port) continue;
    const outcome = toOutcome(asFields(status), 'tcp', {});
    drafts.push({ ...subject, operation: 'tcp', input: endpoint, outcome });
  }
  if (!hop.isTls) return drafts;
  for (const [key, status] of Object.entries(control.tls).slice(0, MAX_ENTRIES)) {
    const endpoint = asEndpoint(key);
    const serverName = asHost(getField(asFields(status), 'server_name')) ?? hop.host;
    if (endpoint?.port !== hop.port || serverName !== hop.host) continue;
    const input = { ...endpoint, serverName, clientHello: 'default' } as const;
    const outcome = toOutcome(asFields(status), 'tls', VERIFIED);
    drafts.push({ ...subject, operation: 'tls', input, outcome });
  }
  return drafts;
}

const VERIFIED = {
  isVerified: true,
  protocol: '',
  cipher: '',
  alpn: '',
  chain: [],
  isSelfSigned: false,
  wireBytesIn: 0,
  wireBytesOut: 0,
} as const;

function toOutcome<T>(status: Fields, operation: Operation, value: T) {
  const said = readFailureText(getField(status, 'failure'));
  const isOk = getField(status, 'status') === true && said === undefined;
  if (isOk) return { kind: 'ok', value } as const;
  return { kind: 'failed', failure: readRemote(said ?? 'unknown_failure', operation) } as const;
}

/** An unknown failure of the helper is still a failure of what it asked: it was asked from a working machine. */
function readRemote(text: string, operation: Operation): Failure {
  const failure = readFailure(text, operation);
  if (failure.attribution !== 'vantage' || failure.code !== 'unknown_failure') return failure;
  return { ...failure, attribution: operation === 'dns' ? 'resolver' : 'remote' };
}

function draftLookup(dns: Fields, host: string, subject: ReturnType<typeof toSubject>): Draft {
  const addresses = asList(getField(dns, 'addrs'))
    .flatMap((one) => asText(one) ?? [])
    .filter((one) => isIP(one) !== 0)
    .slice(0, MAX_ENTRIES);
  const said = readFailureText(getField(dns, 'failure'));
  const failure = said ?? (addresses.length === 0 ? 'dns_no_answer' : undefined);
  return {
    ...subject,
    operation: 'dns',
    input: { host, recordType: 'A', transport: 'udp', resolver: 'public' },
    outcome:
      failure === undefined
        ? { kind: 'ok', value: { addresses, rcode: 'NOERROR', replies: [] } }
        : { kind: 'failed', failure: readRemote(failure, 'dns') },
  };
}

function draftPage(
  http: Fields,
  first: Hop,
  subject: ReturnType<typeof toSubject>,
  scrubber: Scrubber,
): Draft {
  const url = first.request?.url.href ?? `${first.isTls ? 'https' : 'http'}://${first.host}/`;
  const statusCode = asNumber(getField(http, 'status_code')) ?? -1;
  const said = readFailureText(getField(http, 'failure'));
  const isOk = said === undefined && Number.isInteger(statusCode) && statusCode >= 100;
  const value = {
    ...EMPTY_PAGE,
    statusCode,
    headers: pickHeaders(readHeaders(http), scrubber),
    bodyBytes: Math.max(0, Math.trunc(asNumber(getField(http, 'body_length')) ?? 0)),
    title: scrubber.text(asText(getField(http, 'title')) ?? '').slice(0, 200),
  };
  const input = { method: 'GET', url: url.slice(0, 2_048), address: '' } as const;
  return {
    ...subject,
    operation: 'http',
    input,
    outcome: isOk
      ? { kind: 'ok', value }
      : { kind: 'failed', failure: readRemote(said ?? 'unknown_failure', 'http') },
  };
}
