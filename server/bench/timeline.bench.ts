/**
 * A year of 36 lanes at five minutes, from the database to the pixels: bytes on the line, time of the server beside
 * bare `node:http` with the same bytes, counts from buckets beside the same from single measurements, drawing again in
 * a browser, and the weight of scripts. Then 300 lanes and more than five years, whose figures inform.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Browser } from 'playwright-core';
import { buildDashboard, MAX_SCRIPT_BROTLI_BYTES } from '../../dashboard/build.ts';
import { launchBrowser } from '../../dashboard/testing/browser.ts';
import { openStore } from '../../db/open.ts';
import { CURRENT_JUDGEMENT } from '../../db/samples.ts';
import { fillYears } from '../../db/testing/year.ts';
import { loadAssets } from '../assets.ts';
import { type BenchResult, median, type OnProgress, toResult, toSingleResult } from './result.ts';
import { pairsOf, runRounds } from './rounds.ts';
import { makeTimelinePage, measureRedraws } from './timeline-browser.ts';
import {
  END_MS,
  fetchPacked,
  lanesPath,
  openFolder,
  RATES,
  SLOT_MS,
  serveBare,
  serveStore,
  YEAR_MS,
} from './timeline-world.ts';

const KB = 1_024;
const MAX_WIRE_KB = 70;
const MAX_COLD_MS = 100;
const MAX_CACHED_MS = 10;
const MAX_REDRAW_MS = 16;
const MAX_SLOW_REDRAW_MS = 50;
const MAX_ROLLUP_MS = 10;
/** Counting from single measurements takes at least 200 times as long. */
const MAX_ROLLUP_RATIO = 1 / 200;
const CACHED_REQUESTS = 15;
const RAW_ROUNDS = 3;
const WARM_TURNS = 7;
/** Of the slower processor that targets for phones speak of. */
const SLOWDOWN = 4;
const DAY_MS = 86_400_000;

type Size = { readonly name: string; readonly vantages: number; readonly lengthMs: number };

const YEAR: Size = { name: 'year', vantages: 12, lengthMs: YEAR_MS };
const MANY: Size = { name: 'lanes300', vantages: 100, lengthMs: YEAR_MS };
const LONG: Size = { name: 'years6', vantages: 12, lengthMs: 6 * YEAR_MS };

function fill(
  folder: string,
  size: Size,
  hasMeasurements: boolean,
  onShare: (share: number) => void,
) {
  const file = join(folder, `${size.name}.db`);
  const { vantages, lengthMs } = size;
  const range = { fromMs: END_MS - lengthMs, toMs: END_MS, intervalMs: SLOT_MS };
  fillYears({ file, ...range, ...RATES, vantages, hasMeasurements, onLane: onShare });
  return file;
}

/** Times of requests in milliseconds; `work` is what the process was busy for the first, whatever else the machine did. */
type Times = { readonly cold: number; readonly work: number; readonly cached: number };

/** The first request to a server without anything in memory, and those that follow. */
async function timeRequests(url: string): Promise<Times> {
  const before = process.cpuUsage();
  const { status, elapsedMs: cold } = await fetchPacked(url);
  const { user, system } = process.cpuUsage(before);
  if (status !== 200) throw new Error(`${url} answers ${status}`);
  const times: number[] = [];
  for (let turn = 0; turn < CACHED_REQUESTS; turn += 1)
    times.push((await fetchPacked(url)).elapsedMs);
  return { cold, work: (user + system) / 1_000, cached: median(times) };
}

async function timeStore(file: string, path: string): Promise<Times> {
  await using served = await serveStore(file);
  return await timeRequests(served.url + path);
}

async function benchServer(file: string): Promise<BenchResult[]> {
  const path = lanesPath(YEAR_MS);
  await using served = await serveStore(file);
  const { body } = await fetchPacked(served.url + path);
  const bare = async () => {
    await using server = await serveBare(body);
    return await timeRequests(server.url);
  };
  // The very first answer also compiles the program; it informs.
  const rounds = await runRounds(
    { ours: () => timeStore(file, path), bare },
    { onRound: () => undefined },
  );
  const most = (limit: number) => ({ of: 'value', is: 'at_most', limit }) as const;
  return [
    toSingleResult('timeline.wire', 'KB', [body.length / KB], most(MAX_WIRE_KB)),
    toResult('timeline.cold', 'ms', pairsOf(rounds, 'cold'), most(MAX_COLD_MS)),
    toResult('timeline.cold.cpu', 'ms', pairsOf(rounds, 'work'), most(MAX_COLD_MS)),
    toResult('timeline.cached', 'ms', pairsOf(rounds, 'cached'), most(MAX_CACHED_MS)),
  ];
}

/** Counts per day of all lanes, from buckets and from single measurements. */
function benchRollup(file: string): BenchResult[] {
  const range = { fromMs: END_MS - YEAR_MS, toMs: END_MS };
  const store = openStore({ file, mode: 'read', clock: { nowMs: () => END_MS } });
  const database = new Database(file, { readonly: true });
  const time = <T>(work: () => T): { readonly elapsedMs: number; readonly rows: T } => {
    const beganMs = performance.now();
    const rows = work();
    return { rows, elapsedMs: performance.now() - beganMs };
  };
  const raw = database.prepare<[number, number], { count: number }>(
    `SELECT m.service_id, m.vantage_id, m.slot_ms / ${DAY_MS} AS day, v.verdict, COUNT(*) AS count
     FROM measurement m JOIN judgement_verdict v ON v.judgement_entry = ${CURRENT_JUDGEMENT} AND v.function = 0
     WHERE m.slot_ms >= ? AND m.slot_ms < ? GROUP BY 1, 2, 3, 4`,
  );
  const fromBuckets = () => store.listBuckets({ ...range, resolution: 'day' });
  const fromRuns = () => raw.all(range.fromMs, range.toMs);
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  try {
    const pairs = Array.from({ length: RAW_ROUNDS }, () => {
      // Counting runs drives everything else out of the processor's memory; warm is what is meant.
      const { rows } = time(fromBuckets);
      const turns = Array.from({ length: WARM_TURNS }, () => time(fromBuckets).elapsedMs);
      const bare = time(fromRuns);
      const counted = rows.flatMap(({ buckets }) =>
        buckets.flatMap(({ counts }) => Object.values(counts)),
      );
      const expected = bare.rows.map(({ count }) => count);
      if (sum(counted) !== sum(expected)) throw new Error('buckets and measurements differ');
      return { ours: median(turns), bare: bare.elapsedMs };
    });
    const value = { of: 'value', is: 'at_most', limit: MAX_ROLLUP_MS } as const;
    const ratio = { of: 'ratio', is: 'at_most', limit: MAX_ROLLUP_RATIO } as const;
    return [
      toResult('timeline.rollup', 'ms', pairs, value),
      toResult('timeline.rollup.raw', 'ms', pairs, ratio),
    ];
  } finally {
    store.close();
    database.close();
  }
}

/** Pages need no script; the one that keeps them current may weigh so much. */
const MAX_OPTIONAL_KB = 8;

/** Brotli bytes of the scripts that a page asks for. */
async function weighScripts(url: string): Promise<number | undefined> {
  const response = await fetch(url);
  if (response.status === 404) return undefined;
  const html = await response.text();
  const sources = [...html.matchAll(/<script[^>]*src="([^"]+)"/g)].map(([, source = '']) => source);
  const sizes = sources.map(async (source) => (await fetchPacked(new URL(source, url).href)).body);
  return (await Promise.all(sizes)).reduce((sum, { length }) => sum + length, 0);
}

async function benchScripts(
  file: string,
  assetsFolder: string,
  bytes: number,
): Promise<BenchResult[]> {
  await using served = await serveStore(file, { assetsFolder });
  const most = (limit: number) => ({ of: 'value', is: 'at_most', limit }) as const;
  const results = [
    toSingleResult('timeline.script', 'KB', [bytes / KB], most(MAX_SCRIPT_BROTLI_BYTES / KB)),
  ];
  for (const [name, path] of [
    ['board', ''],
    ['answer', 'is/instagram/in/RU'],
  ] as const) {
    const weight = await weighScripts(served.url + path);
    if (weight === undefined) process.stderr.write(`\n/${path} is not there yet: skipped\n`);
    else
      results.push(
        toSingleResult(`timeline.script.${name}`, 'KB', [weight / KB], most(MAX_OPTIONAL_KB)),
      );
  }
  return results;
}

type Drawn = { readonly file: string; readonly size: Size; readonly assetsFolder: string };

async function draw(browser: Browser, { file, size, assetsFolder }: Drawn, slowdown: number) {
  const { urls } = loadAssets(assetsFolder);
  const pages = { '/bench': makeTimelinePage(urls, size.lengthMs) };
  await using served = await serveStore(file, { assetsFolder, pages });
  return await measureRedraws(browser, `${served.url}bench`, slowdown);
}

async function benchDrawing(browser: Browser, drawn: Drawn): Promise<BenchResult[]> {
  const most = (limit: number) => ({ of: 'value', is: 'at_most', limit }) as const;
  const quick = await draw(browser, drawn, 1);
  const slow = await draw(browser, drawn, SLOWDOWN);
  return [
    toSingleResult('timeline.redraw', 'ms', quick.wholeMs, most(MAX_REDRAW_MS)),
    toSingleResult('timeline.redraw.zoomed', 'ms', quick.zoomedMs, most(MAX_REDRAW_MS)),
    toSingleResult('timeline.redraw.cpu', 'ms', [quick.workMs], most(MAX_REDRAW_MS)),
    toSingleResult('timeline.redraw.slow', 'ms', slow.wholeMs, most(MAX_SLOW_REDRAW_MS)),
    toSingleResult('timeline.first', 'ms', [quick.firstMs]),
    toSingleResult('timeline.first.slow', 'ms', [slow.firstMs]),
  ];
}

/** The figures of a size beyond the usual, which have no bound. */
async function benchSize(browser: Browser, drawn: Drawn): Promise<BenchResult[]> {
  const { file, size } = drawn;
  const path = lanesPath(size.lengthMs);
  const times = await timeStore(file, path);
  await using served = await serveStore(file);
  const { body } = await fetchPacked(served.url + path);
  const { firstMs, wholeMs, zoomedMs } = await draw(browser, drawn, 1);
  const say = (what: string, unit: string, ...values: readonly number[]) =>
    toSingleResult(`timeline.${size.name}.${what}`, unit, values);
  return [
    say('wire', 'KB', body.length / KB),
    say('cold', 'ms', times.cold),
    say('cached', 'ms', times.cached),
    say('first', 'ms', firstMs),
    say('redraw', 'ms', ...wholeMs),
    say('redraw.zoomed', 'ms', ...zoomedMs),
  ];
}

/** Gives all figures of the timeline. Takes three minutes, most of them to make the stores. */
export async function benchTimeline(onProgress: OnProgress): Promise<readonly BenchResult[]> {
  using folder = openFolder();
  const assetsFolder = join(folder.path, 'assets');
  mkdirSync(assetsFolder);
  const built = await buildDashboard(assetsFolder);
  const script = built.find(({ name }) => name === 'timeline.js');
  if (!script) throw new Error('there is no timeline script');
  const file = fill(folder.path, YEAR, true, (share) => onProgress(share * 0.3, 'making a year'));
  const results = await benchServer(file);
  onProgress(0.4, 'counting');
  results.push(...benchRollup(file));
  results.push(...(await benchScripts(file, assetsFolder, script.brotliBytes)));
  const browser = await launchBrowser();
  try {
    onProgress(0.55, 'drawing');
    results.push(...(await benchDrawing(browser, { file, size: YEAR, assetsFolder })));
    for (const [index, size] of [MANY, LONG].entries()) {
      const began = 0.6 + index * 0.2;
      const large = fill(folder.path, size, false, (share) =>
        onProgress(began + share * 0.15, `making ${size.name}`),
      );
      results.push(...(await benchSize(browser, { file: large, size, assetsFolder })));
    }
  } finally {
    await browser.close();
  }
  return results;
}
