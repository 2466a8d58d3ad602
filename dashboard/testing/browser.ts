/** Starts the headless Chromium that comes inside an npm package: no root, no download, no call home. */
import { tmpdir } from 'node:os';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as driver } from 'playwright-core';

/** What the package's own list lacks, or sets for servers without memory. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-dev-shm-usage',
  '--disable-domain-reliability',
  '--disable-extensions',
  '--disable-gpu',
  // Grey edges of letters: pictures of text become smaller, and the same on every machine.
  '--disable-lcd-text',
  '--disable-sync',
  '--force-color-profile=srgb',
  '--hide-scrollbars',
  '--metrics-recording-only',
  '--no-first-run',
  // Names other than these never resolve: a page that asks a third party fails its test.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
] as const;

/** Starts a browser; the caller closes it. Pages in it reach loopback only. */
export async function launchBrowser(): Promise<Browser> {
  return await driver.launch({
    executablePath: await chromium.executablePath(),
    args: [...ARGUMENTS],
    // Without a language the machine's `C` becomes `en-US@posix`, a tag that Intl refuses.
    env: { LANGUAGE: 'en_US', LANG: 'en_US.UTF-8', LC_ALL: 'en_US.UTF-8', HOME: tmpdir() },
    headless: true,
  });
}
