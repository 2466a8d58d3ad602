/**
 * A page with a timeline and made-up data, for browser tests: Russia in March 2022 on six networks, each with its own
 * lag, with holes, doubtful stretches and isolated failures. Served on loopback under the policy of the real pages.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LaneState } from '../../probes/types.ts';
import { encodeMonth } from '../encode-month.ts';
import { pickMessages } from '../i18n/catalogue.ts';
import { isLocale, type Locale } from '../i18n/locale.ts';
import type { LagLine } from '../lag-lines.ts';
import { listMonths, PARCEL_TYPE, packParcel } from '../lane-parcel.ts';
import { type MonthRange, type MonthRuns, RUN_STATES } from '../lane-runs.ts';
import { DEFAULT_DISPLAY, readDisplay, type TimelineChoice } from '../timeline-choice.ts';
import { PAGE_DATA_ID, type TimelinePageData } from '../timeline-data.ts';

/** Range of the made-up page. */
export const SITE_FROM = '2022-02-20T00:00Z';
export const SITE_TO = '2022-03-31T00:00Z';
/** When Instagram's order takes effect: 14 March 00:00 in Moscow. */
export const ORDER_MS = Date.parse('2022-03-13T21:00Z');

type Part = readonly [state: LaneState, until: string];
type FixtureSpan = { from: string; until: string; state: LaneState; count: number };

const SLOT_MS = 300_000;

const NETWORKS = [
  {
    id: 'ru-rostelecom',
    countryCode: 'RU',
    asn: 12389,
    networkName: 'Rostelecom',
    access: 'fixed',
  },
  { id: 'ru-mts', countryCode: 'RU', asn: 8359, networkName: 'MTS', access: 'mobile' },
  { id: 'ru-megafon', countryCode: 'RU', asn: 31133, networkName: 'MegaFon', access: 'mobile' },
  { id: 'ua-kyivstar', countryCode: 'UA', asn: 15895, networkName: 'Kyivstar', access: 'mobile' },
] as const;

/** States by service and network; a lane ends with its last part, the rest is a hole. */
const STORY: Readonly<Record<string, readonly (readonly Part[])[]>> = {
  instagram: [
    [
      ['ok', '2022-03-13T21:05Z'],
      ['likely_blocked', '2022-03-13T22:00Z'],
      ['blocked', SITE_TO],
    ],
    [
      ['ok', '2022-03-13T23:30Z'],
      ['blocked', '2022-03-20T04:00Z'],
      ['insufficient', '2022-03-22T00:00Z'],
      ['blocked', SITE_TO],
    ],
    [
      ['ok', '2022-03-02T00:00Z'],
      ['no_data', '2022-03-06T00:00Z'],
      ['ok', '2022-03-15T08:00Z'],
      ['impaired', '2022-03-18T00:00Z'],
      ['blocked', SITE_TO],
    ],
    [
      ['ok', '2022-03-08T00:00Z'],
      ['down', '2022-03-09T12:00Z'],
      ['ok', SITE_TO],
    ],
  ],
  facebook: [
    [
      ['ok', '2022-02-25T12:00Z'],
      ['impaired', '2022-03-04T18:00Z'],
      ['blocked', SITE_TO],
    ],
    [
      ['ok', '2022-02-26T02:00Z'],
      ['impaired', '2022-03-04T20:00Z'],
      ['likely_blocked', '2022-03-05T12:00Z'],
      ['blocked', SITE_TO],
    ],
    [
      ['ok', '2022-03-02T00:00Z'],
      ['no_data', '2022-03-06T00:00Z'],
      ['blocked', '2022-03-28T00:00Z'],
    ],
    [['ok', SITE_TO]],
  ],
};

function toSpans(parts: readonly Part[]): FixtureSpan[] {
  let from = SITE_FROM;
  return parts.map(([state, until]) => {
    const count = (Date.parse(until) - Date.parse(from)) / SLOT_MS;
    const span = { from, until, state, count: state === 'no_data' ? 0 : count };
    from = until;
    return span;
  });
}

const MECHANISM = 31;

/** The runs of a month; `blocked` ones have a mechanism, and only those of the story have data. */
function toMonth(spans: readonly FixtureSpan[], range: MonthRange): MonthRuns {
  const inside = spans.filter(
    ({ from, until, state }) =>
      Date.parse(from) < range.untilMs && Date.parse(until) > range.fromMs && state !== 'no_data',
  );
  const [first] = inside;
  const last = inside.at(-1);
  return {
    runs: inside.map(({ from, until, state }) => {
      const fromMs = Math.max(Date.parse(from), range.fromMs);
      const untilMs = Math.min(Date.parse(until), range.untilMs);
      return {
        fromMs,
        untilMs,
        state: RUN_STATES.indexOf(state),
        mechanism: state === 'blocked' ? MECHANISM : 0,
        confidence: 3,
        count: (untilMs - fromMs) / SLOT_MS,
        firstSeq: 0,
      };
    }),
    startsBefore: first !== undefined && Date.parse(first.from) < range.fromMs,
    goesOn: last !== undefined && Date.parse(last.until) > range.untilMs,
  };
}

function answerLanes(url: URL): Uint8Array {
  const from = url.searchParams.get('from') ?? SITE_FROM;
  const to = url.searchParams.get('to') ?? SITE_TO;
  const starts = listMonths(Date.parse(from), Date.parse(to));
  const months = starts
    .slice(0, -1)
    .map((fromMs, index) => ({ fromMs, untilMs: starts[index + 1] ?? fromMs }));
  const lanes = Object.entries(STORY).flatMap(([service, perNetwork]) =>
    perNetwork.map((parts, index) => ({
      identity: {
        service,
        function: 'service',
        vantage: { ...NETWORKS[index], role: 'vantage' },
      },
      spans: toSpans(parts),
    })),
  );
  const head = {
    from: new Date(Math.min(Date.parse(from), starts[0] ?? 0)).toISOString(),
    to,
    isSimulated: true,
    resolution: 'slot',
    months: months.map(({ fromMs }) => new Date(fromMs).toISOString().slice(0, 7)),
    mechanisms: { [MECHANISM]: 'tls.reset.sni' },
    lanes: lanes.map(({ identity }) => identity),
  };
  return packParcel(
    head,
    lanes.flatMap(({ spans }) => months.map((month) => encodeMonth(toMonth(spans, month), month))),
  );
}

const day = (value: string) => ({
  value,
  precision: 'day',
  earliest: `${value}T00:00:00+03:00`,
  latest: `${value}T23:59:59+03:00`,
  tz: 'Europe/Moscow',
  basis: 'stated',
});

/** One announcement in its interchange form, as far as the timeline reads it. */
function announce(
  id: string,
  title: string,
  kind: string,
  services: string[],
  times: object,
  more: object = {},
): object {
  return {
    revision: 1,
    announcement: {
      id,
      title,
      action_kind: kind,
      actor: { name: 'Roskomnadzor', kind: 'regulator' },
      services_in_scope: services,
      regions: { kind: 'nationwide', codes: ['RU'] },
      effective_at: null,
      lifted_at: null,
      ...times,
      ...more,
    },
  };
}

const ANNOUNCEMENTS = [
  announce('demand', 'Facebook asked to lift limits on four outlets', 'request', ['facebook'], {
    announced_at: day('2022-02-24'),
  }),
  announce('partial', 'Facebook partly restricted', 'restriction', ['facebook'], {
    announced_at: day('2022-02-25'),
    effective_at: day('2022-02-25'),
  }),
  announce('facebook-block', 'Facebook to be blocked', 'block_order', ['facebook'], {
    announced_at: day('2022-03-04'),
  }),
  announce(
    'instagram-block',
    'Instagram to be blocked from 14 March',
    'block_order',
    ['instagram'],
    {
      announced_at: day('2022-03-11'),
      effective_at: {
        value: '2022-03-14T00:00:00+03:00',
        precision: 'minute',
        earliest: null,
        latest: null,
        tz: 'Europe/Moscow',
        basis: 'stated',
      },
    },
  ),
  ...[
    'Criminal case opened',
    'Prosecutor asks for a listing',
    'WhatsApp stays <b>outside</b>',
    'Embassy demands an answer',
    'Prosecutor asks for a ban',
  ].map((title, index) =>
    announce(
      `talk-${index}`,
      title,
      'statement',
      ['meta_company'],
      { announced_at: day('2022-03-11') },
      { actor: { name: 'Somebody', kind: 'platform' } },
    ),
  ),
  announce(
    'denial',
    'The company denies it',
    'statement',
    ['meta_company'],
    { announced_at: day('2022-03-25') },
    {
      actor: { name: 'Company', kind: 'platform' },
      links: [{ rel: 'contradicts', id: 'ruling' }],
    },
  ),
  announce(
    'ruling',
    'Court bans the company as extremist',
    'ruling',
    ['facebook', 'instagram', 'meta_company'],
    { announced_at: day('2022-03-21'), effective_at: day('2022-03-21') },
    { actor: { name: 'Tverskoy court', kind: 'court' } },
  ),
];

const HOUR_MS = 3_600_000;

/** What the ledger would say of the order against Instagram. */
const LAG: LagLine = {
  announcementId: 'instagram-block',
  title: 'Instagram to be blocked from 14 March',
  language: 'en',
  service: 'instagram',
  countryCode: 'RU',
  functions: [],
  reference: 'effective',
  from: { earliestMs: ORDER_MS, latestMs: ORDER_MS },
  networks: 3,
  median: { leastMs: 2 * HOUR_MS, mostMs: 2.5 * HOUR_MS },
  range: { leastMs: 0, mostMs: 35 * HOUR_MS },
  points: [1, 2.5, 35].map((hours) => ({
    networkName: `after ${hours} h`,
    afterMs: ORDER_MS + (hours - 1) * HOUR_MS,
    byMs: ORDER_MS + hours * HOUR_MS,
  })),
};

/** What the page of a request shows, as the server of the real pages would read it. */
function readChoice({ searchParams }: URL): TimelineChoice {
  const tz = searchParams.get('tz') ?? 'Europe/Moscow';
  return {
    ...DEFAULT_DISPLAY,
    ...readDisplay(searchParams),
    services: (searchParams.get('service') ?? 'instagram,facebook').split(','),
    countries: [],
    asns: [],
    functions: [],
    fromMs: Date.parse(searchParams.get('from') ?? SITE_FROM),
    toMs: Date.parse(searchParams.get('to') ?? SITE_TO),
    tz,
  };
}

function makePageData(url: URL, locale: Locale): TimelinePageData {
  const [fromMs, toMs] = [Date.parse('2022-01-01'), Date.parse('2022-05-01')];
  return {
    locale,
    messages: pickMessages(locale, ['timeline', 'time', 'words']),
    choice: readChoice(url),
    services: [
      { id: 'instagram', name: 'Instagram' },
      { id: 'facebook', name: 'Facebook' },
    ],
    intervalMs: SLOT_MS,
    lags: [LAG],
    overview: { fromMs, toMs, dominant: '6600220066', severest: '6600220066' },
  };
}

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** What a request gets: type and body. */
type Reply = readonly [type: string, body: string | Uint8Array];

/** Serves the page at `/t`, its data, and the given files under `/assets/`. Closed by its `close`. */
export async function serveTimelineSite(
  assets: ReadonlyMap<string, Uint8Array>,
): Promise<{ url: string; close: () => Promise<void> }> {
  const names = [...assets.keys()];
  const styles = names
    .filter((name) => name.endsWith('.css'))
    .map((name) => `<link rel="stylesheet" href="/assets/${name}">`);
  const script = names.find((name) => name.endsWith('.js')) ?? '';
  const makePage = (url: URL, locale: Locale): string => {
    const data = makePageData(url, locale);
    const { fromMs, toMs, tz = '' } = data.choice;
    const link = (part: string) => `<a href="/t" data-part="${part}">${part}</a>`;
    return `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><title>Timeline</title>
    <meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
    ${styles.join('')}<link rel="stylesheet" href="/assets/page.css">
    <script type="module" src="/assets/${script}"></script></head>
    <body><main><h1>Timeline</h1><nav class="displays" aria-label="Display">${['by=country', 'agg=share', 'view=heat', 'toggle=lag', ''].map(link).join(' ')}</nav>
    <script type="application/json" id="${PAGE_DATA_ID}">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
    <div id="timeline" data-lanes-url="/api/v1/lanes?service=instagram,facebook"
    data-announcements-url="/api/v1/announcements" data-from="${new Date(fromMs).toISOString()}" data-to="${new Date(toMs).toISOString()}" data-tz="${tz}">
    <p>Without JavaScript.</p></div><div id="runs"></div></main></body></html>`;
  };
  const pageCss =
    ':root{color-scheme:light dark}body{margin:0 auto;max-width:80rem;padding:1rem;font-family:system-ui,sans-serif}@media(prefers-color-scheme:dark){body{background:#0f1419;color:#e6edf3}}';
  const answer = (url: URL): Reply | undefined => {
    const [, code = 'en'] = /^\/(?:([a-z]{2})\/)?t$/.exec(url.pathname) ?? [];
    if (/^\/(?:[a-z]{2}\/)?t$/.test(url.pathname) && isLocale(code))
      return ['text/html', makePage(url, code)];
    if (url.pathname === '/api/v1/lanes.rl') return [PARCEL_TYPE, answerLanes(url)];
    if (url.pathname === '/api/v1/announcements')
      return ['application/json', JSON.stringify({ announcements: ANNOUNCEMENTS })];
    if (url.pathname === '/assets/page.css') return ['text/css', pageCss];
    if (/^\/(?:[a-z]{2}\/)?[ma]\//.test(url.pathname))
      return ['text/html', '<!doctype html><title>Evidence</title>'];
    const file = assets.get(url.pathname.slice('/assets/'.length));
    return file && [url.pathname.endsWith('.css') ? 'text/css' : 'text/javascript', file];
  };
  const server = createServer((request, response) => {
    const reply = answer(new URL(request.url ?? '/', 'http://localhost'));
    response.setHeader('content-security-policy', POLICY);
    response.setHeader('content-type', reply ? `${reply[0]}; charset=utf-8` : 'text/plain');
    response.statusCode = reply ? 200 : 404;
    response.end(reply?.[1] ?? 'not here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
