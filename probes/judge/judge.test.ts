/** One row per condition: what the vantage saw, what the control saw, and what must be concluded. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Fingerprint } from '../../config/schema.ts';
import {
  measurementOf,
  serviceOf,
  TEST_RULES,
  type Visit,
  workingBaselines,
} from '../testing/observations.ts';
import type { Measurement, Verdict } from '../types.ts';
import { judge, RULES } from './judge.ts';

const WWW = 'facebook.web.www';
const STUB = '95.167.13.50';
const BLOCKPAGE_TEXT = 'Access to this resource is limited under the law';

const FINGERPRINTS: readonly Fingerprint[] = [
  {
    id: 'stub-a',
    kind: 'dns',
    pattern: STUB,
    match: 'full',
    countryCodes: ['RU'],
    scope: 'operator',
    sourceUrl: 'https://example.org',
    retrievedAt: '2026-11-20',
    note: '',
  },
  {
    id: 'page-a',
    kind: 'body',
    pattern: 'limited under the law',
    match: 'contains',
    countryCodes: ['RU'],
    scope: 'national',
    sourceUrl: 'https://example.org',
    retrievedAt: '2026-11-20',
    note: '',
  },
  {
    id: 'not-a-page',
    kind: 'body',
    pattern: 'limited',
    match: 'contains',
    countryCodes: ['RU'],
    scope: 'false_positive',
    sourceUrl: 'https://example.org',
    retrievedAt: '2026-11-20',
    note: '',
  },
];

/** The same visit, and again 30 s later. */
function twice(visit: Omit<Visit, 'targetId'>): Visit[] {
  return [1, 2].map((attempt) => ({ targetId: WWW, ...visit, attempt }));
}
function once(visit: Omit<Visit, 'targetId'>): Visit[] {
  return [{ targetId: WWW, ...visit }];
}

type Row = {
  readonly name: string;
  readonly here: readonly Visit[];
  /** What the outside control saw; absent when there is none. */
  readonly control?: readonly Visit[];
  readonly controlBaselines?: readonly Visit[];
  readonly baselines?: readonly Visit[];
  readonly marks?: Measurement['marks'];
  readonly country?: string;
  readonly expect: readonly [Verdict, string?];
  readonly rule?: string;
};

const GOOD = once({});
const DEAD_BASELINES: readonly Visit[] = ['a', 'b'].map((name) => ({
  targetId: `baseline.${name}`,
  role: 'baseline',
  fails: ['tcp', 'generic_timeout_error'],
}));

const ROWS: readonly Row[] = [
  {
    name: 'verified TLS and any answer is ok without a control',
    here: GOOD,
    expect: ['ok'],
    rule: 'target.own_proof',
  },
  {
    name: 'reached on the retry is ok',
    here: [...once({ fails: ['tls', 'connection_reset'] }), { targetId: WWW, attempt: 2 }],
    control: GOOD,
    expect: ['ok'],
  },
  {
    name: 'reset once is likely',
    here: once({ fails: ['tls', 'connection_reset'] }),
    control: GOOD,
    expect: ['likely_blocked', 'tls.reset'],
  },
  {
    name: 'reset, and again later, is blocked',
    here: twice({ fails: ['tls', 'connection_reset'] }),
    control: GOOD,
    expect: ['blocked', 'tls.reset'],
  },
  {
    name: 'a retry too soon does not confirm',
    here: [
      ...once({ fails: ['tls', 'connection_reset'] }),
      { targetId: WWW, attempt: 2, startedMs: 5_000, fails: ['tls', 'connection_reset'] },
    ],
    control: GOOD,
    expect: ['likely_blocked', 'tls.reset'],
  },
  {
    name: 'a retry with another failure does not confirm',
    here: [
      ...once({ fails: ['tls', 'connection_reset'] }),
      { targetId: WWW, attempt: 2, fails: ['tcp', 'generic_timeout_error'] },
    ],
    control: GOOD,
    expect: ['likely_blocked', 'ip.drop'],
  },
  {
    name: 'reset without a control cannot be told',
    here: twice({ fails: ['tls', 'connection_reset'] }),
    expect: ['insufficient', 'tls.reset'],
  },
  {
    name: 'reset at the control too is down',
    here: twice({ fails: ['tls', 'connection_reset'] }),
    control: once({ fails: ['tls', 'connection_reset'] }),
    expect: ['down', 'tls.reset'],
  },
  {
    name: 'a control that failed earlier is none',
    here: twice({ fails: ['tls', 'connection_reset'] }),
    control: once({ fails: ['tcp', 'generic_timeout_error'] }),
    expect: ['insufficient', 'tls.reset'],
  },
  {
    name: 'a control whose own network is dead is none',
    here: twice({ fails: ['tls', 'connection_reset'] }),
    control: once({ fails: ['tcp', 'generic_timeout_error'] }),
    controlBaselines: DEAD_BASELINES,
    expect: ['insufficient', 'tls.reset'],
  },
  {
    name: 'close in the handshake',
    here: twice({ fails: ['tls', 'eof_error'] }),
    control: GOOD,
    expect: ['blocked', 'tls.eof'],
  },
  {
    name: 'silence in the handshake',
    here: twice({ fails: ['tls', 'generic_timeout_error'] }),
    control: GOOD,
    expect: ['blocked', 'tls.timeout'],
  },
  {
    name: 'alert in the handshake',
    here: twice({ fails: ['tls', 'ssl_failed_handshake'] }),
    control: GOOD,
    expect: ['blocked', 'tls.alert'],
  },
  {
    name: 'plain text in place of TLS',
    here: twice({ fails: ['tls', 'ssl_failed_handshake'], raw: 'ERR_SSL_WRONG_VERSION_NUMBER' }),
    control: GOOD,
    expect: ['blocked', 'http.blockpage'],
  },
  {
    name: 'NXDOMAIN here, resolved outside',
    here: twice({ fails: ['dns', 'dns_nxdomain_error'] }),
    control: GOOD,
    expect: ['blocked', 'dns.nxdomain'],
  },
  {
    name: 'NXDOMAIN everywhere is down',
    here: twice({ fails: ['dns', 'dns_nxdomain_error'] }),
    control: once({ fails: ['dns', 'dns_nxdomain_error'] }),
    expect: ['down', 'dns.nxdomain'],
  },
  {
    name: 'NXDOMAIN without a control',
    here: twice({ fails: ['dns', 'dns_nxdomain_error'] }),
    expect: ['insufficient', 'dns.nxdomain'],
  },
  {
    name: 'bogon here, true address outside',
    here: bogonVisits(2),
    control: GOOD,
    expect: ['blocked', 'dns.injection.bogon'],
  },
  {
    name: 'bogon everywhere is down',
    here: bogonVisits(2),
    control: bogonVisits(1),
    expect: ['down', 'dns.injection.bogon'],
  },
  {
    name: 'bogon without a control',
    here: bogonVisits(2),
    expect: ['insufficient', 'dns.injection.bogon'],
  },
  {
    name: 'silent SYN',
    here: twice({ fails: ['tcp', 'generic_timeout_error'] }),
    control: GOOD,
    expect: ['blocked', 'ip.drop'],
  },
  {
    name: 'refused',
    here: twice({ fails: ['tcp', 'connection_refused'] }),
    control: GOOD,
    expect: ['blocked', 'ip.refused'],
  },
  {
    name: 'refused at the control too',
    here: twice({ fails: ['tcp', 'connection_refused'] }),
    control: once({ fails: ['tcp', 'connection_refused'] }),
    expect: ['down', 'ip.refused'],
  },
  {
    name: 'unreachable net on this machine',
    here: twice({ fails: ['tcp', 'network_unreachable'], attribution: 'vantage' }),
    control: GOOD,
    expect: ['insufficient'],
    rule: 'vantage.own_failure',
  },
  {
    name: 'false certificate on the true address',
    here: twice({ fails: ['tls', 'ssl_unknown_authority'] }),
    control: GOOD,
    expect: ['blocked', 'tls.mitm.ca_signed'],
  },
  {
    name: 'self-signed certificate on the true address',
    here: twice({ fails: ['tls', 'ssl_unknown_authority'], isSelfSigned: true }),
    control: GOOD,
    expect: ['blocked', 'tls.mitm.self_signed'],
  },
  {
    name: 'false certificate on an unknown address',
    here: twice({ fails: ['tls', 'ssl_invalid_hostname'], addresses: ['203.0.114.9'] }),
    control: GOOD,
    expect: ['blocked', 'dns.injection.other'],
  },
  {
    name: 'false certificate for everybody',
    here: twice({ fails: ['tls', 'ssl_invalid_hostname'] }),
    control: once({ fails: ['tls', 'ssl_invalid_hostname'] }),
    expect: ['down', 'tls.certificate'],
  },
  {
    name: 'known stub address in its country',
    here: once({ addresses: [STUB], fails: ['tcp', 'connection_refused'] }),
    country: 'RU',
    expect: ['blocked', 'dns.injection.blockpage'],
    rule: 'dns.stub_address',
  },
  {
    name: 'known stub address in another country',
    here: once({ addresses: [STUB], fails: ['tcp', 'connection_refused'] }),
    country: 'PL',
    control: GOOD,
    expect: ['likely_blocked', 'ip.refused'],
  },
  {
    name: 'known block page over a false certificate',
    here: once({
      fails: ['tls', 'ssl_unknown_authority'],
      body: BLOCKPAGE_TEXT,
      addresses: ['203.0.114.9'],
    }),
    country: 'RU',
    control: GOOD,
    expect: ['blocked', 'dns.injection.blockpage'],
    rule: 'http.known_blockpage',
  },
  {
    name: 'the same page in another country needs more',
    here: once({ fails: ['tls', 'ssl_unknown_authority'], body: BLOCKPAGE_TEXT }),
    country: 'PL',
    control: GOOD,
    expect: ['likely_blocked', 'tls.mitm.ca_signed'],
  },
  {
    name: 'block page text over verified TLS is the site speaking',
    here: once({ body: BLOCKPAGE_TEXT }),
    country: 'RU',
    expect: ['ok'],
  },
  {
    name: 'reset in the HTTP exchange',
    here: twice({ fails: ['http', 'connection_reset'] }),
    control: GOOD,
    expect: ['blocked', 'http.reset'],
  },
  {
    name: 'an answer that freezes is impaired',
    here: twice({ fails: ['http', 'generic_timeout_error'], isPartial: true }),
    control: GOOD,
    expect: ['impaired', 'transport.freeze'],
  },
  {
    name: 'no network at the vantage',
    here: twice({ fails: ['tcp', 'generic_timeout_error'] }),
    control: GOOD,
    baselines: DEAD_BASELINES,
    expect: ['insufficient', 'network.outage'],
  },
  {
    name: 'network lost before the retry',
    here: twice({ fails: ['tcp', 'generic_timeout_error'] }),
    control: GOOD,
    baselines: [
      ...workingBaselines(),
      ...DEAD_BASELINES.map((visit) => ({ ...visit, attempt: 2 })),
    ],
    expect: ['insufficient', 'network.outage'],
  },
  {
    name: 'no neutral host was measured',
    here: twice({ fails: ['tls', 'connection_reset'] }),
    control: GOOD,
    baselines: [],
    expect: ['insufficient', 'network.outage'],
  },
  {
    name: 'captive portal',
    here: twice({ fails: ['tls', 'ssl_invalid_hostname'] }),
    control: GOOD,
    baselines: DEAD_BASELINES.map((visit) => ({
      ...visit,
      fails: ['tls', 'ssl_invalid_hostname'],
    })),
    expect: ['insufficient', 'network.captive_portal'],
  },
  {
    name: 'own clock wrong',
    here: twice({ fails: ['tls', 'ssl_invalid_certificate'] }),
    control: GOOD,
    baselines: DEAD_BASELINES.map((visit) => ({
      ...visit,
      fails: ['tls', 'ssl_invalid_certificate'],
    })),
    expect: ['insufficient'],
    rule: 'vantage.clock',
  },
  {
    name: 'the machine stalled',
    here: twice({ fails: ['tls', 'generic_timeout_error'] }),
    control: GOOD,
    marks: ['local_stall'],
    expect: ['insufficient'],
    rule: 'vantage.disturbed',
  },
  {
    name: 'the clock was set',
    here: twice({ fails: ['tls', 'generic_timeout_error'] }),
    control: GOOD,
    marks: ['clock_step'],
    expect: ['insufficient'],
    rule: 'vantage.disturbed',
  },
  {
    name: 'the machine slept',
    here: twice({ fails: ['tls', 'generic_timeout_error'] }),
    control: GOOD,
    marks: ['sleep'],
    expect: ['insufficient'],
    rule: 'vantage.disturbed',
  },
  { name: 'a stall does not spoil a proof', here: GOOD, marks: ['local_stall'], expect: ['ok'] },
  {
    name: 'the simulated mark changes nothing',
    here: twice({ fails: ['tls', 'connection_reset'] }),
    control: GOOD,
    marks: ['simulated'],
    expect: ['blocked', 'tls.reset'],
  },
  {
    name: 'the run ended before this target',
    here: [],
    control: GOOD,
    expect: ['insufficient'],
    rule: 'target.not_measured',
  },
  {
    name: 'an unknown failure proves nothing',
    here: twice({ fails: ['http', 'unknown_failure'] }),
    control: GOOD,
    expect: ['insufficient'],
    rule: 'stage.odd',
  },
];

function bogonVisits(count: number): Visit[] {
  // A bogon is never dialled, so a visit ends with the answer of the resolver.
  return Array.from({ length: count }, (_, index) => ({
    targetId: WWW,
    attempt: index + 1,
    kind: 'name',
    addresses: ['10.10.34.35'],
  }));
}

suite('judge: one target', () => {
  for (const row of ROWS) {
    test(row.name, () => {
      const judgement = judge({
        measurement: measurementOf(row.here, {
          ...(row.marks ? { marks: row.marks } : {}),
          ...(row.baselines ? { baselines: row.baselines } : {}),
        }),
        service: serviceOf([{ id: WWW, function: 'web', kind: 'https' }]),
        controls: row.control
          ? [
              measurementOf(row.control, {
                vantageId: 'outside',
                ...(row.controlBaselines ? { baselines: row.controlBaselines } : {}),
              }),
            ]
          : [],
        countryCode: row.country ?? 'RU',
        rules: TEST_RULES,
        fingerprints: FINGERPRINTS,
      });
      const target = judgement.targets[WWW];
      assert.deepEqual([target?.verdict, target?.mechanism], [row.expect[0], row.expect[1]]);
      if (row.rule) assert.equal(target?.ruleId, row.rule);
      assert.equal(
        judgement.service.verdict,
        row.expect[0],
        'a service of one target agrees with it',
      );
      assert.ok((target?.reasons.length ?? 0) > 0, 'every verdict says why');
    });
  }
});

type Part = readonly ['web' | 'app' | 'calls', Visit['fails']?];
const COMBINATIONS: readonly {
  name: string;
  parts: readonly Part[];
  required: Part[0][];
  expect: Verdict;
}[] = [
  {
    name: 'all functions answer',
    parts: [['web'], ['app'], ['calls']],
    required: ['web', 'app'],
    expect: 'ok',
  },
  {
    name: 'a lesser function is stopped',
    parts: [['web'], ['app'], ['calls', ['tls', 'connection_reset']]],
    required: ['web', 'app'],
    expect: 'impaired',
  },
  {
    name: 'one of two required functions is stopped',
    parts: [['web', ['tls', 'connection_reset']], ['app']],
    required: ['web', 'app'],
    expect: 'impaired',
  },
  {
    name: 'both required functions are stopped',
    parts: [['web', ['tls', 'connection_reset']], ['app', ['tls', 'connection_reset']], ['calls']],
    required: ['web', 'app'],
    expect: 'blocked',
  },
  {
    name: 'a required function that could not be judged',
    parts: [['web', ['http', 'unknown_failure']], ['app']],
    required: ['web', 'app'],
    expect: 'insufficient',
  },
];

suite('judge: a service of several functions', () => {
  for (const { name, parts, required, expect } of COMBINATIONS) {
    test(name, () => {
      const visits = parts.flatMap(([id, fails], index) =>
        [1, 2].map(
          (attempt): Visit => ({
            targetId: `facebook.${id}.x`,
            attempt,
            addresses: [`157.240.20.${index}`],
            ...(fails ? { fails } : {}),
          }),
        ),
      );
      const service = {
        ...serviceOf(
          parts.map(([id]) => ({ id: `facebook.${id}.x`, function: id, kind: 'https' as const })),
        ),
        requiredFunctions: required,
      };
      const controls = [
        measurementOf(
          parts.map(([id], index) => ({
            targetId: `facebook.${id}.x`,
            addresses: [`157.240.20.${index}`],
          })),
        ),
      ];
      const judgement = judge({
        measurement: measurementOf(visits),
        service,
        controls,
        countryCode: 'RU',
        rules: TEST_RULES,
        fingerprints: [],
      });
      assert.equal(judgement.service.verdict, expect);
    });
  }
});

test('the same failure at another address in the same run confirms', () => {
  const ids = ['facebook.web.www', 'facebook.app.graph'];
  const visits = ids.map(
    (targetId, index): Visit => ({
      targetId,
      addresses: [`157.240.20.${index}`],
      fails: ['tls', 'connection_reset'],
    }),
  );
  const controls = [
    measurementOf(ids.map((targetId, index) => ({ targetId, addresses: [`157.240.20.${index}`] }))),
  ];
  const service = serviceOf([
    { id: ids[0] ?? '', function: 'web', kind: 'https' },
    { id: ids[1] ?? '', function: 'app', kind: 'https' },
  ]);
  const judgement = judge({
    measurement: measurementOf(visits),
    service,
    controls,
    countryCode: 'RU',
    rules: TEST_RULES,
    fingerprints: [],
  });
  assert.equal(judgement.service.verdict, 'blocked');
  assert.ok(judgement.targets[WWW]?.reasons.some((reason) => reason.code === 'same_elsewhere'));
});

test('a TCP endpoint that answers at a known stub address is not ok', () => {
  const id = 'facebook.app.chat';
  const service = serviceOf([{ id, function: 'app', kind: 'tcp' }]);
  const measurement = measurementOf([{ targetId: id, kind: 'tcp', addresses: [STUB] }]);
  const judgement = judge({
    measurement,
    service,
    controls: [],
    countryCode: 'RU',
    rules: TEST_RULES,
    fingerprints: FINGERPRINTS,
  });
  assert.equal(judgement.service.verdict, 'blocked');
});

test('every rule has its own id and explains itself', () => {
  assert.equal(new Set(RULES.map((rule) => rule.id)).size, RULES.length);
  for (const rule of RULES) assert.match(rule.says, /^[A-Z].*\.$/);
});
