/** Rows of announcements, oldest first. */
import type { Announcement, TimePoint } from '../../../config/announcement.ts';
import { ANNOUNCEMENTS } from '../../../db/dictionary/announcements.ts';
import { toBatch } from '../../../db/dictionary/batch.ts';
import type { RowOf } from '../../../db/dictionary/column.ts';
import { lets, type RowSource } from './source.ts';

type AnnouncementRow = RowOf<typeof ANNOUNCEMENTS>;
type Prefix = 'announced' | 'effective' | 'lifted';

const toMs = (text: string | null | undefined) => (text == null ? null : Date.parse(text));

function stated<const P extends Prefix>(prefix: P, point: TimePoint | null) {
  return {
    [`${prefix}_earliest`]: toMs(point?.earliest),
    [`${prefix}_latest`]: toMs(point?.latest),
    [`${prefix}_precision`]: point?.precision ?? null,
    [`${prefix}_zone`]: point?.tz ?? null,
  } as Pick<AnnouncementRow, `${P}_earliest` | `${P}_latest` | `${P}_precision` | `${P}_zone`>; // the names are made of the prefix
}

function toRow(of: Announcement, revision: number): AnnouncementRow {
  return {
    id: of.id,
    title: of.title,
    summary: of.summary,
    language: of.language,
    actor: of.actor.name,
    actor_kind: of.actor.kind,
    actor_country: of.actor.country ?? null,
    action_kind: of.action_kind,
    measure_kind: of.measure_kind ?? null,
    services: of.services_in_scope,
    functions: of.functions_in_scope ?? [],
    region_kind: of.regions.kind,
    regions: of.regions.codes,
    ...stated('announced', of.announced_at),
    ...stated('effective', of.effective_at),
    ...stated('lifted', of.lifted_at),
    status: of.status,
    certainty: of.confidence,
    // A list is words with a space between them.
    sources: of.sources.map(({ ref }) => ref.replaceAll(/\s+/g, '_')),
    revision,
  };
}

export const listAnnouncementBatches: RowSource = function* ({ store, query }) {
  const { services, countryCodes } = query;
  const rows = store
    .listAnnouncements()
    .filter(
      ({ announcement: { services_in_scope, regions } }) =>
        (services === undefined || services_in_scope.some((one) => lets<string>(services, one))) &&
        (countryCodes === undefined ||
          regions.codes.some((code) => lets(countryCodes, code.slice(0, 2)))),
    )
    .map(({ announcement, revision }) => toRow(announcement, revision))
    .toSorted((a, b) => (a.announced_earliest ?? 0) - (b.announced_earliest ?? 0));
  yield toBatch(ANNOUNCEMENTS, rows);
};
