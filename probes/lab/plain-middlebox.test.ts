import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, test } from 'node:test';
import type { LabServer } from './lab-server.ts';
import { BLOCK_PAGE_MARKER } from './page-behaviour.ts';
import { type PlainBehaviour, sniffHost, startPlainMiddlebox } from './plain-middlebox.ts';
import { startPlainServer } from './tls-server.ts';

const SLOW_BYTES_PER_SECOND = 20_000;
const BIG_BYTES = 10_000;

const behaviours: Readonly<Record<string, PlainBehaviour>> = {
  'reset.example': { kind: 'reset' },
  'fin.example': { kind: 'fin' },
  'hang.example': { kind: 'hang' },
  'slow.example': { kind: 'throttle', bytesPerSecond: SLOW_BYTES_PER_SECOND },
  'notice.example': { kind: 'block_page' },
  'own-notice.example': { kind: 'block_page', html: '<p>as told</p>' },
  'moved.example': { kind: 'redirect', location: 'http://warning.example/' },
};

let origin: LabServer;
let box: LabServer;
before(async () => {
  origin = await startPlainServer((host) =>
    host === 'slow.example' ? { kind: 'big', bytes: BIG_BYTES } : { kind: 'page', title: host },
  );
  box = await startPlainMiddlebox(
    origin.port,
    (host) => behaviours[host ?? ''] ?? { kind: 'pass' },
  );
});
after(() => Promise.all([box.close(), origin.close()]));

/** Sends a request in two pieces and tells what came: text, the code of an error, or silence. */
async function ask(host: string, patienceMs = 5_000): Promise<string> {
  const socket = net.connect(box.port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write('GET / HTTP/1.1\r\nHo');
  setImmediate(() => socket.write(`st: ${host}:80\r\nconnection: close\r\n\r\n`));
  try {
    await once(socket, 'end', { signal: AbortSignal.timeout(patienceMs) });
    return Buffer.concat(chunks).toString('latin1');
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    return name === 'AbortError' ? 'silence' : String(code);
  } finally {
    socket.destroy();
  }
}

const rows = [
  { host: 'free.example', end: /^HTTP\/1\.1 200[\s\S]*<title>free\.example/ },
  { host: 'FREE.example', end: /<title>free\.example/ },
  { host: 'reset.example', end: /^ECONNRESET$/ },
  { host: 'fin.example', end: /^$/ },
  { host: 'hang.example', end: /^silence$/, patienceMs: 150 },
  { host: 'notice.example', end: new RegExp(BLOCK_PAGE_MARKER) },
  { host: 'own-notice.example', end: /<p>as told<\/p>$/ },
  { host: 'moved.example', end: /^HTTP\/1\.1 302[\s\S]*location: http:\/\/warning\.example\// },
] as const;

for (const { host, end, ...row } of rows)
  test(`${host} is treated as told`, async () =>
    assert.match(await ask(host, 'patienceMs' in row ? row.patienceMs : undefined), end));

test('a slowed page takes its time and comes whole', async () => {
  const startedMs = performance.now();
  const text = await ask('slow.example');
  const passedMs = performance.now() - startedMs;
  assert.ok(text.length > BIG_BYTES);
  assert.ok(passedMs > (BIG_BYTES / SLOW_BYTES_PER_SECOND) * 500, `${passedMs} ms`);
});

const heads = [
  ['GET / HTTP/1.1\r\nhost: a.example\r\n\r\n', { kind: 'request', host: 'a.example' }],
  [
    'GET / HTTP/1.1\r\nA: b\r\nHost:  A.example:8080 \r\n\r\nbody',
    { kind: 'request', host: 'a.example' },
  ],
  ['GET / HTTP/1.0\r\n\r\n', { kind: 'request' }],
  ['GET / HTTP/1.1\r\nhost: a.ex', { kind: 'incomplete' }],
  ['GET', { kind: 'incomplete' }],
  ['\u0016\u0003\u0001\r\n', { kind: 'not_http' }],
  ['A'.repeat(40_000), { kind: 'not_http' }],
] as const;
for (const [text, expected] of heads)
  test(`sniffHost: ${JSON.stringify(text.slice(0, 40))}`, () =>
    assert.deepEqual(sniffHost(Buffer.from(text, 'latin1')), expected));
