/** Listening over real sockets: limits for slow and large requests, a taken port, and a quick end. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { Hono } from 'hono';
import { LIMITS, ListenError, listen } from './http.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };

function createHello(): Hono {
  const app = new Hono();
  app.get('/', () => new Response('hello'));
  app.get('/never', () => new Promise<Response>(() => {}));
  return app;
}

/** Connects, sends the text and collects what comes until the other side ends. */
function send(port: number, text: string): { socket: Socket; ended: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString();
  });
  socket.write(text);
  const ended = new Promise<string>((resolve) => {
    socket.on('close', () => resolve(received));
    // A server that resets ends the connection as well; `close` follows.
    socket.on('error', () => {});
  });
  return { socket, ended };
}

/** Resolves when the text has been answered with something. */
function answered(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('data', () => resolve()));
}

suite('listen', () => {
  test('serves on the port it says', async (t) => {
    const server = await listen(createHello(), LOCAL);
    t.after(server.close);
    assert.equal(server.url, `http://127.0.0.1:${server.port}/`);
    assert.equal(await (await fetch(server.url)).text(), 'hello');
  });

  test('a taken port is one message that names cause and fix', async (t) => {
    const server = await listen(createHello(), LOCAL);
    t.after(server.close);
    await assert.rejects(
      listen(createHello(), { host: '127.0.0.1', port: server.port }),
      (error) => {
        assert.ok(error instanceof ListenError);
        assert.match(error.message, /is taken/);
        assert.match(error.message, new RegExp(`PORT=${server.port + 1}`));
        return true;
      },
    );
  });

  test('an address of another machine is one message that names HOST', async () => {
    await assert.rejects(
      listen(createHello(), { host: '192.0.2.1', port: 0 }),
      /no address of this machine. Set HOST/,
    );
  });

  test('headers beyond the limit are refused', async (t) => {
    const server = await listen(createHello(), LOCAL);
    t.after(server.close);
    const { ended } = send(
      server.port,
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(LIMITS.maxHeaderBytes)}\r\n\r\n`,
    );
    assert.match(await ended, /^HTTP\/1\.1 431 /);
  });

  test('a request that is none is refused', async (t) => {
    const server = await listen(createHello(), LOCAL);
    t.after(server.close);
    assert.match(await send(server.port, 'hello there\r\n\r\n').ended, /^HTTP\/1\.1 400 /);
  });

  test('a client that sends its headers too slowly is evicted within 10 s', {
    timeout: 12_000,
  }, async (t) => {
    const server = await listen(createHello(), LOCAL);
    t.after(server.close);
    const startedMs = performance.now();
    assert.match(await send(server.port, 'GET / HTTP/1.1\r\nhost: ').ended, /^HTTP\/1\.1 408 /);
    assert.ok(performance.now() - startedMs < 10_000);
  });

  test('a client that does not read its answer is dropped', { timeout: 10_000 }, async (t) => {
    const app = createHello();
    app.get('/large', () => new Response('a'.repeat(16_000_000)));
    const server = await listen(app, { ...LOCAL, stuckAnswerTimeoutMs: 200 });
    t.after(server.close);
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.pause();
    socket.write('GET /large HTTP/1.1\r\nhost: x\r\n\r\n');
    // Only a write notices, since a client that does not read sees no end either.
    const typing = setInterval(() => socket.write('x'), 100);
    t.after(() => clearInterval(typing));
    await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  });

  test('close ends idle, open and hanging connections within 1 s, and can be called twice', async () => {
    const server = await listen(createHello(), LOCAL);
    const idle = send(server.port, '');
    const kept = send(server.port, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await answered(kept.socket);
    const hanging = send(server.port, 'GET /never HTTP/1.1\r\nhost: x\r\n\r\n');
    await new Promise((resolve) => hanging.socket.once('connect', resolve));
    const startedMs = performance.now();
    await Promise.all([server.close(), server.close()]);
    await Promise.all([idle.ended, kept.ended, hanging.ended]);
    assert.ok(performance.now() - startedMs < 1_000);
    await assert.rejects(fetch(server.url));
  });
});
