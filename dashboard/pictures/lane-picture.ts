/** Lanes of one range under the announcements that concern them, as a picture that stands on its own. */
import type { StoredAnnouncement } from '../../db/announcements.ts';
import type { Lane } from '../../db/lanes.ts';
import type { Aggregate } from '../columns.ts';
import { coverageOf, toSteps } from '../coverage.ts';
import type { Say } from '../i18n/say.ts';
import { nameGroup, nameRow } from '../lane-names.ts';
import { type LaneRow, listMeasuredLanes, type RowGroup, takePage } from '../lane-rows.ts';
import { STATES, type Theme } from '../palette.ts';
import { parseAnnouncements, type TimelineAnnouncement } from '../timeline/data.ts';
import { MARK_KINDS } from '../timeline/packing.ts';
import { drawAnnouncements, drawRule } from './announcement-marks.ts';
import { drawAxis, listTicks } from './axis.ts';
import { drawBar } from './lane-bar.ts';
import { drawLegend } from './legend.ts';
import { cutText } from './lettering.ts';
import { draw, join, type Markup } from './markup.ts';
import { PAINTS, type Paint } from './paint.ts';
import { drawPatterns } from './patterns.ts';
import { BODY_TOP, drawSheet, MARGIN, type Picture, type SheetText } from './sheet.ts';
import { AXIS, BAR, drawRowLabel, GROUP, MAX_ROWS, MIN_TICK, ROW } from './time-scene.ts';

/** What lanes are drawn from. */
export type LanePictureData = {
  readonly text: SheetText;
  /** Rows under their headings, as the page has them. */
  readonly groups: readonly RowGroup<Lane>[];
  /** What the body of a column says. */
  readonly aggregate: Aggregate;
  /** Those with a mark in the range. */
  readonly announcements: readonly StoredAnnouncement[];
  readonly nameOf: ReadonlyMap<string, string>;
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly widthPx: number;
};

/** With less room for a label the number of the network is left out, px. */
const NUMBER_MIN = 200;
const RIBBON = 6;

type Group = { readonly of: RowGroup<Lane>; readonly top: number };
type Scene = {
  readonly data: LanePictureData;
  readonly say: Say;
  readonly paint: Paint;
  readonly left: number;
  readonly width: number;
  readonly toPx: (atMs: number) => number;
};

function placeGroups(
  groups: readonly RowGroup<Lane>[],
  top: number,
): { groups: Group[]; bottom: number } {
  let y = top;
  const placed = groups.map((of) => {
    const group = { of, top: y };
    y += GROUP + of.rows.length * ROW + RIBBON + 10;
    return group;
  });
  return { groups: placed, bottom: y };
}

/** What stands small beside the name: country and number where the row is one network. */
function describeTail({ kind, lead, lanes }: LaneRow<Lane>, room: number): string {
  if (kind !== 'network' && kind !== 'vantage') return lanes.length > 1 ? `× ${lanes.length}` : '';
  const { countryCode, asn } = lead.vantage;
  // In a narrow picture the name says more than the number.
  return `${countryCode}${asn === 0 || room < NUMBER_MIN ? '' : ` AS${asn}`}`;
}

function drawLabel(row: LaneRow<Lane>, y: number, scene: Scene): Markup {
  const { data, say, left } = scene;
  const name = nameRow(row, { say, serviceNames: data.nameOf });
  return drawRowLabel(name, describeTail(row, left - MARGIN - 14), y, scene);
}

/** How many of the lanes were measured: a hole must not be taken for calm. */
function drawRibbon(
  lanes: readonly Lane[],
  y: number,
  { data, left, width, paint }: Scene,
): Markup {
  const { shares } = coverageOf(
    lanes.map(({ spans }) => spans),
    data.fromMs,
    data.toMs,
    width,
  );
  let path = '';
  for (let start = 0; start < width; ) {
    const height = toSteps(shares[start] ?? 0, RIBBON);
    let end = start + 1;
    while (end < width && toSteps(shares[end] ?? 0, RIBBON) === height) end += 1;
    if (height > 0)
      path += `M${left + start} ${y + RIBBON - height}h${end - start}v${height}h-${end - start}z`;
    start = end;
  }
  return join([
    draw('rect', { x: left, y, width, height: RIBBON, fill: paint.track }),
    path === '' ? undefined : draw('path', { d: path, fill: paint.quiet }),
  ]);
}

function concernsGroup(announcement: TimelineAnnouncement, { of }: Group): boolean {
  const { services, countryCodes } = announcement;
  return listMeasuredLanes(of).some(
    ({ service, vantage }) =>
      (services.includes(service) || services.includes('meta_company')) &&
      (countryCodes.length === 0 || countryCodes.includes(vantage.countryCode)),
  );
}

function drawGroup(
  group: Group,
  announcements: readonly TimelineAnnouncement[],
  scene: Scene,
): Markup {
  const { data, left, width, paint, say, toPx } = scene;
  const { rows } = group.of;
  const top = group.top + GROUP;
  const bottom = top + rows.length * ROW;
  const name = nameGroup(group.of, { say, serviceNames: data.nameOf });
  return join([
    draw(
      'text',
      { x: MARGIN, y: group.top + 18, 'font-size': 13.5, 'font-weight': '700', fill: paint.text },
      cutText(name, left - MARGIN, 13.5, true),
    ),
    ...rows.flatMap((row, index) => {
      const place = { x: left, y: top + index * ROW, width, height: BAR };
      return [drawLabel(row, place.y, scene), drawBar(row.set, data, place, paint, data.aggregate)];
    }),
    ...announcements
      .filter((one) => concernsGroup(one, group))
      .map((one) =>
        drawRule(
          one,
          toPx,
          { x: left, width, top: group.top + 8, bottom: bottom - ROW + BAR + 2 },
          paint,
        ),
      ),
    draw(
      'text',
      {
        x: left - 12,
        y: bottom + RIBBON,
        'font-size': 10,
        'text-anchor': 'end',
        fill: paint.quiet,
      },
      say.text('picture.coverage'),
    ),
    drawRibbon(listMeasuredLanes(group.of), bottom, scene),
  ]);
}

function drawEmpty({ say, paint }: Scene, y: number): Markup {
  return draw(
    'text',
    { x: MARGIN, y: y + 20, 'font-size': 14, fill: paint.quiet },
    say.text('picture.no_lanes'),
  );
}

const countRows = (groups: readonly RowGroup<Lane>[]): number =>
  groups.reduce((sum, { rows }) => sum + rows.length, 0);

/** Draws lanes; what does not fit is counted in words. */
export function drawLanePicture(data: LanePictureData, say: Say, theme: Theme): Picture {
  const paint = PAINTS[theme];
  const { groups: shown } = takePage(data.groups, 1, MAX_ROWS);
  const lanes = shown.flatMap(({ rows }) => rows.flatMap((row) => row.lanes));
  const left = MARGIN + Math.round(Math.min(270, data.widthPx * 0.3));
  const width = Math.round(data.widthPx - MARGIN - left);
  const toPx = (atMs: number) => ((atMs - data.fromMs) / (data.toMs - data.fromMs)) * width;
  const scene: Scene = { data, say, paint, left, width, toPx };
  const announcements = parseAnnouncements({ announcements: data.announcements });
  const place = { x: left, y: BODY_TOP, width };
  const marks = drawAnnouncements(announcements, toPx, place, paint);
  const { groups, bottom } = placeGroups(shown, BODY_TOP + marks.height);
  const isEmpty = lanes.length === 0;
  const axisY = isEmpty ? bottom + 30 : bottom;
  const axis = drawAxis(
    listTicks(data, width, MIN_TICK, say),
    (atMs) => left + toPx(atMs),
    { topY: BODY_TOP + marks.height, y: axisY, right: data.widthPx - MARGIN },
    paint,
  );
  const hidden = countRows(data.groups) - countRows(shown);
  const noteHeight = hidden > 0 ? 22 : 0;
  const occurring = STATES.filter((state) =>
    lanes.some(({ spans }) => spans.some((span) => span.state === state)),
  );
  const kinds = MARK_KINDS.filter((kind) =>
    announcements.some(({ times }) => times[kind] !== undefined),
  );
  const legendY = axisY + AXIS + noteHeight;
  const legend = drawLegend(
    occurring,
    kinds,
    { x: MARGIN, y: legendY, right: data.widthPx - MARGIN },
    say,
    paint,
  );
  const body = join([
    drawPatterns(paint),
    axis.lines,
    marks.height === 0
      ? undefined
      : draw(
          'text',
          { x: MARGIN, y: BODY_TOP + 13.5, 'font-size': 12.5, fill: paint.quiet },
          say.text('picture.announcements'),
        ),
    marks.drawn,
    isEmpty ? drawEmpty(scene, bottom) : undefined,
    ...groups.map((group) => drawGroup(group, announcements, scene)),
    axis.labels,
    hidden > 0
      ? draw(
          'text',
          { x: MARGIN, y: axisY + AXIS + 8, 'font-size': 12, fill: paint.quiet },
          say.text('picture.more_lanes', { n: hidden }),
        )
      : undefined,
    legend.drawn,
  ]);
  return drawSheet(data.text, data.widthPx, legendY + legend.height - BODY_TOP, body, theme);
}
