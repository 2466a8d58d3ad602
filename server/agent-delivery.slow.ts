/** A month without a server, and an agent that is killed again and again: nothing is lost, nothing comes twice. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSpool } from '../db/spool.ts';
import { systemClock } from '../probes/clock.ts';
import {
  count,
  createFastClock,
  createTestCourier,
  IDENTITY,
  privateKey,
  SLOT_MS,
  START_MS,
  startDelivery,
} from './testing/delivery.ts';
import { startProtocolServer } from './testing/protocol-server.ts';

test('offline for 30 days, then delivered in order, exactly once, with pauses', async (t) => {
  const { server, add, run, added, events, sleeps } = await startDelivery(t);
  add(8_640);
  server.script(['down', 'down', 'lose_answer']);
  await run();
  assert.deepEqual(server.stored, added);
  assert.equal(new Set(server.stored).size, 8_640);
  assert.equal(server.bodiesOf.size, 44);
  assert.equal(count(events, 'delivered'), 44);
  assert.ok(
    sleeps.filter((ms) => ms >= 1_000 && ms < 2_000).length >= 42,
    'the server is not overrun',
  );
});

const KILLS = 15;
test(`${KILLS} kills while measuring and delivering: nothing lost, nothing twice, no number for two bodies`, {
  timeout: 60_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-agent-kill-'));
  const server = await startProtocolServer({ ...IDENTITY, configHash: 'known' });
  t.after(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const total = 4_000;
  const spooled: number[] = [];
  const start = () => {
    const file = join(folder, 'spool.db');
    const args = [join(import.meta.dirname, 'testing/spool-child.ts'), file, server.url.href, pem];
    const child = spawn(process.execPath, [...args, String(total)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      spooled.push(...text.split('\n').filter(Boolean).map(Number));
    });
    return child;
  };
  for (let kill = 0; kill < KILLS; kill += 1) {
    server.script(['take', 'lose_answer', 'down', 'take', 'lose_answer']);
    const child = start();
    const before = spooled.length;
    const wanted = 5 + ((kill * 37) % 90);
    child.stdout.on('data', () => {
      if (spooled.length - before >= wanted) child.kill('SIGKILL');
    });
    await once(child, 'close');
  }
  const child = start();
  child.stdout.on('data', () => {
    if (spooled.length >= 2_000) child.kill('SIGKILL');
  });
  await once(child, 'close');
  // What is left in the spool is delivered by one that adds nothing.
  using spool = openSpool({ file: join(folder, 'spool.db'), clock: systemClock });
  const stop = new AbortController();
  const { clock } = createFastClock();
  const isEnough = (): boolean => spool.outbox.countPending() === 0;
  const courier = createTestCourier({ spool, server: server.url, clock, isEnough, stop });
  await courier.run(stop.signal);
  const arrived = server.stored.map((key) => (Number(key.split(' ')[1]) - START_MS) / SLOT_MS);
  assert.ok(spooled.length >= 2_000);
  assert.deepEqual(
    arrived,
    arrived.map((_, index) => index),
    'in order, without a gap',
  );
  assert.ok(arrived.length >= new Set(spooled).size, 'whatever was said to be kept has arrived');
  for (const [sequence, sums] of server.bodiesOf) assert.equal(sums.size, 1, `number ${sequence}`);
  t.diagnostic(`${arrived.length} measurements in ${server.bodiesOf.size} batches`);
});
