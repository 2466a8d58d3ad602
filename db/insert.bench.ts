/**
 * How much of the speed of a bare prepared-statement loop is left when a measurement is stored with digest, hash
 * chain, spans and buckets. Both sides compress the same JSON with the same dictionary, write the same facts,
 * evidence, judgements and certificates, and commit each measurement by itself with synchronous = FULL.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { openDatabase } from './connection.ts';
import { CURRENT_DICTIONARY_ID, compressJson, readShippedDictionary } from './evidence.ts';
import { migrate } from './migrate.ts';
import { openStore } from './open.ts';
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
function prepareBareLoop(database: Database.Database): Insert {
  const { content: dictionary, sha256 } = readShippedDictionary();
  database.prepare('INSERT INTO dictionary VALUES (?, ?, ?)').run(1, sha256, dictionary);
  for (const table of ['service', 'vantage', 'rule', 'ruleset'])
    database.prepare(`INSERT INTO ${table} (id, name) VALUES (1, 'x')`).run();
  database.prepare("INSERT INTO provenance VALUES (1, 'x', 'x', 1, 'x')").run();
  const measurement = database.prepare(
    'INSERT INTO measurement VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const evidence = database.prepare('INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?)');
  const judgement = database.prepare('INSERT INTO judgement VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const verdict = database.prepare('INSERT INTO judgement_verdict VALUES (?, ?, ?, ?, ?, ?)');
  const certificate = database.prepare('INSERT INTO certificate VALUES (?, ?, ?, ?)');
  const seen = new Set<string>();
  const digest = Buffer.alloc(16);
  let entry = 0;
  const insertAll = database.transaction((run: GeneratedRun) => {
    const { measurement: m, judgement: j } = run;
    for (const [name, der] of m.certificates) {
      if (seen.has(name)) continue;
      seen.add(name);
      entry += 1;
      certificate.run(entry, Buffer.from(name, 'hex'), der, m.slotMs);
    }
    entry += 1;
    const packed = compressJson(
      JSON.stringify({ observations: m.observations, certificates: [...m.certificates.keys()] }),
      dictionary,
    );
    const packedJudgement = compressJson(JSON.stringify(j), dictionary);
    const key = [1, 1, m.slotMs, entry];
    const facts = [m.intervalMs, m.startedAtMs, m.elapsedMs, m.loopDelayMs, 16, 1, m.slotMs];
    measurement.run(...key, entry, ...facts, digest);
    evidence.run(entry, ...key, CURRENT_DICTIONARY_ID, packed);
    judgement.run(entry, entry, 1, 1, CURRENT_DICTIONARY_ID, packedJudgement, m.slotMs, null);
    for (let code = 0; code <= Object.keys(j.functions).length; code += 1)
      verdict.run(entry, code, 1, null, 3, 1);
  });
  return (run) => insertAll.immediate(run);
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
  const bareFile = join(folder, 'bare.db');
  const bare = openDatabase(bareFile, 'write');
  let nowMs = Date.UTC(2022, 2, 4, 12);
  const store = openStore({
    file: join(folder, 'store.db'),
    mode: 'write',
    clock: { nowMs: () => nowMs },
  });
  try {
    migrate(bareFile, bare);
    const insertBare = prepareBareLoop(bare);
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
