/** The way to the server through a proxy, for agents that must not, or cannot, reach it by themselves. */
import { ConfigError } from '../config/problem.ts';
import type { DialServer } from '../probes/agent/uplink.ts';
import type { ProxyEndpoint } from '../probes/network/proxied.ts';

/** A proxy as it was given. */
export type AgentProxy = { readonly kind: 'socks5' | 'http'; readonly endpoint: ProxyEndpoint };

const DEFAULT_PORTS = { socks5: 1080, http: 80 } as const;
const KINDS: Readonly<Record<string, AgentProxy['kind']>> = {
  'socks5:': 'socks5',
  'socks5h:': 'socks5',
  'http:': 'http',
};

/**
 * Reads e.g. `socks5://user@192.0.2.7:1080`.
 * @throws ConfigError when it is none, or holds a password, which every user of the machine could read
 */
export function readProxy(text: string, password: string | undefined): AgentProxy {
  const fail = (problem: string, remedy: string): never => {
    throw new ConfigError([
      { file: 'command line', line: 0, column: 0, path: '--proxy', problem, remedy },
    ]);
  };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const kind = url && KINDS[url.protocol];
  if (!url || !kind || url.hostname === '')
    return fail(
      'is no proxy',
      'write e.g. socks5://user@192.0.2.7:1080 or http://192.0.2.7:3128, or none to go without',
    );
  if (url.password !== '')
    return fail(
      'holds a password, which every user of this machine could read',
      'leave it out and put it into the environment variable REACHLINE_AGENT_PROXY_PASSWORD',
    );
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? DEFAULT_PORTS[kind] : Number(url.port);
  const login =
    url.username === ''
      ? {}
      : { username: decodeURIComponent(url.username), password: password ?? '' };
  return { kind, endpoint: { host, port, ...login } };
}

/**
 * The proxy to use: the one given, or else that of the last start. Whoever set one may be in danger without it, so only
 * `none` ends it.
 */
export function chooseProxy(
  given: string | undefined,
  remembered: string | undefined,
): string | undefined {
  return given === 'none' ? undefined : (given ?? remembered);
}

/** Where a proxy is, for messages: without its login. */
export function describeProxy(text: string): string {
  const { protocol, host } = new URL(text);
  return `${protocol}//${host}`;
}

/** Dials through the proxy, which also looks up the name of the server. */
export async function createProxyDial({ kind, endpoint }: AgentProxy): Promise<DialServer> {
  const options = { proxy: endpoint, names: 'far', isRefused: () => false } as const;
  // Each is loaded only when it is used, for the sake of small machines.
  const network =
    kind === 'socks5'
      ? (await import('../probes/network/socks5.ts')).createSocks5Network(options)
      : (await import('../probes/network/http-proxy.ts')).createHttpProxyNetwork(options);
  return (host, port, signal) => network.connect(host, port, signal);
}
