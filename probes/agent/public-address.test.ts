/** The address that a STUN server sees is learnt and scrubbed; answers that cannot be right are not believed. */
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { suite, type TestContext, test } from 'node:test';
import { LOOPBACK_ADDRESS } from '../lab/lab-server.ts';
import type { Network } from '../network/network.ts';
import { createLoopbackNetwork } from '../testing/loopback.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { findPublicAddress, keepAddresses } from './public-address.ts';

const COOKIE = 0x2112_a442;
const never = new AbortController().signal;

/** A STUN server whose answers are made by the test. */
async function startServer(t: TestContext, answer: (request: Buffer) => Buffer | undefined) {
  const socket = dgram.createSocket('udp4').bind(0, LOOPBACK_ADDRESS);
  socket.on('message', (request, client) => {
    const reply = answer(request);
    if (reply) socket.send(reply, client.port, client.address);
  });
  await once(socket, 'listening');
  t.after(() => socket.close());
  return { host: LOOPBACK_ADDRESS, port: socket.address().port };
}

function tell(address: string, { type = 0x0020, before = Buffer.alloc(0) } = {}) {
  return (request: Buffer): Buffer => {
    const bits = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
    const attribute = Buffer.alloc(12);
    attribute.writeUInt16BE(type, 0);
    attribute.writeUInt16BE(8, 2);
    attribute.writeUInt16BE(1, 4);
    attribute.writeUInt32BE((bits ^ COOKIE) >>> 0, 8);
    const head = Buffer.from(request.subarray(0, 20));
    head.writeUInt16BE(0x0101, 0);
    head.writeUInt16BE(before.length + attribute.length, 2);
    return Buffer.concat([head, before, attribute]);
  };
}

const software = Buffer.from([0x80, 0x22, 0, 3, 97, 98, 99, 0]);
const truth = tell('93.184.216.77');
const rows: readonly (readonly [
  name: string,
  answer: (request: Buffer) => Buffer | undefined,
  address: string | undefined,
])[] = [
  ['an address', truth, '93.184.216.77'],
  [
    'an address behind other attributes',
    tell('93.184.216.77', { before: software }),
    '93.184.216.77',
  ],
  ['an address within some network', tell('192.168.1.5'), undefined],
  ['no address', tell('93.184.216.77', { type: 0x8000 }), undefined],
  ['an answer that is cut off', (request) => truth(request).subarray(0, 27), undefined],
  ['a length beyond the end', (request) => truth(request).fill(0xff, 22, 24), undefined],
];
suite('findPublicAddress', () => {
  for (const [name, answer, address] of rows)
    test(name, async (t) => {
      const server = await startServer(t, answer);
      assert.equal(await findPublicAddress(server, createLoopbackNetwork(), never), address);
    });
  test('an answer to somebody else is not heard, and silence ends', async (t) => {
    const server = await startServer(t, (request) => truth(Buffer.alloc(request.length)));
    assert.equal(await findPublicAddress(server, createLoopbackNetwork(), never), undefined);
  });
  test('a closed port and a network without datagrams', async () => {
    const closed = { host: LOOPBACK_ADDRESS, port: 9 };
    assert.equal(await findPublicAddress(closed, createLoopbackNetwork(), never), undefined);
  });
});

test('a keeper learns it, asks once an hour or when the network changes, and keeps the same list', async (t) => {
  let asked = 0;
  let address = '93.184.216.77';
  const server = await startServer(t, (request) => {
    asked += 1;
    return tell(address)(request);
  });
  let identity = 'home';
  const base: Network = Object.assign(createLoopbackNetwork(), { identity: () => identity });
  const clock = new ManualClock(0);
  const keeper = keepAddresses(base, server, clock);
  const before = keeper.network.ownAddresses;
  assert.ok(await keeper.refresh(never));
  assert.ok(await keeper.refresh(never));
  assert.equal(asked, 1);
  const list = keeper.network.ownAddresses;
  assert.deepEqual(list, [...before, '93.184.216.77']);
  assert.equal(keeper.network.ownAddresses, list);
  identity = 'café';
  address = '93.184.216.78';
  assert.ok(await keeper.refresh(never));
  assert.deepEqual(keeper.network.ownAddresses, [...before, '93.184.216.77', '93.184.216.78']);
  clock.advance(3_600_001);
  await keeper.refresh(never);
  assert.equal(asked, 3);
  assert.equal(await keepAddresses(base, undefined, clock).refresh(never), false);
});
