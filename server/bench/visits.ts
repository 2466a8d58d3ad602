/**
 * The same job done twice: our visit to an HTTPS target with all its evidence, and the least code that looks a name
 * up, connects, verifies and fetches. Both end with an error when anything is not as it should be.
 */
import assert from 'node:assert/strict';
import dns from 'node:dns';
import net from 'node:net';
import tls from 'node:tls';
import { systemClock } from '../../probes/clock.ts';
import { createDirectNetwork, dial } from '../../probes/network/direct.ts';
import type { Network } from '../../probes/network/network.ts';
import { probeTarget } from '../../probes/probe-target.ts';
import { Recorder } from '../../probes/recorder.ts';
import { getScrubber } from '../../probes/scrub.ts';
import type { Observation, Target } from '../../probes/types.ts';
import { type FarSideAddresses, SITE_ADDRESS, SITE_HOST } from './far-side.ts';

/** Milliseconds that each stage took. */
export type StageTimes = { readonly tcp: number; readonly tls: number };

/** Visits the site once and gives the times of its stages. */
export type Visit = () => Promise<StageTimes>;

const LOOPBACK = '127.0.0.1';

const TARGET: Target = {
  id: 'site.web.www',
  kind: 'https',
  host: SITE_HOST,
  port: 443,
  path: '/',
};

/** The default configuration's, but for the wait for late replies, which each benchmark sets. */
const BUDGETS = {
  dnsMs: 4_000,
  tcpMs: 10_000,
  tlsMs: 10_000,
  httpMs: 10_000,
  stunMs: 5_000,
  maxBodyBytes: 262_144,
  bodyHeadBytes: 2_048,
  confirmAfterMs: 0,
};

const STAGES = ['dns', 'tcp', 'tls', 'http'] as const;

/** The network of this machine, but every connection leads to one port of the far side. */
export function createFarNetwork(farSide: FarSideAddresses, port: number): Network {
  const direct = createDirectNetwork({
    resolvers: [
      { transport: 'udp', resolver: 'network', address: LOOPBACK, port: farSide.dnsPort },
    ],
    extraRoots: [farSide.rootPem],
  });
  return { ...direct, connect: (_address, _port, signal) => dial(LOOPBACK, port, signal) };
}

/** Our visit, with its observations put together and written as JSON the way a measurement stores them. */
export function createVisit(network: Network, lateRepliesMs: number): Visit {
  const budgets = { ...BUDGETS, lateRepliesMs };
  const { signal } = new AbortController();
  const subject = { targetId: TARGET.id, role: 'target', attempt: 1 } as const;
  const scrubber = getScrubber(network.ownAddresses);
  return async () => {
    const recorder = new Recorder(systemClock, systemClock.monotonicMs());
    const deps = { network, clock: systemClock, budgets, signal, recorder };
    const isReached = await probeTarget(TARGET, subject, deps);
    const observations = recorder.list().map((one, id): Observation => ({ ...one, id }));
    const stored = JSON.stringify({
      observations: scrubber.value(observations),
      certificates: [...recorder.certificates.keys()],
    });
    assert(isReached && recorder.certificates.size > 1 && stored.length > 0, stored);
    assert.equal(observations.length, STAGES.length);
    return { tcp: elapsedOf(observations, 'tcp'), tls: elapsedOf(observations, 'tls') };
  };
}

function elapsedOf(observations: readonly Observation[], operation: 'tcp' | 'tls'): number {
  return observations.find((one) => one.operation === operation)?.elapsedMs ?? Number.NaN;
}

/** The bare visit: c-ares, `net` and `tls` with the runtime's own verification and one shared context. Keeps nothing. */
export function createBareVisit(farSide: FarSideAddresses, port: number): Visit {
  const resolver = new dns.promises.Resolver();
  resolver.setServers([`${LOOPBACK}:${farSide.dnsPort}`]);
  const ca = [...tls.getCACertificates('default'), farSide.rootPem];
  const secureContext = tls.createSecureContext({ ca });
  return async () => {
    const [address] = await resolver.resolve4(SITE_HOST);
    assert.equal(address, SITE_ADDRESS);
    return fetchBare(port, secureContext);
  };
}

function fetchBare(port: number, secureContext: tls.SecureContext): Promise<StageTimes> {
  return new Promise((resolve, reject) => {
    const beganMs = performance.now();
    const socket = net.connect({ host: LOOPBACK, port, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      const connectedMs = performance.now();
      let securedMs = Number.NaN;
      let text = '';
      const secure = tls.connect({
        socket,
        secureContext,
        servername: SITE_HOST,
        ALPNProtocols: ['http/1.1'],
      });
      secure.once('error', reject);
      secure.once('secureConnect', () => {
        securedMs = performance.now();
        secure.write(`GET / HTTP/1.1\r\nhost: ${SITE_HOST}\r\nconnection: close\r\n\r\n`);
      });
      secure.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
      });
      secure.once('end', () => secure.destroy());
      secure.once('close', () => {
        if (!text.startsWith('HTTP/1.1 200') || !secure.authorized) reject(new Error('no page'));
        else resolve({ tcp: connectedMs - beganMs, tls: securedMs - connectedMs });
      });
    });
  });
}
