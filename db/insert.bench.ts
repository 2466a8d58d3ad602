/**
 * How much of the speed of a bare prepared-statement loop is left when a measurement is stored with digest, hash
 * chain, spans and buckets. Both sides compress the same JSON with the same dictionary, write the same facts,
 * evidence, judgements and certificates, and commit each measurement by itself with synchronous = FULL.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compressJson, readShippedDictionary } from './evidence.ts';
import { toEvidence } from './measurement-reader.ts';
import { openStore } from './open.ts';
import { type BareTables, openBareTables } from './testing/bare-insert.ts';
import { GENERATED_VANTAGES, type GeneratedRun, generateSeries } from './testing/generate.ts';

/** One line of the bench. */
export type BenchResult = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The bare loop in the same run. */
  readonly baseline: number;
  readonly ratio: number;
  readonly target: number;
  readonly ok: boolean;
};

const ROUNDS = 25;
const RUNS_PER_ROUND = 80;
const TARGET_RATIO = 0.7;

type Insert = (run: GeneratedRun) => void;

/** The facts, evidence and judgement of a run through prepared statements, and nothing else. */
function createBareInsert(bare: BareTables): Insert {
  const { content: dictionary } = readShippedDictionary();
  const pack = (value: unknown): Buffer => compressJson(JSON.stringify(value), dictionary);
  return ({ measurement, judgement }) =>
    bare.insertBatch([
      {
        measurement,
        evidence: pack(toEvidence(measurement)),
        judgement: pack(judgement),
        verdicts: Object.keys(judgement.functions).length + 1,
      },
    ]);
}

function measureRate(insert: Insert, runs: readonly GeneratedRun[]): number {
  const startMs = performance.now();
  for (const run of runs) insert(run);
  return (runs.length / (performance.now() - startMs)) * 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Rounds of both sides by turns on the same data; the ratio is the median of the rounds. */
export async function benchInsert(): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-bench-'));
  const bare = openBareTables(join(folder, 'bare.db'));
  let nowMs = Date.UTC(2022, 2, 4, 12);
  const store = openStore({
    file: join(folder, 'store.db'),
    mode: 'write',
    clock: { nowMs: () => nowMs },
  });
  try {
    const insertBare = createBareInsert(bare);
    store.syncVantages(GENERATED_VANTAGES);
    const insertStore: Insert = ({ measurement, judgement }) => {
      nowMs = measurement.slotMs;
      store.insertMeasurement(measurement, judgement);
    };
    const series = [
      ...generateSeries({ seed: 5, fromMs: nowMs, toMs: nowMs + 12 * 3_600_000 }),
    ].slice(0, (ROUNDS + 1) * RUNS_PER_ROUND);
    const rates: { bare: number; store: number }[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const runs = series.slice(round * RUNS_PER_ROUND, (round + 1) * RUNS_PER_ROUND);
      // Sides swap places from round to round, so that neither always has the warmer machine.
      const first = round % 2 === 0 ? measureRate(insertBare, runs) : undefined;
      const ours = measureRate(insertStore, runs);
      rates.push({ bare: first ?? measureRate(insertBare, runs), store: ours });
      // Lets other work of the process go on between rounds.
      await new Promise((resolve) => setImmediate(resolve));
    }
    // The first round warms up both sides.
    const counted = rates.slice(1);
    const ratio = median(counted.map((round) => round.store / round.bare));
    return {
      name: 'insert',
      value: Math.round(median(counted.map((round) => round.store))),
      unit: 'measurements/s',
      baseline: Math.round(median(counted.map((round) => round.bare))),
      ratio: Math.round(ratio * 1000) / 1000,
      target: TARGET_RATIO,
      ok: ratio >= TARGET_RATIO,
    };
  } finally {
    store.close();
    bare.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
