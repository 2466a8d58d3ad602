/**
 * What networks of the lab impose, as data, and what follows of it for a target at an instant.
 * The region obeys these functions, and whoever checks the conclusions of the probes asks the same ones.
 */
import type { FunctionId, Mechanism, Service, ServiceTarget } from '../types.ts';

/** Where in a visit a method takes hold. A target feels the first that does. */
type Layer = 'dns' | 'ip' | 'udp' | 'tls';

type MethodFacts = { readonly layer: Layer; readonly mechanism: Mechanism };

/** The ways in which networks of the lab restrict, each with the mechanism that a good judge should name or approach. */
export const METHODS = {
  dns_nxdomain: { layer: 'dns', mechanism: 'dns.nxdomain' },
  /** The address of a known block-page server; nothing answers there on 443. */
  dns_stub: { layer: 'dns', mechanism: 'dns.injection.blockpage' },
  dns_bogon: { layer: 'dns', mechanism: 'dns.injection.bogon' },
  ip_drop: { layer: 'ip', mechanism: 'ip.drop' },
  ip_reset: { layer: 'ip', mechanism: 'ip.reset' },
  udp_drop: { layer: 'udp', mechanism: 'udp.drop' },
  tls_reset: { layer: 'tls', mechanism: 'tls.reset' },
  tls_fin: { layer: 'tls', mechanism: 'tls.eof' },
  tls_alert: { layer: 'tls', mechanism: 'tls.alert' },
  tls_silence: { layer: 'tls', mechanism: 'tls.timeout' },
  /** The connection stands still after 16 KB; only a larger answer shows it. */
  freeze: { layer: 'tls', mechanism: 'transport.freeze' },
} as const satisfies Record<string, MethodFacts>;
export type Method = keyof typeof METHODS;

/** One restriction by one network, from an instant on. */
export type Imposition = {
  readonly networkId: string;
  readonly serviceId: string;
  readonly functions: readonly FunctionId[] | 'all';
  readonly method: Method;
  /** Epoch milliseconds. */
  readonly fromMs: number;
  /** Epoch milliseconds, exclusive; missing while it lasts. */
  readonly untilMs?: number;
};

/** Trouble that is no restriction and must never be called one. */
export type Disturbance = { readonly fromMs: number; readonly untilMs: number } & (
  | { readonly kind: 'outage'; readonly networkId: string }
  | { readonly kind: 'origin_down'; readonly serviceId: string }
);

/** Everything that happens in a region. */
export type Story = {
  readonly impositions: readonly Imposition[];
  readonly disturbances: readonly Disturbance[];
};

/** What a target, function or service feels at an instant. */
export type Effect =
  | { readonly effect: 'none' }
  | { readonly effect: 'restricted'; readonly mechanism: Mechanism }
  | { readonly effect: 'outage' }
  | { readonly effect: 'down' };

/** The effect on several targets together, and how many of them feel it. */
export type ExpectedEffect = Effect & { readonly affected: number; readonly total: number };

const LAYER_ORDER = ['dns', 'ip', 'udp', 'tls'] as const satisfies readonly Layer[];

type Span = { readonly fromMs: number; readonly untilMs?: number };

const isActive = ({ fromMs, untilMs = Number.POSITIVE_INFINITY }: Span, atMs: number): boolean =>
  fromMs <= atMs && atMs < untilMs;

/** Lists the restrictions of one network at an instant. */
export function impositionsAt(story: Story, networkId: string, atMs: number): Imposition[] {
  return story.impositions.filter((one) => one.networkId === networkId && isActive(one, atMs));
}

/** Tells whether a network has lost its uplink at an instant. */
export const isOutageAt = (story: Story, networkId: string, atMs: number): boolean =>
  story.disturbances.some(
    (one) => one.kind === 'outage' && one.networkId === networkId && isActive(one, atMs),
  );

/** Tells whether the origins of a service are down at an instant. */
export const isOriginDownAt = (story: Story, serviceId: string, atMs: number): boolean =>
  story.disturbances.some(
    (one) => one.kind === 'origin_down' && one.serviceId === serviceId && isActive(one, atMs),
  );

/** Tells whether a restriction reaches a target of its service: not every method touches every kind. */
export function strikes(
  { functions, method }: Imposition,
  { function: functionId, kind }: Pick<ServiceTarget, 'function' | 'kind'>,
): boolean {
  if (functions !== 'all' && !functions.includes(functionId)) return false;
  const { layer } = METHODS[method];
  if (layer === 'dns') return true;
  if (layer === 'udp') return kind === 'stun';
  return layer === 'ip' ? kind !== 'stun' : kind === 'https';
}

/** Tells what one target of a service feels on one network. */
export function effectOnTarget(
  story: Story,
  networkId: string,
  serviceId: string,
  target: Pick<ServiceTarget, 'function' | 'kind'>,
  atMs: number,
): Effect {
  if (isOutageAt(story, networkId, atMs)) return { effect: 'outage' };
  const methods = impositionsAt(story, networkId, atMs)
    .filter((one) => one.serviceId === serviceId && strikes(one, target))
    .map(({ method }) => METHODS[method])
    .toSorted((a, b) => LAYER_ORDER.indexOf(a.layer) - LAYER_ORDER.indexOf(b.layer));
  const first = methods[0];
  // A lying resolver is met before the origin; everything later needs an origin that answers.
  if (first?.layer !== 'dns' && isOriginDownAt(story, serviceId, atMs)) return { effect: 'down' };
  return first ? { effect: 'restricted', mechanism: first.mechanism } : { effect: 'none' };
}

/** Tells what a function of a service, or the service with all its functions, should be found to feel. */
export function expectedEffect(
  story: Story,
  networkId: string,
  service: Service,
  functionId: FunctionId | 'service',
  atMs: number,
): ExpectedEffect {
  const targets = service.targets.filter(
    (target) => functionId === 'service' || target.function === functionId,
  );
  const effects = targets.map((target) =>
    effectOnTarget(story, networkId, service.id, target, atMs),
  );
  const affected = effects.filter(({ effect }) => effect !== 'none');
  const counts = { affected: affected.length, total: targets.length };
  const [first] = affected;
  if (!first) return { effect: 'none', ...counts };
  const mechanism = mostFrequent(
    affected.flatMap((one) => (one.effect === 'restricted' ? [one.mechanism] : [])),
  );
  return mechanism ? { effect: 'restricted', mechanism, ...counts } : { ...first, ...counts };
}

function mostFrequent(mechanisms: readonly Mechanism[]): Mechanism | undefined {
  const counts = new Map<Mechanism, number>();
  for (const mechanism of mechanisms) counts.set(mechanism, (counts.get(mechanism) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0];
}
