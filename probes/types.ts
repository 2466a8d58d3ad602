/**
 * The words of the domain as types: what is measured, what was seen, and what was concluded.
 * Observations are facts and never name blocking; judgements are made of them and can be made again.
 * Terms follow OONI's data formats (https://github.com/ooni/spec/tree/master/data-formats).
 */

/** A part of a service that people use separately. */
export const FUNCTIONS = [
  'web',
  'app',
  'media',
  'messages',
  'registration',
  'calls',
  'links',
] as const;
export type FunctionId = (typeof FUNCTIONS)[number];

/** What is concluded of a target, a function or a service. A missing run is `no_data`, which is no verdict. */
export const VERDICTS = [
  'ok',
  'likely_blocked',
  'blocked',
  'impaired',
  'down',
  'insufficient',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The state of a lane at an instant. */
export type LaneState = Verdict | 'no_data';

/** How a target was stopped: a dotted path, always the deepest node that the evidence supports. */
export const MECHANISMS = [
  'dns.injection',
  'dns.injection.blockpage',
  'dns.injection.bogon',
  'dns.injection.other',
  'dns.nxdomain',
  'dns.refused',
  'dns.servfail',
  'dns.timeout',
  'dns.no_answer',
  'ip.drop',
  'ip.unreachable',
  'ip.refused',
  'ip.reset',
  'tls.reset',
  'tls.reset.sni',
  'tls.reset.any',
  'tls.timeout',
  'tls.timeout.sni',
  'tls.timeout.any',
  'tls.eof',
  'tls.eof.sni',
  'tls.eof.any',
  'tls.alert',
  'tls.alert.sni',
  'tls.alert.any',
  'tls.certificate',
  'tls.mitm.self_signed',
  'tls.mitm.ca_signed',
  'tls.throttle.sni',
  'http.blockpage',
  'http.redirect',
  'http.reset',
  'http.reset.host',
  'http.timeout',
  'http.timeout.host',
  'http.eof',
  'http.eof.host',
  'http.throttle.host',
  'transport.freeze',
  'udp.drop',
  'quic.drop',
  'quic.version',
  'quic.sni',
  'server_side',
  'network.outage',
  'network.whitelist',
  'network.captive_portal',
  // A layer alone: stopped there, and the medium of the vantage cannot show how.
  'dns',
  'ip',
  'tls',
  'http',
] as const;
export type Mechanism = (typeof MECHANISMS)[number];

export type Confidence = 'high' | 'medium' | 'low';

/** One endpoint of a service, or one neutral host. A row of services.yaml. */
export type Target = {
  /** Unique over the configuration, e.g. `facebook.web.www`. */
  readonly id: string;
  /** `https`: dns, tcp, tls, http. `http`: dns, tcp, http in cleartext. `tcp`: dns, tcp. `stun`: dns, stun. */
  readonly kind: 'https' | 'http' | 'tcp' | 'stun';
  readonly host: string;
  readonly port: number;
  /** Path and query of the GET; `/` unless told. Only for `https` and `http`. */
  readonly path: string;
  /** A larger object of the same host for a timed download; `path` unless told. Only for `https` and `http`. */
  readonly largePath?: string;
  /** Whether a redirect is followed to its end, each hop observed like the first. No unless told. */
  readonly isFollowingRedirects?: boolean;
};

/** A target with its place in a service. */
export type ServiceTarget = Target & { readonly function: FunctionId };

/** A neutral host that tells the vantage's own trouble from interference. */
export type BaselineTarget = Target & { readonly scope: 'domestic' | 'foreign' };

export type Service = {
  /** e.g. `facebook`. */
  readonly id: string;
  readonly name: string;
  /** Functions without which the service as a whole counts as stopped. */
  readonly requiredFunctions: readonly FunctionId[];
  readonly targets: readonly ServiceTarget[];
};

/**
 * How a vantage is reached. `local`: this machine. `socks5`, `http-proxy`: this machine through a proxy. `agent`: a
 * process on another machine that sends what it measured. `globalping`: probes of that platform. `import`: made from
 * files of others. `lab`: the simulated region.
 */
const VANTAGE_KINDS = [
  'local',
  'lab',
  'socks5',
  'http-proxy',
  'agent',
  'globalping',
  'import',
] as const;
export type VantageKind = (typeof VANTAGE_KINDS)[number];

/** A place and network we measure from. */
export type Vantage = {
  readonly id: string;
  readonly kind: VantageKind;
  /** ISO 3166-1 alpha-2; `ZZ` when unknown. */
  readonly countryCode: string;
  /** Autonomous system number; 0 when unknown. */
  readonly asn: number;
  readonly networkName: string;
  readonly access: 'fixed' | 'mobile' | 'datacentre' | 'unknown';
  /** A `control` measures the same targets from outside the region of interest. */
  readonly role: 'vantage' | 'control';
  readonly note: string;
  /** What is measured here is shown to nobody for so long, for the sake of whoever runs it; at once unless given. */
  readonly publishDelayMinutes?: number;
};

export const OPERATIONS = ['dns', 'tcp', 'tls', 'http', 'stun', 'quic'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Where a failure comes from. `remote` is target *or path*: one measurement cannot tell them apart. */
export type Attribution = 'remote' | 'resolver' | 'vantage';

/** Why an operation did not succeed. */
export type Failure = {
  readonly operation: Operation;
  /** One of the codes of failure.ts, e.g. `connection_reset`. */
  readonly code: string;
  readonly attribution: Attribution;
  /** The runtime's own code, scrubbed of addresses, e.g. `ECONNRESET`. */
  readonly raw?: string;
};

/**
 * What an operation returns; operations never reject.
 * `seen` is what was learnt before the failure: bytes that came, a certificate that did not verify.
 */
export type Outcome<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly seen?: Partial<T> };

export type ResolverTransport = 'udp' | 'tcp' | 'doh';

export type DnsInput = {
  readonly host: string;
  readonly recordType: 'A' | 'AAAA';
  readonly transport: ResolverTransport;
  /** Who was asked, without its address: `network` is the vantage's own resolver. */
  readonly resolver: 'network' | 'public';
};

/** One reply to a query, kept even when it came late or did not match. */
export type DnsReply = {
  /** Milliseconds after the query was sent. */
  readonly atMs: number;
  /** e.g. `NOERROR`, `NXDOMAIN`. */
  readonly rcode: string;
  readonly addresses: readonly string[];
  readonly bytes: number;
  /** False when id or question differ from what was asked: recorded, never used. */
  readonly isMatching: boolean;
};

export type DnsValue = {
  /** Addresses of the first matching reply, in its order. */
  readonly addresses: readonly string[];
  readonly rcode: string;
  /** In order of arrival. */
  readonly replies: readonly DnsReply[];
};

export type TcpInput = { readonly address: string; readonly port: number };
export type TcpValue = Readonly<Record<string, never>>;

export type TlsInput = {
  readonly address: string;
  readonly port: number;
  readonly serverName: string;
  /** `default` is the runtime's (about 1,600 bytes, post-quantum share), `small` fits one segment. */
  readonly clientHello: 'default' | 'small';
};

export type TlsValue = {
  /** True when the chain leads to a trusted root and names `serverName`. */
  readonly isVerified: boolean;
  readonly protocol: string;
  readonly cipher: string;
  /** Negotiated ALPN protocol; empty when none. */
  readonly alpn: string;
  /** SHA-256 of each certificate in DER, leaf first, hex. */
  readonly chain: readonly string[];
  readonly isSelfSigned: boolean;
  /** Bytes on the wire below TLS during this operation. */
  readonly wireBytesIn: number;
  readonly wireBytesOut: number;
};

export type HttpInput = { readonly method: 'GET'; readonly url: string; readonly address: string };

export type HttpValue = {
  readonly statusCode: number;
  /** A short list of headers, lower-case names; never cookies. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of body read, at most the cap. */
  readonly bodyBytes: number;
  readonly isBodyTruncated: boolean;
  /** SHA-256 of the body that was read, hex. */
  readonly bodySha256: string;
  /** Text of the title element, at most 200 characters; empty when none. */
  readonly title: string;
  /** First part of the body as text, for fingerprints and for readers. */
  readonly bodyHead: string;
  readonly wireBytesIn: number;
  /** Bytes on the wire per second between the first and the last one; only of a timed download that tells a rate. */
  readonly goodputBytesPerSecond?: number;
  /** Longest silence on the wire while the answer came, up to the end; only of a timed download. */
  readonly longestSilenceMs?: number;
};

export type StunInput = { readonly address: string; readonly port: number };
export type StunValue = Readonly<Record<string, never>>;

export type QuicInput = {
  readonly address: string;
  readonly port: number;
  /** `negotiation` offers a version nobody speaks, `v1` sends an Initial of RFC 9000 for `serverName`. */
  readonly hello: 'negotiation' | 'v1';
  readonly serverName: string;
};
export type QuicValue = { readonly answer: 'negotiation' | 'v1' };

/**
 * What question of the deep pass an operation answers; a plain visit has no purpose.
 * `dns_view`: another resolver or transport, and the addresses it gave, verified. `whoami`: who answers in the
 * name of a resolver. `second_address`, `innocuous_name` (same address, neutral name), `neutral_address` (the
 * target's name at a neutral host), `small_hello`, `target_again`: the handshake with one thing changed.
 * `goodput`, `goodput_baseline`: a timed download. `parallel`: several connections at once. `quic`: the same
 * endpoint over UDP.
 */
export const PURPOSES = [
  'dns_view',
  'whoami',
  'second_address',
  'innocuous_name',
  'neutral_address',
  'small_hello',
  'target_again',
  'goodput',
  'goodput_baseline',
  'parallel',
  'quic',
] as const;
export type Purpose = (typeof PURPOSES)[number];

type ObservationOf<O extends Operation, I, V> = {
  /** Index in its measurement, from 0. */
  readonly id: number;
  readonly targetId: string;
  readonly operation: O;
  /**
   * `target` observations tell of the service, `baseline` ones of the vantage, `control` ones of the same target as seen
   * from outside: those come only with measurements of others, which bring their own control.
   */
  readonly role: 'target' | 'baseline' | 'control';
  /** 1 for the regular pass, 2 for the confirming retry. */
  readonly attempt: number;
  /** How many redirects were followed before; absent for the first request. */
  readonly hop?: number;
  /** Absent for a plain visit. */
  readonly purpose?: Purpose;
  /** Milliseconds after the measurement started, monotonic. */
  readonly startedMs: number;
  readonly elapsedMs: number;
  readonly input: I;
  readonly outcome: Outcome<V>;
};

/** Result of one operation: a fact, without any opinion. */
export type Observation =
  | ObservationOf<'dns', DnsInput, DnsValue>
  | ObservationOf<'tcp', TcpInput, TcpValue>
  | ObservationOf<'tls', TlsInput, TlsValue>
  | ObservationOf<'http', HttpInput, HttpValue>
  | ObservationOf<'stun', StunInput, StunValue>
  | ObservationOf<'quic', QuicInput, QuicValue>;

/** Circumstances at the vantage that forbid a conclusion or weaken it. Order is storage order: append only. */
export const MARKS = [
  'local_stall',
  'clock_step',
  'sleep',
  'interrupted',
  'simulated',
  'network_changed',
  'clock_skewed',
] as const;
export type Mark = (typeof MARKS)[number];

/**
 * What the medium of a measurement cannot show; a judgement must not rest on it. `udp`: no datagrams. `late_replies`: no
 * second answer to a query. `close`: a reset looks like an orderly end. `connect`: why a connection failed is only known
 * as a proxy tells it. `names`: somebody else resolved the name. `addresses`: only one address, chosen elsewhere.
 * `chain`: no certificate chain. `body`: only the beginning of a page. `baselines`: no neutral host in the same run.
 * `repeat`: no second try after a pause. `deep`: no deep pass. Order is storage order: append only.
 */
export const BLIND_SPOTS = [
  'udp',
  'late_replies',
  'close',
  'connect',
  'names',
  'addresses',
  'chain',
  'body',
  'baselines',
  'repeat',
  'deep',
] as const;
export type BlindSpot = (typeof BLIND_SPOTS)[number];

/** Where a measurement that others made comes from; stored with its evidence. */
export type Origin = {
  readonly provider: 'globalping' | 'ooni';
  /** SPDX identifier, or a name where there is none, e.g. `CC-BY-NC-SA-4.0`. */
  readonly licence: string;
  /** Name of the measurement there; the same one is never stored twice. */
  readonly reference: string;
  /** Where anybody can see it; absent when there is no such page. */
  readonly url?: string;
  /** What the provider itself concluded, in its own words, e.g. `{ blocking: 'dns', accessible: false }`. */
  readonly original?: Readonly<Record<string, string | number | boolean | null>>;
};

/** By what a measurement was made; stored with every row. */
export type Provenance = {
  readonly softwareVersion: string;
  readonly probeVersion: string;
  readonly schemaVersion: number;
  /** SHA-256 of the configuration in force, hex. */
  readonly configHash: string;
};

/** All observations of one service from one vantage in one run. */
export type Measurement = {
  readonly service: string;
  readonly vantageId: string;
  /** Start of the slot: `floor(epoch ms / interval) * interval`. */
  readonly slotMs: number;
  /** 0 for the scheduled run; more for further runs in the same slot. */
  readonly seq: number;
  /** Length of the slot: the next run is due at `slotMs + intervalMs`. */
  readonly intervalMs: number;
  readonly startedAtMs: number;
  readonly elapsedMs: number;
  /** Largest event-loop delay seen during the run. */
  readonly loopDelayMs: number;
  readonly marks: readonly Mark[];
  readonly observations: readonly Observation[];
  /** DER of every certificate named in a chain, by SHA-256 hex; without those that name an own address. */
  readonly certificates: ReadonlyMap<string, Uint8Array>;
  /** What the medium could not show; absent when it shows everything. */
  readonly blindSpots?: readonly BlindSpot[];
  /** Absent for what our own probes measured. */
  readonly origin?: Origin;
  readonly provenance: Provenance;
};

/** Why a judgement is what it is. */
export type Reason = {
  /** Stable id, e.g. `control_succeeded`. */
  readonly code: string;
  /** One plain sentence in English. */
  readonly text: string;
};

/** A verdict with everything it rests on. */
export type Judgement = {
  readonly verdict: Verdict;
  readonly mechanism?: Mechanism;
  readonly confidence: Confidence;
  readonly reasons: readonly Reason[];
  /** The rule that decided, e.g. `tls.reset.control`. */
  readonly ruleId: string;
  /** Observations of the measurement that it rests on. */
  readonly observationIds: readonly number[];
  /** Signs of interference that did not stop the target, e.g. a lying resolver whose answer still worked. */
  readonly tampering: readonly Mechanism[];
};

/** All verdicts of one measurement under one ruleset. */
export type MeasurementJudgement = {
  readonly rulesetVersion: string;
  readonly service: Judgement;
  readonly functions: Readonly<Partial<Record<FunctionId, Judgement>>>;
  /** By target id. */
  readonly targets: Readonly<Record<string, Judgement>>;
};
