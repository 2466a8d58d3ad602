/** Announcements over the lanes of a picture: packed in rows as on screen, and their times falling through the lanes. */
import { ACTOR_BANDS } from '../actor-bands.ts';
import type { TimelineAnnouncement } from '../timeline/data.ts';
import {
  countRows,
  isAct,
  type PlacedAnnouncement,
  type PlacedMark,
  pack,
} from '../timeline/packing.ts';
import { cutText, measureText } from './lettering.ts';
import { draw, join, type Markup } from './markup.ts';
import type { Paint } from './paint.ts';
import { drawMark } from './signs.ts';

const ROW = 22;
const SIGN = 13;
const SIZE = 11.5;
/** Of a title that stands before its marks, px. */
const MIN_ROOM = 90;
const MAX_ROOM = 420;

/** Where a title behind the marks begins. */
function toLabelX({ marks, rightPx }: PlacedAnnouncement): number {
  const [first, last] = [marks[0], marks.at(-1)];
  return Math.max(rightPx, (first?.leftPx ?? 0) + (isTight(first, last) ? 2 : 1) * SIGN) + 5;
}

/** True for two marks so close that the second moves aside. */
function isTight(first: PlacedMark | undefined, last: PlacedMark | undefined): boolean {
  return first !== last && (last?.leftPx ?? 0) - (first?.leftPx ?? 0) < SIGN;
}

const measureTitle = ({ announcement }: PlacedAnnouncement): number =>
  measureText(announcement.title, SIZE, isAct(announcement));

/** Others of the same row. */
function listNeighbours(item: PlacedAnnouncement, all: readonly PlacedAnnouncement[]) {
  return all.filter((one) => one !== item && one.row === item.row);
}

/** Room for a title behind the last mark: up to what follows in the row, or to the end of the axis. */
function findRoomBehind(
  item: PlacedAnnouncement,
  all: readonly PlacedAnnouncement[],
  widthPx: number,
): number {
  if (item.labelPx <= 0) return 0;
  const behind = listNeighbours(item, all)
    .filter(({ leftPx }) => leftPx > item.leftPx)
    .map(({ leftPx }) => leftPx - 8);
  return Math.min(widthPx, ...behind) - toLabelX(item);
}

/** Room for a title before the first mark, for those at the right edge of the axis. */
function findRoomBefore(
  item: PlacedAnnouncement,
  leftPx: number,
  all: readonly PlacedAnnouncement[],
  widthPx: number,
): number {
  const ends = listNeighbours(item, all)
    .filter((one) => one.leftPx < item.leftPx)
    .map((one) => {
      const room = findRoomBehind(one, all, widthPx);
      return room <= 0 ? one.rightPx : toLabelX(one) + Math.min(room, measureTitle(one));
    });
  const room = Math.min(MAX_ROOM, leftPx - Math.max(0, ...ends) - 12);
  return room >= MIN_ROOM ? room : 0;
}

function drawTitle(
  { announcement }: PlacedAnnouncement,
  where: { readonly x: number; readonly y: number; readonly anchor: 'start' | 'end' },
  roomPx: number,
  paint: Paint,
): Markup | undefined {
  if (roomPx <= 0) return undefined;
  const isBold = isAct(announcement);
  return draw(
    'text',
    {
      x: where.x,
      y: where.y,
      'font-size': SIZE,
      'text-anchor': where.anchor === 'end' ? 'end' : undefined,
      fill: isBold ? paint.text : paint.quiet,
      'font-weight': isBold ? '600' : undefined,
    },
    cutText(announcement.title, roomPx, SIZE, isBold),
  );
}

function drawPlaced(
  item: PlacedAnnouncement,
  all: readonly PlacedAnnouncement[],
  place: { readonly x: number; readonly y: number; readonly width: number },
  paint: Paint,
): Markup {
  const { marks, row } = item;
  const y = place.y + row * ROW;
  const within = (px: number) => Math.min(place.width, Math.max(0, px));
  const [first, last] = [marks[0], marks.at(-1)];
  const waitFrom = within((first?.leftPx ?? 0) + SIGN);
  const waitTo = within(last?.leftPx ?? 0);
  const signs = marks.flatMap(({ kind, leftPx, widthPx }, index) => {
    const aside = index > 0 && isTight(first, last) ? SIGN : 0;
    const box =
      widthPx < 3
        ? undefined
        : draw('rect', {
            x: place.x + within(leftPx),
            y: y + 1,
            width: within(leftPx + widthPx) - within(leftPx),
            height: ROW - 5,
            rx: 2,
            fill: paint.text,
            opacity: 0.12,
          });
    const isSeen = leftPx + Math.max(SIGN, widthPx) > 0 && leftPx <= place.width;
    return [
      box,
      isSeen
        ? drawMark(
            kind,
            {
              x: place.x + Math.min(within(leftPx) + aside + 1, place.width - 2 * SIGN + aside),
              y: y + 4,
              size: SIGN - 2,
            },
            paint.text,
          )
        : undefined,
    ];
  });
  const leftEdge = Math.min(item.leftPx, place.width - 2 * SIGN);
  const [behind, before] = [
    findRoomBehind(item, all, place.width),
    findRoomBefore(item, leftEdge, all, place.width),
  ];
  const isBehind = behind >= Math.min(before, measureTitle(item));
  return join([
    waitTo - waitFrom > 4
      ? draw('path', {
          d: `M${place.x + waitFrom + 2} ${y + 9.5}H${place.x + waitTo - 2}`,
          stroke: paint.quiet,
          'stroke-width': 1.4,
          'stroke-dasharray': '3 3',
        })
      : undefined,
    ...signs,
    drawTitle(
      item,
      { x: place.x + toLabelX(item), y: y + 13.5, anchor: 'start' },
      isBehind ? behind : 0,
      paint,
    ),
    drawTitle(
      item,
      { x: place.x + leftEdge - 6, y: y + 13.5, anchor: 'end' },
      isBehind ? 0 : before,
      paint,
    ),
  ]);
}

/** Draws one lane of announcements from `y` on and says how high it is. */
function drawBand(
  announcements: readonly TimelineAnnouncement[],
  toPx: (atMs: number) => number,
  place: { readonly x: number; readonly y: number; readonly width: number },
  paint: Paint,
): { readonly drawn: Markup; readonly height: number } {
  const packing = pack(announcements, toPx, place.width);
  const rows = countRows(packing);
  const clusterY = place.y + Math.max(0, rows - 1) * ROW;
  return {
    height: rows * ROW,
    drawn: join([
      ...packing.placed.map((item) => drawPlaced(item, packing.placed, place, paint)),
      ...packing.clusters.map(({ leftPx, announcements: held }) =>
        join([
          draw('rect', {
            x: place.x + leftPx,
            y: clusterY + 2,
            width: 30,
            height: 16,
            rx: 8,
            fill: 'none',
            stroke: paint.quiet,
          }),
          draw(
            'text',
            {
              x: place.x + leftPx + 15,
              y: clusterY + 14,
              'font-size': 11,
              'text-anchor': 'middle',
              fill: paint.text,
            },
            `+${held.length}`,
          ),
        ]),
      ),
    ]),
  };
}

/** Draws announcements from `y` on, a lane for each kind of actor, and says how high they are. */
export function drawAnnouncements(
  announcements: readonly TimelineAnnouncement[],
  toPx: (atMs: number) => number,
  place: { readonly x: number; readonly y: number; readonly width: number },
  paint: Paint,
): { readonly drawn: Markup; readonly height: number } {
  let height = 0;
  const drawn = ACTOR_BANDS.map((band) => {
    const own = announcements.filter((one) => one.band === band);
    const lane = drawBand(own, toPx, { ...place, y: place.y + height }, paint);
    height += lane.height;
    return lane.drawn;
  });
  return { drawn: join(drawn), height: height === 0 ? 0 : height + 4 };
}

/** Lets the time of an act fall through lanes from `top` to `bottom`: a line for an instant, a dashed one with its box else. */
export function drawRule(
  announcement: TimelineAnnouncement,
  toPx: (atMs: number) => number,
  place: {
    readonly x: number;
    readonly width: number;
    readonly top: number;
    readonly bottom: number;
  },
  paint: Paint,
): Markup | undefined {
  if (!isAct(announcement)) return undefined;
  const { effective, announced } = announcement.times;
  // Where the source names no effective time, the announcement itself is the only date there is.
  const box = (effective ?? announced)?.box;
  if (box === undefined) return undefined;
  const left = Math.round(toPx(box.fromMs));
  const right = Math.min(place.width, toPx(box.untilMs));
  if (left > place.width || right < 0) return undefined;
  const { top, bottom } = place;
  const x = place.x + left;
  const from = Math.max(0, left);
  return join([
    right - from >= 2
      ? draw('rect', {
          x: place.x + from,
          y: top,
          width: right - from,
          height: bottom - top,
          fill: paint.text,
          opacity: 0.07,
        })
      : undefined,
    // A rim of page colour keeps the line in sight over a dark fill.
    left < 0
      ? undefined
      : draw('path', { d: `M${x} ${top}V${bottom}`, stroke: paint.page, 'stroke-width': 4 }),
    left < 0
      ? undefined
      : draw('path', {
          d: `M${x} ${top}V${bottom}`,
          stroke: paint.text,
          'stroke-width': 1.6,
          'stroke-dasharray': !box.isInstant || effective === undefined ? '4 3' : undefined,
        }),
  ]);
}
