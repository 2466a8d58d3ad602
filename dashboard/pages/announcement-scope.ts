/** Which announcements belong beside which lanes: by service, by place and by time. */
import type { StoredAnnouncement } from '../../db/announcements.ts';
import { toCountryZone } from '../country-zones.ts';
import { toTimeBox } from '../format.ts';
import type { Announcement } from './announcement-times.ts';
import { announcedFromMs, toAnnouncementRange } from './announcement-times.ts';

/** True when a person has accepted the record; others are not for the public. */
export function isReviewed(announcement: Announcement): boolean {
  return announcement.status !== 'draft' && announcement.status !== 'needs_review';
}

/** True when an announcement bears on one of the services; measures against the company bear on all of them. */
export function concernsServices(
  announcement: Announcement,
  serviceIds: readonly string[],
): boolean {
  const named: readonly string[] = announcement.services_in_scope;
  return named.includes('meta_company') || named.some((service) => serviceIds.includes(service));
}

/** True when an announcement names one of the countries or none at all. */
export function namesCountry(announcement: Announcement, countryCodes: readonly string[]): boolean {
  const { codes } = announcement.regions;
  return codes.length === 0 || codes.some((code) => countryCodes.includes(code.slice(0, 2)));
}

/** The zone that an announcement is read in: of the one country that it is about, or of who speaks where it is about several or none; UTC when neither says. */
export function toAnnouncementZone({ regions, actor }: Announcement): string {
  const codes = [...new Set(regions.codes.map((code) => code.slice(0, 2)))];
  const [only = ''] = codes;
  if (codes.length === 1) return toCountryZone(only);
  const own = actor.country ?? '';
  return codes.length === 0 || codes.includes(own) ? toCountryZone(own) : 'UTC';
}

/** True when a mark of the announcement, or the time between its marks, touches [fromMs, toMs). */
export function liesInRange(announcement: Announcement, fromMs: number, toMs: number): boolean {
  const range = toAnnouncementRange(announcement);
  return range !== undefined && range.fromMs < toMs && range.untilMs >= fromMs;
}

const RESTRICTING_ACTS: readonly string[] = [
  'announcement',
  'block_order',
  'restriction',
  'ruling',
  'designation',
];
const RESTRICTING_MEASURES: readonly string[] = [
  'full_block',
  'partial_restriction',
  'throttling',
  'function_block',
  'dns_removal',
  'activity_ban',
];

/** True for a measure that had been announced by `nowMs` and not lifted: in force, or about to take effect. */
export function isOpen(announcement: Announcement, nowMs: number): boolean {
  const announced = toTimeBox(announcement.announced_at);
  const lifted = announcement.lifted_at === null ? undefined : toTimeBox(announcement.lifted_at);
  return (
    RESTRICTING_ACTS.includes(announcement.action_kind) &&
    RESTRICTING_MEASURES.includes(announcement.measure_kind ?? '') &&
    announced !== undefined &&
    announced.fromMs <= nowMs &&
    (lifted === undefined || lifted.fromMs > nowMs)
  );
}

/** Newest first; those without a time last. */
export function sortAnnouncements(all: readonly StoredAnnouncement[]): StoredAnnouncement[] {
  const timeOf = ({ announcement }: StoredAnnouncement) =>
    announcedFromMs(announcement) ?? Number.NEGATIVE_INFINITY;
  return all.toSorted(
    (a, b) => timeOf(b) - timeOf(a) || a.announcement.id.localeCompare(b.announcement.id),
  );
}
