import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { portOf } from '../lab/lab-server.ts';
import { type QuicBehaviour, startQuicServer } from '../lab/quic-server.ts';
import { createBudget, createLoopbackNetwork, LOOPBACK } from '../testing/loopback.ts';
import { probeQuic } from './quic.ts';
import {
  createConnectionIds,
  createInitial,
  createUnspoken,
  deriveClientKeys,
  FIRST_DATAGRAM_BYTES,
  openInitial,
} from './quic-packet.ts';

const network = createLoopbackNetwork();
const HOST = 'www.facebook.com';

async function greet(port: number, hello: 'negotiation' | 'v1', budgetMs = 2000): Promise<string> {
  const input = { address: LOOPBACK, port, hello, serverName: HOST };
  const outcome = await probeQuic(input, { network, ...createBudget(budgetMs) });
  return outcome.kind === 'ok' ? outcome.value.answer : outcome.failure.code;
}

const SILENCE_MS = 150;
const rows: readonly (readonly [QuicBehaviour, 'negotiation' | 'v1', string])[] = [
  ['answer_v1', 'negotiation', 'negotiation'],
  ['answer_v1', 'v1', 'v1'],
  ['answer_negotiation', 'negotiation', 'negotiation'],
  ['answer_negotiation', 'v1', 'negotiation'],
  ['drop_v1', 'negotiation', 'negotiation'],
  ['drop_v1', 'v1', 'generic_timeout_error'],
  ['silent', 'negotiation', 'generic_timeout_error'],
  ['silent', 'v1', 'generic_timeout_error'],
];
for (const [behaviour, hello, expected] of rows) {
  test(`quic: ${behaviour}, greeted by ${hello} → ${expected}`, async (t) => {
    const server = await startQuicServer(() => behaviour);
    t.after(() => server.close());
    const budgetMs = expected === 'generic_timeout_error' ? SILENCE_MS : 2000;
    assert.equal(await greet(server.port, hello, budgetMs), expected);
  });
}

test('quic: the name in the Initial can be read on the way, and dropped for', async (t) => {
  const names: unknown[] = [];
  const server = await startQuicServer((name) => {
    names.push(name);
    return name === HOST ? 'silent' : 'answer_v1';
  });
  t.after(() => server.close());
  assert.equal(await greet(server.port, 'v1', SILENCE_MS), 'generic_timeout_error');
  assert.deepEqual(new Set(names), new Set([HOST]));
});

async function startUdp(t: TestContext, reply: (datagram: Buffer) => Buffer): Promise<number> {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (datagram, { port, address }) =>
    socket.send(reply(datagram), port, address),
  );
  socket.bind(0, LOOPBACK);
  await once(socket, 'listening');
  t.after(() => socket.close());
  return portOf(socket.address());
}

const strangers: readonly (readonly [string, (datagram: Buffer) => Buffer])[] = [
  ['an echo of the greeting', (datagram) => datagram],
  ['noise', () => Buffer.alloc(64, 0xa5)],
  ['nothing', () => Buffer.alloc(0)],
  ['lengths beyond the end', () => Buffer.of(0xc0, 0, 0, 0, 0, 255, 1, 2)],
];
for (const [name, reply] of strangers) {
  test(`quic: ${name} is no answer`, async (t) => {
    const port = await startUdp(t, reply);
    assert.equal(await greet(port, 'v1', SILENCE_MS), 'generic_timeout_error');
  });
}

test('quic: a closed port → connection_refused', async () => {
  const socket = dgram.createSocket('udp4');
  socket.bind(0, LOOPBACK);
  await once(socket, 'listening');
  const port = portOf(socket.address());
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  assert.equal(await greet(port, 'v1'), 'connection_refused');
});

test('quic: keys of the client’s Initial are those of RFC 9001 appendix A.1', () => {
  const keys = deriveClientKeys(Buffer.from('8394c8f03e515708', 'hex'));
  assert.equal(keys.key.toString('hex'), '1f369613dd76d5467730efcbe3b1a22d');
  assert.equal(keys.iv.toString('hex'), 'fa044b2f42a3fd3b46fb255c');
  assert.equal(keys.hp.toString('hex'), '9f50449e04a0e810283a1e9933adedd2');
});

test('quic: greetings fill a first datagram, and one that was changed cannot be opened', () => {
  const ids = createConnectionIds();
  const initial = createInitial(HOST, ids);
  assert.equal(initial.length, FIRST_DATAGRAM_BYTES);
  assert.equal(createUnspoken(ids).length, FIRST_DATAGRAM_BYTES);
  assert.ok(openInitial(initial)?.includes(HOST));
  initial[600] = (initial[600] ?? 0) ^ 1;
  assert.equal(openInitial(initial), undefined);
  assert.equal(openInitial(Buffer.alloc(20, 0xc0)), undefined);
});
