/** What every way through a proxy owes its caller, over real proxies on loopback: two public packages and those of the lab. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, suite, test } from 'node:test';
import { inspect } from 'node:util';
import { createServer as createPublicSocks } from '@pondwader/socks5-server';
import { Server as PublicHttpProxy } from 'proxy-chain';
import { startConnectProxy } from '../lab/connect-proxy.ts';
import { startDnsServer } from '../lab/dns-server.ts';
import { type LabServer, listenTcp } from '../lab/lab-server.ts';
import { startSocksProxy } from '../lab/socks5-server.ts';
import { startTcpFaults, type TcpFaults } from '../lab/tcp-faults.ts';
import { probeDns } from '../operations/dns.ts';
import { probeStun } from '../operations/stun.ts';
import { probeTcp } from '../operations/tcp.ts';
import { probeTls } from '../operations/tls.ts';
import { createBudget, createLoopbackNetwork, LOOPBACK } from '../testing/loopback.ts';
import { countOpenSockets } from '../testing/open-sockets.ts';
import type { Failure, Outcome } from '../types.ts';
import { createHttpProxyNetwork } from './http-proxy.ts';
import type { Network } from './network.ts';
import { isNeverPublic, type ProxiedOptions, type ProxyEndpoint } from './proxied.ts';
import { createSocks5Network } from './socks5.ts';

const AUTH = { username: 'volunteer', password: 'correct-horse-battery' } as const;
const WRONG = { username: 'volunteer', password: 'not-the-password' } as const;
type Auth = { readonly username: string; readonly password: string };

/** Ports of targets that behave in one way each. */
type Targets = {
  readonly echo: number;
  readonly reset: number;
  readonly close: number;
  readonly silent: number;
  readonly refuse: number;
  readonly drop: number;
  readonly dns: number;
};

type Proxy = { readonly port: number; readonly close: () => PromiseLike<void> };

type Row = {
  readonly name: string;
  readonly createNetwork: (options: ProxiedOptions) => Network;
  readonly start: (auth: Auth | undefined, targets: Targets) => Promise<Proxy>;
  /** A name that this proxy can resolve to loopback. */
  readonly farName: string;
  /** What a refused connection behind the proxy is known as. */
  readonly refused: readonly [Failure['code'], Failure['attribution']];
  /** Whether the proxy speaks before it has tried the target: then its own silence shows. */
  readonly isGreeting: boolean;
  /** How a reset behind the proxy ends here. */
  readonly reset: readonly string[];
  /** Whether the proxy notices that its client has gone while it still dials. */
  readonly isAttentive: boolean;
};

function labNetwork({ dns: port }: Targets): Network {
  const own = { transport: 'udp', resolver: 'network', address: LOOPBACK, port } as const;
  return { ...createLoopbackNetwork(), resolvers: [own] };
}

const ROWS: readonly Row[] = [
  {
    name: 'SOCKS5 (@pondwader/socks5-server)',
    createNetwork: createSocks5Network,
    async start(auth) {
      const proxy = createPublicSocks(auth ? { auth } : {});
      const server = net.createServer((socket) => proxy._handleConnection(socket.setNoDelay()));
      return listenTcp(server);
    },
    farName: 'localhost',
    refused: ['connection_refused', 'remote'],
    isGreeting: true,
    // It keeps its own end open for ever.
    reset: ['generic_timeout_error'],
    isAttentive: true,
  },
  {
    name: 'SOCKS5 (lab)',
    createNetwork: createSocks5Network,
    async start(auth, targets) {
      const proxy = await startSocksProxy({
        network: labNetwork(targets),
        ...(auth ? { auth } : {}),
      });
      return { port: proxy.port, close: () => proxy[Symbol.asyncDispose]() };
    },
    farName: 'target.example',
    refused: ['connection_refused', 'remote'],
    isGreeting: true,
    reset: ['connection_reset', 'eof_error'],
    isAttentive: true,
  },
  {
    name: 'HTTP CONNECT (proxy-chain)',
    createNetwork: createHttpProxyNetwork,
    async start(auth) {
      const proxy = new PublicHttpProxy({
        port: 0,
        host: LOOPBACK,
        prepareRequestFunction: ({ username, password }) => ({
          requestAuthentication:
            auth !== undefined && (username !== auth.username || password !== auth.password),
        }),
      });
      await proxy.listen();
      return { port: proxy.port, close: () => proxy.close(true) };
    },
    farName: 'localhost',
    // It hangs up without a word: nothing may be made of that.
    refused: ['proxy_failed', 'vantage'],
    isGreeting: false,
    reset: ['connection_reset', 'eof_error'],
    isAttentive: false,
  },
  {
    name: 'HTTP CONNECT (lab)',
    createNetwork: createHttpProxyNetwork,
    async start(auth, targets) {
      const proxy = await startConnectProxy({
        network: labNetwork(targets),
        ...(auth ? { auth } : {}),
      });
      return { port: proxy.port, close: () => proxy[Symbol.asyncDispose]() };
    },
    farName: 'target.example',
    refused: ['unknown_failure', 'remote'],
    isGreeting: false,
    reset: ['connection_reset', 'eof_error'],
    isAttentive: true,
  },
];

/** Waits until no more sockets of this process are open than before: the proxies and the targets live in it as well. */
async function assertNothingLeft(openBefore: number): Promise<void> {
  const untilMs = performance.now() + 2000;
  while (countOpenSockets() > openBefore) {
    assert.ok(performance.now() < untilMs, `${countOpenSockets()} open, ${openBefore} before`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function failureOf(outcome: Outcome<unknown>): Failure {
  assert.ok(outcome.kind === 'failed');
  return outcome.failure;
}

async function connectTo(
  network: Network,
  port: number,
  { host = LOOPBACK, budgetMs = 2000 }: { readonly host?: string; readonly budgetMs?: number } = {},
) {
  return probeTcp({ address: host, port }, { network, ...createBudget(budgetMs) });
}

for (const row of ROWS)
  suite(row.name, () => {
    const servers: LabServer[] = [];
    let faults: TcpFaults;
    let targets: Targets;
    let open: Proxy;
    let locked: Proxy;

    const networkAt = (proxy: Partial<ProxyEndpoint>, options: Partial<ProxiedOptions> = {}) =>
      row.createNetwork({
        proxy: { host: LOOPBACK, port: open.port, ...proxy },
        names: 'here',
        isRefused: () => false,
        ...options,
      });

    before(async () => {
      faults = await startTcpFaults();
      const listen = async (onClient: (client: net.Socket) => void): Promise<number> => {
        const server = await listenTcp(net.createServer(onClient));
        servers.push(server);
        return server.port;
      };
      const dns = await startDnsServer(() => ({ kind: 'addresses', addresses: [LOOPBACK] }));
      servers.push(dns);
      targets = {
        echo: await listen((client) => client.pipe(client)),
        reset: await listen((client) => client.once('data', () => client.resetAndDestroy())),
        close: await listen((client) => client.once('data', () => client.end())),
        silent: await listen((client) => client.resume()),
        refuse: faults.refusePort,
        drop: faults.dropPort,
        dns: dns.port,
      };
      open = await row.start(undefined, targets);
      locked = await row.start(AUTH, targets);
    });
    after(async () => {
      await Promise.all([open.close(), locked.close()]);
      await Promise.all([...servers.map((server) => server.close()), faults.close()]);
    });

    const ways = [
      ['without a login', () => networkAt({}), LOOPBACK],
      ['with the right login', () => networkAt({ port: locked.port, ...AUTH }), LOOPBACK],
      ['by a name that the proxy resolves', () => networkAt({}, { names: 'far' }), row.farName],
    ] as const;
    for (const [how, createNetwork, host] of ways)
      test(`carries bytes ${how}`, async () => {
        const openBefore = countOpenSockets();
        const { outcome, socket } = await connectTo(createNetwork(), targets.echo, { host });
        assert.equal(outcome.kind, 'ok');
        assert.ok(socket);
        socket.write('hello');
        const [bytes] = (await once(socket, 'data')) as [Buffer];
        assert.equal(bytes.toString(), 'hello');
        socket.destroy();
        await assertNothingLeft(openBefore);
      });

    test('a resolver is asked through it, over TCP', async () => {
      const endpoint = { transport: 'tcp', resolver: 'network', address: LOOPBACK } as const;
      const resolver = { ...endpoint, port: targets.dns };
      const network = networkAt({}, { resolvers: [resolver, { ...resolver, transport: 'udp' }] });
      assert.deepEqual(network.resolvers, [resolver], 'the one over UDP is left out');
      const outcome = await probeDns(
        { host: 'www.facebook.com', recordType: 'A', transport: 'tcp', resolver: 'network' },
        { network, endpoint: resolver, lateRepliesMs: 0, ...createBudget(2000) },
      );
      assert.deepEqual(outcome.kind === 'ok' && outcome.value.addresses, [LOOPBACK]);
    });

    const logins = [
      ['the wrong login', WRONG],
      ['no login', {}],
    ] as const;
    for (const [what, login] of logins)
      test(`${what} → the vantage’s own trouble, and no credential in sight`, async () => {
        const openBefore = countOpenSockets();
        const network = networkAt({ port: locked.port, ...login });
        const { signal } = new AbortController();
        const error: unknown = await network
          .connect(LOOPBACK, targets.echo, signal)
          .catch((thrown: unknown) => thrown);
        const shown = inspect(error, { depth: 9, showHidden: true });
        assert.ok(!shown.includes(WRONG.password) && !shown.includes(WRONG.username), shown);
        assert.ok(!shown.includes(btoa(`${WRONG.username}:${WRONG.password}`)));
        const { outcome } = await connectTo(network, targets.echo);
        const { code, attribution } = failureOf(outcome);
        assert.deepEqual([code, attribution], ['proxy_failed', 'vantage']);
        await assertNothingLeft(openBefore);
      });

    test('no proxy there → the vantage’s own trouble', async () => {
      const { outcome } = await connectTo(networkAt({ port: targets.refuse }), targets.echo);
      assert.deepEqual(failureOf(outcome), {
        operation: 'tcp',
        code: 'proxy_failed',
        attribution: 'vantage',
        raw: 'PROXY_ECONNREFUSED',
      });
    });

    test('a proxy that cannot be reached in time → the vantage’s own trouble', async () => {
      const openBefore = countOpenSockets();
      const network = networkAt({ port: targets.drop });
      const { outcome } = await connectTo(network, targets.echo, { budgetMs: 150 });
      const { code, attribution, raw } = failureOf(outcome);
      assert.deepEqual([code, attribution, raw], ['proxy_failed', 'vantage', 'PROXY_SILENT']);
      await assertNothingLeft(openBefore);
    });

    for (const other of ['reset', 'close', 'echo'] as const)
      test(`something that is no proxy (${other}) → the vantage’s own trouble`, async () => {
        const openBefore = countOpenSockets();
        const network = networkAt({ port: targets[other], ...AUTH });
        const { outcome } = await connectTo(network, targets.echo);
        const { code, attribution } = failureOf(outcome);
        assert.deepEqual([code, attribution], ['proxy_failed', 'vantage']);
        await assertNothingLeft(openBefore);
      });

    test('a target that refuses', async () => {
      const openBefore = countOpenSockets();
      const { outcome } = await connectTo(networkAt({}), targets.refuse);
      const { code, attribution } = failureOf(outcome);
      assert.deepEqual([code, attribution], row.refused);
      await assertNothingLeft(openBefore);
    });

    test('a target that is never reached → time-out of the other end', async () => {
      const openBefore = countOpenSockets();
      const { outcome } = await connectTo(networkAt({}), targets.drop, { budgetMs: 250 });
      const { code, attribution } = failureOf(outcome);
      assert.deepEqual([code, attribution], ['generic_timeout_error', 'remote']);
      if (row.isAttentive) await assertNothingLeft(openBefore);
    });

    const endings: readonly (readonly [
      ending: 'reset' | 'close' | 'silent',
      codes: readonly string[],
    ])[] = [
      ['reset', row.reset],
      ['close', ['connection_reset', 'eof_error']],
      ['silent', ['generic_timeout_error']],
    ];
    for (const [ending, codes] of endings)
      test(`a handshake with a target that answers by ${ending} → ${codes.join(' or ')}`, async () => {
        const openBefore = countOpenSockets();
        const network = networkAt({});
        const { socket } = await connectTo(network, targets[ending]);
        assert.ok(socket);
        const address = { address: LOOPBACK, port: targets[ending], serverName: 'a.example' };
        const input = { ...address, clientHello: 'default' } as const;
        const deps = { network, socket, ...createBudget(300) };
        const { outcome } = await probeTls(input, deps);
        const { code, attribution } = failureOf(outcome);
        assert.ok(codes.includes(code), code);
        assert.equal(attribution, 'remote');
        await assertNothingLeft(openBefore);
      });

    const phases = [
      ['while the proxy is dialled', () => [faults.dropPort, targets.echo] as const],
      ['while the proxy says nothing', () => [targets.silent, targets.echo] as const],
      ['while the target is dialled', () => [open.port, targets.drop] as const],
    ] as const;
    for (const [when, ports] of phases)
      test(`aborted ${when} → rejects at once, leaves nothing open`, async () => {
        const openBefore = countOpenSockets();
        const [proxyPort, targetPort] = ports();
        const controller = new AbortController();
        const connecting = networkAt({ port: proxyPort }).connect(
          LOOPBACK,
          targetPort,
          controller.signal,
        );
        setTimeout(() => controller.abort(), 40);
        await assert.rejects(connecting, { name: 'AbortError' });
        if (row.isAttentive || targetPort !== targets.drop) await assertNothingLeft(openBefore);
      });

    test('aborted before it began → rejects, dials nothing', async () => {
      const openBefore = countOpenSockets();
      const connecting = networkAt({}).connect(LOOPBACK, targets.echo, AbortSignal.abort());
      await assert.rejects(connecting, { name: 'AbortError' });
      assert.equal(countOpenSockets(), openBefore);
    });

    test('a silent proxy: whose silence it is, as far as anybody can know', async () => {
      const network = networkAt({ port: targets.silent });
      const { outcome } = await connectTo(network, targets.echo, { budgetMs: 150 });
      const { code, attribution } = failureOf(outcome);
      const expected = row.isGreeting
        ? ['proxy_failed', 'vantage']
        : ['generic_timeout_error', 'remote'];
      assert.deepEqual([code, attribution], expected);
    });

    test('datagrams → refused as our own limit', async () => {
      const network = networkAt({});
      assert.throws(() => network.openUdp(LOOPBACK, 3478), { code: 'REACHLINE_NO_DATAGRAMS' });
      const deps = { network, ...createBudget(100) };
      const { code, attribution } = failureOf(
        await probeStun({ address: LOOPBACK, port: 3478 }, deps),
      );
      assert.deepEqual([code, attribution], ['protocol_not_supported', 'vantage']);
    });

    test('what it cannot show is named', () => {
      const here = ['udp', 'late_replies', 'close', 'connect'];
      assert.deepEqual(networkAt({}).blindSpots, here);
      const far = networkAt({}, { names: 'far' });
      assert.deepEqual(far.blindSpots, [...here, 'names', 'addresses']);
      assert.equal(far.names, 'far');
    });

    test('addresses that cannot be public are never asked for', async () => {
      const network = row.createNetwork({
        proxy: { host: LOOPBACK, port: targets.refuse },
        names: 'far',
      });
      const { signal } = new AbortController();
      for (const host of ['10.10.34.35', '127.0.0.1', '::1', 'localhost', 'router.lan'])
        await assert.rejects(network.connect(host, 443, signal), { code: 'REACHLINE_BOGON' });
    });

    test('the address of the proxy is scrubbed, loopback never', () => {
      const proxy = { host: '93.184.216.34', port: 1080 };
      const network = row.createNetwork({ proxy, names: 'here', ownAddresses: ['192.0.2.7'] });
      const { ownAddresses } = network;
      assert.ok(ownAddresses.includes('93.184.216.34') && ownAddresses.includes('192.0.2.7'));
      assert.equal(ownAddresses, network.ownAddresses, 'the same list while none is new');
      assert.ok(!networkAt({}).ownAddresses.includes(LOOPBACK));
    });
  });

const hosts = [
  ['www.facebook.com', false],
  ['xn--e1afmkfd.xn--p1ai', false],
  ['157.240.1.35', false],
  ['intranet', true],
  ['printer.local', true],
  ['a.b.internal.', true],
  ['1.0.0.127.in-addr.arpa', true],
  ['192.168.1.1', true],
] as const;
for (const [host, expected] of hosts)
  test(`isNeverPublic: ${host} → ${expected}`, () => assert.equal(isNeverPublic(host), expected));
