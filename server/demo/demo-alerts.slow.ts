/**
 * The story of the demo as its subscribers get it: from verdicts to incidents, events, the outbox, a mail server and a
 * webhook receiver, on a clock that goes through the story. Each event arrives once, and can be read.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, mock, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import PostalMime from 'postal-mime';
import { Webhook } from 'standardwebhooks';
import { Alerts } from '../../config/alerts.ts';
import { loadConfig } from '../../config/load.ts';
import type { StoredAlert } from '../../db/alert-types.ts';
import type { Incident } from '../../db/incident-types.ts';
import { openStore } from '../../db/open.ts';
import type { Attempt, Delivery } from '../../db/subscribers/delivery-log.ts';
import { subscribe } from '../../db/subscribers/testing/subscriber-fixtures.ts';
import { listDemoSlots } from '../../probes/lab/demo-slots.ts';
import { openAlerting } from '../alerts/alerting.ts';
import { toMailTag } from '../alerts/channels/email.ts';
import { createWebhookSecret } from '../alerts/channels/webhook.ts';
import { createTestClock, type TestClock } from '../alerts/testing/alert-fixtures.ts';
import { createBookkeeping } from '../bookkeeping.ts';
import { startMailReceiver } from '../testing/mail-receiver.ts';
import { startReceiver } from '../testing/receiver.ts';
import { DELAYED_VANTAGE, listStorySlots, STORY_VANTAGES } from '../testing/story-runs.ts';

const BUDGET_MS = 90_000;
const MAX_EVENTS = 10_000;
const READERS = { en: 'reader@mail.example', ru: 'chitatel@mail.example' } as const;
/** Books, watch and dispatcher: all of them wait when there is nothing to do. */
const LOOPS = 3;
const SETTLE_MS = 20_000;
/** After its slot: measured, in the books, told to the watch, and past the time in which events are put together. */
const STEPS_MS = [10_000, 16_000, 22_000, 90_000];

type Mail = { readonly tag: string; readonly subject: string; readonly text: string };
type Hook = { readonly id: string; readonly isSigned: boolean; readonly body: string };
type Told = {
  readonly events: readonly StoredAlert[];
  readonly incidents: readonly Incident[];
  readonly deliveries: readonly Delivery[];
  readonly attempts: readonly Attempt[];
  readonly mails: ReadonlyMap<string, readonly Mail[]>;
  readonly hooks: readonly Hook[];
};

async function tellStory(): Promise<Told> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'reachline-story-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const [mail, receiver] = await Promise.all([startMailReceiver(), startReceiver()]);
  stack.defer(mail.close);
  stack.defer(receiver.close);
  const clock = createTestClock((listDemoSlots()[0]?.slotMs ?? 0) - 1);
  const config = { ...loadConfig({ file: CONFIG_FILE }), alerts: makeSettings(mail.port) };
  const store = openStore({ file: join(folder, 'reachline.db'), mode: 'write', clock });
  stack.defer(() => store.close());
  store.syncVantages(STORY_VANTAGES);
  const shared = { store, config, clock, log: () => undefined };
  const alerting = await openAlerting({
    ...shared,
    dataFolder: folder,
    environment: {},
    random: () => 0.5,
  });
  const { watch, subscribers } = alerting;
  assert.ok(subscribers);
  const books = createBookkeeping({
    ...shared,
    graceMs: 0,
    onIncidents: (_, changes) => watch.noteIncidents(changes),
    onLedger: watch.noteLedger,
  });
  stack.defer(alerting.stop);
  stack.defer(books.stop);
  const secret = createWebhookSecret();
  const hooks: Hook[] = [];
  receiver.answer = ({ headers, body }) => {
    hooks.push(readHook(secret, headers, body.toString(), clock));
    return { status: 204 };
  };
  // Before anything is known: the whole story is news.
  await watch.look();
  for (const locale of ['en', 'ru'] as const)
    subscribe(subscribers, READERS[locale], {
      channel: 'email',
      locale,
      timeZone: 'Europe/Moscow',
    });
  subscribe(subscribers, `${receiver.url}/hook`, { secrets: [secret] });
  books.start();
  alerting.start();
  const settled = async (): Promise<void> => {
    const endMs = performance.now() + SETTLE_MS;
    while (clock.sleeping() < LOOPS || (alerting.alertHealth()?.byState.sending ?? 0) > 0) {
      assert.ok(performance.now() < endMs, 'it comes to rest');
      await delay(1);
    }
  };
  // Kept here as it goes, since the outbox forgets what is older than 90 days.
  const deliveries = new Map<string, Delivery>();
  const attempts = new Map<string, Attempt>();
  for (const { slotMs, runs } of listStorySlots(config.services)) {
    clock.set(slotMs);
    store.syncAnnouncements(
      config.announcements.filter((one) => Date.parse(one.announced_at.latest ?? '') <= slotMs),
    );
    for (const { measurement, judgement } of runs) {
      store.insertMeasurement(measurement, judgement);
      books.note(measurement);
    }
    for (const stepMs of STEPS_MS) {
      clock.set(slotMs + stepMs);
      await settled();
    }
    for (const one of subscribers.listDeliveries({ limit: MAX_EVENTS }))
      deliveries.set(one.id, one);
    for (const one of subscribers.listAttempts())
      attempts.set(`${one.messageId} ${one.startedAtMs}`, one);
  }
  return {
    events: store.listAlertsAfter(0, MAX_EVENTS),
    incidents: store.listIncidents(),
    deliveries: [...deliveries.values()],
    attempts: [...attempts.values()],
    mails: Map.groupBy(await Promise.all(mail.mails.map(readMail)), ({ to }) => to),
    hooks,
  };
}

const CONFIG_FILE = join(import.meta.dirname, '../../config/reachline.yaml');

function makeSettings(port: number): Alerts {
  return Alerts.parse({
    enabled: true,
    publicUrl: 'https://reachline.example',
    channels: ['email', 'webhook'],
    allowPrivateTargets: true,
    allowPlainHttp: true,
    email: {
      from: 'alerts@reachline.example',
      smtp: { host: '127.0.0.1', port, security: 'none' },
    },
  });
}

/** Checks the signature as of the instant at which the request came. */
function readHook(
  secret: string,
  headers: IncomingHttpHeaders,
  body: string,
  clock: TestClock,
): Hook {
  const [id, timestamp, signature] = ['id', 'timestamp', 'signature'].map((name) =>
    String(headers[`webhook-${name}`]),
  );
  const signed = {
    'webhook-id': id ?? '',
    'webhook-timestamp': timestamp ?? '',
    'webhook-signature': signature ?? '',
  };
  mock.timers.enable({ apis: ['Date'], now: clock.nowMs() });
  try {
    new Webhook(secret).verify(body, signed);
    return { id: id ?? '', isSigned: true, body };
  } catch {
    return { id: id ?? '', isSigned: false, body };
  } finally {
    mock.timers.reset();
  }
}

async function readMail({
  to,
  raw,
}: {
  readonly to: readonly string[];
  readonly raw: Buffer;
}): Promise<Mail & { readonly to: string }> {
  const { messageId = '', subject = '', text = '' } = await PostalMime.parse(raw);
  return { to: to.join(), tag: messageId.slice(1, messageId.indexOf('@')), subject, text };
}

suite('the story of the demo, told to its subscribers', { timeout: BUDGET_MS }, () => {
  let told: Told;
  before(async () => {
    told = await tellStory();
  });

  test('each event is delivered once to each subscriber, at the first try', () => {
    const { events, deliveries, attempts } = told;
    assert.ok(events.length > 40, `${events.length} events`);
    const ids = events.map(({ id }) => id).toSorted();
    const bySubscriber = Map.groupBy(deliveries, ({ subscriptionId }) => subscriptionId);
    assert.equal(bySubscriber.size, 3);
    for (const own of bySubscriber.values()) {
      assert.deepEqual(own.map(({ eventId }) => eventId).toSorted(), ids);
      assert.ok(own.every(({ state }) => state === 'sent'));
    }
    assert.ok(attempts.every(({ outcome }) => outcome === 'ok'));
    assert.equal(attempts.length, new Set(attempts.map(({ messageId }) => messageId)).size);
  });

  test('each message of the outbox arrives once in its mailbox, and nothing else does', () => {
    const mails = told.deliveries.filter(({ channel }) => channel === 'email');
    const sent = new Set(mails.map(({ messageId }) => toMailTag(messageId ?? '')));
    const arrived = [...told.mails.values()].flat().map(({ tag }) => tag);
    assert.deepEqual(arrived.toSorted(), [...sent].toSorted());
    const [en, ru] = Object.values(READERS).map((address) => told.mails.get(address)?.length);
    assert.ok(en !== undefined && en > 0 && en === ru);
  });

  test('the webhook gets each event in one signed message', () => {
    assert.ok(told.hooks.every(({ isSigned }) => isSigned));
    const ids = told.hooks.flatMap(({ body }) => {
      const { data } = JSON.parse(body) as { data: { events: readonly { id: string }[] } };
      return data.events.map(({ id }) => id);
    });
    assert.deepEqual(ids.toSorted(), told.events.map(({ id }) => id).toSorted());
  });

  test('each incident is told to have begun, and to have ended when it has', () => {
    const subjects = (kind: StoredAlert['kind']): string[] =>
      told.events.filter((one) => one.kind === kind).map(({ subject }) => subject.id);
    const { incidents } = told;
    assert.equal(incidents.length, 3);
    assert.deepEqual(
      subjects('incident_opened').toSorted(),
      incidents.map(({ id }) => id).toSorted(),
    );
    const ended = incidents.filter(({ end }) => end !== undefined).map(({ id }) => id);
    assert.deepEqual(subjects('incident_closed').toSorted(), ended.toSorted());
  });

  test('a network that is free again is told, and told when it is not', () => {
    const counts = told.events
      .filter(
        ({ kind, subject }) => kind === 'scope_changed' && subject.id.startsWith('facebook-ru'),
      )
      .map(({ atMs, facts }) => [new Date(atMs).toISOString().slice(0, 10), facts.restricted]);
    assert.deepEqual(counts.slice(-2), [
      ['2022-03-20', 3],
      ['2022-03-21', 4],
    ]);
  });

  test('nothing is told of a vantage whose data are delayed', () => {
    const { id, asn, networkName } = DELAYED_VANTAGE;
    const texts = [
      ...[...told.mails.values()].flat().map(({ subject, text }) => `${subject}\n${text}`),
      ...told.hooks.map(({ body }) => body),
      ...told.events.map((event) => JSON.stringify(event)),
    ];
    for (const word of [id, String(asn), networkName])
      assert.ok(!texts.some((text) => text.includes(word)), word);
  });

  test('every message can be read, says something new, and leads somewhere', () => {
    for (const [address, mails] of told.mails) {
      for (const [index, { subject, text }] of mails.entries()) {
        assert.ok(subject.length > 10 && subject.length <= 200, subject);
        assert.doesNotMatch(`${subject}\n${text}`, /undefined|NaN|Invalid Date|null|[{}]|alert\./);
        assert.match(text, /https:\/\/reachline\.example\/(en|ru)\/[ai]\/\S+/);
        assert.notEqual(`${subject}\n${text}`, mailText(mails[index - 1]), 'the same again');
      }
      if (address === READERS.ru)
        assert.ok(mails.every(({ subject }) => /^[А-Яа-я\d]/.test(subject)));
    }
  });
});

function mailText(mail: Mail | undefined): string | undefined {
  return mail && `${mail.subject}\n${mail.text}`;
}
