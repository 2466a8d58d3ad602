/** Reports of mail that came back: whose they are, which of them end a target, and that nobody can make one up. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createHandClock } from '../testing/fixtures.ts';
import type { Subscribers } from './subscribers.ts';
import { openTestSubscribers, subscribe, wish } from './testing/subscriber-fixtures.ts';

const DAY_MS = 24 * 3_600_000;

/** A reader and a way to send them mail; each message has an id of its own. */
function open(t: TestContext) {
  const clock = createHandClock();
  const { subscribers } = openTestSubscribers(t, clock);
  const id = subscribe(subscribers, 'reader@example.org', { channel: 'email' });
  const send = (target = id): string => {
    clock.set(clock.nowMs() + 1);
    // The only message that needs no event is the one after a target was tried again.
    subscribers.disable(target, 'smtp_550');
    subscribers.enable(target);
    const [claimed] = subscribers.claim('email', 1);
    assert.ok(claimed);
    subscribers.settle([{ attempt: claimed.attempt, end: { kind: 'ok' } }], () => 0);
    return claimed.messageId;
  };
  return { clock, subscribers, id, send };
}

const stateOf = (subscribers: Subscribers, id: string) => {
  const { state, disabled } = subscribers.get(id) ?? {};
  return disabled === undefined ? state : `${state} ${disabled.reason}`;
};

const rows = [
  ['5.1.1', 'disabled', 'disabled bounced_5.1.1'],
  ['5.0.0', 'disabled', 'disabled bounced_5.0.0'],
  ['5.2.1', 'disabled', 'disabled bounced_5.2.1'],
  ['5.2.2', 'noted', 'active'],
  ['5.7.1', 'noted', 'active'],
  ['4.4.7', 'noted', 'active'],
] as const;
for (const [status, outcome, state] of rows)
  test(`${status} is ${outcome}`, (t) => {
    const { subscribers, id, send } = open(t);
    const messageId = send();
    const tag = subscribers.bounceTag(messageId);
    assert.match(tag, /^[0-9a-f]{32}$/);
    assert.equal(subscribers.noteBounce(tag, status), outcome);
    assert.equal(stateOf(subscribers, id), state);
    const noted = subscribers
      .listDeliveries({ limit: 9 })
      .find((one) => one.messageId === messageId);
    assert.equal(noted?.lastErrorClass, `bounced_${status}`);
    subscribers.enable(id);
    assert.equal(subscribers.noteBounce(tag, status), 'again', 'the same report twice');
    assert.equal(stateOf(subscribers, id), 'active');
  });

test('what may pass ends a target only when three messages of a month came back', (t) => {
  const { clock, subscribers, id, send } = open(t);
  const refuse = () => subscribers.noteBounce(subscribers.bounceTag(send()), '5.7.1');
  assert.equal(refuse(), 'noted');
  clock.set(clock.nowMs() + 31 * DAY_MS);
  assert.deepEqual([refuse(), refuse()], ['noted', 'noted']);
  assert.equal(refuse(), 'disabled');
  assert.equal(stateOf(subscribers, id), 'disabled bounced_5.7.1');
  const soft = open(t);
  for (let count = 0; count < 5; count += 1)
    assert.equal(
      soft.subscribers.noteBounce(soft.subscribers.bounceTag(soft.send()), '4.2.2'),
      'noted',
    );
  assert.equal(stateOf(soft.subscribers, soft.id), 'active');
});

test('an address that was made up says nothing', (t) => {
  const { subscribers, id, send } = open(t);
  const messageId = send();
  const tag = subscribers.bounceTag(messageId);
  const last = tag.endsWith('0') ? '1' : '0';
  const wrong = [
    messageId,
    `${tag.slice(0, -1)}${last}`,
    `${tag.slice(0, 16)}${'0'.repeat(16)}`,
    subscribers.bounceTag('f'.repeat(32)),
    tag.toUpperCase(),
    '',
    "' OR 1=1 --",
  ];
  for (const one of wrong) assert.equal(subscribers.noteBounce(one, '5.1.1'), 'unknown', one);
  assert.equal(stateOf(subscribers, id), 'active');
});

test('a confirmation that comes back is forgotten', (t) => {
  const { subscribers } = open(t);
  const asked = subscribers.addPending(wish('typo@example.org', { channel: 'email' }));
  assert.ok(asked.kind === 'added');
  const tag = subscribers.bounceTag(asked.id);
  assert.equal(subscribers.noteBounce(tag, '4.4.1'), 'noted');
  assert.ok(subscribers.findPending(asked.confirmToken));
  assert.equal(subscribers.noteBounce(tag, '5.1.1'), 'disabled');
  assert.equal(subscribers.findPending(asked.confirmToken), undefined);
  assert.equal(subscribers.openTarget(asked.id), undefined);
});

test('of another way nothing comes back', (t) => {
  const { clock, subscribers } = open(t);
  const hook = subscribe(subscribers, 'https://receiver.example/');
  clock.set(clock.nowMs() + 1);
  subscribers.disable(hook, 'http_410');
  subscribers.enable(hook);
  const [claimed] = subscribers.claim('webhook', 1);
  const tag = subscribers.bounceTag(claimed?.messageId ?? '');
  assert.equal(subscribers.noteBounce(tag, '5.1.1'), 'unknown');
});

test('reports are forgotten with the deliveries that they are about', (t) => {
  const { clock, subscribers, send } = open(t);
  const tag = subscribers.bounceTag(send());
  assert.equal(subscribers.noteBounce(tag, '4.4.7'), 'noted');
  subscribers.prune(clock.nowMs() + 1);
  assert.equal(subscribers.noteBounce(tag, '4.4.7'), 'unknown');
});
