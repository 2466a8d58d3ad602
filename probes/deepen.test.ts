/** The deep pass over real sockets: what each of its questions gives in which condition of the network. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createDeepPlan } from './deepen/plan.ts';
import {
  ADDRESS,
  type Conditions,
  DEEP,
  type DeepWorld,
  HOST,
  INNOCUOUS_NAME,
  NEUTRAL_ADDRESS,
  SECOND_ADDRESS,
  startDeepWorld,
  TARGET,
} from './testing/deep-world.ts';
import { ManualClock } from './testing/manual-clock.ts';
import type { HttpValue, Measurement, Observation, Purpose, ServiceTarget } from './types.ts';

/** The code of a failure, `ok`, or the first address of a name. */
function wordOf(one: Observation): string {
  if (one.outcome.kind === 'failed') return one.outcome.failure.code;
  return one.operation === 'dns' ? (one.outcome.value.addresses[0] ?? '') : 'ok';
}

/** What was asked under a purpose, in a word each: `udp 157.240.1.35`, `tls ok`. */
function tell(measurement: Measurement, purpose: Purpose): string[] {
  return measurement.observations
    .filter((one) => one.purpose === purpose)
    .map((one) => {
      const way = one.operation === 'dns' ? one.input.transport : one.operation;
      return `${way} ${wordOf(one)}`;
    });
}

const only =
  (name: string, kind: 'reset' | 'hang' | 'fin'): NonNullable<Conditions['box']> =>
  (serverName) => ({ kind: serverName === name ? kind : 'pass' });
const RESET = 'connection_reset';
const TIMEOUT = 'generic_timeout_error';
const MISNAMED = 'ssl_invalid_hostname';
const VIEWS = [`udp ${ADDRESS}`, `tcp ${ADDRESS}`, `doh ${ADDRESS}`];
/** Both addresses that the views give, proved genuine. */
const VERIFIED = ['tcp ok', 'tls ok', 'tcp ok', 'tls ok'];
/** A web page over TLS. */
const WHOLE = ['tcp ok', 'tls ok', 'http ok'];

const ROWS: readonly {
  readonly name: string;
  readonly conditions: Conditions;
  readonly target?: Partial<ServiceTarget>;
  readonly expect: Readonly<Partial<Record<Purpose, readonly string[]>>>;
}[] = [
  {
    name: 'reset for this name alone',
    conditions: { box: only(HOST, 'reset') },
    expect: {
      innocuous_name: ['tcp ok', `tls ${MISNAMED}`, 'tcp ok', `tls ${MISNAMED}`],
      target_again: ['tcp ok', `tls ${RESET}`],
      small_hello: ['tcp ok', `tls ${RESET}`],
      neutral_address: ['tcp ok', `tls ${RESET}`],
      second_address: ['tcp ok', `tls ${RESET}`],
      whoami: ['udp 172.253.1.1', 'tcp 172.253.1.1'],
      goodput: [],
      parallel: [],
    },
  },
  {
    name: 'reset for every name at the address',
    conditions: {
      routes: { [`${SECOND_ADDRESS}:443`]: { kind: 'reset' } },
      box: only(HOST, 'fin'),
    },
    expect: { second_address: ['tcp ok', 'tls eof_error'] },
  },
  {
    name: 'silence for this name alone',
    conditions: { box: only(HOST, 'hang') },
    expect: {
      innocuous_name: ['tcp ok', `tls ${MISNAMED}`, 'tcp ok', `tls ${MISNAMED}`],
      target_again: ['tcp ok', `tls ${TIMEOUT}`],
    },
  },
  {
    name: 'NXDOMAIN from the network',
    conditions: { dns: { kind: 'nxdomain' } },
    expect: {
      dns_view: [...VIEWS, ...VERIFIED],
      innocuous_name: [],
      target_again: [],
      quic: [],
    },
  },
  {
    name: 'NXDOMAIN over UDP from everybody, who is somebody else',
    conditions: {
      dns: { kind: 'nxdomain' },
      publicUdp: { kind: 'nxdomain' },
      whoamiUdp: { kind: 'addresses', addresses: ['193.232.230.48'] },
    },
    expect: {
      dns_view: ['udp dns_nxdomain_error', ...VIEWS.slice(1), ...VERIFIED],
      whoami: ['udp 193.232.230.48', 'tcp 172.253.1.1'],
    },
  },
  {
    name: 'an impossible address from the network',
    conditions: { dns: { kind: 'addresses', addresses: ['10.10.34.35'] } },
    expect: { dns_view: [...VIEWS, ...VERIFIED], second_address: [] },
  },
  {
    name: 'a dropped address',
    conditions: {
      routes: {
        [`${ADDRESS}:443`]: { kind: 'drop' },
        [`${SECOND_ADDRESS}:443`]: { kind: 'drop' },
      },
    },
    expect: {
      innocuous_name: [],
      target_again: [`tcp ${TIMEOUT}`],
      neutral_address: ['tcp ok', 'tls ok'],
      second_address: [`tcp ${TIMEOUT}`],
    },
  },
  {
    name: 'two replies to one question, the target fine',
    conditions: {
      dns: {
        kind: 'race',
        replies: [
          { kind: 'addresses', addresses: [ADDRESS, SECOND_ADDRESS] },
          { kind: 'nxdomain' },
        ],
      },
    },
    expect: {
      dns_view: [...VIEWS, 'tcp ok', 'tls ok'],
      innocuous_name: ['tcp ok', `tls ${MISNAMED}`, 'tcp ok', `tls ${MISNAMED}`],
      target_again: WHOLE,
      small_hello: ['tcp ok', 'tls ok'],
      second_address: WHOLE,
      goodput: WHOLE,
      goodput_baseline: WHOLE,
      quic: ['quic ok', 'quic ok'],
    },
  },
  {
    name: 'QUIC of version 1 dropped for this name, TCP reset',
    conditions: {
      box: only(HOST, 'reset'),
      quic: (name) => (name === HOST ? 'silent' : 'answer_v1'),
    },
    expect: { quic: ['quic ok', `quic ${TIMEOUT}`] },
  },
  {
    name: 'reset for the Host header in cleartext',
    conditions: {
      plain: (host) => (host === HOST ? { kind: 'reset' } : { kind: 'page', title: host }),
    },
    target: { kind: 'http', port: 80 },
    expect: {
      dns_view: [...VIEWS, ...VERIFIED],
      innocuous_name: ['tcp ok', 'http ok', 'tcp ok', 'http ok'],
      target_again: ['tcp ok', `http ${RESET}`],
      second_address: ['tcp ok', `http ${RESET}`],
      small_hello: [],
      neutral_address: [],
      goodput: [],
    },
  },
  {
    name: 'a target that only takes connections, dropped',
    conditions: { routes: { [`${ADDRESS}:5222`]: { kind: 'drop' } } },
    target: { kind: 'tcp', port: 5222 },
    expect: { innocuous_name: [], small_hello: [], goodput: [], quic: [] },
  },
];

suite('the deep pass', () => {
  let world: DeepWorld;
  before(async () => {
    world = await startDeepWorld();
  });
  after(() => world.close());

  for (const { name, conditions, target, expect } of ROWS) {
    test(name, async () => {
      const measurement = await world.measure(conditions, target ? { target } : {});
      for (const [purpose, expected] of Object.entries(expect) as [Purpose, string[]][]) {
        const told = tell(measurement, purpose);
        // Views and greetings run side by side and end in any order.
        const isOrdered = purpose !== 'dns_view' && purpose !== 'quic' && purpose !== 'whoami';
        if (isOrdered) assert.deepEqual(told, expected, purpose);
        else assert.deepEqual(told.toSorted(), expected.toSorted(), purpose);
      }
      assert.deepEqual(measurement.marks, []);
      for (const { purpose, targetId, role, attempt } of measurement.observations) {
        if (purpose === undefined) continue;
        const isBaseline = purpose === 'goodput_baseline';
        assert.equal(targetId, isBaseline ? 'baseline.neutral' : TARGET.id);
        assert.equal(role, isBaseline ? 'baseline' : 'target');
        const last = measurement.observations.findLast(
          (one) => one.targetId === TARGET.id && one.purpose === undefined,
        );
        assert.equal(attempt, last?.attempt);
      }
    });
  }

  test('the order of names is target, innocuous, innocuous, target', async () => {
    const measurement = await world.measure({ box: only(HOST, 'reset') });
    const names = measurement.observations.flatMap((one) => {
      const { purpose } = one;
      const isName =
        purpose === undefined || purpose === 'innocuous_name' || purpose === 'target_again';
      return one.operation === 'tls' && one.role === 'target' && one.attempt === 2 && isName
        ? [`${one.input.serverName} ${one.input.address}`]
        : [];
    });
    const address = SECOND_ADDRESS;
    assert.deepEqual(names, [
      `${HOST} ${address}`,
      `${INNOCUOUS_NAME} ${address}`,
      `${INNOCUOUS_NAME} ${address}`,
      `${HOST} ${address}`,
    ]);
    const neutral = measurement.observations.find((one) => one.purpose === 'neutral_address');
    assert.deepEqual(neutral?.input, { address: NEUTRAL_ADDRESS, port: 443 });
  });

  test('nothing in doubt → no deep pass; a sampled run → one', async () => {
    const plain = await world.measure({});
    assert.ok(plain.observations.every((one) => one.purpose === undefined));
    const sampled = await world.measure({}, { deep: { sharePercent: 100 } });
    assert.deepEqual(tell(sampled, 'target_again'), WHOLE);
    assert.equal(tell(sampled, 'parallel').filter((word) => word === 'tls ok').length, 3);
    const last = sampled.observations.slice(-6).map((one) => one.purpose);
    assert.deepEqual(new Set(last), new Set(['parallel']), 'many connections come last');
  });

  test('an established block is looked into fully once an interval, and briefly in between', async () => {
    const clock = new ManualClock(0);
    const settings = { ...DEEP, minIntervalSeconds: 3600 };
    const plan = createDeepPlan({ settings, clock, random: () => 0.5 });
    const isDeep = async (conditions: Conditions): Promise<boolean> =>
      tell(await world.measure(conditions, { plan }), 'whoami').length > 0;
    const blocked = { box: only(HOST, 'reset') };
    assert.equal(await isDeep(blocked), true);
    assert.equal(await isDeep(blocked), false);
    const brief = await world.measure(blocked, { plan });
    assert.equal(tell(brief, 'target_again').length > 0, true, 'the verdict keeps its trigger');
    assert.deepEqual(tell(brief, 'parallel'), []);
    assert.equal(await isDeep({ box: only(HOST, 'fin') }), true, 'another way of blocking is new');
    clock.advance(3_600_000);
    assert.equal(await isDeep({ box: only(HOST, 'fin') }), true);
    assert.equal(await isDeep({}), false);
    assert.equal(await isDeep(blocked), true, 'after it was reached');
  });

  test('a budget that ends cuts off what runs, and no timeout comes of it', async () => {
    const box = only(HOST, 'hang');
    const measurement = await world.measure({ box }, { deep: { budgetMs: 250 } });
    assert.deepEqual(tell(measurement, 'target_again'), ['tcp ok', 'tls interrupted']);
    assert.deepEqual(tell(measurement, 'small_hello'), []);
    assert.deepEqual(measurement.marks, []);
  });

  test('too near to the deadline there is none', async () => {
    const measurement = await world.measure({ box: only(HOST, 'reset') }, { deadlineMs: 1000 });
    assert.ok(measurement.observations.every((one) => one.purpose === undefined));
    assert.deepEqual(measurement.marks, []);
  });

  const timed = (measurement: Measurement, purpose: Purpose): Partial<HttpValue> => {
    const one = measurement.observations.findLast(
      (other) => other.purpose === purpose && other.operation === 'http',
    );
    assert.ok(one?.operation === 'http');
    return (one.outcome.kind === 'ok' ? one.outcome.value : one.outcome.seen) ?? {};
  };

  test('goodput: a throttled name beside a neutral host', async () => {
    const bytesPerSecond = 16_250;
    const measurement = await world.measure(
      { box: (name) => (name === HOST ? { kind: 'throttle', bytesPerSecond } : { kind: 'pass' }) },
      { deep: { sharePercent: 100 } },
    );
    const own = timed(measurement, 'goodput');
    const neutral = timed(measurement, 'goodput_baseline');
    assert.equal(neutral.bodyBytes, 65_536);
    assert.ok((own.bodyBytes ?? 0) < 32_768, `${own.bodyBytes}`);
    const rate = own.goodputBytesPerSecond ?? 0;
    assert.ok(rate > bytesPerSecond / 3 && rate < bytesPerSecond * 2, `${rate}`);
    assert.ok((neutral.goodputBytesPerSecond ?? 0) > rate * 10);
    assert.ok((own.longestSilenceMs ?? Infinity) < 500, `${own.longestSilenceMs}`);
  });

  test('goodput: a frozen connection is silent, with the bytes that came before', async () => {
    const measurement = await world.measure(
      { box: (name) => (name === HOST ? { kind: 'freeze', bytes: 24_576 } : { kind: 'pass' }) },
      { deep: { sharePercent: 100 } },
    );
    const own = timed(measurement, 'goodput');
    assert.ok((own.bodyBytes ?? 0) > 4096 && (own.bodyBytes ?? 0) <= 24_576, `${own.bodyBytes}`);
    assert.ok((own.wireBytesIn ?? 0) > (own.bodyBytes ?? 0));
    assert.ok((own.longestSilenceMs ?? 0) > 800, `${own.longestSilenceMs}`);
    assert.ok(tell(measurement, 'goodput').includes(`http ${TIMEOUT}`));
  });

  test('goodput: a small page gives no rate', async () => {
    const page = () => ({ kind: 'page', title: 'small' }) as const;
    const measurement = await world.measure({ page }, { deep: { sharePercent: 100 } });
    assert.equal(timed(measurement, 'goodput').goodputBytesPerSecond, undefined);
    assert.equal(timed(measurement, 'goodput').bodyHead, '');
  });
});
