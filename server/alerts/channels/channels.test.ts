/** Every channel over HTTP against a server of the shape of its API: delivered, slowed down, gone, broken, silent. */
import assert from 'node:assert/strict';
import { createECDH, generateKeyPairSync } from 'node:crypto';
import { after, before, beforeEach, suite, test } from 'node:test';
import type { Alerts } from '../../../config/alerts.ts';
import { systemClock } from '../../../probes/clock.ts';
import { type Receiver, type Reply, startReceiver } from '../../testing/receiver.ts';
import { makeMessage } from '../../testing/sample-alerts.ts';
import type { ChannelKind, Message, SendResult } from './channel.ts';
import { type Channels, createChannels } from './channels.ts';
import { createWebhookSecret } from './webhook.ts';

const PUSH_KEY = randomPushKey();
const never = new AbortController().signal;
const hostile = makeMessage({
  subject: '@everyone <!channel> [free](https://evil.example) *bold* & <@U1> @me@other.example',
  paragraphs: ['я'.repeat(20_000)],
});

let receiver: Receiver;
let channels: Channels;
/** The same without patience: silence need not be waited for long. */
let hasty: Channels;
before(async () => {
  receiver = await startReceiver();
  const deps = {
    alerts: makeAlerts(receiver.url),
    environment: { TELEGRAM: '1:tg', MATRIX: 'mx', MASTODON: 'md', PUSH: PUSH_KEY },
    clock: systemClock,
  };
  channels = createChannels(deps);
  hasty = createChannels({ ...deps, guard: { deadlineMs: 100 } });
});
after(() => receiver.close());
beforeEach(() => receiver.requests.splice(0));

/** Where each kind is sent to, and how its answers read. */
type Row = {
  readonly kind: ChannelKind;
  readonly target: (url: string) => string;
  readonly path: string;
  readonly method?: string;
  readonly ok?: Reply;
  readonly slow: Reply;
  readonly waitMs: number;
  readonly gone: Reply;
};

const json = (status: number, content: unknown, headers = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(content),
});
const slowed: Reply = { status: 429, headers: { 'retry-after': '30' } };

const ROWS: readonly Row[] = [
  {
    kind: 'webhook',
    target: (url) => `${url}/hook?id=1`,
    path: '/hook?id=1',
    slow: { status: 503, headers: { 'retry-after': '30' } },
    waitMs: 30_000,
    gone: { status: 410 },
  },
  {
    kind: 'ntfy',
    target: (url) => `${url}/base/my-topic`,
    path: '/base/',
    ok: json(200, { id: 'x', event: 'message' }),
    slow: slowed,
    waitMs: 30_000,
    gone: { status: 410 },
  },
  {
    kind: 'telegram',
    target: () => '@my_channel',
    path: '/bot1:tg/sendMessage',
    ok: json(200, { ok: true, result: {} }),
    slow: json(429, { ok: false, error_code: 429, parameters: { retry_after: 17 } }),
    waitMs: 17_000,
    gone: json(400, { ok: false, error_code: 400, description: 'Bad Request: chat not found' }),
  },
  {
    kind: 'matrix',
    target: (url) => `${url}/!room:example.org`,
    path: '/_matrix/client/v3/rooms/!room%3Aexample.org/send/m.room.message/d0123456789abcdef',
    method: 'PUT',
    ok: json(200, { event_id: '$x' }),
    slow: json(429, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 2_500 }),
    waitMs: 2_500,
    gone: json(403, { errcode: 'M_FORBIDDEN' }),
  },
  {
    kind: 'mastodon',
    target: (url) => url,
    path: '/api/v1/statuses',
    ok: json(200, { id: '1' }),
    slow: slowed,
    waitMs: 30_000,
    gone: json(403, { error: 'This action is not allowed' }),
  },
  {
    kind: 'slack',
    target: (url) => `${url}/services/T1/B1/x`,
    path: '/services/T1/B1/x',
    ok: { status: 200, body: 'ok' },
    slow: slowed,
    waitMs: 30_000,
    gone: { status: 404, body: 'no_service' },
  },
  {
    kind: 'discord',
    target: (url) => `${url}/api/webhooks/1234567890/abcdefghij_klmnop?wait=true`,
    path: '/api/webhooks/1234567890/abcdefghij_klmnop',
    ok: { status: 204 },
    slow: json(429, { message: 'You are being rate limited.', retry_after: 1.5 }),
    waitMs: 1_500,
    gone: json(404, { message: 'Unknown Webhook', code: 10_015 }),
  },
  {
    kind: 'web_push',
    target: (url) => JSON.stringify(makeSubscription(`${url}/push/1`)),
    path: '/push/1',
    ok: { status: 201 },
    slow: slowed,
    waitMs: 30_000,
    gone: { status: 404 },
  },
];

for (const row of ROWS) {
  suite(row.kind, () => {
    const { kind } = row;
    const send = (reply: Reply, message: Message = makeMessage()): Promise<SendResult> => {
      receiver.answer = () => reply;
      return sendTo(kind, row.target(receiver.url), message);
    };

    test('delivers, once, where the target says', async () => {
      assert.deepEqual(await send(row.ok ?? { status: 200 }), { kind: 'ok' });
      const sent = receiver.requests.map(({ method, path }) => [method, path]);
      assert.deepEqual(sent, [[row.method ?? 'POST', row.path]]);
    });
    test('waits for as long as it is told', async () => {
      const result = await send(row.slow);
      assert.equal(result.kind === 'retry' && result.afterMs, row.waitMs);
      assert.equal(result.kind === 'retry' && result.mostAttempts, undefined);
    });
    test('gives a target up that is gone', async () => {
      assert.equal((await send(row.gone)).kind, 'permanent');
    });
    test('tries again after an error of the server', async () => {
      assert.deepEqual(await send({ status: 500 }), { kind: 'retry', reason: 'http_500' });
    });
    test('tries a few times after a refusal or a redirect, which is not followed', async () => {
      for (const status of [302, 422]) {
        receiver.requests.splice(0);
        const reply = { status, headers: { location: `${receiver.url}/elsewhere` } };
        assert.deepEqual(await send(reply), {
          kind: 'retry',
          reason: `http_${status}`,
          mostAttempts: 3,
        });
        assert.equal(receiver.requests.length, 1);
      }
    });
    test('tries again after silence', async () => {
      receiver.answer = () => 'hang';
      const result = await sendTo(kind, row.target(receiver.url), makeMessage(), undefined, hasty);
      assert.deepEqual(result, { kind: 'retry', reason: 'timeout' });
    });
    test('turns away what is no target of its kind', () => {
      const channel = channels.byKind.get(kind);
      for (const address of ['', 'nonsense', 'https://user:secret@example.org/', '{}', '../..'])
        assert.ok(channel && 'problem' in channel.verify(address), address);
    });
  });
}

for (const [kind, given, written] of [
  ['ntfy', 'https://ntfy.example.//topic?0#1', 'https://ntfy.example/topic'],
  ['ntfy', 'https://NTFY.example/base/topic?', 'https://ntfy.example/base/topic'],
  ['mastodon', 'https://inst.example./?1#x', 'https://inst.example/'],
  [
    'matrix',
    'https://hs.example.:8448/%21a%3Ahs.example?1',
    'https://hs.example:8448/!a:hs.example',
  ],
  ['telegram', ' @My_Channel ', '@my_channel'],
  ['telegram', '-00100', '-100'],
] as const)
  test(`${kind}: ${given} is one target however it is spelt`, () => {
    assert.deepEqual(channels.byKind.get(kind)?.verify(given), { address: written });
  });

async function sendTo(
  kind: ChannelKind,
  given: string,
  message: Message,
  secrets: readonly string[] = kind === 'webhook' ? [createWebhookSecret()] : [],
  { byKind } = channels,
): Promise<SendResult> {
  const channel = byKind.get(kind);
  assert.ok(channel);
  const checked = channel.verify(given);
  assert.ok('address' in checked, JSON.stringify(checked));
  // What was written one way is read the same way again.
  assert.deepEqual(channel.verify(checked.address), checked);
  return channel.send(channel.render(message), { address: checked.address, secrets }, never);
}

async function see(kind: ChannelKind, message: Message): Promise<Record<string, unknown>> {
  receiver.answer = () => ({ status: 200 });
  const row = ROWS.find((one) => one.kind === kind);
  await sendTo(kind, row?.target(receiver.url) ?? '', message);
  return JSON.parse(String(receiver.requests.at(-1)?.body)) as Record<string, unknown>;
}

suite('what a message becomes', () => {
  const { url } = makeMessage();

  test('ntfy: topic, title, priority by severity, address to open', async () => {
    const sent = await see('ntfy', makeMessage({ severity: 'minor' }));
    assert.deepEqual([sent['topic'], sent['priority'], sent['click']], ['my-topic', 3, url]);
    assert.equal(sent['title'], makeMessage().subject);
    const long = await see('ntfy', hostile);
    assert.ok(Buffer.byteLength(String(long['message'])) <= 4_096);
  });
  test('Telegram: plain text within 4,096 characters, no preview', async () => {
    const sent = await see('telegram', hostile);
    assert.ok(String(sent['text']).length <= 4_096 && String(sent['text']).endsWith(url));
    assert.ok(!('parse_mode' in sent));
  });
  test('Matrix: a notice that mentions nobody', async () => {
    const sent = await see('matrix', hostile);
    assert.deepEqual([sent['msgtype'], sent['m.mentions']], ['m.notice', {}]);
    assert.equal(receiver.requests.at(-1)?.headers['authorization'], 'Bearer mx');
  });
  test('Mastodon: 500 characters, a language, nobody called, the same key each time', async () => {
    const sent = await see('mastodon', hostile);
    assert.ok(String(sent['status']).length <= 500 && String(sent['status']).endsWith(url));
    assert.doesNotMatch(String(sent['status']), /@[a-z]/);
    assert.equal(sent['language'], 'en');
    await see('mastodon', hostile);
    const keys = receiver.requests.map(({ headers }) => headers['idempotency-key']);
    assert.deepEqual(keys, ['d0123456789abcdef', 'd0123456789abcdef']);
  });
  test('Slack: nothing that is read as a mention or a link', async () => {
    const text = String((await see('slack', hostile))['text']);
    assert.doesNotMatch(text, /[<>]|@[a-zA-Z]|&(?!amp;|lt;|gt;)/);
    assert.ok(text.endsWith(url));
  });
  test('Discord: no mentions allowed, markup escaped, 2,000 characters', async () => {
    const sent = await see('discord', hostile);
    assert.deepEqual(sent['allowed_mentions'], { parse: [] });
    const content = String(sent['content']);
    assert.ok(content.length <= 2_000 && content.endsWith(url));
    assert.match(content, /^\\@everyone \\<!channel\\> \\\[free\\\]\\\(https:/);
    assert.doesNotMatch(content, /\\…/);
  });
});

test('the operator’s token goes to the operator’s place only', async () => {
  const other = await startReceiver();
  try {
    for (const [kind, target] of [
      ['matrix', `${other.url}/!room:example.org`],
      ['mastodon', other.url],
    ] as const) {
      const result = await sendTo(kind, target, makeMessage());
      assert.equal(result.kind === 'retry' && result.reason, 'no_token');
      assert.deepEqual(await sendTo(kind, target, makeMessage(), ['own']), { kind: 'ok' });
    }
    const tokens = other.requests.map(({ headers }) => headers['authorization']);
    assert.deepEqual(tokens, ['Bearer own', 'Bearer own']);
  } finally {
    other.close();
  }
});

test('the operator’s place may lie on this machine, and opens it for nobody else', async () => {
  const strict = createChannels({
    alerts: {
      ...makeAlerts(receiver.url),
      channels: ['matrix', 'telegram', 'webhook'],
      allowPrivateTargets: false,
      allowPlainHttp: false,
    },
    environment: { TELEGRAM: '1:tg', MATRIX: 'mx' },
    clock: systemClock,
  });
  receiver.answer = () => ({ status: 200 });
  for (const [kind, target] of [
    ['matrix', `${receiver.url}/!room:example.org`],
    ['telegram', '@my_channel'],
  ] as const)
    assert.deepEqual(await sendTo(kind, target, makeMessage(), [], strict), { kind: 'ok' });
  const target = { address: `${receiver.url}/hook`, secrets: [createWebhookSecret()] };
  const webhook = strict.byKind.get('webhook');
  assert.ok(webhook && 'problem' in webhook.verify(target.address));
  const result = await webhook.send(webhook.render(makeMessage()), target, never);
  assert.equal(result.kind === 'retry' && result.reason, 'scheme_not_allowed');
  assert.equal(receiver.requests.length, 2);
});

test('what is switched off or lacks its secret is not in the table', () => {
  const make = (changes: Partial<Alerts>, environment = {}) =>
    createChannels({
      alerts: { ...makeAlerts('http://127.0.0.1:1'), ...changes },
      environment,
      clock: systemClock,
    });
  assert.equal(make({ enabled: false }).byKind.size, 0);
  assert.deepEqual([...make({ channels: ['ntfy', 'slack'] }).byKind.keys()], ['ntfy', 'slack']);
  const without = make({ channels: ['telegram', 'web_push', 'email'] });
  assert.equal(without.byKind.size, 0);
  assert.deepEqual(without.missing, [
    { kind: 'telegram', variable: 'TELEGRAM' },
    { kind: 'web_push', variable: 'PUSH' },
  ]);
  assert.deepEqual(make({ channels: ['web_push'] }, { PUSH: 'short' }).missing, [
    { kind: 'web_push', variable: 'PUSH' },
  ]);
  const mail: Partial<Alerts> = {
    channels: ['email'],
    email: {
      from: 'alerts@example.org',
      senderName: 'Reachline',
      isNeutral: false,
      smtp: { host: 'smtp.example.org', port: 465, security: 'tls', maxConnections: 1 },
      dkim: { domain: 'example.org', selector: 's', privateKeyVariable: 'DKIM' },
    },
  };
  assert.deepEqual(make(mail, { DKIM: 'no key' }).missing, [{ kind: 'email', variable: 'DKIM' }]);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  for (const DKIM of [pem, pem.replaceAll('\n', '\\n')])
    assert.deepEqual([...make(mail, { DKIM }).byKind.keys()], ['email']);
});

function makeAlerts(url: string): Alerts {
  return {
    enabled: true,
    publicUrl: 'https://reachline.example',
    channels: ROWS.map(({ kind }) => kind),
    allowPrivateTargets: true,
    allowPlainHttp: true,
    staleHours: 6,
    groupSeconds: 60,
    digestHour: 8,
    maxConcurrent: 8,
    telegram: { url, tokenVariable: 'TELEGRAM' },
    matrix: { url, tokenVariable: 'MATRIX' },
    mastodon: { url, tokenVariable: 'MASTODON' },
    webPush: { privateKeyVariable: 'PUSH', contact: 'mailto:admin@example.org' },
  };
}

function randomPushKey(): string {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  return pair.getPrivateKey('base64url').padStart(43, 'A');
}

function makeSubscription(endpoint: string): unknown {
  const pair = createECDH('prime256v1');
  const p256dh = pair.generateKeys('base64url');
  return { endpoint, expirationTime: null, keys: { p256dh, auth: 'A'.repeat(22) } };
}
