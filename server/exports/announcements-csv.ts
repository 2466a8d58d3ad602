/** Announcements as CSV (csv.ts): one line per record, lists joined by blanks; the JSON has everything. */
import type { StoredAnnouncement } from '../../db/announcements.ts';
import { type CsvColumn, writeCsv } from './csv.ts';

type Line = {
  readonly announcement: StoredAnnouncement['announcement'];
  readonly revision: number;
  readonly isSimulated: boolean;
};
type TimePoint = Line['announcement']['announced_at'];

/** A time as its source states it: value, precision, bounds and zone, none of them made up. */
function point(prefix: string, read: (line: Line) => TimePoint | null): readonly CsvColumn<Line>[] {
  return [
    { name: prefix, kind: 'word', read: (line) => read(line)?.value ?? undefined },
    { name: `${prefix}_precision`, kind: 'word', read: (line) => read(line)?.precision },
    { name: `${prefix}_earliest`, kind: 'word', read: (line) => read(line)?.earliest ?? undefined },
    { name: `${prefix}_latest`, kind: 'word', read: (line) => read(line)?.latest ?? undefined },
    { name: `${prefix}_zone`, kind: 'word', read: (line) => read(line)?.tz ?? undefined },
    { name: `${prefix}_basis`, kind: 'word', read: (line) => read(line)?.basis },
  ];
}

const COLUMNS: readonly CsvColumn<Line>[] = [
  { name: 'id', kind: 'text', read: ({ announcement }) => announcement.id },
  { name: 'revision', kind: 'number', read: ({ revision }) => revision },
  { name: 'title', kind: 'text', read: ({ announcement }) => announcement.title },
  { name: 'actor', kind: 'text', read: ({ announcement }) => announcement.actor.name },
  { name: 'actor_kind', kind: 'word', read: ({ announcement }) => announcement.actor.kind },
  { name: 'action_kind', kind: 'word', read: ({ announcement }) => announcement.action_kind },
  {
    name: 'measure_kind',
    kind: 'word',
    read: ({ announcement }) => announcement.measure_kind ?? undefined,
  },
  {
    name: 'services',
    kind: 'text',
    read: ({ announcement }) => announcement.services_in_scope.join(' '),
  },
  {
    name: 'functions',
    kind: 'text',
    read: ({ announcement }) => (announcement.functions_in_scope ?? []).join(' '),
  },
  { name: 'regions_kind', kind: 'word', read: ({ announcement }) => announcement.regions.kind },
  {
    name: 'regions',
    kind: 'text',
    read: ({ announcement }) => announcement.regions.codes.join(' '),
  },
  ...point('announced_at', ({ announcement }) => announcement.announced_at),
  ...point('effective_at', ({ announcement }) => announcement.effective_at),
  ...point('lifted_at', ({ announcement }) => announcement.lifted_at),
  { name: 'status', kind: 'word', read: ({ announcement }) => announcement.status },
  { name: 'confidence', kind: 'word', read: ({ announcement }) => announcement.confidence },
  {
    name: 'sources',
    kind: 'text',
    read: ({ announcement }) => announcement.sources.map(({ ref }) => ref).join(' '),
  },
  { name: 'is_simulated', kind: 'word', read: ({ isSimulated }) => String(isSimulated) },
];

/** Writes one line per record. */
export function toAnnouncementsCsv(
  stored: readonly Pick<StoredAnnouncement, 'announcement' | 'revision'>[],
  { isSimulated, isSafe }: { readonly isSimulated: boolean; readonly isSafe: boolean },
): string {
  const lines = stored.map(({ announcement, revision }) => ({
    announcement,
    revision,
    isSimulated,
  }));
  return writeCsv(COLUMNS, lines, isSafe);
}
