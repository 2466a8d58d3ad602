/** What the judge makes of a measurement whose medium could not show everything: less, and never something else. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { makeArbitraryInput } from '../testing/arbitrary-runs.ts';
import { CLAIM } from '../testing/claims.ts';
import { measurementOf, serviceOf, TEST_RULES, type Visit } from '../testing/observations.ts';
import type {
  BlindSpot,
  Failure,
  Judgement,
  Measurement,
  Origin,
  Service,
  Verdict,
} from '../types.ts';
import { judge } from './judge.ts';

const WWW = 'facebook.web.www';
const CALLS = 'whatsapp.calls.stun';
const PROXY: readonly BlindSpot[] = ['udp', 'late_replies', 'close', 'connect'];
const FAR: readonly BlindSpot[] = [...PROXY, 'names', 'addresses'];
const WEB: Service = serviceOf([{ id: WWW, kind: 'https', function: 'web' }]);

/** The same visit, and again 30 s later. */
function twice(visit: Omit<Visit, 'targetId'>): Visit[] {
  return [1, 2].map((attempt) => ({ targetId: WWW, ...visit, attempt }));
}
const GOOD: readonly Visit[] = [{ targetId: WWW }];
const RESET = twice({ fails: ['tls', 'connection_reset'] });

/** A neutral host to which no connection was made. */
function unreachedHost({ code, attribution }: Pick<Failure, 'code' | 'attribution'>): Visit {
  return { targetId: 'baseline.a', role: 'baseline', fails: ['tcp', code], attribution };
}

type Seen = {
  readonly here: readonly Visit[];
  readonly control?: readonly Visit[];
  readonly controlSpots?: readonly BlindSpot[];
  readonly changes?: Partial<Measurement> & { readonly baselines?: readonly Visit[] };
  readonly isByName?: boolean;
  readonly isWithoutHandshake?: boolean;
};

/** Takes the lookups away and dials by name, as a proxy with far names has it. */
function byName(measurement: Measurement): Measurement {
  const observations = measurement.observations.flatMap((one): typeof measurement.observations => {
    if (one.operation === 'dns') return [];
    if (one.operation === 'tcp')
      return [{ ...one, input: { ...one.input, address: one.targetId } }];
    return [one];
  });
  return { ...measurement, observations };
}

function judgeOf({
  here,
  control,
  controlSpots,
  changes = {},
  isByName = false,
  isWithoutHandshake = false,
}: Seen): Judgement {
  const made = measurementOf(here, changes);
  const measurement = isWithoutHandshake ? withoutHandshake(made) : made;
  const controls = control
    ? [
        measurementOf(control, {
          vantageId: 'out',
          ...(controlSpots ? { blindSpots: controlSpots } : {}),
        }),
      ]
    : [];
  const judged = judge({
    measurement: isByName ? byName(measurement) : measurement,
    service: WEB,
    controls,
    countryCode: 'RU',
    rules: TEST_RULES,
    fingerprints: [],
  });
  return judged.targets[WWW] ?? assert.fail('no judgement');
}

const codesOf = ({ reasons }: Judgement): readonly string[] => reasons.map(({ code }) => code);

/** Takes the handshakes away, as somebody has it who only says that the whole request failed. */
function withoutHandshake({ observations, ...rest }: Measurement): Measurement {
  return { ...rest, observations: observations.filter(({ operation }) => operation !== 'tls') };
}

type Row = Seen & {
  readonly name: string;
  readonly expect: readonly [Verdict, Judgement['mechanism'] | 'none', Judgement['confidence']];
  readonly reason?: string;
};

const BLIND = { blindSpots: PROXY };
const ROWS: readonly Row[] = [
  {
    name: 'a reset seen by ourselves is a reset',
    here: RESET,
    control: GOOD,
    expect: ['blocked', 'tls.reset', 'medium'],
  },
  {
    name: 'through a proxy it is the handshake alone, and less sure',
    here: RESET,
    control: GOOD,
    changes: BLIND,
    expect: ['blocked', 'tls', 'low'],
    reason: 'ending_hidden',
  },
  {
    name: 'a close in the HTTP exchange likewise',
    here: twice({ fails: ['http', 'eof_error'] }),
    control: GOOD,
    changes: BLIND,
    expect: ['blocked', 'http', 'low'],
    reason: 'ending_hidden',
  },
  {
    name: 'silence may be a reset that the proxy kept to itself',
    here: twice({ fails: ['tls', 'generic_timeout_error'] }),
    control: GOOD,
    changes: BLIND,
    expect: ['blocked', 'tls', 'low'],
    reason: 'ending_hidden',
  },
  {
    name: 'of a request that failed as a whole nobody knows the stage',
    here: twice({ fails: ['http', 'generic_timeout_error'] }),
    control: GOOD,
    changes: BLIND,
    isWithoutHandshake: true,
    expect: ['blocked', 'none', 'low'],
    reason: 'cause_hidden',
  },
  {
    name: 'an alert passes through a proxy as it is',
    here: twice({ fails: ['tls', 'ssl_failed_handshake'] }),
    control: GOOD,
    changes: BLIND,
    expect: ['blocked', 'tls.alert', 'medium'],
  },
  {
    name: 'a connection that is not made: how is hidden',
    here: twice({ fails: ['tcp', 'generic_timeout_error'] }),
    control: GOOD,
    changes: BLIND,
    expect: ['blocked', 'ip', 'low'],
    reason: 'cause_hidden',
  },
  {
    name: 'a general failure of the proxy is a connection that is not made',
    here: twice({ fails: ['tcp', 'unknown_failure'], raw: 'SOCKS5_REPLY_1' }),
    control: GOOD,
    changes: BLIND,
    expect: ['blocked', 'ip', 'medium'],
  },
  {
    name: 'without a proxy such a failure proves nothing',
    here: twice({ fails: ['tcp', 'unknown_failure'] }),
    control: GOOD,
    expect: ['insufficient', 'none', 'low'],
    reason: 'odd_failure',
  },
  {
    name: 'a refusal that the proxy names is one',
    here: twice({ fails: ['tcp', 'connection_refused'], raw: 'SOCKS5_REPLY_5' }),
    control: GOOD,
    changes: BLIND,
    expect: ['blocked', 'ip.refused', 'medium'],
  },
  {
    name: 'the trouble of the proxy itself is never held against anybody',
    here: twice({ fails: ['tcp', 'proxy_failed'], attribution: 'vantage' }),
    control: GOOD,
    changes: BLIND,
    expect: ['insufficient', 'none', 'low'],
    reason: 'own_failure',
  },
  {
    name: 'a proxy through which nothing passes is no outage of the network behind it',
    here: twice({ fails: ['tcp', 'proxy_failed'], attribution: 'vantage' }),
    control: GOOD,
    changes: {
      ...BLIND,
      baselines: [unreachedHost({ code: 'proxy_failed', attribution: 'vantage' })],
    },
    expect: ['insufficient', 'none', 'low'],
    reason: 'own_failure',
  },
  {
    name: 'a proxy that fails for the target alone, while neutral hosts are silent, leaves an outage',
    here: twice({ fails: ['tcp', 'proxy_failed'], attribution: 'vantage' }),
    control: GOOD,
    changes: {
      ...BLIND,
      baselines: [unreachedHost({ code: 'generic_timeout_error', attribution: 'remote' })],
    },
    expect: ['insufficient', 'network.outage', 'low'],
    reason: 'baselines_failed',
  },
  {
    name: 'a proxy that somebody else is said to have broken leaves an outage',
    here: twice({ fails: ['tcp', 'proxy_failed'], attribution: 'remote' }),
    control: GOOD,
    changes: {
      ...BLIND,
      baselines: [unreachedHost({ code: 'proxy_failed', attribution: 'vantage' })],
    },
    expect: ['insufficient', 'network.outage', 'low'],
    reason: 'baselines_failed',
  },
  {
    name: 'by name: whether the name or the address is at fault is not said',
    here: twice({ fails: ['tcp', 'host_unreachable'] }),
    control: GOOD,
    changes: { blindSpots: FAR },
    isByName: true,
    expect: ['blocked', 'none', 'low'],
    reason: 'name_hidden',
  },
  {
    name: 'by name: a false certificate is one, wherever it came from',
    here: twice({ fails: ['tls', 'ssl_invalid_hostname'] }),
    control: GOOD,
    changes: { blindSpots: FAR },
    isByName: true,
    expect: ['blocked', 'tls.certificate', 'low'],
    reason: 'name_hidden',
  },
  {
    name: 'by name: a name that is gone for the control is down, and nobody lies',
    here: twice({ fails: ['tcp', 'host_unreachable'] }),
    control: twice({ fails: ['dns', 'dns_nxdomain_error'], attribution: 'resolver' }),
    changes: { blindSpots: FAR },
    isByName: true,
    expect: ['down', 'dns', 'low'],
    reason: 'name_gone',
  },
  {
    name: 'a name that somebody else asked for: the layer alone',
    here: twice({ fails: ['dns', 'dns_nxdomain_error'], attribution: 'resolver' }),
    control: GOOD,
    changes: { blindSpots: ['names'] },
    expect: ['blocked', 'dns', 'low'],
    reason: 'name_hidden',
  },
  {
    name: 'without a chain a false certificate has no maker',
    here: twice({ fails: ['tls', 'ssl_unknown_authority'], isSelfSigned: true }),
    control: GOOD,
    changes: { blindSpots: ['chain'] },
    expect: ['blocked', 'tls.certificate', 'low'],
    reason: 'chain_hidden',
  },
  {
    name: 'what nobody tried again is likely at most',
    here: RESET,
    control: GOOD,
    changes: { blindSpots: ['repeat'] },
    expect: ['likely_blocked', 'tls.reset', 'low'],
    reason: 'not_repeated',
  },
  {
    name: 'no neutral host and no control of its own: cannot tell, and no outage is made up',
    here: RESET,
    control: GOOD,
    changes: { blindSpots: ['baselines'], baselines: [] },
    expect: ['insufficient', 'none', 'low'],
    reason: 'no_baselines',
  },
  {
    name: 'neutral hosts that were asked and failed are an outage all the same',
    here: [...RESET, { targetId: WWW, role: 'control' }],
    changes: {
      blindSpots: ['baselines'],
      baselines: [
        { targetId: 'baseline.a', role: 'baseline', fails: ['tcp', 'generic_timeout_error'] },
      ],
    },
    expect: ['insufficient', 'network.outage', 'low'],
    reason: 'baselines_failed',
  },
  {
    name: 'a control that came along decides like any other',
    here: [...RESET, { targetId: WWW, role: 'control' }],
    changes: { blindSpots: ['baselines'], baselines: [] },
    expect: ['blocked', 'tls.reset', 'medium'],
    reason: 'control_succeeded',
  },
  {
    name: 'a control that came along and failed at the same stage: down',
    here: [...RESET, { targetId: WWW, role: 'control', fails: ['tls', 'connection_reset'] }],
    changes: { blindSpots: ['baselines'], baselines: [] },
    expect: ['down', 'tls.reset', 'medium'],
  },
  {
    name: 'a control that came along and saw nothing at all is none',
    here: [...RESET, { targetId: WWW, role: 'control', fails: ['dns', 'generic_timeout_error'] }],
    changes: { blindSpots: ['baselines'], baselines: [] },
    expect: ['insufficient', 'none', 'low'],
    reason: 'no_baselines',
  },
  {
    name: 'what a control reached was not reached from here',
    here: [{ targetId: WWW, role: 'control' }],
    expect: ['insufficient', 'none', 'low'],
    reason: 'not_measured',
  },
  {
    name: 'a control that leaves names to others has resolved what it connected to',
    here: twice({ fails: ['dns', 'dns_nxdomain_error'], attribution: 'resolver' }),
    control: [{ targetId: WWW, kind: 'tcp' }],
    controlSpots: FAR,
    expect: ['blocked', 'dns.nxdomain', 'medium'],
  },
  {
    name: 'a control that got through at another address only: said, and less sure',
    here: twice({ fails: ['tcp', 'generic_timeout_error'] }),
    control: [{ targetId: WWW, addresses: ['185.60.216.35'] }],
    expect: ['blocked', 'ip.drop', 'low'],
    reason: 'control_other_address',
  },
  {
    name: 'a control that got through at this very address: nothing to add',
    here: twice({ fails: ['tcp', 'generic_timeout_error'] }),
    control: GOOD,
    expect: ['blocked', 'ip.drop', 'medium'],
  },
];

suite('judge with blind spots', () => {
  for (const { name, expect, reason, ...seen } of ROWS)
    test(name, () => {
      const judgement = judgeOf(seen);
      const { verdict, mechanism = 'none', confidence } = judgement;
      assert.deepEqual([verdict, mechanism, confidence], expect, codesOf(judgement).join());
      if (reason !== undefined) assert.ok(codesOf(judgement).includes(reason));
      for (const one of judgement.reasons) assert.match(one.text, /^[A-Z].*\.$/);
    });

  test('the address doubt tells a control that failed there from one that did not try', () => {
    const here = twice({ fails: ['tcp', 'generic_timeout_error'] });
    const elsewhere: Visit = { targetId: WWW, addresses: ['185.60.216.35'], attempt: 2 };
    const failed: Visit = { targetId: WWW, fails: ['tcp', 'generic_timeout_error'] };
    const textOf = (control: readonly Visit[]): string | undefined =>
      judgeOf({ here, control }).reasons.find(({ code }) => code === 'control_other_address')?.text;
    assert.match(textOf([elsewhere]) ?? '', /did not try this one/);
    assert.match(textOf([failed, elsewhere]) ?? '', /not at this one either/);
  });
});

const WHATSAPP = serviceOf([
  { id: WWW, kind: 'https', function: 'web' },
  { id: CALLS, kind: 'stun', function: 'calls' },
]);
const ORIGIN: Origin = { provider: 'ooni', licence: 'CC-BY-NC-SA-4.0', reference: 'x' };

const PARTS = [
  ['reachable, calls out of reach of the medium', [], ['ok', 'medium'], 'target.medium_blind'],
  [
    'stopped, calls out of reach: no more than likely',
    RESET,
    ['likely_blocked', 'low'],
    'target.medium_blind',
  ],
  ['reachable, calls no part of a borrowed measurement', [], ['ok', 'medium'], 'target.not_part'],
  ['reachable, calls not come to', [], ['insufficient', 'low'], 'target.not_measured'],
] as const;
for (const [name, here, expected, ruleId] of PARTS)
  test(`service: ${name}`, () => {
    const changes = {
      ...(ruleId === 'target.medium_blind' ? { blindSpots: PROXY } : {}),
      ...(ruleId === 'target.not_part' ? { origin: ORIGIN } : {}),
    };
    const { service, functions, targets } = judge({
      measurement: measurementOf(here.length === 0 ? GOOD : here, changes),
      service: WHATSAPP,
      controls: [measurementOf([...GOOD, { targetId: CALLS, kind: 'stun' }])],
      countryCode: 'RU',
      rules: TEST_RULES,
      fingerprints: [],
    });
    assert.equal(targets[CALLS]?.ruleId, ruleId);
    assert.equal(functions.calls?.verdict, 'insufficient');
    assert.deepEqual([service.verdict, service.confidence], expected);
  });

const CONFIDENCES = ['low', 'medium', 'high'];
/** Spots that only take something away; the others also say what an unclear code means. */
const DIMMING: readonly BlindSpot[] = ['close', 'chain', 'late_replies', 'body', 'repeat', 'deep'];
const RUNS = 1500;

test(`less sight never makes a stronger claim on a target (${RUNS} runs)`, () => {
  for (let seed = 0; seed < RUNS; seed += 1) {
    const input = makeArbitraryInput(seed);
    const blindSpots = DIMMING.filter((_, index) => ((seed >> index) & 1) === 1);
    const seeing = judge(input).targets;
    const blind = judge({ ...input, measurement: { ...input.measurement, blindSpots } }).targets;
    for (const [id, whole] of Object.entries(seeing)) {
      const less = blind[id];
      assert.ok(less, id);
      assert.ok(CLAIM[less.verdict] <= CLAIM[whole.verdict], `${seed} ${id} ${blindSpots.join()}`);
      if (less.verdict === whole.verdict)
        assert.ok(
          CONFIDENCES.indexOf(less.confidence) <= CONFIDENCES.indexOf(whole.confidence),
          `${seed} ${id}`,
        );
      if (blindSpots.includes('close'))
        assert.doesNotMatch(less.mechanism ?? '', /^(?:tls|http)\.(?:reset|eof)/);
      if (blindSpots.includes('chain')) assert.doesNotMatch(less.mechanism ?? '', /mitm/);
    }
  }
});
