/** Sends loads as agents do to a server in a process of its own, and says how it went. */
import { fork } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { z } from 'zod';
import { openStore } from '../../db/open.ts';
import { exportPublicKey } from '../../probes/agent/protocol.ts';
import { systemClock } from '../../probes/clock.ts';
import { type SignedRequest, signBatch, type TestAgent } from '../testing/agent-batches.ts';
import type { Load } from './ingest-loads.ts';
import type { IngestOrder } from './ingest-process.ts';
import { readStartScript } from './start.bench.ts';

/** Agents that are still refused after this are lost. */
const MAX_CROWD_MS = 180_000;

/** Those of `npm start`. */
const START_FLAGS = readStartScript().filter((word) => word.startsWith('--'));

const Figures = z.object({ loopDelayMs: z.number(), cpuMs: z.number(), mainCpuMs: z.number() });
const Ready = z.object({ url: z.url(), instance: z.string() });

/** What came of sending everything. */
type Sent = {
  readonly elapsedMs: number;
  /** Largest memory of the server. */
  readonly peakMb: number;
  /** Measurements in its store at the end. */
  readonly stored: number;
  readonly refusals: number;
  /** 99th percentile of how late timers of the server's main thread were. */
  readonly loopDelayMs: number;
  /** Of all threads of the server. */
  readonly cpuMs: number;
  /** Of its main thread alone. */
  readonly mainCpuMs: number;
};

/** Sends everything; so many batches of each agent come before what is measured. */
export async function sendLoads(
  loads: readonly Load[],
  {
    warmUp = 0,
    flags = START_FLAGS,
  }: { readonly warmUp?: number; readonly flags?: readonly string[] } = {},
): Promise<Sent> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'reachline-bench-'));
  const keys = loads.map(() => generateKeyPairSync('ed25519'));
  const child = fork(join(import.meta.dirname, 'ingest-process.ts'), { execArgv: [...flags] });
  try {
    const agents = loads.map(({ vantageId }, index) => {
      const key = keys[index]?.publicKey;
      return [vantageId, key ? exportPublicKey(key) : ''] as const;
    });
    child.send({ dataFolder, agents } satisfies IngestOrder);
    const [message]: unknown[] = await once(child, 'message');
    const { url, instance } = Ready.parse(message);
    const requests = loads.map(({ vantageId, batches }, index) => {
      const privateKey = keys[index]?.privateKey;
      if (!privateKey) throw new Error('an agent without a key');
      const agent: TestAgent = { url, instance, vantageId, privateKey };
      return batches.map(({ body }, batch) => signBatch(agent, body, batch + 1, Date.now()));
    });
    const pool = new Pool(url, { connections: loads.length });
    await Promise.all(requests.map((own) => sendInTurn(pool, own.slice(0, warmUp))));
    child.send('begin');
    await once(child, 'message');
    const startedMs = performance.now();
    const refusals = await Promise.all(requests.map((own) => sendInTurn(pool, own.slice(warmUp))));
    const elapsedMs = performance.now() - startedMs;
    await pool.close();
    const peakMb = readPeakMb(child.pid ?? 0);
    child.send('end');
    const [figures]: unknown[] = await once(child, 'message');
    const taken = Figures.parse(figures);
    child.disconnect();
    await once(child, 'exit');
    const file = join(dataFolder, 'reachline.db');
    using store = openStore({ file, mode: 'read', clock: systemClock });
    const stored = store.health().measurements;
    const told = refusals.reduce((sum, one) => sum + one, 0);
    return { elapsedMs, peakMb, stored, refusals: told, ...taken };
  } finally {
    child.kill();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

/** Sends the batches of one agent, waits when told to, and gives how often that was. */
async function sendInTurn(pool: Pool, requests: readonly SignedRequest[]): Promise<number> {
  const startedMs = performance.now();
  let refusals = 0;
  for (const { path, headers, body } of requests) {
    for (;;) {
      const answer = await pool.request({ method: 'POST', path, headers, body });
      const text = await answer.body.text();
      if (answer.statusCode === 200) break;
      const isLost = performance.now() - startedMs > MAX_CROWD_MS;
      if (answer.statusCode !== 429 || isLost) throw new Error(`${answer.statusCode} ${text}`);
      refusals += 1;
      await delay(Number(answer.headers['retry-after']) * 1000);
    }
  }
  return refusals;
}

function readPeakMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
}
