import assert from 'node:assert/strict';
import { hash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { createAuthority, createSelfSigned, type IssuedCertificate } from '../lab/certificates.ts';
import { listenTcp } from '../lab/lab-server.ts';
import { type Behaviour, startMiddlebox } from '../lab/middlebox.ts';
import { startOriginServer } from '../lab/tls-server.ts';
import { createBudget, createLoopbackNetwork, LOOPBACK } from '../testing/loopback.ts';
import { probeTcp } from './tcp.ts';
import { probeTls, type TlsResult } from './tls.ts';

const HOST = 'www.facebook.com';
const authority = createAuthority({ name: 'Lab Root' });
const network = createLoopbackNetwork({ roots: [authority.certificatePem] });
const genuine = authority.issue({ names: [HOST, '*.wild.example'] });

async function startOrigin(t: TestContext, certificate: IssuedCertificate): Promise<number> {
  const behaviourOf = () => ({ kind: 'page', title: 'hello' }) as const;
  const server = await startOriginServer(() => ({ certificate, behaviourOf }));
  t.after(() => server.close());
  return server.port;
}

async function startServer(t: TestContext, serve: (socket: net.Socket) => void): Promise<number> {
  const server = await listenTcp(net.createServer(serve));
  t.after(() => server.close());
  return server.port;
}

async function shake(
  port: number,
  extra: { readonly serverName?: string; readonly hello?: 'default' | 'small' } = {},
): Promise<TlsResult> {
  const endpoint = { address: LOOPBACK, port };
  const { socket } = await probeTcp(endpoint, { network, ...createBudget(1000) });
  assert.ok(socket);
  const input = {
    ...endpoint,
    serverName: extra.serverName ?? HOST,
    clientHello: extra.hello ?? 'default',
  };
  const result = await probeTls(input, { network, socket, ...createBudget(250) });
  if (result.outcome.kind === 'failed') {
    result.unverified?.destroy();
    assert.ok(socket.destroyed || result.unverified, 'closes the socket, or hands it over');
  }
  return result;
}

function assertFailure({ outcome, socket }: TlsResult, code: string, raw?: string): void {
  assert.equal(socket, undefined);
  assert.ok(outcome.kind === 'failed', 'expected a failure');
  assert.equal(outcome.failure.code, code);
  assert.equal(outcome.failure.attribution, 'remote');
  if (raw !== undefined) assert.equal(outcome.failure.raw, raw);
}

suite('probeTls: verified', () => {
  test('everything about the handshake is recorded', async (t) => {
    const { outcome, socket, wire, certificates } = await shake(await startOrigin(t, genuine));
    assert.ok(outcome.kind === 'ok' && socket && wire);
    const { value } = outcome;
    assert.equal(value.isVerified, true);
    assert.equal(value.isSelfSigned, false);
    assert.equal(value.protocol, 'TLSv1.3');
    assert.match(value.cipher, /^TLS_/);
    assert.equal(value.alpn, 'http/1.1');
    assert.equal(value.chain.length, 2);
    assert.deepEqual([...certificates.keys()], value.chain);
    for (const [sha256, der] of certificates) assert.equal(hash('sha256', der, 'hex'), sha256);
    const [leaf] = certificates.values();
    assert.ok(leaf && new X509Certificate(leaf).subjectAltName?.includes(HOST));
    assert.ok(value.wireBytesOut > 1500, 'the hello spans two segments');
    assert.ok(value.wireBytesIn > 500);
    socket.destroy();
  });

  test('the small hello fits one segment', async (t) => {
    const { outcome, socket } = await shake(await startOrigin(t, genuine), { hello: 'small' });
    assert.ok(outcome.kind === 'ok' && socket);
    assert.ok(outcome.value.wireBytesOut < 700, `${outcome.value.wireBytesOut} bytes`);
    socket.destroy();
  });

  test('a name under a wildcard is covered', async (t) => {
    const port = await startOrigin(t, genuine);
    const { outcome, socket } = await shake(port, { serverName: 'a.wild.example' });
    assert.equal(outcome.kind, 'ok');
    socket?.destroy();
  });
});

test('a chain of a hundred certificates → no more kept than anybody needs', async (t) => {
  const strangers = Array.from({ length: 99 }, (_, index) =>
    createAuthority({ name: `Stranger ${index}` }),
  );
  const certificate = authority.issue({ names: [HOST] });
  const certificatePem = [certificate, ...strangers].map((one) => one.certificatePem).join('');
  const result = await shake(await startOrigin(t, { ...certificate, certificatePem }));
  result.socket?.destroy();
  const { outcome, certificates } = result;
  const chain = outcome.kind === 'ok' ? outcome.value.chain : outcome.seen?.chain;
  assert.ok(chain && chain.length >= 1 && chain.length <= 10, `${chain?.length} kept`);
  assert.equal(certificates.size, chain.length);
});

suite('probeTls: a certificate that does not hold → failure, with the chain kept', () => {
  const stranger = createAuthority({ name: 'Stranger' });
  const inPast = { notBeforeMs: Date.UTC(2020, 0, 1), notAfterMs: Date.UTC(2020, 1, 1) };
  const inFuture = { notBeforeMs: Date.UTC(2039, 0, 1), notAfterMs: Date.UTC(2040, 0, 1) };
  const rows: readonly (readonly [
    name: string,
    certificate: IssuedCertificate,
    code: string,
    raw: string | undefined,
    isSelfSigned: boolean,
  ])[] = [
    [
      'another name',
      authority.issue({ names: ['other.example'] }),
      'ssl_invalid_hostname',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      false,
    ],
    [
      'self-signed',
      createSelfSigned({ names: [HOST] }),
      'ssl_unknown_authority',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      true,
    ],
    [
      'an authority that nobody knows',
      stranger.issue({ names: [HOST] }),
      'ssl_unknown_authority',
      undefined,
      false,
    ],
    [
      'expired',
      authority.issue({ names: [HOST], ...inPast }),
      'ssl_invalid_certificate',
      'CERT_HAS_EXPIRED',
      false,
    ],
    [
      'not yet valid',
      authority.issue({ names: [HOST], ...inFuture }),
      'ssl_invalid_certificate',
      'CERT_NOT_YET_VALID',
      false,
    ],
  ];
  for (const [name, certificate, code, raw, isSelfSigned] of rows) {
    test(`${name} → ${code}`, async (t) => {
      const result = await shake(await startOrigin(t, certificate));
      assertFailure(result, code, raw);
      assert.ok(result.outcome.kind === 'failed' && result.outcome.seen);
      const { seen } = result.outcome;
      assert.equal(seen.isVerified, false);
      assert.equal(seen.isSelfSigned, isSelfSigned);
      assert.ok(seen.chain && seen.chain.length >= 1);
      assert.deepEqual([...result.certificates.keys()], seen.chain);
    });
  }

  test('a leaf without its issuer → ssl_unknown_authority', async (t) => {
    const { keyPem, certificatePem } = stranger.issue({ names: [HOST] });
    const [leafPem = ''] = certificatePem.split(/(?<=-----END CERTIFICATE-----\n)/);
    const result = await shake(await startOrigin(t, { keyPem, certificatePem: leafPem }));
    assertFailure(result, 'ssl_unknown_authority', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    assert.equal(result.certificates.size, 1);
  });
});

suite('probeTls: what a box in the path does', () => {
  const mitm = createSelfSigned({ names: [HOST] });
  const rows: readonly (readonly [name: string, behaviour: Behaviour, code: string])[] = [
    ['RST after the hello', { kind: 'reset' }, 'connection_reset'],
    ['FIN after the hello', { kind: 'fin' }, 'eof_error'],
    ['silence after the hello', { kind: 'hang' }, 'generic_timeout_error'],
    ['alert 112', { kind: 'alert', description: 112 }, 'ssl_invalid_hostname'],
    ['alert 40', { kind: 'alert', description: 40 }, 'ssl_failed_handshake'],
    ['alert 70', { kind: 'alert', description: 70 }, 'ssl_failed_handshake'],
    ['alert 80', { kind: 'alert', description: 80 }, 'ssl_failed_handshake'],
    ['alert 49', { kind: 'alert', description: 49 }, 'ssl_failed_handshake'],
    ['a page in the clear', { kind: 'block_page_plain' }, 'ssl_failed_handshake'],
    ['its own certificate', { kind: 'mitm', certificate: mitm }, 'ssl_unknown_authority'],
  ];
  for (const [name, behaviour, code] of rows) {
    test(`${name} → ${code}`, async (t) => {
      const upstreamPort = await startOrigin(t, genuine);
      const where = { address: '157.240.205.35', port: 443, upstreamPort };
      const box = await startMiddlebox({ ...where, decide: () => behaviour });
      t.after(() => box.close());
      const result = await shake(box.port);
      assertFailure(result, code);
      assert.ok(result.outcome.kind === 'failed');
      assert.ok((result.outcome.seen?.wireBytesOut ?? 0) > 1500, 'the hello was sent');
    });
  }

  test('bytes that came before the silence are counted', async (t) => {
    // A handshake record that announces 1,000 bytes and brings 95.
    const start = Buffer.concat([Buffer.from([22, 3, 3, 3, 232]), Buffer.alloc(95, 2)]);
    const port = await startServer(t, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', () => socket.write(start));
    });
    const { outcome } = await shake(port);
    assert.ok(outcome.kind === 'failed');
    assert.equal(outcome.failure.code, 'generic_timeout_error');
    assert.equal(outcome.seen?.wireBytesIn, 100);
  });
});

suite('probeTls: the connection ends between the operations', () => {
  const rows = [
    ['RST', (socket: net.Socket) => socket.resetAndDestroy(), 'connection_reset'],
    ['FIN', (socket: net.Socket) => socket.end(), 'eof_error'],
  ] as const;
  for (const [name, serve, code] of rows) {
    test(`${name} before the hello → ${code}`, async (t) => {
      const port = await startServer(t, (socket) => {
        socket.on('error', () => socket.destroy());
        serve(socket);
      });
      const socket = net.connect({ host: LOOPBACK, port });
      socket.on('error', () => {});
      socket.resume();
      await once(socket, 'close').catch(() => {});
      const input = { address: LOOPBACK, port, serverName: HOST, clientHello: 'default' } as const;
      assertFailure(await probeTls(input, { network, socket, ...createBudget(250) }), code);
    });
  }
});
