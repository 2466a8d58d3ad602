/** What is answered, and when no answer is given. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Availability } from '../../db/availability-types.ts';
import { TEST_RULES } from '../../probes/testing/observations.ts';
import { makeLane, makeVantage, START_MS, STEP_MS } from '../testing/rounds.ts';
import { type AvailabilityInput, assessAvailability } from './availability.ts';
import { findEpisodes } from './testing/detect-incidents.ts';
import type { Part } from './types.ts';

const RULES = TEST_RULES.detector;
const HOUR_MS = 3_600_000;

/** Slot of the last letter. */
function endOf(letters: Readonly<Record<string, string>>): number {
  const longest = Math.max(0, ...Object.values(letters).map((text) => text.length));
  return START_MS + (longest - 1) * STEP_MS;
}

function describeReason({ reason }: Availability, nowMs: number): (string | number)[] {
  if (!reason) return [];
  if (reason.kind === 'not_lasting')
    return [reason.kind, `${reason.unsettled} of ${reason.networks}`];
  const counts = [
    ...('telling' in reason ? [reason.telling] : []),
    ...('networks' in reason ? [reason.networks] : []),
  ].join('/');
  const age = 'lastToldMs' in reason ? [`${(nowMs - reason.lastToldMs) / 60_000} min`] : [];
  return [reason.kind, counts, ...age].filter((word) => word !== '');
}

/** Lanes by vantage and part; the digit after the name is its network. */
function assess(
  letters: Readonly<Record<string, string>>,
  afterMs = 0,
  newest: AvailabilityInput['newest'] = () => undefined,
): Availability {
  const lanes = Object.entries(letters).map(([key, text]) => {
    const [id = '', part = 'service'] = key.split(' ');
    return makeLane(text, makeVantage(id, 'RU', Number(id.slice(1))), part as Part);
  });
  return assessAvailability({
    service: 'facebook',
    countryCode: 'RU',
    lanes: lanes.filter((lane) => lane.function === 'service'),
    episodes: lanes.flatMap((lane) => findEpisodes(lane, RULES).map(({ episode }) => episode)),
    newest,
    nowMs: endOf(letters) + afterMs,
    rules: RULES,
  });
}

const rows = [
  { name: 'all blocked', letters: { a1: 'obbb', b2: 'obbb' }, expected: 'yes 2/0/0/0' },
  { name: 'half blocked', letters: { a1: 'obbb', b2: 'oooo' }, expected: 'yes 1/0/1/0' },
  { name: 'a third', letters: { a1: 'obbb', b2: 'oooo', c3: 'oooo' }, expected: 'partly 1/0/2/0' },
  { name: 'none', letters: { a1: 'oooo', b2: 'oooo' }, expected: 'no 0/0/2/0' },
  {
    name: 'a function on one',
    letters: { a1: 'oooo', 'a1 calls': 'obbb', b2: 'oooo' },
    expected: 'partly 0/1/1/0',
  },
  { name: 'slowed on all', letters: { a1: 'oiii', b2: 'oiii' }, expected: 'partly 0/2/0/0' },
  {
    name: 'two vantages of one network',
    letters: { a1: 'obbb', b1: 'obbb' },
    expected: 'cannot_tell 1/0/0/0 few_networks 1',
  },
  {
    name: 'one of two in a network',
    letters: { a1: 'obbb', b1: 'oooo', c2: 'oooo' },
    expected: 'partly 0/1/1/0',
  },
  { name: 'numbers not known', letters: { a0: 'obbb', b0: 'obbb' }, expected: 'yes 2/0/0/0' },
  {
    name: 'a failure that has not lasted',
    letters: { a1: 'ooob', b2: 'oooo' },
    expected: 'cannot_tell 0/0/1/1 not_lasting 1 of 2',
  },
  {
    name: 'a failure that has not lasted, on the only network',
    letters: { a1: 'oool' },
    expected: 'cannot_tell 0/0/0/1 not_lasting 1 of 1',
  },
  {
    name: 'a failure that has not lasted on one of three',
    letters: { a1: 'oool', b2: 'oooo', c3: 'oooo' },
    expected: 'no 0/0/2/1',
  },
  {
    name: 'likely blocked, once it has lasted',
    letters: { a1: 'olll', b2: 'olll' },
    expected: 'yes 2/0/0/0',
  },
  {
    name: 'it was blocked, and is in part',
    letters: { a1: 'obbbiii', b2: 'ooooooo' },
    expected: 'partly 0/1/1/0',
  },
  {
    name: 'it was blocked, and is not',
    letters: { a1: 'obbbooo', b2: 'ooooooo' },
    expected: 'no 0/0/2/0',
  },
  { name: 'nothing', letters: {}, expected: 'cannot_tell 0/0/0/0 nothing_measured' },
  {
    name: 'nothing that tells',
    letters: { a1: 'xxx', b2: 'xx' },
    expected: 'cannot_tell 0/0/0/2 nothing_told 2',
  },
  {
    name: 'old data',
    letters: { a1: 'obbb' },
    afterMs: 9 * HOUR_MS,
    expected: 'cannot_tell 0/0/0/1 no_recent_data 1 540 min',
  },
  {
    name: 'two hours old',
    letters: { a1: 'obbb', b2: 'obbb' },
    afterMs: 2 * HOUR_MS,
    expected: 'yes 2/0/0/0',
  },
] as const;

suite('the answer for a country', () => {
  for (const { name, letters, expected, ...row } of rows)
    test(name, () => {
      const found = assess(letters, 'afterMs' in row ? row.afterMs : 0);
      const { answer, blocked, partly, reachable, cannotTell } = found;
      const counts = `${answer} ${blocked}/${partly}/${reachable}/${cannotTell}`;
      const nowMs = endOf(letters) + ('afterMs' in row ? row.afterMs : 0);
      assert.equal([counts, ...describeReason(found, nowMs)].join(' '), expected);
      assert.equal(found.networks.length, blocked + partly + reachable + cannotTell);
      assert.equal('blockedSince' in found, answer === 'yes');
      for (const network of found.networks) {
        assert.equal('blockedSince' in network, network.state === 'blocked');
        assert.ok(!network.isUnsettled || network.state === 'cannot_tell');
      }
      assert.equal('since' in found, answer === 'yes' || answer === 'partly');
    });

  test('what of it is restricted, and whether it is only slowed', () => {
    const [slowed, whole] = assess({ a1: 'oooo', 'a1 calls': 'oiii', b2: 'obbb' }).networks;
    assert.deepEqual([slowed?.parts, slowed?.isOnlySlowed], [['calls'], true]);
    assert.deepEqual([whole?.parts, whole?.isOnlySlowed], [['service'], false]);
  });

  test('since when is the earliest that goes on, as an interval', () => {
    const { since, lastCheckedMs, networks } = assess({ a1: 'ooooobbb', b2: 'oobbbbbb' });
    assert.deepEqual(since, { afterMs: START_MS + STEP_MS, byMs: START_MS + 2 * STEP_MS });
    assert.equal(lastCheckedMs, START_MS + 7 * STEP_MS);
    assert.deepEqual(
      networks.map(({ mechanism }) => mechanism),
      ['tls.reset', 'tls.reset'],
    );
    const [first] = networks;
    assert.deepEqual(first?.evidence, {
      lastGoodId: 'facebook.a1.20220304T122000Z',
      firstBadId: 'facebook.a1.20220304T122500Z',
    });
    assert.equal(first.mechanismFromMs, START_MS + 5 * STEP_MS);
    assert.equal(first.lastToldId, 'facebook.a1.20220304T123500Z');
  });

  test('in part since one time, blocked since another, each with its measurements', () => {
    const letters = { a1: 'oiiiibbb', b2: 'ooobbbbb' };
    const { since, blockedSince, networks } = assess(letters);
    const at = (index: number) => START_MS + index * STEP_MS;
    assert.deepEqual(since, { afterMs: at(0), byMs: at(1) });
    assert.deepEqual(blockedSince, { afterMs: at(2), byMs: at(3) });
    const [gradual, atOnce] = networks;
    assert.deepEqual(gradual?.since, { afterMs: at(0), byMs: at(1) });
    assert.deepEqual(gradual?.blockedSince, { afterMs: at(4), byMs: at(5) });
    assert.deepEqual(gradual?.blockedEvidence, {
      lastOtherId: 'facebook.a1.20220304T122000Z',
      firstId: 'facebook.a1.20220304T122500Z',
    });
    assert.deepEqual(atOnce?.blockedSince, atOnce?.since);
  });

  test('a network is blocked since the last of its vantages was, of those that saw it begin', () => {
    const at = (index: number) => START_MS + index * STEP_MS;
    const both = { a1: 'obbbbbbb', b1: 'ooobbbbb' };
    assert.deepEqual(assess(both).networks[0]?.blockedSince, { afterMs: at(2), byMs: at(3) });
    const late = { a1: 'obbbbbbb', b1: '....bbbb' };
    assert.deepEqual(assess(late).networks[0]?.blockedSince, { afterMs: at(0), byMs: at(1) });
  });

  /** name, what the newest measurement says of the service and of calls, means of the network */
  const means = [
    ['told by the newest verdict', { mechanism: 'tls.reset' }, undefined, 'tls.reset'],
    ['not told by it: it is of long ago', {}, undefined, undefined],
    ['a newest verdict without a say changes nothing', undefined, undefined, 'tls.reset'],
    ['another part that has one stands in', {}, { mechanism: 'tls.reset' }, 'tls.reset'],
  ] as const;
  for (const [name, service, calls, expected] of means)
    test(`means: ${name}`, () => {
      const letters = { a1: 'obbb', 'a1 calls': 'obbb', b2: 'oooo' };
      const [network] = assess(letters, 0, (_, part) => {
        const said = part === 'service' ? service : (calls ?? service);
        return said === undefined ? { verdict: 'insufficient' } : { verdict: 'blocked', ...said };
      }).networks;
      assert.equal(network?.mechanism, expected);
    });
});
