/** The board's judgement of time: what is current, who is silent, and when a vantage itself is cut off. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { MeasurementSummary } from '../../db/measurement-list.ts';
import type { StoredVantage } from '../../db/vantages.ts';
import { speak } from '../i18n/catalogue.ts';
import { createBoardPage } from './board.ts';
import { type BoardData, isReporting, toCurrentState } from './board-state.ts';
import type { Frame } from './frame.ts';
import { renderPage } from './frame.ts';

const SLOT_MS = Date.UTC(2022, 2, 4);
const INTERVAL_MS = 300_000;

const MEASUREMENT: MeasurementSummary = {
  id: 'facebook.here.20220304T000000Z',
  service: 'facebook',
  vantageId: 'here',
  slotMs: SLOT_MS,
  seq: 0,
  intervalMs: INTERVAL_MS,
  startedAtMs: SLOT_MS + 1_000,
  elapsedMs: 900,
  marks: [],
  verdict: 'blocked',
  mechanism: 'tls.reset.sni',
  confidence: 'high',
  ruleId: 'tls.reset.control',
  functions: {},
};

const VANTAGE: StoredVantage = {
  id: 'here',
  kind: 'local',
  countryCode: 'ZZ',
  asn: 0,
  networkName: 'This machine',
  access: 'unknown',
  role: 'vantage',
  note: '',
  lastMeasuredMs: SLOT_MS,
};

function createData(latest: readonly MeasurementSummary[]): BoardData {
  return {
    services: [{ id: 'facebook', name: 'Facebook', functions: ['web', 'calls'] }],
    vantages: [VANTAGE],
    latest,
    changes: [],
    openAnnouncements: [],
    measurementCount: latest.length,
    nextSlotMs: SLOT_MS + INTERVAL_MS,
  };
}

function render(data: BoardData, nowMs: number): Promise<string> {
  const frame: Frame = {
    version: '0.1.0',
    isSimulated: false,
    nowMs,
    intervalMs: INTERVAL_MS,
    lastMeasuredMs: SLOT_MS,
    say: speak('en', 'UTC'),
    timeZone: 'UTC',
    defaultZone: 'UTC',
    base: '',
    path: '/',
    query: [],
    assets: {},
  };
  return renderPage(frame, createBoardPage(data, frame));
}

suite('what is current', () => {
  /** name, intervals after the slot, state */
  const rows = [
    ['a result is current while its slot lasts', 0.5, 'blocked'],
    ['it stays current until the second run after it is due', 1.99, 'blocked'],
    ['then the lane is silent, whatever it said last', 2, 'no_data'],
    ['and stays so', 500, 'no_data'],
  ] as const;
  for (const [name, intervals, state] of rows)
    test(`${name} → ${state}`, () => {
      assert.equal(toCurrentState(MEASUREMENT, SLOT_MS + intervals * INTERVAL_MS), state);
    });

  test('nothing measured is no_data', () => {
    assert.equal(toCurrentState(undefined, SLOT_MS), 'no_data');
  });

  test('a vantage whose results are old is not reporting', () => {
    const data = createData([MEASUREMENT]);
    assert.equal(isReporting(data, VANTAGE, SLOT_MS + INTERVAL_MS), true);
    assert.equal(isReporting(data, VANTAGE, SLOT_MS + 3 * INTERVAL_MS), false);
  });
});

suite('what the page says', () => {
  test('an old block is shown as silence, with what it last said', async () => {
    const html = await render(createData([MEASUREMENT]), SLOT_MS + 36 * INTERVAL_MS);
    assert.match(html, /class="cell state-no-data"/);
    assert.match(html, /was blocked 2 h ago|was blocked 3 h ago/);
    assert.match(html, /silent since/);
    assert.match(html, /Stale: /);
    assert.doesNotMatch(html, /restricted on/);
  });

  test('a vantage that reaches nothing is named, with what to do', async () => {
    const outage: MeasurementSummary = {
      ...MEASUREMENT,
      verdict: 'insufficient',
      mechanism: 'network.outage',
    };
    const html = await render(createData([outage]), SLOT_MS + INTERVAL_MS);
    assert.match(html, /No network from this vantage: This machine/);
    assert.match(html, /reachline -- doctor/);
    assert.doesNotMatch(
      await render(createData([MEASUREMENT]), SLOT_MS + INTERVAL_MS),
      /No network from this vantage/,
    );
  });

  test('a reachable service names the parts that are not', async () => {
    const part: MeasurementSummary = {
      ...MEASUREMENT,
      verdict: 'ok',
      functions: { web: { verdict: 'ok' }, calls: { verdict: 'blocked' } },
    };
    const html = await render(createData([part]), SLOT_MS + INTERVAL_MS);
    assert.match(html, /class="parts">calls blocked</);
  });

  test('an impaired service names what is lost, by how it is lost', async () => {
    const part: MeasurementSummary = {
      ...MEASUREMENT,
      verdict: 'impaired',
      functions: {
        web: { verdict: 'ok' },
        calls: { verdict: 'blocked' },
        messages: { verdict: 'blocked' },
        media: { verdict: 'impaired' },
      },
    };
    const html = await render(createData([part]), SLOT_MS + INTERVAL_MS);
    assert.match(html, /class="parts">calls and messages blocked, media impaired</);
  });

  test('the answer comes before the table, and the parts are one link away', async () => {
    const html = await render(createData([MEASUREMENT]), SLOT_MS + INTERVAL_MS);
    assert.match(html, /<strong>Facebook<\/strong>[^]*blocked<\/span> in Unknown country/);
    assert.ok(html.indexOf('class="answers"') < html.indexOf('class="board"'));
    assert.match(html, /href="\/t\?service=facebook&amp;function=service,web,calls&amp;range=7d"/);
  });

  test('an answer never speaks of what is silent as of what it last was', async () => {
    const html = await render(createData([MEASUREMENT]), SLOT_MS + 36 * INTERVAL_MS);
    const answers = /<ul class="answers"[^]*?<\/ul>/.exec(html)?.[0] ?? '';
    assert.match(answers, /no data<\/span> from Unknown country/);
    assert.doesNotMatch(answers, /blocked/);
  });
});
