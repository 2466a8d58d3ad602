/**
 * The messages of the demo, through its real mail server and webhook receiver: who gets what, that nothing goes beyond
 * loopback, what its pages show, and that a difference is found.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Hono } from 'hono';
import { loadConfig } from '../../config/load.ts';
import type { AlertEvent } from '../../db/alert-types.ts';
import { openStore } from '../../db/open.ts';
import type { Store } from '../../db/store.ts';
import { EVERYTHING, subscribe } from '../../db/subscribers/testing/subscriber-fixtures.ts';
import { createVirtualClock, type VirtualClock } from '../../probes/lab/virtual-clock.ts';
import { createApp } from '../app.ts';
import { DEMO_ROUTES } from '../demo-routes.ts';
import { makeAlert, OPENED_MS } from '../testing/sample-alerts.ts';
import { type DemoDelivery, openDelivery } from './delivery.ts';
import { isSignedBy } from './hook-receiver.ts';
import { openMailbox } from './mailbox.ts';
import { compareDelivery, isWanted } from './verify-delivery.ts';

const CONFIG_FILE = join(import.meta.dirname, '../../config/reachline.yaml');
const URL_OF_DEMO = 'http://127.0.0.1:18080';
const INFO = { version: '0.0.0', isSimulated: true, startedAtMs: OPENED_MS };

/** An opened restriction of a service in a country. */
function opened(service: string, countryCode: string, knownMs: number): AlertEvent {
  const id = `${service}-${countryCode.toLowerCase()}`;
  return makeAlert({
    id: `${id}/opened`,
    services: [service],
    countryCodes: [countryCode],
    knownMs,
    subject: { kind: 'incident', id },
  });
}

const EVENTS = [
  opened('instagram', 'RU', OPENED_MS),
  opened('facebook', 'RU', OPENED_MS),
  opened('whatsapp', 'UA', OPENED_MS),
];

suite('messages of the demo', () => {
  let folder: string;
  let clock: VirtualClock;
  let store: Store;
  let delivery: DemoDelivery;
  let app: Hono;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'reachline-mailbox-'));
    clock = createVirtualClock(OPENED_MS);
    const config = loadConfig({ file: CONFIG_FILE });
    store = openStore({ file: join(folder, 'reachline.db'), mode: 'write', clock });
    const log = () => undefined;
    delivery = await openDelivery({ store, config, clock, log, folder, publicUrl: URL_OF_DEMO });
    await delivery.alerting.watch.look();
    delivery.alerting.startSending();
    store.insertAlerts(EVENTS.map((event) => ({ event, isHistory: false })));
    await delivery.tell();
    const { config: shown, desk, mailbox } = delivery;
    app = createApp({ store, config: shown, clock, info: INFO, alerts: desk, mailbox });
  });
  after(async () => {
    await delivery[Symbol.asyncDispose]();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const numbersOf = (owner: string): number[] =>
    delivery.mailbox
      .items()
      .filter((item) => item.owner === owner)
      .map(({ number }) => number);
  const compare = (change: Partial<Parameters<typeof compareDelivery>[0]> = {}) =>
    compareDelivery({
      record: delivery.record(),
      items: delivery.mailbox.items(),
      incidents: [],
      ...change,
    });
  async function get(path: string): Promise<{ status: number; text: string; headers: Headers }> {
    const response = await app.request(path);
    return { status: response.status, text: await response.text(), headers: response.headers };
  }

  test('each reader gets what was asked for, once, and nothing differs', () => {
    const counts = ['en', 'ru', 'uk', 'webhook', 'others'].map((one) => numbersOf(one).length);
    assert.deepEqual(counts, [3, 2, 2, 3, 0]);
    const { lines } = compare();
    assert.deepEqual(
      lines.filter(({ isRight }) => !isRight),
      [],
    );
  });

  const WRONGS = [
    ['one is missing', (items: readonly unknown[]) => items.slice(1), /was not told|arrived/],
    ['one came twice', (items: readonly unknown[]) => [...items, items[0]], /was told 2 times/],
  ] as const;
  for (const [what, change, words] of WRONGS)
    test(`a difference is found: ${what}`, () => {
      const items = change(delivery.mailbox.items()) as ReturnType<typeof delivery.mailbox.items>;
      const wrong = compare({ items }).lines.filter(({ isRight }) => !isRight);
      assert.ok(
        wrong.some(({ text }) => words.test(text)),
        JSON.stringify(wrong),
      );
    });

  test('a difference is found: a signature that is wrong, and one who did not ask', () => {
    const all = delivery.mailbox.items();
    const [first] = all;
    assert.ok(first);
    const unsigned = all.map((item) =>
      item.isSigned === undefined ? item : { ...item, isSigned: false },
    );
    const texts = (items: typeof all): string =>
      compare({ items })
        .lines.filter(({ isRight }) => !isRight)
        .map(({ text }) => text)
        .join('\n');
    assert.match(texts(unsigned), /webhook: request \d+ is not signed/);
    assert.match(texts([...all, { ...first, owner: 'others' }]), /messages to anybody else: 1/);
    const moved = all.map((item) =>
      item.owner === 'webhook' ? { ...item, owner: 'ru' as const } : item,
    );
    assert.match(texts(moved), /ru: whatsapp-ua\/opened was told and not asked for/);
  });

  test('a message has the time of the story, its delivery and one press to end it', async () => {
    const [number = 0] = numbersOf('en');
    const opened = await delivery.mailbox.open(number);
    const headers = new Map(opened?.headers);
    assert.match(headers.get('Date') ?? '', /^Sun, 13 Mar 2022 21:06:\d\d \+0000$/);
    assert.match(
      headers.get('List-Unsubscribe') ?? '',
      /^<http:\/\/127\.0\.0\.1:18080\/\S+\/one-click>$/,
    );
    assert.equal(headers.get('List-Unsubscribe-Post'), 'List-Unsubscribe=One-Click');
    const { deliveries } = delivery.record();
    assert.ok(deliveries.some(({ messageId }) => messageId === opened?.item.deliveryId));
    assert.ok(Math.abs((opened?.item.receivedAtMs ?? 0) - clock.nowMs()) < 60_000);
  });

  test('the pages show the list in both orders, a message, and its file', async () => {
    const [first = 0] = numbersOf('en');
    const newest = await get('/en/demo/mailbox?box=en');
    const story = await get('/en/demo/mailbox?box=en&order=story');
    const order = ({ text }: { text: string }): string[] =>
      [...text.matchAll(/href="\/en\/demo\/mailbox\/(\d+)"/g)].map(([, one = '']) => one);
    assert.deepEqual(order(newest), order(story).toReversed());
    assert.equal(order(story)[0], String(first));
    const page = await get(`/ru/demo/mailbox/${first}`);
    assert.match(page.text, /<a href="\/en\/i\/[a-z-]+">http:\/\/127\.0\.0\.1:18080\/en\/i\//);
    assert.match(page.text, /List-Unsubscribe-Post/);
    assert.equal(page.headers.get('cache-control'), 'no-store');
    const file = await get(`/demo/mailbox/${first}/raw`);
    assert.equal(file.headers.get('content-type'), 'message/rfc822');
    assert.match(file.text, /^Return-Path: <alerts\+[0-9a-f]+@reachline\.example>\r\n/);
    const [hook = 0] = numbersOf('webhook');
    assert.match((await get(`/en/demo/mailbox/${hook}`)).text, /HMAC-SHA256/);
    for (const [path, status] of [
      ['/demo/mailbox/0', 404],
      ['/demo/mailbox/999', 404],
      ['/demo/mailbox/999/raw', 404],
      ['/demo/mailbox?page=2', 404],
      ['/demo/mailbox?box=all', 422],
    ] as const)
      assert.equal((await get(path)).status, status, path);
  });

  test('every page of the demo leads to it, and no other server has it', async () => {
    const path = /href="\/uk\/demo\/mailbox"/;
    for (const page of ['/uk', '/uk/alerts', '/uk/incidents'])
      assert.match((await get(page)).text, path, page);
    const other = createApp({ store, config: delivery.config, clock, info: INFO });
    for (const route of DEMO_ROUTES) {
      const response = await other.request(route.path.replace(':id', '1'));
      assert.equal(response.status, 404, route.path);
    }
    const page = await (await other.request('/uk/alerts')).text();
    assert.doesNotMatch(page, path);
  });

  test('links of a message lead to pages, and the pressed one ends the subscription', async () => {
    const [, number = 0] = numbersOf('uk');
    const { text = '' } = (await delivery.mailbox.open(number)) ?? {};
    const links = text.match(/http:\/\/127\.0\.0\.1:18080\S+/g) ?? [];
    const manage = links.find((one) => one.includes('/alerts/s/') && !one.endsWith('/stop'));
    assert.equal((await app.request(manage ?? '')).status, 200);
    const ended = await app.request(`${manage}/one-click`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'List-Unsubscribe=One-Click',
    });
    assert.equal(ended.status, 200);
    assert.equal((await app.request(manage ?? '')).status, 404);
  });

  test('visitors are offered e-mail alone, and nothing is sent beyond this machine', async () => {
    const { subscribers } = delivery.alerting;
    assert.ok(subscribers);
    assert.deepEqual([...delivery.desk.channels.keys()], ['email']);
    // Documentation addresses of RFC 5737: whoever dialled them would wait and time out.
    const ids = ['http://192.0.2.1:8080/hook', 'http://reachline.example/hook'].map((address) =>
      subscribe(subscribers, address, { secrets: [`whsec_${'a'.repeat(44)}`] }),
    );
    const event = opened('facebook', 'DE', clock.nowMs());
    store.insertAlerts([{ event, isHistory: false }]);
    await delivery.tell();
    const own = delivery
      .record()
      .deliveries.filter(({ subscriptionId }) => ids.includes(subscriptionId));
    assert.deepEqual(
      own.map(({ state, attempts }) => [state, attempts]),
      [
        ['failed', 1],
        ['failed', 1],
      ],
    );
  });

  test('a request with another signature is refused and kept as such', async () => {
    const { to = '' } = delivery.mailbox.items().find(({ owner }) => owner === 'webhook') ?? {};
    const headers = { 'webhook-id': 'x', 'webhook-timestamp': '1', 'webhook-signature': 'v1,eA==' };
    const response = await fetch(to, { method: 'POST', headers, body: '{' });
    assert.equal(response.status, 401);
    const [newest] = delivery.mailbox.items().slice(-1);
    assert.deepEqual([newest?.isSigned, newest?.subject], [false, '']);
    const page = await get(`/en/demo/mailbox/${newest?.number}`);
    assert.match(page.text, /the receiver refused it/);
  });

  test('the mailbox is the same after a start', async () => {
    const again = await openMailbox(join(folder, 'mailbox'), clock);
    assert.deepEqual(again.items(), delivery.mailbox.items());
  });
});

suite('signatures', () => {
  // Made with the reference library of the standard: standardwebhooks 1.1.1.
  const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const NOW_MS = 1_614_265_330_000;
  const signed = {
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: '{"test": 2432232314}',
  };
  const ROWS = [
    ['as it was signed', signed, [SECRET], NOW_MS, true],
    ['the older of two secrets', signed, [`whsec_${'b'.repeat(32)}`, SECRET], NOW_MS, true],
    ['another body', { ...signed, body: '{}' }, [SECRET], NOW_MS, false],
    ['another secret', signed, [`whsec_${'b'.repeat(32)}`], NOW_MS, false],
    ['no secret', signed, [], NOW_MS, false],
    ['played back six minutes later', signed, [SECRET], NOW_MS + 360_000, false],
    ['no headers', { ...signed, headers: {} }, [SECRET], NOW_MS, false],
  ] as const;
  for (const [what, request, secrets, nowMs, isRight] of ROWS)
    test(`${what}: ${isRight ? 'right' : 'wrong'}`, () =>
      assert.equal(isSignedBy(request, secrets, nowMs), isRight));
});

test('a choice holds an event as the outbox does: empty lists stand for all', () => {
  const event = makeAlert();
  const rows = [
    [{}, event, true],
    [{ services: ['facebook'] }, event, false],
    [{ services: ['facebook'] }, { ...event, services: [] }, true],
    [{ countryCodes: ['UA'] }, event, false],
    [{ countryCodes: ['UA', 'RU'] }, event, true],
    [{ asns: [1] }, event, false],
    [{ kinds: ['incident_closed'] }, event, false],
    [{ minSeverity: 'major' }, { ...event, severity: 'minor' }, false],
  ] as const;
  for (const [change, one, isRight] of rows)
    assert.equal(isWanted(one, { ...EVERYTHING, ...change }), isRight, JSON.stringify(change));
});
