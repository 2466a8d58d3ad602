/** What every operation owes its caller: it resolves, it stops when told, it leaves no socket behind, its times are in order. */
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, suite, test } from 'node:test';
import { systemClock } from '../clock.ts';
import type { Budget } from '../deadline.ts';
import { FAILURE_CODES } from '../failure.ts';
import { type LabServer, listenTcp } from '../lab/lab-server.ts';
import { startTcpFaults, type TcpFaults } from '../lab/tcp-faults.ts';
import type { ResolverEndpoint } from '../network/network.ts';
import { createBudget, createLoopbackNetwork, LOOPBACK } from '../testing/loopback.ts';
import { countOpenSockets } from '../testing/open-sockets.ts';
import { OPERATIONS, type Operation, type Outcome } from '../types.ts';
import { probeDns } from './dns.ts';
import { probeHttp } from './http.ts';
import { probeQuic } from './quic.ts';
import { probeStun } from './stun.ts';
import { probeTcp } from './tcp.ts';
import { probeTls } from './tls.ts';

const network = createLoopbackNetwork();

/** Where the other end never says anything. */
type Silence = { readonly tcpPort: number; readonly udpPort: number; readonly dropPort: number };
type Run = (silence: Silence, budget: Budget) => Promise<Outcome<unknown>>;

async function connect(port: number): Promise<net.Socket> {
  const { socket } = await probeTcp(
    { address: LOOPBACK, port },
    { network, ...createBudget(1000) },
  );
  assert.ok(socket);
  return socket;
}

function askDns(endpoint: Omit<ResolverEndpoint, 'resolver' | 'address'>, budget: Budget) {
  const { transport } = endpoint;
  return probeDns(
    { host: 'www.facebook.com', recordType: 'A', transport, resolver: 'public' },
    {
      network,
      endpoint: { ...endpoint, resolver: 'public', address: LOOPBACK },
      lateRepliesMs: 500,
      ...budget,
    },
  );
}

const runs: readonly { readonly name: string; readonly operation: Operation; readonly run: Run }[] =
  [
    {
      name: 'dns over UDP',
      operation: 'dns',
      run: ({ udpPort }, budget) => askDns({ transport: 'udp', port: udpPort }, budget),
    },
    {
      name: 'dns over TCP',
      operation: 'dns',
      run: ({ tcpPort }, budget) => askDns({ transport: 'tcp', port: tcpPort }, budget),
    },
    {
      name: 'dns over TCP to nowhere',
      operation: 'dns',
      run: ({ dropPort }, budget) => askDns({ transport: 'tcp', port: dropPort }, budget),
    },
    {
      name: 'dns over HTTPS',
      operation: 'dns',
      run: ({ tcpPort }, budget) => askDns({ transport: 'doh', port: tcpPort }, budget),
    },
    {
      name: 'tcp',
      operation: 'tcp',
      run: async ({ dropPort: port }, budget) =>
        (await probeTcp({ address: LOOPBACK, port }, { network, ...budget })).outcome,
    },
    {
      name: 'tls',
      operation: 'tls',
      async run({ tcpPort: port }, budget) {
        const socket = await connect(port);
        const deps = { network, socket, ...budget };
        const input = { address: LOOPBACK, port, serverName: 'a.example' };
        return (await probeTls({ ...input, clientHello: 'default' }, deps)).outcome;
      },
    },
    {
      name: 'http',
      operation: 'http',
      async run({ tcpPort }, budget) {
        const socket = await connect(tcpPort);
        const wire = { bytesIn: () => socket.bytesRead, bytesOut: () => socket.bytesWritten };
        return probeHttp(
          { method: 'GET', url: 'http://a.example/', address: LOOPBACK },
          { network, socket, wire, maxBodyBytes: 1000, bodyHeadBytes: 100, ...budget },
        );
      },
    },
    {
      name: 'stun',
      operation: 'stun',
      run: ({ udpPort: port }, budget) =>
        probeStun({ address: LOOPBACK, port }, { network, ...budget }),
    },
    {
      name: 'quic',
      operation: 'quic',
      run: ({ udpPort: port }, budget) =>
        probeQuic(
          { address: LOOPBACK, port, hello: 'v1', serverName: 'a.example' },
          { network, ...budget },
        ),
    },
  ];

suite('contract of every operation', () => {
  let faults: TcpFaults;
  let server: LabServer;
  let silence: Silence;
  const accepted = new Set<net.Socket>();
  const udp = dgram.createSocket('udp4');

  before(async () => {
    faults = await startTcpFaults();
    server = await listenTcp(
      net.createServer((socket) => {
        accepted.add(socket);
        socket.once('close', () => accepted.delete(socket));
        // Reads, so that it sees the client leave.
        socket.resume();
      }),
    );
    udp.bind(0, LOOPBACK);
    await once(udp, 'listening');
    const { dropPort } = faults;
    silence = { tcpPort: server.port, udpPort: udp.address().port, dropPort };
  });
  after(async () => {
    udp.close();
    await Promise.all([server.close(), faults.close()]);
  });

  /** Waits until both ends of every connection are gone; a socket that was left open would stay for ever. */
  async function assertNothingLeft(openBefore: number): Promise<void> {
    const untilMs = performance.now() + 1000;
    while (accepted.size > 0 || countOpenSockets() > openBefore) {
      assert.ok(
        performance.now() < untilMs,
        `${accepted.size} connections, ${countOpenSockets()} open`,
      );
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  test('no operation is without a run here', () => {
    assert.deepEqual(new Set(runs.map(({ operation }) => operation)), new Set(OPERATIONS));
  });

  for (const { name, operation, run } of runs) {
    test(`${name}: silence → times out within its budget, leaves nothing open`, async () => {
      const openBefore = countOpenSockets();
      const startedMs = systemClock.monotonicMs();
      const outcome = await run(silence, createBudget(120));
      const elapsedMs = systemClock.monotonicMs() - startedMs;
      assertFailed(outcome, operation, 'generic_timeout_error');
      assert.ok(elapsedMs >= 115 && elapsedMs < 1000, `${elapsedMs} ms`);
      await assertNothingLeft(openBefore);
    });

    const aborts = [
      ['shutdown', undefined, 'interrupted'],
      ['deadline', new DOMException('too late', 'TimeoutError'), 'generic_timeout_error'],
    ] as const;
    for (const [why, reason, code] of aborts) {
      test(`${name}: ${why} → ${code} within 100 ms, leaves nothing open`, async () => {
        const openBefore = countOpenSockets();
        const controller = new AbortController();
        let abortedMs = 0;
        setTimeout(() => {
          abortedMs = performance.now();
          controller.abort(reason);
        }, 30);
        const outcome = await run(silence, createBudget(10_000, controller.signal));
        assert.ok(performance.now() - abortedMs < 100);
        assertFailed(outcome, operation, code);
        await assertNothingLeft(openBefore);
      });
    }

    test(`${name}: aborted before it began → interrupted at once`, async () => {
      const openBefore = countOpenSockets();
      const outcome = await run(silence, createBudget(10_000, AbortSignal.abort()));
      assertFailed(outcome, operation, 'interrupted');
      await assertNothingLeft(openBefore);
    });

    test(`${name}: a network that throws → resolves with a failure`, async () => {
      if (operation === 'tls' || operation === 'http') return;
      const openBefore = countOpenSockets();
      const outcome = await run(
        { tcpPort: 70_000, udpPort: 70_000, dropPort: 70_000 },
        createBudget(120),
      );
      assert.ok(outcome.kind === 'failed');
      assert.equal(outcome.failure.operation, operation);
      await assertNothingLeft(openBefore);
    });
  }
});

function assertFailed(outcome: Outcome<unknown>, operation: Operation, code: string): void {
  assert.ok(outcome.kind === 'failed');
  assert.equal(outcome.failure.operation, operation);
  assert.equal(outcome.failure.code, code);
  assert.ok(outcome.failure.code in FAILURE_CODES);
}
