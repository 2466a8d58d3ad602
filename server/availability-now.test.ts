/** What is read of a store for the answer, and when it is read again. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createAvailabilityNow } from './availability-now.ts';
import { createPublicStore } from './public-store.ts';
import { openKeptSample } from './testing/kept-books.ts';
import {
  createSample,
  SAMPLE_INTERVAL_MS,
  SAMPLE_START_MS,
  SAMPLE_VANTAGES,
} from './testing/sample.ts';
import { createFixedClock, createOverride, type SampleApp } from './testing/sample-app.ts';

const SLOTS = 12;
const END_MS = SAMPLE_START_MS + SLOTS * SAMPLE_INTERVAL_MS;
const DAY_MS = 86_400_000;

suite('what is blocked now', () => {
  let sample: SampleApp;
  before(async () => {
    sample = await openKeptSample({ slots: SLOTS });
  });
  after(() => sample.close());

  const at = (nowMs: number) => {
    const { store, config } = sample;
    return createAvailabilityNow({ store, config, clock: createFixedClock(nowMs) });
  };

  const rows = [
    { name: 'blocked on both', service: 'facebook', countryCode: 'RU', expected: 'yes 2/0/0/0' },
    { name: 'open on both', service: 'instagram', countryCode: 'RU', expected: 'no 0/0/2/0' },
    {
      name: 'one network',
      service: 'facebook',
      countryCode: 'UA',
      expected: 'cannot_tell 0/0/1/0 few_networks',
    },
    {
      name: 'silent',
      service: 'facebook',
      countryCode: 'PL',
      expected: 'cannot_tell 0/0/0/1 no_recent_data',
    },
    {
      name: 'no vantage',
      service: 'facebook',
      countryCode: 'BY',
      expected: 'cannot_tell 0/0/0/0 nothing_measured',
    },
    {
      name: 'a year later',
      service: 'facebook',
      countryCode: 'RU',
      laterMs: 365 * DAY_MS,
      expected: 'cannot_tell 0/0/0/2 no_recent_data',
    },
  ] as const;
  for (const { name, service, countryCode, expected, ...row } of rows)
    test(name, () => {
      const found = at(END_MS + ('laterMs' in row ? row.laterMs : 0)).find(service, countryCode);
      const { answer, blocked, partly, reachable, cannotTell, reason } = found;
      const counts = `${answer} ${blocked}/${partly}/${reachable}/${cannotTell}`;
      assert.equal(reason ? `${counts} ${reason.kind}` : counts, expected);
    });

  test('old data keep their age, and name the run', () => {
    const { networks, reason } = at(END_MS + 365 * DAY_MS).find('facebook', 'RU');
    const lastMs = END_MS - SAMPLE_INTERVAL_MS;
    assert.deepEqual(reason, { kind: 'no_recent_data', networks: 2, lastToldMs: lastMs });
    assert.deepEqual(
      networks.map(({ lastToldId }) => lastToldId),
      ['facebook.ru-taiga-mobile.20220304T110000Z', 'facebook.ru-volga-fixed.20220304T110000Z'],
    );
  });

  test('every service in every country that has a vantage, none of controls', () => {
    const places = at(END_MS)
      .list()
      .map(({ service, countryCode }) => `${service} ${countryCode}`);
    assert.equal(places.length, 3 * 3);
    assert.ok(!places.some((place) => place.endsWith('DE')));
  });

  test('is made again when the data change, and when a minute is over', () => {
    const { store, config } = sample;
    let reads = 0;
    let nowMs = END_MS;
    const counting = createOverride(store, {
      listLanes: (query) => {
        reads += 1;
        return store.listLanes(query);
      },
    });
    const now = createAvailabilityNow({ store: counting, config, clock: { nowMs: () => nowMs } });
    for (const [name, change, expected] of [
      ['first', () => undefined, 1],
      ['again', () => undefined, 1],
      ['a minute on', () => (nowMs += 60_000), 2],
      ['a new run', () => insertRun('whatsapp'), 3],
    ] as const) {
      change();
      now.find('facebook', 'RU');
      now.list();
      assert.equal(reads, expected, name);
    }
  });

  function insertRun(service: string): void {
    const one = createSample({
      service,
      vantageId: 'ua-dnipro-fixed',
      slotMs: END_MS,
      verdict: 'ok',
    });
    sample.store.insertMeasurement(one.measurement, one.judgement);
  }

  test('a vantage that publishes late has no part in it', () => {
    const { store, config } = sample;
    store.syncVantages(
      SAMPLE_VANTAGES.map((vantage) =>
        vantage.id === 'ru-taiga-mobile' ? { ...vantage, publishDelayMinutes: 30 } : vantage,
      ),
    );
    const clock = createFixedClock(END_MS);
    const shown = createPublicStore(store, clock, SAMPLE_INTERVAL_MS);
    const { networks } = createAvailabilityNow({ store: shown, config, clock }).find(
      'facebook',
      'RU',
    );
    assert.deepEqual(
      networks.map(({ networkName }) => networkName),
      ['Volga Fixed'],
    );
    store.syncVantages(SAMPLE_VANTAGES);
  });
});
