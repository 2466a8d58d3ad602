/** Which restrictions make an incident, which belong together, how far they reach, and what the log says of it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { TEST_RULES } from '../../probes/testing/observations.ts';
import { makeLane, makeVantage, START_MS, STEP_MS } from '../testing/rounds.ts';
import { detectIncidents } from './testing/detect-incidents.ts';
import type { Incident, Part } from './types.ts';

const RULES = TEST_RULES.detector;
const PLACE = { service: 'facebook', countryCode: 'RU' };

type Letters = Readonly<Record<string, string>>;

/** Lanes by vantage and part, e.g. `a` or `a media`; those whose name begins with `z` are controls elsewhere. */
function detect(letters: Letters): Incident[] {
  const lanes = Object.entries(letters).map(([key, text]) => {
    const [id = '', part = 'service'] = key.split(' ');
    const isControl = id.startsWith('z');
    const asn = isControl ? 9 : 64_496 + id.charCodeAt(0);
    return makeLane(text, makeVantage(id, isControl ? 'DE' : 'RU', asn), part as Part);
  });
  return detectIncidents(PLACE, lanes, RULES);
}

/** `state severity members` */
const say = ({ state, severity, episodes }: Incident): string =>
  `${state} ${severity} ${episodes.map((one) => `${one.vantageId}.${one.function}`).join(' ')}`;
const sayLog = ({ log }: Incident): string[] =>
  log.map(({ atMs, kind }) => `${(atMs - START_MS) / STEP_MS} ${kind}`);

const O = 'o'.repeat(40);
const rows: readonly { name: string; letters: Letters; expected: readonly string[] }[] = [
  { name: 'nothing restricted', letters: { a: O, z: O }, expected: [] },
  { name: 'nobody outside', letters: { a: 'obbbb' }, expected: [] },
  { name: 'outside it answers nowhere', letters: { a: 'obbbb', z: 'xxxxx' }, expected: [] },
  { name: 'outside it is restricted too', letters: { a: 'obbbb', z: 'bbbbb' }, expected: [] },
  { name: 'one vantage', letters: { a: 'obbbb', z: O }, expected: ['open minor a.service'] },
  {
    name: 'one of three',
    letters: { a: 'obbbb', b: 'ooooo', c: 'ooooo', z: O },
    expected: ['open minor a.service'],
  },
  {
    name: 'two of three',
    letters: { a: 'obbbb', b: 'obbbb', c: 'ooooo', z: O },
    expected: ['open major a.service b.service'],
  },
  {
    name: 'all of two networks, of which less is left',
    letters: { a: 'obbbiiii', b: 'obbbiiii', z: O },
    expected: ['open major a.service b.service'],
  },
  {
    name: 'all of two networks',
    letters: { a: 'obbbb', b: 'obbbb', z: O },
    expected: ['open critical a.service b.service'],
  },
  {
    name: 'a function on all',
    letters: { a: O, b: O, 'a calls': 'obbbb', 'b calls': 'obbbb', z: O },
    expected: ['open major a.calls b.calls'],
  },
  {
    name: 'a vantage long without data does not count',
    letters: { a: `${'.'.repeat(20)}obbbb`, b: `${'.'.repeat(20)}obbbb`, c: 'ooo', z: O },
    expected: ['open critical a.service b.service'],
  },
  {
    name: 'onsets within half an hour, one over before the other begins',
    letters: { a: 'oBooo', b: 'ooooooBooo', z: O },
    expected: ['closed minor a.service b.service'],
  },
  {
    name: 'onsets further apart are two incidents',
    letters: { a: 'oBooo', b: 'ooooooooBooo', z: O },
    expected: ['closed minor a.service', 'closed minor b.service'],
  },
  {
    name: 'one that joins late while it lasts',
    letters: { a: `o${'b'.repeat(39)}`, b: `${'o'.repeat(30)}${'b'.repeat(10)}`, z: O },
    expected: ['open critical a.service b.service'],
  },
  {
    name: 'a severity is the worst when all is over',
    letters: { a: 'obbbbooooo', b: 'obbbbooooo', z: O },
    expected: ['closed critical a.service b.service'],
  },
];

suite('incidents of one service in one country', () => {
  for (const { name, letters, expected } of rows)
    test(name, () => assert.deepEqual(detect(letters).map(say), expected));

  test('the log says what happened in order', () => {
    const [incident] = detect({
      a: `obbb${'b'.repeat(10)}nnnnoooo`,
      b: `oooooo${'b'.repeat(16)}ooo`,
      c: O,
      z: O,
    });
    assert.ok(incident);
    assert.deepEqual(sayLog(incident), [
      '3 opened',
      '8 scope_changed',
      '8 severity_changed',
      '15 mechanism_changed',
      '20 scope_changed',
      '20 severity_changed',
      '24 closed',
    ]);
    const [opened] = incident.log;
    assert.equal(
      opened?.text,
      'facebook in RU is restricted: a (AS64593): service. Severity: minor.',
    );
    assert.deepEqual(opened?.measurementIds, [
      'facebook.a.20220304T120000Z',
      'facebook.a.20220304T120500Z',
      'facebook.a.20220304T121500Z',
    ]);
    assert.equal(incident.id, 'facebook-ru-20220304t1205z');
    assert.equal((incident.onset.byMs - START_MS) / STEP_MS, 1);
    assert.equal(((incident.end?.byMs ?? 0) - START_MS) / STEP_MS, 22, 'the end is of the last');
    // Of those that there were: one by name, one by reset; the first by name of the alphabet.
    assert.equal(incident.mechanism, 'dns.nxdomain');
  });

  test('a control that comes late makes it count from then on', () => {
    const [incident] = detect({ a: `o${'b'.repeat(39)}`, z: `${'x'.repeat(20)}ooo` });
    assert.ok(incident);
    assert.deepEqual(sayLog(incident), ['20 opened']);
    assert.equal(
      (incident.onset.byMs - START_MS) / STEP_MS,
      1,
      'since when is not changed by that',
    );
  });

  test('unstable, then settled, without a message for each change', () => {
    const flapping = 'ooBooobbboobboo';
    const [before] = detect({ a: flapping, z: O }).slice(-1);
    assert.equal(before?.state, 'unstable');
    const after = detect({ a: `${flapping}${'o'.repeat(25)}`, z: O }).at(-1);
    assert.equal(after?.state, 'closed');
    assert.deepEqual(after && sayLog(after), [
      '2 opened',
      '5 closed',
      '8 opened',
      '11 unstable',
      '25 settled',
      '25 closed',
    ]);
    assert.equal(
      after?.log.find(({ kind }) => kind === 'settled')?.text,
      'Settled after 6 changes, reachable: a (AS64593): service.',
    );
  });

  test('one that changes too often does not make the certain one uncertain', () => {
    const flapping = 'ooBooobbboobboo';
    const [incident] = detect({ a: flapping, b: 'ooBBBBBBBBBBBBB', z: O });
    assert.equal(incident?.state, 'open');
    assert.ok(incident.log.some(({ kind }) => kind === 'unstable'));
  });

  test('a control in the country itself does not show that it answers elsewhere', () => {
    const here = makeLane('obbbb', makeVantage('a'));
    const control = makeLane(O, { ...makeVantage('y'), role: 'control' });
    const elsewhere = makeLane(O, makeVantage('z', 'DE'));
    const find = (lanes: (typeof here)[]) => detectIncidents(PLACE, lanes, RULES).length;
    assert.equal(find([here, control]), 0);
    assert.equal(find([here, control, elsewhere]), 1);
  });

  test('a network that is measured seldom may have been the first: the interval holds its onset too', () => {
    // `a` was good until round 11; `b` is measured each hour, good in round 0 and bad from round 12 on.
    const seldom = makeLane('oBBB', makeVantage('b', 'RU', 64_500), 'service', STEP_MS * 12);
    const often = makeLane(`${'o'.repeat(8)}BBBBB`, makeVantage('a'));
    const lanes = [often, seldom, makeLane(O, makeVantage('z', 'DE'))];
    const [incident] = detectIncidents(PLACE, lanes, RULES);
    assert.deepEqual(incident?.onset, { afterMs: START_MS, byMs: START_MS + 8 * STEP_MS });
  });

  test('but a long hole is no sign of an earlier onset', () => {
    const [incident] = detect({ a: `${'o'.repeat(8)}BBBBBBBB`, b: 'o.............BB', z: O });
    assert.deepEqual(incident?.onset, {
      afterMs: START_MS + 7 * STEP_MS,
      byMs: START_MS + 8 * STEP_MS,
    });
  });

  test('the end of several is after the last of their failures', () => {
    const seldom = makeLane('oBoooo', makeVantage('b', 'RU', 64_500), 'service', STEP_MS * 12);
    const often = makeLane(`${'o'.repeat(8)}${'B'.repeat(12)}${'o'.repeat(50)}`, makeVantage('a'));
    const lanes = [often, seldom, makeLane('o'.repeat(90), makeVantage('z', 'DE'))];
    const [incident] = detectIncidents(PLACE, lanes, RULES);
    assert.deepEqual(incident?.end, {
      afterMs: START_MS + 19 * STEP_MS,
      byMs: START_MS + 24 * STEP_MS,
    });
  });

  test('everything that is concluded names measurements', () => {
    const letters = fc.string({
      unit: fc.constantFrom(...Array.from('oooobbBnsiiix.')),
      maxLength: 80,
    });
    const seen = new Set<string>();
    fc.assert(
      fc.property(letters, letters, (a, b) => {
        for (const { log } of detect({ a: `o${a}${O}`, b: `o${b}`, z: O.repeat(4) }))
          for (const { kind, text, measurementIds } of log) {
            assert.ok(measurementIds.length > 0, text);
            seen.add(kind);
          }
      }),
      { numRuns: 500 },
    );
    assert.equal(seen.size, 7, [...seen].join(' '));
  });
});
