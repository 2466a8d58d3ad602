/**
 * One visit to one target: resolve, dial one address, verify, fetch. Cheap by design; doubt is the judge's.
 * Every operation is recorded whether it succeeded or not, and nothing here rejects.
 */
import { isIP } from 'node:net';
import { isBogon } from './bogon.ts';
import { hasFarNames } from './network/network.ts';
import { probeStun } from './operations/stun.ts';
import type { Subject } from './recorder.ts';
import { followRedirects, toLiteral } from './redirects.ts';
import { connect, lookUp, type StageDeps } from './stages.ts';
import type { Target } from './types.ts';
import { fetchAt, toUrl } from './web-visit.ts';

/** Resolvers asked in turn when one does not answer; more would outlast the run. */
const MAX_RESOLVERS = 2;

/** What a visit needs. */
export type VisitDeps = StageDeps;

/** Visits a target once and records what was seen. Resolves to true when the target's last stage answered. Never rejects. */
export async function probeTarget(
  target: Target,
  subject: Subject,
  deps: VisitDeps,
): Promise<boolean> {
  const address = await findAddress(target.host, subject, deps);
  if (address === undefined) return false;
  const endpoint = { address, port: target.port };
  switch (target.kind) {
    case 'stun':
      return visitStun(endpoint, subject, deps);
    case 'tcp':
      return visitTcp(endpoint, subject, deps);
    case 'https':
    case 'http':
      return visitWeb(target, address, subject, deps);
    default:
      return target.kind satisfies never;
  }
}

/**
 * Resolves a name and picks the address to dial; undefined when there is none that may be dialled. With far names that
 * is the name itself, and no observation is made: somebody else looks it up.
 */
async function findAddress(
  host: string,
  subject: Subject,
  deps: VisitDeps,
): Promise<string | undefined> {
  if (hasFarNames(deps.network)) return isIP(host) !== 0 && isBogon(host) ? undefined : host;
  const given = isIP(host) === 0 ? await resolve(host, subject, deps) : [host];
  const addresses = given.filter((one) => !isBogon(one));
  if (deps.signal.aborted) return undefined;
  // The retry takes another address where there is one, so that it is a second opinion.
  return addresses[(subject.attempt - 1) % Math.max(1, addresses.length)];
}

/** Asks the vantage's own resolvers in turn until one answers in any way. */
async function resolve(
  host: string,
  subject: Subject,
  deps: VisitDeps,
): Promise<readonly string[]> {
  for (const endpoint of deps.network.resolvers.slice(0, MAX_RESOLVERS)) {
    const outcome = await lookUp(host, endpoint, subject, deps);
    if (outcome.kind === 'ok') return outcome.value.addresses;
    const hasAnswered = outcome.failure.code.startsWith('dns_');
    if (hasAnswered || deps.signal.aborted) return [];
  }
  if (deps.network.resolvers.length === 0) recordNoResolver(host, subject, deps);
  return [];
}

/** A vantage without a resolver is our fault, and is recorded as such. */
function recordNoResolver(host: string, subject: Subject, { clock, recorder }: VisitDeps): void {
  recorder.record(
    {
      ...subject,
      operation: 'dns',
      input: { host, recordType: 'A', transport: 'udp', resolver: 'network' },
      outcome: {
        kind: 'failed',
        failure: {
          operation: 'dns',
          code: 'network_down',
          attribution: 'vantage',
          raw: 'no resolver',
        },
      },
    },
    clock.monotonicMs(),
  );
}

type Endpoint = { readonly address: string; readonly port: number };

async function visitStun(
  input: Endpoint,
  subject: Subject,
  { network, clock, budgets, signal, recorder }: VisitDeps,
): Promise<boolean> {
  const beganMs = clock.monotonicMs();
  const outcome = await probeStun(input, { network, clock, signal, budgetMs: budgets.stunMs });
  recorder.record({ ...subject, operation: 'stun', input, outcome }, beganMs);
  return outcome.kind === 'ok';
}

async function visitTcp(endpoint: Endpoint, subject: Subject, deps: VisitDeps): Promise<boolean> {
  const socket = await connect(endpoint, subject, deps);
  socket?.destroy();
  return socket !== undefined;
}

/** Fetches the page, and those that it leads to when the target says so. */
async function visitWeb(
  target: Target,
  address: string,
  subject: Subject,
  deps: VisitDeps,
): Promise<boolean> {
  const first = await fetchAt(toUrl(target), address, subject, deps);
  if (!target.isFollowingRedirects) return first.isReached;
  return followRedirects(first, subject, deps, async (url, hop) => {
    const at = { ...subject, hop };
    const hopAddress = await findAddress(toLiteral(url.hostname), at, deps);
    return hopAddress === undefined ? undefined : fetchAt(url.href, hopAddress, at, deps);
  });
}
