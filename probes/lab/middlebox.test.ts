import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { createAuthority, createSelfSigned } from './certificates.ts';
import { sniffServerName } from './client-hello.ts';
import { type Behaviour, type Decide, startMiddlebox } from './middlebox.ts';
import { BLOCK_PAGE_MARKER, type PageBehaviour } from './page-behaviour.ts';
import { startOriginServer, startPlainServer } from './tls-server.ts';

const authority = createAuthority({ name: 'Lab Root' });
const certificate = authority.issue({ names: ['good.example', 'bad.example'] });
const impostor = createSelfSigned({ names: ['bad.example'] });
/** How long a test that expects silence listens. */
const QUIET_MS = 250;
/** How long the others wait, on a busy machine too. */
const PATIENCE_MS = 10_000;

async function startPath(t: TestContext, decide: Decide, page: PageBehaviour): Promise<number> {
  const origin = await startOriginServer(() => ({ certificate, behaviourOf: () => page }));
  const address = '157.240.1.35';
  const box = await startMiddlebox({ address, port: 443, upstreamPort: origin.port, decide });
  t.after(() => Promise.all([box.close(), origin.close()]));
  return box.port;
}

/** Fetches over TLS and tells how it ended in a word, with the body when there was one. */
async function fetchOver(
  port: number,
  servername: string,
  patienceMs = PATIENCE_MS,
): Promise<{ end: string; bytes: number; text: string }> {
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    servername,
    ca: authority.certificatePem,
    ALPNProtocols: ['http/1.1'],
  });
  let text = '';
  const ended = new Promise<string>((resolve) => {
    socket.once('secureConnect', () =>
      socket.write(`GET / HTTP/1.1\r\nHost: ${servername}\r\nConnection: close\r\n\r\n`),
    );
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    let isSecure = false;
    socket.once('secureConnect', () => {
      isSecure = true;
    });
    // During the handshake the error that follows the end tells more.
    socket.once('end', () => isSecure && resolve('end'));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.syscall === 'read' ? 'RST' : (error.code ?? 'error')),
    );
    socket.setTimeout(patienceMs, () => resolve('silence'));
  });
  const end = await ended;
  socket.destroy();
  return { end, bytes: text.length, text };
}

const rows: readonly { behaviour: Behaviour; end: string; hasBody?: boolean }[] = [
  { behaviour: { kind: 'pass' }, end: 'end', hasBody: true },
  { behaviour: { kind: 'reset' }, end: 'RST' },
  { behaviour: { kind: 'fin' }, end: 'ECONNRESET' },
  { behaviour: { kind: 'hang' }, end: 'silence' },
  { behaviour: { kind: 'alert', description: 40 }, end: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE' },
  { behaviour: { kind: 'alert', description: 112 }, end: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME' },
  { behaviour: { kind: 'block_page_plain' }, end: 'ERR_SSL_WRONG_VERSION_NUMBER' },
  { behaviour: { kind: 'mitm', certificate: impostor }, end: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
  { behaviour: { kind: 'reset_on_server_hello' }, end: 'RST' },
  { behaviour: { kind: 'reset_after', chunks: 2 }, end: 'RST' },
  { behaviour: { kind: 'drop_after', chunks: 1 }, end: 'silence' },
  { behaviour: { kind: 'freeze', bytes: 300 }, end: 'silence' },
  { behaviour: { kind: 'freeze_upload', bytes: 10 }, end: 'silence' },
  { behaviour: { kind: 'throttle', bytesPerSecond: 10_000_000 }, end: 'end', hasBody: true },
];

for (const { behaviour, end, hasBody = false } of rows) {
  test(`${behaviour.kind} for one name → ${end}; another name passes`, async (t) => {
    const seen: unknown[] = [];
    const decide: Decide = (name, address, port) => {
      seen.push([name, address, port]);
      return name === 'bad.example' ? behaviour : { kind: 'pass' };
    };
    const port = await startPath(t, decide, { kind: 'page', title: 'Hello' });
    const bad = await fetchOver(port, 'bad.example', end === 'silence' ? QUIET_MS : PATIENCE_MS);
    const good = await fetchOver(port, 'good.example');
    assert.equal(bad.end, end);
    assert.equal(bad.bytes > 0, hasBody);
    assert.equal(good.end, 'end');
    assert.match(good.text, /<title>Hello<\/title>/);
    assert.deepEqual(seen[0], ['bad.example', '157.240.1.35', 443]);
  });
}

test('freeze lets a part of the body through', async (t) => {
  const decide: Decide = () => ({ kind: 'freeze', bytes: 100_000 });
  const port = await startPath(t, decide, { kind: 'big', bytes: 500_000 });
  const { end, bytes } = await fetchOver(port, 'bad.example', QUIET_MS);
  assert.equal(end, 'silence');
  assert.ok(bytes > 50_000 && bytes < 100_000, `${bytes} bytes came`);
});

test('throttle holds the rate', async (t) => {
  const decide: Decide = () => ({ kind: 'throttle', bytesPerSecond: 200_000 });
  const port = await startPath(t, decide, { kind: 'big', bytes: 80_000 });
  const startedMs = performance.now();
  const { end, bytes } = await fetchOver(port, 'bad.example');
  assert.equal(end, 'end');
  assert.ok(bytes > 80_000);
  assert.ok(performance.now() - startedMs > 250, 'faster than the rate allows');
});

test('a box survives clients that are no TLS and those that leave', async (t) => {
  const port = await startPath(t, () => ({ kind: 'hang' }), { kind: 'page', title: 'Hello' });
  for (const bytes of [
    'GET / HTTP/1.1\r\n\r\n',
    '\x16\x03\x01',
    '\x16\x03\x01\xff\xff\x01\xff\xff\xff',
    '',
  ]) {
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.on('error', () => {});
    socket.write(bytes, 'latin1', () => socket.resetAndDestroy());
    await once(socket, 'close');
  }
  assert.equal((await fetchOver(port, 'bad.example', QUIET_MS)).end, 'silence');
});

test('the server name is read from a hello split into single bytes', async (t) => {
  const listener = net.createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => listener.close());
  const { port } = listener.address() as net.AddressInfo;
  const client = tls.connect({ port, host: '127.0.0.1', servername: 'WWW.Instagram.com' });
  client.on('error', () => {});
  const [socket] = (await once(listener, 'connection')) as [net.Socket];
  let hello = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    hello = Buffer.concat([hello, chunk]);
  });
  while (sniffServerName(hello).kind === 'incomplete') await new Promise(setImmediate);
  client.destroy();
  socket.destroy();
  assert.deepEqual(sniffServerName(hello), { kind: 'hello', serverName: 'www.instagram.com' });
  for (let length = 0; length < hello.length; length += 1)
    assert.equal(sniffServerName(hello.subarray(0, length)).kind, 'incomplete');
});

const pages: readonly { page: PageBehaviour; expected: RegExp; end?: string }[] = [
  {
    page: { kind: 'redirect', location: 'https://a.example/' },
    expected: /302 Found[^]*location: https:\/\/a\.example\//,
  },
  { page: { kind: 'bad_location' }, expected: /location: http:\/\/\r\n/ },
  { page: { kind: 'status', statusCode: 451 }, expected: /^HTTP\/1\.1 451/ },
  { page: { kind: 'block_page' }, expected: new RegExp(BLOCK_PAGE_MARKER) },
  { page: { kind: 'close_early' }, expected: /less than promised$/ },
  { page: { kind: 'never_ending' }, expected: /^HTTP\/1\.1 200/ },
  { page: { kind: 'hang' }, expected: /^$/, end: 'silence' },
];

for (const { page, expected, end } of pages) {
  test(`an origin answers with ${page.kind}`, async (t) => {
    const origin = await startOriginServer(() => ({ certificate, behaviourOf: () => page }));
    t.after(origin.close);
    const fetched = fetchOver(
      origin.port,
      'good.example',
      end === 'silence' ? QUIET_MS : PATIENCE_MS,
    );
    if (page.kind === 'never_ending') setTimeout(() => void origin.close(), QUIET_MS);
    const { text, end: actual } = await fetched;
    assert.match(text, expected);
    if (end) assert.equal(actual, end);
  });
}

test('a name that is not served gets an alert', async (t) => {
  const origin = await startOriginServer(() => undefined);
  t.after(origin.close);
  assert.match((await fetchOver(origin.port, 'other.example')).end, /ALERT|ERR_SSL/);
});

test('a cleartext server can reset by Host', async (t) => {
  const server = await startPlainServer((host) =>
    host === 'bad.example' ? { kind: 'reset' } : { kind: 'page', title: 'Hello' },
  );
  t.after(server.close);
  const status = async (host: string): Promise<string> => {
    const socket = net.connect(server.port, '127.0.0.1');
    socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const result = await Promise.race([
      once(socket, 'data').then(([chunk]) => String(chunk).slice(0, 12)),
      once(socket, 'error').then(([error]) => String(error.code)),
    ]).catch((error: NodeJS.ErrnoException) => String(error.code));
    socket.destroy();
    return result;
  };
  assert.equal(await status('good.example'), 'HTTP/1.1 200');
  assert.equal(await status('bad.example'), 'ECONNRESET');
});
