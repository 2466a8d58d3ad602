/** Bytes from a resolver may be anything: reading them never throws, ends at once, and a lookup ends within its budget. */
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import packet from 'dns-packet';
import fc from 'fast-check';
import { FAILURE_CODES } from '../failure.ts';
import { createBudget, createLoopbackNetwork, LOOPBACK } from '../testing/loopback.ts';
import type { DnsInput } from '../types.ts';
import { probeDns } from './dns.ts';
import { createQuery, decodeReply, MAX_REPLY_BYTES, OVERSIZED, type Query } from './dns-message.ts';

/** Runs per property of the decoder, and of whole lookups over a socket. */
const RUNS = 10_000;
const LOOKUPS = 40;
/** One message of the largest size that is read; usual ones take a hundredth. */
const MAX_ELAPSED_MS = 100;
const BUDGET_MS = 100;
/** What a loaded machine may take beside the budget. */
const SLACK_MS = 1_500;

const INPUT: DnsInput = {
  host: 'www.facebook.com',
  recordType: 'A',
  transport: 'udp',
  resolver: 'network',
};
const QUERY = createQuery(INPUT);

/** A true answer to the query, to be damaged. */
function answerTo({ id }: Query): Buffer {
  return packet.encode({
    type: 'response',
    id,
    questions: [{ type: 'A', name: INPUT.host, class: 'IN' }],
    answers: [
      { type: 'CNAME', name: INPUT.host, class: 'IN', ttl: 60, data: 'star.c10r.facebook.com' },
      { type: 'A', name: 'star.c10r.facebook.com', class: 'IN', ttl: 60, data: '157.240.20.35' },
    ],
  });
}

const random = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
/** The right id in front, so that what follows is looked into. */
const addressed = random.map((bytes) => {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(QUERY.id);
  return Buffer.concat([head, bytes]);
});
const damaged = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
    fc.option(fc.nat(200), { nil: undefined }),
  )
  .map(([changes, length]) => {
    const bytes = Buffer.from(answerTo(QUERY));
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return bytes.subarray(0, length);
  });
const message = fc.oneof(random, addressed, { weight: 3, arbitrary: damaged });

function assertSound(bytes: Buffer): void {
  const startedMs = performance.now();
  const { reply } = decodeReply(bytes, QUERY, 1);
  const elapsedMs = performance.now() - startedMs;
  assert.ok(elapsedMs < MAX_ELAPSED_MS, `${elapsedMs} ms`);
  assert.equal(reply.bytes, bytes.length);
  assert.ok(reply.addresses.length <= 32);
  assert.equal(typeof reply.rcode, 'string');
}

test(`no bytes make the decoder throw or linger (${RUNS} runs)`, () => {
  fc.assert(fc.property(message, assertSound), { numRuns: RUNS });
});

/** Header of an answer with `answers` records, all of which follow. */
function headerOf(answers: number): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(QUERY.id, 0);
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(answers, 6);
  return header;
}

const POINTER_TO_SELF = Buffer.from([0xc0, 0x0c]);
const craftedRows: readonly { readonly name: string; readonly bytes: Buffer }[] = [
  { name: 'nothing', bytes: Buffer.alloc(0) },
  { name: 'a header alone', bytes: headerOf(0) },
  { name: 'a name that points at itself', bytes: Buffer.concat([headerOf(1), POINTER_TO_SELF]) },
  {
    name: 'two names that point at each other',
    bytes: Buffer.concat([headerOf(1), Buffer.from([0xc0, 0x0e, 0xc0, 0x0c])]),
  },
  { name: 'a count of 65,535 answers with none', bytes: headerOf(0xffff) },
  {
    name: 'as many empty records as fit',
    bytes: Buffer.concat([headerOf(0xffff), Buffer.alloc(MAX_REPLY_BYTES - 12)]),
  },
  {
    name: 'a long chain of pointers',
    bytes: Buffer.concat([
      headerOf(0xffff),
      ...Array.from({ length: (MAX_REPLY_BYTES - 12) >> 1 }, (_, index) => {
        const pointer = Buffer.alloc(2);
        pointer.writeUInt16BE(0xc000 | Math.max(12, 10 + index * 2));
        return pointer;
      }),
    ]),
  },
  { name: 'ones', bytes: Buffer.alloc(MAX_REPLY_BYTES, 0xff) },
];
for (const { name, bytes } of craftedRows) test(`crafted: ${name}`, () => assertSound(bytes));

test('a megabyte is not looked into', () => {
  const bytes = Buffer.concat([answerTo(QUERY), Buffer.alloc(1_000_000)]);
  assertSound(bytes);
  assert.equal(decodeReply(bytes, QUERY, 1).reply.rcode, OVERSIZED);
});

/** A resolver that answers every query with the given messages. */
async function startResolver(t: TestContext, messages: () => readonly Buffer[]): Promise<number> {
  const socket = dgram.createSocket('udp4');
  t.after(() => socket.close());
  socket.on('message', (_query, { port, address }) => {
    for (const bytes of messages()) socket.send(bytes, port, address);
  });
  socket.bind(0, LOOPBACK);
  await once(socket, 'listening');
  return socket.address().port;
}

test(`whatever comes back, a lookup ends within its budget with a known code (${LOOKUPS} lookups)`, async (t) => {
  let messages: readonly Buffer[] = [];
  const port = await startResolver(t, () => messages);
  const network = createLoopbackNetwork();
  const endpoint = { transport: 'udp', resolver: 'network', address: LOOPBACK, port } as const;
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 40 }), async (sent) => {
      messages = sent;
      const startedMs = performance.now();
      const outcome = await probeDns(INPUT, {
        ...createBudget(BUDGET_MS),
        network,
        endpoint,
        lateRepliesMs: 10,
      });
      const elapsedMs = performance.now() - startedMs;
      assert.ok(elapsedMs < BUDGET_MS + SLACK_MS, `${elapsedMs} ms`);
      if (outcome.kind === 'failed')
        assert.ok(Object.hasOwn(FAILURE_CODES, outcome.failure.code), outcome.failure.code);
      const seen = outcome.kind === 'ok' ? outcome.value : outcome.seen;
      assert.ok((seen?.replies ?? []).length <= 17, 'replies are bounded');
    }),
    { numRuns: LOOKUPS },
  );
});
