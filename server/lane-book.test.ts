/** Whatever the order in which rounds arrive, and however they are read, the incidents are the same in the end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RunCursor } from '../db/lane-runs.ts';
import { TEST_RULES } from '../probes/testing/observations.ts';
import { LaneMemory } from './analysis/lane-memory.ts';
import { describeIncidents } from './analysis/testing/detect-incidents.ts';
import type { Incident } from './analysis/types.ts';
import { LaneBook } from './lane-book.ts';
import { MemoryStore, makeVantage, readRounds, START_MS, STEP_MS } from './testing/rounds.ts';

const PLACE = { service: 'facebook', countryCode: 'RU' };
const RULES = TEST_RULES.detector;

const detect = (lanes: readonly LaneMemory[]): Incident[] => describeIncidents(PLACE, lanes, RULES);

/** All of it at once, in one page. */
async function detectWhole(source: MemoryStore): Promise<Incident[]> {
  const book = new LaneBook({ source, rules: RULES, nowMs: () => START_MS, pageSpans: 9_999 });
  return detect(await book.read(PLACE.service));
}

const RUNS = 150;
const SHAPE = [
  { vantage: makeVantage('a', 'RU', 1), function: 'service' },
  { vantage: makeVantage('a', 'RU', 1), function: 'media' },
  { vantage: makeVantage('b', 'RU', 2), function: 'service' },
  { vantage: makeVantage('z', 'DE', 3), function: 'service' },
] as const;
const CONTROL_LANE = 3;
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
        .map(([letter, count, isLong]) =>
          letter === 'f'
            ? 'oB'.repeat(count)
            : letter.repeat(letter === 'o' && isLong ? 50 : count),
        )
        .join(''),
    );

/** What becomes of a round: how late it comes, whether it comes twice, and what it was judged to be at first. */
const fate = fc.record({
  delay: fc.integer({ min: 0, max: DELAYS }),
  again: fc.option(fc.integer({ min: 0, max: DELAYS }), { freq: 4, nil: undefined }),
  before: fc.option(fc.constantFrom(...Array.from('obBniix')), { freq: 4, nil: undefined }),
});

const world = fc.record({
  lanes: fc.tuple(
    stretches('oobBnixf.'),
    stretches('oooBs.'),
    stretches('oobBsixff.'),
    stretches('ooodx.'),
  ),
  /** Minutes between rounds, in the first half of a lane and in the second. */
  paces: fc.constantFrom([5, 5], [5, 60], [60, 5]),
  fates: fc.array(fate, { minLength: 1, maxLength: 40 }),
  areControlsLate: fc.boolean(),
  batch: fc.integer({ min: 1, max: 40 }),
  pageSpans: fc.integer({ min: 1, max: 9 }),
  markRounds: fc.integer({ min: 0, max: 200 }),
});

/** Rounds of a lane that changes its pace midway. */
function readPaced(letters: string, lane: number, [first = 5, second = 5]: readonly number[]) {
  const id = SHAPE[lane]?.vantage.id;
  const half = Math.ceil(letters.length / 2);
  const turnMs = START_MS + Math.ceil((half * first) / 60) * 3_600_000;
  return [
    ...readRounds(letters.slice(0, half), id, first * 60_000),
    ...readRounds(letters.slice(half), id, second * 60_000, turnMs),
  ];
}

test('permuted, late, twice, judged again, controls last: what comes in pieces gives what comes at once', async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(
      world,
      async ({ lanes, paces, fates, areControlsLate, batch, pageSpans, markRounds }) => {
        const whole = new MemoryStore(SHAPE);
        const arrivals = lanes.flatMap((letters, lane) =>
          readPaced(letters, lane, paces).flatMap((round, index) => {
            whole.add(lane, round);
            const { delay = 0, again, before } = fates[(index * 7 + lane) % fates.length] ?? {};
            const late = areControlsLate && lane === CONTROL_LANE ? 10_000 : delay;
            const [word] = readRounds(
              before ?? '',
              SHAPE[lane]?.vantage.id,
              round.intervalMs,
              round.slotMs,
            );
            return [
              ...(word ? [{ lane, round: word, at: index }] : []),
              { lane, round, at: index + late },
              ...(again === undefined ? [] : [{ lane, round, at: index + late + again }]),
            ];
          }),
        );
        arrivals.sort((a, b) => a.at - b.at);
        const source = new MemoryStore(SHAPE);
        let nowMs = START_MS;
        const book = new LaneBook({
          source,
          rules: RULES,
          nowMs: () => nowMs,
          pageSpans,
          markMs: markRounds * STEP_MS,
        });
        let incidents: Incident[] = [];
        for (let first = 0; first < arrivals.length; first += batch) {
          for (const { lane, round } of arrivals.slice(first, first + batch)) {
            source.add(lane, round);
            nowMs = Math.max(nowMs, round.slotMs);
            book.note({
              service: 'facebook',
              vantageId: SHAPE[lane]?.vantage.id ?? '',
              slotMs: round.slotMs,
            });
          }
          incidents = detect(await book.read(PLACE.service));
        }
        const expected = await detectWhole(whole);
        assert.deepEqual(incidents, expected);
        found += expected.length;
      },
    ),
    { numRuns: RUNS },
  );
  assert.ok(found > RUNS / 2, `only ${found} incidents came up`);
});

test('what arrives while lanes are read is in the next answer, and nothing is lost', async () => {
  const [lane] = SHAPE;
  const source = new MemoryStore([
    lane,
    { vantage: makeVantage('z', 'DE', 3), function: 'service' },
  ]);
  for (const round of readRounds('o'.repeat(300), 'z')) source.add(1, round);
  const rounds = readRounds('obobobobobob'.repeat(4) + 'ooobbbb', 'a');
  for (const round of rounds) source.add(0, round);
  const book = new LaneBook({
    source,
    rules: RULES,
    nowMs: () => START_MS + 1e9,
    pageSpans: 1,
    markMs: 0,
  });
  const reading = book.read(PLACE.service);
  // Two pages are read; then a round of the first hour is judged again, and a new one comes.
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  for (const [letter, slotMs] of [
    ['o', rounds[1]?.slotMs ?? 0],
    ['b', (rounds.at(-1)?.slotMs ?? 0) + STEP_MS],
  ] as const)
    for (const round of readRounds(letter, 'a', STEP_MS, slotMs)) {
      source.add(0, round);
      book.note({ service: 'facebook', vantageId: 'a', slotMs });
    }
  await reading;
  assert.deepEqual(detect(await book.read(PLACE.service)), await detectWhole(source));
});

test('a vantage that is described otherwise is read anew, one that is gone is forgotten', async () => {
  const lanes = SHAPE.filter(({ function: part }) => part === 'service');
  const source = new MemoryStore(lanes);
  for (const round of readRounds('oBBBB', 'a')) source.add(0, round);
  for (const round of readRounds('ooooo', 'z')) source.add(2, round);
  let asn = 1;
  const listVantages = () =>
    source
      .listVantages()
      .filter(() => asn > 0)
      .map((one) => ({ ...one, asn: one.id === 'a' ? asn : one.asn }));
  const changing = {
    listVantages,
    listRunLanes: (service: string) => source.listRunLanes(service),
    readLaneRuns: (query: Parameters<MemoryStore['readLaneRuns']>[0]) => source.readLaneRuns(query),
  };
  const book = new LaneBook({ source: changing, rules: RULES, nowMs: () => START_MS });
  const asnsOf = async () =>
    detect(await book.read(PLACE.service)).map(({ episodes }) => episodes[0]?.asn);
  assert.deepEqual(await asnsOf(), [1]);
  asn = 7;
  assert.deepEqual(await asnsOf(), [7]);
  asn = 0;
  assert.deepEqual(await asnsOf(), []);
});

test('a lane in pieces had data and was good at the same times as the whole lane', () => {
  const letters = stretches('oobBx.').map((text) => `o${text}`);
  fc.assert(
    fc.property(letters, fc.integer({ min: 1, max: 7 }), (text, piece) => {
      const source = new MemoryStore(SHAPE);
      const name = { service: 'facebook', vantageId: 'a', function: 'service' } as const;
      const lane = { service: 'facebook', function: 'service', vantage: makeVantage('a') } as const;
      const parts = new LaneMemory(lane, RULES);
      const read = { ...name, limit: 99, headRounds: 4, closingRounds: 0 };
      let after: RunCursor | undefined;
      for (const [index, round] of readRounds(text, 'a').entries()) {
        source.add(0, round);
        if (index % piece !== 0) continue;
        const page = source.readLaneRuns({ ...read, ...(after ? { after } : {}) });
        for (const run of page.runs) parts.take(run);
        after = page.after;
      }
      for (const run of source.readLaneRuns({ ...read, ...(after ? { after } : {}) }).runs)
        parts.take(run);
      const whole = new LaneMemory(lane, RULES);
      for (const run of source.readLaneRuns(read).runs) whole.take(run);
      assert.deepEqual(parts.data, whole.data);
      assert.deepEqual(parts.good, whole.good);
      assert.deepEqual(parts.episodes, whole.episodes);
    }),
    { numRuns: 300 },
  );
});
