/** Alerts whose process is killed at random: nothing is lost, doubles stand in the log as unknown, and the log explains all. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openStore } from '../../db/open.ts';
import { openSubscribers } from '../../db/subscribers/open.ts';
import { subscribe, TEST_KEY } from '../../db/subscribers/testing/subscriber-fixtures.ts';
import { makeFolder } from '../../db/testing/fixtures.ts';
import { systemClock } from '../../probes/clock.ts';

const CHILD = join(import.meta.dirname, '..', 'testing', 'alert-child.ts');
const SUBSCRIBERS = 10;
const EVENTS = 30;
const KILLS = 10;
const ANSWER_AFTER_MS = 25;
/** A process lives at most so long after it began to send; all of it takes about two seconds. */
const MAX_LIFE_MS = 250;
const BUDGET_MS = 60_000;

type Received = { readonly to: string; readonly deliveryId: string; readonly events: string[] };

test('a kill at ten random points loses no event and doubles only what it left unknown', {
  timeout: BUDGET_MS,
}, async (t) => {
  const received: Received[] = [];
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Omit<Received, 'to'>;
      received.push({ to: request.url ?? '', ...body });
      setTimeout(() => response.end(), ANSWER_AFTER_MS);
    });
    request.on('error', () => undefined);
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address() as AddressInfo;
  let child: ChildProcess | undefined;
  t.after(() => {
    child?.kill('SIGKILL');
    receiver.closeAllConnections();
    receiver.close();
  });
  const folder = makeFolder(t);
  const files = { file: `${folder}/subscribers.db`, key: TEST_KEY, clock: systemClock };
  openStore({ file: `${folder}/reachline.db`, mode: 'write', clock: systemClock }).close();
  const before = openSubscribers(files);
  before.readCursor(0);
  for (let index = 0; index < SUBSCRIBERS; index += 1)
    subscribe(before, `http://127.0.0.1:${port}/${index}`);
  before.close();
  const start = () => {
    child = spawn(process.execPath, [CHILD, folder, String(EVENTS)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return child;
  };

  let killed = 0;
  for (let run = 0; run < KILLS; run += 1) {
    const running = start();
    if (running.stdout) await once(running.stdout, 'data');
    await delay(Math.random() * MAX_LIFE_MS);
    if (running.exitCode === null && running.kill('SIGKILL')) killed += 1;
    if (running.exitCode === null && running.signalCode === null) await once(running, 'exit');
  }
  const last = start();
  const [code] = (await once(last, 'exit')) as [number | null];
  assert.equal(code, 0);

  using subscribers = openSubscribers(files);
  const attempts = subscribers.listAttempts();
  const deliveries = subscribers.listDeliveries({ limit: SUBSCRIBERS * EVENTS + 1 });
  assert.equal(deliveries.length, SUBSCRIBERS * EVENTS, 'deliveries made');
  assert.ok(deliveries.every(({ state }) => state === 'sent'));
  const times = new Map<string, number>();
  for (const { to, events } of received)
    for (const event of events) times.set(`${to} ${event}`, (times.get(`${to} ${event}`) ?? 0) + 1);
  assert.equal(times.size, SUBSCRIBERS * EVENTS, 'events that arrived');
  const byMessage = Map.groupBy(received, ({ deliveryId }) => deliveryId);
  for (const [messageId, arrivals] of byMessage) {
    const tries = attempts.filter((one) => one.messageId === messageId);
    assert.ok(arrivals.length <= tries.length, 'an arrival that the log does not explain');
    const unknown = tries.filter(({ outcome }) => outcome === 'unknown').length;
    assert.ok(arrivals.length - 1 <= unknown, `${arrivals.length} arrivals, ${unknown} unknown`);
    assert.equal(tries.filter(({ outcome }) => outcome === 'ok').length, 1);
  }
  const doubles = received.length - byMessage.size;
  t.diagnostic(
    `${killed} kills, ${attempts.length} tries, ${doubles} doubles, ${received.length} arrivals`,
  );
  assert.ok(killed > 0);
});
