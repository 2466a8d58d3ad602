/** The English of pages that know one language alone: codes of the domain, lists, counts and countries. */
import type { FunctionId, Mechanism } from '../../probes/types.ts';

/** What stopped or slowed a service, as the end of a sentence after a colon. */
export const MECHANISM_WORDS: Readonly<Record<Mechanism, string>> = {
  'dns.injection': 'forged DNS answers',
  'dns.injection.blockpage': 'DNS answers that lead to a block page',
  'dns.injection.bogon': 'DNS answers with impossible addresses',
  'dns.injection.other': 'DNS answers that lead elsewhere',
  'dns.nxdomain': 'the resolver says the name does not exist',
  'dns.refused': 'the resolver refuses to answer',
  'dns.servfail': 'the resolver answers with an error',
  'dns.timeout': 'DNS queries stay unanswered',
  'dns.no_answer': 'the resolver answers without an address',
  'ip.drop': 'packets to the address vanish',
  'ip.unreachable': 'the network calls the address unreachable',
  'ip.refused': 'the connection is refused',
  'ip.reset': 'the connection is reset while it opens',
  'tls.reset': 'the connection is reset in the TLS handshake',
  'tls.reset.sni': 'the connection is reset once the service is named',
  'tls.reset.any': 'every TLS handshake with the address is reset',
  'tls.timeout': 'the TLS handshake gets no reply',
  'tls.timeout.sni': 'no reply once the service is named',
  'tls.timeout.any': 'no TLS handshake with the address gets a reply',
  'tls.eof': 'the connection is closed in the TLS handshake',
  'tls.eof.sni': 'the connection is closed once the service is named',
  'tls.eof.any': 'every TLS handshake with the address is closed',
  'tls.alert': 'the TLS handshake ends with an alert',
  'tls.alert.sni': 'a TLS alert once the service is named',
  'tls.alert.any': 'every TLS handshake with the address ends with an alert',
  'tls.certificate': 'the certificate is not valid for the service',
  'tls.mitm.self_signed': 'a self-signed certificate stands in for the service',
  'tls.mitm.ca_signed': 'a foreign authority signed the certificate',
  'tls.throttle.sni': 'slowed once the service is named',
  'http.blockpage': 'a block page in place of the service',
  'http.redirect': 'a redirect to somewhere else',
  'http.reset': 'the connection is reset on the request',
  'http.reset.host': 'the connection is reset once the host is named',
  'http.timeout': 'the request gets no reply',
  'http.timeout.host': 'no reply once the host is named',
  'http.eof': 'the connection is closed on the request',
  'http.eof.host': 'the connection is closed once the host is named',
  'http.throttle.host': 'slowed once the host is named',
  'transport.freeze': 'the connection freezes after the first data',
  'udp.drop': 'UDP packets vanish',
  'quic.drop': 'QUIC packets vanish',
  'quic.version': 'one QUIC version is dropped',
  'quic.sni': 'QUIC is dropped once the service is named',
  server_side: 'the service itself fails',
  'network.outage': 'this network reaches nothing at all',
  'network.whitelist': 'this network reaches permitted names only',
  'network.captive_portal': 'a log-in page stands before this network',
  dns: 'stopped at its name; by what means this vantage cannot see',
  ip: 'the connection fails; by what means this vantage cannot see',
  tls: 'the TLS handshake is cut off; by what means this vantage cannot see',
  http: 'the request is cut off; by what means this vantage cannot see',
};

export const FUNCTION_WORDS: Readonly<Record<FunctionId | 'service', string>> = {
  service: 'whole service',
  web: 'web',
  app: 'app',
  media: 'media',
  messages: 'messages',
  registration: 'registration',
  calls: 'calls',
  links: 'short links',
};

/** Turns a list into `a, b and c`. */
export function toSentenceList(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

/** A count with its noun: `1 network`, `4 networks`. */
export function toCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** A country's English name with the code as fallback; `ZZ` stands for an unknown place. */
export function toCountryName(code: string): string {
  if (code === 'ZZ') return 'Unknown country';
  return COUNTRY_NAMES.of(code) ?? code;
}

const COUNTRY_NAMES = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' });
