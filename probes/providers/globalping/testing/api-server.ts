/**
 * A server on loopback that follows the public description of the Globalping API: measurements that take a while, ETags,
 * the use of probes again, counters in headers, and the ways in which such a server may fail.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Clock } from '../../../clock.ts';

/** A machine of the simulated platform. */
export type FakeProbe = {
  readonly country: string;
  readonly asn: number;
  readonly network: string;
  readonly tags: readonly string[];
  isOnline: boolean;
};

/** A test as it reaches a probe. */
export type FakeTest = {
  readonly type: 'http' | 'dns';
  readonly target: string;
  readonly options: Readonly<Record<string, unknown>>;
};

/** What may go wrong with every answer from now on. */
export type Fault =
  | 'none'
  | 'error_500'
  | 'malformed_json'
  | 'another_shape'
  | 'huge'
  | 'bomb'
  | 'cut'
  | 'silent'
  | 'too_many_requests'
  | 'unauthorized';

export type ApiServerOptions = {
  readonly probes: readonly FakeProbe[];
  /** Gives the `result` of a test on a probe. */
  readonly answer: (test: FakeTest, probe: FakeProbe) => unknown;
  readonly clock: Clock;
  /** Tests in an hour. */
  readonly limit?: number;
  /** Polls that say `in-progress` before the result is there. */
  readonly polls?: number;
};

/** What was asked: enough to count tests and to look at headers. */
export type Seen = {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  readonly statusCode: number;
  readonly atMs: number;
  /** Tests that this request used. */
  readonly tests: number;
};

type Made = { readonly test: FakeTest; readonly probes: readonly FakeProbe[]; polls: number };
type Reply = {
  readonly statusCode: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tests?: number;
};

const HOUR_MS = 3_600_000;
const QUICK = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

export class ApiServer {
  fault: Fault = 'none';
  readonly seen: Seen[] = [];
  readonly #options: ApiServerOptions;
  readonly #server: http.Server;
  readonly #made = new Map<string, Made>();
  #windowFromMs = 0;
  #consumed = 0;

  private constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#server = http.createServer((request, response) => {
      void this.#serve(request, response);
    });
  }

  /** Starts it on a free port of 127.0.0.1. */
  static async start(options: ApiServerOptions): Promise<ApiServer> {
    const server = new ApiServer(options);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('it does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  /** Connections that are open now. */
  countConnections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  /** Uses tests of the running hour, as others behind the same address do. */
  useUp(tests: number): void {
    this.#rate();
    this.#consumed += tests;
  }

  /** Stops listening and cuts what is open. Does nothing the second time. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer); // a request body comes in buffers
    const text = Buffer.concat(chunks).toString();
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    const { method = '', url: path = '', headers } = request;
    const fault = this.fault;
    if (fault !== 'none' && this.#misbehave(fault, method, response)) {
      this.#note({ method, path, headers, body, statusCode: 0, tests: 0 });
      return;
    }
    const reply = this.#route(method, path, headers, body);
    const { statusCode, tests = 0 } = reply;
    this.#note({ method, path, headers, body, statusCode, tests });
    send(response, headers, reply);
  }

  #note(seen: Omit<Seen, 'atMs'>): void {
    this.seen.push({ ...seen, atMs: this.#options.clock.monotonicMs() });
  }

  /** True when the fault was all the answer. */
  #misbehave(fault: Fault, method: string, response: http.ServerResponse): boolean {
    const fine = method === 'POST' ? 202 : 200;
    const plain = (statusCode: number, text: string, headers = {}) => {
      response.writeHead(statusCode, { 'content-type': 'application/json', ...headers }).end(text);
      return true;
    };
    const error = (type: string) => JSON.stringify({ error: { type, message: type } });
    switch (fault) {
      case 'error_500':
        return plain(500, error('api_error'));
      case 'unauthorized':
        return plain(401, error('unauthorized'));
      case 'too_many_requests':
        return plain(429, error('too_many_requests'), { 'retry-after': '120' });
      case 'malformed_json':
        return plain(fine, '{"id": "abc", ');
      case 'another_shape':
        return plain(fine, '{"__proto__": {"id": "abc"}, "id": "../limits", "probesCount": -1}');
      case 'huge':
        return plain(fine, `{"id": "${'x'.repeat(3 * 1024 * 1024)}"}`);
      case 'bomb': {
        const bomb = brotliCompressSync(Buffer.alloc(64 * 1024 * 1024), QUICK);
        response.writeHead(fine, { 'content-encoding': 'br' }).end(bomb);
        return true;
      }
      case 'cut':
        response.socket?.destroy();
        return true;
      case 'silent':
        return true;
      case 'none':
        return false;
      default:
        return fault satisfies never;
    }
  }

  #route(
    method: string,
    path: string,
    headers: http.IncomingHttpHeaders,
    body: Record<string, unknown>,
  ): Reply {
    if (method === 'POST' && path === '/v1/measurements') return this.#create(body);
    if (method === 'GET' && path === '/v1/limits') {
      const create = { type: 'ip', ...this.#rate() };
      return { statusCode: 200, body: { rateLimit: { measurements: { create } } } };
    }
    const id = /^\/v1\/measurements\/([\w-]+)$/.exec(path)?.[1] ?? '';
    const made = this.#made.get(id);
    if (method !== 'GET' || !made)
      return { statusCode: 404, body: { error: { type: 'not_found' } } };
    return this.#show(id, made, headers['if-none-match']);
  }

  #rate(): { limit: number; remaining: number; reset: number } {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#windowFromMs >= HOUR_MS) {
      this.#windowFromMs = nowMs;
      this.#consumed = 0;
    }
    const limit = this.#options.limit ?? 250;
    const reset = Math.ceil((this.#windowFromMs + HOUR_MS - nowMs) / 1000);
    return { limit, remaining: Math.max(0, limit - this.#consumed), reset };
  }

  #create(body: Record<string, unknown>): Reply {
    const probes = this.#select(body);
    if (probes.length === 0)
      return { statusCode: 422, body: { error: { type: 'no_probes_found', message: 'None.' } } };
    const before = this.#rate();
    if (before.remaining < probes.length) {
      const error = { type: 'rate_limit_exceeded', message: 'API rate limit exceeded.' };
      return { statusCode: 429, body: { error }, headers: toHeaders(before, this.#consumed) };
    }
    this.#consumed += probes.length;
    const id = `measurement${this.#made.size}-${this.seen.length}`;
    const test: FakeTest = {
      type: body['type'] === 'dns' ? 'dns' : 'http',
      target: String(body['target']),
      options: (body['measurementOptions'] ?? {}) as Record<string, unknown>,
    };
    this.#made.set(id, { test, probes, polls: this.#options.polls ?? 1 });
    return {
      statusCode: 202,
      body: { id, probesCount: probes.length },
      headers: { location: `/v1/measurements/${id}`, ...toHeaders(this.#rate(), this.#consumed) },
      tests: probes.length,
    };
  }

  #select({ locations, limit = 1 }: Record<string, unknown>): readonly FakeProbe[] {
    if (typeof locations === 'string') {
      const probes = this.#made.get(locations)?.probes ?? [];
      return probes.some(({ isOnline }) => isOnline) ? probes : [];
    }
    const [{ country, tags = [] } = {}] = locations as { country?: string; tags?: string[] }[];
    return this.#options.probes
      .filter((probe) => probe.isOnline && probe.country === country)
      .filter((probe) => tags.every((tag) => probe.tags.includes(tag)))
      .slice(0, Number(limit));
  }

  #show(id: string, made: Made, ifNoneMatch: string | undefined): Reply {
    const isDone = made.polls <= 0;
    made.polls -= 1;
    const results = made.probes.map((probe) => ({
      probe: describeProbe(probe),
      result: !isDone
        ? { status: 'in-progress', rawOutput: '' }
        : probe.isOnline
          ? this.#options.answer(made.test, probe)
          : { status: 'offline', rawOutput: 'This probe is currently offline.' },
    }));
    const status = isDone ? 'finished' : 'in-progress';
    const { type, target } = made.test;
    const body = { id, type, target, status, probesCount: results.length, results };
    const etag = `W/"${createHash('sha1').update(JSON.stringify(body)).digest('base64url')}"`;
    if (etag === ifNoneMatch) return { statusCode: 304, headers: { etag } };
    return { statusCode: 200, body, headers: { etag } };
  }
}

/** With what the platform tells of a probe and we must not keep. */
function describeProbe({ country, asn, network, tags }: FakeProbe): unknown {
  const where = { continent: 'EU', region: 'Eastern Europe', state: null, city: 'Canaryville' };
  const at = { latitude: 12.345678, longitude: 87.654321 };
  return { ...where, ...at, country, asn, network, tags, resolvers: ['192.168.77.77'] };
}

function toHeaders(
  { limit, remaining, reset }: { limit: number; remaining: number; reset: number },
  consumed: number,
): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-consumed': String(consumed),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(reset),
  };
}

function send(
  response: http.ServerResponse,
  headers: http.IncomingHttpHeaders,
  { statusCode, body, headers: own = {} }: Reply,
): void {
  const json = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const accepted = String(headers['accept-encoding'] ?? '');
  const encoding = accepted.includes('br') ? 'br' : accepted.includes('gzip') ? 'gzip' : undefined;
  const bytes =
    json &&
    (encoding === 'br' ? brotliCompressSync(json, QUICK) : encoding ? gzipSync(json) : json);
  response
    .writeHead(statusCode, {
      ...own,
      ...(bytes ? { 'content-type': 'application/json' } : {}),
      ...(bytes && encoding ? { 'content-encoding': encoding } : {}),
    })
    .end(bytes);
}
