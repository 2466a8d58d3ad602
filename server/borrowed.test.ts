/** The rounds of Globalping from the configuration to the store, against a server on loopback. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { loadSettings } from '../config/settings.ts';
import { openStore } from '../db/open.ts';
import {
  ApiServer,
  type ApiServerOptions,
  type FakeProbe,
} from '../probes/providers/globalping/testing/api-server.ts';
import { QuickClock } from '../probes/providers/globalping/testing/quick-clock.ts';
import {
  failedHttp,
  finishedDns,
  finishedHttp,
} from '../probes/providers/globalping/testing/results.ts';
import { type Borrowed, startBorrowed } from './borrowed.ts';
import { createControlWindow } from './pipeline.ts';

const START_MS = Date.UTC(2026, 10, 20, 12);
const HOUR_MS = 3_600_000;
const DEFAULT = loadConfig({ file: loadSettings({ argv: [], environment: {} }).configFile });
const TARGETS = 3;

/** An eyeball probe in every country of the configuration, and one in a data centre. */
function createProbes(): FakeProbe[] {
  const countries = [...new Set(DEFAULT.vantages.map(({ countryCode }) => countryCode))];
  return countries.flatMap((country, index) =>
    ['eyeball-network', 'datacenter-network'].map((tag, kind) => ({
      country,
      asn: 65_001 + index * 2 + kind,
      network: `Network ${index} ${kind}`,
      tags: [tag],
      isOnline: true,
    })),
  );
}

type World = {
  readonly server: ApiServer;
  readonly clock: QuickClock;
  readonly probes: FakeProbe[];
  readonly lines: readonly { event: string; fields: Readonly<Record<string, unknown>> }[];
  readonly store: ReturnType<typeof openStore>;
  readonly start: () => Borrowed;
};

type Options = Partial<ApiServerOptions> & {
  readonly lengthMs?: number;
  readonly token?: string;
  readonly change?: (config: Config) => Config;
};

async function openWorld(t: TestContext, options: Options = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-borrowed-'));
  const { lengthMs = HOUR_MS, token, change = (config) => config, ...more } = options;
  const clock = new QuickClock(START_MS, lengthMs);
  const probes = createProbes();
  const answer: ApiServerOptions['answer'] = ({ type, target }) =>
    type === 'dns' ? finishedDns('NOERROR', ['157.240.20.35']) : finishedHttp(target);
  const server = await ApiServer.start({ probes, answer, clock, polls: 0, ...more });
  const store = openStore({ file: join(folder, 'reachline.db'), mode: 'write', clock });
  const lines: { event: string; fields: Readonly<Record<string, unknown>> }[] = [];
  t.after(async () => {
    await server.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const { globalping } = DEFAULT;
  assert.ok(globalping);
  const config = change({ ...DEFAULT, globalping: { ...globalping, apiUrl: server.url } });
  return {
    server,
    clock,
    probes,
    lines,
    store,
    start: () =>
      startBorrowed({
        config,
        store,
        clock,
        log: (_level, event, fields = {}) => lines.push({ event, fields }),
        controls: createControlWindow(config),
        provenance: { softwareVersion: '0', probeVersion: '1', schemaVersion: 3, configHash: 'a' },
        environment: token === undefined ? {} : { GLOBALPING_TOKEN: token },
        random: () => 0,
      }),
  };
}

const countTests = (server: ApiServer) => server.seen.reduce((sum, { tests }) => sum + tests, 0);
const listAll = ({ store }: World) => store.listMeasurements({ limit: 1_000 }).rows;
const find = ({ lines }: World, event: string) => lines.filter((line) => line.event === event);

suite('measurements borrowed from Globalping', () => {
  test('as it comes: every country and control is measured in its turn, within the allowance', async (t) => {
    const world = await openWorld(t, { lengthMs: 2 * HOUR_MS, token: 'member-token' });
    const borrowed = world.start();
    await world.clock.atEnd;
    await borrowed.stop();
    for (const { headers } of world.server.seen)
      assert.equal(headers.authorization, 'Bearer member-token');
    assert.ok(!JSON.stringify(world.lines).includes('member-token'));

    const [planned] = find(world, 'globalping_planned');
    assert.deepEqual(planned?.fields, {
      vantages: 14,
      everyMinutes: 18,
      testsPerRound: 56,
      testsPerHour: 240,
    });
    const posts = world.server.seen.filter(({ method }) => method === 'POST');
    for (const { atMs } of posts) {
      const inHour = posts.filter((one) => one.atMs >= atMs && one.atMs <= atMs + HOUR_MS);
      assert.ok(inHour.reduce((sum, { tests }) => sum + tests, 0) <= 240);
    }
    // Nothing is asked in the first half minute, and then in no burst.
    assert.ok((world.server.seen[0]?.atMs ?? 0) >= 30_000);
    const rows = listAll(world);
    assert.equal(countTests(world.server), (rows.length / TARGETS) * 4);
    const perVantage = Map.groupBy(rows, ({ vantageId }) => vantageId);
    assert.equal(perVantage.size, 14);
    for (const [id, own] of perVantage) {
      assert.ok(own.length >= 6 * TARGETS, `${id} has ${own.length}`);
      assert.ok(own.every(({ verdict, slotMs }) => verdict === 'ok' && slotMs % 1_080_000 === 0));
    }
    const stored = world.store.listVantages();
    assert.deepEqual(
      stored.filter(({ role }) => role === 'control').map(({ countryCode }) => countryCode),
      ['DE', 'US'],
    );
    assert.ok(stored.every(({ kind }) => kind === 'globalping'));
    const lanes = world.store.listLanes({ fromMs: START_MS, toMs: START_MS + 2 * HOUR_MS });
    assert.ok(!lanes.some((lane) => lane.function === 'app'), 'what is not measured has no lane');
  });

  test('the same probes are asked again, and others when they are gone', async (t) => {
    const one = (config: Config): Config => ({
      ...config,
      vantages: config.vantages.filter(({ id }) => id === 'gp-ru'),
    });
    const world = await openWorld(t, { lengthMs: HOUR_MS, change: one });
    const borrowed = world.start();
    await world.clock.atEnd;
    await borrowed.stop();
    const firsts = world.server.seen
      .filter(({ body }) => body['target'] === 'example.com')
      .map(({ body }) => typeof body['locations']);
    assert.deepEqual([...new Set(firsts.slice(1))], ['string']);
    assert.equal(firsts[0], 'object');

    const gone = await openWorld(t, { lengthMs: HOUR_MS, change: one });
    const isOurs = ({ country, tags }: FakeProbe) =>
      country === 'RU' && tags.includes('eyeball-network');
    const ours = gone.probes.find(isOurs);
    assert.ok(ours);
    const other: FakeProbe = { ...ours, asn: 64_999, isOnline: false };
    gone.probes.push(other);
    const again = gone.start();
    while (gone.server.seen.length < 12) await new Promise((resolve) => setImmediate(resolve));
    ours.isOnline = false;
    other.isOnline = true;
    await gone.clock.atEnd;
    await again.stop();
    assert.ok(gone.server.seen.some(({ statusCode }) => statusCode === 422));
    const networks = new Set(listAll(gone).map(({ vantageId }) => vantageId));
    assert.deepEqual(networks, new Set([`gp-ru-as${ours.asn}`, 'gp-ru-as64999']));
  });

  test('a block in one country is seen beside the controls, and asked after with two more questions', async (t) => {
    const world = await openWorld(t, {
      lengthMs: HOUR_MS,
      answer: ({ type, target, options }, { country }) => {
        if (type === 'dns')
          return finishedDns(
            'NOERROR',
            options['resolver'] ? ['157.240.20.35'] : ['157.240.20.36'],
          );
        const isBlocked = country === 'RU' && target !== 'example.com';
        return isBlocked ? failedHttp('read ECONNRESET') : finishedHttp(target);
      },
    });
    const borrowed = world.start();
    await world.clock.atEnd;
    await borrowed.stop();
    const blocked = listAll(world).filter(({ verdict }) => verdict !== 'ok');
    assert.ok(blocked.length >= 2 * TARGETS);
    for (const row of blocked) {
      assert.match(row.vantageId, /^gp-ru-as\d+$/);
      assert.equal(row.verdict, 'likely_blocked');
    }
    const asked = world.server.seen.filter(({ body }) => body['type'] === 'dns');
    assert.equal(asked.length, blocked.length * 2);
    const stored = world.store.getMeasurement(blocked[0]?.id ?? '');
    assert.equal(stored?.measurement.origin?.provider, 'globalping');
    assert.ok(stored.measurement.blindSpots?.includes('close'));
  });

  test('nothing of who runs a probe is stored or logged', async (t) => {
    const world = await openWorld(t, {
      lengthMs: HOUR_MS,
      answer: ({ target }) =>
        finishedHttp(target, {
          rawBody: `<title>198.18.7.7</title>blocked for 198.18.7.7 and 198-18-7-7`,
          headers: {
            location: 'http://a.example/?ip=198.18.7.7',
            'set-cookie': 'id=canary-cookie',
          },
          tls: { authorized: false, error: 'CERT_HAS_EXPIRED' },
        }),
    });
    const borrowed = world.start();
    await world.clock.atEnd;
    await borrowed.stop();
    const rows = listAll(world);
    assert.ok(rows.length > 0);
    const kept = JSON.stringify([
      rows.map(({ id }) => world.store.getMeasurement(id)?.measurement),
      world.store.listVantages(),
      world.lines,
    ]);
    for (const marker of [
      '198.18.7.7',
      '198-18-7-7',
      'Canaryville',
      '12.345678',
      '192.168.77.77',
      'canary-cookie',
    ])
      assert.ok(!kept.includes(marker), marker);
  });

  const AWAY = [
    ['error_500', 'status_500'],
    ['malformed_json', 'answer_of_another_shape'],
    ['cut', 'eof_error'],
    ['unauthorized', 'status_401'],
  ] as const;
  for (const [fault, reason] of AWAY) {
    test(`the platform is away (${fault}): one line, long rests, nothing stored, one line when it is back`, async (t) => {
      const world = await openWorld(t, { lengthMs: 3 * HOUR_MS });
      world.server.fault = fault;
      const borrowed = world.start();
      while (world.clock.monotonicMs() < 2 * HOUR_MS)
        await new Promise((resolve) => setImmediate(resolve));
      const asked = world.server.seen.length;
      assert.equal(listAll(world).length, 0);
      world.server.fault = 'none';
      await world.clock.atEnd;
      await borrowed.stop();
      // Rests of 1, 2, 4, 8, 16 and then 30 minutes.
      assert.ok(asked <= 10, `${asked} requests in two hours`);
      const away = find(world, 'globalping_unavailable');
      assert.deepEqual(
        away.map(({ fields }) => fields['reason']),
        [reason],
      );
      assert.equal(find(world, 'globalping_available').length, 1);
      assert.ok(listAll(world).length > 0);
    });
  }

  test('a smaller allowance than configured makes the rounds rarer', async (t) => {
    const world = await openWorld(t, { limit: 60, lengthMs: 3 * HOUR_MS });
    const borrowed = world.start();
    await world.clock.atEnd;
    await borrowed.stop();
    assert.deepEqual(
      find(world, 'globalping_planned').map(({ fields }) => fields['testsPerHour']),
      [240, 60],
    );
    assert.equal(world.server.seen.filter(({ statusCode }) => statusCode === 429).length, 0);
    const posts = world.server.seen.filter(({ method }) => method === 'POST');
    for (const { atMs } of posts) {
      const inHour = posts.filter((one) => one.atMs >= atMs && one.atMs <= atMs + HOUR_MS);
      assert.ok(inHour.reduce((sum, { tests }) => sum + tests, 0) <= 60);
    }
  });

  test('when others use up the allowance it waits for the next hour, and counts what it skipped', async (t) => {
    const world = await openWorld(t, { lengthMs: 2 * HOUR_MS });
    const borrowed = world.start();
    while (world.server.seen.length < 20) await new Promise((resolve) => setImmediate(resolve));
    world.server.useUp(240);
    await world.clock.atEnd;
    await borrowed.stop();
    // At most the one request that finds out.
    assert.ok(world.server.seen.filter(({ statusCode }) => statusCode === 429).length <= 1);
    assert.equal(find(world, 'globalping_paused').length, 1);
    const [resumed] = find(world, 'globalping_resumed');
    assert.ok(Number(resumed?.fields['skipped']) > 10);
  });

  test('a 429 is waited out', async (t) => {
    const world = await openWorld(t, { lengthMs: 2 * HOUR_MS });
    const borrowed = world.start();
    while (world.server.seen.length < 20) await new Promise((resolve) => setImmediate(resolve));
    world.server.fault = 'too_many_requests';
    while (find(world, 'globalping_paused').length === 0)
      await new Promise((resolve) => setImmediate(resolve));
    world.server.fault = 'none';
    const limitedMs = world.server.seen.at(-1)?.atMs ?? 0;
    await world.clock.atEnd;
    await borrowed.stop();
    const next = world.server.seen.find(
      ({ atMs, method }) => method === 'POST' && atMs > limitedMs,
    );
    assert.ok(next && next.atMs >= limitedMs + 120_000, 'as long as Retry-After says');
    assert.equal(find(world, 'globalping_resumed').length, 1);
  });

  test('no probe in a country is said once', async (t) => {
    const world = await openWorld(t, { lengthMs: HOUR_MS });
    for (const probe of world.probes) if (probe.country === 'EE') probe.isOnline = false;
    const borrowed = world.start();
    await world.clock.atEnd;
    await borrowed.stop();
    assert.deepEqual(
      find(world, 'globalping_no_probes').map(({ fields }) => fields['vantage']),
      ['gp-ee'],
    );
    assert.equal(find(world, 'globalping_unavailable').length, 0);
  });

  test('a restart in the middle of a slot loses and doubles nothing', async (t) => {
    const world = await openWorld(t, { lengthMs: HOUR_MS / 2 });
    const first = world.start();
    while (world.server.seen.length < 60) await new Promise((resolve) => setImmediate(resolve));
    await first.stop();
    const second = world.start();
    await world.clock.atEnd;
    await second.stop();
    const ids = listAll(world).map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(!world.lines.some(({ fields }) => fields['stored'] === 'duplicate'));
  });

  const OFF: readonly (readonly [string, (config: Config) => Config])[] = [
    [
      'one line says so',
      (config) => ({
        ...config,
        ...(config.globalping ? { globalping: { ...config.globalping, enabled: false } } : {}),
      }),
    ],
    [
      'no vantage uses it',
      (config) => ({ ...config, vantages: config.vantages.filter(({ kind }) => kind === 'local') }),
    ],
    [
      'its vantages are switched off',
      (config) => ({
        ...config,
        vantages: config.vantages.map((vantage) => ({ ...vantage, enabled: false })),
      }),
    ],
  ];
  for (const [name, change] of OFF) {
    test(`it is off when ${name}: nothing is asked and nothing said`, async (t) => {
      const world = await openWorld(t, { change });
      await world.start().stop();
      assert.deepEqual([world.server.seen.length, world.lines.length], [0, 0]);
    });
  }

  test('a stop before the start delay is over, and in the middle of a round, is quick', async (t) => {
    const waiting = await openWorld(t, { lengthMs: 1_000 });
    const first = waiting.start();
    await waiting.clock.atEnd;
    const startedMs = performance.now();
    await first.stop();
    const world = await openWorld(t, { polls: 1_000 });
    const second = world.start();
    while (world.server.seen.length < 5) await new Promise((resolve) => setImmediate(resolve));
    await second.stop();
    assert.ok(performance.now() - startedMs < 1_000);
    assert.equal(waiting.server.seen.length, 0);
    assert.equal(listAll(world).length, 0);
  });
});
