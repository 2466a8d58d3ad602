/** What operations see in a scenario: made up from a source of numbers, without any network. */
import { hash } from 'node:crypto';
import type { Confidence, Mechanism, Observation, Verdict } from '../../probes/types.ts';

/** Numbers from 0 to below 1. */
export type Random = () => number;

/** A repeatable source of numbers: mulberry32, public domain, by Tommy Ettinger. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function pick<T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[Math.floor(random() * values.length)] ?? values[0];
}

/** A duration with the fractions that a monotonic clock gives. */
export function around(random: Random, meanMs: number): number {
  return Math.round(meanMs * (0.6 + 0.8 * random()) * 1000) / 1000;
}

/** What may happen to a service at a vantage. */
export const SCENARIOS = [
  { name: 'ok', verdict: 'ok', confidence: 'high', ruleId: 'ok.all_targets' },
  {
    name: 'nxdomain',
    verdict: 'blocked',
    mechanism: 'dns.nxdomain',
    confidence: 'high',
    ruleId: 'dns.nxdomain.control',
  },
  {
    name: 'bogon',
    verdict: 'blocked',
    mechanism: 'dns.injection.bogon',
    confidence: 'high',
    ruleId: 'dns.bogon',
  },
  {
    name: 'drop',
    verdict: 'likely_blocked',
    mechanism: 'ip.drop',
    confidence: 'medium',
    ruleId: 'tcp.timeout.control',
  },
  {
    name: 'reset',
    verdict: 'blocked',
    mechanism: 'tls.reset.sni',
    confidence: 'high',
    ruleId: 'tls.reset.control',
  },
  {
    name: 'silence',
    verdict: 'likely_blocked',
    mechanism: 'tls.timeout',
    confidence: 'low',
    ruleId: 'tls.timeout.control',
  },
  {
    name: 'slow',
    verdict: 'impaired',
    mechanism: 'tls.throttle.sni',
    confidence: 'low',
    ruleId: 'http.slow.control',
  },
  {
    name: 'down',
    verdict: 'down',
    mechanism: 'server_side',
    confidence: 'high',
    ruleId: 'down.control_failed',
  },
  { name: 'offline', verdict: 'insufficient', confidence: 'low', ruleId: 'vantage.no_baseline' },
] as const satisfies readonly {
  name: string;
  verdict: Verdict;
  mechanism?: Mechanism;
  confidence: Confidence;
  ruleId: string;
}[];
/** Name of something that may happen, e.g. `reset`. */
export type Scenario = (typeof SCENARIOS)[number]['name'];

/** Bytes that stand for a certificate: as long as one and always the same for a name. */
function makeCertificate(name: string): { sha256: string; der: Uint8Array } {
  const parts: Buffer[] = [];
  for (let index = 0; index < 36; index += 1)
    parts.push(hash('sha256', `${name} ${index}`, 'buffer'));
  const der = new Uint8Array(Buffer.concat(parts));
  return { sha256: hash('sha256', der), der };
}
const CERTIFICATES = new Map<string, ReturnType<typeof makeCertificate>[]>();

/** Three certificates, the same for every host of a domain. */
export function chainOf(host: string): ReturnType<typeof makeCertificate>[] {
  const domain = host.split('.').slice(-2).join('.');
  const known = CERTIFICATES.get(domain);
  if (known) return known;
  const chain = [domain, 'intermediate', 'root'].map((name) => makeCertificate(name));
  CERTIFICATES.set(domain, chain);
  return chain;
}

/** An observation that has no number yet. */
export type Draft = Observation extends infer O
  ? O extends Observation
    ? Omit<O, 'id'>
    : never
  : never;
/** What all observations of a target share. */
export type Common = Pick<Observation, 'targetId' | 'role' | 'attempt'> & { startedMs: number };

function draftDns(random: Random, common: Common, host: string, scenario: Scenario): Draft {
  const input = { host, recordType: 'A', transport: 'udp', resolver: 'network' } as const;
  const elapsedMs = around(random, 24);
  const base = { ...common, operation: 'dns', elapsedMs, input } as const;
  if (scenario === 'offline')
    return {
      ...base,
      outcome: {
        kind: 'failed',
        failure: {
          operation: 'dns',
          code: 'network_unreachable',
          attribution: 'vantage',
          raw: 'ENETUNREACH',
        },
      },
    };
  const rcode = scenario === 'nxdomain' ? 'NXDOMAIN' : 'NOERROR';
  const address = scenario === 'bogon' ? '127.0.0.1' : `192.0.2.${1 + Math.floor(random() * 250)}`;
  const addresses = rcode === 'NOERROR' ? [address] : [];
  const reply = { atMs: elapsedMs, rcode, addresses, bytes: 62, isMatching: true };
  const value = { addresses, rcode, replies: [reply] };
  if (rcode === 'NOERROR') return { ...base, outcome: { kind: 'ok', value } };
  const failure = {
    operation: 'dns',
    code: 'dns_nxdomain_error',
    attribution: 'resolver',
  } as const;
  return { ...base, outcome: { kind: 'failed', failure, seen: value } };
}

function draftTcp(random: Random, common: Common, address: string, scenario: Scenario): Draft {
  const input = { address, port: 443 };
  const base = { ...common, operation: 'tcp', input } as const;
  if (scenario !== 'drop' && scenario !== 'down')
    return { ...base, elapsedMs: around(random, 38), outcome: { kind: 'ok', value: {} } };
  const failure = {
    operation: 'tcp',
    code: 'generic_timeout_error',
    attribution: 'remote',
  } as const;
  return { ...base, elapsedMs: 10_000.25, outcome: { kind: 'failed', failure } };
}

function draftTls(
  random: Random,
  common: Common,
  host: string,
  address: string,
  scenario: Scenario,
): Draft {
  const input = { address, port: 443, serverName: host, clientHello: 'default' } as const;
  const base = { ...common, operation: 'tls', input } as const;
  const bytes = { wireBytesIn: 4200 + Math.floor(random() * 900), wireBytesOut: 1790 };
  if (scenario === 'reset' || scenario === 'silence') {
    const failure = {
      operation: 'tls',
      code: scenario === 'reset' ? 'connection_reset' : 'generic_timeout_error',
      attribution: 'remote',
      ...(scenario === 'reset' ? { raw: 'ECONNRESET' } : {}),
    } as const;
    const elapsedMs = scenario === 'reset' ? around(random, 41) : 10_000.5;
    return {
      ...base,
      elapsedMs,
      outcome: { kind: 'failed', failure, seen: { wireBytesIn: 0, wireBytesOut: 1690 } },
    };
  }
  const value = {
    isVerified: true,
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_128_GCM_SHA256',
    alpn: 'http/1.1',
    chain: chainOf(host).map(({ sha256 }) => sha256),
    isSelfSigned: false,
    ...bytes,
  };
  return { ...base, elapsedMs: around(random, 84), outcome: { kind: 'ok', value } };
}

function draftHttp(
  random: Random,
  common: Common,
  host: string,
  address: string,
  scenario: Scenario,
): Draft {
  const bodyHead = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8" /><title>${host}</title><meta name="referrer" content="origin-when-crossorigin" /><script nonce="${Math.floor(random() * 2 ** 32).toString(36)}">`;
  const bodyBytes = 1024 + Math.floor(random() * 60_000);
  return {
    ...common,
    operation: 'http',
    elapsedMs: around(random, scenario === 'slow' ? 7000 : 120),
    input: { method: 'GET', url: `https://${host}/`, address },
    outcome: {
      kind: 'ok',
      value: {
        statusCode: pick(random, [200, 200, 302, 400]),
        headers: {
          'content-type': 'text/html; charset="utf-8"',
          date: 'Fri, 04 Mar 2022 12:00:00 GMT',
          'strict-transport-security': 'max-age=15552000; preload',
          'x-fb-debug': Math.floor(random() * 2 ** 40).toString(36),
        },
        bodyBytes,
        isBodyTruncated: false,
        bodySha256: hash('sha256', bodyHead),
        title: host,
        bodyHead,
        wireBytesIn: bodyBytes + 480,
      },
    },
  };
}

/** All operations of one target, as far as the scenario lets them go. */
export function draftTarget(
  random: Random,
  common: Common,
  host: string,
  scenario: Scenario,
): [Draft, ...Draft[]] {
  const dns = draftDns(random, common, host, scenario);
  const after = (draft: Draft): Common => ({
    ...common,
    startedMs: Math.round((draft.startedMs + draft.elapsedMs) * 1000) / 1000,
  });
  if (dns.operation !== 'dns' || dns.outcome.kind === 'failed') return [dns];
  const address = dns.outcome.value.addresses[0] ?? '192.0.2.1';
  const tcp = draftTcp(random, after(dns), address, scenario);
  if (tcp.outcome.kind === 'failed') return [dns, tcp];
  const tls = draftTls(random, after(tcp), host, address, scenario);
  if (tls.outcome.kind === 'failed') return [dns, tcp, tls];
  return [dns, tcp, tls, draftHttp(random, after(tls), host, address, scenario)];
}
