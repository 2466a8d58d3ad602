/**
 * Takes the pictures of the README from a filled database, so that they show what the project draws and nothing else:
 * `node server/testing/screenshots.ts [FOLDER]`, the demo's folder unless told. The clock stands inside the demo's
 * story, so that every day gives the same pictures, if the demo was ended when its story was: what it measures after
 * that is of today. Nothing is written but the pictures.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Browser } from 'playwright-core';
import { loadConfig } from '../../config/load.ts';
import { launchBrowser } from '../../dashboard/testing/browser.ts';
import { openStore } from '../../db/open.ts';
import type { Store } from '../../db/store.ts';
import { createApp } from '../app.ts';
import type { ReadStore } from '../contract.ts';
import { listen } from '../http.ts';
import { readSoftwareVersion } from '../software.ts';
import { createFixedClock, createOverride } from './sample-app.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const TARGET_FOLDER = join(ROOT, 'dashboard', 'screenshots');
const DEFAULT_FOLDER = join('data', 'demo');
/** A README with pictures beyond this is slow to open on a phone. */
const MAX_PICTURE_BYTES = 150 * 1024;
/** Shortly after a slot of the story's last day, when the networks of the region differ most. */
const NOW_MS = Date.UTC(2026, 1, 13, 12, 2);

const DESK = { width: 1_280, height: 860 };
/** For pages full of text, whose pictures weigh more. */
const LOW_DESK = { width: 1_280, height: 720 };
/** What changed and what is open; the map below it would break the limit on size. */
const TOP_OF_DESK = { width: 1_280, height: 446 };
const PHONE = { width: 390, height: 844 };
const SPRING_2022 = 'from=2022-02-22T00:00Z&to=2022-04-01T00:00Z&tz=Europe/Moscow&country=RU';

type Picture = {
  readonly name: string;
  readonly path: string;
  readonly viewport: { readonly width: number; readonly height: number };
  readonly colorScheme: 'light' | 'dark';
  /** Must be on the page before it is taken. */
  readonly waitFor: string;
};

/** The store as it was at an instant: what the board asks for, without anything newer. */
function asOf(store: Store, nowMs: number): ReadStore {
  const services = [...new Set(store.latestMeasurements().map(({ service }) => service))];
  const vantages = store.listVantages();
  const latest = vantages.flatMap(({ id }) =>
    services.flatMap(
      (service) =>
        store.listMeasurements({ services: [service], vantageIds: [id], toMs: nowMs, limit: 1 })
          .rows,
    ),
  );
  return createOverride(store, {
    latestMeasurements: () => latest,
    listVantages: () =>
      vantages.map((vantage) => {
        const own = latest.filter(({ vantageId }) => vantageId === vantage.id);
        return { ...vantage, lastMeasuredMs: Math.max(...own.map(({ slotMs }) => slotMs)) };
      }),
  });
}

/** What the README shows. Two pixels per point would break the limit on size. */
function listPictures(measurementId: string): Picture[] {
  const light = { colorScheme: 'light' } as const;
  const lanes = '.tl-ready .tl-mark';
  return [
    { ...light, viewport: DESK, name: 'timeline', path: `/t?${SPRING_2022}`, waitFor: lanes },
    {
      name: 'timeline-phone',
      path: `/t?${SPRING_2022}&service=facebook,instagram`,
      viewport: PHONE,
      colorScheme: 'dark',
      waitFor: lanes,
    },
    { ...light, viewport: TOP_OF_DESK, name: 'board', path: '/', waitFor: '.board' },
    {
      ...light,
      viewport: LOW_DESK,
      name: 'measurement',
      path: `/m/${measurementId}`,
      waitFor: '.verdict-box',
    },
  ];
}

/** Takes one picture, cut at the viewport, and gives its size. */
async function take(browser: Browser, url: string, picture: Picture): Promise<number> {
  const { viewport, colorScheme, waitFor, name } = picture;
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
  try {
    const page = await context.newPage();
    await page.goto(new URL(picture.path, url).href);
    await page.waitForSelector(waitFor);
    const file = join(TARGET_FOLDER, `${name}.png`);
    await page.screenshot({ path: file });
    return statSync(file).size;
  } finally {
    await context.close();
  }
}

async function main([folder = DEFAULT_FOLDER]: readonly string[]): Promise<number> {
  const file = join(folder, 'reachline.db');
  if (!existsSync(file)) {
    process.stderr.write(
      `There is no database ${file}. Run \`npm run demo\` until its story is complete, or name a folder with a reachline.db.\n`,
    );
    return 1;
  }
  using store = openStore({ file, mode: 'read', clock: createFixedClock(0) });
  const [blocked] = store.listMeasurements({
    verdicts: ['blocked'],
    services: ['instagram'],
    toMs: NOW_MS,
    limit: 1,
  }).rows;
  if (blocked === undefined) {
    process.stderr.write(
      `${file} does not hold the whole story of \`npm run demo\`. Run it once.\n`,
    );
    return 1;
  }
  const clock = createFixedClock(NOW_MS);
  const app = createApp({
    store: asOf(store, NOW_MS),
    config: loadConfig({ file: join(ROOT, 'config', 'reachline.yaml') }),
    clock,
    // Pictures for the README are taken of the demo only; real networks are not for advertising.
    info: { version: readSoftwareVersion(), isSimulated: true, startedAtMs: clock.nowMs() },
  });
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  const browser = await launchBrowser();
  mkdirSync(TARGET_FOLDER, { recursive: true });
  let isTooLarge = false;
  try {
    for (const picture of listPictures(blocked.id)) {
      const bytes = await take(browser, server.url, picture);
      if (bytes > MAX_PICTURE_BYTES) isTooLarge = true;
      const path = relative(ROOT, join(TARGET_FOLDER, `${picture.name}.png`));
      process.stdout.write(`${path}  ${Math.round(bytes / 1024)} KiB\n`);
    }
  } finally {
    await browser.close();
    await server.close();
  }
  if (isTooLarge) process.stderr.write(`A picture exceeds ${MAX_PICTURE_BYTES / 1024} KiB.\n`);
  return isTooLarge ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
