/** Metrics as Prometheus reads them, and the page of the server's state. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { HandlerDeps } from './contract.ts';
import { writeMetrics } from './metrics-text.ts';
import { parseMetrics } from './testing/parse-metrics.ts';
import { SAMPLE_INTERVAL_MS, SAMPLE_START_MS } from './testing/sample.ts';
import { openSampleApp } from './testing/sample-app.ts';

const NOW_MS = SAMPLE_START_MS + 48 * SAMPLE_INTERVAL_MS;
const ALERTS: NonNullable<ReturnType<NonNullable<HandlerDeps['readAlertHealth']>>> = {
  byState: { queued: 3, held: 1, sending: 0, sent: 40, failed: 2, dead: 1, suppressed: 5 },
  oldestUndeliveredMs: NOW_MS - 7_200_000,
  channels: [
    { channel: 'email', attempts: 12, failures: 4, lastOkMs: NOW_MS - 60_000 },
    { channel: 'webhook', attempts: 2, failures: 2 },
  ],
  subscriptions: { active: 9, disabled: 3 },
  goneTargets: 2,
  isBeating: false,
};
const MORE = {
  readAlertHealth: () => ALERTS,
  pulse: {
    readLoopDelay: () => ({ meanMs: 1, p99Ms: 12.5, maxMs: 80 }),
    [Symbol.dispose]: () => {},
  },
};

suite('metrics', () => {
  test('are read by a strict reader, with the values of the store', async (t) => {
    const { app, store, close } = openSampleApp({ more: MORE });
    t.after(close);
    const response = await app.request('/metrics');
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    const metrics = parseMetrics(await response.text());
    const read = (name: string, wanted: Readonly<Record<string, string>> = {}) =>
      metrics
        .get(`reachline_${name}`)
        ?.samples.find(({ labels }) =>
          Object.entries(wanted).every(([key, value]) => labels[key] === value),
        )?.value;
    for (const { service, vantageId: vantage, verdict } of store.latestMeasurements())
      assert.equal(
        read('probe_success', { service, vantage }),
        verdict === 'insufficient' ? undefined : verdict === 'ok' ? 1 : 0,
        `${service} ${vantage}`,
      );
    const total = metrics
      .get('reachline_measurements_total')
      ?.samples.reduce((sum, { value }) => sum + value, 0);
    assert.equal(total, store.health().measurements);
    assert.equal(metrics.get('reachline_measurements_total')?.kind, 'counter');
    assert.equal(read('outbox_oldest_seconds'), 7_200);
    assert.equal(read('outbox_deliveries', { state: 'queued' }), 3);
    assert.equal(read('targets_gone'), 2);
    assert.equal(read('channel_failures', { channel: 'webhook' }), 2);
    assert.equal(read('channel_success_timestamp_seconds', { channel: 'webhook' }), undefined);
    assert.equal(read('event_loop_delay_seconds', { quantile: '0.99' }), 0.0125);
    assert.ok((read('database_bytes') ?? 0) > 1_000);
    assert.ok((read('schedule_lag_seconds', { vantage: 'ru-volga-fixed' }) ?? -1) >= 0);
    assert.ok(![...metrics.keys()].some((name) => name.includes('subscri')), 'nobody is counted');
  });

  test('labels and texts with every awkward character come back as they were', () => {
    const awkward = 'a"b\\c\nd{e}=,f ж';
    const text = writeMetrics([
      {
        name: 'x_total',
        kind: 'counter',
        help: 'one\\two\nthree',
        samples: [[{ a: awkward, b: '' }, 1e21]],
      },
      { name: 'empty', kind: 'gauge', help: 'left out', samples: [] },
    ]);
    const metrics = parseMetrics(text);
    assert.deepEqual(metrics.get('x_total')?.samples, [
      { labels: { a: awkward, b: '' }, value: 1e21 },
    ]);
    assert.equal(metrics.has('empty'), false);
  });

  const wrong = [
    'x 1',
    '# HELP x y\nx 1\n',
    '# HELP x y\n# TYPE x gauge\nx{a="1"} 1\nx{a="1"} 2\n',
    '# HELP x y\n# TYPE x gauge\nx{a="b"c"} 1\n',
    '# HELP x y\n# TYPE x gauge\ny 1\n',
    '# HELP x y\n# TYPE x gauge\nx one\n',
  ];
  test('the reader refuses what the format does not allow', () => {
    for (const text of wrong) assert.throws(() => parseMetrics(text), Error, text);
  });

  test('without anything measured or switched on they are still well formed', async (t) => {
    const { app, close } = openSampleApp({ slots: 0 });
    t.after(close);
    const metrics = parseMetrics(await (await app.request('/metrics')).text());
    assert.equal(metrics.has('reachline_probe_success'), false);
    assert.equal(metrics.has('reachline_outbox_oldest_seconds'), false);
  });
});

test('the page of the state says what needs a look, in every language', async (t) => {
  const { app, close } = openSampleApp({ more: MORE });
  t.after(close);
  const html = await (await app.request('/en/status')).text();
  for (const text of ['has not looked for work for too long', '4 of 5', '2 h ago', 'given up'])
    assert.ok(html.includes(text), text);
  assert.match(html, /<strong>\d things need a look\.<\/strong>/);
  assert.match(await (await app.request('/uk/status')).text(), /Варто поглянути на \d пункти/);
  assert.equal((await app.request('/status')).headers.get('cache-control'), 'no-store');
});
