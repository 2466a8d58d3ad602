/** What the benchmarks of the timeline share: stores of many lanes, the server over them, and plain requests. */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { loadConfig } from '../../config/load.ts';
import { openStore } from '../../db/open.ts';
import type { Clock } from '../../probes/clock.ts';
import { createApp } from '../app.ts';
import { listen } from '../http.ts';

/** Until when the stores hold data, which is also what the clock shows. */
export const END_MS = Date.UTC(2026, 10, 28);
export const YEAR_MS = 365 * 86_400_000;

/**
 * Calm lanes, noisy ones and those between, in turn: together about 84,000 runs in a year of 36 lanes, as many as the
 * synthetic lanes had with which the limits were set.
 */
export const RATES = { missingRatios: [0.003, 0.02, 0.01], changeRatio: 0.0003 };
export const SLOT_MS = 300_000;

/** A folder for the databases of a benchmark. */
export function openFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'reachline-bench-'));
  return {
    path,
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

const CLOCK: Clock = {
  nowMs: () => END_MS,
  monotonicMs: () => performance.now(),
  sleep: () => Promise.resolve(),
};

/** A server that is running. */
export type Served = AsyncDisposable & { readonly url: string };

/** Opens the store and serves it with empty caches; `pages` are added beside those of the application. */
export async function serveStore(
  file: string,
  {
    assetsFolder,
    pages = {},
  }: { assetsFolder?: string; pages?: Readonly<Record<string, string>> } = {},
): Promise<Served> {
  const store = openStore({ file, mode: 'read', clock: CLOCK });
  const config = loadConfig({ file: join(import.meta.dirname, '../../config/reachline.yaml') });
  const info = { version: 'bench', isSimulated: true, startedAtMs: END_MS };
  const folder = assetsFolder === undefined ? {} : { assetsFolder };
  const own = createApp({ store, config, clock: CLOCK, info, ...folder });
  const added = new Hono();
  for (const [path, html] of Object.entries(pages))
    added.get(path, (context) => context.html(html));
  // Only the application itself has quick answers.
  const app = Object.keys(pages).length === 0 ? own : added.route('/', own);
  const http = await listen(app, { host: '127.0.0.1', port: 0 });
  return {
    url: http.url,
    async [Symbol.asyncDispose]() {
      await http.close();
      store.close();
    },
  };
}

/** The least that could be done: `node:http` that sends the same bytes. */
export async function serveBare(body: Uint8Array): Promise<Served> {
  const server = createServer((_request, response) => {
    response.setHeader('content-encoding', 'br');
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An answer as it came over the line. */
export type Fetched = {
  readonly status: number;
  readonly body: Buffer<ArrayBuffer>;
  readonly elapsedMs: number;
};

/** Fetches an address compressed, on a connection of its own, until the last byte. */
export function fetchPacked(url: string): Promise<Fetched> {
  const beganMs = performance.now();
  return new Promise((resolve, reject) => {
    request(url, { headers: { 'accept-encoding': 'br' }, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks),
          elapsedMs: performance.now() - beganMs,
        }),
      );
    })
      .on('error', reject)
      .end();
  });
}

/** The address of the runs of a range that ends with the data. */
export function lanesPath(lengthMs: number): string {
  const day = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);
  return `api/v1/lanes.rl?from=${day(END_MS - lengthMs)}&to=${day(END_MS)}`;
}
