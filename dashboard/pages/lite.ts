/** /lite, the site in one page of tables, and the snapshot, the same as one file that needs nothing else. */
import { html, raw } from 'hono/html';
import { LOCALE_NAMES, LOCALES } from '../i18n/locale.ts';
import { describeAsOf, formatBoth } from '../i18n/times.ts';
import type { Fragment, Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import { type LiteData, renderLiteTables } from './lite-tables.ts';
import { renderMessage } from './rich-text.ts';

function renderSimulated({ isSimulated, say }: Frame): Fragment {
  if (!isSimulated) return html``;
  const strong = html`<strong>${say.text('frame.simulated_word')}</strong>`;
  return html`<p>${renderMessage(say, 'frame.simulated', { strong })}</p>`;
}

function renderAsOf({ say, lastMeasuredMs, nowMs, intervalMs }: Frame): Fragment {
  const { text, freshness } = describeAsOf(lastMeasuredMs, nowMs, intervalMs, say);
  return freshness === 'late' || freshness === 'stale'
    ? html`<p><strong>${say.text(`frame.${freshness}`, { as_of: text })}</strong></p>`
    : html`<p>${text}</p>`;
}

/** Renders /lite as a complete document. No browser asks for anything else after it. */
export async function renderLite(data: LiteData, frame: Frame): Promise<string> {
  const { say } = frame;
  const title = say.text('lite.title');
  const full = html`<a href="${linkTo(frame, '/')}">${say.text('lite.full')}</a>`;
  const document = await html`<!doctype html>
<html lang="${say.locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${say.text('lite.description')}">
<title>${title} – Reachline</title>
<link rel="icon" href="data:,">
</head>
<body>
<header>
<p><strong>Reachline</strong> ${LOCALES.map(
    (locale) =>
      html`· <a href="/${locale}/lite" lang="${locale}" hreflang="${locale}">${LOCALE_NAMES[locale]}</a> `,
  )}</p>
</header>
<main>
<h1>${title}</h1>
${renderSimulated(frame)}
<p>${renderMessage(say, 'lite.intro', { full })} <a href="${linkTo(frame, '/snapshot.html')}">${say.text('lite.snapshot')}</a>.</p>
${renderAsOf(frame)}
${renderLiteTables(data, say, (path) => linkTo(frame, path))}
</main>
<footer><p>${say.text('frame.about_verdicts')}</p></footer>
</body>
</html>
`;
  return document.toString();
}

/** The style of the snapshot, in the file itself; servers name its sum in their policy. */
export const SNAPSHOT_STYLE =
  ':root{color-scheme:light dark;background:#fff;color:#14191f}a{color:#0b5394}' +
  '@media (prefers-color-scheme:dark){:root{background:#0f1419;color:#e4e9ee}a{color:#79b8f5}}' +
  'body{max-width:72rem;margin:0 auto;padding:0 1rem;font:15px/1.5 system-ui,sans-serif}' +
  'table{border:0;border-collapse:collapse;margin:.5rem 0}' +
  'th,td{border:1px solid #8a95a3;padding:.2rem .5rem;text-align:left;vertical-align:top}' +
  '@media (max-width:40rem){body{padding:0 .5rem;font-size:14px}th,td{padding:.15rem .25rem}}' +
  '.age{border:3px solid #b47b00;background:#fff6df;color:#5c3d00;padding:.6rem 1rem;font-weight:700}';

/** What a snapshot says of itself. */
export type SnapshotSource = {
  /** Where the live pages are; absent when the server does not know its own address. */
  readonly origin?: string;
  /** Value of `style-src` that lets the style of the file through, and nothing else. */
  readonly styleSource: string;
};

/** Renders the snapshot: one file that asks nobody for anything, loud about its age. */
export async function renderSnapshot(
  data: LiteData,
  frame: Frame,
  { origin, styleSource }: SnapshotSource,
): Promise<string> {
  const { say, nowMs } = frame;
  const time = formatBoth(nowMs, say);
  const title = say.text('snapshot.title', { time });
  const url = origin === undefined ? undefined : `${origin}/${say.locale}/lite`;
  const source = `Reachline ${frame.version}`;
  // A mirror serves the file without our headers, so the policy stands in it too.
  const policy = `default-src 'none'; style-src ${styleSource}; img-src data:; base-uri 'none'; form-action 'none'`;
  const document = await html`<!doctype html>
<html lang="${say.locale}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${raw(SNAPSHOT_STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="age">${say.text('snapshot.old', { time })}</p>
<p>${url === undefined ? say.text('snapshot.no_url') : renderMessage(say, 'snapshot.source', { source, url: html`<a href="${url}">${url}</a>` })}</p>
${renderSimulated(frame)}
${renderAsOf(frame)}
${renderLiteTables(data, say, (path) => (origin === undefined ? undefined : `${origin}/${say.locale}${path}`))}
</main>
<footer><p>${say.text('frame.about_verdicts')}</p></footer>
</body>
</html>
`;
  return document.toString();
}
