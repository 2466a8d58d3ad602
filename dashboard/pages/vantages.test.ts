/** The pages on vantages: what counts as silent, what is due, and that nothing from outside becomes markup. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { MeasurementSummary } from '../../db/measurement-list.ts';
import type { StoredVantage } from '../../db/vantages.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../format.ts';
import { speak } from '../i18n/catalogue.ts';
import { describeDays, toLevel } from './coverage-picture.ts';
import { type Frame, renderPage } from './frame.ts';
import { createVantagePage } from './vantage.ts';
import {
  formatShare,
  toShare,
  toVantageView,
  type VantageStatus,
  type VantageView,
} from './vantage-state.ts';
import { createVantagesPage } from './vantages.ts';

const NOW_MS = Date.UTC(2022, 2, 4, 12);
const INTERVAL_MS = 5 * MINUTE_MS;
const HOSTILE = `"><script>alert('x')</script><img src=x onerror=alert(1)>`;

const VANTAGE: StoredVantage = {
  id: 'volga-agent',
  kind: 'agent',
  countryCode: 'RU',
  asn: 64_512,
  networkName: 'Volga',
  access: 'mobile',
  role: 'vantage',
  note: '',
};

function createLatest(slotMs: number): MeasurementSummary {
  return {
    id: 'facebook.volga-agent.20220304T115500Z',
    service: 'facebook',
    vantageId: VANTAGE.id,
    slotMs,
    seq: 0,
    intervalMs: INTERVAL_MS,
    startedAtMs: slotMs,
    elapsedMs: 900,
    marks: [],
    verdict: 'blocked',
    confidence: 'high',
    ruleId: 'tls.reset.control',
    functions: {},
  };
}

type Given = {
  readonly vantage?: Partial<StoredVantage>;
  readonly ageMs?: number;
  readonly isEnabled?: boolean;
  readonly days?: VantageView['coverage']['days'];
  readonly firstMs?: number;
};

function createView({
  vantage = {},
  ageMs,
  isEnabled = true,
  days = [],
  firstMs = NOW_MS - 10 * DAY_MS,
}: Given): VantageView {
  const slotMs = ageMs === undefined ? undefined : NOW_MS - ageMs;
  return toVantageView(
    {
      vantage: {
        ...VANTAGE,
        ...vantage,
        ...(slotMs === undefined ? {} : { lastMeasuredMs: slotMs }),
      },
      latest: slotMs === undefined ? [] : [createLatest(slotMs)],
      coverage: {
        vantageId: VANTAGE.id,
        firstSlots: [{ service: 'facebook', slotMs: firstMs }],
        days,
        runs: 200,
        okRuns: 100,
        cutOffRuns: 10,
      },
      isEnabled,
    },
    INTERVAL_MS,
    NOW_MS,
  );
}

const FRAME: Frame = {
  version: '0.1.0',
  isSimulated: false,
  nowMs: NOW_MS,
  intervalMs: INTERVAL_MS,
  lastMeasuredMs: NOW_MS,
  say: speak('en', 'UTC'),
  timeZone: 'UTC',
  defaultZone: 'UTC',
  base: '',
  path: '/v',
  query: [],
  assets: {},
};
const SERVICES = [{ id: 'facebook', name: 'Facebook' }];
const HISTORY = { revisions: [], silences: [], markCounts: {}, networkChangesMs: [] };

suite('whether a vantage is silent', () => {
  const rows: readonly (readonly [string, Given, VantageStatus])[] = [
    ['just seen', { ageMs: MINUTE_MS }, 'reporting'],
    ['three intervals ago', { ageMs: 3 * INTERVAL_MS }, 'reporting'],
    ['longer than three intervals ago', { ageMs: 3 * INTERVAL_MS + 1 }, 'silent'],
    ['never', {}, 'waiting'],
    ['switched off', { ageMs: DAY_MS, isEnabled: false }, 'off'],
    ['made from files', { ageMs: DAY_MS, vantage: { kind: 'import' } }, 'imported'],
    [
      'a publication delay is no silence',
      { ageMs: HOUR_MS + INTERVAL_MS, vantage: { publishDelayMinutes: 60 } },
      'reporting',
    ],
    [
      'silence is seen behind a delay too',
      { ageMs: HOUR_MS + 5 * INTERVAL_MS, vantage: { publishDelayMinutes: 60 } },
      'silent',
    ],
  ];
  for (const [name, given, expected] of rows)
    test(`${name} → ${expected}`, () => assert.equal(createView(given).status, expected));
});

suite('what is due', () => {
  test('from the first run on, up to now, a run per interval', () => {
    const { days } = createView({ ageMs: 0, firstMs: NOW_MS - DAY_MS });
    assert.equal(days.length, 90);
    assert.deepEqual(
      days.slice(-3).map(({ expected }) => expected),
      [0, 144, 144],
    );
  });

  test('what may not be shown yet is not due', () => {
    const { days } = createView({ ageMs: DAY_MS, vantage: { publishDelayMinutes: 1_440 } });
    assert.deepEqual(
      days.slice(-2).map(({ expected }) => expected),
      [132, 0],
    );
  });

  const levels = [
    [{ measured: 288, expected: 288 }, 'full'],
    [{ measured: 280, expected: 288 }, 'full'],
    [{ measured: 100, expected: 288 }, 'part'],
    [{ measured: 0, expected: 288 }, 'none'],
    [{ measured: 0, expected: 0 }, 'before'],
  ] as const;
  for (const [day, level] of levels)
    test(`${day.measured} of ${day.expected} runs → ${level}`, () =>
      assert.equal(toLevel({ startMs: 0, ...day }), level));

  test('a day with too many runs does not hide one with too few', () => {
    const full = { startMs: 0, measured: 500, expected: 100 };
    const empty = { startMs: DAY_MS, measured: 0, expected: 100 };
    assert.equal(toShare([full, empty]), 0.5);
    assert.equal(toShare([]), undefined);
  });

  test('runs before the first round is over are not called none', () => {
    const says = (day: { measured: number; expected: number }): string =>
      describeDays([{ startMs: 0, ...day }], speak('en', 'UTC'));
    assert.equal(says({ measured: 3, expected: 0 }), '0 days complete, 1 in part, 0 without a run');
    assert.match(says({ measured: 3, expected: 3 }), /^100\u00a0% of 1 days: 1 day complete/);
  });

  const shares = [
    [undefined, 'no run yet'],
    [0, '0\u00a0%'],
    [0.001, 'under 1\u00a0%'],
    [0.5, '50\u00a0%'],
    [0.9999, '99.9\u00a0%'],
    [1, '100\u00a0%'],
  ] as const;
  for (const [share, text] of shares)
    test(`share ${share} reads ${text}`, () => assert.equal(formatShare(share, FRAME.say), text));
});

suite('the list', () => {
  const render = (views: readonly VantageView[]) =>
    renderPage(FRAME, createVantagesPage({ services: SERVICES, vantages: views }, FRAME));

  test('silent vantages come first and are named before the table', async () => {
    const silent = createView({ ageMs: DAY_MS, vantage: { id: 'z-silent', countryCode: 'UA' } });
    const html = await render([
      createView({ ageMs: 0, vantage: { id: 'a-fine', countryCode: 'AM' } }),
      silent,
    ]);
    assert.match(html, /1 vantage is silent/);
    assert.match(html, /1 of 2 reporting/);
    const table = html.slice(html.indexOf('<table'));
    assert.ok(table.indexOf('z-silent') < table.indexOf('a-fine'));
    assert.match(table, /reporting-silent">[^]*?✕<\/span>&nbsp;silent/);
    assert.match(table, /no data/, 'its last verdict does not stand for now');
  });

  test('without vantages it says how to add one', async () => {
    const html = await render([]);
    assert.match(html, /There is no vantage yet/);
    assert.match(html, /reachline -- vantage add/);
    assert.match(html, /href="\/volunteers"/);
    assert.doesNotMatch(html, /<table/);
  });

  test('hostile names stay text, in the list and on the page of one', async () => {
    const view = createView({ ageMs: 0, vantage: { networkName: HOSTILE, note: HOSTILE } });
    const revisions = [
      { revision: 2, storedAtMs: NOW_MS, vantage: view.vantage },
      { revision: 1, storedAtMs: NOW_MS - DAY_MS, vantage: VANTAGE },
    ];
    const page = createVantagePage(
      { view, history: { ...HISTORY, revisions }, services: SERVICES },
      FRAME,
    );
    for (const html of [await render([view]), await renderPage(FRAME, page)]) {
      assert.ok(!html.includes(HOSTILE));
      assert.doesNotMatch(html, /<script|<img|undefined|NaN|\[object/);
      assert.match(html, /&lt;script&gt;/);
    }
  });

  test('a control is told by what it is there for, others by their own network', async () => {
    const html = await render([
      createView({ ageMs: 0 }),
      createView({ ageMs: 0, vantage: { id: 'out', role: 'control' } }),
    ]);
    assert.match(html, /95\u00a0% <span class="note">neutral hosts answered/);
    assert.match(html, /50\u00a0% <span class="note">services answered/);
    assert.match(html, /<span class="tag">control<\/span>/);
  });
});

suite('the page of one vantage', () => {
  const render = (data: Partial<Parameters<typeof createVantagePage>[0]>) => {
    const page = createVantagePage(
      { view: createView({ ageMs: 0 }), history: HISTORY, services: SERVICES, ...data },
      FRAME,
    );
    return renderPage(FRAME, page);
  };

  test('it tells what changed when, silences, clock and what it cannot see', async () => {
    const html = await render({
      blindSpots: ['udp', 'close'],
      history: {
        revisions: [
          { revision: 2, storedAtMs: NOW_MS, vantage: { ...VANTAGE, asn: 64_513 } },
          { revision: 1, storedAtMs: NOW_MS - DAY_MS, vantage: VANTAGE },
        ],
        silences: [
          { fromMs: NOW_MS - HOUR_MS },
          { fromMs: NOW_MS - DAY_MS, untilMs: NOW_MS - DAY_MS + 2 * HOUR_MS },
        ],
        markCounts: { network_changed: 2, clock_skewed: 3 },
        networkChangesMs: [NOW_MS - HOUR_MS],
        clock: {
          batches: 40,
          newestOffsetMs: 2_000,
          newestAtMs: NOW_MS,
          largestOffsetMs: -400_000,
        },
      },
    });
    for (const text of [
      /network number: 64512 → 64513/,
      /first known/,
      /<strong>lasts<\/strong><\/td>\s*<td>1 h/,
      /2 s ahead of ours/,
      /6 min 40 s behind ours/,
      /3 runs in 90 days/,
      /2 runs: the network of the vantage changed/,
      /traffic without a connection \(UDP\) cannot be tried/,
      /torn down looks like one that ends in order/,
    ])
      assert.match(html, text);
  });

  test('the calendar has a cell per day, a title, and the table beside it', async () => {
    const html = await render({});
    assert.equal(html.match(/<g><title>/g)?.length, 90);
    assert.match(html, /aria-labelledby="calendar-title"/);
    const table = html.slice(html.indexOf('Runs measured and due by UTC day'));
    assert.equal(table.slice(0, table.indexOf('</table>')).match(/<th scope="row">/g)?.length, 90);
  });

  test('silence is said at once', async () => {
    assert.match(await render({ view: createView({ ageMs: DAY_MS }) }), /✕ Silent\./);
    assert.doesNotMatch(await render({}), /✕ Silent\./);
  });
});
