/**
 * The connection to a target with one thing changed: another name, another address, a smaller hello, the same thing
 * again. What differs then tells on what the interference acts.
 */
import type { Subject } from '../recorder.ts';
import { connect, type StageDeps, shakeHands } from '../stages.ts';
import type { Target, TcpInput, TlsInput } from '../types.ts';
import { fetchAt, toUrl } from '../web-visit.ts';

/** Connects, shakes hands and closes. */
export async function tryHandshake(
  input: TlsInput,
  subject: Subject,
  deps: StageDeps,
): Promise<void> {
  const { address, port } = input;
  const socket = await tryConnection({ address, port }, subject, deps);
  if (!socket) return;
  const result = await shakeHands(socket, input, subject, deps);
  (result.socket ?? result.unverified)?.destroy();
}

async function tryConnection(input: TcpInput, subject: Subject, deps: StageDeps) {
  return deps.signal.aborted ? undefined : connect(input, subject, deps);
}

/** Does at an address what a visit does, up to the same stage. */
export async function tryVisit(
  target: Target,
  address: string,
  subject: Subject,
  deps: StageDeps,
): Promise<void> {
  if (deps.signal.aborted) return;
  if (target.kind === 'https' || target.kind === 'http') {
    await fetchAt(toUrl(target), address, subject, deps);
  } else if (target.kind === 'tcp') {
    const socket = await tryConnection({ address, port: target.port }, subject, deps);
    socket?.destroy();
  }
}

/**
 * The name beside an innocuous one at the same address. The visit came first, so that the order is target, innocuous,
 * innocuous, target: what changes with time alone shows.
 */
export async function tryNames(
  target: Target,
  address: string,
  { name, trials }: { readonly name: string; readonly trials: number },
  subject: Subject,
  deps: StageDeps,
): Promise<void> {
  const innocuous: Subject = { ...subject, purpose: 'innocuous_name' };
  for (let trial = 1; trial <= trials; trial += 1) {
    if (deps.signal.aborted) return;
    if (target.kind === 'https') {
      const { port } = target;
      const input = { address, port, serverName: name, clientHello: 'default' } as const;
      await tryHandshake(input, innocuous, deps);
    } else if (target.kind === 'http') {
      await fetchAt(toUrl(target, { host: name, path: '/' }), address, innocuous, deps);
    }
  }
  await tryVisit(target, address, { ...subject, purpose: 'target_again' }, deps);
}

/** A hello that fits one segment: some boxes do not put a larger one together. */
export async function trySmallHello(
  { host: serverName, port }: Target,
  address: string,
  subject: Subject,
  deps: StageDeps,
): Promise<void> {
  const input = { address, port, serverName, clientHello: 'small' } as const;
  await tryHandshake(input, { ...subject, purpose: 'small_hello' }, deps);
}

/** Several handshakes at once, which some networks count. */
export async function tryParallel(
  { host: serverName, port }: Target,
  address: string,
  connections: number,
  subject: Subject,
  deps: StageDeps,
): Promise<void> {
  const input = { address, port, serverName, clientHello: 'default' } as const;
  const parallel: Subject = { ...subject, purpose: 'parallel' };
  await Promise.all(Array.from({ length: connections }, () => tryHandshake(input, parallel, deps)));
}
