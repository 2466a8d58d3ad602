/** The timeline in a real browser: how long it takes to draw again, until what is drawn is in the pixels. */
import type { Browser, CDPSession, Page } from 'playwright-core';
import { pickMessages } from '../../dashboard/i18n/catalogue.ts';
import type { Assets } from '../../dashboard/pages/frame.ts';
import { DEFAULT_DISPLAY } from '../../dashboard/timeline-choice.ts';
import { PAGE_DATA_ID, type TimelinePageData } from '../../dashboard/timeline-data.ts';
import { END_MS, lanesPath } from './timeline-world.ts';

/** Width of the plot in CSS pixels. */
const PLOT_PX = 1_200;
/** Wide enough that labels and plot stand beside each other; what the plot lacks is added. */
const VIEWPORT = { width: 1_480, height: 1_000 };
const TURNS = 9;
const MAX_READY_MS = 60_000;

/** What the script is given of a page that chose nothing. */
function makePageData(lengthMs: number): TimelinePageData {
  return {
    locale: 'en',
    messages: pickMessages('en', ['timeline', 'time', 'words']),
    choice: {
      ...DEFAULT_DISPLAY,
      services: [],
      countries: [],
      asns: [],
      functions: [],
      fromMs: END_MS - lengthMs,
      toMs: END_MS,
    },
    services: [],
    intervalMs: 300_000,
    lags: [],
  };
}

/** A page that holds the timeline and nothing else. */
export function makeTimelinePage(
  { timelineScriptUrl, timelineStyleUrl }: Assets,
  lengthMs: number,
): string {
  const iso = (atMs: number) => new Date(atMs).toISOString();
  const lanesUrl = `/${lanesPath(lengthMs)}`.replace('.rl', '').replaceAll('&', '&amp;');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Timeline</title>
    <link rel="stylesheet" href="${timelineStyleUrl}"><script type="module" src="${timelineScriptUrl}"></script></head>
    <body><script type="application/json" id="${PAGE_DATA_ID}">${JSON.stringify(makePageData(lengthMs)).replaceAll('<', '\\u003c')}</script>
      <div id="timeline" data-lanes-url="${lanesUrl}" data-announcements-url="/api/v1/announcements"
      data-from="${iso(END_MS - lengthMs)}" data-to="${iso(END_MS)}" data-tz="UTC"></div></body></html>`;
}

/** Milliseconds. */
export type Redraws = {
  /** From the last byte of the data to the first picture: reading, layout, drawing. */
  readonly firstMs: number;
  /** Of each turn: the whole range, and a part of it. */
  readonly wholeMs: readonly number[];
  readonly zoomedMs: readonly number[];
  /** What the page's thread was busy for one drawing of either, whatever else the machine did. */
  readonly workMs: number;
};

type Turn = { readonly wholeMs: number; readonly zoomedMs: number };

/** Opens the page and lets it zoom in and out again. `slowdown` divides the speed of the processor. */
export async function measureRedraws(
  browser: Browser,
  url: string,
  slowdown = 1,
): Promise<Redraws> {
  const page = await browser.newPage({ viewport: VIEWPORT });
  try {
    page.setDefaultTimeout(MAX_READY_MS);
    const session = await page.context().newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
    await page.addInitScript({ content: NOTE_FIRST });
    await page.goto(url);
    await page.waitForSelector('.tl-ready .u-over');
    const firstMs = await page.evaluate<number>(READ_FIRST);
    await widen(page);
    const turns: Turn[] = [];
    for (let turn = 0; turn < TURNS; turn += 1)
      turns.push(await page.evaluate<Turn>(ZOOM_IN_AND_OUT));
    return {
      firstMs,
      wholeMs: turns.map((turn) => turn.wholeMs),
      zoomedMs: turns.map((turn) => turn.zoomedMs),
      workMs: await measureWork(page, session),
    };
  } finally {
    await page.close();
  }
}

/** Processor time of the page's thread for one drawing, over many. */
async function measureWork(page: Page, session: CDPSession): Promise<number> {
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const read = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1_000;
  };
  const beganMs = await read();
  const drawings = await page.evaluate<number>(DRAW_OFTEN);
  return ((await read()) - beganMs) / drawings;
}

async function widen(page: Page): Promise<void> {
  const width = await page.evaluate<number>(READ_WIDTH);
  await page.setViewportSize({ ...VIEWPORT, width: VIEWPORT.width + PLOT_PX - width });
  await page.waitForFunction(`${READ_WIDTH} === ${PLOT_PX}`);
}

/** Runs in the page before anything else: notes when the timeline is first there. */
const NOTE_FIRST = `
  const observer = new MutationObserver(() => {
    if (!document.querySelector('.tl-ready .u-over')) return;
    observer.disconnect();
    // A picture is there when the frame after it begins.
    requestAnimationFrame(() => setTimeout(() => performance.mark('first')));
  });
  observer.observe(document, { childList: true, subtree: true });`;

/** Runs in the page: from the last byte of the data to the first picture. */
const READ_FIRST = `(async () => {
  while (performance.getEntriesByName('first').length === 0)
    await new Promise((resolve) => setTimeout(resolve, 10));
  const lanes = performance.getEntriesByType('resource').find(({ name }) => name.includes('/lanes.rl'));
  return performance.getEntriesByName('first')[0].startTime - lanes.responseEnd;
})()`;

/** Runs in the page: zooms in four times, back to the whole, and times each until its pixels can be read. */
const ZOOM_IN_AND_OUT = `(async () => {
  const canvas = document.querySelector('.u-wrap canvas');
  const context = canvas.getContext('2d');
  const pixels = () => context.getImageData(0, canvas.height / 2, canvas.width, 40).data.join();
  const press = async (action) => {
    const before = pixels();
    const beganMs = performance.now();
    document.querySelector('[data-action=' + action + ']').click();
    // uPlot draws in a microtask, what lies over the canvas follows in another.
    for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
    // Reading a pixel waits until everything is painted.
    context.getImageData(0, 0, 1, 1);
    const elapsedMs = performance.now() - beganMs;
    if (pixels() === before) throw new Error(action + ' drew nothing');
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    return elapsedMs;
  };
  const zooms = [];
  for (let step = 0; step < 4; step += 1) zooms.push(await press('zoomIn'));
  return { zoomedMs: zooms.toSorted((a, b) => a - b)[2], wholeMs: await press('reset') };
})()`;

/** Runs in the page: zooms in and back, and gives how many drawings that was. */
const DRAW_OFTEN = `(async () => {
  const context = document.querySelector('.u-wrap canvas').getContext('2d');
  for (let turn = 0; turn < 10; turn += 1)
    for (const action of ['zoomIn', 'reset']) {
      document.querySelector('[data-action=' + action + ']').click();
      for (let step = 0; step < 4; step += 1) await Promise.resolve();
      context.getImageData(0, 0, 1, 1);
      await new Promise((resolve) => setTimeout(resolve));
    }
  return 20;
})()`;

const READ_WIDTH = "document.querySelector('.u-over').clientWidth";
