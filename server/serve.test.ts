/** The whole server against a resolver that never answers: the run ends at its deadline, is kept, and judges nothing. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { getServers } from 'node:dns';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../config/load.ts';
import { loadSettings } from '../config/settings.ts';
import { openStore } from '../db/open.ts';
import { systemClock } from '../probes/clock.ts';
import { listSystemResolvers } from '../probes/network/direct.ts';
import { databaseFile, serve } from './serve.ts';
import { openStations } from './stations.ts';

test('the configuration as it comes asks the resolvers of the system and knows the told own addresses', () => {
  const { configFile: file } = loadSettings({ argv: [], environment: {} });
  const [station] = openStations(loadConfig({ file }), ['192.0.2.7'], {});
  assert.deepEqual(station?.network.resolvers, listSystemResolvers(getServers()));
  assert.ok(station.network.ownAddresses.includes('192.0.2.7'));
});

test('a run that its deadline ends is stored as "cannot tell"; one that our stop ends is not', {
  timeout: 20_000,
}, async (t) => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  const folder = mkdtempSync(join(tmpdir(), 'reachline-serve-'));
  t.after(() => {
    silent.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const settings = loadSettings({ argv: ['--data', folder, '--port', '0'], environment: {} });
  const real = loadConfig({ file: settings.configFile });
  const resolver = { transport: 'udp', resolver: 'network', address: '127.0.0.1' } as const;
  const startWith = (deadlineSeconds: number) => {
    const config = {
      ...real,
      schedule: { ...real.schedule, intervalSeconds: 86_400, jitterSeconds: 0, deadlineSeconds },
      vantages: real.vantages.map((vantage) => ({
        ...vantage,
        resolvers: [{ ...resolver, port: silent.address().port }],
      })),
    };
    const events: string[] = [];
    const measured = Promise.withResolvers<void>();
    const log = (_level: string, event: string) => {
      events.push(event);
      if (events.filter((one) => one === 'measured').length === real.services.length)
        measured.resolve();
    };
    return { running: serve(settings, config, log), events, measured: measured.promise };
  };

  const first = startWith(1);
  const running = await first.running;
  await first.measured;
  await running.stop();
  const second = startWith(60);
  const startedMs = performance.now();
  await (await second.running).stop();
  assert.ok(performance.now() - startedMs < 2_000, 'a stop in the middle of a run is quick');

  using store = openStore({
    file: databaseFile(settings.dataFolder),
    mode: 'read',
    clock: systemClock,
  });
  const { rows } = store.listMeasurements({ limit: 10 });
  assert.equal(rows.length, real.services.length);
  for (const { verdict, marks, seq } of rows)
    assert.deepEqual(
      { verdict, marks, seq },
      { verdict: 'insufficient', marks: ['interrupted'], seq: 0 },
    );
  assert.ok(second.events.includes('interrupted'));
});
