/** What each word of the data means, in one sentence; shared by all resources that use the word. */
import type {
  Confidence,
  FunctionId,
  Mark,
  Mechanism,
  Vantage,
  VantageKind,
  Verdict,
} from '../../probes/types.ts';
import type { LedgerOutcome, LedgerPhase } from '../ledger-types.ts';

export const VERDICT_MEANINGS = {
  ok: 'It answered as it should.',
  likely_blocked:
    'It failed in a way that points to blocking, without enough evidence to be certain.',
  blocked: 'It was stopped on the way, and controls elsewhere reached it.',
  impaired: 'It could be used in part or slowly only.',
  down: 'It answered nowhere, so the service itself failed.',
  insufficient: 'The evidence allows no conclusion.',
} as const satisfies Record<Verdict, string>;

export const STATE_MEANINGS = {
  ...VERDICT_MEANINGS,
  no_data: 'Nothing was measured.',
} as const;

export const CONFIDENCE_MEANINGS = {
  high: 'Several independent signs agree.',
  medium: 'One clear sign, not contradicted.',
  low: 'A sign that has other explanations.',
} as const satisfies Record<Confidence, string>;

export const FUNCTION_MEANINGS = {
  service: 'The service as a whole.',
  web: 'The website.',
  app: 'What the apps connect to.',
  media: 'Pictures, video and files.',
  messages: 'Sending and receiving messages.',
  registration: 'Signing up or registering a device.',
  calls: 'Voice and video calls.',
  links: 'Short and shared links.',
} as const satisfies Record<FunctionId | 'service', string>;

export const MECHANISM_MEANINGS = {
  dns: 'Stopped at name resolution; the medium cannot show how.',
  'dns.injection': 'A false answer to a DNS query.',
  'dns.injection.blockpage': 'A false DNS answer that leads to a block page.',
  'dns.injection.bogon': 'A false DNS answer with an address that cannot be on the internet.',
  'dns.injection.other': 'A false DNS answer that leads elsewhere.',
  'dns.nxdomain': 'The resolver says that the name does not exist.',
  'dns.refused': 'The resolver refuses to answer.',
  'dns.servfail': 'The resolver reports a failure.',
  'dns.timeout': 'No answer to the DNS query.',
  'dns.no_answer': 'An answer without any address.',
  ip: 'Stopped while connecting; the medium cannot show how.',
  'ip.drop': 'Packets to the address are dropped.',
  'ip.unreachable': 'The network says that the address cannot be reached.',
  'ip.refused': 'The connection is refused.',
  'ip.reset': 'The connection is reset while it is opened.',
  tls: 'Stopped during the TLS handshake; the medium cannot show how.',
  'tls.reset': 'The connection is reset during the TLS handshake.',
  'tls.reset.sni': 'Reset during the handshake because of the name in it.',
  'tls.reset.any': 'Reset during the handshake whatever the name.',
  'tls.timeout': 'The TLS handshake gets no answer.',
  'tls.timeout.sni': 'No answer to the handshake because of the name in it.',
  'tls.timeout.any': 'No answer to the handshake whatever the name.',
  'tls.eof': 'The connection is closed during the TLS handshake.',
  'tls.eof.sni': 'Closed during the handshake because of the name in it.',
  'tls.eof.any': 'Closed during the handshake whatever the name.',
  'tls.alert': 'The handshake ends with a TLS alert.',
  'tls.alert.sni': 'A TLS alert because of the name in the handshake.',
  'tls.alert.any': 'A TLS alert whatever the name.',
  'tls.certificate': 'The certificate does not prove the name.',
  'tls.mitm.self_signed': 'Somebody else answers with a self-signed certificate.',
  'tls.mitm.ca_signed':
    'Somebody else answers with a certificate of an authority that is not trusted.',
  'tls.throttle.sni': 'Slowed because of the name in the handshake.',
  http: 'Stopped during the HTTP exchange; the medium cannot show how.',
  'http.blockpage': 'A known block page instead of the service.',
  'http.redirect': 'A redirect to a place that is not of the service.',
  'http.reset': 'The connection is reset after the request.',
  'http.reset.host': 'Reset after the request because of the host in it.',
  'http.timeout': 'No answer to the request.',
  'http.timeout.host': 'No answer to the request because of the host in it.',
  'http.eof': 'The connection is closed after the request.',
  'http.eof.host': 'Closed after the request because of the host in it.',
  'http.throttle.host': 'Slowed because of the host in the request.',
  'transport.freeze': 'The connection stops passing data after some bytes.',
  'udp.drop': 'Datagrams are dropped.',
  'quic.drop': 'QUIC packets are dropped.',
  'quic.version': 'QUIC of the usual version is dropped.',
  'quic.sni': 'QUIC is dropped because of the name in it.',
  server_side: 'The service itself fails or refuses.',
  'network.outage': 'The network of the vantage has no connection.',
  'network.whitelist': 'The network lets through a list of hosts only.',
  'network.captive_portal': 'The network wants a sign-in first.',
} as const satisfies Record<Mechanism, string>;

export const MARK_MEANINGS = {
  local_stall: 'The measuring process was held up.',
  clock_step: 'The clock was set during the run.',
  sleep: 'The machine slept during the run.',
  interrupted: 'The run was stopped before its end.',
  simulated: 'Measured in a simulated network, so it says nothing of the world.',
  network_changed: 'The vantage changed its network during the run.',
  clock_skewed: 'The clock of the agent differed from that of the server.',
} as const satisfies Record<Mark, string>;

export const VANTAGE_KIND_MEANINGS = {
  local: 'The machine of the server itself.',
  lab: 'A simulated region.',
  socks5: 'The machine of the server, through a SOCKS proxy.',
  'http-proxy': 'The machine of the server, through an HTTP proxy.',
  agent: 'A process on another machine that sends what it measured.',
  globalping: 'Probes of the Globalping platform.',
  import: 'Made from measurements of others.',
} as const satisfies Record<VantageKind, string>;

export const ACCESS_MEANINGS = {
  fixed: 'A home or office line.',
  mobile: 'A mobile network.',
  datacentre: 'A machine in a data centre.',
  unknown: 'Not known.',
} as const satisfies Record<Vantage['access'], string>;

export const ROLE_MEANINGS = {
  vantage: 'Measures from inside the region of interest.',
  control: 'Measures the same from outside, to tell blocking from failure.',
} as const satisfies Record<Vantage['role'], string>;

export const PHASE_MEANINGS = {
  restriction: 'The announcement restricts the service.',
  lift: 'The announcement ends a restriction.',
  exemption: 'The announcement spares the service.',
} as const satisfies Record<LedgerPhase, string>;

export const OUTCOME_MEANINGS = {
  before_announcement: 'The restriction certainly began before it was announced.',
  on_time:
    'It began after the announcement and before it was late; a stated day counts from its first hour to its last.',
  late: 'It certainly began after it was due.',
  time_uncertain:
    'It was found, but the measurements, or a time that is stated for more than a day, allow more than one of the outcomes about time.',
  already_restricted:
    'It was restricted before, under an earlier announcement or since before the window.',
  announced_not_measured: 'Measured after it was due, and not found as announced.',
  lifted: 'The restriction ended.',
  not_restricted: 'There was no restriction to lift.',
  exemption_held: 'The service stayed free, as announced.',
  exemption_broken: 'The service was restricted although it was to be spared.',
  pending: 'It is not due yet.',
  no_data: 'Nothing was measured that could tell.',
} as const satisfies Record<LedgerOutcome, string>;
