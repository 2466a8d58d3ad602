/**
 * Places announcements in rows on the time axis so that none covers another. What changes reachability comes first
 * and gets room for its title; what finds no room joins a cluster that says how many it holds. Pure; CSS pixels.
 */

import type { ActorBand } from '../actor-bands.ts';
import type { MarkKind, TimelineAnnouncement } from './data.ts';

/** At most this many rows of a lane of announcements; what does not fit becomes a cluster. A phone has room for fewer. */
export const MAX_BAND_ROWS = { wide: 3, narrow: 2 } as const;

/** Rows that a lane may take; what a regulator orders is not folded away for want of room. */
export function countMaxRows(band: ActorBand, isNarrow: boolean): number {
  return MAX_BAND_ROWS[isNarrow && band !== 'regulator' ? 'narrow' : 'wide'];
}

/** One sign of an announcement on the axis. */
export type PlacedMark = {
  readonly kind: MarkKind;
  readonly leftPx: number;
  /** Of the box in which the time lies; 0 for an instant. */
  readonly widthPx: number;
};

/** An announcement with its place. */
export type PlacedAnnouncement = {
  readonly announcement: TimelineAnnouncement;
  readonly row: number;
  /** In order of time. */
  readonly marks: readonly PlacedMark[];
  readonly leftPx: number;
  readonly rightPx: number;
  /** Room for the title to the right of the last mark; 0 when there is none. */
  readonly labelPx: number;
};

/** Announcements that found no room. */
export type Cluster = {
  readonly leftPx: number;
  readonly announcements: readonly TimelineAnnouncement[];
};

/** One lane of announcements. */
export type Packing = {
  readonly placed: readonly PlacedAnnouncement[];
  readonly clusters: readonly Cluster[];
  /** Rows there may be; the last of them is for clusters once there is one. */
  readonly maxRows: number;
};

/** Acts that change what can be reached: these may not hide in a cluster behind talk. */
const ACTS = new Set(['block_order', 'restriction', 'lift']);
const GLYPH_PX = 16;
const LABEL_MIN_PX = 56;
const LABEL_RESERVED_PX = 130;
const LABEL_MAX_PX = 300;
const SPACE_PX = 6;
const CLUSTER_PX = 40;

/** In order of time. */
export const MARK_KINDS: readonly MarkKind[] = ['denied', 'announced', 'effective', 'lifted'];

/** Whether the announcement itself changes what can be reached. */
export function isAct({ actionKind }: TimelineAnnouncement): boolean {
  return ACTS.has(actionKind);
}

type Candidate = Omit<PlacedAnnouncement, 'row' | 'labelPx'>;

function toCandidate(
  announcement: TimelineAnnouncement,
  toPx: (atMs: number) => number,
  widthPx: number,
): Candidate | undefined {
  const marks = MARK_KINDS.flatMap((kind): PlacedMark[] => {
    const box = announcement.times[kind]?.box;
    if (!box) return [];
    const leftPx = toPx(box.fromMs);
    return [{ kind, leftPx, widthPx: toPx(box.untilMs) - leftPx }];
  });
  // What began before the range sits at its edge.
  const leftPx = Math.max(0, Math.min(...marks.map((mark) => mark.leftPx)));
  const rightPx = Math.max(...marks.map((mark) => mark.leftPx + Math.max(GLYPH_PX, mark.widthPx)));
  return marks.length === 0 || rightPx < 0 || leftPx > widthPx
    ? undefined
    : { announcement, marks, leftPx, rightPx };
}

type Taken = { leftPx: number; rightPx: number };

function placeInRows(candidates: readonly Candidate[], rowCount: number) {
  const taken: Taken[][] = Array.from({ length: rowCount }, () => []);
  const placed: (Candidate & { row: number })[] = [];
  const left: Candidate[] = [];
  for (const candidate of candidates) {
    const room = isAct(candidate.announcement) ? LABEL_RESERVED_PX : 0;
    const wanted = { leftPx: candidate.leftPx - SPACE_PX, rightPx: candidate.rightPx + room };
    const row = taken.findIndex((intervals) =>
      intervals.every((one) => one.rightPx < wanted.leftPx || one.leftPx > wanted.rightPx),
    );
    if (row < 0) left.push(candidate);
    else {
      taken[row]?.push(wanted);
      placed.push({ ...candidate, row });
    }
  }
  return { placed, left };
}

function toClusters(left: readonly Candidate[], widthPx: number): readonly Cluster[] {
  const clusters: { leftPx: number; announcements: TimelineAnnouncement[] }[] = [];
  for (const { leftPx, announcement } of left.toSorted((a, b) => a.leftPx - b.leftPx)) {
    const last = clusters.at(-1);
    if (last && leftPx - last.leftPx < CLUSTER_PX) last.announcements.push(announcement);
    else
      clusters.push({
        leftPx: Math.max(0, Math.min(leftPx, widthPx - CLUSTER_PX)),
        announcements: [announcement],
      });
  }
  return clusters;
}

/** Packs the announcements of one lane that touch the range; `toPx` maps a time to the axis, `widthPx` is its length. */
export function pack(
  announcements: readonly TimelineAnnouncement[],
  toPx: (atMs: number) => number,
  widthPx: number,
  maxRows: number = MAX_BAND_ROWS.wide,
): Packing {
  const candidates = announcements
    .flatMap((announcement) => toCandidate(announcement, toPx, widthPx) ?? [])
    .sort(
      (a, b) =>
        Number(isAct(b.announcement)) - Number(isAct(a.announcement)) || a.leftPx - b.leftPx,
    );
  let rows = placeInRows(candidates, maxRows);
  // The last row goes to the clusters as soon as there is one.
  if (rows.left.length > 0) rows = placeInRows(candidates, maxRows - 1);
  const placed = rows.placed
    .toSorted((a, b) => a.leftPx - b.leftPx)
    .map((item, _index, all): PlacedAnnouncement => {
      const nextPx = Math.min(
        widthPx + SPACE_PX,
        ...all.filter((o) => o.row === item.row && o.leftPx > item.leftPx).map((o) => o.leftPx),
      );
      const freePx = Math.min(LABEL_MAX_PX, nextPx - item.rightPx - SPACE_PX);
      return { ...item, labelPx: freePx >= LABEL_MIN_PX ? freePx : 0 };
    });
  return { placed, clusters: toClusters(rows.left, widthPx), maxRows };
}

/** How many rows a packing takes; clusters always lie in the last one that there is. */
export function countRows({ placed, clusters, maxRows }: Packing): number {
  if (clusters.length > 0) return maxRows;
  return Math.max(0, ...placed.map(({ row }) => row + 1));
}
