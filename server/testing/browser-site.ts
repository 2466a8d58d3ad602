/** An application behind a port and a browser before it, for tests of how pages look and behave. */
import assert from 'node:assert/strict';
import type { Hono } from 'hono';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from '../../dashboard/testing/browser.ts';
import { keepPicture } from '../../dashboard/testing/keep-picture.ts';
import { type Listening, listen } from '../http.ts';

/** How pages are visited. */
export type VisitOptions = BrowserContextOptions & {
  /** `networkidle` also waits for what scripts fetch; never reached by a page that keeps a connection open. */
  readonly waitUntil?: 'load' | 'networkidle';
  /** Runs in each page before its own scripts. */
  readonly script?: string;
};

/** What a test can reach. */
export type BrowserSite = {
  readonly url: string;
  readonly browser: Browser;
  readonly server: Listening;
  /**
   * Opens pages one after another in a browser of their own. Errors that one reports, dialogs, and anything asked of
   * others fail the test.
   */
  readonly visit: (
    paths: string | readonly string[],
    options: VisitOptions,
    look: (page: Page, path: string) => Promise<void>,
  ) => Promise<void>;
  /** Ends browser and server, and closes the application. */
  readonly close: () => Promise<void>;
};

/** Notes what a page must not do, in the list that it returns; a page that is missing may say so. */
function listenToPage(page: Page, url: string): string[] {
  const complaints: string[] = [];
  let asked: string | undefined;
  page.on('request', (request) => {
    if (request.isNavigationRequest()) asked = request.url();
    if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
      complaints.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error' && message.location().url !== asked)
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => complaints.push(`dialog ${dialog.message()}`));
  return complaints;
}

/** Names a picture by what it is of. */
function namePicture(path: string, options: BrowserContextOptions): string {
  const { colorScheme = 'light', viewport, javaScriptEnabled = true } = options;
  return `${path.replaceAll(/\W+/g, '-')}-${colorScheme}-${viewport?.width ?? 0}${javaScriptEnabled ? '' : '-plain'}`;
}

/** Opens server and browser for an application, which it closes in the end. */
export async function openBrowserSite(sample: {
  readonly app: Hono;
  readonly close: () => void | Promise<void>;
}): Promise<BrowserSite> {
  const server = await listen(sample.app, { host: '127.0.0.1', port: 0 });
  const browser = await launchBrowser();
  return {
    url: server.url,
    browser,
    server,
    visit: async (paths, { waitUntil = 'load', script, ...options }, look) => {
      const context = await browser.newContext(options);
      try {
        if (script !== undefined) await context.addInitScript(script);
        const page = await context.newPage();
        const complaints = listenToPage(page, server.url);
        for (const path of typeof paths === 'string' ? [paths] : paths) {
          await page.goto(new URL(path, server.url).href, { waitUntil });
          await keepPicture(page, namePicture(path, options));
          await look(page, path);
          assert.deepEqual(complaints, [], path);
        }
      } finally {
        await context.close();
      }
    },
    close: async () => {
      await browser.close();
      await server.close();
      await sample.close();
    },
  };
}
