/** The whole regular pass over real sockets: one row per condition of the network, judged with a real control. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { CircumstanceWatch } from './circumstances.ts';
import { systemClock } from './clock.ts';
import { judge } from './judge/judge.ts';
import { createRegion, type Region } from './lab/region.ts';
import type { Disturbance, Imposition, Method, Story } from './lab/restrictions.ts';
import { createVirtualClock } from './lab/virtual-clock.ts';
import { measureSlot, type RunDeps } from './measure.ts';
import { serviceOf, TEST_RULES } from './testing/observations.ts';
import { createLimiter } from './turnstile.ts';
import type { BaselineTarget, Measurement, Service } from './types.ts';

const HERE = 'ru-volga-fixed';
const CONTROL = 'de-rhine-control';
const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);

/** Each row holds for an hour of its own, so that one region serves them all. */
const ROWS: readonly {
  readonly name: string;
  readonly method?: Method;
  readonly disturbance?: 'outage' | 'origin_down';
  readonly expect: readonly [string, string?];
}[] = [
  { name: 'nothing imposed', expect: ['ok'] },
  { name: 'NXDOMAIN', method: 'dns_nxdomain', expect: ['blocked', 'dns.nxdomain'] },
  { name: 'bogon', method: 'dns_bogon', expect: ['blocked', 'dns.injection.bogon'] },
  { name: 'silent SYN', method: 'ip_drop', expect: ['blocked', 'ip.drop'] },
  { name: 'reset on connect', method: 'ip_reset', expect: ['blocked', 'ip.reset'] },
  { name: 'RST after ClientHello', method: 'tls_reset', expect: ['blocked', 'tls.reset'] },
  { name: 'FIN after ClientHello', method: 'tls_fin', expect: ['blocked', 'tls.eof'] },
  { name: 'silence after ClientHello', method: 'tls_silence', expect: ['blocked', 'tls.timeout'] },
  { name: 'alert after ClientHello', method: 'tls_alert', expect: ['blocked', 'tls.alert'] },
  { name: 'the service is down for everybody', disturbance: 'origin_down', expect: ['down'] },
  {
    name: 'no network at the vantage',
    disturbance: 'outage',
    expect: ['insufficient', 'network.outage'],
  },
];

const SERVICE: Service = {
  ...serviceOf([{ id: 'facebook.web.www', function: 'web', kind: 'https' }]),
};
const TARGETS = SERVICE.targets.map((target) => ({ ...target, host: 'www.facebook.com' }));
const FACEBOOK: Service = { ...SERVICE, targets: TARGETS };
const BASELINES: readonly BaselineTarget[] = ['example.com', 'example.net'].map((host, index) => ({
  id: `baseline.${index}`,
  kind: 'https',
  host,
  port: 443,
  path: '/',
  scope: 'foreign',
}));

/** The hour of a row. */
const spanOf = (index: number) => ({
  fromMs: START + index * HOUR,
  untilMs: START + (index + 1) * HOUR,
});

const STORY: Story = {
  impositions: ROWS.flatMap(({ method }, index): Imposition[] => {
    if (method === undefined) return [];
    return [{ networkId: HERE, serviceId: 'facebook', functions: 'all', method, ...spanOf(index) }];
  }),
  disturbances: ROWS.flatMap(({ disturbance: kind }, index): Disturbance[] => {
    if (kind === 'outage') return [{ kind, networkId: HERE, ...spanOf(index) }];
    return kind === 'origin_down' ? [{ kind, serviceId: 'facebook', ...spanOf(index) }] : [];
  }),
};

suite('the regular pass on the lab', () => {
  let region: Region;
  const clock = createVirtualClock(START);
  const limit = createLimiter(4);
  const watch = new CircumstanceWatch({
    clock: systemClock,
    maxLoopDelayMs: 1000,
    maxStepMs: 2000,
    onCircumstance: () => undefined,
  });
  before(async () => {
    watch.start();
    region = await createRegion({
      services: [FACEBOOK],
      baselines: BASELINES,
      story: STORY,
      startMs: START,
    });
  });
  after(() => {
    watch[Symbol.dispose]();
    return region.close();
  });

  async function measureFrom(
    vantageId: string,
    slotMs: number,
    ownAddresses?: readonly string[],
  ): Promise<Measurement> {
    const measured: Measurement[] = [];
    const network = region.networkOf(vantageId);
    const deps: RunDeps = {
      network: ownAddresses ? { ...network, ownAddresses } : network,
      clock,
      budgets: {
        dnsMs: 1000,
        lateRepliesMs: 0,
        tcpMs: 300,
        tlsMs: 300,
        httpMs: 300,
        stunMs: 300,
        maxBodyBytes: 65_536,
        bodyHeadBytes: 512,
        confirmAfterMs: 30_000,
      },
      watch,
      limit: (task) => limit(() => clock.track(task)),
      pace: async () => undefined,
      provenance: { softwareVersion: '0', probeVersion: '0', schemaVersion: 1, configHash: '' },
      standingMarks: ['simulated'],
      signal: new AbortController().signal,
    };
    const input = {
      vantageId,
      services: [FACEBOOK],
      baselines: BASELINES,
      slotMs,
      seq: 0,
      intervalMs: HOUR,
      deadlineMs: 20_000,
    };
    await measureSlot(input, deps, (measurement) => measured.push(measurement));
    assert.equal(measured.length, 1);
    return measured[0] ?? assert.fail();
  }

  for (const [index, { name, expect }] of ROWS.entries()) {
    test(`${name} → ${expect.filter(Boolean).join(' ')}`, async () => {
      const atMs = START + index * HOUR + 60_000;
      clock.advanceTo(atMs);
      region.setTime(atMs);
      const control = await measureFrom(CONTROL, atMs);
      const measurement = await measureFrom(HERE, atMs);
      const judgement = judge({
        measurement,
        service: FACEBOOK,
        controls: [control],
        countryCode: 'RU',
        rules: TEST_RULES,
        fingerprints: [],
      });
      assert.equal(judgement.service.verdict, expect[0]);
      if (expect[1] !== undefined) assert.equal(judgement.service.mechanism, expect[1]);
      assert.deepEqual(measurement.marks, ['simulated']);
      const ids = measurement.observations.map((one) => one.id);
      assert.deepEqual(
        ids,
        ids.map((_, place) => place),
        'observations are numbered in order',
      );
      for (const one of measurement.observations)
        assert.ok(one.elapsedMs >= 0 && one.startedMs >= 0);
      assert.doesNotMatch(
        JSON.stringify(measurement.observations),
        /203\.0\.113\./,
        'the own address is scrubbed',
      );
    });
  }

  test('a certificate that holds an own address is not kept, only its sum', async () => {
    clock.advanceTo(START + 60_000);
    region.setTime(START + 60_000);
    const before = await measureFrom(CONTROL, START);
    const [held] = before.certificates;
    assert.ok(held);
    const [sha256, der] = held;
    // Four bytes of its serial number stand for an address in it.
    const address = der.subarray(20, 24).join('.');
    const after = await measureFrom(CONTROL, START, [address]);
    assert.ok(JSON.stringify(after.observations).includes(sha256));
    assert.ok(!after.certificates.has(sha256));
    assert.equal(after.certificates.size, before.certificates.size - 1);
  });

  test('a stop in the middle marks the run and ends it at once', async () => {
    const stop = new AbortController();
    const measured: Measurement[] = [];
    const network = region.networkOf(CONTROL);
    const startedMs = performance.now();
    const run = measureSlot(
      {
        vantageId: CONTROL,
        services: [FACEBOOK],
        baselines: BASELINES,
        slotMs: START,
        seq: 1,
        intervalMs: HOUR,
        deadlineMs: 20_000,
      },
      {
        network: { ...network, connect: () => new Promise(() => undefined) },
        clock: systemClock,
        budgets: {
          dnsMs: 10_000,
          lateRepliesMs: 0,
          tcpMs: 10_000,
          tlsMs: 10_000,
          httpMs: 10_000,
          stunMs: 10_000,
          maxBodyBytes: 1024,
          bodyHeadBytes: 0,
          confirmAfterMs: 30_000,
        },
        watch,
        limit,
        pace: async () => undefined,
        provenance: { softwareVersion: '0', probeVersion: '0', schemaVersion: 1, configHash: '' },
        standingMarks: [],
        signal: stop.signal,
      },
      (measurement) => measured.push(measurement),
    );
    setTimeout(() => stop.abort(), 50);
    await run;
    assert.ok(performance.now() - startedMs < 5_000);
    assert.deepEqual(measured[0]?.marks, ['interrupted']);
  });
});
