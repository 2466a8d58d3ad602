/** `reachline alerts`: shows and replays deliveries, and never an address. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, type TestContext, test } from 'node:test';
import { KIND_GROUP_NAMES } from '../../dashboard/alert-choices.ts';
import { openSubscribers, subscriberFiles } from '../../db/subscribers/open.ts';
import { SUBSCRIPTION_MODES } from '../../db/subscribers/subscription-types.ts';
import { subscribe, TEST_KEY } from '../../db/subscribers/testing/subscriber-fixtures.ts';
import { makeFolder } from '../../db/testing/fixtures.ts';
import { systemClock } from '../../probes/clock.ts';
import { createEventShelf, makeEvent } from '../alerts/testing/alert-fixtures.ts';
import { type Receiver, startReceiver } from '../testing/receiver.ts';
import { runAlerts } from './alerts.ts';

const MARKER = 'marker-7d20';

/** A folder with one delivery that is dead. */
function makeData(t: TestContext) {
  const dataFolder = makeFolder(t);
  const { file } = subscriberFiles(dataFolder);
  const open = () => openSubscribers({ file, key: TEST_KEY, clock: systemClock });
  using subscribers = open();
  subscribers.readCursor(0);
  subscribe(subscribers, `https://${MARKER}.example/`);
  const shelf = createEventShelf();
  shelf.add(makeEvent());
  for (const event of shelf.listAlertsAfter(0, 1))
    subscribers.enqueuePiece(event, () => ({ state: 'queued', dueMs: 0, groupKey: 'incident:i' }));
  const [claimed] = subscribers.claim('webhook', 1);
  assert.ok(claimed);
  subscribers.settle(
    [{ attempt: claimed.attempt, end: { kind: 'permanent', reason: 'gone' } }],
    () => 0,
  );
  subscribers.enable(claimed.subscriptionId);
  return { dataFolder, open, deliveryId: claimed.messageId };
}

const CONFIG_FOLDER = join(import.meta.dirname, '..', '..', 'config');

/** A configuration with messages switched on, beside the other files of the default one. */
function writeConfig(dataFolder: string, alerts: string): string {
  const text = readFileSync(join(CONFIG_FOLDER, 'reachline.yaml'), 'utf8');
  const file = join(dataFolder, 'reachline.yaml');
  const [before = '', after = ''] = text.split(/^alerts:$[\s\S]*?(?=^\w)/m);
  for (const [, name = ''] of after.matchAll(/^\w+File: (\S+)$/gm))
    copyFileSync(join(CONFIG_FOLDER, name), join(dataFolder, name));
  writeFileSync(file, `${before}alerts:\n  enabled: true\n${alerts}\n${after}`);
  return file;
}

async function run(dataFolder: string, ...argv: string[]) {
  return runWith(join(CONFIG_FOLDER, 'reachline.yaml'), dataFolder, ...argv);
}

async function runWith(configFile: string, dataFolder: string, ...argv: string[]) {
  let text = '';
  const code = await runAlerts({
    settings: { port: 0, host: '127.0.0.1', dataFolder, configFile, ownAddresses: [], rest: [] },
    argv,
    environment: {
      REACHLINE_SUBSCRIBER_KEY: Buffer.from(TEST_KEY).toString('base64'),
      BOT: '1:operator',
    },
    log: () => undefined,
    signal: new AbortController().signal,
    print: (more) => {
      text += more;
    },
  });
  return { code, text };
}

test('dead deliveries are listed with why, and without where to; replayed, they wait again', async (t) => {
  const { dataFolder, open, deliveryId } = makeData(t);
  for (const argv of [['list'], ['list', '--state', 'dead'], ['list', '--json']]) {
    const { code, text } = await run(dataFolder, ...argv);
    assert.equal(code, 0);
    assert.match(text, /gone/);
    assert.ok(text.includes(deliveryId) && !text.includes(MARKER));
  }
  assert.equal((await run(dataFolder, 'replay', 'another')).code, 1);
  assert.equal((await run(dataFolder, 'replay', deliveryId)).code, 0);
  using subscribers = open();
  assert.equal(subscribers.listDeliveries({ limit: 1 })[0]?.state, 'queued');
});

test('targets that are gone are listed with why and since when, and switched on again', async (t) => {
  const { dataFolder, open } = makeData(t);
  const find = () => {
    using subscribers = open();
    return subscribers.list(1)[0];
  };
  const id = find()?.id ?? '';
  {
    using subscribers = open();
    subscribers.disable(id, 'http_410');
  }
  const { text } = await run(dataFolder, 'list');
  assert.match(
    text,
    new RegExp(`${id} webhook  since 20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d \\(http_410\\)`),
  );
  assert.match(
    (await run(dataFolder, 'subscriptions')).text,
    /disabled \(http_410\) en immediate\n {2}all services/,
  );
  assert.ok(!(await run(dataFolder, 'subscriptions', '--json')).text.includes(MARKER));
  assert.deepEqual(
    [(await run(dataFolder, 'retry', id)).code, (await run(dataFolder, 'retry', id)).code],
    [0, 1],
  );
  assert.equal(find()?.state, 'active');
  assert.deepEqual(
    [(await run(dataFolder, 'end', id)).code, (await run(dataFolder, 'end', id)).code],
    [0, 1],
  );
  assert.equal(find(), undefined);
});

suite('adding', () => {
  let receiver: Receiver;
  before(async () => {
    receiver = await startReceiver();
  });
  after(() => receiver.close());
  const configure = (dataFolder: string) =>
    writeConfig(
      dataFolder,
      `  publicUrl: https://reachline.example
  channels: [email, webhook, ntfy, telegram]
  email: { from: alerts@example.org, smtp: { host: smtp.example.org, port: 465, passwordVariable: MISSING, username: x } }
  telegram: { url: "${receiver.url}", tokenVariable: BOT }`,
    );

  test('a channel of the operator’s account, with a test message first', async (t) => {
    const dataFolder = makeFolder(t);
    const config = configure(dataFolder);
    const add = ['add', '--channel', 'telegram', '--to', '@my_channel', '--test'];
    receiver.answer = () => ({ status: 400, body: '{"ok":false,"description":"chat not found"}' });
    const refused = await runWith(config, dataFolder, ...add);
    assert.equal(refused.code, 1);
    assert.match(refused.text, /Not stored: .*chat_gone/);
    assert.match((await runWith(config, dataFolder, 'subscriptions')).text, /Nobody/);
    receiver.answer = () => ({ status: 200, body: '{"ok":true}' });
    const wish = [
      '--service',
      'facebook,whatsapp',
      '--country',
      'RU',
      '--kind',
      'restriction,return',
    ];
    const more = [
      '--severity',
      'major',
      '--lang',
      'ru',
      '--mode',
      'daily',
      '--tz',
      'Europe/Moscow',
    ];
    const { code, text } = await runWith(config, dataFolder, ...add, ...wish, ...more);
    assert.equal(code, 0, text);
    assert.match(text, /You will get a message in Russian, once a day, when a service is blocked/);
    assert.match(String(receiver.requests.at(-1)?.body), /Это проверка/);
    const { file } = subscriberFiles(dataFolder);
    using subscribers = openSubscribers({ file, key: TEST_KEY, clock: systemClock });
    const [, token = ''] = /https:\/\/reachline\.example\/alerts\/s\/(\S+)/.exec(text) ?? [];
    const found = subscribers.findByToken(token);
    assert.deepEqual(
      [
        found?.state,
        found?.channel,
        found?.filter.services,
        found?.filter.minSeverity,
        found?.mode,
      ],
      ['active', 'telegram', ['facebook', 'whatsapp'], 'major', 'daily'],
    );
    assert.ok(!(await runWith(config, dataFolder, 'subscriptions')).text.includes('my_channel'));
  });

  test('a webhook gets a secret', async (t) => {
    const dataFolder = makeFolder(t);
    const argv = ['add', '--channel', 'webhook', '--to', 'https://receiver.example/hook'];
    const { code, text } = await runWith(configure(dataFolder), dataFolder, ...argv);
    assert.equal(code, 0);
    assert.match(text, /Secret: whsec_/);
  });

  const problems = [
    [[], /--channel: it is missing[\s\S]*--to: it is missing/],
    [
      ['--channel', 'fax', '--to', 'x'],
      /--channel: `fax` is not switched on\. Write one of: webhook, ntfy, telegram/,
    ],
    [['--channel', 'email', '--to', 'a@example.org'], /`email` lacks the variable MISSING/],
    [['--channel', 'ntfy', '--to', 'ntfy'], /--to: This is not a web address/],
    [['--channel', 'ntfy', '--to', 'https://10.0.0.1/t'], /--to: .*private network/],
    [
      ['--channel', 'telegram', '--to', '@my_channel', '--service', 'x', '--quiet-from', '25:00'],
      /--quiet-until: it is missing[\s\S]*--service: `x` is no service[\s\S]*--quiet-from: `25:00` is no time of day/,
    ],
    [
      ['--channel', 'telegram', '--to', '@my_channel', '--token-variable', 'NOTHING'],
      /NOTHING is empty/,
    ],
  ] as const;
  for (const [argv, said] of problems)
    test(`add ${argv.join(' ')}: every problem at once, and nothing stored`, async (t) => {
      const dataFolder = makeFolder(t);
      const { code, text } = await runWith(configure(dataFolder), dataFolder, 'add', ...argv);
      assert.equal(code, 64);
      assert.match(text, said);
      assert.ok(!existsSync(subscriberFiles(dataFolder).file));
    });

  test('where messages are switched off it is said how they are switched on', async (t) => {
    const { code, text } = await run(makeFolder(t), 'add', '--channel', 'webhook', '--to', 'x');
    assert.equal(code, 64);
    assert.match(text, /enabled: true/);
  });
});

test('help names every verb', async (t) => {
  const { code, text } = await run(makeFolder(t), '--help');
  assert.equal(code, 0);
  for (const verb of ['list', 'subscriptions', 'replay', 'retry', 'test', 'end', 'add', 'bounce'])
    assert.match(text, new RegExp(`^ {2}${verb} `, 'm'));
  for (const group of KIND_GROUP_NAMES) assert.ok(text.includes(group), group);
  for (const mode of SUBSCRIPTION_MODES) assert.ok(text.includes(mode), mode);
});

const wrong = [
  [[], /^Say what to do: list/],
  [['replay'], /needs --all, or the id of a delivery/],
  [['replay', 'x', '--all'], /^Unexpected argument `x`/],
  [['test'], /`alerts test` needs the id of a subscription/],
  [['list', '--state', 'lost'], /--state is one of/],
  [['list', '--limit', 'many'], /--limit takes a number/],
  [['x'], /^No verb `x`/],
  [['constructor'], /^No verb `constructor`/],
] as const;
for (const [argv, said] of wrong)
  test(`alerts ${argv.join(' ')} is told in one line what is wrong`, async (t) => {
    const { code, text } = await run(makeData(t).dataFolder, ...argv);
    assert.equal(code, 64);
    assert.match(text, said);
    assert.equal(text.split('\n').length, 2);
  });

test('where nobody subscribed nothing is made', async (t) => {
  const { code, text } = await run(makeFolder(t), 'list');
  assert.equal(code, 0);
  assert.match(text, /Nobody/);
});
