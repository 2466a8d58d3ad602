/** Gives every host of the services and every neutral host its addresses, and finds them again by address. */
import type { BaselineTarget, Service, Target } from '../types.ts';

/** A target as the region sees it: by where it listens and what it belongs to. */
export type PlannedTarget =
  | { readonly kind: 'baseline'; readonly target: BaselineTarget }
  | {
      readonly kind: 'service';
      readonly serviceId: string;
      readonly target: Service['targets'][number];
    };

/** A host with its logical addresses; two for services, so that a retry can take another. */
export type PlannedHost = {
  readonly host: string;
  readonly addresses: readonly string[];
  readonly targets: readonly PlannedTarget[];
};

/** All hosts, by name and by address. */
export type RegionPlan = {
  readonly byHost: ReadonlyMap<string, PlannedHost>;
  readonly byAddress: ReadonlyMap<string, PlannedHost>;
};

/** Lays the hosts out. The same input gives the same addresses, in any thread. */
export function planRegion(
  services: readonly Service[],
  baselines: readonly BaselineTarget[],
): RegionPlan {
  const rows: PlannedTarget[] = [
    ...services.flatMap((service) =>
      service.targets.map(
        (target) => ({ kind: 'service', serviceId: service.id, target }) as const,
      ),
    ),
    ...baselines.map((target) => ({ kind: 'baseline', target }) as const),
  ];
  const grouped = Map.groupBy(rows, ({ target }) => target.host.toLowerCase());
  const hosts = [...grouped].map(([host, targets], index) => ({
    host,
    addresses: addressesOf(index, targets),
    targets,
  }));
  return {
    byHost: new Map(hosts.map((host) => [host.host, host])),
    byAddress: new Map(hosts.flatMap((host) => host.addresses.map((one) => [one, host] as const))),
  };
}

/** Services lie in address ranges like those of their owner, neutral hosts elsewhere. */
function addressesOf(index: number, targets: readonly PlannedTarget[]): string[] {
  const [high, low] = [Math.floor(index / 200), 1 + (index % 200)];
  return targets.some(({ kind }) => kind === 'service')
    ? [`157.240.${low}.${35 + high}`, `185.60.216.${low + high}`]
    : [`93.184.${216 + high}.${low}`];
}

/** Tells whether a target is served at a port over a transport. */
export const isServedAt = (target: Target, port: number, transport: 'tcp' | 'udp'): boolean =>
  target.port === port && (target.kind === 'stun') === (transport === 'udp');
