/**
 * Stands between agents and their server as a bad line does: it cuts off, loses answers, repeats and swallows.
 * What went through is kept, so that a test can send it again, later, in another order, or changed.
 */
import http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type BatchReceipt, HEADERS } from '../../probes/agent/protocol.ts';
import { LOOPBACK_ADDRESS, listenTcp } from '../../probes/lab/lab-server.ts';

/** A request as an agent sent it. */
export type CapturedRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export type CapturedAnswer = { readonly status: number; readonly body: string };

/**
 * What happens to batches. `pass`: nothing. `cut`: the connection ends before the server hears of it. `lose_answer`: the
 * server takes it and the agent never learns. `repeat`: the server hears it twice. `swallow`: the agent is told that it
 * arrived, and it did not.
 */
export type Mischief = 'pass' | 'cut' | 'lose_answer' | 'repeat' | 'swallow';

export type AgentRelay = AsyncDisposable & {
  readonly url: string;
  /** Every request, in the order of arrival here. */
  readonly requests: readonly CapturedRequest[];
  /** Those that bring a batch. */
  readonly batches: readonly CapturedRequest[];
  readonly setMischief: (mischief: Mischief) => void;
  readonly setTarget: (url: string) => void;
  /** Where the server is. */
  readonly target: string;
};

/** Sends a captured request, perhaps changed, and gives the answer. */
export async function sendCaptured(url: string, request: CapturedRequest): Promise<CapturedAnswer> {
  const target = new URL(request.path, url);
  const { promise, resolve, reject } = Promise.withResolvers<CapturedAnswer>();
  const sent = http.request(
    target,
    { method: request.method, headers: { ...request.headers, host: target.host }, agent: false },
    (response) => {
      buffer(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, body: body.toString() }),
        reject,
      );
    },
  );
  sent.once('error', reject).end(request.body);
  return promise;
}

/** Starts a relay in front of a server. It passes everything on until it is told otherwise. */
export async function startAgentRelay(serverUrl: string): Promise<AgentRelay> {
  const requests: CapturedRequest[] = [];
  const batches: CapturedRequest[] = [];
  let mischief: Mischief = 'pass';
  let target = serverUrl;
  let configHash = '';

  const answer = (response: http.ServerResponse, { status, body }: CapturedAnswer): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };

  async function forward(captured: CapturedRequest, response: http.ServerResponse): Promise<void> {
    const isBatch = captured.path.endsWith('/batches');
    const how = isBatch || mischief === 'cut' ? mischief : 'pass';
    if (how === 'cut') return void response.socket?.destroy();
    if (how === 'swallow') return answer(response, pretend(captured, configHash));
    const first = await sendCaptured(target, captured);
    if (captured.path.endsWith('/plan')) configHash = readConfigHash(first.body) ?? configHash;
    if (how === 'lose_answer') return void response.socket?.destroy();
    answer(response, how === 'repeat' ? await sendCaptured(target, captured) : first);
  }

  const server = http.createServer((request, response) => {
    void buffer(request)
      .then((body) => {
        const captured: CapturedRequest = {
          method: request.method ?? '',
          path: request.url ?? '',
          headers: pickHeaders(request.headers),
          body,
        };
        requests.push(captured);
        if (captured.path.endsWith('/batches')) batches.push(captured);
        return forward(captured, response);
      })
      // The server is down, or the agent went away: for the agent the line is cut.
      .catch(() => response.socket?.destroy());
  });
  const listening = await listenTcp(server);
  return {
    url: `http://${LOOPBACK_ADDRESS}:${listening.port}/`,
    requests,
    batches,
    setMischief: (next) => {
      mischief = next;
    },
    setTarget: (url) => {
      target = url;
    },
    get target() {
      return target;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await listening.close();
    },
  };
}

function readConfigHash(plan: string): string | undefined {
  return /"configHash":"([0-9a-f]{64})"/.exec(plan)?.[1];
}

/** A receipt as the server would give it, for a batch that it never hears of. */
function pretend({ headers }: CapturedRequest, configHash: string): CapturedAnswer {
  const receipt: BatchReceipt = {
    sequence: Number(headers[HEADERS.sequence]),
    inserted: 0,
    duplicates: 0,
    refused: [],
    serverNowMs: Number(headers[HEADERS.sentAtMs]),
    configHash,
  };
  return { status: 200, body: JSON.stringify(receipt) };
}

/** Headers that a proxy passes on: not those of the connection itself. */
function pickHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
  const own = new Set(['connection', 'host', 'keep-alive', 'transfer-encoding', 'content-length']);
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && !own.has(name) ? [[name, value]] : [],
    ),
  );
}
