/**
 * A small HTTP server that keeps to the protocol of agents and remembers everything, for tests of the agent's side. Told
 * so, it is down, busy or broken, loses an answer after it has stored the batch, or cannot read a measurement.
 */
import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Batch, decodeBatch } from '../../probes/agent/batch.ts';
import {
  AGENT_PATHS,
  type BatchReceipt,
  HEADERS,
  type Refusal,
  type SignedParts,
  verifyRequest,
} from '../../probes/agent/protocol.ts';
import { LOOPBACK_ADDRESS, listenTcp } from '../../probes/lab/lab-server.ts';

/** What happens to the next batch. */
export type Mood =
  | 'take'
  | 'down'
  | 'busy'
  | 'broken'
  | 'portal'
  | 'lose_answer'
  | Extract<Refusal, 'disabled' | 'unknown_agent' | 'sequence_reused' | 'malformed'>;

export type ProtocolServer = AsyncDisposable & {
  readonly url: URL;
  /** `service slot seq` of each measurement, in the order in which it was stored first. */
  readonly stored: readonly string[];
  /** Each body that came, also of batches that were not taken. */
  readonly bodies: readonly Buffer[];
  /** Sums of the bodies that came under each number. */
  readonly bodiesOf: ReadonlyMap<number, ReadonlySet<string>>;
  /** Requests that were refused for their signature. */
  readonly forged: () => number;
  /** For the following batches, one each; then everything is taken. */
  readonly script: (moods: readonly Mood[]) => void;
  /** Answers for as long as it is set, in place of the script. */
  readonly setMood: (mood: Mood | undefined) => void;
  readonly setClock: (nowMs: () => number) => void;
  /** Says of a measurement whether it is refused, or that the whole batch cannot be read (`malformed`). */
  readonly setReader: (read: (key: string) => string | undefined) => void;
  /** Longer bodies are cut off on their way, as by a line that is too slow for them. */
  readonly setLine: (maxBodyBytes: number) => void;
};

export type ProtocolServerOptions = {
  readonly privateKey: KeyObject;
  readonly instance: string;
  readonly vantageId: string;
  /** What plans are answered with; without it the plan cannot be had. */
  readonly plan?: () => object;
  readonly configHash: string;
};

/** Names a measurement. */
export function nameRun({
  service,
  slotMs,
  seq,
}: Pick<Batch['measurements'][number], 'service' | 'slotMs' | 'seq'>) {
  return `${service} ${slotMs} ${seq}`;
}

type Reply = {
  readonly status: number;
  readonly json?: object;
  readonly headers?: http.OutgoingHttpHeaders;
};
const STATUS: Readonly<Partial<Record<Refusal, number>>> = { sequence_reused: 409, malformed: 400 };

function refuse(reason: Refusal, more: object = {}): Reply {
  return {
    status: STATUS[reason] ?? 403,
    json: { reason, status: STATUS[reason] ?? 403, ...more },
  };
}

/** Starts it on loopback. */
export async function startProtocolServer(options: ProtocolServerOptions): Promise<ProtocolServer> {
  const { instance, vantageId, configHash } = options;
  const publicKey = createPublicKey(options.privateKey);
  const stored: string[] = [];
  const known = new Set<string>();
  const bodies: Buffer[] = [];
  const bodiesOf = new Map<number, Set<string>>();
  const receipts = new Map<number, { readonly sum: string; readonly receipt: BatchReceipt }>();
  let moods: Mood[] = [];
  let fixed: Mood | undefined;
  let forged = 0;
  let now = (): number => Date.now();
  let readRun: (key: string) => string | undefined = () => undefined;

  let maxBodyBytes = Number.POSITIVE_INFINITY;

  function take(sequence: number, body: Buffer): Reply {
    const sum = hash('sha256', body);
    const before = receipts.get(sequence);
    if (before)
      return before.sum === sum
        ? { status: 200, json: before.receipt }
        : refuse('sequence_reused', { nextSequence: Math.max(...receipts.keys()) + 1 });
    const { measurements } = decodeBatch(body);
    const reasons = measurements.map((one) => readRun(nameRun(one)));
    if (reasons.includes('malformed')) return refuse('malformed');
    let inserted = 0;
    const refused: { index: number; reason: string }[] = [];
    for (const [index, one] of measurements.entries()) {
      const key = nameRun(one);
      const reason = reasons[index];
      if (reason !== undefined) refused.push({ index, reason });
      else if (!known.has(key)) {
        known.add(key);
        stored.push(key);
        inserted += 1;
      }
    }
    const duplicates = measurements.length - inserted - refused.length;
    const receipt = { sequence, inserted, duplicates, refused, serverNowMs: now(), configHash };
    receipts.set(sequence, { sum, receipt });
    return { status: 200, json: receipt };
  }

  function takeBatch(request: http.IncomingMessage, body: Buffer): Reply | 'cut' {
    const sequence = Number(request.headers[HEADERS.sequence]);
    const sums = bodiesOf.get(sequence) ?? new Set();
    bodiesOf.set(sequence, sums.add(hash('sha256', body)));
    bodies.push(body);
    if (body.length > maxBodyBytes) return 'cut';
    const mood = fixed ?? moods.shift() ?? 'take';
    switch (mood) {
      case 'take':
        return take(sequence, body);
      case 'down':
        return 'cut';
      case 'lose_answer':
        take(sequence, body);
        return 'cut';
      case 'busy':
        return { status: 429, json: { reason: 'too_busy' }, headers: { 'retry-after': '77' } };
      case 'broken':
        return { status: 500 };
      case 'portal':
        return { status: 302, headers: { location: 'http://portal.example/' } };
      case 'sequence_reused':
        return refuse(mood, { nextSequence: sequence + 10 });
      case 'disabled':
      case 'unknown_agent':
      case 'malformed':
        return refuse(mood);
      default:
        return mood satisfies never;
    }
  }

  function answer(request: http.IncomingMessage, body: Buffer): Reply | 'cut' {
    const { headers, url: path = '' } = request;
    const method = request.method === 'GET' ? 'GET' : 'POST';
    const encoding = headers['content-encoding'] ?? '';
    const sequence = Number(headers[HEADERS.sequence]);
    const sentAtMs = Number(headers[HEADERS.sentAtMs]);
    const identity = { instance, agent: vantageId };
    const parts: SignedParts = { method, path, ...identity, sequence, sentAtMs, encoding, body };
    if (!verifyRequest(parts, String(headers[HEADERS.signature]), publicKey)) {
      forged += 1;
      return refuse('bad_signature');
    }
    if (path === AGENT_PATHS.batches) return takeBatch(request, body);
    if (fixed === 'down') return 'cut';
    if (fixed === 'disabled') return refuse('disabled');
    return options.plan ? { status: 200, json: options.plan() } : { status: 503 };
  }

  const server = http.createServer((request, response) => {
    void buffer(request).then(
      (body) => {
        const reply = answer(request, body);
        if (reply === 'cut') response.socket?.destroy();
        else response.writeHead(reply.status, reply.headers).end(JSON.stringify(reply.json ?? {}));
      },
      () => response.socket?.destroy(), // the agent went away
    );
  });
  const listening = await listenTcp(server);
  return {
    url: new URL(`http://${LOOPBACK_ADDRESS}:${listening.port}/`),
    stored,
    bodies,
    bodiesOf,
    forged: () => forged,
    script: (next) => {
      moods = [...next];
    },
    setMood: (mood) => {
      fixed = mood;
    },
    setClock: (nowMs) => {
      now = nowMs;
    },
    setReader: (read) => {
      readRun = read;
    },
    setLine: (bytes) => {
      maxBodyBytes = bytes;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await listening.close();
    },
  };
}
