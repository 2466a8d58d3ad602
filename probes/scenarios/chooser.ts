/** How a place treats connections: a regime for all of them, or rules on single names that may take turns. */
import type { Behaviour } from '../lab/middlebox.ts';
import {
  createAllowList,
  createCaptivePortal,
  type NetworkRegime,
} from '../lab/network-regimes.ts';
import type { PlainBehaviour } from '../lab/plain-middlebox.ts';
import type { NameBehaviour, Place, Turns } from './scenario.ts';
import type { Stage } from './stage.ts';

const PORTAL_HOST = 'login.portal.example';

/** Treats a connection by the name it carries. */
export type Chooser = {
  readonly tls: (serverName: string | undefined, address: string) => Behaviour;
  readonly plain: (host: string | undefined) => PlainBehaviour;
};

/** How this place treats a connection; a regime comes before the rules on single names. */
export function createChooser({
  place,
  stage,
}: {
  readonly place: Place;
  readonly stage: Stage;
}): Chooser {
  const regime = regimeOf(place, stage);
  const names = createTurns(place.names);
  const hosts = createTurns(place.hosts);
  const pass = { kind: 'pass' } as const;
  return {
    tls: (name, address) =>
      regime?.tls(name) ?? toBehaviour(names(`*@${address}`) ?? names(name), name, stage) ?? pass,
    plain: (host) => regime?.plain(host) ?? hosts(host) ?? pass,
  };
}

function regimeOf(place: Place, stage: Stage): NetworkRegime | undefined {
  if (place.allowList) return createAllowList(place.allowList);
  if (!place.isCaptivePortal) return undefined;
  return createCaptivePortal(
    stage.certificateOf('good', PORTAL_HOST),
    `https://${PORTAL_HOST}/login`,
  );
}

/** Finds the rule of a name; rules that take turns go on with every connection of that name. */
function createTurns<B extends { readonly kind: string }>(
  rules: Readonly<Record<string, Turns<B>>> | undefined,
): (name: string | undefined) => B | undefined {
  const counts = new Map<string, number>();
  return (name) => {
    const isRule = name !== undefined && rules?.[name] !== undefined;
    if (!isRule && name?.startsWith('*@')) return undefined;
    const key = isRule ? name : '*';
    const rule = rules?.[key];
    if (rule === undefined) return undefined;
    if (!isList(rule)) return rule;
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    return rule[count % rule.length];
  };
}

const isList = <B>(rule: Turns<B>): rule is readonly B[] => Array.isArray(rule);

function toBehaviour(
  rule: NameBehaviour | undefined,
  serverName: string | undefined,
  stage: Stage,
): Behaviour | undefined {
  if (rule?.kind !== 'impostor') return rule;
  return { kind: 'mitm', certificate: stage.certificateOf(rule.certificate, serverName ?? '') };
}
