/** Which of our targets an endpoint of somebody else's measurement belongs to: the same host, or its nearest relative. */
import type { Service, ServiceTarget } from '../../types.ts';

/** An endpoint as it was measured. */
export type Endpoint = { readonly host: string; readonly port?: number; readonly isWeb: boolean };

/** The name under which domains are sold; our hosts all lie directly below a one-label suffix. */
function toDomain(host: string): string {
  return host.split('.').slice(-2).join('.');
}

const isWebTarget = ({ kind }: ServiceTarget): boolean => kind === 'https' || kind === 'http';

/** Labels that two hosts share at their ends, e.g. 2 for a.example.org and b.example.org. */
function countShared(a: string, b: string): number {
  const [left, right] = [a.split('.').toReversed(), b.split('.').toReversed()];
  let shared = 0;
  while (shared < left.length && left[shared] === right[shared]) shared += 1;
  return shared;
}

/** The service to which a host belongs by its domain; undefined when it is none of ours. */
export function findService(services: readonly Service[], host: string): Service | undefined {
  const domain = toDomain(host);
  return (
    services.find(({ targets }) => targets.some((target) => target.host === host)) ??
    services.find(({ targets }) => targets.some((target) => toDomain(target.host) === domain))
  );
}

/**
 * The target of a service that an endpoint belongs to. Exact when host, port and kind agree; otherwise the one of the
 * same domain and kind that shares most of the name, the first in the configuration on a tie.
 */
export function matchTarget(
  service: Service,
  { host, port, isWeb }: Endpoint,
): { readonly target: ServiceTarget; readonly isExact: boolean } | undefined {
  const fitting = service.targets.filter(
    (target) =>
      (isWeb ? isWebTarget(target) : target.kind !== 'stun') &&
      (port === undefined || target.port === port || (isWeb && port === 80)),
  );
  const exact = fitting.find((target) => target.host === host);
  if (exact) return { target: exact, isExact: true };
  const relatives = fitting.filter(
    (target) => toDomain(target.host) === toDomain(host) && (isWeb || target.kind === 'tcp'),
  );
  const [nearest] = relatives.toSorted(
    (a, b) => countShared(b.host, host) - countShared(a.host, host),
  );
  return nearest && { target: nearest, isExact: false };
}
