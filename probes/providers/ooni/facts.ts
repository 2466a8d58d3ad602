/**
 * The lists inside `test_keys` as plain facts: lookups, connections, handshakes and requests of any version of the
 * formats (df-001 httpt, df-002 dnst, df-005 tcpconnect, df-006 tlshandshake), older shapes included.
 */
import { hash, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { DnsReply, HttpValue } from '../../types.ts';
import {
  asBytes,
  asEndpoint,
  asFields,
  asHost,
  asList,
  asNumber,
  asPort,
  asRows,
  asText,
  asWebAddress,
  type Fields,
  getField,
} from './raw-values.ts';
import { type FactsOptions, readResponse } from './responses.ts';

/** When an operation was done, and what it belonged to. */
export type Timed = {
  /** Milliseconds after the measurement started. */
  readonly startedMs: number;
  readonly elapsedMs: number;
  /** Groups the operations of one connection; absent in older files. */
  readonly transactionId?: number;
  /** How many redirects were followed before, where the file says so. */
  readonly depth?: number;
};

export type DnsFact = Timed & {
  readonly host: string;
  readonly recordType: 'A' | 'AAAA';
  /** `network`: whatever the system asks. */
  readonly engine: 'network' | 'udp' | 'tcp' | 'doh';
  readonly addresses: readonly string[];
  /** Replies after the first one, which somebody in the path may have sent. */
  readonly laterReplies: readonly DnsReply[];
  readonly failure?: string;
};

export type TcpFact = Timed & {
  /** A name where old files have one. */
  readonly address: string;
  readonly port: number;
  readonly failure?: string;
};

export type TlsFact = Timed & {
  readonly address: string;
  readonly port: number;
  readonly serverName: string;
  readonly failure?: string;
  /** False when the client did not look at the certificate. */
  readonly isVerifying: boolean;
  readonly protocol: string;
  readonly cipher: string;
  readonly alpn: string;
  readonly chain: readonly string[];
  readonly isSelfSigned: boolean;
};

export type HttpFact = Timed & {
  readonly url: URL;
  readonly address?: string;
  readonly failure?: string;
  /** What came, whole or not. */
  readonly value?: HttpValue;
};

/** Everything that one measurement saw. */
export type Facts = {
  readonly dns: readonly DnsFact[];
  readonly tcp: readonly TcpFact[];
  readonly tls: readonly TlsFact[];
  /** In the order in which they were made. */
  readonly http: readonly HttpFact[];
  /** DER by SHA-256 hex. */
  readonly certificates: ReadonlyMap<string, Uint8Array>;
};

const MAX_MS = 86_400_000;
const MAX_ADDRESSES = 64;
const MAX_CHAIN = 10;
const MAX_CERTIFICATE_BYTES = 65_536;
const ENGINES: Readonly<Record<string, DnsFact['engine']>> = {
  udp: 'udp',
  tcp: 'tcp',
  dot: 'tcp',
  doh: 'doh',
  doh3: 'doh',
};

/** Reads all lists. Entries that say nothing are left out; never throws. */
export function readFacts(testKeys: Fields, options: FactsOptions): Facts {
  const rows = (key: string): readonly Fields[] => asRows(getField(testKeys, key));
  const certificates = new Map<string, Uint8Array>();
  return {
    dns: [
      ...addLaterReplies(
        rows('queries').flatMap((row) => readQuery(row)),
        rows('x_dns_duplicate_responses').flatMap((row) => readQuery(row)),
      ),
    ],
    tcp: rows('tcp_connect').flatMap((row) => readConnection(row)),
    tls: rows('tls_handshakes').flatMap((row) => readHandshake(row, certificates, options)),
    // Newest first in every version.
    http: rows('requests')
      .toReversed()
      .flatMap((row) => readRequest(row, options)),
    certificates,
  };
}

/** When, as far as the entry says: `t0` and `t` in seconds, or only `t`, or nothing. */
export function readTimes(row: Fields): Timed {
  const end = asNumber(getField(row, 't'));
  const start = asNumber(getField(row, 't0')) ?? end ?? 0;
  const transactionId = asNumber(getField(row, 'transaction_id'));
  const depth = asList(getField(row, 'tags'))
    .map((tag) => /^depth=(\d{1,2})$/.exec(asText(tag) ?? '')?.[1])
    .find((found) => found !== undefined);
  const startedMs = toMs(start);
  return {
    startedMs,
    elapsedMs: Math.max(0, Math.round((toMs(end ?? start) - startedMs) * 1000) / 1000),
    ...(transactionId !== undefined && transactionId > 0 ? { transactionId } : {}),
    ...(depth === undefined ? {} : { depth: Number(depth) }),
  };
}

function toMs(seconds: number): number {
  return Math.min(MAX_MS, Math.max(0, Math.round(seconds * 1e6) / 1000));
}

/** A failure is `null`, a text, or in old files `false` and an empty text. */
export function readFailureText(value: unknown): string | undefined {
  if (value === true) return 'unknown_failure';
  return typeof value === 'string' && value.trim() !== '' ? value.slice(0, 512) : undefined;
}

/** The addresses among the answers of an entry. */
export function readAddresses(row: Fields): string[] {
  const addresses = asRows(getField(row, 'answers')).flatMap((answer) => {
    const found = asText(getField(answer, 'ipv4')) ?? asText(getField(answer, 'ipv6'));
    return found !== undefined && isIP(found) !== 0 ? [found] : [];
  });
  return [...new Set(addresses)].slice(0, MAX_ADDRESSES);
}

function readQuery(row: Fields): DnsFact[] {
  const host = asHost(getField(row, 'hostname'));
  const type = (asText(getField(row, 'query_type')) ?? 'A').toUpperCase();
  // The system gives both families as `ANY`; other types say nothing of addresses.
  if (host === undefined || !['A', 'AAAA', 'ANY'].includes(type)) return [];
  const addresses = readAddresses(row);
  const engine = asText(getField(row, 'engine')) ?? 'system';
  const said = readFailureText(getField(row, 'failure'));
  const failure = said ?? (addresses.length === 0 ? 'dns_no_answer' : undefined);
  return [
    {
      ...readTimes(row),
      host,
      recordType: type === 'AAAA' ? 'AAAA' : 'A',
      engine: Object.hasOwn(ENGINES, engine) ? (ENGINES[engine] ?? 'network') : 'network',
      addresses,
      laterReplies: [],
      ...(failure === undefined ? {} : { failure }),
    },
  ];
}

/** Puts each later reply to the lookup over UDP that it answers. */
function addLaterReplies(queries: readonly DnsFact[], later: readonly DnsFact[]): DnsFact[] {
  return queries.map((query) => {
    if (query.engine !== 'udp') return query;
    const laterReplies = later
      .filter(({ host, recordType }) => host === query.host && recordType === query.recordType)
      .map(({ startedMs, elapsedMs, addresses }) => ({
        atMs: Math.max(0, startedMs + elapsedMs - query.startedMs),
        rcode: addresses.length > 0 ? 'NOERROR' : 'UNKNOWN',
        addresses,
        bytes: 0,
        isMatching: true,
      }));
    return { ...query, laterReplies };
  });
}

function readConnection(row: Fields): TcpFact[] {
  const address = asHost(getField(row, 'ip'));
  const port = asPort(getField(row, 'port'));
  if (address === undefined || port === undefined) return [];
  const status = asFields(getField(row, 'status'));
  const isOk = getField(status, 'success') === true;
  const failure = isOk
    ? undefined
    : (readFailureText(getField(status, 'failure')) ?? 'unknown_failure');
  return [{ ...readTimes(row), address, port, ...(failure === undefined ? {} : { failure }) }];
}

function readHandshake(
  row: Fields,
  certificates: Map<string, Uint8Array>,
  { scrubber }: FactsOptions,
): TlsFact[] {
  const endpoint = asEndpoint(getField(row, 'address'));
  const serverName = asHost(getField(row, 'server_name'));
  if (serverName === undefined) return [];
  const found = asList(getField(row, 'peer_certificates'))
    .slice(0, MAX_CHAIN)
    .flatMap((one) => readCertificate(asBytes(one) ?? Buffer.alloc(0)) ?? []);
  const chain = found.map(({ raw }) => {
    const sha256 = hash('sha256', raw);
    if (!scrubber.isFoundInBytes(raw)) certificates.set(sha256, new Uint8Array(raw));
    return sha256;
  });
  const [leaf] = found;
  const failure = readFailureText(getField(row, 'failure'));
  return [
    {
      ...readTimes(row),
      address: endpoint?.address ?? '',
      port: endpoint?.port ?? 443,
      serverName,
      isVerifying: getField(row, 'no_tls_verify') !== true,
      protocol: (asText(getField(row, 'tls_version')) ?? '').slice(0, 32),
      cipher: (asText(getField(row, 'cipher_suite')) ?? '').slice(0, 64),
      alpn: (asText(getField(row, 'negotiated_protocol')) ?? '').slice(0, 32),
      chain,
      isSelfSigned: leaf?.checkIssued(leaf) ?? false,
      ...(failure === undefined ? {} : { failure }),
    },
  ];
}

/** The certificate; undefined for bytes that are none, which are not kept. */
function readCertificate(der: Buffer): X509Certificate | undefined {
  if (der.length === 0 || der.length > MAX_CERTIFICATE_BYTES) return undefined;
  try {
    return new X509Certificate(der);
  } catch {
    // Old files are damaged here and there; the handshake is told by its other fields.
    return undefined;
  }
}

function readRequest(row: Fields, options: FactsOptions): HttpFact[] {
  const request = asFields(getField(row, 'request'));
  // What old probes asked through Tor is no view of this network.
  if (getField(asFields(getField(request, 'tor')), 'is_tor') === true) return [];
  const url = asWebAddress(getField(request, 'url'));
  if (url === undefined) return [];
  const value = readResponse(asFields(getField(row, 'response')), options);
  const endpoint = asEndpoint(getField(row, 'address'));
  const said = readFailureText(getField(row, 'failure'));
  const failure = said ?? (value === undefined ? 'unknown_failure' : undefined);
  return [
    {
      ...readTimes(row),
      url,
      ...(endpoint === undefined ? {} : { address: endpoint.address }),
      ...(failure === undefined ? {} : { failure }),
      ...(value === undefined ? {} : { value }),
    },
  ];
}
