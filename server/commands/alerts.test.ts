/** `reachline alerts`: shows and replays deliveries, and never an address. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openSubscribers, subscriberFiles } from '../../db/subscribers/open.ts';
import { subscribe, TEST_KEY } from '../../db/subscribers/testing/subscriber-fixtures.ts';
import { makeFolder } from '../../db/testing/fixtures.ts';
import { systemClock } from '../../probes/clock.ts';
import { createEventShelf, makeEvent } from '../alerts/testing/alert-fixtures.ts';
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

async function run(dataFolder: string, ...argv: string[]) {
  let text = '';
  const code = await runAlerts({
    settings: {
      port: 0,
      host: '127.0.0.1',
      dataFolder,
      configFile: join(import.meta.dirname, '..', '..', 'config', 'reachline.yaml'),
      ownAddresses: [],
      rest: [],
    },
    argv,
    environment: { REACHLINE_SUBSCRIBER_KEY: Buffer.from(TEST_KEY).toString('base64') },
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

const wrong = [['replay'], ['replay', 'x', '--all'], ['test'], ['list', '--state', 'lost'], ['x']];
for (const argv of wrong)
  test(`alerts ${argv.join(' ')} is told how to be written`, async (t) => {
    assert.equal((await run(makeData(t).dataFolder, ...argv)).code, 64);
  });

test('where nobody subscribed nothing is made', async (t) => {
  const { code, text } = await run(makeFolder(t), 'list');
  assert.equal(code, 0);
  assert.match(text, /Nobody/);
});
