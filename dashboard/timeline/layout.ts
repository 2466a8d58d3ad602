/** Where everything lies from top to bottom, and what lanes are called. Pure; CSS pixels. */
import type { TimelineLane } from './data.ts';

/** A lane with its place. */
export type LaneRow = {
  readonly lane: TimelineLane;
  /** Of the whole row, label included. */
  readonly topPx: number;
  readonly heightPx: number;
  /** Of the band that is painted. */
  readonly barTopPx: number;
  readonly barHeightPx: number;
};

/** A heading over the lanes of one service. */
export type GroupRow = {
  readonly title: string;
  readonly topPx: number;
  readonly heightPx: number;
  /** Indices into `rows`, first to last. */
  readonly first: number;
  readonly last: number;
  /** Top of the coverage ribbon under the group. */
  readonly ribbonTopPx: number;
};

/** The plot from top to bottom: announcements, then groups of lanes. */
export type Layout = {
  readonly rows: readonly LaneRow[];
  readonly groups: readonly GroupRow[];
  readonly announcementsHeightPx: number;
  readonly heightPx: number;
  readonly isNarrow: boolean;
};

/** At most this many rows of announcements; what does not fit becomes a cluster. */
export const ANNOUNCEMENT_ROWS = 4;
export const ANNOUNCEMENT_ROW_PX = 24;
const GROUP_PX = 30;
/** Up to this many lanes get the comfortable height. */
const ROOMY_LANES = 14;
const GAP_PX = 6;
/** Height of a coverage ribbon. */
export const RIBBON_PX = 8;
/** Room that the ribbon takes; its label stands beside it, or above it on a narrow screen. */
const RIBBON_ROOM_PX = { narrow: 26, wide: 17 } as const;

const SERVICE_NAMES: Readonly<Record<string, string>> = {
  facebook: 'Facebook',
  instagram: 'Instagram',
  whatsapp: 'WhatsApp',
};

/** A service as people write it. */
export function nameService(id: string): string {
  return SERVICE_NAMES[id] ?? id.charAt(0).toUpperCase() + id.slice(1);
}

/** The network of a lane, e.g. `Rostelecom`. */
export function nameNetwork({ vantage }: TimelineLane): string {
  return vantage.networkName || vantage.id;
}

/** What is worth knowing beside the name, e.g. `AS12389 · RU mobile`. */
export function describeNetwork({ vantage }: TimelineLane): string {
  const { asn, countryCode, role, access } = vantage;
  const kind = role === 'control' ? 'control' : access === 'unknown' ? '' : access;
  const place = countryCode === 'ZZ' ? '' : countryCode;
  return [asn > 0 ? `AS${asn}` : '', `${place} ${kind}`.trim()]
    .filter((part) => part !== '')
    .join(' · ');
}

function nameGroup(lane: TimelineLane): string {
  const service = nameService(lane.service);
  return lane.function === 'service' ? service : `${service} · ${lane.function}`;
}

/** Controls last, then by country and network; what is alike keeps its order. */
function compareLanes({ vantage: a }: TimelineLane, { vantage: b }: TimelineLane): number {
  return (
    Number(a.role === 'control') - Number(b.role === 'control') ||
    a.countryCode.localeCompare(b.countryCode) ||
    a.networkName.localeCompare(b.networkName)
  );
}

/** Places the lanes group by group, groups in order of first appearance. A narrow screen puts labels above the bands. */
export function layOut(
  lanes: readonly TimelineLane[],
  { isNarrow, announcementRows }: { isNarrow: boolean; announcementRows: number },
): Layout {
  const labelPx = isNarrow ? 17 : 0;
  const barPx = isNarrow ? 16 : lanes.length <= ROOMY_LANES ? 22 : 17;
  const announcementsHeightPx =
    announcementRows === 0 ? 0 : announcementRows * ANNOUNCEMENT_ROW_PX + 8;
  const byGroup = Map.groupBy(lanes, nameGroup);
  const rows: LaneRow[] = [];
  const groups: GroupRow[] = [];
  let topPx = announcementsHeightPx;
  for (const [title, lanesOfGroup] of byGroup) {
    const members = lanesOfGroup.toSorted(compareLanes);
    const group = {
      title,
      topPx,
      heightPx: GROUP_PX,
      first: rows.length,
      last: rows.length + members.length - 1,
    };
    topPx += GROUP_PX;
    for (const lane of members) {
      const heightPx = labelPx + barPx + GAP_PX;
      const barTopPx = topPx + labelPx + GAP_PX / 2;
      rows.push({ lane, topPx, heightPx, barTopPx, barHeightPx: barPx });
      topPx += heightPx;
    }
    topPx += RIBBON_ROOM_PX[isNarrow ? 'narrow' : 'wide'];
    groups.push({ ...group, ribbonTopPx: topPx - RIBBON_PX - 2 });
  }
  return { rows, groups, announcementsHeightPx, heightPx: topPx + 6, isNarrow };
}

/** Index of the lane at a height, or undefined between lanes. */
export function laneIndexAt(layout: Layout, yPx: number): number | undefined {
  const index = layout.rows.findIndex(
    ({ topPx, heightPx }) => yPx >= topPx && yPx < topPx + heightPx,
  );
  return index < 0 ? undefined : index;
}
