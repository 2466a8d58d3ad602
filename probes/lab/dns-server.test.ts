import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import packet from 'dns-packet';
import { type DnsAnswer, startDnsServer } from './dns-server.ts';

const QUERY_ID = 4711;
const TRUTH = { kind: 'addresses', addresses: ['157.240.1.35', '2a03:2880::1'] } as const;
const LIE = { kind: 'addresses', addresses: ['10.10.34.35'] } as const;

const query = (type: 'A' | 'AAAA' = 'A'): Buffer =>
  packet.encode({ type: 'query', id: QUERY_ID, questions: [{ type, name: 'WWW.facebook.com' }] });

async function askUdp(port: number, replies: number, sent = query()): Promise<Buffer[]> {
  const socket = dgram.createSocket('udp4');
  const received: Buffer[] = [];
  socket.send(sent, port, '127.0.0.1');
  while (received.length < replies) {
    const [message] = (await once(socket, 'message')) as [Buffer];
    received.push(message);
  }
  socket.close();
  return received;
}

async function askTcp(port: number): Promise<packet.DecodedPacket> {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(Buffer.concat([Buffer.of(0, query().length), query()]));
  const [reply] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return packet.decode(reply.subarray(2));
}

const summary = (reply: Buffer): string => {
  const {
    id,
    rcode,
    answers = [],
    flag_tc,
  } = packet.decode(reply) as packet.DecodedPacket & { rcode: string };
  const data = answers.map((answer) =>
    'data' in answer && typeof answer.data === 'string' ? answer.data : '',
  );
  return [id === QUERY_ID ? 'same id' : 'other id', rcode, flag_tc ? 'truncated' : '', ...data]
    .filter(Boolean)
    .join(' ');
};

const rows: readonly { name: string; answer: DnsAnswer; replies: readonly string[] }[] = [
  { name: 'truth', answer: TRUTH, replies: ['same id NOERROR 157.240.1.35'] },
  { name: 'nxdomain', answer: { kind: 'nxdomain' }, replies: ['same id NXDOMAIN'] },
  { name: 'servfail', answer: { kind: 'servfail' }, replies: ['same id SERVFAIL'] },
  { name: 'refused', answer: { kind: 'refused' }, replies: ['same id REFUSED'] },
  { name: 'empty', answer: { kind: 'empty' }, replies: ['same id NOERROR'] },
  {
    name: 'alias',
    answer: { ...TRUTH, kind: 'cname', target: 'star.example' },
    replies: ['same id NOERROR star.example 157.240.1.35'],
  },
  {
    name: 'race: the lie comes before the truth',
    answer: { kind: 'race', replies: [LIE, TRUTH] },
    replies: ['same id NOERROR 10.10.34.35', 'same id NOERROR 157.240.1.35'],
  },
  {
    name: 'wrong id',
    answer: { ...LIE, kind: 'wrong_id' },
    replies: ['other id NOERROR 10.10.34.35'],
  },
  {
    name: 'wrong question',
    answer: { ...LIE, kind: 'wrong_question' },
    replies: ['same id NOERROR 10.10.34.35'],
  },
  {
    name: 'truncated',
    answer: { ...TRUTH, kind: 'truncated' },
    replies: ['same id NOERROR truncated'],
  },
];

for (const row of rows) {
  test(`over udp: ${row.name}`, async (t) => {
    const server = await startDnsServer(() => row.answer);
    t.after(server.close);
    const replies = await askUdp(server.port, row.replies.length);
    assert.deepEqual(replies.map(summary), row.replies);
  });
}

for (const form of ['noise', 'short', 'pointer_loop', 'false_counts', 'oversized'] as const) {
  test(`garbage: ${form} is sent and is no usable answer`, async (t) => {
    const server = await startDnsServer(() => ({ kind: 'garbage', form }));
    t.after(server.close);
    const [reply] = await askUdp(server.port, 1);
    assert.ok(reply);
    const decoded = ((): packet.DecodedPacket | undefined => {
      try {
        return packet.decode(reply);
      } catch {
        return undefined;
      }
    })();
    assert.deepEqual(decoded?.answers ?? [], []);
  });
}

test('addresses of the other family are left out', async (t) => {
  const server = await startDnsServer(() => TRUTH);
  t.after(server.close);
  const [reply] = await askUdp(server.port, 1, query('AAAA'));
  assert.match(summary(reply ?? Buffer.alloc(0)), /2a03:2880/);
});

test('a truncated answer is whole over tcp', async (t) => {
  const server = await startDnsServer(() => ({ ...TRUTH, kind: 'truncated' }));
  t.after(server.close);
  assert.equal((await askTcp(server.port)).answers?.length, 1);
});

test('a resolver may lie over udp and tell the truth over tcp', async (t) => {
  const server = await startDnsServer((_question, via) => (via === 'udp' ? LIE : TRUTH));
  t.after(server.close);
  const [reply] = await askUdp(server.port, 1);
  assert.match(summary(reply ?? Buffer.alloc(0)), /10\.10\.34\.35/);
  assert.deepEqual(
    (await askTcp(server.port)).answers?.map((a) => 'data' in a && a.data),
    ['157.240.1.35'],
  );
});

test('silence and malformed queries get no reply, and the server lives on', async (t) => {
  const asked: string[] = [];
  const server = await startDnsServer(({ name }) => {
    asked.push(name);
    return asked.length === 1 ? { kind: 'hang' } : TRUTH;
  });
  t.after(server.close);
  const socket = dgram.createSocket('udp4');
  t.after(() => socket.close());
  for (const bytes of [Buffer.alloc(0), Buffer.of(1, 2, 3), Buffer.alloc(600, 0xff), query()])
    socket.send(bytes, server.port, '127.0.0.1');
  while (asked.length === 0) await new Promise(setImmediate);
  const replies = await askUdp(server.port, 1);
  assert.equal(replies.length, 1);
  assert.deepEqual(asked, ['www.facebook.com', 'www.facebook.com']);
});

test('close ends open tcp connections', async () => {
  const server = await startDnsServer(() => ({ kind: 'hang' }));
  const socket = net.connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  await server.close();
  await closed;
  assert.ok(socket.destroyed);
});
