/** Which announcement a restriction is told under. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { LedgerGroup, LedgerOutcome } from '../../db/ledger-types.ts';
import { listStarted, pickGroup, pickTold } from './announced-measured.ts';

type Row = readonly [outcome: LedgerOutcome, byMs: number, endMs?: number];

function makeGroup(
  announcementId: string,
  rows: readonly Row[],
  phase: LedgerGroup['phase'] = 'restriction',
): LedgerGroup {
  return {
    announcementId,
    title: announcementId,
    actor: '',
    phase,
    service: 'facebook',
    countryCode: 'RU',
    isPartOfCountry: false,
    functions: [],
    reference: 'announced',
    window: { fromMs: 0 },
    summary: { networks: rows.length, outcomes: {}, within: [] },
    rows: rows.map(([outcome, byMs, endMs], index) => ({
      asn: index + 1,
      networkName: `network ${index}`,
      vantageIds: [],
      outcome,
      daysMeasured: 1,
      ...(byMs > 0
        ? {
            finding: {
              vantageId: 'a',
              function: 'service',
              kind: 'blocked',
              onset: { byMs },
              ...(endMs === undefined ? {} : { end: { byMs: endMs } }),
              evidence: { firstBadId: 'a', lastBadId: 'b' },
            },
          }
        : {}),
    })),
  };
}

const rows = [
  { name: 'none', groups: [], expected: undefined },
  {
    name: 'one that goes on, before a newer one that had nothing to change',
    groups: [
      makeGroup('newer', [['already_restricted', 5]]),
      makeGroup('ended', [['on_time', 3, 4]]),
      makeGroup('open', [['late', 2]]),
    ],
    expected: 'open',
  },
  {
    name: 'the newest that was followed, where none goes on',
    groups: [makeGroup('newer', [['no_data', 0]]), makeGroup('ended', [['on_time', 3, 4]])],
    expected: 'ended',
  },
  {
    name: 'the newest, where none was followed',
    groups: [makeGroup('newer', [['announced_not_measured', 0]]), makeGroup('older', [])],
    expected: 'newer',
  },
  {
    name: 'never an exemption or an end',
    groups: [makeGroup('exempt', [['exemption_broken', 2]], 'exemption'), makeGroup('old', [])],
    expected: 'old',
  },
] as const;

suite('the announcement that is told first', () => {
  for (const { name, groups, expected } of rows)
    test(name, () => assert.equal(pickGroup(groups)?.announcementId, expected));

  test('the one of the full block is told between the first and the newest, each once', () => {
    const groups = [
      makeGroup('ban', [
        ['on_time', 9],
        ['already_restricted', 5],
      ]),
      makeGroup('beside', [['announced_not_measured', 0]]),
      makeGroup('block', [['on_time', 5]]),
      makeGroup('slowing', [['on_time', 2, 5]]),
    ];
    const pick = (since: number, blockedSince: number) =>
      pickTold(groups, { since: { byMs: since }, blockedSince: { byMs: blockedSince } });
    const idsOf = (picked: readonly LedgerGroup[]) => picked.map((one) => one.announcementId);
    assert.deepEqual(idsOf(pick(2, 5)), ['slowing', 'block', 'ban']);
    assert.deepEqual(idsOf(pick(9, 9)), ['ban']);
    assert.deepEqual(pickTold([], {}), []);
  });

  test('the first network is the one that was first known', () => {
    const group = makeGroup('one', [
      ['late', 9],
      ['on_time', 4],
      ['already_restricted', 1],
      ['before_announcement', 2],
    ]);
    assert.deepEqual(
      listStarted(group).map(({ finding }) => finding?.onset.byMs),
      [2, 4, 9],
    );
  });
});
