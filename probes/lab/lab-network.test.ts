import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, test } from 'node:test';
import type { Network } from '../network/network.ts';
import { createTrust } from '../network/trust.ts';
import { createAuthority } from './certificates.ts';
import { createLabNetwork, routeTable } from './lab-network.ts';
import { type LabServer, listenTcp } from './lab-server.ts';
import { startStunServer } from './stun-server.ts';
import { startTcpFaults, type TcpFaults } from './tcp-faults.ts';

const trust = createTrust({ roots: [createAuthority({ name: 'Lab Root' }).certificatePem] });
let faults: TcpFaults;
let echo: LabServer;
let network: Network;

before(async () => {
  faults = await startTcpFaults();
  echo = await listenTcp(net.createServer((socket) => socket.end('hello')));
  const routeOf = routeTable({
    '157.240.1.35:443': echo.port,
    '157.240.1.36:443': { kind: 'drop' },
    '157.240.1.37:443': { kind: 'reset' },
  });
  network = createLabNetwork({ routeOf, faults, resolvers: [], trust });
});
after(() => Promise.all([faults.close(), echo.close()]));

/** Dials and tells how it ended; `hang` when nothing came of it in time. */
async function dial(address: string, patienceMs = 10_000): Promise<string> {
  try {
    const socket = await network.connect(address, 443, AbortSignal.timeout(patienceMs));
    const end = await Promise.race([
      once(socket, 'data').then(() => 'connected'),
      once(socket, 'close').then(() => 'connected'),
    ]).catch((error: NodeJS.ErrnoException) => String(error.code));
    socket.destroy();
    return end;
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    return name === 'TimeoutError' ? 'hang' : String(code);
  }
}

const rows = [
  { name: 'a mapped address leads to its listener', address: '157.240.1.35', end: 'connected' },
  { name: 'a dropped address never answers', address: '157.240.1.36', end: 'hang' },
  { name: 'a reset address ends with RST', address: '157.240.1.37', end: 'ECONNRESET' },
  { name: 'an unmapped address refuses', address: '10.10.34.35', end: 'ECONNREFUSED' },
] as const;

for (const row of rows)
  test(row.name, async () =>
    assert.equal(await dial(row.address, row.end === 'hang' ? 150 : undefined), row.end),
  );

test('many connections to a dropped address hang at once', async () => {
  const ends = await Promise.all(Array.from({ length: 20 }, () => dial('157.240.1.36', 150)));
  assert.deepEqual([...new Set(ends)], ['hang']);
});

test('an aborted signal rejects with its reason before anything is dialled', async () => {
  const reason = new Error('stop');
  await assert.rejects(network.connect('157.240.1.35', 443, AbortSignal.abort(reason)), reason);
});

test('the vantage has a fake public address', () => {
  assert.deepEqual(network.ownAddresses, ['203.0.113.77']);
});

const BINDING_REQUEST = Buffer.from('000100002112a442000102030405060708090a0b', 'hex');

test('stun: answers with the mapped address, or keeps silent', async (t) => {
  let behaviour: 'answer' | 'ignore' = 'answer';
  const server = await startStunServer(() => behaviour);
  t.after(server.close);
  const routeOf = routeTable({ '157.240.9.1:3478': server.port });
  const path = createLabNetwork({ routeOf, faults, resolvers: [], trust }).openUdp(
    '157.240.9.1',
    3478,
  );
  t.after(() => path.socket.close());
  path.socket.send(BINDING_REQUEST, path.port, path.address);
  const [reply] = (await once(path.socket, 'message')) as [Buffer];
  assert.equal(reply.readUInt16BE(0), 0x0101);
  assert.deepEqual(reply.subarray(8, 20), BINDING_REQUEST.subarray(8, 20));
  assert.equal(reply.readUInt16BE(26) ^ 0x2112, path.socket.address().port);
  assert.equal((reply.readUInt32BE(28) ^ 0x2112a442) >>> 0, 0x7f000001);

  behaviour = 'ignore';
  path.socket.send(BINDING_REQUEST, path.port, path.address);
  path.socket.send(Buffer.of(1), path.port, path.address);
  await assert.rejects(once(path.socket, 'message', { signal: AbortSignal.timeout(100) }));
});

test('udp: a dropped address is silent, an unmapped one is unreachable', async (t) => {
  const ask = async (address: string, patienceMs: number): Promise<string> => {
    const path = network.openUdp(address, 443);
    t.after(() => path.socket.close());
    path.socket.connect(path.port, path.address);
    await once(path.socket, 'connect');
    path.socket.send('hello');
    const signal = AbortSignal.timeout(patienceMs);
    return once(path.socket, 'message', { signal }).then(
      () => 'answer',
      (error: NodeJS.ErrnoException) => String(error.code),
    );
  };
  assert.equal(await ask('157.240.1.36', 50), 'ABORT_ERR');
  assert.equal(await ask('157.240.9.9', 10_000), 'ECONNREFUSED');
});
