/** What the deep pass adds to a verdict: controls of our own, deeper nodes, and trouble that is not the service's. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { measurementOf, serviceOf, TEST_RULES, type Visit } from '../testing/observations.ts';
import type { Measurement, Mechanism, Verdict } from '../types.ts';
import { judge } from './judge.ts';

const WWW = 'facebook.web.www';
const TRUE = '157.240.20.35';
const FALSE = '93.184.230.9';

type Row = {
  readonly name: string;
  readonly here: readonly Omit<Visit, 'targetId'>[];
  readonly control?: readonly Omit<Visit, 'targetId'>[];
  readonly expect: readonly [Verdict, Mechanism?];
  readonly tampering?: readonly Mechanism[];
  readonly rule?: string;
};

const RESET = { fails: ['tls', 'connection_reset'] } as const satisfies Omit<Visit, 'targetId'>;
const NX = { fails: ['dns', 'dns_nxdomain_error'] } as const satisfies Omit<Visit, 'targetId'>;
const again = (visit: Omit<Visit, 'targetId'>) => [visit, { ...visit, attempt: 2 }];
const NAME_ONLY = {
  purpose: 'innocuous_name',
  fails: ['tls', 'ssl_invalid_hostname'],
} as const satisfies Omit<Visit, 'targetId'>;
const INNOCUOUS_PASSES = [NAME_ONLY, NAME_ONLY];
const INNOCUOUS_RESET = [
  { ...RESET, purpose: 'innocuous_name' } as const,
  { ...RESET, purpose: 'innocuous_name' } as const,
];
const AGAIN_RESET = { ...RESET, purpose: 'target_again' } as const;
const GENUINE_BY_DOH = {
  purpose: 'dns_view',
  view: ['public', 'doh'],
  addresses: [TRUE],
} as const satisfies Omit<Visit, 'targetId'>;
const DENIED_OVER_UDP = {
  ...NX,
  purpose: 'dns_view',
  view: ['public', 'udp'],
} as const satisfies Omit<Visit, 'targetId'>;

const ROWS: readonly Row[] = [
  {
    name: 'reset for this name only, seen by our own control',
    here: [...again(RESET), ...INNOCUOUS_PASSES, AGAIN_RESET],
    expect: ['blocked', 'tls.reset.sni'],
  },
  {
    name: 'reset for any name at the address',
    here: [...again(RESET), ...INNOCUOUS_RESET],
    control: [{}],
    expect: ['blocked', 'tls.reset.any'],
  },
  {
    name: 'reset for any name and no control cannot be told',
    here: [...again(RESET), ...INNOCUOUS_RESET],
    expect: ['insufficient', 'tls.reset.any'],
  },
  {
    name: 'a name that passes again is no trigger',
    here: [...again(RESET), ...INNOCUOUS_PASSES, { purpose: 'target_again' }],
    expect: ['insufficient', 'tls.reset'],
  },
  {
    name: 'denied by the resolver, given and proved by another',
    here: [...again(NX), GENUINE_BY_DOH],
    expect: ['blocked', 'dns.nxdomain'],
  },
  {
    name: 'denied by a public resolver over UDP as well',
    here: [...again(NX), DENIED_OVER_UDP, GENUINE_BY_DOH],
    expect: ['blocked', 'dns.injection.other'],
    rule: 'dns.hijacked_path',
  },
  {
    name: 'refused at an address that only this resolver gives',
    here: [...again({ fails: ['tcp', 'connection_refused'], addresses: [FALSE] }), GENUINE_BY_DOH],
    control: [{}],
    expect: ['blocked', 'dns.injection.other'],
    rule: 'dns.false_address',
  },
  {
    name: 'proved by a relay at an address that only this resolver gives is ok, and noted',
    here: [{ addresses: [FALSE] }, { purpose: 'innocuous_name' }, GENUINE_BY_DOH],
    control: [{}],
    expect: ['ok'],
    tampering: ['dns.injection.other'],
  },
  {
    name: 'proved at an address of its own that only this resolver gives is ok',
    here: [{ addresses: [FALSE] }, NAME_ONLY, GENUINE_BY_DOH],
    control: [{}],
    expect: ['ok'],
    tampering: [],
  },
  {
    name: 'every second try reset, the innocuous name never',
    here: [RESET, { attempt: 2 }, ...INNOCUOUS_PASSES, AGAIN_RESET],
    expect: ['likely_blocked', 'tls.reset.sni'],
    rule: 'flapping',
  },
  {
    name: 'one reset and then none is chance',
    here: [RESET, { attempt: 2 }, ...INNOCUOUS_PASSES, { purpose: 'target_again' }],
    expect: ['ok'],
  },
];

function visitsOf(visits: readonly Omit<Visit, 'targetId'>[]): Visit[] {
  return visits.map((visit) => ({ targetId: WWW, ...visit }));
}

function judgeRow(measurement: Measurement, control: Row['control']) {
  return judge({
    measurement,
    service: serviceOf([{ id: WWW, function: 'web', kind: 'https' }]),
    controls: control ? [measurementOf(visitsOf(control), { vantageId: 'outside' })] : [],
    countryCode: 'RU',
    rules: TEST_RULES,
    fingerprints: [],
  }).targets[WWW];
}

suite('judge: with a deep pass', () => {
  for (const { name, here, control, expect, tampering, rule } of ROWS) {
    test(name, () => {
      const target = judgeRow(measurementOf(visitsOf(here)), control);
      assert.deepEqual([target?.verdict, target?.mechanism], [expect[0], expect[1]]);
      if (tampering) assert.deepEqual(target?.tampering, tampering);
      if (rule) assert.equal(target?.ruleId, rule);
    });
  }
});

test('silent foreign hosts beside domestic ones that answer: an allow-list', () => {
  const silent = ['tls', 'generic_timeout_error'] as const;
  const measurement = measurementOf(visitsOf(again({ fails: silent })), {
    baselines: [
      { targetId: 'baseline.foreign', role: 'baseline', fails: silent },
      { targetId: 'baseline.domestic', role: 'baseline' },
    ],
  });
  const judgement = judge({
    measurement,
    service: serviceOf([{ id: WWW, function: 'web', kind: 'https' }]),
    controls: [measurementOf([{ targetId: WWW }])],
    countryCode: 'RU',
    baselines: [
      { id: 'baseline.foreign', scope: 'foreign' },
      { id: 'baseline.domestic', scope: 'domestic' },
    ],
    rules: TEST_RULES,
    fingerprints: [],
  });
  assert.deepEqual(
    [judgement.service.verdict, judgement.service.mechanism],
    ['blocked', 'network.whitelist'],
  );
});
