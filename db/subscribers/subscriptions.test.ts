/** Subscriptions: double opt-in, one per address, ended without a trace, sealed at rest. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { StoreError } from '../store-error.ts';
import { createHandClock, makeFolder } from '../testing/fixtures.ts';
import { openSubscribers } from './open.ts';
import { createSecretBox, loadSubscriberKey } from './secret-box.ts';
import { PENDING_MS } from './subscriptions.ts';
import {
  EVERYTHING,
  holdWriteLock,
  openTestSubscribers,
  subscribe,
  TEST_KEY,
  wish,
} from './testing/subscriber-fixtures.ts';

const ADDRESS = 'https://marker-9f31.example/hook';

test('a wish becomes active with its token, once', (t) => {
  const { subscribers } = openTestSubscribers(t, createHandClock());
  const outcome = subscribers.addPending(wish(ADDRESS, { secrets: ['s1'] }));
  assert.ok(outcome.kind === 'added');
  assert.equal(subscribers.findPending(outcome.confirmToken)?.state, 'pending');
  assert.equal(subscribers.findByToken(subscribers.manageToken(outcome.id)), undefined);
  assert.equal(subscribers.confirm('another'), undefined);
  assert.equal(subscribers.confirm(outcome.confirmToken)?.state, 'active');
  assert.equal(subscribers.confirm(outcome.confirmToken), undefined);
  assert.deepEqual(subscribers.openTarget(outcome.id), { address: ADDRESS, secrets: ['s1'] });
  assert.equal(subscribers.findByToken(subscribers.manageToken(outcome.id))?.id, outcome.id);
});

test('a wish that nobody confirms is gone after 48 hours', (t) => {
  const clock = createHandClock();
  const { subscribers } = openTestSubscribers(t, clock);
  const outcome = subscribers.addPending(wish(ADDRESS));
  assert.ok(outcome.kind === 'added');
  clock.set(clock.nowMs() + PENDING_MS - 1);
  assert.ok(subscribers.findPending(outcome.confirmToken));
  clock.set(clock.nowMs() + 1);
  assert.equal(subscribers.findPending(outcome.confirmToken), undefined);
  assert.equal(subscribers.confirm(outcome.confirmToken), undefined);
  assert.equal(subscribers.openTarget(outcome.id), undefined);
});

test('an address cannot be flooded with confirmations', (t) => {
  const { subscribers } = openTestSubscribers(t, createHandClock());
  const first = subscribe(subscribers, ADDRESS);
  const kinds = [1, 2, 3, 4].map(() => subscribers.addPending(wish(ADDRESS)).kind);
  assert.deepEqual(kinds, ['added', 'added', 'added', 'too_many']);
  assert.equal(subscribers.addPending(wish('https://other.example/')).kind, 'added');
  assert.equal(subscribers.get(first)?.state, 'active');
});

for (const [channel, address, isReplaced] of [
  ['email', 'reader@example.org', true],
  ['ntfy', 'https://ntfy.example/topic', false],
  ['webhook', ADDRESS, false],
] as const)
  test(`a confirmation ${isReplaced ? 'replaces' : 'leaves alone'} what the address has by ${channel}`, (t) => {
    const { subscribers } = openTestSubscribers(t, createHandClock());
    const old = subscribe(subscribers, address, { channel });
    const renewed = subscribe(subscribers, address, { channel, mode: 'daily' });
    assert.equal(subscribers.get(old)?.state, isReplaced ? undefined : 'active');
    assert.equal(subscribers.get(renewed)?.mode, 'daily');
  });

test('while another process writes, a made-up token is refused at once and the rest says so', (t) => {
  const { subscribers, file } = openTestSubscribers(t, createHandClock(), { busyTimeoutMs: 1 });
  const release = holdWriteLock(t, file);
  assert.equal(subscribers.confirm('made-up'), undefined);
  assert.throws(() => subscribers.dropExpired(), StoreError);
  release();
  assert.equal(subscribers.dropExpired(), 0);
});

test('what is changed is changed, the rest stays', (t) => {
  const { subscribers } = openTestSubscribers(t, createHandClock());
  const quiet = { fromMinute: 1320, untilMinute: 420, breakThrough: 'critical' } as const;
  const id = subscribe(subscribers, ADDRESS, { quiet });
  const filter = { ...EVERYTHING, services: ['instagram'], minSeverity: 'major' } as const;
  assert.deepEqual(subscribers.change(id, { filter })?.quiet, quiet);
  assert.deepEqual(subscribers.get(id)?.filter, filter);
  subscribers.change(id, { quiet: null, mode: 'weekly' });
  assert.equal(subscribers.get(id)?.quiet, undefined);
  assert.equal(subscribers.get(id)?.mode, 'weekly');
});

test('nothing in the files tells an address, before or after it is deleted', (t) => {
  const { subscribers, file } = openTestSubscribers(t, createHandClock());
  const id = subscribe(subscribers, ADDRESS, { secrets: ['whsec_marker-77'] });
  const sealedBefore = readFileSync(`${file}-wal`);
  assert.equal(subscribers.unsubscribe(id), true);
  assert.equal(subscribers.unsubscribe(id), false);
  assert.equal(subscribers.openTarget(id), undefined);
  assert.equal(subscribers.findByToken(subscribers.manageToken(id)), undefined);
  const token = subscribers.manageToken(id);
  subscribers.close();
  for (const bytes of [sealedBefore, readFileSync(file)])
    for (const marker of ['marker-9f31', 'marker-77', token]) assert.ok(!bytes.includes(marker));
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(!readFileSync(file).includes(id), 'the row is still in the file');
});

test('what is sealed opens under its own key and label only', () => {
  const box = createSecretBox(TEST_KEY);
  const sealed = box.seal('text', 'a');
  assert.equal(box.open(sealed, 'a'), 'text');
  assert.throws(() => box.open(sealed, 'b'));
  assert.throws(() => createSecretBox(new Uint8Array(32)).open(sealed, 'a'));
  const changed = Uint8Array.from(sealed);
  changed.set([(changed.at(-1) ?? 0) ^ 1], changed.length - 1);
  assert.throws(() => box.open(changed, 'a'));
  assert.notDeepEqual(box.seal('text', 'a'), sealed);
  assert.notDeepEqual(box.lookUp('email', 'x'), box.lookUp('webhook', 'x'));
});

test('the key file is made once, for this user alone; a given key wins', (t) => {
  const file = join(makeFolder(t), 'subscribers.key');
  const key = loadSubscriberKey(file);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(loadSubscriberKey(file), key);
  assert.deepEqual(loadSubscriberKey(file, '07'.repeat(32)), Buffer.from(TEST_KEY));
  assert.throws(() => loadSubscriberKey(file, 'short'), /REACHLINE_SUBSCRIBER_KEY/);
});

test('a second process is refused', (t) => {
  const { file } = openTestSubscribers(t, createHandClock());
  assert.throws(
    () => openSubscribers({ file, key: TEST_KEY, clock: createHandClock() }),
    /Another process/,
  );
});
