/** Downloads against a loopback server: redirects that may and may not be followed, and bounds that hold. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { CONFIG, CONTEXT } from '../../probes/providers/ooni/testing/judged-lines.ts';
import { createPublicLookup, DownloadError, download } from './download.ts';
import { importStream } from './import-file.ts';

async function serve(t: TestContext, answer: http.RequestListener): Promise<URL> {
  const server = http.createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/start`);
}

async function read(url: URL, maxBytes = 1_000): Promise<string> {
  const { signal } = new AbortController();
  const answer = await download(url, { signal, maxBytes });
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

test('a redirect that stays where the operator sent us is followed', async (t) => {
  const url = await serve(t, ({ url: path }, response) => {
    if (path === '/start') response.writeHead(302, { location: '/end' }).end('moved');
    else response.end('here');
  });
  assert.equal(await read(url), 'here');
});

const REFUSED = [
  ['another port of this machine', 'http://127.0.0.1:1/', /not followed/],
  ['a private address over https', 'https://192.168.0.1/', /private address/],
  ['the metadata address of clouds', 'https://169.254.169.254/', /private address/],
  ['a private address of version 6', 'https://[::1]/', /private address/],
  ['a file', 'file:///etc/passwd', /not followed/],
  ['itself, for ever', '/start', /too often/],
  ['what is no address', 'http://[', /redirects to what is no address/],
] as const;
for (const [name, location, pattern] of REFUSED)
  test(`a redirect to ${name} is not followed`, async (t) => {
    const url = await serve(t, (_, response) => void response.writeHead(302, { location }).end());
    await assert.rejects(
      read(url),
      (error) => error instanceof DownloadError && pattern.test(error.message),
    );
  });

const NOT_FOUND = Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
const PUBLIC = { address: '157.240.1.35', family: 4 };
const LOOKUPS = [
  // What the resolver of the runtime gives when a name does not resolve.
  ['a name that does not resolve', NOT_FOUND, undefined, /not found/],
  [
    'a name with a private address',
    null,
    [{ address: '10.0.0.1', family: 4 }],
    /no public address/,
  ],
  ['a name without addresses', null, [], /no public address/],
  ['a name with both', null, [{ address: '10.0.0.1', family: 4 }, PUBLIC], PUBLIC.address],
] as const;
for (const [name, error, addresses, expected] of LOOKUPS)
  test(`behind a redirect: ${name} → ${String(expected)}`, () => {
    const lookup = createPublicLookup((_, __, callback) => callback(error, addresses?.slice()));
    const answers: string[] = [];
    lookup('name.example', {}, (refusal, address) => {
      answers.push(refusal?.message ?? (typeof address === 'string' ? address : ''));
    });
    assert.equal(answers.length, 1);
    assert.match(answers[0] ?? '', new RegExp(expected));
  });

test('an answer that is longer than allowed is cut off, and an import says so', async (t) => {
  const url = await serve(t, (_, response) => void response.end('{"a":1}\n'.repeat(1_000)));
  await assert.rejects(read(url), /longer than 1000 bytes/);
  const { signal } = new AbortController();
  const { body } = await download(url, { signal, maxBytes: 1_000 });
  const store = {
    listVantages: () => [],
    syncVantages: () => {},
    hasOrigin: () => false,
    insertImports: () => [],
    getMeasurement: () => undefined,
    listControlIds: () => [],
  };
  const report = await importStream(body, { store, config: CONFIG, context: CONTEXT, signal });
  assert.equal(report.isComplete, false);
  assert.match(report.problem ?? '', /longer than 1000 bytes\. What came before is kept/);
});

test('a server that is not there is told with what to do', async () => {
  await assert.rejects(
    read(new URL('http://127.0.0.1:1/')),
    /cannot be reached .* Check the address/,
  );
});
