/** The way of an event to its subscribers: grouping, retries, holding, ends, crashes. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { RETRY_PAUSES_MS } from '../../db/subscribers/attempts.ts';
import type { Subscribers } from '../../db/subscribers/subscribers.ts';
import {
  EVERYTHING,
  holdWriteLock,
  openTestSubscribers,
  subscribe,
} from '../../db/subscribers/testing/subscriber-fixtures.ts';
import { createDispatcher, type Dispatcher, type DispatcherDeps } from './dispatcher.ts';
import {
  createEventShelf,
  createTestChannel,
  createTestClock,
  type EventShelf,
  makeEnd,
  makeEvent,
  START_MS,
  settle,
  type TestChannel,
  type TestClock,
  until,
} from './testing/alert-fixtures.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const ADDRESS = 'https://receiver.example/hook';

type Scene = {
  readonly subscribers: Subscribers;
  readonly file: string;
  readonly shelf: EventShelf;
  readonly clock: TestClock;
  readonly channel: TestChannel;
  readonly dispatcher: Dispatcher;
  readonly deps: DispatcherDeps;
  readonly logged: string[];
};

function makeScene(t: TestContext, isStarted = true, busyTimeoutMs = 5_000): Scene {
  const clock = createTestClock();
  const shelf = createEventShelf();
  const channel = createTestChannel();
  let dispatcher: Dispatcher | undefined;
  // Hooks run in the order in which they were added: this one before the database is closed.
  t.after(() => dispatcher?.stop());
  const { subscribers, file } = openTestSubscribers(t, clock, { busyTimeoutMs });
  const logged: string[] = [];
  const deps: DispatcherDeps = {
    subscribers,
    store: shelf,
    channels: new Map([['webhook', channel]]),
    config: { services: [] },
    publicUrl: 'https://reachline.example',
    rules: { groupMs: MINUTE_MS, digestHour: 8 },
    maxConcurrent: 4,
    clock,
    log: (level, event, fields) => void logged.push(JSON.stringify({ level, event, fields })),
    random: () => 0,
  };
  dispatcher = createDispatcher(deps);
  subscribers.readCursor(0);
  if (isStarted) dispatcher.start();
  return { subscribers, file, shelf, clock, channel, dispatcher, deps, logged };
}

/** Adds events as they become known, and lets them be enqueued. */
async function tell({ shelf, dispatcher }: Scene, ...events: Parameters<EventShelf['add']>[0][]) {
  for (const event of events) shelf.add(event);
  dispatcher.wake();
  await settle();
}

const statesOf = ({ subscribers }: Scene): string[] =>
  subscribers.listDeliveries({ limit: 100 }).map(({ state }) => state);

test('events of one incident within a minute are one message with links of its own', async (t) => {
  const scene = makeScene(t);
  const id = subscribe(scene.subscribers, ADDRESS, { secrets: ['s'] });
  await tell(scene, makeEvent());
  scene.clock.set(START_MS + 30_000);
  await tell(scene, makeEvent({ id: 'x/not-announced', kind: 'measured_not_announced' }));
  assert.equal(scene.channel.sent.length, 0);
  scene.clock.set(START_MS + MINUTE_MS);
  await until(() => statesOf(scene).every((state) => state === 'sent'));
  const [one, ...more] = scene.channel.sent;
  assert.equal(more.length, 0);
  assert.equal(one?.message.events.length, 2);
  assert.deepEqual(one?.target, { address: ADDRESS, secrets: ['s'] });
  const token = /\/s\/([^/]+)$/.exec(one?.message.links?.manage ?? '')?.[1] ?? '';
  assert.equal(scene.subscribers.findByToken(token)?.id, id);
  assert.ok(!scene.logged.join().includes('receiver.example'), 'an address in the log');
});

test('only those whom it concerns are told', async (t) => {
  const scene = makeScene(t);
  const filters = [
    { filter: EVERYTHING, isTold: true },
    { filter: { ...EVERYTHING, services: ['instagram', 'facebook'] }, isTold: true },
    { filter: { ...EVERYTHING, services: ['facebook'] }, isTold: false },
    { filter: { ...EVERYTHING, countryCodes: ['UA'] }, isTold: false },
    { filter: { ...EVERYTHING, countryCodes: ['UA', 'RU'], asns: [64_496] }, isTold: true },
    { filter: { ...EVERYTHING, asns: [64_497] }, isTold: false },
    { filter: { ...EVERYTHING, kinds: ['incident_closed'] as const }, isTold: false },
    { filter: { ...EVERYTHING, minSeverity: 'critical' as const }, isTold: false },
    { filter: { ...EVERYTHING, minSeverity: 'major' as const }, isTold: true },
  ];
  for (const [index, { filter }] of filters.entries())
    subscribe(scene.subscribers, `${ADDRESS}${index}`, { filter });
  await tell(scene, makeEvent());
  scene.clock.set(START_MS + MINUTE_MS);
  const expected = filters.flatMap(({ isTold }, index) => (isTold ? [`${ADDRESS}${index}`] : []));
  await until(() => scene.channel.sent.length >= expected.length);
  await settle();
  assert.deepEqual(scene.channel.sent.map(({ target }) => target.address).toSorted(), expected);
});

test('a delivery that waiting will not help is given up as soon as its channel says, and the target stays', async (t) => {
  const scene = makeScene(t);
  const id = subscribe(scene.subscribers, ADDRESS);
  const refusal = { kind: 'retry', reason: 'http_400', mostAttempts: 2 } as const;
  scene.channel.answers.push(refusal, refusal);
  await tell(scene, makeEvent());
  scene.clock.set(START_MS + MINUTE_MS);
  await until(() => scene.channel.sent.length === 1);
  await settle();
  scene.clock.set(START_MS + MINUTE_MS + (RETRY_PAUSES_MS[0] ?? 0));
  await until(() => statesOf(scene)[0] === 'dead');
  assert.equal(scene.channel.sent.length, 2);
  assert.equal(scene.subscribers.get(id)?.state, 'active');
});

test('of a target that is gone another subscription of its holder is told, with why and the way back', async (t) => {
  const scene = makeScene(t);
  const gone = subscribe(scene.subscribers, ADDRESS);
  const other = subscribe(scene.subscribers, `${ADDRESS}2`, {
    locale: 'uk',
    filter: { ...EVERYTHING, services: ['facebook'] },
  });
  scene.subscribers.setSubstitute(gone, other);
  scene.channel.answers.push({ kind: 'permanent', reason: 'http_410' });
  await tell(scene, makeEvent());
  scene.clock.set(START_MS + MINUTE_MS);
  await until(() => scene.channel.sent.length === 2);
  const [, notice] = scene.channel.sent;
  assert.equal(notice?.target.address, `${ADDRESS}2`);
  assert.equal(notice?.message.subject, 'Повідомлення більше не надсилаються: Вебхук');
  assert.match(notice?.message.paragraphs.join() ?? '', /його більше немає \(410\)/);
  const linkOf = (text = '') => scene.subscribers.findByToken(text.split('/').at(-1) ?? '')?.id;
  assert.equal(linkOf(notice?.message.url), gone);
  assert.equal(linkOf(notice?.message.links?.manage), other);
  scene.subscribers.enable(gone);
  scene.dispatcher.wake();
  await until(() => scene.channel.sent.length === 3);
  assert.equal(scene.channel.sent[2]?.message.subject, 'Messages are sent here again');
  assert.match(scene.channel.sent[2]?.message.bounceTag ?? '', /^[0-9a-f]{32}$/);
});

test('what fails is tried again after growing pauses, with the same id, and is dead after the last', async (t) => {
  const scene = makeScene(t);
  subscribe(scene.subscribers, ADDRESS);
  const failure = { kind: 'retry', reason: 'http_503' } as const;
  scene.channel.answers.push(...Array.from({ length: 10 }, () => failure));
  await tell(scene, makeEvent());
  let atMs = START_MS + MINUTE_MS;
  for (const [index, pauseMs] of [0, ...RETRY_PAUSES_MS].entries()) {
    scene.clock.set(atMs + pauseMs - 1);
    await settle();
    assert.equal(scene.channel.sent.length, index, `try ${index + 1} came too early`);
    atMs += pauseMs;
    scene.clock.set(atMs);
    await until(() => scene.channel.sent.length === index + 1);
    await settle();
  }
  assert.deepEqual(statesOf(scene), ['dead']);
  assert.equal(new Set(scene.channel.sent.map(({ message }) => message.deliveryId)).size, 1);
  assert.equal(scene.subscribers.replayDead(), 1);
  scene.dispatcher.wake();
  await until(() => statesOf(scene)[0] === 'sent');
});

test('a receiver that asks for more time gets it', async (t) => {
  const scene = makeScene(t);
  subscribe(scene.subscribers, ADDRESS);
  scene.channel.answers.push({ kind: 'retry', reason: 'http_429', afterMs: HOUR_MS });
  await tell(scene, makeEvent());
  scene.clock.set(START_MS + MINUTE_MS);
  await until(() => scene.channel.sent.length === 1);
  await settle();
  scene.clock.set(START_MS + HOUR_MS);
  await settle();
  assert.equal(scene.channel.sent.length, 1);
  scene.clock.set(START_MS + MINUTE_MS + HOUR_MS);
  await until(() => scene.channel.sent.length === 2);
});

test('an end that comes while the opening could not be delivered is told in one message', async (t) => {
  const scene = makeScene(t);
  subscribe(scene.subscribers, ADDRESS);
  scene.channel.answers.push({ kind: 'retry', reason: 'refused', afterMs: 3 * HOUR_MS });
  await tell(scene, makeEvent());
  scene.clock.set(START_MS + MINUTE_MS);
  await until(() => scene.channel.sent.length === 1);
  await settle();
  scene.clock.set(START_MS + HOUR_MS);
  await tell(scene, makeEnd());
  scene.clock.set(START_MS + HOUR_MS + MINUTE_MS);
  await until(() => statesOf(scene).every((state) => state === 'sent'));
  assert.equal(scene.channel.sent.length, 2);
  const [first, second] = scene.channel.sent.map(({ message }) => message);
  assert.equal(second?.events.length, 2);
  assert.notEqual(first?.deliveryId, second?.deliveryId);
  assert.match(second?.subject ?? '', /reachable again/);
});

test('a target that is gone is not asked again; its holder sees why', async (t) => {
  const scene = makeScene(t);
  const id = subscribe(scene.subscribers, ADDRESS);
  scene.channel.answers.push({ kind: 'permanent', reason: 'gone' });
  await tell(scene, makeEvent(), makeEvent({ id: 'b', subject: { kind: 'incident', id: 'b' } }));
  scene.clock.set(START_MS + MINUTE_MS);
  await until(() => !statesOf(scene).includes('queued') && !statesOf(scene).includes('sending'));
  assert.equal(scene.subscribers.get(id)?.state, 'disabled');
  await tell(scene, makeEvent({ id: 'c', subject: { kind: 'incident', id: 'c' } }));
  assert.equal(statesOf(scene).length, 2);
});

test('quiet hours hold what does not break through, and one message tells it at their end', async (t) => {
  const scene = makeScene(t);
  const quiet = { fromMinute: 14 * 60, untilMinute: 18 * 60, breakThrough: 'critical' } as const;
  // Noon UTC is three in the afternoon there.
  subscribe(scene.subscribers, ADDRESS, { quiet, timeZone: 'Europe/Moscow' });
  await tell(scene, makeEvent(), makeEnd());
  assert.deepEqual(statesOf(scene), ['held', 'held']);
  const worst = { severity: 'critical', subject: { kind: 'incident', id: 'w' } } as const;
  await tell(scene, makeEvent({ id: 'w/opened', ...worst }));
  scene.clock.set(START_MS + MINUTE_MS);
  await until(() => scene.channel.sent.length === 1);
  assert.equal(scene.channel.sent[0]?.message.events[0]?.id, 'w/opened');
  scene.clock.set(START_MS + 3 * HOUR_MS - 1);
  await settle();
  assert.equal(scene.channel.sent.length, 1);
  scene.clock.set(START_MS + 3 * HOUR_MS);
  await until(() => scene.channel.sent.length === 2);
  assert.equal(scene.channel.sent[1]?.message.events.length, 2);
  assert.match(scene.channel.sent[1]?.message.paragraphs[0] ?? '', /quiet hours/);
});

test('whoever leaves gets nothing of what waits, and leaves nothing behind', async (t) => {
  const scene = makeScene(t);
  const id = subscribe(scene.subscribers, ADDRESS);
  await tell(scene, makeEvent());
  scene.subscribers.unsubscribe(id);
  scene.clock.set(START_MS + HOUR_MS);
  await settle();
  assert.equal(scene.channel.sent.length, 0);
  assert.deepEqual(statesOf(scene), ['suppressed']);
  assert.equal(scene.subscribers.openTarget(id), undefined);
  assert.ok(scene.subscribers.prune(START_MS + 2 * HOUR_MS) === 1);
});

test('what was on its way in a crash is sent again as it was, under the same id', async (t) => {
  const scene = makeScene(t, false);
  const { subscribers, shelf, clock, channel } = scene;
  subscribe(subscribers, ADDRESS);
  shelf.add(makeEvent());
  const [event] = shelf.listAlertsAfter(0, 1);
  assert.ok(event);
  const plan = () => ({ state: 'queued', dueMs: START_MS, groupKey: 'incident:i' }) as const;
  assert.equal(subscribers.enqueuePiece(event, plan).enqueued, 1);
  assert.equal(subscribers.enqueuePiece(event, plan).enqueued, 0);
  // Claimed by a process that died.
  const [claimed] = subscribers.claim('webhook', 4);
  shelf.add(makeEnd());
  scene.dispatcher.start();
  await until(() => channel.sent.length === 1);
  await settle();
  clock.set(START_MS + MINUTE_MS);
  await until(() => channel.sent.length === 2);
  await settle();
  const [first, second] = channel.sent.map(({ message }) => message);
  assert.equal(first?.deliveryId, claimed?.messageId, 'a receiver cannot tell that it is the same');
  assert.equal(first?.events.length, 1);
  assert.notEqual(second?.deliveryId, first?.deliveryId);
  const outcomes = subscribers.listAttempts().map(({ outcome }) => outcome);
  assert.deepEqual(outcomes, ['unknown', 'ok', 'ok']);
});

for (const isHeldFromStart of [true, false])
  test(`while another process writes it waits, and sends afterwards; ${isHeldFromStart ? 'at its start' : 'later'}`, async (t) => {
    const scene = makeScene(t, false, 1);
    const { shelf, clock, channel, dispatcher, logged } = scene;
    subscribe(scene.subscribers, ADDRESS);
    if (!isHeldFromStart) {
      dispatcher.start();
      await tell(scene, makeEvent());
      // So that what is deleted every hour is due too.
      clock.set(START_MS + 2 * HOUR_MS - 1);
    }
    const release = holdWriteLock(t, scene.file);
    if (isHeldFromStart) {
      shelf.add(makeEvent());
      dispatcher.start();
    }
    await until(() => logged.some((line) => line.includes('alerts_not_sent')));
    assert.equal(channel.sent.length, 0);
    release();
    clock.set(START_MS + 2 * HOUR_MS + MINUTE_MS);
    await settle();
    clock.set(START_MS + 2 * HOUR_MS + 2 * MINUTE_MS);
    await until(() => channel.sent.length === 1);
  });

test('one that is stopped cuts short what is on its way and notes that it cannot tell', async (t) => {
  const scene = makeScene(t);
  subscribe(scene.subscribers, ADDRESS);
  scene.channel.answers.push(new Promise(() => undefined));
  await tell(scene, makeEvent());
  scene.clock.set(START_MS + MINUTE_MS);
  await until(() => scene.channel.sent.length === 1);
  const startedMs = performance.now();
  await scene.dispatcher.stop();
  assert.ok(performance.now() - startedMs < 2_000);
  assert.deepEqual(
    scene.subscribers.listAttempts().map(({ outcome }) => outcome),
    ['unknown'],
  );
  assert.deepEqual(statesOf(scene), ['failed']);
});

test('figures tell what waits, since when, and what failed', async (t) => {
  const scene = makeScene(t);
  subscribe(scene.subscribers, ADDRESS);
  scene.channel.answers.push({ kind: 'retry', reason: 'refused' });
  await tell(scene, makeEvent());
  scene.clock.set(START_MS + MINUTE_MS);
  await until(() => scene.channel.sent.length === 1);
  await settle();
  const { byState, oldestUndeliveredMs, channels, subscriptions } = scene.subscribers.figures();
  assert.equal(byState.failed, 1);
  assert.equal(oldestUndeliveredMs, START_MS);
  assert.deepEqual(channels, [{ channel: 'webhook', attempts: 1, failures: 1 }]);
  assert.deepEqual(subscriptions, { active: 1, disabled: 0 });
});
