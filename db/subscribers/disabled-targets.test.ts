/** Targets that are switched off: why, since when, who is told, and the way back. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openDatabase } from '../connection.ts';
import { migrate, readMigrations } from '../migrate.ts';
import { createHandClock, makeFolder } from '../testing/fixtures.ts';
import { readNotice } from './disabled-targets.ts';
import { openSubscribers } from './open.ts';
import type { Subscribers } from './subscribers.ts';
import { PAUSED } from './subscription-types.ts';
import { openTestSubscribers, subscribe, TEST_KEY } from './testing/subscriber-fixtures.ts';

const GONE = 'http_410';

function openTwo(t: TestContext) {
  const clock = createHandClock();
  const { subscribers } = openTestSubscribers(t, clock);
  const hook = subscribe(subscribers, 'https://receiver.example/hook');
  const mail = subscribe(subscribers, 'reader@example.org', { channel: 'email' });
  return { clock, subscribers, hook, mail };
}

const noticesOf = (subscribers: Subscribers, channel: string) =>
  subscribers.claim(channel, 10).map(({ subscriptionId, groupKey }) => ({
    subscriptionId,
    notice: readNotice(groupKey),
  }));

test('the subscription that was named is told once, and of nothing that its holder did', (t) => {
  const { clock, subscribers, hook, mail } = openTwo(t);
  assert.ok(subscribers.setSubstitute(hook, mail));
  subscribers.disable(hook, PAUSED);
  assert.deepEqual(subscribers.get(hook)?.disabled, { reason: PAUSED, atMs: clock.nowMs() });
  subscribers.enable(hook);
  assert.deepEqual(noticesOf(subscribers, 'email'), []);
  subscribers.disable(hook, GONE);
  subscribers.disable(hook, GONE);
  const told = [{ subscriptionId: mail, notice: { kind: 'stopped', subscriptionId: hook } }];
  assert.deepEqual(noticesOf(subscribers, 'email'), told);
  assert.deepEqual(
    subscribers.list(10).map(({ id, disabled }) => [id, disabled]),
    [
      [mail, undefined],
      [hook, { reason: GONE, atMs: clock.nowMs() }],
    ],
  );
  assert.equal(subscribers.figures().goneTargets, 1);
});

test('a target that is tried again gets a message at once, and can be told of again', (t) => {
  const { clock, subscribers, hook, mail } = openTwo(t);
  subscribers.setSubstitute(hook, mail);
  subscribers.disable(hook, GONE);
  noticesOf(subscribers, 'email');
  assert.ok(subscribers.enable(hook));
  assert.equal(subscribers.enable(hook), false, 'only what is switched off');
  assert.equal(subscribers.get(hook)?.disabled, undefined);
  const again = [{ subscriptionId: hook, notice: { kind: 'again', subscriptionId: hook } }];
  assert.deepEqual(noticesOf(subscribers, 'webhook'), again);
  clock.set(clock.nowMs() + 1);
  subscribers.disable(hook, GONE);
  assert.equal(noticesOf(subscribers, 'email').length, 1);
});

test('nobody is told where none was named, or the one that was has ended or stopped too', (t) => {
  const { subscribers, hook, mail } = openTwo(t);
  assert.equal(subscribers.setSubstitute(hook, hook), false);
  assert.equal(subscribers.setSubstitute(hook, 'unknown'), false);
  subscribers.setSubstitute(hook, mail);
  subscribers.setSubstitute(hook, undefined);
  subscribers.disable(hook, GONE);
  assert.deepEqual(noticesOf(subscribers, 'email'), []);
  subscribers.enable(hook);
  subscribers.setSubstitute(hook, mail);
  subscribers.unsubscribe(mail);
  subscribers.disable(hook, GONE);
  assert.deepEqual(noticesOf(subscribers, 'email'), []);
});

test('a database of before is brought along, with what was switched off in it', (t) => {
  const folder = makeFolder(t);
  const file = join(folder, 'subscribers.db');
  const [first] = readMigrations(join(import.meta.dirname, 'migrations'));
  assert.ok(first);
  const database = openDatabase(file, 'write');
  migrate(file, database, [first], false);
  database
    .prepare(
      `INSERT INTO subscription (id, channel, locale, time_zone, mode, filter, min_severity, state, created_at_ms, reason)
       VALUES ('old', 'email', 'en', 'UTC', 'immediate', '{}', 0, 'disabled', 1, 'smtp_550')`,
    )
    .run();
  database.close();
  using subscribers = openSubscribers({ file, key: TEST_KEY, clock: createHandClock() });
  assert.deepEqual(subscribers.get('old')?.disabled, { reason: 'smtp_550' });
  assert.equal(subscribers.figures().goneTargets, 1);
});
