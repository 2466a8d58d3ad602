/**
 * The other end of the probes in a process of its own, so that serving does not cost the core that is measured:
 * a DNS server, a TLS origin, and a relay that holds the origin's answers back for a known time.
 * Started by far-side.ts and ended with it.
 */
import net from 'node:net';
import tls from 'node:tls';
import { startDnsServer } from '../../probes/lab/dns-server.ts';
import { ignoreClientError, listenTcp } from '../../probes/lab/lab-server.ts';
import { createSiteChain, type SiteChain } from './chain.ts';
import { DELAY_MS, type FarSideAddresses, SITE_ADDRESS, SITE_HOST } from './far-side.ts';

const BODY_BYTES = 1024;

/** A page of 1 KiB with the headers that a big site sends, and the end of the connection. */
function createResponse(): Buffer {
  const start = `<!doctype html><html><head><meta charset="utf-8"><title>${SITE_HOST}</title></head><body>`;
  const body = start.padEnd(BODY_BYTES, 'Reachline measures whether this page can be read. ');
  const head = [
    'HTTP/1.1 200 OK',
    'content-type: text/html; charset="utf-8"',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: private, no-cache, no-store, must-revalidate',
    'strict-transport-security: max-age=15552000; preload',
    'x-content-type-options: nosniff',
    'x-frame-options: DENY',
    'x-fb-debug: b3BhcXVlIGlkIG9mIHRoZSByZXF1ZXN0IGFzIHNlbnQgYnkgdGhlIHNpdGU=',
    'date: Fri, 20 Nov 2026 12:00:00 GMT',
    'connection: close',
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function createOrigin({ keyPem, chainPem }: SiteChain): tls.Server {
  const response = createResponse();
  const options = { key: keyPem, cert: chainPem, ALPNProtocols: ['http/1.1'] };
  const server = tls.createServer(options, (socket) => {
    socket.on('error', ignoreClientError);
    socket.once('data', () => socket.end(response));
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

/** Accepts at once; what the origin sends is passed on after the delay, in order. */
function createDelayingRelay(originPort: number): net.Server {
  return net.createServer({ noDelay: true }, (client) => {
    const origin = net.connect({ port: originPort, host: '127.0.0.1', noDelay: true });
    const later = createDelayLine();
    origin.on('error', ignoreClientError);
    client.on('data', (chunk) => origin.write(chunk));
    client.once('close', () => origin.destroy());
    origin.on('data', (chunk) => later(() => client.writable && client.write(chunk)));
    origin.once('end', () => later(() => client.end()));
  });
}

/** Timers fire up to this much late; the rest of the wait is spent looking at the clock. */
const TIMER_SLACK_MS = 2;

/** Runs each piece of work after the delay, exact to the turn of the event loop, in the order given. */
function createDelayLine(): (work: () => unknown) => void {
  const line: { readonly dueMs: number; readonly work: () => unknown }[] = [];
  const wait = (): void => {
    const [first] = line;
    if (!first) return;
    const leftMs = first.dueMs - performance.now();
    if (leftMs > TIMER_SLACK_MS) setTimeout(wait, leftMs - TIMER_SLACK_MS);
    else if (leftMs > 0) setImmediate(wait);
    else {
      line.shift();
      first.work();
      wait();
    }
  };
  return (work) => {
    line.push({ dueMs: performance.now() + DELAY_MS, work });
    if (line.length === 1) wait();
  };
}

const chain = createSiteChain(SITE_HOST);
const origin = await listenTcp(createOrigin(chain));
const delayed = await listenTcp(createDelayingRelay(origin.port));
const dns = await startDnsServer(() => ({ kind: 'addresses', addresses: [SITE_ADDRESS] }));
const addresses: FarSideAddresses = {
  originPort: origin.port,
  delayedPort: delayed.port,
  dnsPort: dns.port,
  rootPem: chain.rootPem,
};
process.on('disconnect', () => process.exit());
process.send?.(addresses);
