/**
 * The operations as stages of a visit: each runs once and is recorded, whether it succeeded or not.
 * The regular pass and the deep one are both made of these. Nothing here rejects.
 */
import type net from 'node:net';
import type { Budgets } from '../config/schema.ts';
import type { Clock } from './clock.ts';
import type { Network, ResolverEndpoint } from './network/network.ts';
import { probeDns } from './operations/dns.ts';
import { probeHttp } from './operations/http.ts';
import { probeTcp } from './operations/tcp.ts';
import { probeTls, type TlsResult, type WireCounter } from './operations/tls.ts';
import type { Recorder, Subject } from './recorder.ts';
import type {
  DnsInput,
  DnsValue,
  HttpInput,
  HttpValue,
  Outcome,
  TcpInput,
  TlsInput,
} from './types.ts';

/** What every stage needs. */
export type StageDeps = {
  readonly network: Network;
  readonly clock: Clock;
  readonly budgets: Budgets;
  readonly signal: AbortSignal;
  readonly recorder: Recorder;
};

/** Asks one resolver for the IPv4 addresses of a name. */
export async function lookUp(
  host: string,
  endpoint: ResolverEndpoint,
  subject: Subject,
  { network, clock, budgets, signal, recorder }: StageDeps,
): Promise<Outcome<DnsValue>> {
  const { transport, resolver } = endpoint;
  const input: DnsInput = { host, recordType: 'A', transport, resolver };
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

/** Connects and hands the socket over; undefined when there is none. */
export async function connect(
  input: TcpInput,
  subject: Subject,
  { network, clock, budgets, signal, recorder }: StageDeps,
): Promise<net.Socket | undefined> {
  const beganMs = clock.monotonicMs();
  const deps = { network, clock, signal, budgetMs: budgets.tcpMs };
  const { outcome, socket } = await probeTcp(input, deps);
  recorder.record({ ...subject, operation: 'tcp', input, outcome }, beganMs);
  return socket;
}

/** Shakes hands over a connected socket and keeps the certificates that came. */
export async function shakeHands(
  socket: net.Socket,
  input: TlsInput,
  subject: Subject,
  { network, clock, budgets, signal, recorder }: StageDeps,
): Promise<TlsResult> {
  const beganMs = clock.monotonicMs();
  const deps = { network, socket, clock, signal, budgetMs: budgets.tlsMs };
  const result = await probeTls(input, deps);
  recorder.record({ ...subject, operation: 'tls', input, outcome: result.outcome }, beganMs);
  for (const [sha256, der] of result.certificates) recorder.certificates.set(sha256, der);
  return result;
}

/** A connection that a request can go over. */
export type Way = { readonly socket: net.Socket; readonly wire: WireCounter };

/** How much of an answer is read and what is noted of it, where it is not as usual. */
export type FetchOptions = {
  readonly budgetMs?: number;
  readonly maxBodyBytes?: number;
  readonly bodyHeadBytes?: number;
  readonly isTimed?: boolean;
  readonly onLocation?: (location: string) => void;
};

/** Sends one GET and reads the answer; closes the socket. */
export async function fetchPage(
  { socket, wire }: Way,
  input: HttpInput,
  subject: Subject,
  { network, clock, budgets, signal, recorder }: StageDeps,
  options: FetchOptions = {},
): Promise<Outcome<HttpValue>> {
  const beganMs = clock.monotonicMs();
  const outcome = await probeHttp(input, {
    socket,
    wire,
    network,
    clock,
    signal,
    budgetMs: budgets.httpMs,
    maxBodyBytes: budgets.maxBodyBytes,
    bodyHeadBytes: budgets.bodyHeadBytes,
    ...options,
  });
  recorder.record({ ...subject, operation: 'http', input, outcome }, beganMs);
  return outcome;
}

/** The counter of a connection in cleartext. */
export function countWire(socket: net.Socket): WireCounter {
  return { bytesIn: () => socket.bytesRead, bytesOut: () => socket.bytesWritten };
}
