/** Addresses, secrets and tokens of subscribers stand in no file, log, backup, export or report, also when sending fails. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import { openStore } from '../../db/open.ts';
import { subscribe } from '../../db/subscribers/testing/subscriber-fixtures.ts';
import { makeFolder } from '../../db/testing/fixtures.ts';
import { systemClock } from '../../probes/clock.ts';
import { createApp } from '../app.ts';
import { openAlerting } from './alerting.ts';
import { makeEvent } from './testing/alert-fixtures.ts';

const MARKERS = ['marker-4f1c', 'whsec_bWFya2VyLXNlY3JldC1vZi0zMi1ieXRlcy0hIQ', 'marker-mail'];

test('nothing of a subscriber is found anywhere but with those who send', async (t) => {
  const asked: string[] = [];
  const receiver = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(asked.length === 1 ? 500 : 200).end(`you are ${MARKERS[0]}`);
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  t.after(() => receiver.close());
  const { port } = receiver.address() as AddressInfo;
  const folder = makeFolder(t);
  const file = join(folder, 'reachline.db');
  const store = openStore({ file, mode: 'write', clock: systemClock });
  const loaded = loadConfig({
    file: join(import.meta.dirname, '..', '..', 'config', 'reachline.yaml'),
  });
  const config = {
    ...loaded,
    alerts: {
      ...loaded.alerts,
      enabled: true,
      publicUrl: 'https://reachline.example',
      channels: ['webhook'] as const,
      allowPrivateTargets: true,
      allowPlainHttp: true,
      groupSeconds: 0,
    },
  };
  const logged: string[] = [];
  const log = (...line: unknown[]) => void logged.push(JSON.stringify(line));
  const clock = systemClock;
  const told = { store, config, dataFolder: folder, environment: {}, clock, log };
  const alerts = await openAlerting({ ...told, random: () => 0 });
  t.after(() => alerts.stop());
  assert.ok(alerts.subscribers);
  const tokens = [`http://127.0.0.1:${port}/${MARKERS[0]}`, `http://127.0.0.1:1/${MARKERS[2]}`].map(
    (address) => {
      assert.ok(alerts.subscribers);
      const id = subscribe(alerts.subscribers, address, { secrets: [MARKERS[1] ?? ''] });
      return alerts.subscribers.manageToken(id);
    },
  );
  store.insertAlerts([{ event: makeEvent(), isHistory: false }]);
  alerts.start();
  const countTries = () => logged.filter((line) => line.includes('alert_sent')).length;
  for (let turn = 0; turn < 500 && countTries() < 2; turn += 1) await clock.sleep(10);
  assert.equal(asked.length, 1, 'nothing was sent');
  const info = { version: '0', isSimulated: false, startedAtMs: 0 };
  const app = createApp({ store, config, clock, info });
  const pages = await Promise.all(
    ['/', '/feeds/all.atom', '/feeds/all.json', '/api/v1/health', '/healthz'].map(async (path) =>
      (await app.request(path)).text(),
    ),
  );
  const health = JSON.stringify(alerts.alertHealth());
  await store.backupTo(join(folder, 'backup.db'));
  await alerts.stop();
  const report = JSON.stringify(store.verify());
  store.close();
  const files = readdirSync(folder).filter((name) => name !== 'subscribers.key');
  assert.ok(files.includes('backup.db') && files.includes('subscribers.db'));
  const places = [
    ...files.map((name) => ({ name, bytes: readFileSync(join(folder, name)) })),
    ...[...logged, ...pages, health, report].map((text) => ({
      name: text.slice(0, 40),
      bytes: Buffer.from(text),
    })),
  ];
  for (const { name, bytes } of places)
    for (const marker of [...MARKERS, ...tokens])
      assert.ok(!bytes.includes(marker), `${marker} stands in ${name}`);
  assert.equal(statSync(join(folder, 'subscribers.key')).mode & 0o777, 0o600);
});
