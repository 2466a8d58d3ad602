/** What counts as a change on a watch, and what does not. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { TEST_RULES } from '../../probes/testing/observations.ts';
import { MINUTE_MS, makeLane, makeVantage, START_MS, STEP_MS } from '../testing/rounds.ts';
import { assessAvailability } from './availability.ts';
import { listStateChanges } from './state-changes.ts';
import { findEpisodes } from './testing/detect-incidents.ts';
import type { Episode, Part, RunLane } from './types.ts';

const RULES = TEST_RULES.detector;

type Letters = Readonly<Record<string, string>>;

/** Lanes of one vantage by part. */
function makeLanes(letters: Letters, stepMs = STEP_MS): RunLane[] {
  return Object.entries(letters).map(([part, text]) =>
    makeLane(text, makeVantage('a'), part as Part, stepMs),
  );
}

function find(lanes: readonly RunLane[]): Episode[] {
  return lanes.flatMap((lane) => findEpisodes(lane, RULES).map(({ episode }) => episode));
}

/** `from to round`, the oldest first; with how many it stands for when unstable. */
function say(letters: Letters, fromRound = 0, stepMs = STEP_MS): string[] {
  const episodes = find(makeLanes(letters, stepMs));
  return listStateChanges(episodes, START_MS + fromRound * stepMs, RULES)
    .toReversed()
    .map(({ from, to, atMs, unstable }) =>
      [from, to, (atMs - START_MS) / stepMs, ...(unstable === undefined ? [] : [unstable])].join(
        ' ',
      ),
    );
}

const rows: readonly {
  readonly name: string;
  readonly letters: Letters;
  readonly expected: readonly string[];
  readonly fromRound?: number;
  readonly stepMs?: number;
}[] = [
  { name: 'nothing', letters: { service: 'oooooo' }, expected: [] },
  { name: 'one failure', letters: { service: 'ooobooo' }, expected: [] },
  { name: 'a failure that has not lasted yet', letters: { service: 'ooobb' }, expected: [] },
  { name: 'a block', letters: { service: 'oobbb' }, expected: ['ok blocked 2'] },
  {
    name: 'likely blocked and blocked are one',
    letters: { service: 'oobbblblbblll' },
    expected: ['ok blocked 2'],
  },
  {
    name: 'doubt, silence and trouble of the service itself between',
    letters: { service: 'oobbbx..dbbb' },
    expected: ['ok blocked 2'],
  },
  { name: 'nothing measured before', letters: { service: 'bbb' }, expected: ['no_data blocked 0'] },
  { name: 'a new vantage that reaches it', letters: { service: 'ooo' }, expected: [] },
  {
    name: 'in part, then wholly, then over',
    letters: { service: 'oiiibbbbbooo' },
    expected: ['ok impaired 1', 'impaired blocked 4', 'blocked ok 9'],
  },
  {
    name: 'what lasts no longer than it is held is passed over',
    letters: { service: 'oiibbbbb' },
    expected: ['ok blocked 3'],
  },
  {
    name: 'a part alone is a restriction in part',
    letters: { service: 'oooooooo', calls: 'obbbbooo' },
    expected: ['ok impaired 1', 'impaired ok 5'],
  },
  {
    name: 'a part that begins a round before the whole is no change of its own',
    letters: { service: 'ooobbbbbbb', web: 'oobbbbbbbb' },
    expected: ['ok blocked 3'],
  },
  {
    name: 'changes of before are left out',
    letters: { service: 'oobbbbbbooooo' },
    fromRound: 5,
    expected: ['blocked ok 8'],
  },
  {
    name: 'rounds that turn are one unstable time',
    letters: { service: 'ooBooobbboobboo' },
    expected: ['ok blocked 6 1'],
  },
  {
    name: 'restrictions that come and go hour by hour are one unstable time as well',
    letters: { service: 'oBoooBoooBooo' },
    stepMs: 60 * MINUTE_MS,
    expected: ['ok ok 10 6'],
  },
  {
    name: 'four changes still stand alone',
    letters: { service: 'oBoooBooo' },
    stepMs: 60 * MINUTE_MS,
    expected: ['ok blocked 1', 'blocked ok 2', 'ok blocked 5', 'blocked ok 6'],
  },
];

suite('changes that a watch is told of', () => {
  for (const { name, letters, expected, fromRound, stepMs } of rows)
    test(name, () => assert.deepEqual(say(letters, fromRound, stepMs), expected));

  test('names the measurements on both sides', () => {
    const [change] = listStateChanges(find(makeLanes({ service: 'oobbb' })), 0, RULES);
    assert.equal(change?.previousMeasurementId, 'facebook.a.20220304T120500Z');
    assert.equal(change.measurementId, 'facebook.a.20220304T121000Z');
    assert.equal(change.previousAtMs, START_MS + STEP_MS);
  });

  test('of what was stored before levels were kept the worst is told from the onset on', () => {
    const episodes = find(makeLanes({ service: 'oiiibbbb' })).map((one) => ({
      ...one,
      levels: [],
    }));
    const told = listStateChanges(episodes, 0, RULES).map(({ from, to }) => `${from} ${to}`);
    assert.deepEqual(told, ['ok blocked']);
  });

  const texts = fc
    .array(fc.tuple(fc.constantFrom(...Array.from('oobBli.x')), fc.integer({ min: 1, max: 9 })), {
      maxLength: 20,
    })
    .map((all) => all.map(([letter, times]) => letter.repeat(times)).join(''));

  test('each begins where the one before ended, none is from a state to itself, few of one lane', () => {
    fc.assert(
      fc.property(texts, texts, (service, calls) => {
        const episodes = find(makeLanes({ service, calls }));
        const changes = listStateChanges(episodes, 0, RULES).toReversed();
        assert.ok(changes.length <= RULES.flapChanges);
        for (const [index, { from, to, unstable }] of changes.entries()) {
          if (unstable === undefined) assert.notEqual(from, to);
          const before = changes[index - 1];
          if (before) assert.ok(from === before.to || (from === 'no_data' && before.to === 'ok'));
        }
        assert.deepEqual(listStateChanges(episodes.toReversed(), 0, RULES).length, changes.length);
      }),
      { numRuns: 500 },
    );
  });

  test('the newest leads to what the answer says of the network', () => {
    const settleRounds = Math.ceil((RULES.settleMinutes * MINUTE_MS) / STEP_MS);
    fc.assert(
      fc.property(texts, texts, fc.constantFrom('o', 'b', 'i'), (first, second, last) => {
        // Long enough to settle and to be held.
        const end = last.repeat(2 * settleRounds);
        const calls = second.slice(0, first.length).padEnd(first.length + end.length, 'o');
        const lanes = makeLanes({ service: `${first}${end}`, calls });
        const episodes = find(lanes);
        const { networks } = assessAvailability({
          service: 'facebook',
          countryCode: 'RU',
          lanes: lanes.slice(0, 1),
          episodes,
          newest: () => undefined,
          nowMs: START_MS + calls.length * STEP_MS,
          rules: RULES,
        });
        const [newest] = listStateChanges(episodes, 0, RULES);
        const states = { ok: 'reachable', impaired: 'partly', blocked: 'blocked' } as const;
        assert.equal(networks[0]?.state, states[newest?.to ?? 'ok']);
      }),
      { numRuns: 300 },
    );
  });
});
