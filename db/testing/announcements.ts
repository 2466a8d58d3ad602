/** A few announcements for the tests of the store; invented, of no authority that exists. */
import type { Announcement } from '../../config/announcement.ts';
import type { Store } from '../store.ts';

function makePoint(day: string): Announcement['announced_at'] {
  return {
    value: day,
    precision: 'day',
    earliest: `${day}T00:00:00+03:00`,
    latest: `${day}T23:59:59+03:00`,
    tz: 'Europe/Moscow',
    basis: 'stated',
    stated_as: null,
    inference: null,
  };
}

/** Makes a record; everything that is not told is the same for all. */
export function makeAnnouncement(change: Partial<Announcement> & { id: string }): Announcement {
  return {
    schema_version: '1',
    announced_at: makePoint('2022-03-04'),
    effective_at: null,
    lifted_at: null,
    actor: { name: 'Office of Examples', kind: 'regulator', country: 'RU' },
    action_kind: 'block_order',
    measure_kind: 'full_block',
    services_in_scope: ['facebook'],
    services_exempt: [{ service: 'whatsapp', explicit: true }],
    regions: { kind: 'nationwide', codes: ['RU'] },
    title: `Record ${change.id}`,
    summary: 'An example.',
    language: 'en',
    sources: [
      { kind: 'url', ref: 'https://example.com/1', publisher: 'Example', supports: ['all fields'] },
    ],
    status: 'published',
    confidence: 'certain',
    links: [],
    ...change,
  };
}

/** Three records: one public, one public that follows it, one not reviewed. */
export const EXAMPLE_ANNOUNCEMENTS: readonly Announcement[] = [
  makeAnnouncement({ id: 'ru-example-order' }),
  makeAnnouncement({
    id: 'ru-example-lift',
    announced_at: makePoint('2022-05-01'),
    effective_at: makePoint('2022-05-02'),
    action_kind: 'lift',
    links: [{ rel: 'follows', id: 'ru-example-order' }],
  }),
  makeAnnouncement({
    id: 'ru-example-draft',
    announced_at: makePoint('2022-02-01'),
    status: 'needs_review',
    links: [{ rel: 'supersedes', id: 'ru-example-order' }],
  }),
];

/** Stores the examples. */
export function insertAnnouncements(store: Store): void {
  store.syncAnnouncements(EXAMPLE_ANNOUNCEMENTS);
}
