/** What many wishes use up: of their own target and channel, and nothing of what others may ask. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openTestSubscribers, wish } from '../../db/subscribers/testing/subscriber-fixtures.ts';
import { createPushBrowser } from '../testing/push-browser.ts';
import { createSignUp } from './sign-up.ts';
import { createTestChannel, createTestClock } from './testing/alert-fixtures.ts';

const NAMES = { services: new Map(), networks: new Map() };
const mail = (address: string) => wish(address, { channel: 'email' });
const topic = (address: string) => wish(address, { channel: 'ntfy' });

function openSignUp(t: TestContext, isWaiting = false) {
  const clock = createTestClock();
  const channel = createTestChannel();
  const { subscribers } = openTestSubscribers(t, clock);
  const signUp = createSignUp({
    subscribers,
    channels: new Map([
      ['email', channel],
      ['ntfy', channel],
      ['mastodon', channel],
      ['web_push', channel],
    ]),
    challenge: () => Promise.resolve({ kind: 'retry', reason: 'refused' }),
    clock: isWaiting ? clock : { ...clock, sleep: () => Promise.resolve() },
    log: () => undefined,
    publicUrl: 'https://reachline.example',
  });
  t.after(() => signUp.stop());
  return { signUp, channel };
}

test('wishes for one target leave the rest of the server to others', async (t) => {
  const { signUp, channel } = openSignUp(t);
  for (let count = 0; count < 400; count += 1) {
    assert.ok(signUp.ask(mail('one@example.org'), NAMES), `wish ${count}`);
    await signUp.settled();
  }
  assert.equal(channel.sent.length, 3);
  assert.ok(signUp.ask(mail('other@example.org'), NAMES));
  await signUp.settled();
  assert.equal(channel.sent.length, 4);
});

test('what other channels use up is not taken from mail, and the other way round', async (t) => {
  const { signUp, channel } = openSignUp(t);
  let taken = 0;
  for (; taken < 400 && signUp.ask(topic(`https://ntfy${taken}.example/x`), NAMES); taken += 1)
    await signUp.settled();
  assert.equal(taken, 300);
  assert.equal(channel.sent.length, 300);
  assert.equal(signUp.askWebhook(wish('https://receiver.example/')), undefined);
  assert.equal(signUp.waitMs('webhook'), 60_000, 'nobody is told to come back sooner');
  assert.ok(signUp.ask(mail('reader@example.org'), NAMES));
  await signUp.settled();
  assert.equal(channel.sent.length, 301);
});

const pushRows = [
  ['one endpoint under many keys', () => 'https://fcm.googleapis.com/fcm/send/x', 3],
  [
    'many endpoints of one server that nobody knows',
    (n: number) => `https://victim.example/${n}`,
    60,
  ],
  ['many of a push service', (n: number) => `https://fcm.googleapis.com/fcm/send/${n}`, 100],
] as const;
for (const [what, endpointOf, sent] of pushRows)
  test(`of 100 browsers with ${what} ${sent} are asked`, async (t) => {
    const { signUp, channel } = openSignUp(t);
    for (let count = 0; count < 100; count += 1) {
      const { subscription } = createPushBrowser(endpointOf(count));
      const address = JSON.stringify(subscription);
      assert.ok(signUp.ask(wish(address, { channel: 'web_push' }), NAMES));
      await signUp.settled();
    }
    assert.equal(channel.sent.length, sent);
  });

test('webhooks under way do not keep mail waiting', (t) => {
  const { signUp } = openSignUp(t, true);
  let taken = 0;
  while (taken < 600 && signUp.ask(topic(`https://ntfy${taken}.example/x`), NAMES)) taken += 1;
  assert.equal(taken, 500);
  assert.ok(signUp.ask(mail('reader@example.org'), NAMES));
  assert.ok(signUp.askWebhook(wish('https://receiver.example/')));
});

test("a wish that would speak with the operator's account is not stored", async (t) => {
  const { signUp, channel } = openSignUp(t);
  signUp.ask(wish('https://instance.example/', { channel: 'mastodon' }), NAMES);
  await signUp.settled();
  assert.equal(channel.sent.length, 0);
});
