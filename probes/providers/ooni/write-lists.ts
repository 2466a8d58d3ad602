/** Observations as the lists of OONI's data formats (df-001, df-002, df-005, df-006), each entry with our part beside. */
import type { Measurement, Observation } from '../../types.ts';

/** One JSON object. */
export type Row = Readonly<Record<string, unknown>>;
/** The lists by their names in `test_keys`. */
export type Lists = Readonly<
  Record<
    'queries' | 'tcp_connect' | 'tls_handshakes' | 'requests' | 'x_stun' | 'x_quic',
    readonly Row[]
  >
>;
type Of<O extends Observation['operation']> = Extract<Observation, { operation: O }>;
type Certificates = Measurement['certificates'];

/** Makes the lists; certificates are written with the handshakes that name them. */
export function toLists(observations: readonly Observation[], certificates: Certificates): Lists {
  const ids = listTransactions(observations);
  const common = (one: Observation): Row => describeCommon(one, ids.get(one) ?? 0);
  const rows = <O extends Observation['operation']>(
    operation: O,
    describe: (one: Of<O>) => Row,
  ): Row[] =>
    observations
      .filter((one): one is Of<O> => one.operation === operation)
      .map((one) => ({ ...common(one), ...describe(one) }));
  return {
    queries: rows('dns', describeQuery),
    tcp_connect: rows('tcp', describeConnection),
    tls_handshakes: rows('tls', (one) => describeHandshake(one, certificates)),
    requests: rows('http', describeRequest).toReversed(),
    x_stun: rows('stun', ({ input, outcome }) => ({ ...input, failure: toFailureText(outcome) })),
    x_quic: rows('quic', ({ input, outcome }) => ({
      ...input,
      failure: toFailureText(outcome),
      ...(outcome.kind === 'ok' ? { answer: outcome.value.answer } : {}),
    })),
  };
}

/** Numbers what happened on one connection alike: a connection and all of its target that follows it. */
function listTransactions(observations: readonly Observation[]): Map<Observation, number> {
  const ids = new Map<Observation, number>();
  const open = new Map<string, number>();
  let last = 0;
  for (const one of observations) {
    const key = [one.role, one.targetId, one.attempt, one.hop, one.purpose].join(' ');
    const follows = one.operation === 'tls' || one.operation === 'http';
    const id = follows ? open.get(key) : undefined;
    if (id === undefined) last += 1;
    ids.set(one, id ?? last);
    if (one.operation !== 'dns') open.set(key, id ?? last);
  }
  return ids;
}

function describeCommon(one: Observation, transactionId: number): Row {
  const { id, targetId, role, attempt, hop, purpose, startedMs, elapsedMs, outcome } = one;
  const failure = outcome.kind === 'failed' ? outcome.failure : undefined;
  return {
    t0: toSeconds(startedMs),
    t: toSeconds(startedMs + elapsedMs),
    tags: [],
    transaction_id: transactionId,
    x_observation: {
      id,
      target: targetId,
      role,
      attempt,
      ...(hop === undefined ? {} : { hop }),
      ...(purpose === undefined ? {} : { purpose }),
      ...(failure ? { attribution: failure.attribution } : {}),
      ...(failure?.raw === undefined ? {} : { raw: failure.raw }),
    },
  };
}

/** Seconds to the microsecond. */
function toSeconds(ms: number): number {
  return Math.round(ms * 1000) / 1e6;
}

function toFailureText(outcome: Observation['outcome']): string | null {
  if (outcome.kind === 'ok') return null;
  const { code, raw } = outcome.failure;
  return code === 'unknown_failure' ? `unknown_failure: ${raw ?? ''}` : code;
}

function seenOf<T>(
  outcome: { kind: 'ok'; value: T } | { kind: 'failed'; seen?: Partial<T> },
): Partial<T> {
  return outcome.kind === 'ok' ? outcome.value : (outcome.seen ?? {});
}

function describeQuery({ input, outcome }: Of<'dns'>): Row {
  const { addresses = [], rcode, replies } = seenOf(outcome);
  return {
    hostname: input.host,
    query_type: input.recordType,
    engine: input.transport,
    failure: toFailureText(outcome),
    answers: addresses.map((address) =>
      address.includes(':')
        ? { answer_type: 'AAAA', ipv6: address, ttl: null }
        : { answer_type: 'A', ipv4: address, ttl: null },
    ),
    // Resolvers of the network are never kept; they would tell where the vantage is.
    resolver_address: '',
    resolver_hostname: null,
    resolver_port: null,
    ...(rcode === undefined ? {} : { rcode }),
    x_dns: { resolver: input.resolver, ...(replies === undefined ? {} : { replies }) },
  };
}

function describeConnection({ input, outcome }: Of<'tcp'>): Row {
  const failure = toFailureText(outcome);
  return { ip: input.address, port: input.port, status: { success: failure === null, failure } };
}

function toEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function describeHandshake({ input, outcome }: Of<'tls'>, certificates: Certificates): Row {
  const { protocol, cipher, alpn, chain, isVerified, isSelfSigned, wireBytesIn, wireBytesOut } =
    seenOf(outcome);
  const ders = (chain ?? []).flatMap((sha256) => certificates.get(sha256) ?? []);
  return {
    network: 'tcp',
    address: toEndpoint(input.address, input.port),
    server_name: input.serverName,
    outer_server_name: '',
    echconfig: '',
    failure: toFailureText(outcome),
    so_error: null,
    tls_version: protocol ?? '',
    cipher_suite: cipher ?? '',
    negotiated_protocol: alpn ?? '',
    no_tls_verify: false,
    peer_certificates: ders.map((der) => ({
      format: 'base64',
      data: Buffer.from(der).toString('base64'),
    })),
    x_tls: {
      hello: input.clientHello,
      ...(isVerified === undefined ? {} : { isVerified }),
      ...(isSelfSigned === undefined ? {} : { isSelfSigned }),
      ...(chain === undefined ? {} : { chain }),
      ...(wireBytesIn === undefined ? {} : { wireBytesIn }),
      ...(wireBytesOut === undefined ? {} : { wireBytesOut }),
    },
  };
}

function describeRequest({ input, outcome }: Of<'http'>): Row {
  const { statusCode, headers, bodyHead, title, ...rest } = seenOf(outcome);
  const isTls = input.url.startsWith('https:');
  const port = Number(URL.parse(input.url)?.port ?? '') || (isTls ? 443 : 80);
  const body = bodyHead ?? '';
  const pairs = Object.entries(headers ?? {});
  const { bodyBytes } = rest;
  return {
    network: 'tcp',
    address: input.address === '' ? '' : toEndpoint(input.address, port),
    alpn: '',
    failure: toFailureText(outcome),
    request: {
      method: input.method,
      url: input.url,
      headers: {},
      headers_list: [],
      body: '',
      body_is_truncated: false,
      x_transport: 'tcp',
      tor: { is_tor: false, exit_ip: null, exit_name: null },
    },
    response:
      statusCode === undefined
        ? null
        : {
            code: statusCode,
            headers: Object.fromEntries(pairs),
            headers_list: pairs,
            body,
            body_is_truncated:
              rest.isBodyTruncated === true || (bodyBytes ?? 0) > Buffer.byteLength(body),
          },
    x_http: { ...rest, ...(title === undefined ? {} : { title }) },
  };
}
