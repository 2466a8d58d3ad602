/** What people are told of what is concluded: the same thing under the same id, and nothing that must not be told. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import { openStore } from '../../db/open.ts';
import { createHandClock, makeFolder, NOON_MS } from '../../db/testing/fixtures.ts';
import { insertIncident, makeIncident } from '../../db/testing/incidents.ts';
import type { StoredVantage } from '../../db/vantages.ts';
import { deriveAnnouncementEvents } from './announcement-events.ts';
import { createEventWatch } from './event-watch.ts';
import { deriveIncidentEvents } from './events.ts';
import { deriveVantageEvents } from './vantage-events.ts';

const HOUR_MS = 3_600_000;
const CONFIG = loadConfig({
  file: join(import.meta.dirname, '..', '..', 'config', 'reachline.yaml'),
});

function makeWatch(t: TestContext) {
  const clock = createHandClock(NOON_MS);
  const folder = makeFolder(t, () => store.close());
  const store = openStore({ file: join(folder, 'reachline.db'), mode: 'write', clock });
  const monotonic = { ...clock, monotonicMs: () => clock.nowMs(), sleep: async () => undefined };
  const open = () =>
    createEventWatch({ store, config: CONFIG, clock: monotonic, log: () => undefined });
  const listSent = () => store.listAlertsAfter(0, 100).map(({ id }) => id);
  const listAll = () => store.listAlerts({ limit: 100 }).map(({ id }) => id);
  return { clock, store, open, listSent, listAll };
}

test('a look that fails is said and made up for', async (t) => {
  const { clock, store, listAll } = makeWatch(t);
  insertIncident(store);
  const logged: string[] = [];
  const looked = Promise.withResolvers<void>();
  let isBroken = true;
  const watch = createEventWatch({
    store: new Proxy(store, {
      get(target, name) {
        const own: unknown = Reflect.get(target, name);
        if (typeof own !== 'function') return own;
        return (...given: unknown[]): unknown => {
          if (isBroken && name === 'listIncidentLog') throw new Error('locked');
          return Reflect.apply(own, target, given);
        };
      },
    }),
    config: CONFIG,
    clock: {
      ...clock,
      monotonicMs: () => clock.nowMs(),
      sleep: async () => {
        if (!isBroken) looked.resolve();
        isBroken = false;
      },
    },
    log: (_level, event) => void logged.push(event),
  });
  watch.start();
  await looked.promise;
  await watch.stop();
  assert.equal(logged[0], 'alerts_not_derived');
  assert.ok(listAll().length > 0);
});

test('an incident has an event for its opening and its end, with its length', () => {
  const incident = makeIncident();
  const log = incident.log.map((entry) => ({ ...entry, storedAtMs: entry.atMs + 1_000 }));
  const events = deriveIncidentEvents({ incident, log });
  assert.deepEqual(
    events.map(({ id, kind }) => [id, kind]),
    [
      ['instagram-ru-20220304t1205z/opened', 'incident_opened'],
      ['instagram-ru-20220304t1205z/closed-20220304t1235z', 'incident_closed'],
    ],
  );
  assert.equal(events[0]?.facts.endByMs, undefined);
  assert.equal(events[1]?.facts.endByMs, incident.end?.byMs);
  assert.deepEqual(events[0]?.asns, [64_496]);
  assert.deepEqual(deriveIncidentEvents({ incident, log }), events);
  const kept = 1;
  const revised = { atMs: NOON_MS, kind: 'revised', text: '', measurementIds: [], kept } as const;
  const after = deriveIncidentEvents({
    incident,
    log: [...log, { ...revised, storedAtMs: NOON_MS }],
  });
  assert.deepEqual(
    after.map(({ kind }) => kind),
    ['incident_opened'],
  );
});

test('a service of which parts alone are restricted is not said to be blocked', () => {
  const [whole] = makeIncident().episodes;
  assert.ok(whole);
  const tell = (kind: 'impaired' | 'blocked') => {
    const episodes = [
      { ...whole, kind },
      { ...whole, function: 'media' as const },
    ];
    const incident = makeIncident({ episodes });
    const log = incident.log.map((entry) => ({ ...entry, storedAtMs: entry.atMs }));
    return deriveIncidentEvents({ incident, log })[0]?.facts.parts;
  };
  assert.deepEqual(tell('impaired'), ['media']);
  assert.deepEqual(tell('blocked'), ['service', 'media']);
});

/** Two networks; one changes its means at the third step, its part one step later. The service follows its part. */
function makeChanging() {
  const [whole] = makeIncident().episodes;
  assert.ok(whole);
  const step = (n: number): number => NOON_MS + n * 300_000;
  const { end: _, ...open } = { ...whole, onset: { byMs: step(1) } };
  const other = { ...open, vantageId: 'ru-neva-fixed', asn: 64_497, networkName: 'Neva Fixed' };
  const changing = (fromMs: number) => [
    { mechanism: 'ip.drop' as const, fromMs: step(1) },
    { mechanism: 'tls.eof' as const, fromMs },
  ];
  const episodes = [
    open,
    { ...open, vantageId: 'ru-ural-mobile', asn: 64_498, networkName: 'Ural Mobile' },
    { ...other, function: 'media' as const, mechanisms: changing(step(3)) },
    { ...other, onset: { byMs: step(2) }, mechanisms: changing(step(4)) },
  ];
  const entry = (n: number, kind: 'opened' | 'scope_changed' | 'mechanism_changed') => ({
    atMs: step(n),
    storedAtMs: step(n),
    kind,
    text: '',
    measurementIds: ['instagram.ru-neva-fixed.20220304T121500Z'],
  });
  const log = [
    entry(1, 'opened'),
    entry(2, 'scope_changed'),
    entry(3, 'mechanism_changed'),
    entry(4, 'mechanism_changed'),
  ];
  const { end: _end, ...incident } = makeIncident({ episodes, log, state: 'open' });
  return { incident, log };
}

test('what says nothing new to a reader is not told, and a change names its own network', () => {
  const events = deriveIncidentEvents(makeChanging());
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['incident_opened', 'mechanism_changed'],
  );
  const facts = events[1]?.facts;
  // Most networks go on as before.
  assert.equal(facts?.mechanism, 'tls.reset.sni');
  assert.equal(facts?.previousMechanism, 'ip.drop');
  assert.equal(facts?.changedTo, 'tls.eof');
  assert.deepEqual(facts?.changedNetworks, [{ asn: 64_497, networkName: 'Neva Fixed' }]);
});

test('that an incident became worse is told even on the same networks', () => {
  const { incident, log } = makeChanging();
  const worse = log.map((entry) =>
    entry.kind === 'scope_changed' ? { ...entry, kind: 'severity_changed' as const } : entry,
  );
  assert.deepEqual(
    deriveIncidentEvents({ incident, log: worse }).map(({ kind }) => kind),
    ['incident_opened', 'scope_changed', 'mechanism_changed'],
  );
});

/** Two networks at the first step; a third was bad from the second on, which was certain at the fourth alone. */
function makeGrowing() {
  const [whole] = makeIncident().episodes;
  assert.ok(whole);
  const step = (n: number): number => NOON_MS + n * 300_000;
  const { end: _, ...open } = whole;
  const run = (name: string, n: number) => `instagram.${name}.${n}`;
  const on = (name: string, asn: number, n: number) => ({
    ...open,
    vantageId: name,
    asn,
    networkName: name,
    onset: { byMs: step(n) },
    mechanisms: [{ mechanism: 'tls.reset.sni' as const, fromMs: step(n) }],
    evidence: { firstBadId: run(name, n), lastBadId: run(name, 9) },
  });
  const freed = {
    ...on('volga', 64_496, 1),
    end: { byMs: step(5) },
    evidence: {
      firstBadId: run('volga', 1),
      lastBadId: run('volga', 4),
      firstGoodId: run('volga', 5),
    },
  };
  const episodes = [freed, on('neva', 64_497, 1), on('ural', 64_498, 2)];
  const entry = (n: number, kind: 'opened' | 'scope_changed', ids: readonly string[]) => ({
    atMs: step(n),
    storedAtMs: step(n),
    kind,
    text: '',
    measurementIds: ids,
  });
  const log = [
    entry(1, 'opened', [run('volga', 1), run('neva', 1)]),
    // The service as a whole, which is no news.
    entry(3, 'scope_changed', [run('neva', 1)]),
    entry(4, 'scope_changed', [run('ural', 2)]),
    entry(7, 'scope_changed', [run('volga', 5)]),
  ];
  const { end: _end, ...incident } = makeIncident({ episodes, log, state: 'open' });
  return { incident, log, step };
}

test('what came to a restriction and what left it is told once it is known, by the time it was measured', () => {
  const { incident, log, step } = makeGrowing();
  const events = deriveIncidentEvents({ incident, log });
  assert.deepEqual(
    events.map(({ atMs, facts }) => [atMs, facts.restricted]),
    [
      [step(1), 2],
      [step(4), 3],
      [step(7), 2],
    ],
  );
  const [, wider, narrower] = events.map(({ facts }) => facts);
  assert.deepEqual(wider?.addedNetworks, [{ asn: 64_498, networkName: 'ural' }]);
  assert.equal(wider?.addedByMs, step(2));
  assert.equal(wider?.freedNetworks, undefined);
  assert.deepEqual(narrower?.freedNetworks, [{ asn: 64_496, networkName: 'volga' }]);
  assert.equal(narrower?.freedByMs, step(5));
  assert.equal(narrower?.addedNetworks, undefined);
});

test('events are the same when they are derived again with what became known later', () => {
  const { incident, log } = makeGrowing();
  const early = {
    incident: { ...incident, episodes: incident.episodes.slice(0, 2) },
    log: log.slice(0, 2),
  };
  const tell = (known: Parameters<typeof deriveIncidentEvents>[0]): unknown[] =>
    deriveIncidentEvents(known).map(({ id, facts }) => [id, facts.networks]);
  const told = tell(early);
  assert.equal(told.length, 1);
  assert.deepEqual(tell({ incident, log }).slice(0, told.length), told);
});

test('what was there at the first start is history, what comes after is sent once, what is late is not', async (t) => {
  const { clock, store, open, listSent, listAll } = makeWatch(t);
  insertIncident(store);
  await open().look();
  assert.deepEqual(listSent(), []);
  assert.equal(listAll().length, 2);
  const later = makeIncident({
    id: 'instagram-ru-20220305t1205z',
    onset: { byMs: NOON_MS + 24 * HOUR_MS },
    episodes: makeIncident().episodes.map((one) => ({
      ...one,
      onset: { byMs: NOON_MS + 24 * HOUR_MS },
    })),
    log: [{ atMs: NOON_MS + 24 * HOUR_MS, kind: 'opened', text: '', measurementIds: [] }],
  });
  clock.set(NOON_MS + 24 * HOUR_MS);
  insertIncident(store, [makeIncident(), later]);
  // As after a crash between the two: nobody was told what changed.
  await open().look();
  await open().look();
  assert.deepEqual(listSent(), [`${later.id}/opened`]);
  clock.set(NOON_MS + 31 * HOUR_MS);
  const old = { atMs: NOON_MS + 24 * HOUR_MS, text: '', measurementIds: [] };
  insertIncident(store, [
    makeIncident(),
    { ...later, log: [...later.log, { ...old, kind: 'mechanism_changed' }] },
  ]);
  await open().look();
  assert.equal(listSent().length, 1);
  assert.equal(listAll().length, 4);
});

test('an incident that late data give another name is not told again', async (t) => {
  const { store, open, listSent, listAll } = makeWatch(t);
  store.startAlertWatch();
  insertIncident(store);
  await open().look();
  assert.ok(listSent().includes('instagram-ru-20220304t1205z/opened'));
  const count = listSent().length;
  const renamed = { ...makeIncident(), id: 'instagram-ru-20220304t1155z' };
  insertIncident(store, [{ ...renamed, log: renamed.log.slice(0, 1) }]);
  await open().look();
  assert.ok(listAll().includes('instagram-ru-20220304t1155z/opened'));
  assert.equal(listSent().length, count);
});

test('an incident after one that was taken back is told', async (t) => {
  const { clock, store, open, listSent } = makeWatch(t);
  store.startAlertWatch();
  insertIncident(store);
  await open().look();
  const onset = { byMs: NOON_MS + 6 * HOUR_MS };
  clock.set(onset.byMs);
  const later = makeIncident({
    id: 'instagram-ru-20220304t1800z',
    onset,
    episodes: makeIncident().episodes.map((one) => ({ ...one, onset })),
    log: [{ atMs: onset.byMs, kind: 'opened', text: '', measurementIds: [] }],
  });
  insertIncident(store, [later]);
  await open().look();
  assert.ok(listSent().includes(`${later.id}/opened`));
});

test('records that nobody accepted are never told, and a record is told once per revision', async (t) => {
  const { clock, store, open, listAll } = makeWatch(t);
  store.startAlertWatch();
  const [record] = CONFIG.announcements;
  assert.ok(record);
  store.syncAnnouncements([{ ...record, status: 'needs_review' }]);
  await open().look();
  assert.deepEqual(listAll(), []);
  store.syncAnnouncements([record]);
  clock.set(NOON_MS + HOUR_MS);
  await open().look();
  store.syncAnnouncements([{ ...record, title: 'Corrected' }]);
  await open().look();
  const ids = listAll().filter((id) => /published|changed/.test(id));
  assert.deepEqual(ids.toSorted(), [`${record.id}/changed-3`, `${record.id}/published`]);
});

const dueRows = [
  { name: 'in 25 hours', inMs: 25 * HOUR_MS, isDue: false },
  { name: 'in 23 hours', inMs: 23 * HOUR_MS, isDue: true },
  { name: 'since an hour', inMs: -HOUR_MS, isDue: false },
];
for (const { name, inMs, isDue } of dueRows)
  test(`a measure in force ${name} is ${isDue ? '' : 'not '}about to take effect`, () => {
    const [record] = CONFIG.announcements;
    assert.ok(record);
    const time = new Date(NOON_MS + inMs).toISOString();
    const effective = { ...record.announced_at, earliest: time, latest: time };
    const announcement = { ...record, effective_at: effective, lifted_at: null };
    const revisions = [{ revision: 1, storedAtMs: NOON_MS, author: '', announcement }];
    const events = deriveAnnouncementEvents({ announcement, revisions }, ['facebook'], NOON_MS);
    assert.equal(
      events.some(({ kind }) => kind === 'announcement_due'),
      isDue,
    );
  });

test('a vantage is silent after three intervals, once, and back once', () => {
  const vantage = {
    id: 'ru-volga',
    countryCode: 'RU',
    asn: 64_496,
    networkName: 'Volga',
    lastMeasuredMs: NOON_MS,
  } as StoredVantage;
  const watched = [{ vantage, intervalMs: 300_000 }];
  assert.deepEqual(deriveVantageEvents(watched, new Map(), NOON_MS + 900_000), []);
  const [silent] = deriveVantageEvents(watched, new Map(), NOON_MS + 900_001);
  assert.ok(silent?.kind === 'vantage_silent');
  const known = new Map([['ru-volga', silent]]);
  assert.deepEqual(deriveVantageEvents(watched, known, NOON_MS + HOUR_MS), []);
  const again = [
    { vantage: { ...vantage, lastMeasuredMs: NOON_MS + HOUR_MS }, intervalMs: 300_000 },
  ];
  const [back] = deriveVantageEvents(again, known, NOON_MS + HOUR_MS);
  assert.equal(back?.kind, 'vantage_back');
  assert.equal(back?.facts.lastSeenMs, NOON_MS);
});
