/** The way to the server: HTTPS that is verified, proxies with a login, no redirects, bounded answers, no endless waits. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import tls from 'node:tls';
import {
  createUplink,
  dialDirectly,
  isSafeServer,
  type UplinkReply,
} from '../probes/agent/uplink.ts';
import { createAuthority } from '../probes/lab/certificates.ts';
import { startConnectProxy } from '../probes/lab/connect-proxy.ts';
import { createLabNetwork } from '../probes/lab/lab-network.ts';
import { listenTcp } from '../probes/lab/lab-server.ts';
import { startSocksProxy } from '../probes/lab/socks5-server.ts';
import { startTcpFaults } from '../probes/lab/tcp-faults.ts';
import { createTrust } from '../probes/network/trust.ts';
import { createProxyDial, readProxy } from './agent-proxy.ts';

const authority = createAuthority({ name: 'Test Root' });
const stranger = createAuthority({ name: 'Somebody Else' });
const never = new AbortController().signal;
const GET = { method: 'GET', path: '/agent/v1/plan', headers: {} } as const;

async function serve(t: TestContext, server: net.Server): Promise<number> {
  const listening = await listenTcp(server);
  t.after(listening.close);
  return listening.port;
}

function answerWith(status: number, body: string, headers: http.OutgoingHttpHeaders = {}) {
  return (_request: http.IncomingMessage, response: http.ServerResponse): void => {
    response.writeHead(status, headers).end(body);
  };
}

async function ask(url: string, timeoutMs = 2_000): Promise<UplinkReply> {
  return createUplink({ server: new URL(url), dial: dialDirectly, timeoutMs })(GET, never);
}

suite('HTTPS', () => {
  const before = tls.getCACertificates('default');
  const rows = [
    { name: 'a valid certificate', by: authority, names: ['localhost'], code: undefined },
    {
      name: 'another name',
      by: authority,
      names: ['other.example'],
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    },
    {
      name: 'another authority',
      by: stranger,
      names: ['localhost'],
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    },
  ];
  for (const { name, by, names, code } of rows)
    test(name, async (t) => {
      tls.setDefaultCACertificates([...before, authority.certificatePem]);
      t.after(() => tls.setDefaultCACertificates(before));
      const { keyPem, certificatePem } = by.issue({ names });
      const [leaf = ''] = certificatePem.split(/(?<=-----END CERTIFICATE-----\n)/);
      const server = https.createServer({ key: keyPem, cert: leaf }, answerWith(200, '{"a":1}'));
      const reply = await ask(`https://localhost:${await serve(t, server)}/`);
      if (code === undefined)
        assert.deepEqual(reply, { kind: 'answered', status: 200, json: { a: 1 } });
      else assert.deepEqual(reply, { kind: 'failed', code });
    });
  test('plain http is for this machine alone', () => {
    for (const url of [
      'https://a.example',
      'http://localhost:1',
      'http://127.0.0.1',
      'http://[::1]:8',
    ])
      assert.ok(isSafeServer(new URL(url)), url);
    for (const url of [
      'http://a.example',
      'http://10.0.0.1',
      'http://localhost.evil.example',
      'ftp://localhost',
    ])
      assert.ok(!isSafeServer(new URL(url)), url);
    const server = new URL('http://a.example');
    assert.throws(() => createUplink({ server, dial: dialDirectly }), TypeError);
  });
});

suite('answers', () => {
  test('a redirect is an answer and is not followed', async (t) => {
    let asked = 0;
    const server = http.createServer((request, response) => {
      asked += 1;
      answerWith(302, '', { location: '/elsewhere' })(request, response);
    });
    const reply = await ask(`http://127.0.0.1:${await serve(t, server)}/`);
    assert.deepEqual(reply, { kind: 'answered', status: 302, json: undefined });
    assert.equal(asked, 1);
  });
  test('one without an end is cut off', async (t) => {
    const server = http.createServer((_request, response) => {
      response.writeHead(200);
      const pour = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 32)));
        if (!response.destroyed) response.once('drain', pour);
      };
      pour();
    });
    const reply = await ask(`http://127.0.0.1:${await serve(t, server)}/`, 10_000);
    assert.deepEqual(reply, { kind: 'answered', status: 200, json: undefined });
  });
  test('Retry-After is read in seconds, and nothing else of it', async (t) => {
    const retryAfterMs = async (value: string) => {
      const server = http.createServer(answerWith(503, '{}', { 'retry-after': value }));
      const reply = await ask(`http://127.0.0.1:${await serve(t, server)}/`);
      return reply.kind === 'answered' ? reply.retryAfterMs : reply.code;
    };
    assert.equal(await retryAfterMs('12'), 12_000);
    assert.equal(await retryAfterMs('Fri, 20 Nov 2026 12:00:00 GMT'), undefined);
    assert.equal(await retryAfterMs('99999999999'), undefined);
  });
  test('silence ends in time', async (t) => {
    const port = await serve(t, net.createServer());
    assert.deepEqual(await ask(`http://127.0.0.1:${port}/`, 100), {
      kind: 'failed',
      code: 'timeout',
    });
    assert.deepEqual(await ask(`https://127.0.0.1:${port}/`, 100), {
      kind: 'failed',
      code: 'timeout',
    });
  });
  test('a stop ends it at once', async (t) => {
    const server = net.createServer();
    const port = await serve(t, server);
    const stop = new AbortController();
    const uplink = createUplink({
      server: new URL(`http://127.0.0.1:${port}/`),
      dial: dialDirectly,
    });
    const reply = uplink(GET, stop.signal);
    await once(server, 'connection');
    stop.abort();
    assert.deepEqual(await reply, { kind: 'failed', code: 'stopped' });
  });
});

suite('through a proxy with a login', () => {
  const auth = { username: 'volunteer', password: 'correct horse' };
  for (const [kind, start] of [
    ['socks5', startSocksProxy],
    ['http', startConnectProxy],
  ] as const)
    for (const [name, password] of [
      ['the right password', auth.password],
      ['a wrong one', 'wrong battery'],
    ] as const)
      test(`${kind}, ${name}`, async (t) => {
        const faults = await startTcpFaults();
        const routeOf = (_address: string, port: number) => ({ kind: 'open', port }) as const;
        const trust = createTrust();
        const network = createLabNetwork({ routeOf, faults, resolvers: [], trust });
        const proxy = await start({ network, auth });
        t.after(async () => {
          await proxy[Symbol.asyncDispose]();
          await faults.close();
        });
        const port = await serve(t, http.createServer(answerWith(200, '{"a":1}')));
        const text = `${kind}://volunteer@127.0.0.1:${proxy.port}`;
        const dial = await createProxyDial(readProxy(text, password));
        const server = new URL(`http://127.0.0.1:${port}/`);
        const reply = await createUplink({ server, dial, timeoutMs: 2_000 })(GET, never);
        if (password === auth.password)
          assert.deepEqual(reply, { kind: 'answered', status: 200, json: { a: 1 } });
        else {
          assert.equal(reply.kind, 'failed');
          assert.ok(!JSON.stringify(reply).includes(password), 'no word of the login');
        }
      });
});
