/** Restrictions of one lane, row by row: what opens them, what ends them, and what does neither. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { TEST_RULES } from '../../probes/testing/observations.ts';
import {
  makeLane,
  makeVantage,
  mechanismsOf,
  readRounds,
  START_MS,
  STEP_MS,
  toRuns,
} from '../testing/rounds.ts';
import type { FoundEpisode } from './found-episode.ts';
import { findEpisodes } from './testing/detect-incidents.ts';

const RULES = TEST_RULES.detector;
const ALPHABET = Array.from('oooobbBniiix.');
const find = (letters: string): FoundEpisode[] => findEpisodes(makeLane(letters), RULES);
const toIndex = (atMs: number | undefined): number | undefined =>
  atMs === undefined ? undefined : (atMs - START_MS) / STEP_MS;

/** `(after, by] (after, by] opened closed`, in rounds from the first letter on. */
function say({ episode, openedAtMs, closedAtMs }: FoundEpisode): string {
  const interval = (one?: { afterMs?: number; byMs: number }): string =>
    one ? `(${toIndex(one.afterMs) ?? ''},${toIndex(one.byMs)}]` : '-';
  return [
    episode.kind,
    interval(episode.onset),
    interval(episode.end),
    toIndex(openedAtMs),
    toIndex(closedAtMs) ?? '-',
  ].join(' ');
}

const rows = [
  { name: 'nothing', letters: '', expected: [] },
  { name: 'good rounds', letters: 'oooooo', expected: [] },
  { name: 'one failure is chance', letters: 'ooobooo', expected: [] },
  { name: 'two of four are not enough', letters: 'oobboobboo', expected: [] },
  { name: 'three in a row', letters: 'oobbb', expected: ['blocked (1,2] - 4 -'] },
  { name: 'three of four', letters: 'oobobb', expected: ['blocked (1,2] - 5 -'] },
  { name: 'three of five are not enough', letters: 'oobobob', expected: [] },
  { name: 'confirmed opens at once', letters: 'oooB', expected: ['blocked (2,3] - 3 -'] },
  {
    name: 'no good round before: the onset is open',
    letters: 'bbb',
    expected: ['blocked (,0] - 2 -'],
  },
  {
    name: 'ends with three good rounds',
    letters: 'obbbooo',
    expected: ['blocked (0,1] (3,4] 3 6'],
  },
  { name: 'two good rounds do not end it', letters: 'obbboobb', expected: ['blocked (0,1] - 3 -'] },
  {
    name: 'good rounds are counted in a row',
    letters: 'obbboobooo',
    expected: ['blocked (0,1] (6,7] 3 9'],
  },
  { name: 'partly restricted', letters: 'oiiio', expected: ['impaired (0,1] - 3 -'] },
  { name: 'partly, then wholly', letters: 'oiiibbb', expected: ['blocked (0,1] - 3 -'] },
  {
    name: 'two rounds do not make it wholly',
    letters: 'oiiibbi',
    expected: ['impaired (0,1] - 3 -'],
  },
  { name: 'down opens nothing', letters: 'oodddddd', expected: [] },
  { name: 'what cannot be told opens nothing', letters: 'ooxxxxxx', expected: [] },
  { name: 'missed rounds open nothing', letters: 'oo......', expected: [] },
  { name: 'and close nothing', letters: 'obbbxxxddd......', expected: ['blocked (0,1] - 3 -'] },
  {
    name: 'and do not count between',
    letters: 'obxb.db',
    expected: ['blocked (0,1] - 6 -'],
  },
  {
    name: 'failures on both sides of a long hole are not counted together',
    letters: 'obb.......b',
    expected: [],
  },
  { name: 'those of a shorter one are', letters: 'obb......b', expected: ['blocked (0,1] - 9 -'] },
  {
    name: 'an onset in a hole is as wide as the hole',
    letters: 'o..........bbb',
    expected: ['blocked (0,11] - 13 -'],
  },
  {
    name: 'so is an end',
    letters: 'obbb..........ooo',
    expected: ['blocked (0,1] (3,14] 3 16'],
  },
  {
    name: 'a second restriction',
    letters: 'obbbooobbb',
    expected: ['blocked (0,1] (3,4] 3 6', 'blocked (6,7] - 9 -'],
  },
] as const;

suite('restrictions of a lane', () => {
  for (const { name, letters, expected } of rows)
    test(`${name}: ${letters}`, () => assert.deepEqual(find(letters).map(say), expected));

  /** name, letters, `kind (after, by] known` of each level */
  const levels = [
    { name: 'blocked from the beginning on', letters: 'obbb', expected: ['blocked (0,1] 3'] },
    { name: 'in part', letters: 'oiii', expected: ['impaired (0,1] 3'] },
    {
      name: 'in part, then wholly',
      letters: 'oiiibbb',
      expected: ['impaired (0,1] 3', 'blocked (3,4] 6'],
    },
    {
      name: 'likely blocked is blocked',
      letters: 'oiiilbb',
      expected: ['impaired (0,1] 3', 'blocked (3,4] 6'],
    },
    {
      name: 'what is certain counts at once',
      letters: 'oiiiiB',
      expected: ['impaired (0,1] 3', 'blocked (4,5] 5'],
    },
    {
      name: 'single rounds never add up to a block',
      letters: `oiii${'iiib'.repeat(6)}`,
      expected: ['impaired (0,1] 3'],
    },
    {
      name: 'of a block that was in part for a round while it opened the first round counts',
      letters: 'obibbb',
      expected: ['blocked (0,1] 4'],
    },
    {
      name: 'rounds between that say nothing make the beginning as wide as they are',
      letters: 'oiiix..bbb',
      expected: ['impaired (0,1] 3', 'blocked (3,7] 9'],
    },
    {
      name: 'wholly, then in part, once that has lasted and been held',
      letters: 'obbbiii',
      expected: ['blocked (0,1] 3', 'impaired (3,4] 6'],
    },
    {
      name: 'two lesser rounds are none',
      letters: 'obbbiibii',
      expected: ['blocked (0,1] 3'],
    },
    {
      name: 'a good round among them is lesser too',
      letters: 'obbboiib',
      expected: ['blocked (0,1] 3', 'impaired (3,4] 6'],
    },
    {
      name: 'up again',
      letters: 'obbbiiibbb',
      expected: ['blocked (0,1] 3', 'impaired (3,4] 6', 'blocked (6,7] 9'],
    },
  ] as const;
  for (const { name, letters, expected } of levels)
    test(`${name}: ${letters}`, () => {
      const [found, ...others] = find(letters);
      assert.equal(others.length, 0);
      assert.deepEqual(
        found?.levels.map(
          ({ kind, since, knownAtMs }) =>
            `${kind} (${toIndex(since.afterMs)},${toIndex(since.byMs)}] ${toIndex(knownAtMs)}`,
        ),
        expected,
      );
    });

  test('a level names the measurements on both sides of its beginning', () => {
    const { levels: found = [] } = find('oiiibbb')[0]?.episode ?? {};
    assert.deepEqual(
      found.map(({ evidence }) => evidence),
      [
        {
          lastOtherId: 'facebook.a.20220304T120000Z',
          firstId: 'facebook.a.20220304T120500Z',
        },
        {
          lastOtherId: 'facebook.a.20220304T121500Z',
          firstId: 'facebook.a.20220304T122000Z',
        },
      ],
    );
  });

  test('counts rounds of the grid and those that were missed', () => {
    const [found] = find('obb.xb..b-bo');
    assert.equal(found?.episode.rounds, 10);
    assert.equal(found?.episode.missing, 4);
  });

  test('names the measurements on both sides', () => {
    const [found] = find('obbbooo');
    const { evidence } = found?.episode ?? {};
    assert.deepEqual(evidence, {
      lastGoodId: 'facebook.a.20220304T120000Z',
      firstBadId: 'facebook.a.20220304T120500Z',
      lastBadId: 'facebook.a.20220304T121500Z',
      firstGoodId: 'facebook.a.20220304T122000Z',
    });
  });

  test('a mechanism changes when it lasts; less depth is no change, more depth is', () => {
    const of = (letters: string) => mechanismsOf(find(letters)[0]?.mechanisms ?? []);
    assert.deepEqual(of('obbbnbbb'), ['tls.reset']);
    assert.deepEqual(of('obbbnnbb'), ['tls.reset', 'dns.nxdomain', 'tls.reset']);
    assert.deepEqual(of('obbbssbb'), ['tls.reset', 'tls.reset.sni']);
    assert.equal(find('obbbnnnbbbb').length, 1, 'a change of mechanism ends nothing');
  });

  test('holds as long as it was said to, however short the rounds', () => {
    const lane = makeLane(`obbb${'o'.repeat(60)}`, makeVantage('a'), 'service', 60_000);
    const [found] = findEpisodes(lane, RULES);
    assert.equal(found?.closedAtMs, START_MS + (3 + 15) * 60_000);
    assert.equal(found?.episode.end?.byMs, START_MS + 4 * 60_000, 'the end is when it ended');
  });

  test('more than four changes in two hours make it unstable, an hour without one settles it', () => {
    const flapping = 'ooBooobbboobboo';
    const [open] = find(flapping).slice(-1);
    assert.equal(open?.episode.isUnstable, true);
    assert.equal(toIndex(open.unstable[0]?.fromMs), 11);
    const settled = find(`${flapping}${'o'.repeat(20)}`).at(-1);
    assert.equal(settled?.episode.isUnstable, false);
    // The last change is round 13; an hour is twelve rounds.
    assert.equal(toIndex(settled?.unstable[0]?.untilMs), 25);
    assert.equal(toIndex(settled?.closedAtMs), 25);
    assert.equal(toIndex(settled?.episode.end?.byMs), 13);
  });

  test('rounds hours apart: nothing is ever unstable, and holes are in their own measure', () => {
    const lane = (letters: string) =>
      makeLane(letters, makeVantage('a'), 'service', 12 * 3_600_000);
    assert.equal(findEpisodes(lane('oBoooBoooBoooBooo'), RULES).length, 4);
    assert.equal(findEpisodes(lane('obb......b'), RULES).length, 1);
    assert.equal(findEpisodes(lane('obb.......b'), RULES).length, 0);
  });

  test('missed rounds are the same whether they are told or left out', () => {
    const letters = fc.array(fc.constantFrom(...ALPHABET), { maxLength: 120 });
    fc.assert(
      fc.property(letters, (all) => {
        const text = `o${all.join('')}o`;
        assert.deepEqual(find(text), find(text.replaceAll('.', '-')));
      }),
      { numRuns: 1_000 },
    );
  });

  test('runs give what rounds give one by one, and later rounds change nothing that was concluded', () => {
    const letters = fc.array(fc.constantFrom(...ALPHABET), { minLength: 1, maxLength: 120 });
    const vantage = makeVantage('a');
    fc.assert(
      fc.property(letters, (all) => {
        const rounds = readRounds(all.map((one) => one.repeat(2)).join(''));
        const lane = { service: 'facebook', function: 'service', vantage } as const;
        // One run per round, so that nothing is skipped.
        const single = rounds.flatMap((round) => toRuns([round], STEP_MS, 4));
        const whole = findEpisodes({ ...lane, runs: toRuns(rounds, STEP_MS, 4) }, RULES);
        assert.deepEqual(whole, findEpisodes({ ...lane, runs: single }, RULES));
        const half = rounds.slice(0, Math.ceil(rounds.length / 2));
        const opened = findEpisodes({ ...lane, runs: toRuns(half, STEP_MS, 4) }, RULES);
        for (const [index, one] of opened.entries()) {
          assert.equal(one.openedAtMs, whole[index]?.openedAtMs);
          assert.deepEqual(one.episode.onset, whole[index]?.episode.onset);
          if (one.closedAtMs !== undefined) assert.deepEqual(one, whole[index]);
          // That it had been blocked from the beginning on may come out later.
          const known = one.levels.filter(({ kind }, at) => at > 0 || kind === 'blocked');
          const later = whole[index]?.levels ?? [];
          assert.ok(known.every((level) => later.some((two) => isDeepStrictEqual(two, level))));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('levels go in order, alternate, lie within the restriction, and begin where it does', () => {
    const letters = fc.array(fc.constantFrom(...ALPHABET), { minLength: 1, maxLength: 160 });
    fc.assert(
      fc.property(letters, (all) => {
        for (const { episode, levels: found } of find(all.join(''))) {
          assert.deepEqual(found[0]?.since, episode.onset);
          assert.equal(
            episode.kind,
            found.some(({ kind }) => kind === 'blocked') ? 'blocked' : 'impaired',
          );
          const lastMs = episode.end?.afterMs ?? Number.POSITIVE_INFINITY;
          for (const [index, { kind, since, knownAtMs }] of found.entries()) {
            assert.ok(since.byMs <= knownAtMs && since.byMs <= lastMs);
            const before = found[index - 1];
            if (before === undefined) continue;
            assert.notEqual(kind, before.kind);
            assert.ok(before.since.byMs <= (since.afterMs ?? Number.NEGATIVE_INFINITY));
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('when a part became the whole lies in the interval when verdicts are right', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 80 }),
        fc.array(fc.integer({ min: 5, max: 100 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: STEP_MS - 1 }),
        (turn, holes, offsetMs) => {
          const missed = new Set(holes);
          const text = Array.from({ length: 120 }, (_, index) =>
            missed.has(index) ? '.' : index < 2 ? 'o' : index <= turn ? 'i' : 'b',
          ).join('');
          const trueMs = START_MS + turn * STEP_MS + offsetMs;
          const [first, second, ...others] = find(text)[0]?.levels ?? [];
          assert.equal(others.length, 0);
          assert.equal(first?.kind, 'impaired');
          assert.equal(second?.kind, 'blocked');
          assert.ok((second.since.afterMs ?? 0) < trueMs && trueMs <= second.since.byMs);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('the true onset lies in the interval when verdicts are right', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 80 }),
        fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: STEP_MS - 1 }),
        (onset, holes, offsetMs) => {
          const missed = new Set(holes);
          const text = Array.from({ length: 120 }, (_, index) =>
            missed.has(index) ? '.' : index <= onset ? 'o' : 'b',
          ).join('');
          const trueMs = START_MS + onset * STEP_MS + offsetMs;
          const [found, ...others] = find(text);
          assert.equal(others.length, 0);
          assert.ok(found);
          assert.deepEqual(
            found.episode.levels.map(({ since }) => since),
            [found.episode.onset],
          );
          assert.ok(
            (found.episode.onset.afterMs ?? 0) < trueMs && trueMs <= found.episode.onset.byMs,
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
