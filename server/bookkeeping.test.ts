/** From stored runs to incidents and ledger: derived, stored, kept up, and without what may not be shown yet. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadConfig } from '../config/load.ts';
import {
  createHandClock,
  INTERVAL_MS,
  insertRun,
  makeStore,
  NOON_MS,
} from '../db/testing/fixtures.ts';
import { createBookkeeping } from './bookkeeping.ts';
import { rebuildLedger } from './ledger-build.ts';

const config = loadConfig({ file: join(import.meta.dirname, '..', 'config', 'reachline.yaml') });
const HERE = 'ru-volga-fixed';
const CONTROL = 'pl-vistula-fixed';

/** Six good rounds, then six in which every handshake is reset; fine elsewhere. */
function makeBooks(t: TestContext) {
  const { store } = makeStore(t);
  const clock = createHandClock(NOON_MS + 86_400_000);
  store.syncAnnouncements(config.announcements);
  for (let slot = 0; slot < 12; slot += 1) {
    insertRun(store, { slot, vantageId: HERE, scenario: slot < 6 ? 'ok' : 'reset' });
    insertRun(store, { slot, vantageId: CONTROL });
  }
  const lines: string[] = [];
  const books = createBookkeeping({
    store,
    config,
    clock: { ...clock, monotonicMs: clock.nowMs, sleep: () => Promise.resolve() },
    log: (_level, event) => void lines.push(event),
    graceMs: 0,
  });
  return { store, books, lines, clock };
}

test('a restriction becomes an incident, and the ledger says what announcements have to do with it', async (t) => {
  const { store, books, lines } = makeBooks(t);
  await books.rebuild('at the start');
  const [incident, ...others] = store.listIncidents();
  assert.deepEqual(others, []);
  assert.equal(incident?.countryCode, 'RU');
  assert.equal(incident?.onset.afterMs, NOON_MS + 5 * INTERVAL_MS);
  assert.equal(incident?.onset.byMs, NOON_MS + 6 * INTERVAL_MS);
  const ledger = store.getLedger();
  assert.ok(ledger);
  assert.ok(ledger.content.groups.length > 0);
  assert.ok(lines.includes('ledger'));
});

test('what is built again of the same adds no revision', async (t) => {
  const { store, books } = makeBooks(t);
  await books.rebuild('at the start');
  const before = store.listLedgerRevisions({ limit: 9 }).length;
  await books.rebuild('again');
  assert.equal(store.listLedgerRevisions({ limit: 9 }).length, before);
  assert.equal(store.listIncidents().length, 1);
});

test('a restriction that goes on adds no revision, one that begins elsewhere does', async (t) => {
  const { store, books } = makeBooks(t);
  const other = 'ru-ural-fixed';
  const measure = (slots: readonly number[], scenario: 'ok' | 'reset') => {
    for (const slot of slots) {
      insertRun(store, { slot, vantageId: HERE, scenario: 'reset' });
      insertRun(store, { slot, vantageId: other, scenario });
      insertRun(store, { slot, vantageId: CONTROL });
    }
  };
  measure([12, 13, 14], 'ok');
  await books.rebuild('at the start');
  const newestBad = () => store.listIncidents()[0]?.episodes[0]?.evidence.lastBadId;
  const [ledger, before] = [store.getLedger(), newestBad()];
  assert.ok(ledger && before);
  assert.match(JSON.stringify(ledger.content), /"firstBadId"/);
  assert.doesNotMatch(JSON.stringify(ledger.content), /"lastBadId"/);
  measure([15, 16, 17], 'ok');
  await books.rebuild('three rounds later');
  assert.notEqual(newestBad(), before);
  assert.deepEqual(await rebuildLedger({ store, config }), { revision: 1, isNew: false });
  assert.deepEqual(store.getLedger(), ledger);
  measure([18, 19, 20, 21], 'reset');
  await books.rebuild('it began elsewhere');
  assert.equal(store.getLedger()?.revision, 2);
});

test('a vantage with a publication delay leaves no trace in incidents', async (t) => {
  const { store, books } = makeBooks(t);
  const here = store.listVantages().find(({ id }) => id === HERE);
  assert.ok(here);
  const { lastMeasuredMs: _, ...vantage } = here;
  store.syncVantages([{ ...vantage, publishDelayMinutes: 60 }]);
  await books.rebuild('at the start');
  assert.deepEqual(store.listIncidents(), []);
  assert.ok(!JSON.stringify(store.getLedger()).includes(HERE));
});

const count = (store: { listLedgerRevisions: (query: { limit: number }) => unknown[] }): number =>
  store.listLedgerRevisions({ limit: 99 }).length;

/** Lets the books be kept for a while; they look again at once. */
async function keep(books: ReturnType<typeof createBookkeeping>): Promise<void> {
  books.start();
  for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  await books.stop();
}

test('an announcement that was revised makes a new ledger', async (t) => {
  const { store, books, clock } = makeBooks(t);
  await books.rebuild('at the start');
  const before = count(store);
  store.syncAnnouncements(config.announcements.map((one) => ({ ...one, title: `${one.title}!` })));
  clock.set(clock.nowMs() + 60_000);
  await keep(books);
  assert.equal(count(store), before + 1);
});

test('so does an hour in which more was measured, though no incident changed', async (t) => {
  const { store, books, clock } = makeBooks(t);
  await books.rebuild('at the start');
  const [before, incidents] = [count(store), store.listIncidents()];
  const other = { slot: 400, vantageId: 'ru-ural-fixed' };
  insertRun(store, other);
  books.note({
    service: 'facebook',
    vantageId: other.vantageId,
    slotMs: NOON_MS + other.slot * INTERVAL_MS,
  });
  clock.set(clock.nowMs() + 3_600_000);
  await keep(books);
  assert.equal(count(store), before + 1);
  assert.deepEqual(store.listIncidents(), incidents);
});

test('it stops in the middle of deriving everything, and concludes nothing from half of it', async (t) => {
  const { store, books } = makeBooks(t);
  const rebuilding = books.rebuild('at the start');
  await new Promise((resolve) => setImmediate(resolve));
  await books.stop();
  await rebuilding;
  assert.deepEqual(store.listIncidents(), []);
  assert.equal(count(store), 0);
});

test('it stops in the middle of keeping', async (t) => {
  const { books } = makeBooks(t);
  await books.rebuild('at the start');
  books.start();
  await books.stop();
});
