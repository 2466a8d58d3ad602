/** Announcements in rows: nothing covers anything, nothing is lost, acts come first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TimelineAnnouncement } from './data.ts';
import { countRows, MAX_BAND_ROWS, pack } from './packing.ts';

const stated = { value: null, precision: 'day', earliest: null, latest: null, tz: null } as const;

function announce(
  id: string,
  fromMs: number,
  actionKind = 'statement',
  effectiveMs?: number,
): TimelineAnnouncement {
  const time = (at: number, untilMs: number) => ({
    stated,
    box: { fromMs: at, untilMs, isInstant: at === untilMs },
  });
  return {
    id,
    title: id,
    language: 'en',
    actor: 'x',
    band: 'regulator',
    actionKind,
    services: ['facebook'],
    countryCodes: [],
    times: {
      announced: time(fromMs, fromMs + 24),
      ...(effectiveMs === undefined ? {} : { effective: time(effectiveMs, effectiveMs) }),
    },
  };
}

const same = (atMs: number): number => atMs;

test('an order spans from its announcement to its effect, with its title behind', () => {
  const { placed } = pack([announce('order', 100, 'block_order', 200)], same, 1_000);
  assert.deepEqual(
    placed[0]?.marks.map(({ kind, leftPx, widthPx }) => [kind, leftPx, widthPx]),
    [
      ['announced', 100, 24],
      ['effective', 200, 0],
    ],
  );
  assert.ok((placed[0]?.labelPx ?? 0) > 100);
});

test('on a crowded day the act keeps a row and the talk makes a cluster', () => {
  const talk = Array.from({ length: 9 }, (_, index) => announce(`talk-${index}`, 100));
  const { placed, clusters } = pack([...talk, announce('order', 100, 'block_order')], same, 1_000);
  assert.equal(placed.find(({ announcement }) => announcement.id === 'order')?.row, 0);
  assert.equal(clusters.length, 1);
  assert.equal(placed.length + (clusters[0]?.announcements.length ?? 0), 10);
});

test('what lies outside the range takes no room', () => {
  const { placed, clusters } = pack(
    [announce('before', -500), announce('after', 1_500)],
    same,
    1_000,
  );
  assert.equal(placed.length + clusters.length, 0);
});

test('whatever the crowd: none lost, none covering another, the last row free for clusters', () => {
  const arbitrary = fc.array(
    fc.record({ at: fc.integer({ min: 0, max: 990 }), isAct: fc.boolean() }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(arbitrary, (items) => {
      const all = items.map(({ at, isAct }, index) =>
        announce(String(index), at, isAct ? 'restriction' : 'statement'),
      );
      const { placed, clusters } = pack(all, same, 1_000);
      const seen = [
        ...placed.map(({ announcement }) => announcement.id),
        ...clusters.flatMap(({ announcements }) => announcements.map(({ id }) => id)),
      ];
      assert.deepEqual(seen.toSorted(), all.map(({ id }) => id).toSorted());
      const rows = clusters.length > 0 ? MAX_BAND_ROWS.wide - 1 : MAX_BAND_ROWS.wide;
      for (const one of placed) {
        assert.ok(one.row < rows);
        for (const other of placed)
          if (one !== other && one.row === other.row && one.leftPx <= other.leftPx)
            assert.ok(
              one.rightPx + one.labelPx <= other.leftPx,
              `${one.announcement.id} covers ${other.announcement.id}`,
            );
      }
    }),
  );
});

/** name, announcements, rows */
const rowRows = [
  ['nothing in sight takes no room', [], 0],
  ['one takes one row', [announce('a', 100)], 1],
  ['two at one time take two', [announce('a', 100), announce('b', 100)], 2],
  [
    'a crowd takes all there are, the last for its cluster',
    Array.from({ length: 9 }, (_, index) => announce(`a${index}`, 100)),
    MAX_BAND_ROWS.wide,
  ],
] as const;
for (const [name, announcements, rows] of rowRows) {
  test(`rows: ${name}`, () => {
    assert.equal(countRows(pack(announcements, same, 1_000)), rows);
  });
}
