/** OONI's web_connectivity, 0.0.1 to 0.5: one page of one of our services, with the helper's control. */
import type { Service } from '../../types.ts';
import type { Draft, Hop, Verification } from './drafts.ts';
import type { Envelope } from './envelope.ts';
import type { Facts, HttpFact, Timed } from './facts.ts';
import { draftControl, draftHelperBaselines, readControl } from './helper-control.ts';
import { findService, matchTarget } from './match-target.ts';
import { asHost, asWebAddress } from './raw-values.ts';
import { draftVisit } from './visits.ts';

/** What a measurement gives: observations of one service, or why it gives none. */
export type Reading =
  | { readonly kind: 'read'; readonly service: string; readonly drafts: readonly Draft[] }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/** `no_service`: it measured nothing of ours. `no_target`: a part of our services that we do not measure. */
export type SkipReason = 'other_test' | 'no_service' | 'no_target' | 'nothing_seen';

/** Redirects that are followed at most. */
const MAX_HOPS = 11;

/** Reads one measurement of a page. */
export function readWebConnectivity(
  envelope: Envelope,
  readAll: () => Facts,
  services: readonly Service[],
  helpers: unknown,
): Reading {
  const named = asWebAddress(envelope.input);
  // Most pages are none of ours, and their lists need not be read to know it.
  if (named && !findService(services, asHost(named.hostname) ?? ''))
    return { kind: 'skipped', reason: 'no_service' };
  const facts = readAll();
  const url = named ?? facts.http[0]?.url;
  if (url === undefined) return { kind: 'skipped', reason: 'no_service' };
  const host = asHost(url.hostname) ?? '';
  const service = findService(services, host);
  if (!service) return { kind: 'skipped', reason: 'no_service' };
  const match = matchTarget(service, { host, port: readPort(url), isWeb: true });
  if (!match) return { kind: 'skipped', reason: 'no_target' };
  const hops = addLastHop(listHops(url, facts.http), facts);
  const targetId = match.target.id;
  const visit = draftVisit(hops, facts, { targetId }, findVerification(envelope.software));
  if (visit.length === 0) return { kind: 'skipped', reason: 'nothing_seen' };
  const control = readControl(envelope.testKeys);
  const drafts = control
    ? [
        ...draftHelperBaselines(helpers),
        ...visit,
        ...draftControl(control, hops, targetId, envelope.scrubber),
      ]
    : visit;
  return { kind: 'read', service: service.id, drafts };
}

/** The page and where it led; requests that were made again for the same address count once. */
function listHops(url: URL, requests: readonly HttpFact[]): Hop[] {
  const distinct = requests.filter(
    (one, index) =>
      requests.findLastIndex(({ url: other }) => other.href === one.url.href) === index,
  );
  const first = distinct[0];
  const rest =
    first === undefined || first.url.hostname !== url.hostname ? distinct : distinct.slice(1);
  const own = first !== undefined && rest.length < distinct.length ? first : undefined;
  const hops = [toHop(own?.url ?? url, own), ...rest.map((one) => toHop(one.url, one))];
  return hops.slice(0, MAX_HOPS);
}

/**
 * Adds where the last answer led when nothing was fetched there: newer probes list a request only once they have a
 * connection. A page in cleartext that sends elsewhere is not the end of the visit, whatever became of the rest.
 */
function addLastHop(hops: readonly Hop[], facts: Facts): readonly Hop[] {
  const last = hops.at(-1);
  const { value, url } = last?.request ?? {};
  if (!last || !value || value.statusCode < 300 || value.statusCode > 399) return hops;
  const next = URL.parse(value.headers['location'] ?? '', url);
  const hop = next && asWebAddress(next.href) ? toHop(next) : undefined;
  const isSeen = ({ depth }: Timed, host: string): boolean =>
    depth === hops.length || (depth === undefined && host === hop?.host && host !== last.host);
  const isFollowed =
    facts.dns.some((one) => isSeen(one, one.host)) ||
    facts.tls.some((one) => isSeen(one, one.serverName)) ||
    facts.tcp.some((one) => one.depth === hops.length);
  if (hop && isFollowed) return [...hops, hop];
  return last.isTls ? hops : [...hops, { ...last, isUnfollowed: true }];
}

/** Describes a request, or where one would have gone. */
export function toHop(url: URL, request?: HttpFact): Hop {
  return {
    host: asHost(url.hostname) ?? '',
    port: readPort(url),
    isTls: url.protocol === 'https:',
    ...(request ? { request } : {}),
  };
}

/** The port that an address means. */
export function readPort(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/** The first probes, in Python, fetched pages without looking at certificates; all others verify. */
export function findVerification(software: string): Verification {
  return /^(ooniprobe-|miniooni|measurement_kit|reachline)/.test(software) ? 'verifies' : 'unknown';
}
