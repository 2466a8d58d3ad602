/** Every outcome of the ledger by example, and the promise of its lags by chance: what is true lies inside what is said. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Announcement } from '../../config/announcement.ts';
import type { LedgerOutcome } from '../../db/ledger-types.ts';
import { makeAnnouncement } from '../../db/testing/announcements.ts';
import { buildLedger } from './ledger.ts';
import { LEDGER_RULES, type LedgerInput, type MeasuredPart } from './ledger-input.ts';
import type { Episode, Part } from './types.ts';

const HOUR_MS = 3_600_000;
const at = (text: string): number => Date.parse(`${text}Z`);

/** A time point to the minute, in Moscow. */
const minute = (text: string): Announcement['announced_at'] => ({
  value: `${text}:00Z`,
  precision: 'minute',
  earliest: `${text}:00Z`,
  latest: `${text}:00Z`,
  tz: 'Europe/Moscow',
  basis: 'stated',
});

const VANTAGE = {
  vantageId: 'ru-one',
  countryCode: 'RU',
  asn: 64_512,
  networkName: 'One',
} as const;

type EpisodeOptions = {
  readonly function?: Part;
  readonly onset: readonly [after: string | undefined, by: string];
  readonly end?: readonly [after: string, by: string];
  readonly service?: string;
  readonly kind?: Episode['kind'];
};

function makeEpisode({ onset: [after, by], end, ...more }: EpisodeOptions): Episode {
  return {
    ...VANTAGE,
    service: more.service ?? 'facebook',
    function: more.function ?? 'web',
    kind: more.kind ?? 'blocked',
    levels: [],
    onset: { ...(after === undefined ? {} : { afterMs: at(after) }), byMs: at(by) },
    ...(end === undefined ? {} : { end: { afterMs: at(end[0]), byMs: at(end[1]) } }),
    mechanisms: [{ mechanism: 'tls.reset', fromMs: at(by) }],
    evidence: { lastGoodId: 'good', firstBadId: 'bad', lastBadId: 'bad2' },
    rounds: 3,
    missing: 0,
    isUnstable: false,
  };
}

const ALWAYS = [{ fromMs: at('2022-01-01T00:00'), untilMs: at('2022-07-01T00:00') }];

const makePart = (change: Partial<MeasuredPart> = {}): MeasuredPart => ({
  ...VANTAGE,
  service: 'facebook',
  function: 'web',
  ranges: ALWAYS,
  ...change,
});

const SERVICES: LedgerInput['services'] = [
  { id: 'facebook', requiredFunctions: ['web', 'app'] },
  { id: 'whatsapp', requiredFunctions: ['messages', 'web'] },
];

function build(change: Partial<LedgerInput>) {
  return buildLedger({
    announcements: [],
    episodes: [],
    measured: [makePart()],
    services: SERVICES,
    rules: LEDGER_RULES,
    ...change,
  });
}

/** Announced 11 March, 12:00 UTC, effective 14 March, 00:00 Moscow. */
const ORDER = makeAnnouncement({
  id: 'order',
  announced_at: minute('2022-03-11T12:00'),
  effective_at: minute('2022-03-13T21:00'),
  services_exempt: [],
});
/** Announced on 4 March, a day of Moscow, without a time of effect. */
const DAY_ORDER = makeAnnouncement({ id: 'day-order', services_exempt: [] });

/** Announced at some time in 26 hours, one more than the longest day has. */
const LONG_ORDER = makeAnnouncement({
  id: 'long-order',
  announced_at: {
    ...DAY_ORDER.announced_at,
    value: null,
    precision: 'bounded',
    earliest: '2022-03-09T21:00:00Z',
    latest: '2022-03-10T22:59:59Z',
  },
  services_exempt: [],
});

type Row = {
  readonly name: string;
  readonly outcome: LedgerOutcome;
  readonly order?: Announcement;
  readonly others?: readonly Announcement[];
  readonly episodes?: readonly Episode[];
  readonly measured?: readonly MeasuredPart[];
  /** Hours against the announcement and against effect. */
  readonly announced?: readonly [number | undefined, number];
  readonly effective?: readonly [number | undefined, number];
};

const rows: readonly Row[] = [
  {
    name: 'an onset between announcement and effect is on time, with a negative lag against effect',
    outcome: 'on_time',
    episodes: [makeEpisode({ onset: ['2022-03-13T16:00', '2022-03-13T18:00'] })],
    announced: [52, 54],
    effective: [-5, -3],
  },
  {
    name: 'an onset within the day of grace is on time',
    outcome: 'on_time',
    episodes: [makeEpisode({ onset: ['2022-03-14T06:00', '2022-03-14T08:00'] })],
    announced: [66, 68],
    effective: [9, 11],
  },
  {
    name: 'an onset that certainly lies behind the grace is late',
    outcome: 'late',
    episodes: [makeEpisode({ onset: ['2022-03-15T02:00', '2022-03-15T04:00'] })],
    announced: [86, 88],
    effective: [29, 31],
  },
  {
    name: 'an onset that may lie on either side of the grace is uncertain, not late',
    outcome: 'time_uncertain',
    episodes: [makeEpisode({ onset: ['2022-03-14T12:00', '2022-03-15T12:00'] })],
    announced: [72, 96],
    effective: [15, 39],
  },
  {
    name: 'an onset that is certainly earlier than the announcement',
    outcome: 'before_announcement',
    episodes: [makeEpisode({ onset: ['2022-03-10T06:00', '2022-03-10T12:00'] })],
    announced: [-30, -24],
    effective: [-87, -81],
  },
  {
    name: 'an onset that may lie on either side of the announcement is uncertain',
    outcome: 'time_uncertain',
    episodes: [makeEpisode({ onset: ['2022-03-11T06:00', '2022-03-11T18:00'] })],
    announced: [-6, 6],
    effective: [-63, -51],
  },
  {
    name: 'a day without an hour: an onset on the day is on time, with the whole day in the lag',
    outcome: 'on_time',
    order: DAY_ORDER,
    episodes: [makeEpisode({ onset: ['2022-03-04T15:00', '2022-03-04T18:00'] })],
    announced: [-6, 21],
  },
  {
    name: 'a day without an hour: the evening before in UTC is the day itself in Moscow',
    outcome: 'on_time',
    order: DAY_ORDER,
    episodes: [makeEpisode({ onset: ['2022-03-03T21:30', '2022-03-03T22:00'] })],
    announced: [-23.5, 1],
  },
  ...(
    [
      ['2022-03-08T21:00', '2022-03-08T23:00', 'before_announcement', -50, -22],
      ['2022-03-10T06:00', '2022-03-10T08:00', 'time_uncertain', -17, 11],
      // After the stretch, and within a day of its end but not of its beginning.
      ['2022-03-11T02:00', '2022-03-11T04:00', 'time_uncertain', 3, 31],
      ['2022-03-12T00:00', '2022-03-12T02:00', 'late', 25, 53],
    ] as const
  ).map(
    ([after, by, outcome, least, most]): Row => ({
      name: `stated for longer than a day, it is not taken for a day: an onset by ${by}`,
      outcome,
      order: LONG_ORDER,
      episodes: [makeEpisode({ onset: [after, by] })],
      announced: [least, most],
    }),
  ),
  {
    name: 'a stretch between announcement and effect leaves it on time where it takes effect to the minute',
    outcome: 'on_time',
    order: { ...LONG_ORDER, effective_at: minute('2022-03-13T21:00') },
    episodes: [makeEpisode({ onset: ['2022-03-13T22:00', '2022-03-14T00:00'] })],
    announced: [71, 99],
    effective: [1, 3],
  },
  {
    name: 'restricted when first measured after the announcement: no lower end, and nothing claimed',
    outcome: 'time_uncertain',
    episodes: [makeEpisode({ onset: [undefined, '2022-03-14T00:00'] })],
    announced: [undefined, 60],
    effective: [undefined, 3],
  },
  {
    name: 'restricted when first measured, before the announcement: already',
    outcome: 'already_restricted',
    episodes: [makeEpisode({ onset: [undefined, '2022-03-10T00:00'] })],
  },
  {
    name: 'restricted since long before: already',
    outcome: 'already_restricted',
    episodes: [makeEpisode({ onset: ['2022-01-10T00:00', '2022-01-11T00:00'] })],
  },
  {
    name: 'restricted by an earlier order: already, though within the week before',
    outcome: 'already_restricted',
    others: [
      makeAnnouncement({
        id: 'earlier',
        announced_at: minute('2022-03-08T12:00'),
        services_exempt: [],
      }),
    ],
    episodes: [makeEpisode({ onset: ['2022-03-09T06:00', '2022-03-09T12:00'] })],
  },
  {
    name: 'a short failure that was over before the announcement is none of it',
    outcome: 'announced_not_measured',
    episodes: [
      makeEpisode({
        onset: ['2022-03-09T06:00', '2022-03-09T12:00'],
        end: ['2022-03-09T13:00', '2022-03-09T14:00'],
      }),
    ],
  },
  { name: 'measured throughout and never found', outcome: 'announced_not_measured' },
  {
    name: 'an onset after the window is not the announced one',
    outcome: 'announced_not_measured',
    episodes: [makeEpisode({ onset: ['2022-05-20T00:00', '2022-05-20T06:00'] })],
  },
  {
    name: 'free in the window and restricted when seen again after it: it may have begun in the window',
    outcome: 'time_uncertain',
    episodes: [makeEpisode({ onset: ['2022-03-20T00:00', '2022-05-20T00:00'] })],
    announced: [204, 1668],
    effective: [147, 1611],
  },
  {
    name: 'measured only before it was due',
    outcome: 'no_data',
    measured: [
      makePart({ ranges: [{ fromMs: at('2022-03-01T00:00'), untilMs: at('2022-03-14T12:00') }] }),
      makePart({ service: 'whatsapp' }),
    ],
  },
  {
    name: 'nothing measured at all in the window, though known to be restricted on both sides of it',
    outcome: 'no_data',
    episodes: [makeEpisode({ onset: ['2022-01-10T00:00', '2022-01-11T00:00'] })],
    measured: [
      makePart({
        ranges: [
          { fromMs: at('2022-01-01T00:00'), untilMs: at('2022-02-01T00:00') },
          { fromMs: at('2022-06-01T00:00'), untilMs: at('2022-06-02T00:00') },
        ],
      }),
    ],
  },
  {
    name: 'nothing anywhere was measured after it is due',
    outcome: 'pending',
    measured: [
      makePart({ ranges: [{ fromMs: at('2022-03-01T00:00'), untilMs: at('2022-03-14T12:00') }] }),
    ],
  },
  {
    name: 'a whole block waits for every function that is required',
    outcome: 'on_time',
    measured: [makePart(), makePart({ function: 'app' })],
    episodes: [
      makeEpisode({ onset: ['2022-03-13T18:00', '2022-03-13T20:00'] }),
      makeEpisode({ function: 'app', onset: ['2022-03-13T22:00', '2022-03-14T00:00'] }),
    ],
    announced: [58, 60],
    effective: [1, 3],
  },
  {
    name: 'a whole block of which only a part is found is not the announced one',
    outcome: 'announced_not_measured',
    measured: [makePart(), makePart({ function: 'app' })],
    episodes: [makeEpisode({ onset: ['2022-03-13T18:00', '2022-03-13T20:00'] })],
  },
  {
    name: 'a partial restriction is there with the first function',
    outcome: 'on_time',
    order: { ...ORDER, measure_kind: 'partial_restriction', action_kind: 'restriction' },
    measured: [makePart(), makePart({ function: 'media' })],
    episodes: [makeEpisode({ function: 'media', onset: ['2022-03-13T22:00', '2022-03-14T00:00'] })],
    announced: [58, 60],
    effective: [1, 3],
  },
  {
    name: 'a restriction of calls is not found in what happens to another function',
    outcome: 'announced_not_measured',
    order: { ...ORDER, measure_kind: 'function_block', functions_in_scope: ['voice_call'] },
    measured: [makePart(), makePart({ function: 'calls' })],
    episodes: [makeEpisode({ onset: ['2022-03-13T22:00', '2022-03-14T00:00'] })],
  },
];

const toHours = (lag: { leastMs?: number; mostMs: number } | undefined) =>
  lag && [
    lag.leastMs === undefined ? undefined : Math.round((lag.leastMs / HOUR_MS) * 100) / 100,
    Math.round((lag.mostMs / HOUR_MS) * 100) / 100,
  ];

suite('outcomes of a restriction', () => {
  for (const { name, outcome, order = ORDER, others = [], ...row } of rows)
    test(`${name} → ${outcome}`, () => {
      const ledger = build({
        announcements: [order, ...others],
        episodes: row.episodes ?? [],
        ...(row.measured === undefined ? {} : { measured: row.measured }),
      });
      const group = ledger.groups.find((one) => one.announcementId === order.id);
      const [found] = group?.rows ?? [];
      assert.equal(found?.outcome, outcome);
      assert.deepEqual(toHours(found.sinceAnnounced), row.announced);
      assert.deepEqual(toHours(found.sinceEffective), row.effective);
      assert.deepEqual(group?.summary.outcomes, { [outcome]: 1 });
    });

  test('a part of a block is told beside the outcome', () => {
    const { groups } = build({
      announcements: [ORDER],
      measured: [makePart(), makePart({ function: 'app' })],
      episodes: [makeEpisode({ onset: ['2022-03-13T18:00', '2022-03-13T20:00'] })],
    });
    assert.equal(groups[0]?.rows[0]?.partial?.function, 'web');
  });

  test('the earlier order is named where it explains what was there', () => {
    const earlier = makeAnnouncement({
      id: 'earlier',
      announced_at: minute('2022-03-08T12:00'),
      services_exempt: [],
    });
    const { groups } = build({
      announcements: [ORDER, earlier],
      episodes: [makeEpisode({ onset: ['2022-03-09T06:00', '2022-03-09T12:00'] })],
    });
    assert.equal(groups.find((one) => one.announcementId === 'order')?.rows[0]?.underId, 'earlier');
    assert.equal(
      groups.find((one) => one.announcementId === 'earlier')?.rows[0]?.outcome,
      'on_time',
    );
  });
});

suite('ends and exemptions', () => {
  const lift = makeAnnouncement({
    id: 'lift',
    action_kind: 'lift',
    announced_at: minute('2022-05-01T12:00'),
    services_exempt: [],
  });
  const onset = ['2022-03-04T12:00', '2022-03-04T18:00'] as const;
  const lifts: readonly (readonly [string, LedgerOutcome, readonly Episode[]])[] = [
    [
      'reachable again after the lift',
      'lifted',
      [makeEpisode({ onset, end: ['2022-05-02T12:00', '2022-05-02T18:00'] })],
    ],
    ['still restricted', 'announced_not_measured', [makeEpisode({ onset })]],
    ['never restricted', 'not_restricted', []],
    [
      'restricted in the window and free when seen again after it',
      'time_uncertain',
      [makeEpisode({ onset, end: ['2022-05-03T12:00', '2022-06-20T18:00'] })],
    ],
    [
      'free when the last function is',
      'announced_not_measured',
      [
        makeEpisode({ onset, end: ['2022-05-02T12:00', '2022-05-02T18:00'] }),
        makeEpisode({ onset, function: 'media' }),
      ],
    ],
  ];
  for (const [name, outcome, episodes] of lifts)
    test(`lift: ${name} → ${outcome}`, () => {
      const row = build({ announcements: [lift], episodes }).groups[0]?.rows[0];
      assert.equal(row?.outcome, outcome);
      if (outcome === 'lifted') assert.deepEqual(toHours(row.sinceAnnounced), [24, 30]);
    });

  test('an order with a stated end has a group for that end', () => {
    const { groups } = build({
      announcements: [{ ...ORDER, lifted_at: minute('2022-05-01T12:00') }],
      episodes: [makeEpisode({ onset, end: ['2022-05-02T12:00', '2022-05-02T18:00'] })],
    });
    const group = groups.find(({ phase }) => phase === 'lift');
    assert.equal(group?.rows[0]?.outcome, 'lifted');
    assert.deepEqual(toHours(group.rows[0].sinceEffective), [24, 30]);
  });

  const exempting = makeAnnouncement({
    id: 'exempting',
    announced_at: minute('2022-03-04T12:00'),
    services_in_scope: ['facebook', 'meta_company'],
  });
  const exemptions: readonly (readonly [string, LedgerOutcome, readonly Episode[]])[] = [
    ['never restricted', 'exemption_held', []],
    [
      'restricted later without a word',
      'exemption_broken',
      [
        makeEpisode({
          service: 'whatsapp',
          function: 'calls',
          onset: ['2022-05-02T12:00', '2022-05-02T18:00'],
        }),
      ],
    ],
  ];
  for (const [name, outcome, episodes] of exemptions)
    test(`exemption: ${name} → ${outcome}`, () => {
      const { groups } = build({
        announcements: [exempting],
        episodes,
        measured: [makePart(), makePart({ service: 'whatsapp', function: 'calls' })],
      });
      assert.deepEqual(
        groups.map(({ service, phase }) => `${service} ${phase}`),
        ['facebook restriction', 'whatsapp exemption'],
      );
      assert.equal(groups[1]?.rows[0]?.outcome, outcome);
    });

  test('an exemption ends where a measure against the service is announced', () => {
    const calls = makeAnnouncement({
      id: 'calls',
      announced_at: minute('2022-05-02T00:00'),
      action_kind: 'restriction',
      measure_kind: 'function_block',
      functions_in_scope: ['voice_call'],
      services_in_scope: ['whatsapp'],
      services_exempt: [],
    });
    const { groups } = build({
      announcements: [exempting, calls],
      episodes: [...(exemptions[1]?.[2] ?? [])],
      measured: [makePart({ service: 'whatsapp', function: 'calls' })],
    });
    assert.equal(
      groups.find(({ phase }) => phase === 'exemption')?.rows[0]?.outcome,
      'exemption_held',
    );
  });
});

suite('what is in the ledger', () => {
  const kept: readonly (readonly [string, Partial<Announcement>, number])[] = [
    ['an order', {}, 1],
    ['a request', { action_kind: 'request' }, 0],
    ['a statement', { action_kind: 'statement' }, 0],
    ['a ruling that bans an activity', { action_kind: 'ruling', measure_kind: 'activity_ban' }, 1],
    ['a ruling on content', { action_kind: 'ruling', measure_kind: 'content_rule' }, 0],
    ['what nobody has reviewed', { status: 'needs_review' }, 0],
    ['what was retracted', { status: 'retracted' }, 0],
    ['what is disputed', { status: 'disputed' }, 1],
    ['another service', { services_in_scope: ['other'] }, 0],
    ['advertising, which is not measured', { functions_in_scope: ['advertising'] }, 0],
    ['a region that is no place', { regions: { kind: 'not_applicable', codes: [] } }, 0],
    ['two countries', { regions: { kind: 'listed', codes: ['RU', 'BY'] } }, 2],
    [
      'two regions of one country',
      { regions: { kind: 'subnational', codes: ['RU-DA', 'RU-CE'] } },
      1,
    ],
  ];
  for (const [name, change, count] of kept)
    test(`${name}: ${count}`, () => {
      const { groups } = build({ announcements: [{ ...DAY_ORDER, ...change }] });
      assert.equal(groups.length, count);
      assert.equal(groups[0]?.isPartOfCountry ?? false, change.regions?.kind === 'subnational');
    });

  test('an act that changes access and has no group says why', () => {
    const { skipped } = build({
      announcements: [
        { ...DAY_ORDER, id: 'a', services_in_scope: ['other'] },
        { ...DAY_ORDER, id: 'b', functions_in_scope: ['advertising'] },
        { ...DAY_ORDER, id: 'c', regions: { kind: 'not_applicable', codes: [] } },
        {
          ...DAY_ORDER,
          id: 'd',
          announced_at: {
            ...DAY_ORDER.announced_at,
            value: null,
            precision: 'unknown',
            earliest: null,
            latest: null,
          },
        },
      ],
    });
    assert.deepEqual(skipped, [
      { announcementId: 'a', reason: 'no_measured_service' },
      { announcementId: 'b', reason: 'no_measured_function' },
      { announcementId: 'c', reason: 'no_country' },
      { announcementId: 'd', reason: 'no_time' },
    ]);
  });

  test('two vantages of one network are one row: the one that saw it first speaks', () => {
    const second = { ...VANTAGE, vantageId: 'ru-two' };
    const { groups } = build({
      announcements: [ORDER],
      measured: [makePart(), makePart(second)],
      episodes: [
        makeEpisode({ onset: ['2022-03-14T06:00', '2022-03-14T08:00'] }),
        { ...makeEpisode({ onset: ['2022-03-13T22:00', '2022-03-14T00:00'] }), ...second },
      ],
    });
    assert.equal(groups[0]?.rows.length, 1);
    assert.deepEqual(groups[0].rows[0]?.vantageIds, ['ru-one', 'ru-two']);
    assert.equal(groups[0].rows[0].finding?.vantageId, 'ru-two');
  });

  test('a restriction of a country that nothing was announced for is in the list', () => {
    const { unannounced } = build({
      announcements: [ORDER],
      episodes: [
        { ...makeEpisode({ onset: ['2022-03-14T06:00', '2022-03-14T08:00'] }), countryCode: 'BY' },
        makeEpisode({ onset: ['2022-03-14T06:00', '2022-03-14T08:00'] }),
      ],
    });
    assert.deepEqual(
      unannounced.map(({ countryCode }) => countryCode),
      ['BY'],
    );
  });

  test('figures over networks: medians and ranges of both ends, and how many were certainly within', () => {
    const networks = [1, 2, 3].map((number) => ({
      ...VANTAGE,
      vantageId: `ru-${number}`,
      asn: 64_512 + number,
    }));
    const { groups } = build({
      announcements: [ORDER],
      measured: networks.map((network) => makePart(network)),
      episodes: networks.map((network, index) => ({
        ...makeEpisode({
          onset: [`2022-03-1${4 + index}T00:00`, `2022-03-1${4 + index}T02:00`],
        }),
        ...network,
      })),
    });
    const { sinceEffective, within } = groups[0]?.summary ?? {};
    assert.deepEqual(toHours(sinceEffective?.median), [27, 29]);
    assert.deepEqual(toHours(sinceEffective?.range), [3, 53]);
    assert.deepEqual(
      within?.map(({ networks: count }) => count),
      [0, 1, 3, 3, 3],
    );
  });
});

test('whatever the true onset and the true time, the true lag lies in the interval, and no outcome contradicts it', () => {
  const noon = at('2022-03-14T12:00');
  fc.assert(
    fc.property(
      fc.integer({ min: -6 * 24 * 60, max: 25 * 24 * 60 }),
      fc.integer({ min: 1, max: 2 * 24 * 60 }),
      fc.integer({ min: 0, max: 2 * 24 * 60 }),
      fc.integer({ min: 0, max: 36 * 60 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (onsetMinutes, before, after, widthMinutes, share) => {
        const trueMs = noon + onsetMinutes * 60_000;
        const iso = (ms: number) => new Date(ms).toISOString();
        const widthMs = widthMinutes * 60_000;
        const announcement: Announcement = {
          ...DAY_ORDER,
          announced_at: {
            ...DAY_ORDER.announced_at,
            value: null,
            precision: 'bounded',
            earliest: iso(noon),
            latest: iso(noon + widthMs),
          },
        };
        const episode: Episode = {
          ...makeEpisode({ onset: ['2022-03-14T06:00', '2022-03-14T08:00'] }),
          onset: { afterMs: trueMs - before * 60_000, byMs: trueMs + after * 60_000 },
        };
        const row = build({ announcements: [announcement], episodes: [episode] }).groups[0]
          ?.rows[0];
        assert.ok(row);
        const trueLagMs = trueMs - (noon + share * widthMs);
        const { sinceAnnounced: lag } = row;
        if (lag !== undefined) {
          assert.ok(lag.leastMs !== undefined && lag.leastMs <= trueLagMs);
          assert.ok(trueLagMs <= lag.mostMs);
        } else assert.equal(row.outcome, 'already_restricted');
        if (row.outcome === 'before_announcement') assert.ok(trueLagMs < 0);
        if (row.outcome === 'late') assert.ok(trueLagMs > LEDGER_RULES.graceMs);
        if (row.outcome !== 'on_time') return;
        assert.ok(trueMs >= noon && trueMs <= noon + widthMs + 1_000 + LEDGER_RULES.graceMs);
        // Stated for longer than a day, it is certain whatever the true time is.
        if (widthMinutes >= 25 * 60) assert.ok(trueLagMs >= 0 && trueLagMs <= LEDGER_RULES.graceMs);
      },
    ),
    { numRuns: 500 },
  );
});

test('the newest measurement of what goes on is not quoted, also where one of its parts has ended', () => {
  const onset = ['2022-03-14T06:00', '2022-03-14T08:00'] as const;
  const end = ['2022-03-15T06:00', '2022-03-15T08:00'] as const;
  const evidenceOf = (...episodes: Episode[]) => {
    const measured = [makePart(), makePart({ function: 'app' })];
    const ledger = build({ announcements: [ORDER], episodes, measured });
    return ledger.groups[0]?.rows[0]?.finding?.evidence;
  };
  const settled = { lastGoodId: 'good', firstBadId: 'bad' };
  const web = makeEpisode({ onset });
  assert.deepEqual(evidenceOf(web, makeEpisode({ function: 'app', onset })), settled);
  assert.deepEqual(evidenceOf(web, makeEpisode({ function: 'app', onset, end })), settled);
  const both = [makeEpisode({ onset, end }), makeEpisode({ function: 'app', onset, end })];
  assert.deepEqual(evidenceOf(...both), { ...settled, lastBadId: 'bad2' });
  assert.deepEqual(build({ episodes: [web] }).unannounced[0]?.evidence, settled);
});
