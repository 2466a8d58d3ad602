/** From everything that happened to what is worth telling now: a restriction that came and went is told once. */
import {
  ALERT_SEVERITIES,
  type AlertEvent,
  type AlertFacts,
  type AlertKind,
} from '../../../db/alert-types.ts';

/** One thing to tell. */
export type Told = {
  /** The event whose kind says how it stands, with what the others of its story know beside. */
  readonly event: AlertEvent;
  /** Whether the restriction began among these events. */
  readonly isNew: boolean;
};

/** Kinds that are chapters of one story about the same subject. */
const STORIES: Readonly<Partial<Record<AlertKind, string>>> = {
  incident_opened: 'restriction',
  scope_changed: 'restriction',
  mechanism_changed: 'restriction',
  incident_unstable: 'restriction',
  incident_settled: 'restriction',
  incident_closed: 'restriction',
  announcement_published: 'record',
  announcement_changed: 'record',
  vantage_silent: 'silence',
  vantage_back: 'silence',
};

/** Which chapter a story is told by, first what counts most; `undefined` stands for the newest. */
const TELLING: readonly AlertKind[] = ['incident_closed', 'announcement_published'];
/** Newer chapters of these kinds only bring the first one up to date. */
const UPDATES: readonly AlertKind[] = ['scope_changed', 'mechanism_changed'];

/**
 * Merges events of the same story, worst first, then in the order in which they happened. An event that was given twice
 * counts once.
 */
export function mergeAlerts(events: readonly AlertEvent[]): Told[] {
  const unique = [...new Map(events.map((event) => [event.id, event])).values()];
  const stories = Map.groupBy(
    unique.toSorted((a, b) => a.atMs - b.atMs || a.knownMs - b.knownMs),
    ({ kind, subject, id }) => {
      const story = STORIES[kind];
      return story === undefined ? id : `${story} ${subject.kind} ${subject.id}`;
    },
  );
  return [...stories.values()]
    .flatMap(tell)
    .toSorted(
      (a, b) => rank(b.event.severity) - rank(a.event.severity) || a.event.atMs - b.event.atMs,
    );
}

function rank(severity: AlertEvent['severity']): number {
  return ALERT_SEVERITIES.indexOf(severity);
}

function tell(story: readonly AlertEvent[]): Told[] {
  const newest = story.at(-1);
  if (newest === undefined) return [];
  const find = (kind: AlertKind) => story.find((event) => event.kind === kind);
  const opened = find('incident_opened');
  const told =
    TELLING.map(find).find((event) => event !== undefined) ??
    (opened !== undefined && (newest === opened || UPDATES.includes(newest.kind))
      ? opened
      : newest);
  // The newest word counts, but a story that is told by an older chapter keeps what only that one knows.
  const facts = story.reduce<AlertFacts>((known, event) => ({ ...known, ...event.facts }), {});
  const worst = story.reduce((a, b) => (rank(b.severity) > rank(a.severity) ? b : a));
  return [{ event: { ...told, facts, severity: worst.severity }, isNew: opened !== undefined }];
}
