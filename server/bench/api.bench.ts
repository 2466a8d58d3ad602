/**
 * The API on a year of 36 lanes, 3.8 million measurements: a list of 10 KB beside bare `node:http` that sends the same
 * bytes with the same security headers, narrow questions, none asked twice, beside the same SQL run bare, and the same
 * questions while ten readers want exports, beside themselves.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { CURRENT_JUDGEMENT } from '../../db/samples.ts';
import { fillYears } from '../../db/testing/year.ts';
import { type Child, startChild } from './api-child.ts';
import { benchDuringExports } from './api-exports.bench.ts';
import { loadServer } from './api-load.ts';
import { type BenchResult, type OnProgress, quantile, toResult, toSingleResult } from './result.ts';
import { pairsOf, runRounds } from './rounds.ts';
import { END_MS, openFolder, RATES, SLOT_MS, serveStore, YEAR_MS } from './timeline-world.ts';

const VANTAGES = 12;
const CONNECTIONS = 32;
const ROUND_MS = 1_500;
const MIN_RATIO = 0.75;
const DAY_MS = 86_400_000;
/** Rows that make about 10 KB. */
const LIST_PATH = '/api/v1/measurements?limit=27';
const QUESTIONS = 200;

async function benchList(
  file: string,
  folder: string,
  onRound: (round: number) => void,
): Promise<BenchResult[]> {
  await using ours = await startChild({ kind: 'ours', file });
  const body = await (await fetch(`${ours.url.replace(/\/$/, '')}${LIST_PATH}`)).text();
  const bodyFile = join(folder, 'body.json');
  writeFileSync(bodyFile, body);
  await using bare = await startChild({ kind: 'bare', bodyFile });
  const measure = async (child: Child) => {
    await child.takeCpuMs();
    const { requests, elapsedMs } = await loadServer(child.url, LIST_PATH, {
      connections: CONNECTIONS,
      lengthMs: ROUND_MS,
    });
    const cpuMs = await child.takeCpuMs();
    return { rate: (requests * 1_000) / elapsedMs, perCpu: (requests * 1_000) / cpuMs };
  };
  // Both warm before anything counts.
  await measure(ours);
  await measure(bare);
  const rounds = await runRounds(
    { ours: () => measure(ours), bare: () => measure(bare) },
    { onRound },
  );
  const bound = { of: 'ratio', is: 'at_least', limit: MIN_RATIO } as const;
  return [
    toSingleResult('api.list.bytes', 'KB', [body.length / 1_024]),
    toResult('api.list.rate', 'answers/s', pairsOf(rounds, 'rate'), bound),
    // What a machine with other work cannot blur.
    toResult('api.list.cpu', 'answers/CPU-s', pairsOf(rounds, 'perCpu'), bound),
  ];
}

type Question = {
  readonly name: string;
  readonly path: (at: number) => string;
  readonly sql: string;
  readonly values: (at: number) => readonly number[];
};

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
/** A day of the year, another for each question. */
const dayOf = (at: number) => END_MS - YEAR_MS + ((at * 37) % 360) * DAY_MS;
const vantageOf = (at: number) => (at % VANTAGES) + 1;

function listQuestions(vantageNames: readonly string[]): Question[] {
  const name = (at: number) => vantageNames[at % vantageNames.length] ?? '';
  const select = `SELECT m.*, v.verdict, v.mechanism, v.confidence FROM measurement m
    JOIN judgement_verdict v ON v.judgement_entry = ${CURRENT_JUDGEMENT} AND v.function = 0`;
  return [
    {
      name: 'measurements',
      path: (at) =>
        `/api/v1/measurements?service=facebook&vantage=${name(at)}&from=${day(dayOf(at))}&to=${day(dayOf(at) + DAY_MS)}`,
      sql: `${select} WHERE m.service_id = 1 AND m.vantage_id = ? AND m.slot_ms >= ? AND m.slot_ms < ?
        ORDER BY m.slot_ms DESC LIMIT 100`,
      values: (at) => [vantageOf(at), dayOf(at), dayOf(at) + DAY_MS],
    },
    {
      name: 'blocked',
      path: (at) =>
        `/api/v1/measurements?service=facebook&vantage=${name(at)}&verdict=blocked&to=${day(dayOf(at))}`,
      sql: `${select} WHERE m.service_id = 1 AND m.vantage_id = ? AND m.slot_ms < ? AND v.verdict = 3
        ORDER BY m.slot_ms DESC LIMIT 100`,
      values: (at) => [vantageOf(at), dayOf(at)],
    },
    {
      name: 'availability',
      path: (at) =>
        `/api/v1/availability?by=service,network&vantage=${name(at)}&from=${day(dayOf(at) - 30 * DAY_MS)}&to=${day(dayOf(at))}`,
      sql: `SELECT l.service_id, b.* FROM lane l JOIN bucket_day b ON b.lane_id = l.id
        WHERE l.vantage_id = ? AND l.function = 0 AND b.start_ms >= ? AND b.start_ms < ? ORDER BY b.start_ms`,
      values: (at) => [vantageOf(at), dayOf(at) - 30 * DAY_MS, dayOf(at)],
    },
    {
      name: 'lanes',
      path: (at) =>
        `/api/v1/lanes?vantage=${name(at)}&from=${day(dayOf(at) - 7 * DAY_MS)}&to=${day(dayOf(at))}`,
      sql: `SELECT l.service_id, s.* FROM lane l JOIN span s ON s.lane_id = l.id
        WHERE l.vantage_id = ? AND l.function = 0 AND s.until_ms > ? AND s.from_ms < ? ORDER BY s.from_ms`,
      values: (at) => [vantageOf(at), dayOf(at) - 7 * DAY_MS, dayOf(at)],
    },
  ];
}

async function benchQuestion(
  question: Question,
  url: string,
  database: Database.Database,
): Promise<BenchResult[]> {
  const bare = database.prepare<number[], unknown>(question.sql);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let at = 0; at < QUESTIONS; at += 1) {
    const beganMs = performance.now();
    const response = await fetch(url.replace(/\/$/, '') + question.path(at));
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`${question.path(at)}: ${response.status}`);
    const answeredMs = performance.now();
    bare.all(...question.values(at));
    // The first ones compile.
    if (at < 20) continue;
    ours.push(answeredMs - beganMs);
    theirs.push(performance.now() - answeredMs);
  }
  return [0.5, 0.99].map((share) =>
    toResult(`api.${question.name}.p${share * 100}`, 'ms', [
      { ours: quantile(ours, share), bare: quantile(theirs, share) },
    ]),
  );
}

/** Gives all figures of the API. Takes two minutes, most of them to make the store. */
export async function benchApi(onProgress: OnProgress): Promise<readonly BenchResult[]> {
  using folder = openFolder();
  const file = join(folder.path, 'year.db');
  fillYears({
    file,
    fromMs: END_MS - YEAR_MS,
    toMs: END_MS,
    intervalMs: SLOT_MS,
    ...RATES,
    vantages: VANTAGES,
    hasMeasurements: true,
    onLane: (share) => onProgress(share * 0.7, 'making a year'),
  });
  const results = await benchList(file, folder.path, (round) =>
    onProgress(0.7 + round * 0.04, 'asking for a list'),
  );
  onProgress(0.9, 'asking narrowly');
  await using served = await serveStore(file);
  const database = new Database(file, { readonly: true });
  try {
    const names = database
      .prepare<[], string>('SELECT name FROM vantage ORDER BY id')
      .pluck()
      .all();
    for (const question of listQuestions(names))
      results.push(...(await benchQuestion(question, served.url, database)));
    results.push(
      ...(await benchDuringExports(file, names, (round) =>
        onProgress(0.92 + round * 0.015, 'asking while exports run'),
      )),
    );
  } finally {
    database.close();
  }
  return results;
}
