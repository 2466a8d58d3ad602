/**
 * For tests of the deep pass: one target with two addresses, a neutral host, a resolver of the network, a public one
 * over UDP, TCP and HTTPS, a QUIC server, and a box in the path. Every part can be told how to behave.
 */
import net from 'node:net';
import type { Deep } from '../../config/schema.ts';
import { CircumstanceWatch } from '../circumstances.ts';
import { systemClock } from '../clock.ts';
import { createDeepPlan, type DeepPlan } from '../deepen/plan.ts';
import { createAuthority } from '../lab/certificates.ts';
import { type AnswerQuestion, type DnsAnswer, startDnsServer } from '../lab/dns-server.ts';
import { createDohServer } from '../lab/doh-server.ts';
import { createLabNetwork, type LabRoute, type RouteOf } from '../lab/lab-network.ts';
import { listenTcp } from '../lab/lab-server.ts';
import { type Behaviour, startMiddlebox } from '../lab/middlebox.ts';
import type { PageBehaviour } from '../lab/page-behaviour.ts';
import { type QuicBehaviour, startQuicServer } from '../lab/quic-server.ts';
import { startTcpFaults } from '../lab/tcp-faults.ts';
import { startOriginServer, startPlainServer } from '../lab/tls-server.ts';
import { measureSlot } from '../measure.ts';
import type { ResolverEndpoint } from '../network/network.ts';
import { createTrust } from '../network/trust.ts';
import type { BaselineTarget, Measurement, ServiceTarget } from '../types.ts';

export const HOST = 'www.facebook.com';
export const ADDRESS = '157.240.1.35';
export const SECOND_ADDRESS = '185.60.216.1';
const NEUTRAL_HOST = 'neutral.example';
export const NEUTRAL_ADDRESS = '93.184.216.34';
export const INNOCUOUS_NAME = 'example.com';
const WHOAMI_NAME = 'whoami.example.net';
const RESOLVER_ADDRESS = '10.64.0.53';
const PUBLIC_ADDRESS = '8.8.8.8';
const DOH_HOST = 'dns.google';
/** Larger than what a freeze lets through, and telling for a timed download. */
const BIG_BYTES = 65_536;

/** How the world is. Everything is honest unless told. */
export type Conditions = {
  /** The box, by server name. */
  readonly box?: (serverName: string | undefined) => Behaviour;
  /** What the network's resolver says of the target. */
  readonly dns?: DnsAnswer;
  /** What it says of other names. */
  readonly names?: Readonly<Record<string, DnsAnswer>>;
  readonly publicUdp?: DnsAnswer;
  readonly whoamiUdp?: DnsAnswer;
  readonly quic?: (serverName: string | undefined) => QuicBehaviour;
  /** In place of the way to an endpoint, e.g. `157.240.1.35:443`. */
  readonly routes?: Readonly<Record<string, LabRoute>>;
  /** The page of a path of the target, over either protocol. */
  readonly page?: (path: string) => PageBehaviour;
  /** In cleartext, by Host and path. */
  readonly plain?: (host: string, path: string) => PageBehaviour;
};

/** The target as it is unless a test changes it. */
export const TARGET: ServiceTarget = {
  id: 'facebook.web.www',
  function: 'web',
  kind: 'https',
  host: HOST,
  port: 443,
  path: '/',
  largePath: '/big',
};
const BASELINE: BaselineTarget = {
  ...TARGET,
  id: 'baseline.neutral',
  host: NEUTRAL_HOST,
  scope: 'foreign',
};

/** Settings of the deep pass that leave nothing out. */
export const DEEP: Deep = {
  sharePercent: 0,
  budgetMs: 10_000,
  minIntervalSeconds: 0,
  innocuousName: INNOCUOUS_NAME,
  neutralAddress: true,
  whoamiName: WHOAMI_NAME,
  publicResolvers: [],
  goodputBytes: BIG_BYTES,
  goodputSeconds: 1,
  parallelConnections: 3,
};

const BUDGETS = {
  dnsMs: 400,
  lateRepliesMs: 30,
  tcpMs: 300,
  tlsMs: 400,
  httpMs: 600,
  stunMs: 200,
  maxBodyBytes: 262_144,
  bodyHeadBytes: 512,
  confirmAfterMs: 0,
};

/** A running world; what it measures depends on the conditions in force. */
export type DeepWorld = {
  readonly measure: (
    conditions: Conditions,
    options?: {
      readonly deep?: Partial<Deep>;
      readonly plan?: DeepPlan;
      readonly target?: Partial<ServiceTarget>;
      readonly deadlineMs?: number;
    },
  ) => Promise<Measurement>;
  readonly close: () => Promise<void>;
};

/** Starts a world on loopback. It measures one condition at a time. */
export async function startDeepWorld(): Promise<DeepWorld> {
  let conditions: Conditions = {};
  const authority = createAuthority({ name: 'Lab Root' });
  const certificate = authority.issue({ names: [HOST, NEUTRAL_HOST, DOH_HOST, 'login.example'] });
  const behaviourOf = (path: string): PageBehaviour =>
    conditions.page?.(path) ??
    (path === '/big' ? { kind: 'big', bytes: BIG_BYTES } : { kind: 'page', title: path });
  const origin = await startOriginServer(() => ({ certificate, behaviourOf }));
  const box = await startMiddlebox({
    address: ADDRESS,
    port: 443,
    upstreamPort: origin.port,
    decide: (serverName) => conditions.box?.(serverName) ?? { kind: 'pass' },
  });
  const plain = await startPlainServer(
    (host, path) => conditions.plain?.(host, path) ?? behaviourOf(path),
  );
  const truth = (name: string): DnsAnswer => {
    if (name === HOST) return { kind: 'addresses', addresses: [ADDRESS, SECOND_ADDRESS] };
    if (name === WHOAMI_NAME) return { kind: 'addresses', addresses: ['172.253.1.1'] };
    return { kind: 'addresses', addresses: [NEUTRAL_ADDRESS] };
  };
  const resolver = await startDnsServer(({ name }) =>
    name === HOST ? (conditions.dns ?? truth(name)) : (conditions.names?.[name] ?? truth(name)),
  );
  const answerPublic: AnswerQuestion = ({ name }, via) => {
    if (via === 'udp' && name === HOST) return conditions.publicUdp ?? truth(name);
    if (via === 'udp' && name === WHOAMI_NAME) return conditions.whoamiUdp ?? truth(name);
    return truth(name);
  };
  const outside = await startDnsServer(answerPublic);
  const doh = createDohServer(certificate, ({ name }) => truth(name));
  const dohServer = await listenTcp(net.createServer((socket) => doh.accept(socket)));
  const quic = await startQuicServer((name) => conditions.quic?.(name) ?? 'answer_v1');
  const faults = await startTcpFaults();

  const ports: Readonly<Record<string, number>> = {
    [`tcp ${ADDRESS}:443`]: box.port,
    [`tcp ${SECOND_ADDRESS}:443`]: box.port,
    [`tcp ${NEUTRAL_ADDRESS}:443`]: box.port,
    [`tcp ${ADDRESS}:80`]: plain.port,
    [`tcp ${SECOND_ADDRESS}:80`]: plain.port,
    [`tcp ${NEUTRAL_ADDRESS}:80`]: plain.port,
    [`udp ${ADDRESS}:443`]: quic.port,
    [`udp ${SECOND_ADDRESS}:443`]: quic.port,
    [`udp ${RESOLVER_ADDRESS}:53`]: resolver.port,
    [`udp ${PUBLIC_ADDRESS}:53`]: outside.port,
    [`tcp ${PUBLIC_ADDRESS}:53`]: outside.port,
    [`tcp ${PUBLIC_ADDRESS}:443`]: dohServer.port,
  };
  const routeOf: RouteOf = (address, port, transport) => {
    const open = ports[`${transport} ${address}:${port}`];
    const route: LabRoute = open === undefined ? { kind: 'refuse' } : { kind: 'open', port: open };
    return conditions.routes?.[`${address}:${port}`] ?? route;
  };
  const publicly = (transport: 'udp' | 'tcp'): ResolverEndpoint => {
    return { transport, resolver: 'public', address: PUBLIC_ADDRESS, port: 53 };
  };
  const network = createLabNetwork({
    routeOf,
    faults,
    trust: createTrust({ roots: [authority.certificatePem] }),
    resolvers: [{ transport: 'udp', resolver: 'network', address: RESOLVER_ADDRESS, port: 53 }],
    publicResolvers: [
      publicly('udp'),
      publicly('tcp'),
      {
        transport: 'doh',
        resolver: 'public',
        address: PUBLIC_ADDRESS,
        port: 443,
        url: `https://${DOH_HOST}/dns-query`,
      },
    ],
  });
  const watch = new CircumstanceWatch({
    clock: systemClock,
    maxLoopDelayMs: 1000,
    maxStepMs: 2000,
    onCircumstance: () => undefined,
  });
  watch.start();
  const servers = [origin, box, plain, resolver, outside, dohServer, quic, faults];
  return {
    async measure(now, { deep = {}, plan, target = {}, deadlineMs = 15_000 } = {}) {
      conditions = now;
      const measured: Measurement[] = [];
      const service = {
        id: 'facebook',
        name: 'Facebook',
        requiredFunctions: ['web'] as const,
        targets: [{ ...TARGET, ...target }],
      };
      const settings = { ...DEEP, ...deep };
      await measureSlot(
        {
          vantageId: 'here',
          services: [service],
          baselines: [BASELINE],
          slotMs: 0,
          seq: 0,
          intervalMs: 60_000,
          deadlineMs,
        },
        {
          network,
          clock: systemClock,
          budgets: BUDGETS,
          watch,
          limit: (task) => task(),
          pace: async () => undefined,
          provenance: { softwareVersion: '', probeVersion: '', schemaVersion: 1, configHash: '' },
          standingMarks: [],
          deep: plan ?? createDeepPlan({ settings, clock: systemClock, random: () => 0.5 }),
          signal: new AbortController().signal,
        },
        (measurement) => measured.push(measurement),
      );
      const [measurement] = measured;
      if (!measurement) throw new Error('nothing was measured');
      return measurement;
    },
    close: async () => {
      watch[Symbol.dispose]();
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
