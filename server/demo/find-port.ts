/** Where the demo will be found: its messages hold links, so it has to be known before the pages are served. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Settings } from '../../config/settings.ts';

/** Hosts that stand for every address of the machine, and lead nowhere as links. */
const ANY_HOST = new Set(['0.0.0.0', '::']);

/** The port of the settings, or one that is free now where they leave the choice to the system. */
export async function findPort({ host, port }: Pick<Settings, 'host' | 'port'>): Promise<number> {
  if (port !== 0) return port;
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port: free } = server.address() as AddressInfo; // a TCP server's, since it listens on a port
  server.close();
  await once(server, 'close');
  return free;
}

/** What the links of messages begin with: the public address where the settings have one. */
export function toPublicUrl({ host, port, publicUrl }: Settings): string {
  if (publicUrl !== undefined) return new URL(publicUrl).origin;
  const named = ANY_HOST.has(host) ? '127.0.0.1' : host;
  return `http://${named.includes(':') ? `[${named}]` : named}:${port}`;
}
