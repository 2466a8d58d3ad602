/** OONI's tests of messengers: whatsapp and facebook_messenger, each many endpoints of one service without a control. */
import { isIP } from 'node:net';
import type { Service, ServiceTarget } from '../../types.ts';
import type { Draft, Hop } from './drafts.ts';
import type { Envelope } from './envelope.ts';
import type { Facts } from './facts.ts';
import { findService, matchTarget } from './match-target.ts';
import { draftRelatives, draftVisit } from './visits.ts';
import { findVerification, type Reading, readPort, toHop } from './web-connectivity.ts';

/** Test names and the service that each of them is about. */
const SERVICE_OF: Readonly<Record<string, string>> = {
  whatsapp: 'whatsapp',
  facebook_messenger: 'facebook',
};

/** Tells whether a test is one of these. */
export function isMessenger(testName: string): boolean {
  return Object.hasOwn(SERVICE_OF, testName);
}

/** Reads one measurement of a messenger. */
export function readMessenger(
  envelope: Envelope,
  facts: Facts,
  services: readonly Service[],
): Reading {
  const service = services.find(({ id }) => id === SERVICE_OF[envelope.testName]);
  if (!service) return { kind: 'skipped', reason: 'no_service' };
  const verification = findVerification(envelope.software);
  const known = service.targets.flatMap((target) =>
    draftVisit(
      toHops(target, facts),
      restrict(facts, target),
      { targetId: target.id },
      verification,
    ),
  );
  const measured = new Set(known.map(({ targetId }) => targetId));
  const others = listOthers(service, services, facts).flatMap(({ hop, target }) =>
    measured.has(target.id)
      ? draftRelatives(hop, facts, { targetId: target.id })
      : draftVisit([hop], facts, { targetId: target.id }, verification),
  );
  const drafts: readonly Draft[] = [...known, ...others];
  if (drafts.length === 0) return { kind: 'skipped', reason: 'nothing_seen' };
  return { kind: 'read', service: service.id, drafts };
}

/** The request for a target with where it led, or the bare endpoint. */
function toHops(target: ServiceTarget, { http }: Facts): Hop[] {
  const { host, port, kind } = target;
  const isTls = kind === 'https';
  const request = http.find(({ url }) => url.hostname === host && readPort(url) === port);
  return [{ host, port, isTls, ...(request && isTls ? { request } : {}) }];
}

/** What was seen of the target alone: its other ports belong to other targets. */
function restrict(facts: Facts, { host, port, kind }: ServiceTarget): Facts {
  const tcp = facts.tcp.filter((one) => one.port === port);
  const isSeen =
    kind === 'tcp'
      ? tcp.some(({ address }) => listHosts(facts, address).includes(host)) ||
        facts.dns.some((one) => one.host === host)
      : kind !== 'stun';
  return isSeen ? { ...facts, tcp } : { ...facts, dns: [], tcp: [], tls: [], http: [] };
}

/** Names to which an address belongs, by the lookups of the same run. */
function listHosts({ dns }: Facts, address: string): string[] {
  if (isIP(address) === 0) return [address];
  return dns.filter(({ addresses }) => addresses.includes(address)).map(({ host }) => host);
}

/** Endpoints of the service's domains that are no targets of ours, each with its nearest target. */
function listOthers(
  service: Service,
  services: readonly Service[],
  facts: Facts,
): { hop: Hop; target: ServiceTarget }[] {
  const own = new Set(service.targets.map(({ host }) => host));
  const seen = new Map<string, Hop>();
  for (const { address, port } of facts.tcp)
    for (const host of listHosts(facts, address))
      if (!own.has(host)) seen.set(`${host} ${port}`, { host, port, isTls: false });
  for (const request of facts.http) {
    const hop = toHop(request.url, request);
    if (!own.has(hop.host)) seen.set(`${hop.host} ${hop.port}`, hop);
  }
  return [...seen.values()].flatMap((hop) => {
    if (findService(services, hop.host)?.id !== service.id) return [];
    const isWeb = hop.request !== undefined;
    const match = matchTarget(service, { host: hop.host, port: hop.port, isWeb });
    return match ? [{ hop, target: match.target }] : [];
  });
}
