/** Both detectors over the same hours: where they agree, by how much they differ, and where the second says nothing. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TEST_RULES } from '../../probes/testing/observations.ts';
import { makeLane, makeVantage, START_MS, STEP_MS } from '../testing/rounds.ts';
import { medianOfCounts } from './cusum.ts';
import { compareDetectors, type ReadHours, type SecondOpinion } from './second-detector.ts';
import { findEpisodes } from './testing/detect-incidents.ts';

const HOUR_MS = 3_600_000;
const NONE = { ok: 0, likely_blocked: 0, blocked: 0, impaired: 0, down: 0, insufficient: 0 };

/** Rounds of five minutes, twelve an hour. */
function compare(letters: string): SecondOpinion[] {
  const lane = makeLane(letters, makeVantage('a'));
  const states = { o: 'ok', b: 'blocked', i: 'impaired', x: 'insufficient' } as const;
  const rounds = Array.from(letters).flatMap((letter, index) => {
    const state = states[letter as keyof typeof states];
    return state === undefined ? [] : [{ slotMs: START_MS + index * STEP_MS, state }];
  });
  const byHour = Map.groupBy(rounds, ({ slotMs }) => Math.floor(slotMs / HOUR_MS) * HOUR_MS);
  const hours = [...byHour].flatMap(([hourMs, own]) => {
    const counts = { ...NONE };
    for (const { state } of own) counts[state] += 1;
    const value = medianOfCounts(counts);
    return value === undefined ? [] : [{ hourMs, value }];
  });
  let asked = 0;
  const readHours: ReadHours = (_lane, fromMs, toMs) => {
    asked += 1;
    assert.ok(fromMs < START_MS - 28 * 24 * HOUR_MS, 'a month of history');
    return hours.filter(({ hourMs }) => hourMs >= fromMs && hourMs < toMs);
  };
  const episodes = findEpisodes(lane, TEST_RULES.detector).map(({ episode }) => episode);
  const found = compareDetectors(episodes, readHours, TEST_RULES.changePoint);
  assert.equal(asked, found.length);
  return found;
}

const clear = 'o'.repeat(24 * 12);

suite('the second detector beside ours', () => {
  test('a block that lasts: the onset in the same hours, the alarm six hours later', () => {
    const [one, ...others] = compare(`${clear}${'b'.repeat(12 * 12)}`);
    assert.deepEqual(others, []);
    assert.equal(one?.onset.byMs, START_MS + 24 * HOUR_MS);
    assert.deepEqual(one.second, {
      onset: { afterMs: START_MS + 23 * HOUR_MS, byMs: START_MS + 25 * HOUR_MS },
      alarmMs: START_MS + 30 * HOUR_MS,
      differenceMs: { leastMs: -HOUR_MS, mostMs: HOUR_MS + STEP_MS },
      alarmAfterMs: 6 * HOUR_MS,
    });
  });

  test('a short one is none to it', () => {
    const [one] = compare(`${clear}${'b'.repeat(3 * 12)}${clear}`);
    assert.equal(one?.second, undefined);
  });

  test('one that was there before anything was measured is taken in silence', () => {
    const [one] = compare('b'.repeat(40 * 12));
    assert.ok(one);
    assert.equal(one.second, undefined);
  });

  test('an alarm about a later restriction is not taken for one about this', () => {
    const found = compare(
      `${clear}${'b'.repeat(2 * 12)}${'o'.repeat(30 * 12)}${'b'.repeat(20 * 12)}`,
    );
    assert.equal(found.length, 1);
    assert.equal(found[0]?.second, undefined);
  });
});
