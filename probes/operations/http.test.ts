import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import net from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { createAuthority } from '../lab/certificates.ts';
import { listenTcp } from '../lab/lab-server.ts';
import { createBudget, createLoopbackNetwork, LOOPBACK } from '../testing/loopback.ts';
import type { HttpValue, Outcome } from '../types.ts';
import { probeHttp } from './http.ts';
import { probeTcp } from './tcp.ts';
import { probeTls } from './tls.ts';

const HOST = 'www.facebook.com';
const OWN_ADDRESS = '93.184.216.34';
const authority = createAuthority({ name: 'Lab Root' });
const network = createLoopbackNetwork({
  roots: [authority.certificatePem],
  ownAddresses: [OWN_ADDRESS],
});
const { keyPem: key, certificatePem: cert } = authority.issue({ names: [HOST] });

/** A TLS server that answers the request with whatever bytes the test wants. */
async function startRaw(
  t: TestContext,
  serve: (socket: tls.TLSSocket, request: string, raw: net.Socket) => void,
): Promise<number> {
  let raw: net.Socket;
  const server = tls.createServer({ key, cert, ALPNProtocols: ['http/1.1'] }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (bytes) => serve(socket, bytes.toString('latin1'), raw));
  });
  // An RST can only be sent below TLS. Each test makes one connection.
  server.on('connection', (socket: net.Socket) => {
    raw = socket;
  });
  const running = await listenTcp(server);
  t.after(() => running.close());
  return running.port;
}

async function get(port: number, path = '/', budgetMs = 1000): Promise<Outcome<HttpValue>> {
  const endpoint = { address: LOOPBACK, port };
  const tcp = await probeTcp(endpoint, { network, ...createBudget(1000) });
  assert.ok(tcp.socket);
  const input = { ...endpoint, serverName: HOST, clientHello: 'default' } as const;
  const shaken = await probeTls(input, { network, socket: tcp.socket, ...createBudget(1000) });
  assert.ok(shaken.socket && shaken.wire);
  const { socket, wire } = shaken;
  const limits = { maxBodyBytes: 50_000, bodyHeadBytes: 200 };
  const outcome = await probeHttp(
    { method: 'GET', url: `https://${HOST}${path}`, address: LOOPBACK },
    { network, socket, wire, ...limits, ...createBudget(budgetMs) },
  );
  assert.ok(socket.destroyed, 'closes the socket on every path');
  return outcome;
}

const response = (head: string, body: string | Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 ${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`, 'latin1'),
    Buffer.from(body),
  ]);

const page = (title: string, rest = ''): string =>
  `<!doctype html><html><head><title>${title}</title></head><body>${rest}</body></html>`;

suite('probeHttp: what is kept', () => {
  test('status, chosen headers, sum, title, head of the body, bytes on the wire', async (t) => {
    const body = page('Facebook &amp; \n friends');
    const headers =
      '200 OK\r\nContent-Type: text/html; charset=utf-8\r\nServer: lab\r\nSet-Cookie: id=secret\r\nX-FB-Debug: opaque\r\nX-Other: 1';
    const port = await startRaw(t, (socket) => socket.write(response(headers, body)));
    const outcome = await get(port);
    assert.ok(outcome.kind === 'ok');
    const { wireBytesIn, ...value } = outcome.value;
    assert.deepEqual(value, {
      statusCode: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-length': String(body.length),
        server: 'lab',
        'x-fb-debug': 'present',
      },
      bodyBytes: body.length,
      isBodyTruncated: false,
      bodySha256: hash('sha256', body, 'hex'),
      title: 'Facebook & friends',
      bodyHead: body.slice(0, 200),
    });
    assert.ok(wireBytesIn > body.length);
  });

  test('the request is a plain page visit', async (t) => {
    const seen = Promise.withResolvers<string>();
    const port = await startRaw(t, (socket, request) => {
      seen.resolve(request);
      socket.write(response('204 No Content', ''));
    });
    await get(port, '/path?query=1');
    const lines = (await seen.promise).toLowerCase().trim().split('\r\n');
    assert.equal(lines[0], 'get /path?query=1 http/1.1');
    assert.ok(lines.includes(`host: ${HOST}`));
    const names = lines.slice(1).map((line) => line.split(':')[0]);
    for (const name of ['cookie', 'referer', 'authorization']) assert.ok(!names.includes(name));
  });

  test('a redirect is recorded, not followed', async (t) => {
    let requests = 0;
    const port = await startRaw(t, (socket) => {
      requests += 1;
      socket.write(response('302 Found\r\nLocation: http://block.example/', ''));
    });
    const outcome = await get(port);
    assert.ok(outcome.kind === 'ok');
    assert.equal(outcome.value.statusCode, 302);
    assert.equal(outcome.value.headers['location'], 'http://block.example/');
    assert.equal(requests, 1);
  });

  test('a Location that is no address is a fact like any other', async (t) => {
    const port = await startRaw(t, (s) => s.write(response('302 Found\r\nLocation: http://', '')));
    const outcome = await get(port);
    assert.equal(outcome.kind, 'ok');
  });

  test('an interim answer before the real one', async (t) => {
    const port = await startRaw(t, (socket) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nserver: early\r\n\r\n');
      socket.write(response('200 OK\r\nserver: late', page('x')));
    });
    const outcome = await get(port);
    assert.ok(outcome.kind === 'ok');
    assert.equal(outcome.value.statusCode, 200);
    assert.equal(outcome.value.headers['server'], 'late');
  });

  test('a body that ends with the connection', async (t) => {
    const port = await startRaw(t, (s) => s.end(`HTTP/1.1 200 OK\r\n\r\n${page('until FIN')}`));
    const outcome = await get(port);
    assert.ok(outcome.kind === 'ok');
    assert.equal(outcome.value.title, 'until FIN');
  });

  test('a body without end → cut at the cap', async (t) => {
    const port = await startRaw(t, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const chunk = `4000\r\n${'a'.repeat(0x4000)}\r\n`;
      const more = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', more);
      more();
    });
    const outcome = await get(port);
    assert.ok(outcome.kind === 'ok');
    assert.equal(outcome.value.bodyBytes, 50_000);
    assert.equal(outcome.value.isBodyTruncated, true);
    assert.equal(outcome.value.bodySha256, hash('sha256', 'a'.repeat(50_000), 'hex'));
  });

  test('a body of exactly the cap is not cut', async (t) => {
    const port = await startRaw(t, (s) => s.write(response('200 OK', 'a'.repeat(50_000))));
    const outcome = await get(port);
    assert.ok(outcome.kind === 'ok');
    assert.equal(outcome.value.bodyBytes, 50_000);
    assert.equal(outcome.value.isBodyTruncated, false);
  });

  test('the vantage’s own address is nowhere, not even in the sum', async (t) => {
    const body = page(`Blocked for ${OWN_ADDRESS}`, `Your address is ${OWN_ADDRESS}, 5DB8D822.`);
    const port = await startRaw(t, (socket) =>
      socket.write(response(`403 No\r\nLocation: http://stub.example/?ip=${OWN_ADDRESS}`, body)),
    );
    const outcome = await get(port);
    assert.ok(outcome.kind === 'ok');
    const kept = JSON.stringify(outcome);
    assert.ok(!kept.includes(OWN_ADDRESS) && !kept.toLowerCase().includes('5db8d822'), kept);
    assert.notEqual(outcome.value.bodySha256, hash('sha256', body, 'hex'));
    assert.equal(outcome.value.title, 'Blocked for [scrubbed]');
  });

  const texts: readonly (readonly [
    name: string,
    contentType: string,
    body: Buffer,
    title: string,
  ])[] = [
    [
      'windows-1251 by header',
      'text/html; charset=windows-1251',
      Buffer.from('<title>\xc4\xee\xf1\xf2\xf3\xef</title>', 'latin1'),
      'Доступ',
    ],
    [
      'windows-1251 by meta',
      'text/html',
      Buffer.from('<meta charset="windows-1251"><title>\xc4\xee\xf1\xf2\xf3\xef</title>', 'latin1'),
      'Доступ',
    ],
    [
      'a charset that does not exist',
      'text/html; charset=klingon',
      Buffer.from(page('plain')),
      'plain',
    ],
    ['bytes that are no utf-8', 'text/html', Buffer.from([60, 116, 105, 255, 254, 0, 1]), ''],
    ['a picture', 'image/png', Buffer.from(page('not a page')), ''],
    ['no text at all', 'text/html', Buffer.alloc(0), ''],
    ['a title of great length', 'text/html', Buffer.from(page('я'.repeat(900))), 'я'.repeat(200)],
    [
      'entities',
      'text/html',
      Buffer.from(page('&#1044;&#x430; &nope; &#9999999;')),
      'Да &nope; &#9999999;',
    ],
  ];
  for (const [name, contentType, body, title] of texts) {
    test(`text: ${name}`, async (t) => {
      const head = `200 OK\r\ncontent-type: ${contentType}`;
      const port = await startRaw(t, (socket) => socket.write(response(head, body)));
      const outcome = await get(port);
      assert.ok(outcome.kind === 'ok');
      assert.equal(outcome.value.title, title);
      assert.ok(outcome.value.bodyHead.isWellFormed());
      // oxlint-disable-next-line no-control-regex -- their absence is the point
      assert.doesNotMatch(outcome.value.bodyHead, /[\u0000-\u0008]/);
    });
  }
});

suite('probeHttp: own addresses in disguise', () => {
  const hidden = `&#57;3.184.216.&#x33;4`;
  test('digits written as entities do not come back in the title', async (t) => {
    const port = await startRaw(t, (s) => s.write(response('200 OK', page(`For ${hidden}`))));
    const outcome = await get(port);
    assert.ok(outcome.kind === 'ok');
    assert.equal(outcome.value.title, 'For [scrubbed]');
  });

  test('a page in UTF-16 is hashed without the address too', async (t) => {
    const sums = new Set<string>();
    for (const address of [OWN_ADDRESS, '093.184.216.034']) {
      const body = Buffer.from(page(`For ${address}`), 'utf16le');
      const head = '200 OK\r\ncontent-type: text/html; charset=utf-16le';
      const outcome = await get(await startRaw(t, (s) => s.write(response(head, body))));
      assert.ok(outcome.kind === 'ok');
      assert.equal(outcome.value.title, 'For [scrubbed]');
      sums.add(outcome.value.bodySha256);
    }
    assert.equal(sums.size, 1);
  });
});

suite('probeHttp: floods', () => {
  const OK = 'HTTP/1.1 200 OK\r\n';
  const rows: readonly (readonly [name: string, head: string, flood: string])[] = [
    // undici took our closing for the end of the body and stopped the process with an assertion.
    ['a body that ends with the connection', `${OK}\r\n`, 'b'.repeat(65_536)],
    ['a body of a promised length', `${OK}content-length: 9999999\r\n\r\n`, 'b'.repeat(65_536)],
    ['chunks of one byte', `${OK}transfer-encoding: chunked\r\n\r\n`, '1\r\nb\r\n'.repeat(9_000)],
  ];
  for (const [name, head, flood] of rows) {
    test(`${name} → cut at the cap, nothing thrown afterwards`, async (t) => {
      const port = await startRaw(t, (socket) => {
        socket.write(head);
        for (let count = 0; count < 8; count += 1) socket.write(flood);
      });
      const outcome = await get(port);
      assert.ok(outcome.kind === 'ok');
      assert.equal(outcome.value.bodyBytes, 50_000);
      assert.ok(outcome.value.isBodyTruncated);
      assert.equal(outcome.value.bodySha256, hash('sha256', 'b'.repeat(50_000), 'hex'));
      // The end of the socket is told after the answer was given.
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    });
  }
});

suite('probeHttp: what goes wrong', () => {
  const rows: readonly (readonly [
    name: string,
    serve: (socket: tls.TLSSocket, request: string, raw: net.Socket) => void,
    code: string,
    attribution: string,
  ])[] = [
    ['FIN in place of an answer', (s) => s.end(), 'eof_error', 'remote'],
    [
      'RST in place of an answer',
      (_s, _request, raw) => raw.resetAndDestroy(),
      'connection_reset',
      'remote',
    ],
    ['silence', () => {}, 'generic_timeout_error', 'remote'],
    ['half a status line, then FIN', (s) => s.end('HTTP/1.1 20'), 'eof_error', 'remote'],
    ['bytes that are no HTTP', (s) => s.write('SSH-2.0-x\r\n\r\n'), 'unknown_failure', 'remote'],
    [
      'a header of a megabyte',
      (s) => s.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1_000_000)}`),
      'unknown_failure',
      'remote',
    ],
  ];
  for (const [name, serve, code, attribution] of rows) {
    test(`${name} → ${code}`, async (t) => {
      const outcome = await get(await startRaw(t, serve), '/', 200);
      assert.ok(outcome.kind === 'failed');
      const { failure } = outcome;
      assert.deepEqual([failure.code, failure.attribution], [code, attribution]);
    });
  }

  const middles: readonly (readonly [
    name: string,
    end: (socket: tls.TLSSocket) => void,
    code: string,
  ])[] = [
    ['FIN', (s) => s.end(), 'eof_error'],
    ['silence', () => {}, 'generic_timeout_error'],
  ];
  for (const [name, end, code] of middles) {
    test(`${name} in the middle of the body → ${code}, what came is kept`, async (t) => {
      const body = page('half');
      const port = await startRaw(t, (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 90000\r\n\r\n${body}`, () => end(socket));
      });
      const outcome = await get(port, '/', 200);
      assert.ok(outcome.kind === 'failed');
      assert.equal(outcome.failure.code, code);
      assert.equal(outcome.seen?.statusCode, 200);
      assert.equal(outcome.seen?.bodyBytes, body.length);
      assert.equal(outcome.seen?.title, 'half');
    });
  }

  test('a socket that died before the request → eof_error, no hang', async (t) => {
    const port = await startRaw(t, () => {});
    const socket = net.connect({ host: LOOPBACK, port });
    socket.destroy();
    const wire = { bytesIn: () => 0, bytesOut: () => 0 };
    const outcome = await probeHttp(
      { method: 'GET', url: `https://${HOST}/`, address: LOOPBACK },
      { network, socket, wire, maxBodyBytes: 100, bodyHeadBytes: 100, ...createBudget(500) },
    );
    assert.ok(outcome.kind === 'failed');
    assert.equal(outcome.failure.code, 'eof_error');
  });
});
