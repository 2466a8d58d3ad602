/** An HTTP proxy that stands in a network of the lab. Opens tunnels by CONNECT (RFC 9110 §9.3.6) and does nothing else. */
import http from 'node:http';
import net from 'node:net';
import { listenTcp } from './lab-server.ts';
import {
  carryBytes,
  codeOfError,
  dialFor,
  type LabProxy,
  type LabProxyOptions,
  untilGone,
} from './proxy-upstream.ts';

const DONE = 'HTTP/1.1 200 Connection established\r\n\r\n';

/** Starts the proxy on a free port of loopback. */
export async function startConnectProxy({ network, auth }: LabProxyOptions): Promise<LabProxy> {
  const expected = auth && `Basic ${btoa(`${auth.username}:${auth.password}`)}`;
  const server = http.createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request, client, head: Buffer) => {
    if (!(client instanceof net.Socket)) throw new Error('a client without a socket');
    if (expected !== undefined && request.headers['proxy-authorization'] !== expected)
      client.end(toRefusal(407, 'proxy-authenticate: Basic realm="lab"\r\n'));
    else
      open(request.url ?? '', client, head).catch((error: unknown) =>
        client.end(toRefusal(codeOfError(error) === 'ETIMEDOUT' ? 504 : 502)),
      );
  });
  const { port, close } = await listenTcp(server);
  return { port, [Symbol.asyncDispose]: close };

  async function open(authority: string, client: net.Socket, head: Buffer): Promise<void> {
    const { hostname, port: targetPort } = new URL(`tunnel://${authority}`);
    const host = hostname.replace(/^\[|\]$/g, '');
    // A socket that nobody reads does not notice that its client has gone, and this one may stay half open.
    client.once('end', () => client.destroy()).resume();
    const upstream = await dialFor(host, Number(targetPort), network, untilGone(client));
    client.pause();
    client.write(DONE);
    if (head.length > 0) upstream.write(head);
    carryBytes(client, upstream);
  }
}

function toRefusal(status: number, header = ''): string {
  return `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ''}\r\n${header}content-length: 0\r\nconnection: close\r\n\r\n`;
}
