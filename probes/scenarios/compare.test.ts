import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Judgement, Mechanism, Verdict } from '../types.ts';
import { listDisagreements, toNearestVerdict } from './classic.ts';
import { compareRuns, countResults } from './compare.ts';
import type { ScenarioRun } from './run-scenario.ts';
import type { Expectation, Scenario } from './scenario.ts';
import { listSiteScenarios } from './site-scenarios.ts';

const [template] = listSiteScenarios();
assert.ok(template);

const scenarioOf = (expect: Expectation, extra: Partial<Scenario> = {}): Scenario => ({
  ...template,
  expect,
  ...extra,
});

const judgementOf = (
  verdict: Verdict,
  mechanism?: Mechanism,
  tampering: Mechanism[] = [],
): Judgement => ({
  verdict,
  ...(mechanism ? { mechanism } : {}),
  confidence: 'low',
  reasons: [],
  ruleId: 'rule',
  observationIds: [],
  tampering,
});

const runOf = (service: Judgement, web = service): ScenarioRun => ({
  measurement: {
    service: 'site',
    vantageId: 'v',
    slotMs: 0,
    seq: 0,
    intervalMs: 1,
    startedAtMs: 0,
    elapsedMs: 0,
    loopDelayMs: 0,
    marks: [],
    observations: [],
    certificates: new Map(),
    provenance: { softwareVersion: '0', probeVersion: '0', schemaVersion: 1, configHash: '' },
  },
  judgement: { rulesetVersion: '0', service, functions: { web }, targets: { a: web } },
});

const ok = judgementOf('ok');
const blocked = judgementOf('blocked', 'tls.reset.sni');

const rows: readonly {
  name: string;
  expect: Expectation;
  got: Judgement;
  differences: readonly string[];
  isFalseAlarm?: true;
}[] = [
  { name: 'all alike', expect: { verdict: 'ok', mechanism: 'none' }, got: ok, differences: [] },
  {
    name: 'a false alarm',
    expect: { verdict: 'ok', mechanism: 'none' },
    got: blocked,
    differences: ['verdict blocked, not ok', 'mechanism tls.reset.sni, not none'],
    isFalseAlarm: true,
  },
  {
    name: 'impaired counts as an alarm too',
    expect: { verdict: 'down' },
    got: judgementOf('impaired'),
    differences: ['verdict impaired, not down'],
    isFalseAlarm: true,
  },
  {
    name: 'a missed block is none',
    expect: { verdict: 'blocked' },
    got: ok,
    differences: ['verdict ok, not blocked'],
  },
  {
    name: 'a function accused wrongly',
    expect: { verdict: 'blocked', perFunction: { web: 'ok' } },
    got: blocked,
    differences: ['web blocked, not ok'],
    isFalseAlarm: true,
  },
  {
    name: 'tampering in any order, and nothing more',
    expect: { verdict: 'ok', tampering: ['quic.drop'] },
    got: judgementOf('ok', undefined, ['quic.drop', 'server_side']),
    differences: ['tampering [quic.drop server_side], not [quic.drop]'],
  },
  {
    name: 'a flag that is not there',
    expect: { verdict: 'ok', flags: ['udp_untrusted'] },
    got: ok,
    differences: ['not udp_untrusted'],
  },
];

for (const { name, expect, got, differences, isFalseAlarm = false } of rows)
  test(`compareRuns: ${name}`, () => {
    const result = compareRuns(scenarioOf(expect), [runOf(got)], 5);
    assert.deepEqual(result.differences, differences);
    assert.equal(result.isFalseAlarm, isFalseAlarm);
  });

test('compareRuns: a step that differs spoils the verdict', () => {
  const steps = [
    { atHours: 0, place: {}, verdict: 'ok' },
    { atHours: 30, place: {}, verdict: 'blocked' },
  ] as const;
  const scenario = scenarioOf({ verdict: 'blocked' }, { steps });
  const exact = compareRuns(scenario, [runOf(ok), runOf(blocked)], 5);
  const wrong = compareRuns(scenario, [runOf(blocked), runOf(blocked)], 5);
  assert.ok(exact.isVerdictExact);
  assert.deepEqual(wrong.differences, ['at 0 h blocked, not ok']);
  assert.deepEqual(countResults([exact, wrong]), {
    scenarios: 2,
    verdictExact: 1,
    mechanismExact: 2,
    falseAlarms: 1,
  });
});

const classics = [
  ['true / false', 'ok'],
  ['false / false', 'down'],
  ['null / null', 'insufficient'],
  ['false / dns', 'blocked'],
  ['only web blocked', 'impaired'],
  ['everything blocked', 'blocked'],
  ['all ok', 'ok'],
] as const;
for (const [classic, verdict] of classics)
  test(`classic ${classic} → ${verdict}`, () => assert.equal(toNearestVerdict(classic), verdict));

test('a likely block agrees with a block, a block with ok does not', () => {
  const scenario = scenarioOf({ verdict: 'ok' }, { classic: 'false / dns' });
  const likely = compareRuns(scenario, [runOf(judgementOf('likely_blocked'))], 0);
  assert.deepEqual(listDisagreements([scenario], [likely]), []);
  const [row] = listDisagreements([scenario], [compareRuns(scenario, [runOf(ok)], 0)]);
  assert.equal(row?.ours, 'ok');
});
