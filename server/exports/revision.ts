/**
 * The revision of the data: an instant in UTC, e.g. `20220304T120501Z`, before which everything counts that had been
 * stored. Measurements and judgements are only ever added to, so whoever asks with `rev=` gets what it was then. A
 * number of stored entries would be as good, but would tell of runs that are not published yet.
 */
import type { ReadStore } from '../contract.ts';

/** What was stored so long ago is wholly visible: no transaction that began before is still under way. */
const SETTLED_MS = 10_000;
const SECOND_MS = 1_000;

/** The newest revision that never changes again; it does not move while nothing is stored. */
export function findRevisionMs(store: Pick<ReadStore, 'lastStoredMs'>, nowMs: number): number {
  const lastMs = store.lastStoredMs();
  const secondMs = Math.floor(lastMs / SECOND_MS) * SECOND_MS;
  return nowMs >= lastMs + SETTLED_MS ? secondMs + SECOND_MS : secondMs;
}

/** Writes a revision, e.g. `20220304T120501Z`. */
export function formatRevision(revisionMs: number): string {
  return new Date(revisionMs).toISOString().replace(/[-:]|\.\d+/g, '');
}

const REVISION = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Reads a revision; undefined when it is none. */
export function parseRevision(text: string): number | undefined {
  const [, year, month, day, hour, minute, second] = REVISION.exec(text) ?? [];
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // A day that the month does not have would be read as one of the next month.
  return Number.isNaN(ms) || formatRevision(ms) !== text ? undefined : ms;
}

/** What to write under a figure that was made from an export. `url` names the query and the revision. */
export function writeCitation({
  title,
  url,
  revisionMs,
}: {
  readonly title: string;
  readonly url: string;
  readonly revisionMs: number;
}): string {
  const day = new Date(revisionMs).toISOString().slice(0, 10);
  return `Reachline (${day.slice(0, 4)}): ${title}. Dataset revision ${formatRevision(revisionMs)} of ${day}. ${url}. CC BY 4.0.`;
}
