/** Worker of a region: one origin for every name, and per network a resolver and a middlebox in front of the origin. */
import net from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import type { FunctionId } from '../types.ts';
import { type DnsAnswer, type DnsQuestion, startDnsServer } from './dns-server.ts';
import { listenTcp } from './lab-server.ts';
import { type Behaviour, guardConnection } from './middlebox.ts';
import type { PageBehaviour } from './page-behaviour.ts';
import { type PlannedHost, planRegion } from './region-plan.ts';
import {
  BASELINE_SITE,
  PUBLIC_RESOLVER_ADDRESS,
  type RegionPorts,
  type RegionWorkerData,
} from './region-protocol.ts';
import { type Imposition, impositionsAt, METHODS, type Method, strikes } from './restrictions.ts';
import { startStunServer } from './stun-server.ts';
import { type Site, startOriginServer } from './tls-server.ts';

const data = workerData as RegionWorkerData;
const plan = planRegion(data.services, data.baselines);
const timeCell = new BigInt64Array(data.time);

/** Bytes let through by a frozen connection, as measured on Russian networks in 2025. */
const FREEZE_BYTES = 16_384;
/** Media are larger than what a freeze lets through; everything else is a small page. */
const MEDIA_BYTES = 24_576;
/** Address of an operator's block-page server (ooni/blocking-fingerprints). */
const STUB_ADDRESS = '95.167.13.50';
/** Address from private space that filters are known to answer with. */
const BOGON_ADDRESS = '10.10.34.35';
const HANDSHAKE_FAILURE_ALERT = 40;

/** Restrictions of one network, looked up once per instant. */
function createActive(networkId: string): () => readonly Imposition[] {
  let atMs = Number.NaN;
  let active: readonly Imposition[] = [];
  return () => {
    const nowMs = Number(Atomics.load(timeCell, 0));
    if (nowMs !== atMs) {
      atMs = nowMs;
      active = impositionsAt(data.story, networkId, atMs);
    }
    return active;
  };
}

/** Finds the method of a layer by which a host is restricted. */
function methodOn(
  host: PlannedHost | undefined,
  active: readonly Imposition[],
  layer: 'dns' | 'tls',
): Method | undefined {
  const isHit = ({ serviceId, ...imposition }: Imposition): boolean =>
    host?.targets.some(
      (one) =>
        one.kind === 'service' &&
        one.serviceId === serviceId &&
        strikes({ serviceId, ...imposition }, one.target),
    ) ?? false;
  return active.find((one) => METHODS[one.method].layer === layer && isHit(one))?.method;
}

function answer({ name, type }: DnsQuestion, active: readonly Imposition[]): DnsAnswer {
  const host = plan.byHost.get(name);
  if (!host) return { kind: 'nxdomain' };
  const method = active.length > 0 ? methodOn(host, active, 'dns') : undefined;
  if (method === 'dns_nxdomain') return { kind: 'nxdomain' };
  if (type !== 'A') return { kind: 'empty' };
  if (method === 'dns_stub') return { kind: 'addresses', addresses: [STUB_ADDRESS] };
  if (method === 'dns_bogon') return { kind: 'addresses', addresses: [BOGON_ADDRESS] };
  return { kind: 'addresses', addresses: host.addresses };
}

/** The truth, and for any other name the resolver's own address, as a name that tells who asks would have it. */
function answerOutside(question: DnsQuestion): DnsAnswer {
  if (plan.byHost.has(question.name)) return answer(question, []);
  return { kind: 'addresses', addresses: [PUBLIC_RESOLVER_ADDRESS] };
}

const BEHAVIOURS: Readonly<Partial<Record<Method, Behaviour>>> = {
  tls_reset: { kind: 'reset' },
  tls_fin: { kind: 'fin' },
  tls_silence: { kind: 'hang' },
  tls_alert: { kind: 'alert', description: HANDSHAKE_FAILURE_ALERT },
  freeze: { kind: 'freeze', bytes: FREEZE_BYTES },
};

function behave(serverName: string | undefined, active: readonly Imposition[]): Behaviour {
  const host = serverName === undefined ? undefined : plan.byHost.get(serverName);
  const method = methodOn(host, active, 'tls');
  return (method && BEHAVIOURS[method]) ?? { kind: 'pass' };
}

function createSites(): ReadonlyMap<string, Site> {
  const sites = new Map<string, Site>();
  for (const { host, targets } of plan.byHost.values()) {
    const owner = targets.find((one) => one.kind === 'service');
    const certificate = data.certificates.get(owner?.serviceId ?? BASELINE_SITE);
    const page = pageOf(host, owner?.target.function);
    if (certificate) sites.set(host, { certificate, behaviourOf: () => page });
  }
  return sites;
}

const pageOf = (host: string, functionId: FunctionId | undefined): PageBehaviour =>
  functionId === 'media'
    ? { kind: 'big', bytes: MEDIA_BYTES }
    : { kind: 'page', title: `${host} (simulated)` };

async function serve(): Promise<RegionPorts> {
  const sites = createSites();
  const origin = await startOriginServer((name) =>
    name === undefined ? undefined : sites.get(name),
  );
  const openUpstream = (): net.Socket => net.connect(origin.port, '127.0.0.1');
  const gates = new Map<string, number>();
  const resolvers = new Map<string, number>();
  for (const networkId of data.networkIds) {
    const active = createActive(networkId);
    const gate = await listenTcp(
      net.createServer({ noDelay: true }, (client) => {
        const restrictions = active();
        // Without a restriction there is nothing to look for, and looking would cost every handshake.
        if (!restrictions.some(({ method }) => METHODS[method].layer === 'tls')) {
          origin.accept(client);
          return;
        }
        const choose = (name: string | undefined): Behaviour => behave(name, restrictions);
        guardConnection(client, { choose, openUpstream, accept: origin.accept });
      }),
    );
    const resolver = await startDnsServer((question) => answer(question, active()));
    gates.set(networkId, gate.port);
    resolvers.set(networkId, resolver.port);
  }
  const stun = await startStunServer(() => 'answer');
  const outside = await startDnsServer(answerOutside);
  return { gates, resolvers, stun: stun.port, publicResolver: outside.port };
}

parentPort?.postMessage(await serve());
