/** The board's judgement of time: what is current, who is silent, and when a vantage itself is cut off. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { MeasurementSummary } from '../../db/measurement-list.ts';
import type { StateChange } from '../../db/state-change-types.ts';
import type { StoredVantage } from '../../db/vantages.ts';
import { speak } from '../i18n/catalogue.ts';
import type { Locale } from '../i18n/locale.ts';
import { createBoardPage } from './board.ts';
import { groupChanges, scoreChange } from './board-change.ts';
import { type BoardData, toCurrentState } from './board-state.ts';
import { findWatchStart } from './board-watch.ts';
import type { Frame } from './frame.ts';
import { renderPage } from './frame.ts';

const SLOT_MS = Date.UTC(2022, 2, 4);
const INTERVAL_MS = 300_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

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

function createData(
  latest: readonly MeasurementSummary[],
  more: Partial<BoardData> = {},
): BoardData {
  return {
    services: [{ id: 'facebook', name: 'Facebook', functions: ['web', 'calls'] }],
    vantages: [VANTAGE],
    disabled: [],
    latest,
    changes: [],
    confirmed: new Set(),
    availability: [],
    incidents: [],
    openAnnouncements: [],
    measurementCount: latest.length,
    nextSlotMs: SLOT_MS + INTERVAL_MS,
    mark: 'mark',
    has: { answers: false, incidents: false, map: false },
    ...more,
  };
}

function createFrame(nowMs: number, locale: Locale = 'en', timeZone = 'UTC'): Frame {
  return {
    version: '0.1.0',
    isSimulated: false,
    nowMs,
    intervalMs: INTERVAL_MS,
    lastMeasuredMs: SLOT_MS,
    say: speak(locale, timeZone),
    timeZone,
    defaultZone: 'UTC',
    base: '',
    path: '/',
    query: [],
    assets: {},
  };
}

function render(data: BoardData, nowMs: number, locale?: Locale): Promise<string> {
  const frame = createFrame(nowMs, locale);
  return renderPage(frame, createBoardPage(data, frame));
}

/** A turn of Facebook on the vantage, so many minutes after the first slot. */
function createChange(
  minute: number,
  from: StateChange['from'],
  to: StateChange['to'],
  vantageId = 'here',
): StateChange {
  const atMs = SLOT_MS + minute * MINUTE_MS;
  const before = {
    previousAtMs: atMs - MINUTE_MS,
    previousMeasurementId: `facebook.${vantageId}.${minute}-before`,
  };
  return {
    service: 'facebook',
    vantageId,
    countryCode: 'ZZ',
    atMs,
    from,
    to,
    measurementId: `facebook.${vantageId}.${minute}`,
    ...(from === 'no_data' ? {} : before),
  };
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
});

suite('which changes come first', () => {
  const now = SLOT_MS + 600 * MINUTE_MS;
  test('severity times recency: an old block comes after a new slowing, never after a new recovery', () => {
    const score = (minute: number, from: StateChange['from'], to: StateChange['to']) =>
      scoreChange(createChange(minute, from, to), now);
    const [old, slowed, over] = [
      score(0, 'ok', 'blocked'),
      score(590, 'ok', 'impaired'),
      score(300, 'blocked', 'ok'),
    ];
    assert.ok(
      slowed > old && score(590, 'ok', 'blocked') > slowed && old > over / 2 && over < slowed,
    );
  });

  test('networks that turn alike within two hours are one change; later ones are another', () => {
    const vantages = ['here', 'there', 'far'].map((id) => ({ ...VANTAGE, id, networkName: id }));
    const changes = [
      createChange(300, 'ok', 'blocked', 'far'),
      createChange(60, 'ok', 'blocked', 'there'),
      createChange(0, 'ok', 'blocked', 'here'),
    ];
    const latest = vantages.map(({ id }) => ({ ...MEASUREMENT, vantageId: id }));
    const groups = groupChanges(createData(latest, { vantages, changes }), now);
    const names = groups.map(({ networks }) => networks.map(({ vantageId }) => vantageId));
    assert.deepEqual(names, [['far'], ['there', 'here']]);
  });

  test('a change stands until the network turns again', () => {
    const changes = [createChange(300, 'blocked', 'ok'), createChange(0, 'ok', 'blocked')];
    const groups = groupChanges(createData([MEASUREMENT], { changes }), now);
    const standing = groups.map(({ to, isStanding }) => `${to} ${isStanding}`);
    assert.deepEqual(standing.toSorted(), ['blocked false', 'ok true']);
  });

  test('networks that turn back and forth are one line, whatever they are now', () => {
    const changes = [
      { ...createChange(60, 'ok', 'ok', 'there'), unstable: 6 },
      { ...createChange(0, 'ok', 'blocked', 'here'), unstable: 5 },
    ];
    const groups = groupChanges(createData([MEASUREMENT], { changes }), now);
    assert.deepEqual(
      groups.map(({ networks, unstable }) => [networks.length, unstable]),
      [[2, 11]],
    );
  });
});

suite('when the watch began', () => {
  /** zone, now, start of the watch by its clock */
  const rows = [
    ['UTC', '2022-03-04T09:41:12Z', '2022-03-04T06:00:00Z'],
    ['UTC', '2022-03-04T06:00:00Z', '2022-03-04T06:00:00Z'],
    ['UTC', '2022-03-04T05:59:59Z', '2022-03-03T22:00:00Z'],
    ['UTC', '2022-03-04T21:00:00Z', '2022-03-04T14:00:00Z'],
    ['Europe/Moscow', '2022-03-04T09:41:12Z', '2022-03-04T03:00:00Z'],
    ['Asia/Kolkata', '2022-03-04T03:00:00Z', '2022-03-04T00:30:00Z'],
    // The night in which clocks go from 03:00 to 04:00: 22:00 was seven hours and not eight before.
    ['Europe/Kyiv', '2022-03-27T02:30:00Z', '2022-03-26T20:00:00Z'],
  ] as const;
  for (const [zone, now, start] of rows)
    test(`${now} in ${zone} → ${start}`, () => {
      assert.equal(findWatchStart(Date.parse(now), speak('en', zone)), Date.parse(start));
    });
});

suite('what the page says', () => {
  test('an old block is shown as silence, with what it last said', async () => {
    const html = await render(createData([MEASUREMENT]), SLOT_MS + 36 * INTERVAL_MS);
    assert.match(html, /class="cell state-no-data"/);
    assert.match(html, /<span class="was">was blocked<\/span> <time[^>]*>(?:2|3) h ago</);
    assert.match(html, /silent since/);
    assert.match(html, /Stale: /);
    assert.match(html, /0 of 1 vantage reporting/);
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
    assert.match(html, /class="parts">calls: blocked</);
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
    assert.match(html, /class="parts">calls and messages: blocked, media: impaired</);
  });

  test('changes come before every table, with both measurements and the mark of the control', async () => {
    const changes = [createChange(0, 'ok', 'blocked')];
    const confirmed = new Set(['facebook.here.0']);
    const html = await render(
      createData([MEASUREMENT], { changes, confirmed }),
      SLOT_MS + HOUR_MS / 12,
    );
    assert.ok(html.indexOf('class="change ') < html.indexOf('class="board'));
    assert.match(html, /✓ confirmed by control/);
    assert.match(
      html,
      /href="\/m\/facebook\.here\.0-before">before<\/a> · <a href="\/m\/facebook\.here\.0">after/,
    );
    assert.match(html, /1 change<\/span> since|1 change since/);
    const plain = await render(createData([MEASUREMENT], { changes }), SLOT_MS + HOUR_MS / 12);
    assert.doesNotMatch(plain, /confirmed by control/);
  });

  test('a change that another followed on the same network is folded', async () => {
    const changes = [createChange(1, 'blocked', 'ok'), createChange(0, 'ok', 'blocked')];
    const latest = [{ ...MEASUREMENT, verdict: 'ok' as const }];
    const html = await render(createData(latest, { changes }), SLOT_MS + INTERVAL_MS);
    assert.match(html, /<summary>1 earlier change on the same networks<\/summary>/);
  });

  test('a network that turns back and forth is called so, with what it is now', async () => {
    const changes = [{ ...createChange(1, 'ok', 'blocked'), unstable: 7 }];
    const html = await render(createData([MEASUREMENT], { changes }), SLOT_MS + INTERVAL_MS);
    const text = html.replace(/<[^>]*>/g, '').replaceAll('&nbsp;', ' ');
    assert.match(text, /unstable: 7 changes in the last 24 hours, now ■ blocked/);
    assert.match(html, /1 change<\/span> since|1 change since/);
  });

  test('links go to the answer once there is such a page, and to the timeline until then', async () => {
    const changes = [createChange(0, 'ok', 'blocked')];
    const has = { answers: true, incidents: true, map: true };
    const now = SLOT_MS + INTERVAL_MS;
    assert.match(
      await render(createData([MEASUREMENT], { changes, has }), now),
      /href="\/is\/facebook\/in\/ZZ"/,
    );
    const without = await render(createData([MEASUREMENT], { changes }), now);
    assert.match(without, /href="\/t\?service=facebook&amp;country=ZZ&amp;range=7d"/);
    assert.doesNotMatch(without, /\/map\.svg/);
  });

  test('the parts of a service are one link away', async () => {
    const html = await render(createData([MEASUREMENT]), SLOT_MS + INTERVAL_MS);
    assert.match(html, /href="\/t\?service=facebook&amp;function=service,web,calls&amp;range=7d"/);
  });

  for (const [locale, word, silent] of [
    ['ru', 'заблокирован', /молчит с/],
    ['uk', 'заблоковано', /мовчить з/],
  ] as const)
    test(`in ${locale} nothing is left in English`, async () => {
      const changes = [createChange(0, 'ok', 'blocked')];
      const html = await render(
        createData([MEASUREMENT], { changes }),
        SLOT_MS + INTERVAL_MS,
        locale,
      );
      assert.ok(html.includes(word));
      const text = html.replace(/<script[^]*?<\/script>|<code>[^]*?<\/code>|<[^>]*>/g, ' ');
      const english = text.match(
        /\b(?:blocked|reachable|change|network|since|silent|control|ago)\b/g,
      );
      assert.deepEqual(english, null);
      assert.match(
        await render(createData([MEASUREMENT]), SLOT_MS + 36 * INTERVAL_MS, locale),
        silent,
      );
    });
});
