/** Incidents as they are kept, and logs in which nothing is ever changed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { listHolding } from './incident-log.ts';
import { makeStore, NOON_MS } from './testing/fixtures.ts';
import { insertIncident, makeIncident } from './testing/incidents.ts';

const ID = makeIncident().id;
const HOUR_MS = 3_600_000;

test('an incident comes back as it was, and storing it again writes nothing', (t) => {
  const { store } = makeStore(t);
  const changes = insertIncident(store);
  assert.deepEqual([changes.changed, changes.turned], [[ID], [ID]]);
  assert.deepEqual(
    changes.entries.map(({ kind }) => kind),
    ['opened', 'closed'],
  );
  const stored = store.getIncident(ID);
  const { log, ...rest } = makeIncident();
  assert.deepEqual({ ...stored, log: [] }, { ...rest, log: [] });
  assert.deepEqual(listHolding(store.listIncidentLog(ID)), log);
  const version = store.dataVersion();
  assert.deepEqual(insertIncident(store), {
    changed: [],
    turned: [],
    withdrawn: [],
    entries: [],
  });
  assert.equal(store.dataVersion(), version);
});

test('further rounds change an incident without turning it, a level or an end turns it', (t) => {
  const { store } = makeStore(t);
  const [first, ...others] = makeIncident().episodes;
  assert.ok(first);
  const keep = (change: Partial<typeof first>) => {
    const { changed, turned } = insertIncident(store, [
      makeIncident({ episodes: [{ ...first, ...change }, ...others] }),
    ]);
    return [changed.length, turned.length];
  };
  assert.deepEqual(keep({}), [1, 1]);
  assert.deepEqual(keep({ rounds: 9 }), [1, 0]);
  const [level] = first.levels;
  assert.ok(level);
  assert.deepEqual(keep({ levels: [level, { ...level, kind: 'impaired' }] }), [1, 1]);
  assert.deepEqual(keep({ isUnstable: true }), [1, 1]);
  assert.deepEqual(keep({ isUnstable: true }), [0, 0]);
});

test('a log that changes in the middle keeps what held, and says what does not', (t) => {
  const { store } = makeStore(t);
  insertIncident(store);
  const [opened] = makeIncident().log;
  assert.ok(opened);
  const later = {
    ...opened,
    atMs: NOON_MS + HOUR_MS,
    kind: 'scope_changed',
    text: 'More.',
  } as const;
  insertIncident(store, [makeIncident({ log: [opened, later] })]);
  const log = store.listIncidentLog(ID);
  assert.deepEqual(
    log.map(({ kind, kept }) => [kind, kept]),
    [
      ['opened', undefined],
      ['closed', undefined],
      ['revised', 1],
      ['scope_changed', undefined],
    ],
  );
  assert.equal(
    log[2]?.text,
    'Late data: what was concluded from 2022-03-04T12:35:00.000Z on was derived again.',
  );
  assert.deepEqual(listHolding(log), [opened, later]);
  insertIncident(store, []);
  assert.equal(store.getIncident(ID), undefined);
  assert.deepEqual(listHolding(store.listIncidentLog(ID)), []);
  insertIncident(store);
  assert.deepEqual(listHolding(store.listIncidentLog(ID)), makeIncident().log, 'found after all');
  assert.equal(store.listIncidentLog(ID).length, 7);
});

test('a restriction that was stored before levels were kept has none, and gets them when it is stored again', (t) => {
  const { store, file } = makeStore(t);
  insertIncident(store);
  const database = new Database(file);
  database.exec(`UPDATE incident_episode SET record = json_remove(record, '$.levels')`);
  database.close();
  assert.deepEqual(store.getIncident(ID)?.episodes[0]?.levels, []);
  assert.deepEqual(store.listEpisodes('instagram')[0]?.levels, []);
  const { changed, entries } = insertIncident(store);
  assert.deepEqual(changed, [ID]);
  assert.deepEqual(entries, [], 'nothing else was concluded');
  assert.deepEqual(store.getIncident(ID)?.episodes, makeIncident().episodes);
});

const rows = [
  { query: {}, expected: 1 },
  { query: { services: ['facebook'] }, expected: 0 },
  { query: { countryCodes: ['RU'], states: ['closed'], severities: ['minor'] }, expected: 1 },
  { query: { states: ['open', 'unstable'] }, expected: 0 },
  { query: { severities: ['critical'] }, expected: 0 },
  { query: { toMs: NOON_MS }, expected: 0 },
  { query: { fromMs: NOON_MS + HOUR_MS }, expected: 0 },
  { query: { fromMs: NOON_MS + HOUR_MS / 2, toMs: NOON_MS + HOUR_MS }, expected: 1 },
  { query: { limit: 0 }, expected: 0 },
] as const;

test('incidents are listed as asked for', (t) => {
  const { store } = makeStore(t);
  insertIncident(store);
  for (const { query, expected } of rows)
    assert.equal(store.listIncidents(query).length, expected, JSON.stringify(query));
});
