/** Fetching one URL at one address, stage by stage: what the regular visit, its redirects and the deep pass share. */
import type { Subject } from './recorder.ts';
import {
  connect,
  countWire,
  type FetchOptions,
  fetchPage,
  type StageDeps,
  shakeHands,
} from './stages.ts';
import type { HttpValue, Target } from './types.ts';

/** The URL that a target's GET asks for, or another path or name in its place. */
export function toUrl(
  { kind, host, port, path }: Pick<Target, 'kind' | 'host' | 'port' | 'path'>,
  changes: { readonly host?: string; readonly path?: string } = {},
): string {
  const scheme = kind === 'http' ? 'http' : 'https';
  const isUsualPort = port === (kind === 'http' ? 80 : 443);
  return `${scheme}://${changes.host ?? host}${isUsualPort ? '' : `:${port}`}${changes.path ?? path}`;
}

/** How fetching one URL ended. */
export type Fetched = {
  readonly url: string;
  /** True when the answer came, over verified TLS where TLS was asked for. */
  readonly isReached: boolean;
  readonly response?: HttpValue;
  /** The Location header as it came. */
  readonly location?: string;
};

/** Fetches one URL at one address: connect, verify for https, request. */
export async function fetchAt(
  url: string,
  address: string,
  subject: Subject,
  deps: StageDeps,
  options: FetchOptions = {},
): Promise<Fetched> {
  const way = await open(new URL(url), address, subject, deps);
  if (!way) return { url, isReached: false };
  let location: string | undefined;
  const onLocation = (text: string): void => {
    location = text;
  };
  const input = { method: 'GET', url, address } as const;
  const outcome = await fetchPage(way, input, subject, deps, { ...options, onLocation });
  return {
    url,
    isReached: outcome.kind === 'ok' && way.isTrusted,
    ...(outcome.kind === 'ok' ? { response: outcome.value } : {}),
    ...(location === undefined ? {} : { location }),
  };
}

async function open(url: URL, address: string, subject: Subject, deps: StageDeps) {
  const isTls = url.protocol === 'https:';
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port);
  const raw = await connect({ address, port }, subject, deps);
  if (!raw) return undefined;
  if (!isTls) return { socket: raw, wire: countWire(raw), isTrusted: true };
  const serverName = url.hostname;
  const tls = await shakeHands(
    raw,
    { address, port, serverName, clientHello: 'default' },
    subject,
    deps,
  );
  // Over a false certificate too: what comes then is often the page of whoever stands in the path.
  const socket = tls.socket ?? tls.unverified;
  if (!socket || !tls.wire) return undefined;
  return { socket, wire: tls.wire, isTrusted: tls.outcome.kind === 'ok' };
}
