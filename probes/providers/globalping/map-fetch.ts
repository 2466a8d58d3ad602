/** Turns the tests of a probe into observations: what the platform tells, in our words, and nothing that it does not. */
import { hash } from 'node:crypto';
import { isIP } from 'node:net';
import tls from 'node:tls';
import { isBogon } from '../../bogon.ts';
import { createFailure, toFailure, toRcodeFailure } from '../../failure.ts';
import { describePage, pickHeaders } from '../../operations/page.ts';
import type { Timed } from '../../recorder.ts';
import type { DnsValue, Failure, HttpValue, Observation, Outcome, TlsValue } from '../../types.ts';
import { readFailure } from './failure-words.ts';
import type { Fetched, FetchTest, NameTest } from './round.ts';
import type { DnsResult, HttpResult, Tls } from './schema.ts';
import { createReaderScrubber, trimLocation } from './scrub-reader.ts';

const SHA256_HEX = /^[0-9a-f]{64}$/;
/** Verification codes of the runtime that mean the certificate signed itself. */
const SELF_SIGNED = new Set(['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN']);

export type MapOptions = {
  /** Addresses that may stay in texts: those in the fingerprints of block pages. */
  readonly knownAddresses: ReadonlySet<string>;
  /** Characters kept from the start of a page that is not proven to be the service's own. */
  readonly bodyHeadBytes: number;
};

type Subject = Pick<Observation, 'targetId' | 'role' | 'attempt'>;

/** The observations of one fetch, in the order of its stages. */
export function observeFetch(
  target: Fetched,
  role: 'target' | 'baseline',
  test: FetchTest,
  options: MapOptions,
): Timed[] {
  const subject = { targetId: target.id, role, attempt: 1 } as const;
  const observed =
    test.result.status === 'finished'
      ? observeFinished(target, subject, test, options)
      : observeFailed(target, subject, test);
  return [...observed, ...observeViews(target, subject, test)];
}

/** A fetch that came to an answer, over a connection that may have been verified or not. */
function observeFinished(
  target: Fetched,
  subject: Subject,
  { startedMs, result }: FetchTest,
  options: MapOptions,
): Timed[] {
  const address = result.resolvedAddress ?? '';
  const { statusCode, timings } = result;
  if (isIP(address) === 0 || statusCode == null || !result.tls)
    return [observeOdd(target, subject, startedMs)];
  let atMs = startedMs;
  const next = (elapsedMs: number | null | undefined) => {
    const times = { startedMs: atMs, elapsedMs: elapsedMs ?? 0 };
    atMs += elapsedMs ?? 0;
    return times;
  };
  const tlsOutcome = describeTls(result.tls, target.host);
  const isProven = tlsOutcome.kind === 'ok';
  const url = new URL(target.path, `https://${target.host}:${target.port}`).href;
  const httpValue = describeHttp({ ...result, statusCode }, address, isProven, options);
  return [
    {
      ...subject,
      operation: 'dns',
      ...next(timings?.dns),
      input: { host: target.host, recordType: 'A', transport: 'udp', resolver: 'network' },
      outcome: { kind: 'ok', value: { addresses: [address], rcode: 'NOERROR', replies: [] } },
    },
    {
      ...subject,
      operation: 'tcp',
      ...next(timings?.tcp),
      input: { address, port: target.port },
      outcome: { kind: 'ok', value: {} },
    },
    {
      ...subject,
      operation: 'tls',
      ...next(timings?.tls),
      input: { address, port: target.port, serverName: target.host, clientHello: 'default' },
      outcome: tlsOutcome,
    },
    {
      ...subject,
      operation: 'http',
      ...next((timings?.firstByte ?? 0) + (timings?.download ?? 0)),
      input: { method: 'GET', url, address },
      outcome: { kind: 'ok', value: httpValue },
    },
  ];
}

/** An answer without what the public description promises says nothing of the network. */
function observeOdd(target: Fetched, subject: Subject, startedMs: number): Timed {
  const failure = createFailure('http', 'unknown_failure', {
    attribution: 'vantage',
    raw: 'incomplete_result',
  });
  return observeFailure(target, subject, failure, target.host, { startedMs, elapsedMs: 0 });
}

/** A fetch that failed: its name as the resolver of the probe gave it, and where it ended as far as that is known. */
function observeFailed(target: Fetched, subject: Subject, test: FetchTest): Timed[] {
  const { result, startedMs, elapsedMs } = test;
  const failure = readFailure(result);
  const name = findOwnName(target, subject, test);
  const addresses =
    name?.operation === 'dns' && name.outcome.kind === 'ok' ? name.outcome.value.addresses : [];
  // Probes dial no private address: when the resolver gives nothing else, this is where it ended.
  if (name && addresses.every(isBogon)) return [name];
  // Which of several addresses was dialled is not told; then the name stands for it.
  const told = result.resolvedAddress ?? (addresses.length === 1 ? addresses[0] : undefined);
  const address = told !== undefined && isIP(told) !== 0 ? told : target.host;
  const failed = observeFailure(target, subject, failure, address, { startedMs, elapsedMs });
  return failure.operation === 'dns' ? [failed] : [...(name ? [name] : []), failed];
}

/** The answer of the probe's own resolver as a stage of the fetch, where the fetch itself does not tell one. */
function findOwnName(target: Fetched, subject: Subject, test: FetchTest): Timed | undefined {
  const { result, names } = test;
  if (result.status === 'finished') return undefined;
  const { operation, code } = readFailure(result);
  const own = names.find(({ resolver }) => resolver === 'network');
  if (!own || (operation === 'dns' && code !== 'unknown_failure')) return undefined;
  const observed = observeName(target, subject, own);
  const outcome = observed?.operation === 'dns' ? observed.outcome : undefined;
  const isUsable = outcome?.kind === 'ok' && !outcome.value.addresses.every(isBogon);
  // The fetch says that the resolver failed, and yet it answers now: the answer stands beside it.
  return operation === 'dns' && isUsable ? undefined : observed;
}

function observeFailure(
  { host, port, path }: Fetched,
  subject: Subject,
  failure: Failure,
  address: string,
  times: Pick<Observation, 'startedMs' | 'elapsedMs'>,
): Timed {
  const outcome = { kind: 'failed', failure } as const;
  const base = { ...subject, ...times, outcome };
  if (failure.operation === 'dns')
    return { ...base, operation: 'dns', input: toQuestion(host, 'network') };
  if (failure.operation === 'tcp') return { ...base, operation: 'tcp', input: { address, port } };
  if (failure.operation === 'tls') {
    const input = { address, port, serverName: host, clientHello: 'default' } as const;
    return { ...base, operation: 'tls', input };
  }
  const url = new URL(path, `https://${host}:${port}`).href;
  return { ...base, operation: 'http', input: { method: 'GET', url, address } };
}

/** Answers to further questions for the name: views, which stand beside the visit and are no part of it. */
function observeViews(target: Fetched, subject: Subject, test: FetchTest): Timed[] {
  const isStage = findOwnName(target, subject, test) !== undefined;
  return test.names.flatMap((one) => {
    if (one.resolver === 'network' && isStage) return [];
    const observed = observeName(target, subject, one);
    return observed ? [{ ...observed, purpose: 'dns_view' as const }] : [];
  });
}

function toQuestion(host: string, resolver: NameTest['resolver']) {
  const transport = resolver === 'public' ? 'tcp' : 'udp';
  return { host, recordType: 'A', transport, resolver } as const;
}

/** A question for a name with its answer; undefined when the platform does not say what came of it. */
function observeName(target: Fetched, subject: Subject, test: NameTest): Timed | undefined {
  const outcome = describeName(test.result);
  if (!outcome) return undefined;
  const elapsedMs = test.result.timings?.total ?? test.elapsedMs;
  const input = toQuestion(target.host, test.resolver);
  return { ...subject, operation: 'dns', startedMs: test.startedMs, elapsedMs, input, outcome };
}

function describeName({
  status,
  statusCodeName,
  answers,
}: DnsResult): Outcome<DnsValue> | undefined {
  if (status !== 'finished' || statusCodeName == null) return undefined;
  const addresses = answers.flatMap(({ type, value }) =>
    type === 'A' && isIP(value) === 4 ? [value] : [],
  );
  if (statusCodeName === 'NOERROR' && addresses.length > 0)
    return { kind: 'ok', value: { addresses, rcode: statusCodeName, replies: [] } };
  return { kind: 'failed', failure: toRcodeFailure(statusCodeName) };
}

/** Verified only when the platform says so and the names in the certificate say so too. */
function describeTls(seen: Tls, host: string): Outcome<TlsValue> {
  const fingerprint = (seen.fingerprint256 ?? '').replaceAll(':', '').toLowerCase();
  const value: TlsValue = {
    isVerified: seen.authorized,
    protocol: seen.protocol ?? '',
    cipher: seen.cipherName ?? '',
    alpn: '',
    chain: SHA256_HEX.test(fingerprint) ? [fingerprint] : [],
    isSelfSigned: SELF_SIGNED.has(seen.error ?? ''),
    wireBytesIn: 0,
    wireBytesOut: 0,
  };
  const failure = findCertificateFault(seen, host);
  if (!failure) return { kind: 'ok', value };
  return { kind: 'failed', failure, seen: { ...value, isVerified: false } };
}

function findCertificateFault(
  { authorized, error, subject }: Tls,
  host: string,
): Failure | undefined {
  if (!authorized) return toFailure({ code: error ?? 'unknown' }, 'tls');
  const names = { subject: { CN: subject?.CN ?? '' }, subjectaltname: subject?.alt ?? '' };
  // Only names are compared; the runtime asks for a whole certificate.
  try {
    const fault = tls.checkServerIdentity(host, names as unknown as tls.PeerCertificate);
    return fault && toFailure(fault, 'tls');
  } catch {
    // Names that cannot be read name nobody; the runtime throws for some of them.
    return toFailure({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'tls');
  }
}

function describeHttp(
  result: HttpResult & { readonly statusCode: number },
  address: string,
  isProven: boolean,
  { knownAddresses, bodyHeadBytes }: MapOptions,
): HttpValue {
  const scrubber = createReaderScrubber(new Set([...knownAddresses, address]));
  // The platform unpacked the body already.
  const { 'content-encoding': _encoding, location, ...headers } = result.headers;
  const where = location === undefined ? {} : { location: trimLocation(String(location)) };
  const text = result.rawBody ?? '';
  const body = Buffer.from(text);
  const page = describePage(body, headers, isProven ? 0 : bodyHeadBytes, scrubber);
  return {
    statusCode: result.statusCode,
    headers: pickHeaders({ ...headers, ...where }, scrubber),
    bodyBytes: body.length,
    isBodyTruncated: result.truncated,
    // Without addresses, or whoever knows the page could try which one fits.
    bodySha256: hash('sha256', scrubber.text(text), 'hex'),
    ...page,
    wireBytesIn: 0,
  };
}
