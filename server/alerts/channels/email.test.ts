/** E-mail through a real SMTP server on loopback, read by a parser that is not ours. */
import assert from 'node:assert/strict';
import { createHash, createVerify, generateKeyPairSync } from 'node:crypto';
import { after, before, beforeEach, suite, test } from 'node:test';
import PostalMime, { type Email } from 'postal-mime';
import type { AlertEmail } from '../../../config/alerts.ts';
import { type Relay, type RelayBehaviour, startRelay } from '../../testing/relay.ts';
import { makeMessage } from '../../testing/sample-alerts.ts';
import type { Message, SendResult } from './channel.ts';
import { createEmailChannel, type EmailChannel, toMailTag } from './email.ts';

const READER = 'reader@example.net';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const never = new AbortController().signal;
let relay: Relay;
let channel: EmailChannel;

const makeSettings = (changes: Partial<AlertEmail> = {}): AlertEmail => ({
  from: 'alerts@example.org',
  senderName: 'Reachline',
  isNeutral: false,
  bounceAddress: 'bounces@example.org',
  smtp: { host: '127.0.0.1', port: relay.port, security: 'none', maxConnections: 2 },
  dkim: { domain: 'example.org', selector: 'reachline', privateKeyVariable: 'KEY' },
  ...changes,
});
const dkimKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

before(async () => {
  relay = await startRelay();
  channel = createEmailChannel(makeSettings(), { dkimKey });
});
after(async () => {
  channel.close();
  await relay.close();
});
beforeEach(() => {
  relay.behave('accept');
  relay.mails.splice(0);
});

const send = (message: Message, by = channel, signal = never): Promise<SendResult> =>
  by.send(by.render(message), { address: READER, secrets: [] }, signal);

async function receive(message: Message, by = channel): Promise<{ raw: string; mail: Email }> {
  assert.deepEqual(await send(message, by), { kind: 'ok' });
  const [{ raw } = { raw: '' }] = relay.mails;
  return { raw, mail: await PostalMime.parse(raw) };
}

const headerOf = ({ headers }: Email, name: string): string[] =>
  headers.filter(({ key }) => key === name).map(({ value }) => value);

suite('what arrives', () => {
  test('one recipient, a bounce address of its own, one press to unsubscribe, plain text', async () => {
    const message = makeMessage();
    const { mail } = await receive(message);
    assert.deepEqual(relay.mails[0]?.to, [READER]);
    assert.equal(relay.mails[0]?.from, 'bounces+d0123456789abcdef@example.org');
    const bounceTag = '0123456789abcdef0123456789abcdef';
    await receive({ ...message, bounceTag });
    assert.equal(relay.mails.at(-1)?.from, `bounces+${bounceTag}@example.org`);
    assert.equal(mail.subject, message.subject);
    assert.deepEqual(
      [mail.from, mail.to],
      [{ address: 'alerts@example.org', name: 'Reachline' }, [{ address: READER, name: '' }]],
    );
    assert.equal(mail.messageId, '<d0123456789abcdef@example.org>');
    assert.deepEqual(headerOf(mail, 'list-unsubscribe'), [
      '<https://reachline.example/s/abc/one-click>',
    ]);
    assert.deepEqual(headerOf(mail, 'list-unsubscribe-post'), ['List-Unsubscribe=One-Click']);
    assert.deepEqual(headerOf(mail, 'auto-submitted'), ['auto-generated']);
    assert.equal(mail.html, undefined);
    assert.equal(
      mail.text?.trim(),
      [
        ...message.paragraphs,
        message.url,
        'Change these messages: https://reachline.example/en/s/abc\nStop these messages: https://reachline.example/en/s/abc/stop',
      ].join('\n\n'),
    );
  });

  test('every attempt has the same message id', async () => {
    relay.behave('greylist');
    assert.deepEqual(await send(makeMessage()), { kind: 'retry', reason: 'smtp_451' });
    const { mail } = await receive(makeMessage());
    assert.equal(mail.messageId, '<d0123456789abcdef@example.org>');
  });

  test('a confirmation, which nobody can unsubscribe from, says nothing of it', async () => {
    const { links: _, ...message } = makeMessage();
    const { mail } = await receive(message);
    assert.deepEqual(headerOf(mail, 'list-unsubscribe'), []);
    assert.ok(mail.text?.trim().endsWith(message.url));
  });

  test('the date is that of the clock which sends it', async () => {
    const clock = { nowMs: () => Date.UTC(2022, 2, 13, 18, 1, 31) };
    const own = createEmailChannel(makeSettings(), { dkimKey }, clock);
    const { mail } = await receive(makeMessage(), own);
    own.close();
    assert.deepEqual(headerOf(mail, 'date'), ['Sun, 13 Mar 2022 18:01:31 +0000']);
  });

  test('Russian and Ukrainian arrive whole', async () => {
    const paragraphs = ['Началось после 00:00. '.repeat(40), 'з’являється'];
    const message = makeMessage({
      locale: 'ru',
      subject: 'Россия: блокировка Instagram в 4 сетях',
      paragraphs,
    });
    const { mail } = await receive(message);
    assert.equal(mail.subject, message.subject);
    assert.ok(
      mail.text?.includes(
        paragraphs
          .map((one) => one.trimEnd())
          .join('\n\n')
          .slice(0, 800),
      ),
    );
    assert.ok(mail.text?.includes('Отписаться: '));
  });

  test('neutral mail says what it is about inside only', async () => {
    const neutral = createEmailChannel(makeSettings({ isNeutral: true }), { dkimKey });
    try {
      const { raw, mail } = await receive(
        makeMessage({ paragraphs: ['x'], locale: 'ru' }),
        neutral,
      );
      assert.equal(mail.subject, 'Сообщение, о котором вы просили');
      assert.equal(mail.from?.name, '');
      const head = raw.slice(0, raw.indexOf('\r\n\r\n'));
      assert.doesNotMatch(head, /instagram|blocked/i);
      assert.match(mail.text ?? '', /^Instagram blocked/);
    } finally {
      neutral.close();
    }
  });

  test('nothing in a subject becomes a header, a line or another direction', async () => {
    const subject = `a\r\nBcc: all@example.org\r\n\r\nbody\u202egnp\u2066 ${'n'.repeat(10_000)}`;
    const { raw, mail } = await receive(makeMessage({ subject }));
    assert.deepEqual(headerOf(mail, 'bcc'), []);
    assert.deepEqual(relay.mails[0]?.to, [READER]);
    assert.match(mail.subject ?? '', /^a Bcc: all@example\.org bodygnp n+…$/);
    assert.ok((mail.subject ?? '').length <= 200);
    for (const line of raw.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 998);
    assert.doesNotMatch(raw, /(^|[^\r])\n|\r(?!\n)/);
  });

  test('a delivery id that mail would not keep is hashed', async () => {
    assert.equal(toMailTag('d0123456789abcdef'), 'd0123456789abcdef');
    for (const id of ['Mixed-Case-1', 'a@b>\r\nX: y', 'x'.repeat(80), 'short'])
      assert.match(toMailTag(id), /^[0-9a-f]{32}$/, id);
    const { mail } = await receive(makeMessage({ deliveryId: 'a@b>\r\nX: y' }));
    assert.match(mail.messageId ?? '', /^<[0-9a-f]{32}@example\.org>$/);
  });

  test('the signature of the domain holds, and covers what receivers ask for', async () => {
    const { raw } = await receive(makeMessage({ subject: 'Россия: Instagram' }));
    const signed = checkDkim(raw);
    for (const name of [
      'from',
      'to',
      'subject',
      'message-id',
      'list-unsubscribe',
      'list-unsubscribe-post',
    ])
      assert.ok(signed.includes(name), name);
    assert.throws(() => checkDkim(raw.replace('were measured', 'were MEASURED')), /body/);
    assert.throws(() => checkDkim(raw.replace('one-click', 'other')), /signature/);
  });
});

const OUTCOMES: readonly (readonly [
  RelayBehaviour,
  SendResult['kind'],
  string,
  attempts?: number,
])[] = [
  ['unknown_recipient', 'permanent', 'smtp_550'],
  ['refuse_sender', 'retry', 'smtp_550'],
  ['refuse_content', 'retry', 'smtp_554', 3],
  ['drop_in_data', 'retry', ''],
  ['close_at_once', 'retry', ''],
];
for (const [behaviour, kind, reason, attempts] of OUTCOMES) {
  test(`a relay that does ${behaviour}: ${kind} ${reason}, and nothing is delivered twice`, async () => {
    const own = createEmailChannel(makeSettings(), { dkimKey });
    try {
      relay.behave(behaviour);
      const before = relay.allConnections();
      const result = await send(makeMessage(), own);
      // The outbox tries again, and nobody else.
      assert.equal(relay.allConnections() - before, 1);
      assert.equal(result.kind, kind);
      if (result.kind !== 'ok') {
        assert.match(result.reason, /^[a-z0-9_]+$/);
        if (reason !== '') assert.equal(result.reason, reason);
        if (result.kind === 'retry') assert.equal(result.mostAttempts, attempts);
      }
      relay.behave('accept');
      assert.deepEqual(await send(makeMessage(), own), { kind: 'ok' });
      assert.equal(relay.mails.length, 1);
    } finally {
      own.close();
    }
  });
}

test('a relay that cannot be reached: tried again', async () => {
  const free = await startRelay();
  await free.close();
  const smtp = { ...makeSettings().smtp, port: free.port };
  const own = createEmailChannel(makeSettings({ smtp }), {});
  assert.deepEqual(await send(makeMessage(), own), { kind: 'retry', reason: 'esocket' });
  own.close();
});

test('a relay that no longer offers TLS gets nothing', async () => {
  for (const security of ['starttls', 'tls'] as const) {
    const own = createEmailChannel(
      makeSettings({ smtp: { ...makeSettings().smtp, security } }),
      {},
    );
    const result = await send(makeMessage(), own);
    assert.equal(result.kind === 'retry' && result.mostAttempts, undefined);
    assert.equal(result.kind, 'retry');
    own.close();
  }
  assert.equal(relay.mails.length, 0);
});

test('a relay that falls silent is left when the caller says so', async () => {
  const own = createEmailChannel(makeSettings(), { dkimKey });
  try {
    relay.behave('hang_after_data');
    const controller = new AbortController();
    const pending = send(makeMessage(), own, controller.signal);
    setTimeout(() => controller.abort(), 200);
    assert.equal((await pending).kind, 'retry');
  } finally {
    own.close();
  }
});

test('many messages share few connections', async () => {
  const results = await Promise.all(
    Array.from({ length: 40 }, (_, n) => send(makeMessage({ deliveryId: `delivery-${n}` }))),
  );
  assert.ok(results.every(({ kind }) => kind === 'ok'));
  assert.equal(relay.mails.length, 40);
  assert.ok(relay.mails.every(({ to }) => to.length === 1));
  assert.ok(relay.mostConnections() <= 5, String(relay.mostConnections()));
});

const ADDRESSES: readonly (readonly [given: string, address: string | undefined])[] = [
  [' Reader+tag@Example.ORG ', 'Reader+tag@example.org'],
  ['имя@пример.рф', undefined],
  ['reader@пример.рф', 'reader@xn--e1afmkfd.xn--p1ai'],
  ['reader@localhost', undefined],
  ['reader@127.0.0.1', undefined],
  ['reader@[127.0.0.1]', undefined],
  ['a@b@example.org', undefined],
  ['"a b"@example.org', undefined],
  ['Name <reader@example.org>', undefined],
  ['reader@example.org,other@example.org', undefined],
  ['reader@example.org\r\nBcc: x@example.org', undefined],
  ['reader@example.org>', undefined],
  ['.reader@example.org', undefined],
  [`${'a'.repeat(65)}@example.org`, undefined],
  [`reader@${'a.'.repeat(130)}org`, undefined],
  ['', undefined],
];
for (const [given, address] of ADDRESSES)
  test(`as an address ${JSON.stringify(given).slice(0, 50)}: ${address ?? 'no'}`, () => {
    const read = channel.verify(given);
    assert.equal('address' in read ? read.address : undefined, address);
  });

/** Checks the signature as RFC 6376 §3.7 says, relaxed on both sides. Gives the names of the headers that it covers. */
function checkDkim(raw: string): string[] {
  const end = raw.indexOf('\r\n\r\n');
  const fields = raw.slice(0, end).split(/\r\n(?![ \t])/);
  const dkim = fields.find((field) => /^dkim-signature:/i.test(field)) ?? '';
  const tag = (name: string): string =>
    (new RegExp(`[;\\s]${name}=([^;]*)`).exec(dkim.slice(dkim.indexOf(':')))?.[1] ?? '').replaceAll(
      /\s/g,
      '',
    );
  assert.deepEqual(
    [tag('a'), tag('c'), tag('d'), tag('s')],
    ['rsa-sha256', 'relaxed/relaxed', 'example.org', 'reachline'],
  );
  const body = raw
    .slice(end + 4)
    .replaceAll(/[ \t]+/g, ' ')
    .replaceAll(/ \r\n/g, '\r\n')
    .replace(/(\r\n)*$/, '\r\n');
  assert.equal(tag('bh'), createHash('sha256').update(body).digest('base64'), 'body hash');
  const relax = (field: string): string => {
    const at = field.indexOf(':');
    const value = field
      .slice(at + 1)
      .replaceAll(/\r\n/g, '')
      .replaceAll(/[ \t]+/g, ' ')
      .trim();
    return `${field.slice(0, at).trim().toLowerCase()}:${value}`;
  };
  const names = tag('h').toLowerCase().split(':');
  const left = [...fields];
  const signed = names.flatMap((name) => {
    const at = left.findLastIndex((field) => field.toLowerCase().startsWith(`${name}:`));
    return at < 0 ? [] : left.splice(at, 1).map(relax);
  });
  const bare = relax(dkim).replace(/([; ]b=)[^;]*/, '$1');
  const isGood = createVerify('sha256')
    .update([...signed, bare].join('\r\n'))
    .verify(publicKey, tag('b'), 'base64');
  assert.ok(isGood, 'signature');
  return names;
}
