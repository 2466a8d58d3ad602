/**
 * One visit to one target: resolve, dial one address, verify, fetch. Cheap by design; doubt is the judge's.
 * Every operation is recorded whether it succeeded or not, and nothing here rejects.
 */
import type { Budgets } from '../config/schema.ts';
import { isBogon } from './bogon.ts';
import type { Clock } from './clock.ts';
import type { Network, ResolverEndpoint } from './network/network.ts';
import { probeDns } from './operations/dns.ts';
import { probeHttp } from './operations/http.ts';
import { probeStun } from './operations/stun.ts';
import { probeTcp } from './operations/tcp.ts';
import { probeTls } from './operations/tls.ts';
import type { Recorder, Subject } from './recorder.ts';
import type { DnsInput, DnsValue, Outcome, Target } from './types.ts';

/** Resolvers asked in turn when one does not answer; more would outlast the run. */
const MAX_RESOLVERS = 2;

export type VisitDeps = {
  readonly network: Network;
  readonly clock: Clock;
  readonly budgets: Budgets;
  readonly signal: AbortSignal;
  readonly recorder: Recorder;
};

/** Visits a target once and records what was seen. Resolves to true when the target's last stage answered. Never rejects. */
export async function probeTarget(
  target: Target,
  subject: Subject,
  deps: VisitDeps,
): Promise<boolean> {
  const addresses = (await resolve(target.host, subject, deps)).filter((one) => !isBogon(one));
  // The retry takes another address where there is one, so that it is a second opinion.
  const address = addresses[(subject.attempt - 1) % Math.max(1, addresses.length)];
  if (address === undefined || deps.signal.aborted) return false;
  switch (target.kind) {
    case 'stun':
      return visitStun(target, address, subject, deps);
    case 'tcp':
      return visitTcp(target, address, subject, deps);
    case 'https':
      return visitHttps(target, address, subject, deps);
    default:
      return target.kind satisfies never;
  }
}

/** Asks the vantage's own resolvers in turn until one answers in any way. */
async function resolve(
  host: string,
  subject: Subject,
  deps: VisitDeps,
): Promise<readonly string[]> {
  for (const endpoint of deps.network.resolvers.slice(0, MAX_RESOLVERS)) {
    const outcome = await askResolver(host, endpoint, subject, deps);
    if (outcome.kind === 'ok') return outcome.value.addresses;
    const hasAnswered = outcome.failure.code.startsWith('dns_');
    if (hasAnswered || deps.signal.aborted) return [];
  }
  if (deps.network.resolvers.length === 0) recordNoResolver(host, subject, deps);
  return [];
}

async function askResolver(
  host: string,
  endpoint: ResolverEndpoint,
  subject: Subject,
  { network, clock, budgets, signal, recorder }: VisitDeps,
): Promise<Outcome<DnsValue>> {
  const input: DnsInput = {
    host,
    recordType: 'A',
    transport: endpoint.transport,
    resolver: endpoint.resolver,
  };
  const beganMs = clock.monotonicMs();
  const outcome = await probeDns(input, {
    network,
    endpoint,
    clock,
    signal,
    budgetMs: budgets.dnsMs,
    lateRepliesMs: budgets.lateRepliesMs,
  });
  recorder.record({ ...subject, operation: 'dns', input, outcome }, beganMs);
  return outcome;
}

/** A vantage without a resolver is our fault, and is recorded as such. */
function recordNoResolver(host: string, subject: Subject, { clock, recorder }: VisitDeps): void {
  recorder.record(
    {
      ...subject,
      operation: 'dns',
      input: { host, recordType: 'A', transport: 'udp', resolver: 'network' },
      outcome: {
        kind: 'failed',
        failure: {
          operation: 'dns',
          code: 'network_down',
          attribution: 'vantage',
          raw: 'no resolver',
        },
      },
    },
    clock.monotonicMs(),
  );
}

async function visitStun(
  target: Target,
  address: string,
  subject: Subject,
  { network, clock, budgets, signal, recorder }: VisitDeps,
): Promise<boolean> {
  const input = { address, port: target.port };
  const beganMs = clock.monotonicMs();
  const outcome = await probeStun(input, { network, clock, signal, budgetMs: budgets.stunMs });
  recorder.record({ ...subject, operation: 'stun', input, outcome }, beganMs);
  return outcome.kind === 'ok';
}

async function dial(target: Target, address: string, subject: Subject, deps: VisitDeps) {
  const { network, clock, budgets, signal, recorder } = deps;
  const input = { address, port: target.port };
  const beganMs = clock.monotonicMs();
  const { outcome, socket } = await probeTcp(input, {
    network,
    clock,
    signal,
    budgetMs: budgets.tcpMs,
  });
  recorder.record({ ...subject, operation: 'tcp', input, outcome }, beganMs);
  return socket;
}

async function visitTcp(
  target: Target,
  address: string,
  subject: Subject,
  deps: VisitDeps,
): Promise<boolean> {
  const socket = await dial(target, address, subject, deps);
  socket?.destroy();
  return socket !== undefined;
}

async function visitHttps(
  target: Target,
  address: string,
  subject: Subject,
  deps: VisitDeps,
): Promise<boolean> {
  const raw = await dial(target, address, subject, deps);
  if (!raw) return false;
  const { network, clock, budgets, signal, recorder } = deps;
  const input = {
    address,
    port: target.port,
    serverName: target.host,
    clientHello: 'default',
  } as const;
  const beganMs = clock.monotonicMs();
  const tls = await probeTls(input, {
    network,
    socket: raw,
    clock,
    signal,
    budgetMs: budgets.tlsMs,
  });
  recorder.record({ ...subject, operation: 'tls', input, outcome: tls.outcome }, beganMs);
  for (const [sha256, der] of tls.certificates) recorder.certificates.set(sha256, der);
  // Over a false certificate too: what comes then is often the page of whoever stands in the path.
  const socket = tls.socket ?? tls.unverified;
  if (!socket || !tls.wire) return false;
  const url = `https://${target.host}${target.port === 443 ? '' : `:${target.port}`}${target.path}`;
  const request = { method: 'GET', url, address } as const;
  const requestedMs = clock.monotonicMs();
  const outcome = await probeHttp(request, {
    socket,
    wire: tls.wire,
    network,
    clock,
    signal,
    budgetMs: budgets.httpMs,
    maxBodyBytes: budgets.maxBodyBytes,
    bodyHeadBytes: budgets.bodyHeadBytes,
  });
  recorder.record({ ...subject, operation: 'http', input: request, outcome }, requestedMs);
  return outcome.kind === 'ok' && tls.outcome.kind === 'ok';
}
