/**
 * What the deep pass adds: other views of the name, the same handshake with one thing changed, a timed download.
 * These are controls of our own: they tell a name from an address, and a path from a service. Pure.
 */
import { isBogon } from '../bogon.ts';
import type { HttpValue, Measurement, Observation, Purpose } from '../types.ts';

/** How a variation of the handshake came out, over all its repetitions. */
export type Trials = { readonly passed: number; readonly failed: number };

/** One way of asking for the name. */
export type DnsView = {
  readonly transport: 'udp' | 'tcp' | 'doh';
  /** Empty when the view failed. */
  readonly addresses: readonly string[];
  readonly code?: string;
};

export type DeepFacts = {
  /** The hop that the deep pass looked at; 0 unless a redirect was followed. */
  readonly hop: number;
  /** True when a deep pass looked at this target at all. */
  readonly isPresent: boolean;
  /** Addresses at which a handshake for the target's own name verified, in this measurement. */
  readonly genuine: ReadonlySet<string>;
  /** Ports at which the service proved itself at an address that another view of its name gave. */
  readonly viewPorts: ReadonlySet<number>;
  /** Views other than the network's own resolver. */
  readonly views: readonly DnsView[];
  /** True when somebody else answers in the name of the public resolver over UDP. */
  readonly isUdpHijacked: boolean;
  readonly innocuousName: Trials;
  /** True when somebody proved the innocuous name at this address, which only a relay can. */
  readonly isInnocuousVerified: boolean;
  readonly neutralAddress: Trials;
  readonly smallHello: Trials;
  readonly targetAgain: Trials;
  readonly secondAddress: Trials;
  /** Failure codes of the handshake with the target's own name, over all variations. */
  readonly ownNameCodes: readonly string[];
  /** Timed downloads; failed ones with what came before the end. */
  readonly goodput?: Partial<HttpValue>;
  readonly goodputBaseline?: Partial<HttpValue>;
  /** What QUIC did: absent when it was not tried. */
  readonly quic?: { readonly negotiation: boolean; readonly v1: boolean };
  readonly observationIds: readonly number[];
};

const CERTIFICATE_CODES: readonly string[] = [
  'ssl_invalid_hostname',
  'ssl_unknown_authority',
  'ssl_invalid_certificate',
];

/** How a connection ends when something in the path ends it. */
const BOX_CODES = new Set([
  'connection_reset',
  'eof_error',
  'generic_timeout_error',
  'connection_refused',
  'host_unreachable',
  'network_unreachable',
]);

/** Whether a failure means that the handshake itself went through and only the certificate did not fit. */
export function isCertificateCode(code: string): boolean {
  return CERTIFICATE_CODES.includes(code);
}

/** Gathers everything that the deep pass saw of one target. */
export function gatherDeep(
  own: readonly Observation[],
  goodputBaseline: Partial<HttpValue> | undefined,
): DeepFacts {
  const deep = own.filter((one) => one.purpose !== undefined);
  if (deep.length === 0) return { ...NOTHING_DEEP, genuine: new Set(own.flatMap(listGenuine)) };
  const of = (...purposes: Purpose[]): Observation[] =>
    deep.filter((one) => one.purpose !== undefined && purposes.includes(one.purpose));
  const goodput = findTimed(of('goodput'));
  const quic = gatherQuic(own);
  return {
    hop: Math.max(0, ...deep.map((one) => one.hop ?? 0)),
    isPresent: true,
    genuine: new Set(own.flatMap(listGenuine)),
    viewPorts: new Set(
      of('dns_view').flatMap((one) =>
        one.operation === 'tls' && one.outcome.kind === 'ok' ? [one.input.port] : [],
      ),
    ),
    views: of('dns_view').flatMap(toView),
    isUdpHijacked: isHijacked(of('whoami')),
    innocuousName: countTrials(of('innocuous_name'), true),
    isInnocuousVerified: of('innocuous_name').some(
      (one) => one.operation === 'tls' && one.outcome.kind === 'ok',
    ),
    neutralAddress: countTrials(of('neutral_address'), true),
    smallHello: countTrials(of('small_hello'), false),
    targetAgain: countTrials(of('target_again'), false),
    secondAddress: countTrials(of('second_address'), false),
    ownNameCodes: of('target_again', 'small_hello', 'second_address', 'parallel').flatMap((one) =>
      one.outcome.kind === 'failed' ? [one.outcome.failure.code] : [],
    ),
    ...(goodput ? { goodput } : {}),
    ...(goodputBaseline ? { goodputBaseline } : {}),
    ...(quic ? { quic } : {}),
    observationIds: deep.map((one) => one.id),
  };
}

/** The timed download among observations, or what came of it before it failed. */
function findTimed(observations: readonly Observation[]): Partial<HttpValue> | undefined {
  const http = observations.findLast((one) => one.operation === 'http');
  if (http?.operation !== 'http') return undefined;
  return http.outcome.kind === 'ok' ? http.outcome.value : http.outcome.seen;
}

/** The timed download of a neutral host in the same run. */
export function findGoodputBaseline(measurement: Measurement): Partial<HttpValue> | undefined {
  return findTimed(measurement.observations.filter((one) => one.purpose === 'goodput_baseline'));
}

const NO_TRIALS: Trials = { passed: 0, failed: 0 };

/** A target at which no deep pass has looked. */
const NOTHING_DEEP: DeepFacts = {
  hop: 0,
  isPresent: false,
  genuine: new Set(),
  viewPorts: new Set(),
  views: [],
  isUdpHijacked: false,
  innocuousName: NO_TRIALS,
  isInnocuousVerified: false,
  neutralAddress: NO_TRIALS,
  smallHello: NO_TRIALS,
  targetAgain: NO_TRIALS,
  secondAddress: NO_TRIALS,
  ownNameCodes: [],
  observationIds: [],
};

/** The name of a target at an address, verified: wherever that lies, it is the service. */
function listGenuine(one: Observation): string[] {
  if (one.operation !== 'tls' || one.outcome.kind !== 'ok') return [];
  if (one.purpose === 'innocuous_name' || one.purpose === 'neutral_address') return [];
  return [one.input.address];
}

function toView(one: Observation): DnsView[] {
  if (one.operation !== 'dns') return [];
  const { transport } = one.input;
  if (one.outcome.kind === 'failed')
    return [{ transport, addresses: [], code: one.outcome.failure.code }];
  return [{ transport, addresses: one.outcome.value.addresses.filter((a) => !isBogon(a)) }];
}

/** The same question to the same resolver has one answerer, unless somebody stands in for it on UDP. */
function isHijacked(whoami: readonly Observation[]): boolean {
  const answers = (transport: string): string[] =>
    whoami.flatMap((one) =>
      one.operation === 'dns' && one.input.transport === transport && one.outcome.kind === 'ok'
        ? one.outcome.value.addresses.map(toNetwork)
        : [],
    );
  const [udp, tcp] = [answers('udp'), answers('tcp')];
  return udp.length > 0 && tcp.length > 0 && !udp.some((address) => tcp.includes(address));
}

/** The /16 of an IPv4 address: farms of one resolver lie closer together than resolvers of two operators. */
function toNetwork(address: string): string {
  return address.split('.').slice(0, 2).join('.');
}

/**
 * Counts one trial per handshake (or per request in cleartext, or per connection that got no further).
 * With a foreign name a certificate that does not fit is the expected end and counts as passed.
 */
function countTrials(observations: readonly Observation[], isForeignName: boolean): Trials {
  const trials = groupTrials(observations).map((trial) => {
    const tls = trial.find((one) => one.operation === 'tls');
    const failed = trial.find((one) => one.outcome.kind === 'failed');
    if (failed?.outcome.kind !== 'failed') return 'passed';
    if (failed.outcome.failure.attribution === 'vantage') return 'void';
    if (!isForeignName) return 'failed';
    const { code } = failed.outcome.failure;
    if (failed === tls && isCertificateCode(code)) return 'passed';
    // Servers may refuse a foreign name in words of their own; only what boxes do counts against them.
    return BOX_CODES.has(code) ? 'failed' : 'void';
  });
  return {
    passed: trials.filter((one) => one === 'passed').length,
    failed: trials.filter((one) => one === 'failed').length,
  };
}

/** Splits a run of tcp, tls and http observations at every tcp. */
function groupTrials(observations: readonly Observation[]): Observation[][] {
  const trials: Observation[][] = [];
  for (const one of observations) {
    if (one.operation === 'dns') continue;
    const current = trials.at(-1);
    if (one.operation === 'tcp' || current === undefined) trials.push([one]);
    else current.push(one);
  }
  return trials;
}

function gatherQuic(own: readonly Observation[]): DeepFacts['quic'] {
  const hellos = own.filter((one) => one.operation === 'quic');
  if (hellos.length === 0) return undefined;
  const answered = (hello: string): boolean =>
    hellos.some(
      (one) => one.operation === 'quic' && one.input.hello === hello && one.outcome.kind === 'ok',
    );
  return { negotiation: answered('negotiation'), v1: answered('v1') };
}
