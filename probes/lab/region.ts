/**
 * A whole region to measure: services and neutral hosts, and networks between them and the vantages that
 * restrict as a story tells. Servers and middleboxes run in a worker, so that the probes keep their core.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Network } from '../network/network.ts';
import { createTrust } from '../network/trust.ts';
import type { BaselineTarget, Service, Vantage } from '../types.ts';
import { createAuthority, type IssuedCertificate } from './certificates.ts';
import { createLabNetwork, type LabRoute, type RouteOf } from './lab-network.ts';
import { REGION_NETWORKS, type RegionNetwork } from './region-networks.ts';
import { isServedAt, type PlannedTarget, planRegion, type RegionPlan } from './region-plan.ts';
import {
  BASELINE_SITE,
  PUBLIC_RESOLVER_ADDRESS,
  type RegionPorts,
  type RegionWorkerData,
} from './region-protocol.ts';
import {
  impositionsAt,
  isOriginDownAt,
  isOutageAt,
  METHODS,
  type Story,
  strikes,
} from './restrictions.ts';
import { STORY } from './story.ts';
import { startTcpFaults } from './tcp-faults.ts';

/** What the region is made of; networks and story are the demo's unless told. */
export type RegionOptions = {
  readonly services: readonly Service[];
  readonly baselines: readonly BaselineTarget[];
  readonly networks?: readonly RegionNetwork[];
  readonly story?: Story;
  /** Epoch milliseconds at the start. */
  readonly startMs: number;
};

/** A running region. */
export type Region = {
  /** The control is the last one. */
  readonly vantages: readonly Vantage[];
  readonly story: Story;
  /** @throws when no vantage has this id. */
  readonly networkOf: (vantageId: string) => Network;
  /** Sets the instant (epoch milliseconds) whose restrictions hold from now on, for servers and routes alike. */
  readonly setTime: (atMs: number) => void;
  readonly close: () => Promise<void>;
};

const DNS_PORT = 53;

const PUBLIC_RESOLVERS = (['udp', 'tcp'] as const).map((transport) => ({
  transport,
  resolver: 'public' as const,
  address: PUBLIC_RESOLVER_ADDRESS,
  port: DNS_PORT,
}));

/** Starts a region. It keeps running until it is closed. */
export async function createRegion({
  services,
  baselines,
  networks = REGION_NETWORKS,
  story = STORY,
  startMs,
}: RegionOptions): Promise<Region> {
  const authority = createAuthority({ name: 'Reachline Lab Root' });
  const time = new SharedArrayBuffer(8);
  const timeCell = new BigInt64Array(time);
  const setTime = (atMs: number): void => void Atomics.store(timeCell, 0, BigInt(Math.floor(atMs)));
  setTime(startMs);
  const worker = new Worker(new URL('./region-worker.ts', import.meta.url), {
    workerData: {
      services: structuredClone(services),
      baselines: structuredClone(baselines),
      networkIds: networks.map(({ vantage }) => vantage.id),
      story,
      time,
      certificates: certificatesFor(services, baselines, authority.issue),
    } satisfies RegionWorkerData,
  });
  const [[message], faults] = await Promise.all([once(worker, 'message'), startTcpFaults()]);
  const ports = message as RegionPorts;
  const scene = { plan: planRegion(services, baselines), story, ports, timeCell };
  const trust = createTrust({ roots: [authority.certificatePem] });
  const networkById = new Map(
    networks.map(({ vantage, resolverAddress, ownAddress }) => {
      const resolver = { transport: 'udp', resolver: 'network', port: DNS_PORT } as const;
      const network = createLabNetwork({
        routeOf: createRoutes(scene, vantage.id, resolverAddress),
        faults,
        resolvers: [{ ...resolver, address: resolverAddress }],
        publicResolvers: PUBLIC_RESOLVERS,
        trust,
        ownAddresses: [ownAddress],
      });
      return [vantage.id, network] as const;
    }),
  );
  return {
    vantages: networks.map(({ vantage }) => vantage),
    story,
    networkOf: (vantageId) => {
      const network = networkById.get(vantageId);
      if (!network) throw new Error(`the region has no vantage ${vantageId}`);
      return network;
    },
    setTime,
    close: async () => {
      await Promise.all([worker.terminate(), faults.close()]);
    },
  };
}

/** One certificate per service and one for the neutral hosts: fewer to sign, and fewer to keep as evidence. */
function certificatesFor(
  services: readonly Service[],
  baselines: readonly BaselineTarget[],
  issue: (request: { names: readonly string[] }) => IssuedCertificate,
): ReadonlyMap<string, IssuedCertificate> {
  const groups = [
    ...services.map(({ id, targets }) => ({ id, targets })),
    { id: BASELINE_SITE, targets: baselines },
  ];
  return new Map(
    groups.map(({ id, targets }) => {
      const names = [...new Set(targets.map(({ host }) => host.toLowerCase()))];
      return [id, issue({ names })] as const;
    }),
  );
}

type Scene = {
  readonly plan: RegionPlan;
  readonly story: Story;
  readonly ports: RegionPorts;
  readonly timeCell: BigInt64Array<SharedArrayBuffer>;
};

function createRoutes(scene: Scene, networkId: string, resolverAddress: string): RouteOf {
  const { plan, story, ports, timeCell } = scene;
  const gate: LabRoute = openOrRefuse(ports.gates.get(networkId));
  const resolver: LabRoute = openOrRefuse(ports.resolvers.get(networkId));
  const stun: LabRoute = openOrRefuse(ports.stun);
  const publicResolver: LabRoute = openOrRefuse(ports.publicResolver);
  return (address, port, transport) => {
    const atMs = Number(Atomics.load(timeCell, 0));
    if (isOutageAt(story, networkId, atMs)) return { kind: 'drop' };
    if (address === resolverAddress && port === DNS_PORT) return resolver;
    if (address === PUBLIC_RESOLVER_ADDRESS && port === DNS_PORT) return publicResolver;
    const served = plan.byAddress
      .get(address)
      ?.targets.find(({ target }) => isServedAt(target, port, transport));
    if (!served) return { kind: 'refuse' };
    const fault = faultOf(served, story, networkId, atMs);
    if (fault) return fault;
    return transport === 'udp' ? stun : gate;
  };
}

const openOrRefuse = (port: number | undefined): LabRoute =>
  port === undefined ? { kind: 'refuse' } : { kind: 'open', port };

/** What keeps packets from a target before any byte of it is read: a restriction by address, or an origin that is down. */
function faultOf(
  served: PlannedTarget,
  story: Story,
  networkId: string,
  atMs: number,
): LabRoute | undefined {
  if (served.kind === 'baseline') return undefined;
  const { serviceId, target } = served;
  if (isOriginDownAt(story, serviceId, atMs)) return { kind: 'refuse' };
  const method = impositionsAt(story, networkId, atMs)
    .filter((one) => one.serviceId === serviceId && strikes(one, target))
    .map((one) => one.method)
    .find((one) => METHODS[one].layer === 'ip' || METHODS[one].layer === 'udp');
  if (!method) return undefined;
  return { kind: method === 'ip_reset' ? 'reset' : 'drop' };
}
