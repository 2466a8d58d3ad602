/** What counts as measured at the time of an event, with a real store. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { INTERVAL_MS, insertRun, makeStore, NOON_MS } from '../../db/testing/fixtures.ts';
import { GENERATED_VANTAGES } from '../../db/testing/generate.ts';
import { addMeasured } from './measured-networks.ts';
import { makeEvent } from './testing/alert-fixtures.ts';

const WINDOW = { intervalMs: INTERVAL_MS, gapRounds: 2 };
const SLOT = 4;

/** A store in which one network is restricted at the slot of the event, before which others were measured or not. */
function measure(t: TestContext, others: (store: ReturnType<typeof makeStore>['store']) => void) {
  const { store } = makeStore(t);
  const [first] = GENERATED_VANTAGES;
  assert.ok(first);
  const late = { ...first, id: 'ru-late-fixed', asn: 64_510, publishDelayMinutes: 60 };
  store.syncVantages([...GENERATED_VANTAGES, late]);
  others(store);
  const atMs = NOON_MS + SLOT * INTERVAL_MS;
  const event = makeEvent({ services: ['facebook'], atMs });
  return addMeasured(event, store, WINDOW).facts;
}

const rows = [
  ['that told something', 'ru-volga-mobile', SLOT, 'ok', 2],
  ['that told something two rounds before', 'ru-volga-mobile', SLOT - 2, 'ok', 2],
  ['that was heard of last long before', 'ru-volga-mobile', SLOT - 4, 'ok', 1],
  ['that was measured only after', 'ru-volga-mobile', SLOT + 1, 'ok', 1],
  ['that was itself cut off', 'ru-ural-fixed', SLOT, 'offline', 1],
  ['of another country', 'ua-dnipro-fixed', SLOT, 'ok', 1],
  ['that publishes late', 'ru-late-fixed', SLOT, 'ok', 1],
] as const;
for (const [what, vantageId, slot, scenario, measured] of rows)
  test(`beside the restricted network, one ${what}: ${measured} measured`, (t) => {
    const facts = measure(t, (store) => insertRun(store, { slot, vantageId, scenario }));
    assert.deepEqual([facts.restricted, facts.measured], [1, measured]);
  });

test('announcements and vantages say nothing of networks', (t) => {
  const { store } = makeStore(t);
  for (const kind of ['announcement', 'vantage'] as const) {
    const event = makeEvent({ subject: { kind, id: 'x' } });
    assert.equal(addMeasured(event, store, WINDOW), event);
  }
});
