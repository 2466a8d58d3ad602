import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { suite, type TestContext, test } from 'node:test';
import { startStunServer } from '../lab/stun-server.ts';
import { createBudget, createLoopbackNetwork, LOOPBACK } from '../testing/loopback.ts';
import { probeStun } from './stun.ts';

const network = createLoopbackNetwork();

async function startUdp(
  t: TestContext,
  answer: (request: Buffer, count: number) => readonly Buffer[],
): Promise<number> {
  let count = 0;
  const socket = dgram.createSocket('udp4').bind(0, LOOPBACK);
  socket.on('message', (request, client) => {
    count += 1;
    for (const reply of answer(request, count)) socket.send(reply, client.port, client.address);
  });
  await once(socket, 'listening');
  t.after(() => socket.close());
  return socket.address().port;
}

function toReply(request: Buffer, kind: number): Buffer {
  const reply = Buffer.from(request.subarray(0, 20));
  reply.writeUInt16BE(kind, 0);
  reply.writeUInt16BE(0, 2);
  return reply;
}

const ask = (port: number, budgetMs: number) =>
  probeStun({ address: LOOPBACK, port }, { network, ...createBudget(budgetMs) });

suite('probeStun', () => {
  test('an answer → ok, and nothing of it is kept', async (t) => {
    const server = await startStunServer(() => 'answer');
    t.after(() => server.close());
    assert.deepEqual(await ask(server.port, 1000), { kind: 'ok', value: {} });
  });

  test('an error response shows that the server was reached → ok', async (t) => {
    const port = await startUdp(t, (request) => [toReply(request, 0x0111)]);
    assert.equal((await ask(port, 1000)).kind, 'ok');
  });

  test('the first request lost → asked again after 500 ms', async (t) => {
    const port = await startUdp(t, (request, count) =>
      count > 1 ? [toReply(request, 0x0101)] : [],
    );
    const startedMs = performance.now();
    assert.equal((await ask(port, 2000)).kind, 'ok');
    const elapsedMs = performance.now() - startedMs;
    assert.ok(elapsedMs >= 490 && elapsedMs < 1500, `${elapsedMs} ms`);
  });

  test('the request is a binding request of RFC 8489', async (t) => {
    const seen: Buffer[] = [];
    const port = await startUdp(t, (request) => {
      seen.push(request);
      return [toReply(request, 0x0101)];
    });
    await ask(port, 1000);
    const [request] = seen;
    assert.ok(request);
    assert.equal(request.subarray(0, 8).toString('hex'), '000100002112a442');
    assert.equal(request.length, 20);
  });

  const useless: readonly (readonly [name: string, reply: (request: Buffer) => Buffer])[] = [
    ['nothing of ours', () => Buffer.from('hello')],
    ['an empty datagram', () => Buffer.alloc(0)],
    [
      'another transaction',
      (request) => Buffer.concat([toReply(request, 0x0101).subarray(0, 8), Buffer.alloc(12)]),
    ],
    ['our own request', (request) => request],
  ];
  for (const [name, reply] of useless) {
    test(`${name} → generic_timeout_error`, async (t) => {
      const port = await startUdp(t, (request) => [reply(request)]);
      const outcome = await ask(port, 100);
      assert.ok(outcome.kind === 'failed');
      assert.equal(outcome.failure.code, 'generic_timeout_error');
      assert.equal(outcome.failure.attribution, 'remote');
    });
  }

  test('an address that the system refuses → permission_denied of the vantage', async () => {
    // Connecting to the broadcast address needs a right that the socket does not have; nothing is sent.
    const input = { address: '255.255.255.255', port: 3478 };
    const outcome = await probeStun(input, { network, ...createBudget(500) });
    assert.ok(outcome.kind === 'failed');
    assert.equal(outcome.failure.code, 'permission_denied');
    assert.equal(outcome.failure.attribution, 'vantage');
  });

  test('closed port → connection_refused', async () => {
    const socket = dgram.createSocket('udp4').bind(0, LOOPBACK);
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.close();
    const outcome = await ask(port, 1000);
    assert.ok(outcome.kind === 'failed');
    assert.equal(outcome.failure.code, 'connection_refused');
  });
});
