/** Lags: what of the ledger is drawn, in which range, under which heading, in which words. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { LedgerGroup, LedgerRow } from '../db/ledger-types.ts';
import { speak } from './i18n/catalogue.ts';
import {
  describeLagFigures,
  describeLagKind,
  isOfGroup,
  listLagLines,
  touchesRange,
} from './lag-lines.ts';

const HOUR_MS = 3_600_000;

function makeRow(networkName: string, byMs: number): LedgerRow {
  return {
    asn: 1,
    networkName,
    vantageIds: ['a'],
    outcome: 'on_time',
    finding: {
      vantageId: 'a',
      function: 'service',
      kind: 'blocked',
      onset: { afterMs: byMs - HOUR_MS, byMs },
      evidence: { firstBadId: 'x', lastBadId: 'y' },
    },
    sinceEffective: { leastMs: byMs - HOUR_MS, mostMs: byMs },
    daysMeasured: 1,
  };
}

function makeGroup(change: Partial<LedgerGroup> = {}): LedgerGroup {
  const stated = { precision: 'minute', timeZone: 'UTC', basis: 'stated' } as const;
  const lag = { leastMs: -HOUR_MS, mostMs: 2 * HOUR_MS };
  return {
    announcementId: 'order',
    title: 'Order',
    actor: 'x',
    phase: 'restriction',
    service: 'instagram',
    countryCode: 'RU',
    isPartOfCountry: false,
    functions: [],
    announced: { ...stated, earliestMs: -10, latestMs: -5 },
    effective: { ...stated, earliestMs: 0, latestMs: 0 },
    reference: 'effective',
    window: { fromMs: -100 },
    summary: {
      networks: 3,
      outcomes: {},
      sinceEffective: {
        networks: 2,
        median: lag,
        range: { leastMs: -HOUR_MS, mostMs: 30 * HOUR_MS },
      },
      within: [],
    },
    rows: [makeRow('late', 30 * HOUR_MS), makeRow('early', 2 * HOUR_MS)],
    ...change,
  };
}

const ALL = { services: [], countries: [] };
const list = (groups: readonly LedgerGroup[]) =>
  listLagLines(groups, new Map([['order', 'ru']]), ALL);

suite('lags beside the lanes', () => {
  test('a line has its networks by onset, and counts from the time of effect', () => {
    const [line] = list([makeGroup()]);
    assert.ok(line);
    assert.deepEqual(
      line.points.map(({ networkName }) => networkName),
      ['early', 'late'],
    );
    assert.equal(line.reference, 'effective');
    assert.equal(line.language, 'ru');
  });

  test('where no time of effect is stated, it counts from the announcement and says so', () => {
    const { effective: _effective, ...rest } = makeGroup();
    const lags = rest.summary.sinceEffective;
    assert.ok(lags);
    const [line] = list([
      { ...rest, summary: { networks: 3, outcomes: {}, within: [], sinceAnnounced: lags } },
    ]);
    assert.ok(line);
    assert.equal(line.from.earliestMs, -10);
    assert.equal(describeLagKind(line, speak('en', 'UTC')), 'announced → first blocked');
  });

  test('ends, exemptions, and announcements without any lag have no line', () => {
    const none = { networks: 0, outcomes: {}, within: [] };
    const groups = [
      makeGroup({ phase: 'lift' }),
      makeGroup({ phase: 'exemption' }),
      makeGroup({ summary: none }),
    ];
    assert.deepEqual(list(groups), []);
  });

  test('a filter leaves out other services and places', () => {
    const groups = [
      makeGroup(),
      makeGroup({ service: 'facebook' }),
      makeGroup({ countryCode: 'UA' }),
    ];
    const found = listLagLines(groups, new Map(), { services: ['instagram'], countries: ['RU'] });
    assert.equal(found.length, 1);
  });

  test('figures are signed and in the language of the page', () => {
    const [line] = list([makeGroup()]);
    assert.ok(line);
    assert.equal(
      describeLagFigures(line, speak('en', 'UTC')),
      'median −1 h … +2 h, range −1 h … +1 d 6 h, 2 networks',
    );
    assert.match(
      describeLagFigures(line, speak('ru', 'UTC')),
      /^медиана −1 ч … \+2 ч, разброс .*, 2 сети$/,
    );
  });

  test('a line is in sight from its first time to its last', () => {
    const [line] = list([makeGroup()]);
    assert.ok(line);
    assert.equal(touchesRange(line, -50, -20), false);
    assert.equal(touchesRange(line, 29 * HOUR_MS, 40 * HOUR_MS), true);
    assert.equal(touchesRange(line, 31 * HOUR_MS, 40 * HOUR_MS), false);
  });

  const headings = [
    [[], { service: 'instagram', function: 'service' }, true],
    [[], { service: 'instagram', function: 'calls' }, false],
    [['calls'], { service: 'instagram', function: 'calls' }, true],
    [['calls'], { service: 'instagram', function: 'service' }, false],
    [[], { function: 'service', countryCode: 'UA' }, false],
    [[], { service: 'facebook', function: 'service' }, false],
  ] as const;
  for (const [functions, heading, expected] of headings)
    test(`of ${functions.join() || 'the whole'} under ${JSON.stringify(heading)}: ${expected}`, () => {
      const [line] = list([makeGroup({ functions })]);
      assert.ok(line);
      assert.equal(isOfGroup(line, heading), expected);
    });
});
