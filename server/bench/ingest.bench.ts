/**
 * How much of what agents send can be taken in. `rate`: signed batches over HTTP to a server in a process of its own,
 * each acknowledged after its commit with synchronous = FULL. `store`: the same batches, checked and judged beforehand,
 * into an open store. Both stand beside bare prepared statements that write the same rows, one transaction per batch,
 * with evidence and judgements packed beforehand. `crowd`: 500 agents at once after an outage.
 */
import { fork } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { z } from 'zod';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { compressJson, readShippedDictionary } from '../../db/evidence.ts';
import type { PackedRun } from '../../db/measurements.ts';
import { openStore } from '../../db/open.ts';
import {
  type BareRow,
  type LaneRows,
  openBareTables,
  readLaneRows,
  shareLaneRows,
} from '../../db/testing/bare-insert.ts';
import { createRandom, type Scenario } from '../../db/testing/generate-observations.ts';
import { exportPublicKey } from '../../probes/agent/protocol.ts';
import { systemClock } from '../../probes/clock.ts';
import type { Measurement } from '../../probes/types.ts';
import { createRunJudge } from '../judge-run.ts';
import {
  encodeMeasurements,
  makeAgentRun,
  packMeasurement,
  type SignedRequest,
  signBatch,
  type TestAgent,
} from '../testing/agent-batches.ts';
import { makeAgentVantage } from '../testing/agent-server.ts';
import type { IngestOrder } from './ingest-process.ts';
import { type BenchResult, type OnProgress, toResult, toSingleResult } from './result.ts';
import { pairsOf, ROUNDS, runRounds } from './rounds.ts';
import { readStartScript } from './start.bench.ts';

const AGENTS = 50;
const BATCHES_PER_AGENT = 2;
/** An hour of three services at the default interval. */
const SLOTS_PER_BATCH = 12;
const MIN_RESULTS_PER_SECOND = 8_000;
const MIN_RATIO = 0.5;

const CROWD = 500;
const CROWD_BATCHES = 2;
const CROWD_SLOTS = 8;
const MAX_CROWD_MB = 400;
/** Agents that are still refused after this are lost. */
const MAX_CROWD_MS = 180_000;

/** Those of `npm start`. */
const START_FLAGS = readStartScript().filter((word) => word.startsWith('--'));

/** Stands for the sum of a body. */
const NO_SUM = Buffer.alloc(32);

const SCENARIOS: readonly Scenario[] = ['ok', 'ok', 'ok', 'reset', 'nxdomain', 'drop'];

/** What one agent has to send: batches of measurements, oldest first. */
type Load = { readonly vantageId: string; readonly batches: readonly (readonly Measurement[])[] };

/** Runs both parts. */
export async function benchIngest(onProgress: OnProgress): Promise<readonly BenchResult[]> {
  const config = loadConfig({ file: join(import.meta.dirname, '../../config/reachline.yaml') });
  onProgress(0, 'making batches');
  const loads = makeLoads(config, AGENTS, BATCHES_PER_AGENT, SLOTS_PER_BATCH);
  const bodies = encodeLoads(loads);
  const rows = makeRows(config, loads);
  const results = countResults(config, loads);
  const { derived } = insertIntoStore(loads, rows);
  const loopDelays: number[] = [];
  const cpuTimes: number[] = [];
  const rounds = await runRounds(
    {
      ours: async () => {
        const { elapsedMs, loopDelayMs, cpuMs } = await sendLoads(bodies);
        loopDelays.push(loopDelayMs);
        cpuTimes.push((cpuMs / results) * 1000);
        return { perSecond: (results / elapsedMs) * 1000 };
      },
      bare: async () => ({ perSecond: (results / insertBare(rows, derived)) * 1000 }),
    },
    { onRound: (round) => onProgress((round / ROUNDS) * 0.5, 'taking batches in') },
  );
  const stores = await runRounds(
    {
      ours: async () => ({ perSecond: (results / insertIntoStore(loads, rows).elapsedMs) * 1000 }),
      bare: async () => ({ perSecond: (results / insertBare(rows, derived)) * 1000 }),
    },
    { onRound: (round) => onProgress(0.5 + (round / ROUNDS) * 0.2, 'storing batches') },
  );
  const value = { of: 'value', is: 'at_least', limit: MIN_RESULTS_PER_SECOND } as const;
  const ratio = { of: 'ratio', is: 'at_least', limit: MIN_RATIO } as const;
  onProgress(0.75, `${CROWD} agents at once`);
  return [
    toResult('ingest.rate', 'target results/s', pairsOf(rounds, 'perSecond'), value),
    toResult('ingest.store', 'target results/s', pairsOf(stores, 'perSecond'), ratio),
    toSingleResult('ingest.cpu', 'µs per target result', cpuTimes),
    toSingleResult('ingest.loop_delay_p99', 'ms', loopDelays),
    ...(await benchCrowd(config)),
  ];
}

async function benchCrowd(config: Config): Promise<BenchResult[]> {
  const loads = makeLoads(config, CROWD, CROWD_BATCHES, CROWD_SLOTS);
  const sent = loads.flatMap(({ batches }) => batches.flat()).length;
  const { elapsedMs, peakMb, stored, refusals } = await sendLoads(encodeLoads(loads));
  const atMost = { of: 'value', is: 'at_most', limit: MAX_CROWD_MB } as const;
  const none = { of: 'value', is: 'at_most', limit: 0 } as const;
  return [
    toSingleResult('ingest.crowd.lost', 'measurements', [sent - stored], none),
    toSingleResult('ingest.crowd.memory', 'MB', [peakMb], atMost),
    toSingleResult('ingest.crowd.served', 's', [elapsedMs / 1000]),
    toSingleResult('ingest.crowd.told_to_wait', 'requests', [refusals]),
  ];
}

function makeLoads(config: Config, agents: number, batches: number, slots: number): Load[] {
  const random = createRandom(11);
  const intervalMs = config.schedule.intervalSeconds * 1000;
  const nowMs = Math.floor(Date.now() / intervalMs) * intervalMs;
  const firstMs = nowMs - batches * slots * intervalMs;
  // Evidence of a few agents, sent by all of them: making it takes longer than taking it in.
  const originals = Array.from({ length: 5 }, () =>
    Array.from({ length: batches }, (_, batch) =>
      Array.from({ length: slots }, (_unused, slot) =>
        config.services.map((service) =>
          makeAgentRun(random, {
            config,
            service,
            vantageId: '',
            slotMs: firstMs + (batch * slots + slot) * intervalMs,
            scenario: SCENARIOS[Math.floor(random() * SCENARIOS.length)] ?? 'ok',
          }),
        ),
      ).flat(),
    ),
  );
  return Array.from({ length: agents }, (_, index) => {
    const vantageId = `bench-${index}`;
    const own = originals[index % originals.length] ?? [];
    return { vantageId, batches: own.map((batch) => batch.map((one) => ({ ...one, vantageId }))) };
  });
}

function countResults(config: Config, loads: readonly Load[]): number {
  const targets = new Map(config.services.map(({ id, targets }) => [id, targets.length]));
  let count = 0;
  for (const { batches } of loads)
    for (const { service } of batches.flat()) count += targets.get(service) ?? 0;
  return count;
}

type Bodies = readonly { readonly vantageId: string; readonly bodies: readonly Buffer[] }[];

/** The vantage is not in the body, so agents with the same evidence share it. */
function encodeLoads(loads: readonly Load[]): Bodies {
  const known = new Map<unknown, Buffer>();
  return loads.map(({ vantageId, batches }) => ({
    vantageId,
    bodies: batches.map((batch) => {
      const key = batch[0]?.observations;
      const body = known.get(key) ?? encodeMeasurements(batch);
      known.set(key, body);
      return body;
    }),
  }));
}

const Figures = z.object({ loopDelayMs: z.number(), cpuMs: z.number() });
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
};

async function sendLoads(loads: Bodies): Promise<Sent> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'reachline-bench-'));
  const keys = loads.map(() => generateKeyPairSync('ed25519'));
  const child = fork(join(import.meta.dirname, 'ingest-process.ts'), { execArgv: START_FLAGS });
  try {
    const agents = loads.map(({ vantageId }, index) => {
      const key = keys[index]?.publicKey;
      return [vantageId, key ? exportPublicKey(key) : ''] as const;
    });
    child.send({ dataFolder, agents } satisfies IngestOrder);
    const [message]: unknown[] = await once(child, 'message');
    const { url, instance } = Ready.parse(message);
    const requests = loads.map(({ vantageId, bodies }, index) => {
      const privateKey = keys[index]?.privateKey;
      if (!privateKey) throw new Error('an agent without a key');
      const agent: TestAgent = { url, instance, vantageId, privateKey };
      return bodies.map((body, batch) => signBatch(agent, body, batch + 1, Date.now()));
    });
    const pool = new Pool(url, { connections: loads.length });
    const startedMs = performance.now();
    const refusals = await Promise.all(requests.map((own) => sendInTurn(pool, own)));
    const elapsedMs = performance.now() - startedMs;
    await pool.close();
    const peakMb = readPeakMb(child.pid ?? 0);
    child.send('end');
    const [figures]: unknown[] = await once(child, 'message');
    const { loopDelayMs, cpuMs } = Figures.parse(figures);
    child.disconnect();
    await once(child, 'exit');
    const file = join(dataFolder, 'reachline.db');
    using store = openStore({ file, mode: 'read', clock: systemClock });
    const stored = store.health().measurements;
    const told = refusals.reduce((sum, one) => sum + one, 0);
    return { elapsedMs, peakMb, stored, refusals: told, loopDelayMs, cpuMs };
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

/** A row for both sides. */
type Row = BareRow & { readonly run: PackedRun };

/** The same rows, ready to be written, one list per batch. */
function makeRows(config: Config, loads: readonly Load[]): Row[][] {
  const { content: dictionary } = readShippedDictionary();
  const judgeRun = createRunJudge(config, () => []);
  const services = new Map(config.services.map((service) => [service.id, service]));
  const known = new Map<unknown, Omit<PackedRun, 'facts'>>();
  const toRow = (measurement: Measurement): Row => {
    const service = services.get(measurement.service);
    if (!service) throw new Error(`no service ${measurement.service}`);
    let packed = known.get(measurement.observations);
    if (!packed) {
      const judgement = judgeRun(measurement, service, 'RU');
      packed = {
        verdicts: judgement,
        evidence: { dictionaryId: 1, content: Buffer.from(packMeasurement(measurement).evidence) },
        judgement: {
          dictionaryId: 1,
          content: compressJson(JSON.stringify(judgement), dictionary),
        },
        certificates: measurement.certificates,
      };
      known.set(measurement.observations, packed);
    }
    const { observations: _observations, ...facts } = measurement;
    return {
      measurement,
      evidence: packed.evidence.content,
      judgement: packed.judgement.content,
      verdicts: 1 + Object.keys(packed.verdicts.functions).length,
      run: { facts, ...packed },
    };
  };
  return loads.flatMap(({ batches }) => batches.map((batch) => batch.map(toRow)));
}

/** Writes all batches into an open store; gives milliseconds, and the rows that were derived. */
function insertIntoStore(
  loads: readonly Load[],
  batches: readonly (readonly Row[])[],
): { readonly elapsedMs: number; readonly derived: LaneRows } {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-bench-'));
  const file = join(folder, 'store.db');
  const store = openStore({ file, mode: 'write', clock: systemClock });
  let elapsedMs = 0;
  try {
    store.syncVantages(loads.map(({ vantageId }) => makeAgentVantage(vantageId)));
    const sequences = new Map<string, number>();
    const startedMs = performance.now();
    for (const batch of batches) {
      const { vantageId = '' } = batch[0]?.measurement ?? {};
      const sequence = (sequences.get(vantageId) ?? 0) + 1;
      sequences.set(vantageId, sequence);
      const arrival = { bodySha256: NO_SUM, receivedAtMs: 0, clockOffsetMs: 0, refused: [] };
      store.insertBatch(
        { vantageId, sequence, ...arrival },
        batch.map(({ run }) => run),
      );
    }
    elapsedMs = performance.now() - startedMs;
    store.close();
    return { elapsedMs, derived: readLaneRows(file) };
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes all batches, and what is derived of them, through bare statements; gives milliseconds. */
function insertBare(batches: readonly (readonly BareRow[])[], derived: LaneRows): number {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-bench-'));
  const tables = openBareTables(join(folder, 'bare.db'));
  const shares = shareLaneRows(derived, batches.length);
  try {
    const startedMs = performance.now();
    for (const [index, batch] of batches.entries()) tables.insertBatch(batch, shares[index]);
    return performance.now() - startedMs;
  } finally {
    tables.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
