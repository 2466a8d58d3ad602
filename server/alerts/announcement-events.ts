/** Events of announcements: published, changed, about to take effect, lifted. Pure; given reviewed records alone. */
import type { Announcement } from '../../config/announcement.ts';
import type { AlertEvent } from '../../db/alert-types.ts';
import type { StoredAnnouncement } from '../../db/announcements.ts';
import { toIdTime } from './events.ts';

/** How long before it takes effect a measure is told once more. */
const DUE_MS = 24 * 3_600_000;
/** A correction of a record whose newest time is older is no news. */
const HISTORY_MS = 7 * 24 * 3_600_000;

/** Kinds that nothing takes effect with: to say when it does would make a measure of them. */
const STATEMENTS: ReadonlySet<Announcement['action_kind']> = new Set([
  'request',
  'criminal_case',
  'warning',
  'statement',
]);

function toInstant(text: string | null | undefined): number | undefined {
  const instantMs = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(instantMs) ? undefined : instantMs;
}

/** What all events of a record share. */
function describe(
  announcement: Announcement,
  serviceIds: readonly string[],
): Pick<
  AlertEvent,
  'severity' | 'services' | 'countryCodes' | 'asns' | 'subject' | 'facts' | 'measurementIds'
> {
  const named: readonly string[] = announcement.services_in_scope;
  const measured = named.filter((service) => serviceIds.includes(service));
  const earliestMs = toInstant(announcement.effective_at?.earliest);
  const latestMs = toInstant(announcement.effective_at?.latest);
  const announcedFirstMs = toInstant(announcement.announced_at.earliest);
  const announcedLastMs = toInstant(announcement.announced_at.latest);
  return {
    severity: 'info',
    // Measures against the company bear on all of its services.
    services: named.includes('meta_company') ? [] : measured.length > 0 ? measured : named,
    countryCodes: [...new Set(announcement.regions.codes.map((code) => code.slice(0, 2)))],
    asns: [],
    subject: { kind: 'announcement', id: announcement.id },
    measurementIds: [],
    facts: {
      title: announcement.title,
      ...(earliestMs === undefined ? {} : { effectiveEarliestMs: earliestMs }),
      ...(latestMs === undefined ? {} : { effectiveLatestMs: latestMs }),
      ...(announcedFirstMs === undefined ? {} : { announcedEarliestMs: announcedFirstMs }),
      ...(announcedLastMs === undefined ? {} : { announcedLatestMs: announcedLastMs }),
      ...(isStatement(announcement) ? { isStatement: true } : {}),
    },
  };
}

/** True where nothing takes effect: no measure is named, or it is only asked for, threatened or spoken of. */
function isStatement({ action_kind, measure_kind }: Announcement): boolean {
  return measure_kind === null || STATEMENTS.has(action_kind);
}

/** When a record that was stored then last had news: then, unless all of its times are long past. */
function toNewsMs(announcement: Announcement, storedAtMs: number): number {
  const times = [
    toInstant(announcement.announced_at.latest),
    toInstant(announcement.effective_at?.latest),
    toInstant(announcement.lifted_at?.latest),
  ].filter((atMs) => atMs !== undefined);
  const newest = Math.max(...times);
  return Number.isFinite(newest) && newest < storedAtMs - HISTORY_MS ? newest : storedAtMs;
}

/** Events of one record as of an instant. */
export function deriveAnnouncementEvents(
  { announcement, revisions }: Pick<StoredAnnouncement, 'announcement' | 'revisions'>,
  serviceIds: readonly string[],
  nowMs: number,
): AlertEvent[] {
  const first = revisions.at(-1);
  const newest = revisions[0];
  if (first === undefined || newest === undefined) return [];
  const told = describe(announcement, serviceIds);
  const { id } = announcement;
  const announcedMs = toInstant(first.announcement.announced_at.earliest) ?? first.storedAtMs;
  const effectiveMs = toInstant(announcement.effective_at?.earliest);
  const liftedMs = toInstant(announcement.lifted_at?.earliest);
  const changes = revisions.slice(0, -1).toReversed();
  return [
    {
      ...describe(first.announcement, serviceIds),
      id: `${id}/published`,
      kind: 'announcement_published',
      atMs: announcedMs,
      knownMs: first.storedAtMs,
    },
    ...changes.map((change) => ({
      ...describe(change.announcement, serviceIds),
      id: `${id}/changed-${change.revision}`,
      kind: 'announcement_changed' as const,
      atMs: toNewsMs(change.announcement, change.storedAtMs),
      knownMs: change.storedAtMs,
    })),
    ...(effectiveMs !== undefined && effectiveMs > nowMs && effectiveMs - nowMs <= DUE_MS
      ? [
          {
            ...told,
            id: `${id}/due-${toIdTime(effectiveMs)}`,
            kind: 'announcement_due' as const,
            atMs: effectiveMs,
            knownMs: Math.max(effectiveMs - DUE_MS, newest.storedAtMs),
          },
        ]
      : []),
    ...(liftedMs !== undefined && liftedMs <= nowMs
      ? [
          {
            ...told,
            id: `${id}/lifted`,
            kind: 'announcement_lifted' as const,
            atMs: liftedMs,
            knownMs: Math.max(liftedMs, newest.storedAtMs),
          },
        ]
      : []),
  ];
}
