/**
 * The frame of every page: head, banner, navigation, footer. Complete without JavaScript; what scripts and
 * styles there are come from this server, by hashed name, and nothing is inline.
 */
import { html } from 'hono/html';
import { LOCALE_NAMES, LOCALES } from '../i18n/locale.ts';
import type { Say } from '../i18n/say.ts';
import { describeAsOf, formatZone } from '../i18n/times.ts';
import { type LivePart, RELOAD, renderLiveBlock } from './live-block.ts';
import { MAILBOX_PATH } from './mailbox-items.ts';
import { type FormUrls, renderFormHeads, renderFormLinks } from './page-forms.ts';
import { type Fragment, renderMessage } from './rich-text.ts';

export type { Fragment };

/** Addresses of the built files; a part is absent when it has not been built. */
export type Assets = {
  readonly styleUrl?: string;
  readonly timelineStyleUrl?: string;
  readonly boardStyleUrl?: string;
  readonly timelineScriptUrl?: string;
  readonly liveScriptUrl?: string;
  readonly pushScriptUrl?: string;
};

/** What all pages know. */
export type Frame = {
  readonly version: string;
  /** True when the network behind the measurements is a simulation. */
  readonly isSimulated: boolean;
  /** True where the pages of the demo's mailbox exist. */
  readonly hasMailbox?: boolean;
  readonly nowMs: number;
  /** Absent before the first measurement. */
  readonly lastMeasuredMs?: number;
  /** After this long without a measurement the page says that it is old. */
  readonly intervalMs: number;
  /** Language and zone of the page, and its texts. */
  readonly say: Say;
  /** IANA zone in which times are shown; that of `say`. */
  readonly timeZone: string;
  /** Zone of a reader who chose none. */
  readonly defaultZone: string;
  /** `/ru` when the address names the language, else empty: every link of the page begins with it. */
  readonly base: string;
  /** Path and query of this page without language and `tz`, e.g. `/t` and `service=facebook`. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly assets: Assets;
};

/** The parts that differ from page to page. */
export type Page = {
  readonly title: string;
  readonly description: string;
  /** Entry of the navigation that this page belongs to. */
  readonly current?:
    | 'now'
    | 'timeline'
    | 'incidents'
    | 'vantages'
    | 'announcements'
    | 'ledger'
    | 'method';
  readonly main: Fragment;
  /** Loads the script and styles of the timeline. */
  readonly isTimeline?: boolean;
  /** False when such a page shows nothing that its script would draw. */
  readonly hasScript?: boolean;
  /** Loads the styles of the board. */
  readonly isBoard?: boolean;
  /** The same view in other forms. */
  readonly forms?: FormUrls;
  /** Loads the script by which a browser has messages pushed to it. */
  readonly hasPush?: boolean;
  /** Feeds about what the page is about, beside those that every page has. */
  readonly feeds?: readonly { readonly title: string; readonly url: string }[];
  /** Keeps up with what becomes known. */
  readonly live?: LivePart;
  /** False when the page has its own choice of time zone. */
  readonly hasZoneForm?: boolean;
  /** Absolute address of a picture of 1200 × 630 that is shown where a link to the page is shared. */
  readonly cardUrl?: string;
};

const NAVIGATION = [
  { id: 'now', href: '/' },
  { id: 'timeline', href: '/t' },
  { id: 'incidents', href: '/incidents' },
  { id: 'vantages', href: '/v' },
  { id: 'announcements', href: '/announcements' },
  { id: 'ledger', href: '/ledger' },
  { id: 'method', href: '/method' },
] as const;

/** Zones offered by name; any other can be written into the address. */
const OFFERED_ZONES: readonly string[] = [
  'UTC',
  'Europe/Moscow',
  'Europe/Kyiv',
  'Europe/Warsaw',
  'Europe/Berlin',
  'Europe/London',
  'Asia/Yekaterinburg',
  'Asia/Novosibirsk',
  'Asia/Vladivostok',
  'America/New_York',
];

/** Adds language and time zone to a link inside the site, so that both stay chosen from page to page. */
export function linkTo(frame: Frame, path: string): string {
  const address = `${frame.base}${path === '/' && frame.base !== '' ? '' : path}`;
  return frame.timeZone === frame.defaultZone ? address : addZone(address, frame.timeZone);
}

function addZone(address: string, timeZone: string): string {
  return `${address}${address.includes('?') ? '&' : '?'}tz=${encodeURIComponent(timeZone)}`;
}

/** The address of this page in a language; without one it is the reader's own. */
function toOwnAddress(frame: Frame, locale: string): string {
  const query = new URLSearchParams(frame.query.map(([name, value]) => [name, value]));
  const base = locale === '' ? '' : `/${locale}`;
  const path = `${base}${frame.path === '/' && base !== '' ? '' : frame.path}`;
  const address = query.size === 0 ? path : `${path}?${query.toString()}`;
  return frame.timeZone === frame.defaultZone ? address : addZone(address, frame.timeZone);
}

/** Renders the options of a time zone choice; a zone that is not offered but in use is added. */
export function renderZoneOptions({ say, timeZone }: Frame, chosen: string = timeZone): Fragment {
  const zones = OFFERED_ZONES.includes(timeZone) ? OFFERED_ZONES : [...OFFERED_ZONES, timeZone];
  return html`${zones.map(
    (zone) =>
      html`<option value="${zone}"${selected(zone === chosen)}>${formatZone(zone, say)}</option>`,
  )}`;
}

/** Writes the attribute of a chosen option. */
export function selected(isSelected: boolean): Fragment {
  return isSelected ? html` selected` : html``;
}

function renderZoneForm(frame: Frame): Fragment {
  const { say } = frame;
  return html`<form class="zone" method="get" action="${frame.base}${frame.path}">
    ${frame.query.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
    <label for="zone">${say.text('frame.times_in')}</label>
    <select id="zone" name="tz">${renderZoneOptions(frame)}</select>
    <button type="submit">${say.text('frame.show')}</button>
  </form>`;
}

function renderLanguages(frame: Frame): Fragment {
  return html`<ul class="languages" aria-label="${frame.say.text('frame.language')}">${LOCALES.map(
    (locale) =>
      html`<li><a href="${toOwnAddress(frame, locale)}" lang="${locale}" hreflang="${locale}" title="${LOCALE_NAMES[locale]}"${
        locale === frame.say.locale ? html` aria-current="true"` : ''
      }>${locale.toUpperCase()}</a></li>`,
  )}</ul>`;
}

/** Says how old the newest measurement is, in louder words the older it is. */
export function renderAsOf({ say, lastMeasuredMs, nowMs, intervalMs }: Frame): Fragment {
  const { text, freshness } = describeAsOf(lastMeasuredMs, nowMs, intervalMs, say);
  const words =
    freshness === 'late' || freshness === 'stale'
      ? say.text(`frame.${freshness}`, { as_of: text })
      : text;
  return html`<p class="as-of as-of-${freshness}" id="as-of">${words}</p>`;
}

/** What messengers and social networks show of a link (https://ogp.me). */
function renderCard({ say, isSimulated }: Frame, { title, description, cardUrl }: Page): Fragment {
  if (cardUrl === undefined) return html``;
  const shown = isSimulated ? say.text('frame.simulated_title', { title }) : title;
  return html`<meta property="og:type" content="article">
<meta property="og:site_name" content="Reachline">
<meta property="og:locale" content="${say.locale}">
<meta property="og:title" content="${shown}">
<meta property="og:description" content="${description}">
<meta property="og:image" content="${cardUrl}">
<meta property="og:image:type" content="image/png">
<meta property="og:image:width" content="1200">
<meta property="og:image:height" content="630">
<meta property="og:image:alt" content="${description}">
<meta name="twitter:card" content="summary_large_image">`;
}

function renderHead(frame: Frame, page: Page): Fragment {
  const { say } = frame;
  const named = `${page.title} – Reachline`;
  const title = frame.isSimulated ? say.text('frame.simulated_title', { title: named }) : named;
  return html`<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${page.description}">
<title>${title}</title>
${renderCard(frame, page)}
<link rel="icon" href="${ICON}">
${LOCALES.map((locale) => html`<link rel="alternate" hreflang="${locale}" href="${toOwnAddress(frame, locale)}">`)}
<link rel="alternate" hreflang="x-default" href="${toOwnAddress(frame, '')}">
${renderStyles(frame, page)}
${renderFormHeads(page.forms ?? {})}
${listFeeds(frame, page).map(({ title: name, url }) => html`<link rel="alternate" type="application/atom+xml" title="${name}" href="${url}">`)}
${
  page.isTimeline === true &&
  page.hasScript !== false &&
  frame.assets.timelineScriptUrl !== undefined
    ? html`<script type="module" src="${frame.assets.timelineScriptUrl}"></script>`
    : ''
}
${page.hasPush !== true || frame.assets.pushScriptUrl === undefined ? '' : html`<script type="module" src="${frame.assets.pushScriptUrl}"></script>`}
${frame.assets.liveScriptUrl === undefined ? '' : html`<script type="module" src="${frame.assets.liveScriptUrl}"></script>`}
${page.live === undefined ? '' : RELOAD}
</head>`;
}

/** Feeds by which a reader's program finds what it can follow. */
function listFeeds({ say }: Frame, { feeds = [] }: Page): { title: string; url: string }[] {
  const root = `/${say.locale}/feeds`;
  return [
    ...feeds,
    { title: `Reachline: ${say.text('frame.feed_all')}`, url: `${root}/all.atom` },
    {
      title: `Reachline: ${say.text('frame.feed_announcements')}`,
      url: `${root}/announcements.atom`,
    },
  ];
}

function renderStyles(frame: Frame, page: Page): Fragment {
  const { styleUrl, timelineStyleUrl, boardStyleUrl } = frame.assets;
  const urls = [
    styleUrl,
    page.isTimeline === true ? timelineStyleUrl : undefined,
    page.isBoard === true ? boardStyleUrl : undefined,
  ];
  return html`${urls
    .filter((url) => url !== undefined)
    .map((url) => html`<link rel="stylesheet" href="${url}">`)}`;
}

/** A line that stops half-way; a data address, since the policy allows images of that kind. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='3' fill='%230b4f7a'/%3E%3Cpath d='M2 8h6' stroke='%23fff' stroke-width='2.4'/%3E%3Cpath d='M10.4 3.5v9' stroke='%23fff' stroke-width='2.4'/%3E%3C/svg%3E";

function renderHeader(frame: Frame, page: Page): Fragment {
  const { say } = frame;
  return html`<header class="site">
  <a class="mark" href="${linkTo(frame, '/')}"><span class="mark-line" aria-hidden="true"></span>Reachline</a>
  <nav aria-label="${say.text('frame.main_navigation')}">
    <ul>${NAVIGATION.map(
      ({ id, href }) =>
        html`<li><a href="${linkTo(frame, href)}"${id === page.current ? html` aria-current="page"` : ''}>${say.text(`frame.${id}`)}</a></li>`,
    )}</ul>
  </nav>
  ${page.hasZoneForm === false ? '' : renderZoneForm(frame)}
  ${renderLanguages(frame)}
</header>`;
}

function renderFooter(frame: Frame, page: Page): Fragment {
  const { say } = frame;
  return html`<footer class="site">
  ${renderFormLinks(page.forms ?? {}, frame, page.isTimeline === true)}
  <p>Reachline ${frame.version}${frame.isSimulated ? ` · ${say.text('frame.simulated_data')}` : ''}. ${say.text('frame.about_verdicts')}</p>
  <p><a href="${linkTo(frame, '/data')}">${say.text('frame.data')}</a> · <a href="${linkTo(frame, '/data')}#cite">${say.text('frame.cite')}</a> · <a href="${linkTo(frame, '/api')}">${say.text('frame.json_api')}</a> ·
    <a href="${linkTo(frame, '/alerts')}">${say.text('frame.alerts')}</a> · <a href="${linkTo(frame, '/feeds')}">${say.text('frame.feeds')}</a> · <a href="${linkTo(frame, '/map')}">${say.text('frame.map')}</a> · <a href="${linkTo(frame, '/lite')}">${say.text('frame.lite')}</a> ·
    <a href="${linkTo(frame, '/volunteers')}">${say.text('frame.running_a_vantage')}</a> · <a href="${linkTo(frame, '/changes')}">${say.text('frame.changes')}</a> · <a href="${linkTo(frame, '/status')}">${say.text('frame.status')}</a> · <a href="/healthz">${say.text('frame.health')}</a></p>
</footer>`;
}

/** Where the messages of the demo arrive, for whoever looks at it. */
function renderMailboxLink(frame: Frame): Fragment {
  if (frame.hasMailbox !== true) return html``;
  return html` <a href="${linkTo(frame, MAILBOX_PATH)}">${frame.say.text('mailbox.banner')}</a>`;
}

/** Renders a complete document. */
export async function renderPage(frame: Frame, page: Page): Promise<string> {
  const { say } = frame;
  const strong = html`<strong>${say.text('frame.simulated_word')}</strong>`;
  const document = await html`<!doctype html>
<html lang="${say.locale}">
${renderHead(frame, page)}
<body>
<a class="skip" href="#main">${say.text('frame.skip')}</a>
${
  frame.isSimulated
    ? html`<aside class="simulated" aria-label="${say.text('frame.simulated_label')}">${renderMessage(say, 'frame.simulated', { strong })}${renderMailboxLink(frame)}</aside>`
    : ''
}
${renderHeader(frame, page)}
<main id="main" tabindex="-1">
${page.main}
</main>
${renderFooter(frame, page)}
${page.live === undefined ? '' : renderLiveBlock(frame, page.live, linkTo(frame, '/m/{id}'))}
</body>
</html>
`;
  return document.toString();
}
