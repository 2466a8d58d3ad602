import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, suite, test } from 'node:test';
import { listenTcp } from '../lab/lab-server.ts';
import { startTcpFaults, type TcpFaults } from '../lab/tcp-faults.ts';
import { createDirectNetwork } from '../network/direct.ts';
import { createBudget, createLoopbackNetwork, LOOPBACK } from '../testing/loopback.ts';
import { probeTcp } from './tcp.ts';

const network = createLoopbackNetwork();

suite('probeTcp', () => {
  let faults: TcpFaults;
  before(async () => {
    faults = await startTcpFaults();
  });
  after(() => faults.close());

  test('a listener → ok, and the socket can be used', async (t) => {
    const server = await listenTcp(net.createServer((socket) => socket.pipe(socket)));
    t.after(() => server.close());
    const input = { address: LOOPBACK, port: server.port };
    const { outcome, socket } = await probeTcp(input, { network, ...createBudget(1000) });
    assert.deepEqual(outcome, { kind: 'ok', value: {} });
    assert.ok(socket);
    socket.write('echo');
    const echo = await new Promise((resolve) => socket.once('data', resolve));
    assert.equal(String(echo), 'echo');
    socket.destroy();
  });

  const rows = [
    ['closed port', () => faults.refusePort, 'connection_refused', 'remote', 'ECONNREFUSED'],
    ['dropped SYN', () => faults.dropPort, 'generic_timeout_error', 'remote', undefined],
  ] as const;
  for (const [name, portOf, code, attribution, raw] of rows) {
    test(`${name} → ${code}`, async () => {
      const input = { address: LOOPBACK, port: portOf() };
      const { outcome, socket } = await probeTcp(input, { network, ...createBudget(150) });
      assert.equal(socket, undefined);
      assert.ok(outcome.kind === 'failed');
      const { failure } = outcome;
      assert.deepEqual([failure.code, failure.attribution, failure.raw], [code, attribution, raw]);
    });
  }

  test('an RST after the connection was accepted does not end the process', async () => {
    const input = { address: LOOPBACK, port: faults.resetPort };
    const { socket } = await probeTcp(input, { network, ...createBudget(1000) });
    if (socket && !socket.closed) await new Promise((resolve) => socket.once('close', resolve));
    assert.ok(!socket || socket.destroyed);
  });

  test('an address that cannot be public → not dialled, dns_bogon_error of the vantage', async () => {
    const direct = createDirectNetwork({ resolvers: [] });
    const input = { address: '10.10.34.35', port: 443 };
    const { outcome } = await probeTcp(input, { network: direct, ...createBudget(1000) });
    assert.ok(outcome.kind === 'failed');
    assert.equal(outcome.failure.code, 'dns_bogon_error');
    assert.equal(outcome.failure.attribution, 'vantage');
  });
});
