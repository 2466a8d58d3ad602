/** The sample with the ledger of the story behind a port, and a browser before it, for tests of how pages look. */
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../dashboard/testing/browser.ts';
import { listen } from '../http.ts';
import { openSampleApp, type SampleAppOptions } from './sample-app.ts';
import { buildStoryLedger, STORY_INPUTS } from './story-ledger.ts';

/** What a test can reach. */
export type StorySite = {
  readonly url: string;
  readonly browser: Browser;
  /** Ends the browser and the server, and removes the store. */
  readonly close: () => Promise<void>;
};

/** Opens store, server and browser. */
export async function openStorySite(options: SampleAppOptions = {}): Promise<StorySite> {
  const sample = openSampleApp(options);
  sample.store.saveLedger(buildStoryLedger(sample), STORY_INPUTS);
  const server = await listen(sample.app, { host: '127.0.0.1', port: 0 });
  const browser = await launchBrowser();
  return {
    url: server.url,
    browser,
    close: async () => {
      await browser.close();
      await server.close();
      sample.close();
    },
  };
}
