import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import packet from 'dns-packet';
import { createAuthority } from '../lab/certificates.ts';
import { type DnsAnswer, startDnsServer } from '../lab/dns-server.ts';
import { listenTcp } from '../lab/lab-server.ts';
import type { ResolverEndpoint } from '../network/network.ts';
import { createBudget, createLoopbackNetwork, LOOPBACK } from '../testing/loopback.ts';
import type { DnsInput, DnsValue, Outcome } from '../types.ts';
import { type DnsDeps, probeDns } from './dns.ts';

const HOST = 'www.facebook.com';
const TRUE_ADDRESS = '157.240.205.35';
const FALSE_ADDRESS = '10.10.34.35';
const network = createLoopbackNetwork();

function endpointOf(port: number, transport: 'udp' | 'tcp' = 'udp'): ResolverEndpoint {
  return { transport, resolver: 'network', address: LOOPBACK, port };
}

function ask(endpoint: ResolverEndpoint, extra: Partial<DnsDeps> = {}): Promise<Outcome<DnsValue>> {
  const { transport, resolver } = endpoint;
  const input: DnsInput = { host: HOST, recordType: 'A', transport, resolver };
  return probeDns(input, {
    ...createBudget(300),
    network,
    endpoint,
    lateRepliesMs: 60,
    ...extra,
  });
}

const addresses = (...list: string[]): DnsAnswer => ({ kind: 'addresses', addresses: list });

const rows: readonly {
  readonly name: string;
  readonly answer: DnsAnswer;
  /** The failure code, or the addresses. */
  readonly expected: string | readonly string[];
  /** Response code and matching of every reply. */
  readonly replies: readonly string[];
}[] = [
  {
    name: 'addresses',
    answer: addresses(TRUE_ADDRESS, '157.240.205.36'),
    expected: [TRUE_ADDRESS, '157.240.205.36'],
    replies: ['NOERROR'],
  },
  {
    name: 'an alias and its addresses',
    answer: { kind: 'cname', target: 'star.c10r.facebook.com', addresses: [TRUE_ADDRESS] },
    expected: [TRUE_ADDRESS],
    replies: ['NOERROR'],
  },
  {
    name: 'an alias that leads nowhere',
    answer: { kind: 'cname', target: 'nowhere.example', addresses: [] },
    expected: 'dns_no_answer',
    replies: ['NOERROR'],
  },
  { name: 'no record', answer: { kind: 'empty' }, expected: 'dns_no_answer', replies: ['NOERROR'] },
  {
    name: 'no such name',
    answer: { kind: 'nxdomain' },
    expected: 'dns_nxdomain_error',
    replies: ['NXDOMAIN'],
  },
  {
    name: 'server failure',
    answer: { kind: 'servfail' },
    expected: 'dns_servfail_error',
    replies: ['SERVFAIL'],
  },
  {
    name: 'refusal',
    answer: { kind: 'refused' },
    expected: 'dns_refused_error',
    replies: ['REFUSED'],
  },
  {
    name: 'a lie before the truth: the first decides, both are kept',
    answer: { kind: 'race', replies: [addresses(FALSE_ADDRESS), addresses(TRUE_ADDRESS)] },
    expected: [FALSE_ADDRESS],
    replies: ['NOERROR', 'NOERROR'],
  },
  {
    name: 'an injected denial before the truth',
    answer: { kind: 'race', replies: [{ kind: 'nxdomain' }, addresses(TRUE_ADDRESS)] },
    expected: 'dns_nxdomain_error',
    replies: ['NXDOMAIN', 'NOERROR'],
  },
  {
    name: 'a reply to another id before the truth: recorded, not used',
    answer: {
      kind: 'race',
      replies: [{ kind: 'wrong_id', addresses: [FALSE_ADDRESS] }, addresses(TRUE_ADDRESS)],
    },
    expected: [TRUE_ADDRESS],
    replies: ['NOERROR!', 'NOERROR'],
  },
  {
    name: 'only a reply to another id',
    answer: { kind: 'wrong_id', addresses: [FALSE_ADDRESS] },
    expected: 'dns_reply_with_wrong_query_id',
    replies: ['NOERROR!'],
  },
  {
    name: 'only a reply to another question',
    answer: { kind: 'wrong_question', addresses: [FALSE_ADDRESS] },
    expected: 'dns_reply_with_wrong_query_id',
    replies: ['NOERROR!'],
  },
  {
    name: 'truncation: asked again over TCP, both are kept',
    answer: { kind: 'truncated', addresses: [TRUE_ADDRESS] },
    expected: [TRUE_ADDRESS],
    replies: ['NOERROR', 'NOERROR'],
  },
  { name: 'silence', answer: { kind: 'hang' }, expected: 'generic_timeout_error', replies: [] },
  {
    name: 'noise',
    answer: { kind: 'garbage', form: 'noise' },
    expected: 'dns_server_misbehaving',
    replies: ['UNPARSABLE!'],
  },
  {
    name: 'a cut message',
    answer: { kind: 'garbage', form: 'short' },
    expected: 'dns_server_misbehaving',
    replies: ['UNPARSABLE!'],
  },
  {
    name: 'a compression loop',
    answer: { kind: 'garbage', form: 'pointer_loop' },
    expected: 'dns_server_misbehaving',
    replies: ['UNPARSABLE!'],
  },
  {
    name: 'counts that promise more than there is',
    answer: { kind: 'garbage', form: 'false_counts' },
    expected: 'dns_server_misbehaving',
    replies: ['UNPARSABLE!'],
  },
  {
    name: 'a message of monstrous size',
    answer: { kind: 'garbage', form: 'oversized' },
    expected: 'dns_server_misbehaving',
    replies: ['OVERSIZED!'],
  },
];

function assertOutcome(
  outcome: Outcome<DnsValue>,
  expected: string | readonly string[],
  replies: readonly string[],
): void {
  const value = outcome.kind === 'ok' ? outcome.value : outcome.seen;
  const seen = (value?.replies ?? []).map((reply) => reply.rcode + (reply.isMatching ? '' : '!'));
  assert.deepEqual(seen, replies);
  if (outcome.kind === 'ok') return assert.deepEqual(outcome.value.addresses, expected);
  assert.equal(outcome.failure.code, expected);
  assert.equal(outcome.failure.attribution, 'resolver');
}

suite('probeDns over UDP', () => {
  for (const { name, answer, expected, replies } of rows) {
    test(`${name} → ${String(expected)}`, async (t) => {
      const server = await startDnsServer(() => answer);
      t.after(() => server.close());
      assertOutcome(await ask(endpointOf(server.port)), expected, replies);
    });
  }

  test('late replies carry their time of arrival', async (t) => {
    const server = await startDnsServer(() => ({
      kind: 'race',
      replies: [addresses(FALSE_ADDRESS), addresses(TRUE_ADDRESS)],
    }));
    t.after(() => server.close());
    const outcome = await ask(endpointOf(server.port));
    assert.ok(outcome.kind === 'ok');
    const [first, second] = outcome.value.replies;
    assert.ok(first && second && first.atMs >= 0 && second.atMs > first.atMs);
    assert.ok(second.bytes > 40 && second.addresses[0] === TRUE_ADDRESS);
  });

  test('addresses are announced once, before the late replies', async (t) => {
    const server = await startDnsServer(() => ({
      kind: 'race',
      replies: [addresses(FALSE_ADDRESS), addresses(TRUE_ADDRESS)],
    }));
    t.after(() => server.close());
    const announced: (readonly string[])[] = [];
    await ask(endpointOf(server.port), { onAddresses: (list) => announced.push(list) });
    assert.deepEqual(announced, [[FALSE_ADDRESS]]);
  });

  test('closed port → connection_refused at once', async () => {
    const socket = dgram.createSocket('udp4').bind(0, LOOPBACK);
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.close();
    const startedMs = performance.now();
    assertOutcome(await ask(endpointOf(port)), 'connection_refused', []);
    assert.ok(performance.now() - startedMs < 200);
  });

  test('an address that the system refuses → permission_denied of the vantage', async () => {
    const outcome = await ask({ ...endpointOf(53), address: '255.255.255.255' });
    assert.ok(outcome.kind === 'failed');
    assert.equal(outcome.failure.code, 'permission_denied');
    assert.equal(outcome.failure.attribution, 'vantage');
  });

  test('a flood of replies → a bounded number is kept', async (t) => {
    const flood = Array.from({ length: 60 }, (_, index) => addresses(`10.0.0.${index}`));
    const server = await startDnsServer(() => ({ kind: 'race', replies: flood, gapMs: 1 }));
    t.after(() => server.close());
    const outcome = await ask(endpointOf(server.port), { lateRepliesMs: 250 });
    assert.ok(outcome.kind === 'ok');
    assert.equal(outcome.value.replies.length, 16);
  });

  test('every query has its own id and its own port', async (t) => {
    const seen = new Set<string>();
    const socket = dgram.createSocket('udp4').bind(0, LOOPBACK);
    socket.on('message', (bytes, { port }) => seen.add(`${bytes.readUInt16BE(0)} ${port}`));
    await once(socket, 'listening');
    t.after(() => socket.close());
    const endpoint = endpointOf(socket.address().port);
    await Promise.all(Array.from({ length: 12 }, () => ask(endpoint, createBudget(40))));
    const pairs = [...seen].map((pair) => pair.split(' '));
    assert.equal(new Set(pairs.map(([id]) => id)).size, 12);
    assert.equal(new Set(pairs.map(([, port]) => port)).size, 12);
  });
});

suite('probeDns over TCP', () => {
  const overTcp = rows.filter(({ name }) => name === 'addresses' || name.startsWith('no such'));
  for (const { name, answer, expected, replies } of overTcp) {
    test(`${name} → ${String(expected)}`, async (t) => {
      const server = await startDnsServer(() => answer);
      t.after(() => server.close());
      assertOutcome(await ask(endpointOf(server.port, 'tcp')), expected, replies);
    });
  }

  const faults: readonly {
    readonly name: string;
    readonly serve: (socket: net.Socket) => void;
    readonly expected: string;
    readonly replies: readonly string[];
  }[] = [
    { name: 'FIN', serve: (s) => s.end(), expected: 'eof_error', replies: [] },
    {
      name: 'RST',
      serve: (s) => s.once('data', () => s.resetAndDestroy()),
      expected: 'connection_reset',
      replies: [],
    },
    {
      name: 'half a message, then FIN',
      serve: (s) => s.end(Buffer.from([0, 200, 1, 2, 3])),
      expected: 'eof_error',
      replies: [],
    },
    { name: 'silence', serve: () => {}, expected: 'generic_timeout_error', replies: [] },
    {
      name: 'a length of 65,535 that is kept',
      serve: (s) => s.write(Buffer.alloc(65_537, 0xff)),
      expected: 'dns_server_misbehaving',
      replies: ['OVERSIZED!'],
    },
    {
      name: 'an endless stream of empty messages',
      serve: (s) => s.write(Buffer.alloc(1000)),
      expected: 'dns_server_misbehaving',
      replies: Array.from({ length: 16 }, () => 'UNPARSABLE!'),
    },
  ];
  for (const { name, serve, expected, replies } of faults) {
    test(`${name} → ${expected}`, async (t) => {
      const server = await listenTcp(
        net.createServer((socket) => {
          socket.on('error', () => socket.destroy());
          socket.resume();
          serve(socket);
        }),
      );
      t.after(() => server.close());
      assertOutcome(await ask(endpointOf(server.port, 'tcp')), expected, replies);
    });
  }
});

suite('probeDns over HTTPS', () => {
  const authority = createAuthority({ name: 'doh' });
  const trusting = createLoopbackNetwork({ roots: [authority.certificatePem] });

  async function startDoh(
    t: TestContext,
    respond: (query: Buffer, response: http.ServerResponse) => void,
    names = ['doh.example'],
  ): Promise<ResolverEndpoint> {
    const { keyPem, certificatePem } = authority.issue({ names });
    const server = await listenTcp(
      https.createServer({ key: keyPem, cert: certificatePem }, (request, response) => {
        assert.equal(request.headers['content-type'], 'application/dns-message');
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => respond(Buffer.concat(chunks), response));
      }),
    );
    t.after(() => server.close());
    const { port } = server;
    const url = `https://doh.example:${port}/dns-query`;
    return { transport: 'doh', resolver: 'public', address: LOOPBACK, port, url };
  }

  function answerTruth(query: Buffer, response: http.ServerResponse): void {
    const { id, questions } = packet.decode(query);
    assert.equal(id, 0);
    const answers = [{ type: 'A', name: HOST, ttl: 60, data: TRUE_ADDRESS }] as const;
    const reply = packet.encode({
      type: 'response',
      id: 0,
      questions: questions ?? [],
      answers: [...answers],
    });
    response.end(reply);
  }

  test('addresses', async (t) => {
    const endpoint = await startDoh(t, answerTruth);
    const outcome = await ask(endpoint, { network: trusting, ...createBudget(2000) });
    assertOutcome(outcome, [TRUE_ADDRESS], ['NOERROR']);
  });

  test('certificate of somebody else → ssl_invalid_hostname of the resolver', async (t) => {
    const endpoint = await startDoh(t, answerTruth, ['other.example']);
    const outcome = await ask(endpoint, { network: trusting, ...createBudget(2000) });
    assertOutcome(outcome, 'ssl_invalid_hostname', []);
    assert.ok(outcome.kind === 'failed' && outcome.failure.operation === 'dns');
  });

  test('status 403 → dns_server_misbehaving', async (t) => {
    const endpoint = await startDoh(t, (_query, response) => response.writeHead(403).end('no'));
    const outcome = await ask(endpoint, { network: trusting, ...createBudget(2000) });
    assertOutcome(outcome, 'dns_server_misbehaving', []);
  });

  test('a page in place of a message → dns_server_misbehaving', async (t) => {
    const endpoint = await startDoh(t, (_query, response) => response.end('<html>'));
    const outcome = await ask(endpoint, { network: trusting, ...createBudget(2000) });
    assertOutcome(outcome, 'dns_server_misbehaving', ['UNPARSABLE!']);
  });
});
