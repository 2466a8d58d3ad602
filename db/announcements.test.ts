import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXAMPLE_ANNOUNCEMENTS, makeAnnouncement } from './testing/announcements.ts';
import { makeStore } from './testing/fixtures.ts';

test('a second sync of the same records changes nothing', (t) => {
  const { store } = makeStore(t);
  assert.deepEqual(store.syncAnnouncements(EXAMPLE_ANNOUNCEMENTS), {
    inserted: 3,
    updated: 0,
    unchanged: 0,
  });
  const version = store.dataVersion();
  const reordered = EXAMPLE_ANNOUNCEMENTS.map((record) =>
    Object.fromEntries(Object.entries(record).toReversed()),
  ) as unknown as typeof EXAMPLE_ANNOUNCEMENTS;
  assert.deepEqual(store.syncAnnouncements(reordered), { inserted: 0, updated: 0, unchanged: 3 });
  assert.equal(store.dataVersion(), version);
});

test('records that no one has accepted are hidden unless asked for', (t) => {
  const { store } = makeStore(t);
  store.syncAnnouncements(EXAMPLE_ANNOUNCEMENTS);
  const ids = (filter?: { includeUnreviewed: boolean }) =>
    store.listAnnouncements(filter).map(({ announcement }) => announcement.id);
  assert.deepEqual(ids(), ['ru-example-order', 'ru-example-lift']);
  assert.deepEqual(ids({ includeUnreviewed: true }), [
    'ru-example-draft',
    'ru-example-order',
    'ru-example-lift',
  ]);
  assert.equal(store.getAnnouncement('ru-example-draft'), undefined);
  const hidden = store.getAnnouncement('ru-example-draft', { includeUnreviewed: true });
  assert.equal(hidden?.announcement.status, 'needs_review');
});

test('a record knows which others point to it', (t) => {
  const { store } = makeStore(t);
  store.syncAnnouncements(EXAMPLE_ANNOUNCEMENTS);
  assert.deepEqual(store.getAnnouncement('ru-example-order')?.linkedFrom, [
    { rel: 'follows', id: 'ru-example-lift' },
  ]);
  const all = store.getAnnouncement('ru-example-order', { includeUnreviewed: true });
  assert.deepEqual(
    all?.linkedFrom.map(({ id }) => id),
    ['ru-example-draft', 'ru-example-lift'],
  );
});

test('a changed record is a new revision; the old one stays', (t) => {
  const { store, clock } = makeStore(t);
  store.syncAnnouncements(EXAMPLE_ANNOUNCEMENTS);
  clock.set(clock.nowMs() + 1000);
  const changed = makeAnnouncement({
    id: 'ru-example-order',
    title: 'Corrected',
    review: { revision: 2, created_by: 'curator' },
  });
  assert.deepEqual(store.syncAnnouncements([changed]), { inserted: 0, updated: 1, unchanged: 0 });
  const stored = store.getAnnouncement('ru-example-order');
  assert.deepEqual(stored?.announcement, changed);
  assert.equal(stored?.revision, 2);
  assert.deepEqual(
    stored?.revisions.map(({ revision, author, announcement }) => [
      revision,
      author,
      announcement.title,
    ]),
    [
      [2, 'curator', 'Corrected'],
      [1, '', 'Record ru-example-order'],
    ],
  );
  assert.equal(store.listAnnouncements().length, 2, 'records that were not given stay');
  assert.deepEqual(store.verify().findings, []);
});

test('a record that goes back to review is hidden with its earlier states', (t) => {
  const { store } = makeStore(t);
  store.syncAnnouncements(EXAMPLE_ANNOUNCEMENTS);
  store.syncAnnouncements([makeAnnouncement({ id: 'ru-example-order', status: 'needs_review' })]);
  assert.equal(store.getAnnouncement('ru-example-order'), undefined);
});

test('events come back newest first', (t) => {
  const { store, clock } = makeStore(t);
  store.recordEvent({ atMs: clock.nowMs(), kind: 'started', detail: '' });
  store.recordEvent({ atMs: clock.nowMs() + 5, kind: 'clock_step', detail: '3600 s back' });
  assert.deepEqual(store.listEvents({ limit: 1 }), [
    { atMs: clock.nowMs() + 5, kind: 'clock_step', detail: '3600 s back' },
  ]);
  assert.equal(store.listEvents({ limit: 9 }).length, 2);
});
