/** Where everything lies from top to bottom. Pure; CSS pixels. */
import { ACTOR_BANDS, type ActorBand } from '../actor-bands.ts';
import { isOfGroup, type LagLine } from '../lag-lines.ts';
import type { LaneRow, RowGroup } from '../lane-rows.ts';
import type { TimelineLane } from './data.ts';

/** A row with its place. */
export type PlacedRow = {
  readonly row: LaneRow<TimelineLane>;
  /** Of the whole row, label included. */
  readonly topPx: number;
  readonly heightPx: number;
  /** Of the band that is painted. */
  readonly barTopPx: number;
  readonly barHeightPx: number;
};

/** A row for the lag of one announcement. */
export type PlacedLag = { readonly line: LagLine; readonly topPx: number };

/** A heading over its rows. */
export type PlacedGroup = {
  readonly group: RowGroup<TimelineLane>;
  readonly topPx: number;
  readonly heightPx: number;
  /** Indices into `rows`, first to last. */
  readonly first: number;
  readonly last: number;
  readonly lags: readonly PlacedLag[];
  /** Top of the coverage ribbon under the group; absent when there is none. */
  readonly ribbonTopPx?: number;
};

/** A lane of announcements. */
export type PlacedBand = {
  readonly band: ActorBand;
  readonly topPx: number;
  readonly rows: number;
};

/** The plot from top to bottom: lanes of announcements, then groups of rows. */
export type Layout = {
  readonly rows: readonly PlacedRow[];
  readonly groups: readonly PlacedGroup[];
  readonly bands: readonly PlacedBand[];
  readonly heightPx: number;
  readonly isNarrow: boolean;
};

/** What is laid out. */
export type LayoutContent = {
  readonly groups: readonly RowGroup<TimelineLane>[];
  readonly lags: readonly LagLine[];
  /** Rows of marks in each lane of announcements; none for those that are left out. */
  readonly bandRows: Readonly<Partial<Record<ActorBand, number>>>;
  readonly hasCoverage: boolean;
  readonly isNarrow: boolean;
};

export const ANNOUNCEMENT_ROW_PX = 24;
/** Between two lanes of announcements. */
const BAND_GAP_PX = 4;
/** A narrow screen writes the name of a band above it. */
const BAND_LABEL_PX = 16;
const GROUP_PX = 30;
export const LAG_PX = 22;
/** Announcements against measurements under one heading; more is what the ledger is for. */
const MAX_LAGS = 2;
/** Up to this many rows get the comfortable height. */
const ROOMY_ROWS = 14;
const GAP_PX = 6;
/** Height of a coverage ribbon. */
export const RIBBON_PX = 8;
/** Room that the ribbon takes; its label stands beside it, or above it on a narrow screen. */
const RIBBON_ROOM_PX = { narrow: 26, wide: 17 } as const;

function placeBands(bandRows: LayoutContent['bandRows'], isNarrow: boolean) {
  const bands: PlacedBand[] = [];
  let topPx = 0;
  for (const band of ACTOR_BANDS) {
    const rows = bandRows[band] ?? 0;
    if (rows === 0) continue;
    if (isNarrow) topPx += BAND_LABEL_PX;
    bands.push({ band, topPx, rows });
    topPx += rows * ANNOUNCEMENT_ROW_PX + BAND_GAP_PX;
  }
  return { bands, heightPx: topPx === 0 ? 0 : topPx + 4 };
}

/** Places the rows group by group. A narrow screen puts labels above the bands. */
export function layOut({ groups, lags, bandRows, hasCoverage, isNarrow }: LayoutContent): Layout {
  const count = groups.reduce((sum, group) => sum + group.rows.length, 0);
  const labelPx = isNarrow ? 17 : 0;
  const barPx = isNarrow ? 16 : count <= ROOMY_ROWS ? 22 : 17;
  const { bands, heightPx: bandsPx } = placeBands(bandRows, isNarrow);
  const rows: PlacedRow[] = [];
  const placed: PlacedGroup[] = [];
  let topPx = bandsPx;
  for (const group of groups) {
    const head = { group, topPx, heightPx: GROUP_PX, first: rows.length };
    topPx += GROUP_PX;
    const own = lags.filter((line) => isOfGroup(line, group)).slice(-MAX_LAGS);
    const placedLags = own.map((line, index) => ({
      line,
      topPx: topPx + index * (LAG_PX + labelPx) + labelPx,
    }));
    topPx += own.length * (LAG_PX + labelPx);
    for (const row of group.rows) {
      const heightPx = labelPx + barPx + GAP_PX;
      const barTopPx = topPx + labelPx + GAP_PX / 2;
      rows.push({ row, topPx, heightPx, barTopPx, barHeightPx: barPx });
      topPx += heightPx;
    }
    if (hasCoverage) topPx += RIBBON_ROOM_PX[isNarrow ? 'narrow' : 'wide'];
    placed.push({
      ...head,
      last: rows.length - 1,
      lags: placedLags,
      ...(hasCoverage ? { ribbonTopPx: topPx - RIBBON_PX - 2 } : {}),
    });
  }
  return { rows, groups: placed, bands, heightPx: topPx + 6, isNarrow };
}

/** Index of the row at a height, or undefined between rows. */
export function laneIndexAt(layout: Layout, yPx: number): number | undefined {
  const index = layout.rows.findIndex(
    ({ topPx, heightPx }) => yPx >= topPx && yPx < topPx + heightPx,
  );
  return index < 0 ? undefined : index;
}
