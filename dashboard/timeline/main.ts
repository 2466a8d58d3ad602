/**
 * Entry of the browser bundle: turns `<div id="timeline" data-lanes-url data-announcements-url data-from data-to data-tz>`
 * into the interactive timeline. Without it the page is complete as the server made it.
 */
import { isTimeZone } from '../format.ts';
import { startExplorer } from './explorer.ts';
import { readPageData } from './page-data.ts';
import { createSource } from './source.ts';
import { clampView } from './view.ts';

const root = document.getElementById('timeline');
const page = readPageData();
const { lanesUrl, announcementsUrl, from = '', to = '', tz = '' } = root?.dataset ?? {};
const fromMs = Date.parse(from);
const toMs = Date.parse(to);
// A page that does not say what to draw keeps what the server drew.
if (root && page && lanesUrl && announcementsUrl && toMs > fromMs) {
  const home = clampView({ fromMs, toMs, tz: isTimeZone(tz) ? tz : 'UTC' });
  const { controlsUrl } = page;
  const sources = {
    main: createSource(lanesUrl, announcementsUrl, location.href),
    ...(controlsUrl
      ? { controls: createSource(controlsUrl, announcementsUrl, location.href) }
      : {}),
  };
  await startExplorer(root, sources, home, page);
}
