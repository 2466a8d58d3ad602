/** Live measurements: a run goes on, a new one begins, a hole stays a hole, and only the named lane changes. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TimelineSpan } from './data.ts';
import { applyPatch, type LanePatch, patchSpans, readPatch } from './live.ts';

const INTERVAL_MS = 10;
const ok = (fromMs: number, untilMs: number, count: number): TimelineSpan => ({
  fromMs,
  untilMs,
  state: 'ok',
  count,
});
const hole = (fromMs: number, untilMs: number): TimelineSpan => ({
  fromMs,
  untilMs,
  state: 'no_data',
  count: 0,
});
const patch = (atMs: number, state: TimelineSpan['state'] = 'ok'): LanePatch => ({
  lane: 'facebook/service/a',
  atMs,
  untilMs: atMs + INTERVAL_MS,
  state,
});

suite('a measurement more', () => {
  const rows: readonly (readonly [
    string,
    readonly TimelineSpan[],
    LanePatch,
    readonly (readonly [number, number, string, number])[],
  ])[] = [
    ['the run goes on', [ok(0, 20, 2)], patch(20), [[0, 30, 'ok', 3]]],
    [
      'the hole at the end was the end of what was loaded',
      [ok(0, 20, 2), hole(20, 25)],
      patch(20),
      [[0, 30, 'ok', 3]],
    ],
    [
      'another verdict begins a run',
      [ok(0, 20, 2)],
      patch(20, 'blocked'),
      [
        [0, 20, 'ok', 2],
        [20, 30, 'blocked', 1],
      ],
    ],
    [
      'what was missed stays a hole',
      [ok(0, 20, 2)],
      patch(40),
      [
        [0, 20, 'ok', 2],
        [20, 40, 'no_data', 0],
        [40, 50, 'ok', 1],
      ],
    ],
    [
      'the first of a silent lane',
      [hole(0, 100)],
      patch(60),
      [
        [0, 60, 'no_data', 0],
        [60, 70, 'ok', 1],
      ],
    ],
    ['a lane without anything', [], patch(60), [[60, 70, 'ok', 1]]],
    [
      'what is known already changes nothing',
      [ok(0, 20, 2)],
      patch(10, 'blocked'),
      [[0, 20, 'ok', 2]],
    ],
  ];
  for (const [name, spans, one, expected] of rows)
    test(name, () =>
      assert.deepEqual(
        patchSpans(spans, one).map(({ fromMs, untilMs, state, count }) => [
          fromMs,
          untilMs,
          state,
          count,
        ]),
        expected,
      ),
    );
});

test('only the named lane changes', () => {
  const lane = (id: string) => ({
    service: 'facebook',
    function: 'service',
    vantage: { id, countryCode: 'RU', asn: 1, networkName: 'A', access: 'fixed', role: 'vantage' },
    spans: [ok(0, 20, 2)],
  });
  const loaded = { lanes: [lane('a'), lane('b')], fromMs: 0, toMs: 20, isSimulated: true };
  const next = applyPatch(loaded, patch(20, 'blocked'));
  assert.equal(next.lanes[1], loaded.lanes[1]);
  assert.equal(next.lanes[0]?.spans.at(-1)?.state, 'blocked');
  assert.equal(next.toMs, 30);
  assert.equal(applyPatch(loaded, { ...patch(20), lane: 'facebook/service/c' }), loaded);
});

suite('details of an event', () => {
  const known = { lane: 'facebook/service/a', t: Date.UTC(2022, 2, 4), verdict: 'blocked', n: 2 };
  test('are read; a slot without an end is as long as the schedule has it', () => {
    const atMs = Date.UTC(2022, 2, 4);
    const expected = { lane: 'facebook/service/a', atMs, state: 'blocked' };
    assert.deepEqual(readPatch(known, 10), { ...expected, untilMs: atMs + 10 });
    assert.deepEqual(readPatch({ ...known, until: atMs + 99 }, 10), {
      ...expected,
      untilMs: atMs + 99,
    });
  });
  for (const broken of [
    null,
    'x',
    {},
    { ...known, verdict: 'no_data' },
    { ...known, verdict: 'fine' },
    { ...known, t: 'soon' },
    { ...known, lane: 3 },
  ])
    test(`${JSON.stringify(broken)} draws nothing`, () =>
      assert.equal(readPatch(broken, 10), undefined));
});
