/**
 * How a vantage sees a region that runs elsewhere: which loopback ports stand for which addresses, and what is done to
 * its packets at an instant. Plain data, so that another process can be attached too.
 */
import type { Network, Trust } from '../network/network.ts';
import { createTrust } from '../network/trust.ts';
import type { BaselineTarget, Service } from '../types.ts';
import { createLabNetwork, type LabRoute, type RouteOf } from './lab-network.ts';
import { isServedAt, type PlannedTarget, planRegion, type RegionPlan } from './region-plan.ts';
import { PUBLIC_RESOLVER_ADDRESS, type RegionPorts } from './region-protocol.ts';
import {
  impositionsAt,
  isOriginDownAt,
  isOutageAt,
  METHODS,
  type Story,
  strikes,
} from './restrictions.ts';
import type { FaultPorts } from './tcp-faults.ts';

/** What another process needs to measure in a region. */
export type RegionAttachment = {
  readonly services: readonly Service[];
  readonly baselines: readonly BaselineTarget[];
  readonly story: Story;
  readonly ports: RegionPorts;
  readonly faults: FaultPorts;
  /** The network that it measures from. */
  readonly networkId: string;
  readonly resolverAddress: string;
  readonly ownAddress: string;
  /** The lab's own root certificate. */
  readonly rootPem: string;
};

const DNS_PORT = 53;

const PUBLIC_RESOLVERS = (['udp', 'tcp'] as const).map((transport) => ({
  transport,
  resolver: 'public' as const,
  address: PUBLIC_RESOLVER_ADDRESS,
  port: DNS_PORT,
}));

/**
 * The network of a vantage in a region.
 * @param nowMs the instant whose restrictions hold, epoch milliseconds
 * @param trust shared by all vantages of a process; its own unless given
 */
export function attachToRegion(
  attachment: RegionAttachment,
  nowMs: () => number,
  trust: Trust = createTrust({ roots: [attachment.rootPem] }),
): Network {
  const { services, baselines, resolverAddress, ownAddress, faults } = attachment;
  const resolver = { transport: 'udp', resolver: 'network', port: DNS_PORT } as const;
  return createLabNetwork({
    routeOf: createRoutes(attachment, planRegion(services, baselines), nowMs),
    faults,
    resolvers: [{ ...resolver, address: resolverAddress }],
    publicResolvers: PUBLIC_RESOLVERS,
    trust,
    ownAddresses: [ownAddress],
  });
}

function createRoutes(
  { story, ports, networkId, resolverAddress }: RegionAttachment,
  plan: RegionPlan,
  nowMs: () => number,
): RouteOf {
  const gate: LabRoute = openOrRefuse(ports.gates.get(networkId));
  const resolver: LabRoute = openOrRefuse(ports.resolvers.get(networkId));
  const stun: LabRoute = openOrRefuse(ports.stun);
  const publicResolver: LabRoute = openOrRefuse(ports.publicResolver);
  return (address, port, transport) => {
    const atMs = nowMs();
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
