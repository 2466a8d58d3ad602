/** Whatever the order in which rounds arrive, the incidents are the same in the end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom } from '../../db/testing/generate-observations.ts';
import { TEST_RULES } from '../../probes/testing/observations.ts';
import {
  MemoryStore,
  makeVantage,
  readRounds,
  STEP_MS,
  type TimedRound,
} from '../testing/rounds.ts';
import { rederive } from './rederive.ts';

const RUNS = 1_000;
const PLACE = { service: 'facebook', countryCode: 'RU' };
const RULES = TEST_RULES.detector;

/** Letters in stretches, as states last; with noise, holes and quiet times in which lanes can be entered. */
function makeLetters(random: () => number, length: number, isControl: boolean): string {
  const words = isControl ? 'oooooooodx..' : 'oooooobbBnslidx..-';
  let letters = '';
  while (letters.length < length) {
    const letter = words[Math.floor(random() * words.length)] ?? 'o';
    const isQuiet = letter === 'o' && random() < 0.3;
    letters += letter.repeat(1 + Math.floor(random() * (isQuiet ? 60 : 6)));
  }
  return letters.slice(0, length);
}

test(`any order of arrival gives what one pass gives (${RUNS} runs)`, () => {
  let found = 0;
  let partial = 0;
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const random = createRandom(seed);
    const length = 30 + Math.floor(random() * 120);
    const shape = [
      { vantage: makeVantage('a', 'RU', 1), function: 'service' },
      { vantage: makeVantage('a', 'RU', 1), function: 'media' },
      { vantage: makeVantage('b', 'RU', 2), function: 'service' },
      { vantage: makeVantage('z', 'DE', 3), function: 'service' },
    ] as const;
    const arrivals: { lane: number; round: TimedRound; at: number }[] = [];
    const disorder = random() < 0.2 ? length : random() < 0.5 ? 0 : 40;
    for (const [lane, { vantage }] of shape.entries()) {
      // Some lanes change their pace midway.
      const paces = random() < 0.3 ? [STEP_MS, STEP_MS * 12] : [STEP_MS];
      let startMs: number | undefined;
      for (const stepMs of paces) {
        const letters = makeLetters(
          random,
          Math.ceil(length / paces.length),
          vantage.role === 'control',
        );
        for (const round of readRounds(letters, vantage.id, stepMs, startMs))
          arrivals.push({ lane, round, at: round.slotMs + random() * disorder * STEP_MS });
        startMs = (arrivals.at(-1)?.round.slotMs ?? 0) + stepMs;
      }
    }
    arrivals.sort((a, b) => a.at - b.at);
    const store = new MemoryStore(shape);
    const whole = new MemoryStore(shape);
    const batch = 1 + Math.floor(random() * 30);
    for (let first = 0; first < arrivals.length; first += batch) {
      const now = arrivals.slice(first, first + batch);
      for (const { lane, round } of now) store.add(lane, round);
      const derived = rederive(
        store,
        RULES,
        PLACE,
        Math.min(...now.map(({ round }) => round.slotMs)),
      );
      if (derived.incidents.length < store.incidents.length) partial += 1;
      store.update(derived);
    }
    for (const { lane, round } of arrivals) whole.add(lane, round);
    const expected = rederive(whole, RULES, PLACE).incidents;
    assert.deepEqual(store.incidents, expected, `seed ${seed}`);
    found += expected.length;
  }
  assert.ok(found > RUNS, `only ${found} incidents came up`);
  assert.ok(partial > RUNS, 'hardly anything was derived in part');
});

const SHAPE = [
  { vantage: makeVantage('a', 'RU', 1), function: 'service' },
  { vantage: makeVantage('b', 'RU', 2), function: 'service' },
  { vantage: makeVantage('z', 'DE', 3), function: 'service' },
] as const;
const CONTROL_LANE = 2;
/** Rounds by which something may be late; beyond it comes what is the latest of all. */
const DELAYS = 60;

/** Stretches of a letter; quiet ones are long enough to enter a lane there. */
const stretches = (alphabet: string) =>
  fc
    .array(
      fc.tuple(
        fc.constantFrom(...Array.from(alphabet)),
        fc.integer({ min: 1, max: 8 }),
        fc.boolean(),
      ),
      { maxLength: 14 },
    )
    .map((all) =>
      all
        .map(([letter, count, isLong]) => letter.repeat(letter === 'o' && isLong ? 50 : count))
        .join(''),
    );

/** What becomes of a round: how late it comes, whether it comes twice, and what it was judged to be at first. */
const fate = fc.record({
  delay: fc.integer({ min: 0, max: DELAYS }),
  again: fc.option(fc.integer({ min: 0, max: DELAYS }), { freq: 4, nil: undefined }),
  before: fc.option(fc.constantFrom(...Array.from('obBnix')), { freq: 4, nil: undefined }),
});

const world = fc.record({
  lanes: fc.tuple(stretches('oobBnix.'), stretches('oobBsix.'), stretches('ooodx.')),
  fates: fc.array(fate, { minLength: 1, maxLength: 40 }),
  areControlsLate: fc.boolean(),
  batch: fc.integer({ min: 1, max: 40 }),
});

test('permuted, late, twice, judged again, controls last: what comes in pieces gives what comes at once', () => {
  let found = 0;
  fc.assert(
    fc.property(world, ({ lanes, fates, areControlsLate, batch }) => {
      const whole = new MemoryStore(SHAPE);
      const arrivals = lanes.flatMap((letters, lane) =>
        readRounds(letters, SHAPE[lane]?.vantage.id).flatMap((round, index) => {
          whole.add(lane, round);
          const { delay = 0, again, before } = fates[(index * 7 + lane) % fates.length] ?? {};
          const late = areControlsLate && lane === CONTROL_LANE ? 10_000 : delay;
          const [first] = readRounds(
            before ?? '',
            round.measurementId?.split('.')[1],
            STEP_MS,
            round.slotMs,
          );
          return [
            ...(first ? [{ lane, round: first, at: index }] : []),
            { lane, round, at: index + late },
            ...(again === undefined ? [] : [{ lane, round, at: index + late + again }]),
          ];
        }),
      );
      arrivals.sort((a, b) => a.at - b.at);
      const store = new MemoryStore(SHAPE);
      for (let first = 0; first < arrivals.length; first += batch) {
        const now = arrivals.slice(first, first + batch);
        for (const { lane, round } of now) store.add(lane, round);
        const changedMs = Math.min(...now.map(({ round }) => round.slotMs));
        store.update(rederive(store, RULES, PLACE, changedMs));
      }
      const expected = rederive(whole, RULES, PLACE).incidents;
      assert.deepEqual(store.incidents, expected);
      found += expected.length;
    }),
    { numRuns: 400 },
  );
  assert.ok(found > 200, `only ${found} incidents came up`);
});
