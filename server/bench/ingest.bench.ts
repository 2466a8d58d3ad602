/**
 * How much of what agents send can be taken in. `rate`: signed batches over HTTP to a server in a process of its own,
 * each acknowledged after its commit with synchronous = FULL; every agent has sent half of its batches before, so that
 * neither loading nor compiling is measured. `store`: batches that were checked and judged beforehand, into an open
 * store. Both stand beside bare prepared statements that write the same rows, one transaction per batch: `rate` beside
 * a loop that has what agents send, packed evidence, and packs the judgements, and, without a bound, beside one whose
 * judgements were packed beforehand too, as those of `store` were. `crowd`: 500 agents at once after an outage, to a
 * server that has just started.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { compressJson, decompressJson, readShippedDictionary } from '../../db/evidence.ts';
import { openStore } from '../../db/open.ts';
import {
  type BareRow,
  type LaneRows,
  openBareTables,
  readLaneRows,
  shareLaneRows,
} from '../../db/testing/bare-insert.ts';
import { systemClock } from '../../probes/clock.ts';
import { makeAgentVantage } from '../testing/agent-server.ts';
import { type Load, makeLoads } from './ingest-loads.ts';
import { sendLoads } from './ingest-send.ts';
import { type BenchResult, type OnProgress, toResult, toSingleResult } from './result.ts';
import { pairsOf, ROUNDS, runRounds } from './rounds.ts';

const AGENTS = 50;
/** Agents whose measurements are their own; making them takes longer than taking them in. */
const ORIGINALS = 10;
const BATCHES_PER_AGENT = 20;
/** Of each agent, before anything is measured: after 500 batches little is compiled any more. */
const WARM_UP_BATCHES = 10;
/** Of each agent, for the loops beside: their speed does not depend on how many there are. */
const BARE_BATCHES_PER_AGENT = 4;
const MIN_RESULTS_PER_SECOND = 8_000;
const MIN_RATIO = 0.5;

const CROWD = 500;
const CROWD_BATCHES = 2;
const MAX_CROWD_MB = 400;
/** Stands for the sum of a body. */
const NO_SUM = Buffer.alloc(32);

/** Runs all parts. */
export async function benchIngest(onProgress: OnProgress): Promise<readonly BenchResult[]> {
  const config = loadConfig({ file: join(import.meta.dirname, '../../config/reachline.yaml') });
  onProgress(0, 'making batches');
  const loads = makeLoads(config, {
    agents: AGENTS,
    originals: ORIGINALS,
    batches: BATCHES_PER_AGENT,
  });
  const some = loads.map((load) => ({
    ...load,
    batches: load.batches.slice(0, BARE_BATCHES_PER_AGENT),
  }));
  const batches = some.flatMap((load) => load.batches.map(({ rows }) => rows));
  const all = countResults(some);
  const { derived } = insertIntoStore(some);
  const loopDelays: number[] = [];
  const cpuTimes: number[] = [];
  const mainCpuTimes: number[] = [];
  const bare = async () => ({ packedBefore: (all / insertBare(batches, derived)) * 1000 });
  const bareBoth = async () => ({
    ...(await bare()),
    asSent: (all / insertBare(batches, derived, false)) * 1000,
  });
  const rounds = await runRounds(
    {
      ours: async () => {
        const { elapsedMs, loopDelayMs, cpuMs, mainCpuMs } = await sendLoads(loads, {
          warmUp: WARM_UP_BATCHES,
        });
        const results = countResults(loads, WARM_UP_BATCHES);
        loopDelays.push(loopDelayMs);
        cpuTimes.push((cpuMs / results) * 1000);
        mainCpuTimes.push((mainCpuMs / results) * 1000);
        const perSecond = (results / elapsedMs) * 1000;
        return { asSent: perSecond, packedBefore: perSecond };
      },
      bare: bareBoth,
    },
    { onRound: (round) => onProgress((round / ROUNDS) * 0.5, 'taking batches in') },
  );
  const stores = await runRounds(
    { ours: async () => ({ packedBefore: (all / insertIntoStore(some).elapsedMs) * 1000 }), bare },
    { onRound: (round) => onProgress(0.5 + (round / ROUNDS) * 0.2, 'storing batches') },
  );
  const value = { of: 'value', is: 'at_least', limit: MIN_RESULTS_PER_SECOND } as const;
  const ratio = { of: 'ratio', is: 'at_least', limit: MIN_RATIO } as const;
  onProgress(0.75, `${CROWD} agents at once`);
  return [
    toResult('ingest.rate', 'target results/s', pairsOf(rounds, 'asSent'), value),
    toResult('ingest.ratio', 'target results/s', pairsOf(rounds, 'asSent'), ratio),
    toResult('ingest.ratio.packed_before', 'target results/s', pairsOf(rounds, 'packedBefore')),
    toResult('ingest.store', 'target results/s', pairsOf(stores, 'packedBefore'), ratio),
    toSingleResult('ingest.cpu', 'µs per target result', cpuTimes),
    toSingleResult('ingest.cpu.main', 'µs per target result', mainCpuTimes),
    toSingleResult('ingest.loop_delay_p99', 'ms', loopDelays),
    ...(await benchCrowd(config)),
  ];
}

async function benchCrowd(config: Config): Promise<BenchResult[]> {
  const loads = makeLoads(config, {
    agents: CROWD,
    originals: 5,
    batches: CROWD_BATCHES,
    slots: 8,
  });
  const sent = loads.flatMap(({ batches }) => batches.flatMap(({ rows }) => rows)).length;
  const { elapsedMs, peakMb, stored, refusals } = await sendLoads(loads);
  const atMost = { of: 'value', is: 'at_most', limit: MAX_CROWD_MB } as const;
  const none = { of: 'value', is: 'at_most', limit: 0 } as const;
  return [
    toSingleResult('ingest.crowd.lost', 'measurements', [sent - stored], none),
    toSingleResult('ingest.crowd.memory', 'MB', [peakMb], atMost),
    toSingleResult('ingest.crowd.served', 's', [elapsedMs / 1000]),
    toSingleResult('ingest.crowd.told_to_wait', 'requests', [refusals]),
  ];
}

/** Target results of all batches but the first few of each agent. */
function countResults(loads: readonly Load[], without = 0): number {
  let count = 0;
  for (const { batches } of loads)
    for (const { rows } of batches.slice(without)) for (const row of rows) count += row.targets;
  return count;
}

/** Writes all batches into an open store; gives milliseconds, and the rows that were derived. */
function insertIntoStore(loads: readonly Load[]): {
  readonly elapsedMs: number;
  readonly derived: LaneRows;
} {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-bench-'));
  const file = join(folder, 'store.db');
  const store = openStore({ file, mode: 'write', clock: systemClock });
  let elapsedMs = 0;
  try {
    store.syncVantages(loads.map(({ vantageId }) => makeAgentVantage(vantageId)));
    const arrival = { bodySha256: NO_SUM, receivedAtMs: 0, clockOffsetMs: 0, refused: [] };
    const startedMs = performance.now();
    for (const { vantageId, batches } of loads)
      for (const [index, { rows }] of batches.entries())
        store.insertBatches([
          {
            arrival: { vantageId, sequence: index + 1, ...arrival },
            runs: rows.map(({ run }) => run),
          },
        ]);
    elapsedMs = performance.now() - startedMs;
    store.close();
    return { elapsedMs, derived: readLaneRows(file) };
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const { content: dictionary } = readShippedDictionary();

const unpackJudgement = ({ judgement }: BareRow): string => decompressJson(judgement, dictionary);

const packJudgement = (row: BareRow, text: string | undefined): BareRow =>
  text === undefined ? row : { ...row, judgement: compressJson(text, dictionary) };

/** As above through bare statements, after packing the judgements unless that is done; gives milliseconds. */
function insertBare(
  batches: readonly (readonly BareRow[])[],
  derived: LaneRows,
  isPackedBefore = true,
): number {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-bench-'));
  const tables = openBareTables(join(folder, 'bare.db'));
  const shares = shareLaneRows(derived, batches.length);
  let elapsedMs = 0;
  try {
    for (const [index, batch] of batches.entries()) {
      const texts = isPackedBefore ? [] : batch.map(unpackJudgement);
      const startedMs = performance.now();
      const rows = batch.map((row, at) => packJudgement(row, texts[at]));
      tables.insertBatch(rows, shares[index]);
      elapsedMs += performance.now() - startedMs;
    }
    return elapsedMs;
  } finally {
    tables.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
