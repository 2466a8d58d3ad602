/** The sample with the ledger of the story behind a port, and a browser before it, for tests of how pages look. */
import { type BrowserSite, openBrowserSite } from './browser-site.ts';
import { openSampleApp, type SampleAppOptions } from './sample-app.ts';
import { buildStoryLedger, STORY_INPUTS } from './story-ledger.ts';

/** Opens store, server and browser. */
export async function openStorySite(options: SampleAppOptions = {}): Promise<BrowserSite> {
  const sample = openSampleApp(options);
  sample.store.saveLedger(buildStoryLedger(sample), STORY_INPUTS);
  return await openBrowserSite(sample);
}
