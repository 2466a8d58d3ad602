/**
 * The frame of every page: head, banner, navigation, footer. Complete without JavaScript; what scripts and
 * styles there are come from this server, by hashed name, and nothing is inline.
 */
import { html } from 'hono/html';
import { describeAsOf, formatZone } from '../format.ts';

/** A piece of HTML whose every value has been escaped. */
export type Fragment = ReturnType<typeof html>;

/** Addresses of the built files; a part is absent when it has not been built. */
export type Assets = {
  readonly styleUrl?: string;
  readonly timelineStyleUrl?: string;
  readonly timelineScriptUrl?: string;
};

/** What all pages know. */
export type Frame = {
  readonly version: string;
  /** True when the network behind the measurements is a simulation. */
  readonly isSimulated: boolean;
  readonly nowMs: number;
  /** Absent before the first measurement. */
  readonly lastMeasuredMs?: number;
  /** After this long without a measurement the page says that it is old. */
  readonly intervalMs: number;
  /** IANA zone in which times are shown. */
  readonly timeZone: string;
  /** Path and query of this page without `tz`, e.g. `/t` and `service=facebook`. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly assets: Assets;
};

/** The parts that differ from page to page. */
export type Page = {
  readonly title: string;
  readonly description: string;
  /** Entry of the navigation that this page belongs to. */
  readonly current?: 'now' | 'timeline' | 'vantages' | 'announcements' | 'ledger' | 'method';
  readonly main: Fragment;
  /** Loads the script and styles of the timeline. */
  readonly isTimeline?: boolean;
  /** Address of the same content as JSON. */
  readonly jsonUrl?: string;
  /** False when the page has its own choice of time zone. */
  readonly hasZoneForm?: boolean;
};

const NAVIGATION = [
  { id: 'now', href: '/', text: 'Now' },
  { id: 'timeline', href: '/t', text: 'Timeline' },
  { id: 'vantages', href: '/v', text: 'Vantages' },
  { id: 'announcements', href: '/announcements', text: 'Announcements' },
  { id: 'ledger', href: '/ledger', text: 'Ledger' },
  { id: 'method', href: '/method', text: 'Method' },
] as const;

/** Zones offered by name; any other can be written into the address. */
export const OFFERED_ZONES: readonly (readonly [zone: string, name: string])[] = [
  ['UTC', 'UTC'],
  ['Europe/Moscow', 'Moscow'],
  ['Europe/Kyiv', 'Kyiv'],
  ['Europe/Warsaw', 'Warsaw'],
  ['Europe/Berlin', 'Berlin'],
  ['Europe/London', 'London'],
  ['Asia/Yekaterinburg', 'Yekaterinburg'],
  ['Asia/Novosibirsk', 'Novosibirsk'],
  ['Asia/Vladivostok', 'Vladivostok'],
  ['America/New_York', 'New York'],
];

/** Adds the time zone to a link inside the site, so that it stays chosen from page to page. */
export function linkTo(frame: Frame, path: string): string {
  if (frame.timeZone === 'UTC') return path;
  return `${path}${path.includes('?') ? '&' : '?'}tz=${encodeURIComponent(frame.timeZone)}`;
}

/** Renders the options of a time zone choice; a zone that is not offered but in use is added. */
export function renderZoneOptions(timeZone: string): Fragment {
  const isOffered = OFFERED_ZONES.some(([zone]) => zone === timeZone);
  const zones = isOffered
    ? OFFERED_ZONES
    : [...OFFERED_ZONES, [timeZone, formatZone(timeZone)] as const];
  return html`${zones.map(
    ([zone, name]) => html`<option value="${zone}"${selected(zone === timeZone)}>${name}</option>`,
  )}`;
}

/** Writes the attribute of a chosen option. */
export function selected(isSelected: boolean): Fragment {
  return isSelected ? html` selected` : html``;
}

function renderZoneForm(frame: Frame): Fragment {
  return html`<form class="zone" method="get" action="${frame.path}">
    ${frame.query.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
    <label for="zone">Times in</label>
    <select id="zone" name="tz">${renderZoneOptions(frame.timeZone)}</select>
    <button type="submit">Show</button>
  </form>`;
}

/** Says how old the newest measurement is, in louder words the older it is. */
export function renderAsOf(frame: Frame): Fragment {
  const { text, freshness } = describeAsOf(
    frame.lastMeasuredMs,
    frame.nowMs,
    frame.intervalMs,
    frame.timeZone,
  );
  const warning = { fresh: '', late: 'Late: ', stale: 'Stale: ', none: '' }[freshness];
  return html`<p class="as-of as-of-${freshness}">${warning}${text}</p>`;
}

function renderHead(frame: Frame, page: Page): Fragment {
  const title = `${frame.isSimulated ? '[simulated] ' : ''}${page.title} – Reachline`;
  return html`<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${page.description}">
<title>${title}</title>
<link rel="icon" href="${ICON}">
${renderStyles(frame, page)}
${page.jsonUrl === undefined ? '' : html`<link rel="alternate" type="application/json" href="${page.jsonUrl}">`}
${
  page.isTimeline === true && frame.assets.timelineScriptUrl !== undefined
    ? html`<script type="module" src="${frame.assets.timelineScriptUrl}"></script>`
    : ''
}
</head>`;
}

function renderStyles(frame: Frame, page: Page): Fragment {
  const { styleUrl, timelineStyleUrl } = frame.assets;
  const urls = [styleUrl, page.isTimeline === true ? timelineStyleUrl : undefined];
  return html`${urls
    .filter((url) => url !== undefined)
    .map((url) => html`<link rel="stylesheet" href="${url}">`)}`;
}

/** A line that stops half-way; a data address, since the policy allows images of that kind. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='3' fill='%230b4f7a'/%3E%3Cpath d='M2 8h6' stroke='%23fff' stroke-width='2.4'/%3E%3Cpath d='M10.4 3.5v9' stroke='%23fff' stroke-width='2.4'/%3E%3C/svg%3E";

function renderHeader(frame: Frame, page: Page): Fragment {
  return html`<header class="site">
  <a class="mark" href="${linkTo(frame, '/')}"><span class="mark-line" aria-hidden="true"></span>Reachline</a>
  <nav aria-label="Main">
    <ul>${NAVIGATION.map(
      ({ id, href, text }) =>
        html`<li><a href="${linkTo(frame, href)}"${id === page.current ? html` aria-current="page"` : ''}>${text}</a></li>`,
    )}</ul>
  </nav>
  ${page.hasZoneForm === false ? '' : renderZoneForm(frame)}
</header>`;
}

/** Renders a complete document. */
export async function renderPage(frame: Frame, page: Page): Promise<string> {
  const document = await html`<!doctype html>
<html lang="en">
${renderHead(frame, page)}
<body>
<a class="skip" href="#main">Skip to the content</a>
${
  frame.isSimulated
    ? html`<aside class="simulated" aria-label="Simulated data"><strong>Simulated.</strong> Measured
      in a laboratory on one machine; says nothing about real networks.</aside>`
    : ''
}
${renderHeader(frame, page)}
<main id="main" tabindex="-1">
${page.main}
</main>
<footer class="site">
  <p>Reachline ${frame.version}${frame.isSimulated ? ' · simulated data' : ''}. A verdict says what was measured from one network at one time; it
    does not prove who intended it. Our own measurements and announcement records: CC BY 4.0; those of others keep their licence, which stands beside them.</p>
  <p>${page.jsonUrl === undefined ? '' : html`<a href="${page.jsonUrl}">This page as JSON</a> · `}<a href="/api/v1">JSON API</a> ·
    <a href="${linkTo(frame, '/volunteers')}">running a vantage</a> · <a href="/healthz">health</a></p>
</footer>
</body>
</html>
`;
  return document.toString();
}
