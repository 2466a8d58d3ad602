/** Web Push: the example of RFC 8291, and a browser of ours that decrypts what arrived and checks who sent it. */
import assert from 'node:assert/strict';
import {
  createDecipheriv,
  createECDH,
  createPublicKey,
  type ECDH,
  hkdfSync,
  randomBytes,
  verify as verifySignature,
} from 'node:crypto';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../probes/clock.ts';
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
  const browser = createECDH('prime256v1');
  browser.generateKeys();
  const auth = randomBytes(16);
  const checked = channel.verify(
    JSON.stringify({
      endpoint: `${receiver.url}/push/1`,
      expirationTime: null,
      keys: { p256dh: browser.getPublicKey('base64url'), auth: auth.toString('base64url') },
    }),
  );
  assert.ok('address' in checked);
  const message = makeMessage({ subject: 'я'.repeat(1_000), paragraphs: ['ж'.repeat(10_000)] });
  const target = { address: checked.address, secrets: [] };
  const never = new AbortController().signal;
  assert.deepEqual(await channel.send(channel.render(message), target, never), { kind: 'ok' });
  const [request] = receiver.requests;
  assert.ok(request && request.body.length <= 4_096, String(request?.body.length));
  const content = JSON.parse(decrypt(request.body, browser, auth)) as Record<string, string>;
  assert.equal(content['url'], message.url);
  assert.match(content['title'] ?? '', /^я+…$/);
  const { headers } = request;
  assert.deepEqual([headers['ttl'], headers['urgency']], ['86400', 'high']);
  assert.match(String(headers['topic']), /^[\w-]{32}$/);
  checkToken(String(headers['authorization']), new URL(receiver.url).origin);
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

function decrypt(body: Buffer, browser: ECDH, auth: Buffer): string {
  const [salt, length] = [body.subarray(0, 16), body.readUInt8(20)];
  const sender = body.subarray(21, 21 + length);
  const derive = (key: Buffer, from: Buffer, info: Buffer | string, size: number) =>
    Buffer.from(hkdfSync('sha256', key, from, info, size));
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), sender]);
  const key = derive(browser.computeSecret(sender), auth, info, 32);
  const decipher = createDecipheriv(
    'aes-128-gcm',
    derive(key, salt, 'Content-Encoding: aes128gcm\0', 16),
    derive(key, salt, 'Content-Encoding: nonce\0', 12),
  );
  decipher.setAuthTag(body.subarray(-16));
  const plain = Buffer.concat([decipher.update(body.subarray(21 + length, -16)), decipher.final()]);
  assert.equal(plain.at(-1), 2);
  return plain.subarray(0, -1).toString();
}

function checkToken(authorization: string, origin: string): void {
  const [, head = '', claims = '', signature = '', key = ''] =
    /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), k=([\w-]+)$/.exec(authorization) ?? [];
  assert.equal(key, derivePushKey(privateKey));
  const point = Buffer.from(key, 'base64url');
  const publicKey = createPublicKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  });
  const signed = Buffer.from(`${head}.${claims}`);
  const isOurs = verifySignature(
    'sha256',
    signed,
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  assert.ok(isOurs);
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
    aud: string;
    exp: number;
    sub: string;
  };
  assert.deepEqual([aud, sub], [origin, 'mailto:admin@example.org']);
  const leftSeconds = exp - Date.now() / 1_000;
  // RFC 8292 §2: no more than a day.
  assert.ok(leftSeconds > 3_600 && leftSeconds <= 86_400);
}
