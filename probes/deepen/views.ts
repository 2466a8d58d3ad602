/**
 * Other views of a target's name: public resolvers over UDP, TCP and HTTPS, and who it is that answers for them.
 * An address is proved genuine by the only thing that cannot be forged, a verified handshake for the name.
 */
import { isIP } from 'node:net';
import { isBogon } from '../bogon.ts';
import type { Subject } from '../recorder.ts';
import { lookUp, type StageDeps } from '../stages.ts';
import type { Target } from '../types.ts';
import { tryHandshake, tryVisit } from './trials.ts';

const HTTPS_PORT = 443;

/** Asks every public resolver for the target's name and verifies what the answers add to `tried`. */
export async function viewName(
  target: Target,
  tried: ReadonlySet<string>,
  subject: Subject,
  deps: StageDeps,
): Promise<void> {
  if (isIP(target.host) !== 0) return;
  const view: Subject = { ...subject, purpose: 'dns_view' };
  const outcomes = await Promise.all(
    deps.network.publicResolvers.map((endpoint) => lookUp(target.host, endpoint, view, deps)),
  );
  const known = new Set(tried);
  for (const outcome of outcomes) {
    if (outcome.kind === 'failed' || deps.signal.aborted) continue;
    const usable = outcome.value.addresses.filter((address) => !isBogon(address));
    const fresh = usable.find((address) => !known.has(address));
    if (fresh === undefined) continue;
    known.add(fresh);
    await verify(target, fresh, view, deps);
  }
}

/** Only over TLS can an address prove itself; what is served in cleartext has mostly a TLS port beside it. */
async function verify(
  target: Target,
  address: string,
  subject: Subject,
  deps: StageDeps,
): Promise<void> {
  if (target.kind === 'stun') return;
  if (target.kind === 'tcp' && target.port !== HTTPS_PORT) {
    await tryVisit(target, address, subject, deps);
    return;
  }
  const port = target.kind === 'http' ? HTTPS_PORT : target.port;
  const input = { address, port, serverName: target.host, clientHello: 'default' } as const;
  await tryHandshake(input, subject, deps);
}

/** Asks over UDP and TCP for a name that tells who asks for it: a forged resolver asks from elsewhere. */
export async function askWhoami(
  whoamiName: string,
  subject: Subject,
  deps: StageDeps,
): Promise<void> {
  const whoami: Subject = { ...subject, purpose: 'whoami' };
  const endpoints = deps.network.publicResolvers.filter(({ transport }) => transport !== 'doh');
  await Promise.all(endpoints.map((endpoint) => lookUp(whoamiName, endpoint, whoami, deps)));
}
