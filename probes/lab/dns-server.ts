/**
 * A resolver that answers as it is told: truth, lies, silence, and replies no resolver should send.
 * UDP and TCP share a port, as RFC 7766 has it, and may answer differently.
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net, { isIPv6 } from 'node:net';
import packet, { type Answer, type DecodedPacket, type Question } from 'dns-packet';
import {
  ignoreClientError,
  type LabServer,
  LOOPBACK_ADDRESS,
  listenTcp,
  portOf,
} from './lab-server.ts';

/** The first question of a query, its name in lower case, its type as e.g. `A`. */
export type DnsQuestion = { readonly name: string; readonly type: string };

/** How the query came. */
export type DnsVia = 'udp' | 'tcp';

/** One way to answer a query. */
export type DnsAnswer =
  /** True or false addresses; those of the other family are left out, as for a host without them. */
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'nxdomain' }
  | { readonly kind: 'servfail' }
  | { readonly kind: 'refused' }
  /** NOERROR without any record. */
  | { readonly kind: 'empty' }
  /** An alias, followed by the addresses of its target unless there are none. */
  | { readonly kind: 'cname'; readonly target: string; readonly addresses: readonly string[] }
  /** Several replies to one query, each `gapMs` (10 unless told) after the one before. */
  | { readonly kind: 'race'; readonly replies: readonly DnsAnswer[]; readonly gapMs?: number }
  /** A reply under another query id. */
  | { readonly kind: 'wrong_id'; readonly addresses: readonly string[] }
  /** A reply under the right id to another question. */
  | { readonly kind: 'wrong_question'; readonly addresses: readonly string[] }
  | { readonly kind: 'hang' }
  /** Over UDP only the truncation flag; over TCP the addresses. */
  | { readonly kind: 'truncated'; readonly addresses: readonly string[] }
  | { readonly kind: 'garbage'; readonly form: GarbageForm };

/** Bytes that are no DNS message; all but `noise` carry the id of the query. */
export type GarbageForm = 'noise' | 'short' | 'pointer_loop' | 'false_counts' | 'oversized';

/** Decides how a query is answered. */
export type AnswerQuestion = (question: DnsQuestion, via: DnsVia) => DnsAnswer;

/** At least this long lies between two replies to one query, so that they arrive in order. */
const RACE_GAP_MS = 10;
const TTL_SECONDS = 60;
/** Tries to find a port that is free for both transports. */
const MAX_BIND_TRIES = 20;
const TRUNCATED_FLAG = 1 << 9;
const REPLY_FLAGS = packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE;
const RCODES = { nxdomain: 3, servfail: 2, refused: 5 } as const;

/** Starts a resolver on 127.0.0.1, UDP and TCP on one free port. */
export async function startDnsServer(answer: AnswerQuestion): Promise<LabServer> {
  const { udp, tcp } = await bindBoth((socket) => serveTcp(socket, answer));
  const timers = new Set<NodeJS.Timeout>();
  udp.on('message', (query, client) => {
    for (const { bytes, afterMs } of repliesTo(query, 'udp', answer)) {
      const send = (): void => udp.send(bytes, client.port, client.address, ignoreSendError);
      if (afterMs === 0) send();
      else later(timers, afterMs, send);
    }
  });
  return {
    port: tcp.port,
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      await Promise.all([tcp.close(), closeUdp(udp)]);
    },
  };
}

/**
 * Answers one query as over TCP, for resolvers that carry messages in something else, e.g. HTTPS.
 * Of several replies the first; undefined when there is none. Never throws.
 */
export function answerMessage(query: Buffer, answer: AnswerQuestion): Buffer | undefined {
  return repliesTo(query, 'tcp', answer)[0]?.bytes;
}

async function bindBoth(
  serve: (socket: net.Socket) => void,
): Promise<{ udp: dgram.Socket; tcp: LabServer }> {
  for (let attempt = 1; ; attempt += 1) {
    const udp = dgram.createSocket('udp4');
    udp.bind(0, LOOPBACK_ADDRESS);
    await once(udp, 'listening');
    try {
      return { udp, tcp: await listenTcp(net.createServer(serve), portOf(udp.address())) };
    } catch (error) {
      await closeUdp(udp);
      if (attempt === MAX_BIND_TRIES) throw error;
    }
  }
}

function serveTcp(socket: net.Socket, answer: AnswerQuestion): void {
  const timers = new Set<NodeJS.Timeout>();
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      const query = pending.subarray(2, end);
      pending = pending.subarray(end);
      for (const { bytes, afterMs } of repliesTo(query, 'tcp', answer)) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(Math.min(bytes.length, 0xffff));
        later(timers, afterMs, () => {
          if (socket.writable) socket.write(Buffer.concat([length, bytes]));
        });
      }
    }
  });
  socket.once('close', () => {
    for (const timer of timers) clearTimeout(timer);
  });
  socket.on('error', ignoreClientError);
}

function later(timers: Set<NodeJS.Timeout>, afterMs: number, work: () => void): void {
  if (afterMs === 0) return work();
  const timer = setTimeout(() => {
    timers.delete(timer);
    work();
  }, afterMs);
  timers.add(timer);
}

function closeUdp(socket: dgram.Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

/** A client that closed its port makes the send fail; the lab does not mind. */
function ignoreSendError(_error: Error | null): void {}

type TimedReply = { readonly bytes: Buffer; readonly afterMs: number };

function repliesTo(query: Buffer, via: DnsVia, answer: AnswerQuestion): TimedReply[] {
  const request = decode(query);
  const question = request?.questions?.[0];
  if (!request || !question) return [];
  const asked = { name: question.name.toLowerCase(), type: question.type };
  return timedReplies(answer(asked, via), { id: request.id ?? 0, question, via }, 0);
}

function decode(query: Buffer): DecodedPacket | undefined {
  try {
    return packet.decode(query);
  } catch {
    // Whatever is no query gets no answer, as from a resolver that drops it.
    return undefined;
  }
}

type QueryContext = { readonly id: number; readonly question: Question; readonly via: DnsVia };

function timedReplies(answer: DnsAnswer, context: QueryContext, afterMs: number): TimedReply[] {
  if (answer.kind === 'hang') return [];
  if (answer.kind === 'race') {
    const gapMs = answer.gapMs ?? RACE_GAP_MS;
    return answer.replies.flatMap((reply, index) =>
      timedReplies(reply, context, afterMs + index * gapMs),
    );
  }
  return [{ bytes: encodeReply(answer, context), afterMs }];
}

function encodeReply(
  answer: Exclude<DnsAnswer, { kind: 'hang' | 'race' }>,
  context: QueryContext,
): Buffer {
  const { id, question } = context;
  switch (answer.kind) {
    case 'addresses':
      return encode(id, question, 0, recordsOf(question, answer.addresses));
    case 'wrong_id':
      return encode(id ^ 0x5555, question, 0, recordsOf(question, answer.addresses));
    case 'wrong_question': {
      const other = { ...question, name: `not-${question.name}` };
      return encode(id, other, 0, recordsOf(other, answer.addresses));
    }
    case 'nxdomain':
    case 'servfail':
    case 'refused':
      return encode(id, question, RCODES[answer.kind], []);
    case 'empty':
      return encode(id, question, 0, []);
    case 'cname': {
      const alias = {
        type: 'CNAME',
        name: question.name,
        ttl: TTL_SECONDS,
        data: answer.target,
      } as const;
      const records = recordsOf({ ...question, name: answer.target }, answer.addresses);
      return encode(id, question, 0, [alias, ...records]);
    }
    case 'truncated':
      return context.via === 'udp'
        ? encode(id, question, TRUNCATED_FLAG, [])
        : encode(id, question, 0, recordsOf(question, answer.addresses));
    case 'garbage':
      return encodeGarbage(answer.form, context);
    default:
      return answer satisfies never;
  }
}

function recordsOf(question: Question, addresses: readonly string[]): Answer[] {
  if (question.type !== 'A' && question.type !== 'AAAA') return [];
  const { name, type } = question;
  return addresses
    .filter((address) => isIPv6(address) === (type === 'AAAA'))
    .map((data) => ({ type, name, ttl: TTL_SECONDS, data }));
}

function encode(id: number, question: Question, flags: number, answers: Answer[]): Buffer {
  return packet.encode({
    type: 'response',
    id,
    flags: REPLY_FLAGS | flags,
    questions: [question],
    answers,
  });
}

/** Largest UDP payload that fits loopback without fragments being an issue for the lab. */
const OVERSIZED_BYTES = 60_000;
const NOISE_BYTES = 64;

function encodeGarbage(form: GarbageForm, { id, question }: QueryContext): Buffer {
  const header = encode(id, question, 0, []);
  switch (form) {
    case 'noise':
      return Buffer.alloc(NOISE_BYTES, 0xa5);
    case 'short':
      return header.subarray(0, 7);
    case 'pointer_loop':
      // One answer whose name is a compression pointer to itself.
      header.writeUInt16BE(1, 6);
      return Buffer.concat([header, Buffer.of(0xc0 | (header.length >> 8), header.length & 0xff)]);
    case 'false_counts':
      header.writeUInt16BE(0xffff, 6);
      return header;
    case 'oversized':
      return Buffer.concat([header, Buffer.alloc(OVERSIZED_BYTES)]);
    default:
      return form satisfies never;
  }
}
