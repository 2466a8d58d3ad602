/**
 * Builds one network of a scenario on loopback: its resolvers, and a gate in front of every address, where TLS is
 * judged by server name and cleartext by Host header before the origin is reached.
 */
import net from 'node:net';
import { startDnsServer } from '../lab/dns-server.ts';
import { createDohServer } from '../lab/doh-server.ts';
import { createLabNetwork, type LabRoute, type RouteOf } from '../lab/lab-network.ts';
import { type LabServer, listenTcp } from '../lab/lab-server.ts';
import { guardConnection } from '../lab/middlebox.ts';
import { startQuicServer } from '../lab/quic-server.ts';
import { startStunServer } from '../lab/stun-server.ts';
import type { Network, ResolverEndpoint } from '../network/network.ts';
import { createChooser } from './chooser.ts';
import { type Building, HTTPS_PORT, openHost, openStranger, refuse } from './gates.ts';
import { DOH_HOST, NETWORK_RESOLVER, PUBLIC_RESOLVER } from './hosts.ts';
import { createPublicAnswers, createTruth, listOrigins, withRules } from './resolvers.ts';
import type { Origin, Place, Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

const DNS_PORT = 53;

/** A running network of a scenario. */
export type World = { readonly network: Network; readonly close: () => Promise<void> };

/** Starts the network of a place. It keeps running until it is closed. */
export async function openWorld(scenario: Scenario, place: Place, stage: Stage): Promise<World> {
  const servers: LabServer[] = [];
  const building: Building = {
    scenario,
    place,
    stage,
    origins: listOrigins(scenario),
    choose: createChooser({ place, stage }),
    ports: new Map(),
    keep: (server) => {
      servers.push(server);
      return server;
    },
  };
  await openResolvers(building);
  for (const [address, hosts] of listAddresses(building.origins))
    await openHost(address, hosts, building);
  for (const [address, stranger] of Object.entries(scenario.strangers ?? {}))
    await openStranger(address, stranger, building);
  await openQuic(building);
  const stun = building.keep(await startStunServer(() => 'answer'));
  return {
    network: createNetwork(building, stun.port),
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

async function openResolvers({ origins, place, stage, choose, ports, keep }: Building) {
  const truth = createTruth(origins);
  const answers = createPublicAnswers(place, truth);
  const doh = createDohServer(stage.certificateOf('good', DOH_HOST), answers.doh);
  const gate = net.createServer((client) =>
    guardConnection(client, {
      choose: (name) => choose.tls(name, PUBLIC_RESOLVER),
      openUpstream: refuse,
      accept: doh.accept,
    }),
  );
  const own = keep(await startDnsServer(withRules(place.dns, truth)));
  const open = keep(await startDnsServer(answers.wire));
  ports.set(`${NETWORK_RESOLVER}:${DNS_PORT}`, own.port);
  ports.set(`${PUBLIC_RESOLVER}:${DNS_PORT}`, open.port);
  ports.set(`${PUBLIC_RESOLVER}:${HTTPS_PORT}`, keep(await listenTcp(gate)).port);
}

async function openQuic({ origins, place, ports, keep }: Building): Promise<void> {
  const behaviour = place.isQuicV1Dropped ? 'drop_v1' : 'answer_v1';
  for (const { addresses, hasQuic } of origins.values())
    for (const address of hasQuic ? addresses : []) {
      const server = keep(await startQuicServer(() => behaviour));
      ports.set(`${address}:${HTTPS_PORT}/udp`, server.port);
    }
}

/** Groups the hosts by where they live. */
function listAddresses(origins: ReadonlyMap<string, Origin>): Map<string, string[]> {
  const hosts = new Map<string, string[]>();
  for (const [host, { addresses }] of origins)
    for (const address of addresses)
      if (net.isIPv4(address)) hosts.set(address, [...(hosts.get(address) ?? []), host]);
  return hosts;
}

function createNetwork({ place, stage, scenario, ports }: Building, stunPort: number): Network {
  const common = { address: PUBLIC_RESOLVER, port: DNS_PORT, resolver: 'public' } as const;
  const publicResolvers: readonly ResolverEndpoint[] = [
    { ...common, transport: 'udp' },
    { ...common, transport: 'tcp' },
    { ...common, port: HTTPS_PORT, transport: 'doh', url: `https://${DOH_HOST}/dns-query` },
  ];
  const own: ResolverEndpoint = {
    transport: 'udp',
    resolver: 'network',
    address: NETWORK_RESOLVER,
    port: DNS_PORT,
  };
  const lab = createLabNetwork({
    routeOf: createRoutes(place, scenario, ports, stunPort),
    faults: stage.faults,
    resolvers: [place.usesPublicResolver ? { ...common, transport: 'udp' } : own],
    publicResolvers,
    trust: stage.trust,
  });
  let connections = 0;
  const { changesNetworkAfter = Infinity } = place;
  return {
    ...lab,
    connect: (...args) => {
      connections += 1;
      return lab.connect(...args);
    },
    identity: () => (connections < changesNetworkAfter ? 'first network' : 'second network'),
  };
}

function createRoutes(
  place: Place,
  { service }: Scenario,
  ports: ReadonlyMap<string, number>,
  stunPort: number,
): RouteOf {
  const stunPorts = new Set(
    service.targets.filter((one) => one.kind === 'stun').map(({ port }) => port),
  );
  const rules = place.routes ?? {};
  return (address, port, transport): LabRoute => {
    if (place.isDown) return { kind: 'drop' };
    const rule =
      transport === 'udp'
        ? rules[`${address}:${port}/udp`]
        : (rules[`${address}:${port}`] ?? rules[address] ?? rules['*']);
    if (rule) return { kind: rule };
    if (transport === 'udp' && stunPorts.has(port)) return { kind: 'open', port: stunPort };
    const known =
      transport === 'udp' && port !== DNS_PORT
        ? ports.get(`${address}:${port}/udp`)
        : ports.get(`${address}:${port}`);
    // A host that speaks no QUIC answers nothing on that port, as most firewalls have it.
    if (known === undefined) return { kind: transport === 'udp' ? 'drop' : 'refuse' };
    return { kind: 'open', port: known };
  };
}
