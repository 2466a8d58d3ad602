/** Whoever checks the books must notice every way in which they can be wrong; here the right ones are made wrong. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import type { LedgerContent, LedgerRow } from '../../db/ledger-types.ts';
import { listDemoSlots } from '../../probes/lab/demo-slots.ts';
import { REGION_NETWORKS } from '../../probes/lab/region-networks.ts';
import { STORY } from '../../probes/lab/story.ts';
import { buildLedger } from '../analysis/ledger.ts';
import { LEDGER_RULES } from '../analysis/ledger-input.ts';
import { listStoryEpisodes } from '../analysis/testing/story-episodes.ts';
import type { Episode, Incident } from '../analysis/types.ts';
import { compareIncidents } from './verify-incidents.ts';
import { compareStoryLedger } from './verify-ledger.ts';
import type { Line } from './verify-story.ts';

const { services, announcements, rules } = loadConfig({
  file: join(import.meta.dirname, '../../config/reachline.yaml'),
});
const TRUE = listStoryEpisodes(services);
const build = (episodes: readonly Episode[]): LedgerContent =>
  buildLedger({ measured: TRUE.measured, episodes, announcements, services, rules: LEDGER_RULES });
const CONTENT = build(TRUE.episodes);
const HOUR_MS = 3_600_000;
const wrong = (lines: readonly Line[]): string[] =>
  lines.filter(({ isRight }) => !isRight).map(({ text }) => text);

/** The ledger with one row of Instagram's block changed. */
function withRow(change: (row: LedgerRow) => LedgerRow[]): LedgerContent {
  const groups = CONTENT.groups.map((group) =>
    group.announcementId === 'ru-rkn-2022-03-11-instagram-block'
      ? {
          ...group,
          rows: group.rows.flatMap((row) =>
            row.vantageIds.includes('ru-siberia-mobile') ? change(row) : [row],
          ),
        }
      : group,
  );
  return { ...CONTENT, groups };
}

function shift(row: LedgerRow, byMs: number): LedgerRow {
  const { finding } = row;
  assert.ok(finding?.onset.afterMs !== undefined);
  const onset = { afterMs: finding.onset.afterMs + byMs, byMs: finding.onset.byMs + byMs };
  return { ...row, finding: { ...finding, onset } };
}

function without<T extends object, K extends keyof T>(row: T, key: K): Omit<T, K> {
  const copy: Partial<T> = { ...row };
  delete copy[key];
  return copy as Omit<T, K>;
}

const LEDGERS: readonly (readonly [name: string, LedgerContent, expected: RegExp])[] = [
  ['an interval two hours early', withRow((row) => [shift(row, -2 * HOUR_MS)]), /lies outside/],
  ['an interval two hours late', withRow((row) => [shift(row, 2 * HOUR_MS)]), /lies outside/],
  ['another outcome', withRow((row) => [{ ...row, outcome: 'on_time' }]), /imposed late/],
  [
    'left open without need',
    withRow((row) => [{ ...row, outcome: 'time_uncertain' }]),
    /imposed late/,
  ],
  [
    'a lag that is too short',
    withRow((row) => [{ ...row, sinceEffective: { leastMs: 0, mostMs: HOUR_MS } }]),
    /lag lies outside/,
  ],
  [
    'a lag without lower end',
    withRow((row) => [{ ...row, sinceAnnounced: { mostMs: 999 * HOUR_MS } }]),
    /lag lies outside/,
  ],
  [
    'a lag that is not there',
    withRow((row) => [without(row, 'sinceEffective')]),
    /lag lies outside/,
  ],
  ['no interval', withRow((row) => [without(row, 'finding')]), /no interval/],
  ['a network that is missing', withRow(() => []), /not in the ledger/],
  [
    'a network too many',
    withRow((row) => [row, { ...row, vantageIds: ['ua-dnipro-fixed'] }]),
    /nothing imposed/,
  ],
  ['a group too few', { ...CONTENT, groups: CONTENT.groups.slice(1) }, /not in the ledger/],
  [
    'a group too many',
    {
      ...CONTENT,
      groups: [
        ...CONTENT.groups,
        ...CONTENT.groups.slice(0, 1).map((one) => ({ ...one, announcementId: 'x' })),
      ],
    },
    /nothing imposed for it/,
  ],
  [
    'one that was announced after all',
    { ...CONTENT, unannounced: CONTENT.unannounced.slice(1) },
    /never announced.*not in the ledger/,
  ],
  [
    'one that nobody imposed',
    { ...CONTENT, unannounced: [...CONTENT.unannounced, ...CONTENT.unannounced.slice(0, 1)] },
    /DIFFERS: announced/,
  ],
];

suite('the ledger against the story', () => {
  test('the ledger of the truth differs nowhere, and says less in one line', () => {
    const { lines, vague } = compareStoryLedger(CONTENT, STORY);
    assert.deepEqual(wrong(lines), []);
    assert.equal(lines.length, 65);
    // Facebook came back on one network ten minutes into the day of the ruling.
    assert.equal(vague, 1);
  });

  for (const [name, content, expected] of LEDGERS)
    test(`notices ${name}`, () => {
      const texts = wrong(compareStoryLedger(content, STORY).lines);
      assert.ok(
        texts.some((text) => expected.test(text)),
        texts.join('\n'),
      );
    });

  test('a ledger that was never built differs in every line', () => {
    const { lines } = compareStoryLedger(undefined, STORY);
    assert.equal(wrong(lines).length, lines.length);
  });
});

const TRUTH = {
  story: STORY,
  services,
  vantages: REGION_NETWORKS.map(({ vantage }) => vantage),
  slots: listDemoSlots(),
  rules: rules.detector,
};

/** One incident per service, as the story makes them: nothing of it ever ends as a whole. */
function toIncidents(episodes: readonly Episode[]): Incident[] {
  return [...Map.groupBy(episodes, ({ service }) => service)].flatMap(([service, own]) => {
    const [first] = own.toSorted((a, b) => a.onset.byMs - b.onset.byMs);
    if (!first) return [];
    return [
      {
        id: service,
        service,
        countryCode: 'RU',
        onset: first.onset,
        severity: 'major',
        state: 'open',
        episodes: own,
        log: [],
      },
    ];
  });
}

const lastOf = (change: (one: Episode) => Episode[]): Episode[] =>
  TRUE.episodes.flatMap((one, index) =>
    one.end !== undefined && index === TRUE.episodes.findIndex(({ end }) => end !== undefined)
      ? change(one)
      : [one],
  );

const INCIDENTS: readonly (readonly [name: string, episodes: Episode[], expected: RegExp])[] = [
  ['one that is missing', lastOf(() => []), /no incident/],
  [
    'one too many',
    lastOf((one) => [one, { ...one, onset: { afterMs: 0, byMs: 1 } }]),
    /nothing imposed/,
  ],
  [
    'an end that is wrong',
    lastOf((one) => [{ ...one, end: { afterMs: 0, byMs: (one.end?.afterMs ?? 0) - 1 } }]),
    /to 2022/,
  ],
  ['an end that is missing', lastOf((one) => [without(one, 'end')]), /to 2022.*goes on$/],
  [
    'a restriction in another country',
    [
      ...TRUE.episodes,
      ...TRUE.episodes.slice(0, 1).map((one) => ({ ...one, vantageId: 'ua-dnipro-fixed' })),
    ],
    /ua-dnipro-fixed.*nothing imposed/,
  ],
];

suite('incidents against the story', () => {
  test('those of the truth differ nowhere', () => {
    const lines = compareIncidents(toIncidents(TRUE.episodes), TRUTH);
    assert.deepEqual(wrong(lines), []);
    assert.ok(lines.length > 40);
  });

  for (const [name, episodes, expected] of INCIDENTS)
    test(`notices ${name}`, () => {
      const texts = wrong(compareIncidents(toIncidents(episodes), TRUTH));
      assert.ok(
        texts.some((text) => expected.test(text)),
        texts.join('\n'),
      );
    });

  test('notices an incident that begins too late as a whole', () => {
    const [incident, ...others] = toIncidents(TRUE.episodes);
    assert.ok(incident);
    const late = {
      ...incident,
      onset: { afterMs: incident.onset.byMs, byMs: incident.onset.byMs + 1 },
    };
    assert.match(wrong(compareIncidents([late, ...others], TRUTH)).join('\n'), /^incident/m);
  });
});
