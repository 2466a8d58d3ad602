/**
 * First and largest contentful paint of pages in a phone's window, over lines and processors that Chromium slows down:
 * a slow 4G line with a quarter of the processor, and a line as slow and far as Tor's. Names and TLS are not part of
 * it, since everything is on loopback. Beside it what each page weighs on the line.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, CDPSession } from 'playwright-core';
import { launchBrowser } from '../../dashboard/testing/browser.ts';
import { fillYears } from '../../db/testing/year.ts';
import { type BenchResult, type OnProgress, toSingleResult } from './result.ts';
import {
  END_MS,
  fetchPacked,
  openFolder,
  RATES,
  type Served,
  SLOT_MS,
  serveStore,
  YEAR_MS,
} from './timeline-world.ts';

const VISITS = 3;
const PHONE = { width: 412, height: 823 };
const DENSITY = 2;
/** After the load event nothing larger comes any more. */
const SETTLE_MS = 1_500;
const MAX_VISIT_MS = 60_000;
const KB = 1_024;

/** How a page is slowed down. */
type Line = {
  readonly name: string;
  readonly megabits: number;
  readonly roundTripMs: number;
  /** Divides the speed of the processor. */
  readonly slowdown: number;
};

const LINES = [
  { name: 'slow4g', megabits: 1.6, roundTripMs: 150, slowdown: 4 },
  { name: 'tor', megabits: 1, roundTripMs: 600, slowdown: 1 },
] as const satisfies readonly Line[];

/** A page and until when its largest part must be painted, in milliseconds by line; and what it may weigh as HTML. */
type Visited = {
  readonly name: string;
  readonly path: string;
  readonly maxLcpMs: Readonly<Record<(typeof LINES)[number]['name'], number>>;
  readonly maxHtmlKb: number;
};

const PAGES: readonly Visited[] = [
  { name: 'board', path: '', maxLcpMs: { slow4g: 800, tor: 1_500 }, maxHtmlKb: 12 },
  {
    name: 'answer',
    path: 'is/instagram/in/RU',
    maxLcpMs: { slow4g: 800, tor: 1_500 },
    maxHtmlKb: 12,
  },
  { name: 'timeline', path: 't', maxLcpMs: { slow4g: 1_200, tor: 2_500 }, maxHtmlKb: 20 },
];

async function slowDown(session: CDPSession, { megabits, roundTripMs, slowdown }: Line) {
  const throughput = (megabits * 1e6) / 8;
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: roundTripMs,
    downloadThroughput: throughput,
    uploadThroughput: throughput,
  });
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
}

/** Runs in the page before anything else: keeps the newest of each kind of paint. */
const NOTE_PAINTS = `
  window.paints = { fcp: NaN, lcp: NaN };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByName('first-contentful-paint')) window.paints.fcp = entry.startTime;
  }).observe({ type: 'paint', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.paints.lcp = entry.startTime;
  }).observe({ type: 'largest-contentful-paint', buffered: true });`;

type Paints = { readonly fcp: number; readonly lcp: number };

async function visit(browser: Browser, url: string, line: Line): Promise<Paints> {
  const context = await browser.newContext({ viewport: PHONE, deviceScaleFactor: DENSITY });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(MAX_VISIT_MS);
    await slowDown(await context.newCDPSession(page), line);
    await page.addInitScript({ content: NOTE_PAINTS });
    await page.goto(url, { waitUntil: 'load' });
    await page.waitForTimeout(SETTLE_MS);
    return await page.evaluate<Paints>('window.paints');
  } finally {
    await context.close();
  }
}

async function benchPage(
  browser: Browser,
  { url }: Served,
  { name, path, maxLcpMs, maxHtmlKb }: Visited,
): Promise<BenchResult[]> {
  const { status, body } = await fetchPacked(url + path);
  if (status === 404) {
    process.stderr.write(`\n/${path} is not there yet: skipped\n`);
    return [];
  }
  const most = (limit: number) => ({ of: 'value', is: 'at_most', limit }) as const;
  const results = [toSingleResult(`paint.${name}.html`, 'KB', [body.length / KB], most(maxHtmlKb))];
  for (const line of LINES) {
    const paints: Paints[] = [];
    for (let turn = 0; turn < VISITS; turn += 1)
      paints.push(await visit(browser, url + path, line));
    const prefix = `paint.${name}.${line.name}`;
    const fcp = paints.map((each) => each.fcp);
    const lcp = paints.map((each) => each.lcp);
    results.push(
      toSingleResult(`${prefix}.fcp`, 'ms', fcp),
      toSingleResult(`${prefix}.lcp`, 'ms', lcp, most(maxLcpMs[line.name])),
    );
  }
  return results;
}

/** Gives weight and paints of each page that there is. */
export async function benchPaint(onProgress: OnProgress): Promise<readonly BenchResult[]> {
  if (!existsSync(join(import.meta.dirname, '../../dashboard/dist/manifest.json')))
    throw new Error('the pages have no style yet: build them with node dashboard/build.ts');
  using folder = openFolder();
  const file = join(folder.path, 'year.db');
  const range = { fromMs: END_MS - YEAR_MS, toMs: END_MS, intervalMs: SLOT_MS };
  onProgress(0, 'making a year');
  fillYears({ file, ...range, ...RATES, vantages: 12, hasMeasurements: false });
  await using served = await serveStore(file);
  const browser = await launchBrowser();
  const results: BenchResult[] = [];
  try {
    for (const [index, page] of PAGES.entries()) {
      onProgress(0.2 + (0.8 * index) / PAGES.length, `/${page.path}`);
      results.push(...(await benchPage(browser, served, page)));
    }
  } finally {
    await browser.close();
  }
  return results;
}
