/** Web Push: the example of RFC 8291, and a browser of ours that decrypts what arrived and checks who sent it. */
import assert from 'node:assert/strict';
import { createECDH } from 'node:crypto';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../probes/clock.ts';
import { checkToken, createPushBrowser } from '../../testing/push-browser.ts';
import { type Receiver, startReceiver } from '../../testing/receiver.ts';
import { makeAlert, makeMessage } from '../../testing/sample-alerts.ts';
import { createGuardedRequest } from './guarded-request.ts';
import { createPushChannel, derivePushKey, encryptPush } from './web-push.ts';

const policy = { allowPrivateTargets: true, allowPlainHttp: true };
const pair = createECDH('prime256v1');
pair.generateKeys();
const privateKey = pair.getPrivateKey().toString('base64url');
const channel = createPushChannel(
  { policy, clock: systemClock, request: createGuardedRequest({ policy, clock: systemClock }) },
  { privateKey, contact: 'mailto:admin@example.org' },
);
let receiver: Receiver;
before(async () => {
  receiver = await startReceiver();
  receiver.answer = () => ({ status: 201 });
});
after(() => receiver.close());

test('encrypts as the example of RFC 8291 §5 does', () => {
  const encrypted = encryptPush(
    Buffer.from('When I grow up, I want to be a watermelon'),
    {
      p256dh:
        'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
      auth: 'BTBZMqHH6r4Tts7J_aSIgg',
    },
    {
      privateKey: Buffer.from('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw', 'base64url'),
      salt: Buffer.from('DGv6ra1nlYgDCS1FRnbzlw', 'base64url'),
    },
  );
  assert.equal(
    encrypted.toString('base64url'),
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  );
});

test('arrives so that the browser can read it, signed for with our key', async () => {
  const browser = createPushBrowser(`${receiver.url}/push/1`);
  const checked = channel.verify(JSON.stringify(browser.subscription));
  assert.ok('address' in checked);
  const message = makeMessage({ subject: 'я'.repeat(1_000), paragraphs: ['ж'.repeat(10_000)] });
  const target = { address: checked.address, secrets: [] };
  const never = new AbortController().signal;
  assert.deepEqual(await channel.send(channel.render(message), target, never), { kind: 'ok' });
  const [request] = receiver.requests;
  assert.ok(request && request.body.length <= 4_096, String(request?.body.length));
  const content = JSON.parse(browser.decrypt(request.body)) as Record<string, string>;
  assert.equal(content['url'], message.url);
  assert.match(content['title'] ?? '', /^я+…$/);
  const { headers } = request;
  assert.deepEqual([headers['ttl'], headers['urgency']], ['86400', 'high']);
  assert.match(String(headers['topic']), /^[\w-]{32}$/);
  checkToken(String(headers['authorization']), derivePushKey(privateKey), {
    aud: new URL(receiver.url).origin,
    sub: 'mailto:admin@example.org',
    nowMs: Date.now(),
  });
});

test('only messages of one subject replace each other', () => {
  const topicOf = (ids: readonly string[]) =>
    channel.render(
      makeMessage({
        events: ids.map((id) => makeAlert({ subject: { kind: 'incident', id } })),
      }),
    );
  const topic = (ids: readonly string[]) => Reflect.get(Object(topicOf(ids)), 'topic') as unknown;
  assert.equal(topic(['a']), topic(['a', 'a']));
  assert.notEqual(topic(['a']), topic(['b']));
  assert.equal(topic(['a', 'b']), undefined);
});

const keys = { p256dh: derivePushKey(privateKey), auth: 'A'.repeat(22) };
const SUBSCRIPTIONS: readonly (readonly [what: string, subscription: unknown])[] = [
  ['no keys', { endpoint: 'https://push.example/1' }],
  [
    'a point that is not on the curve',
    { endpoint: 'https://push.example/1', ...keys, p256dh: `BA${'A'.repeat(85)}` },
  ],
  ['a short secret', { endpoint: 'https://push.example/1', ...keys, auth: 'AAAA' }],
  ['numbers', { endpoint: 1, p256dh: 2, auth: 3 }],
  ['nothing', null],
];
for (const [what, subscription] of SUBSCRIPTIONS)
  test(`a subscription with ${what} is turned away`, () => {
    assert.ok('problem' in channel.verify(JSON.stringify(subscription)));
  });
