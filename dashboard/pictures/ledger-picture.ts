/**
 * The ledger as a picture: for each announcement the networks with the interval in which the restriction began or ended,
 * against what was announced. Lengths count from the time that the outcomes count from.
 */
import type { LedgerGroup, StatedInterval } from '../../db/ledger-types.ts';
import { DAY_MS, HOUR_MS } from '../format.ts';
import type { Say } from '../i18n/say.ts';
import { formatCountry, formatLag } from '../i18n/times.ts';
import { type DrawnRow, findRange, listDrawn } from '../pages/lag-picture.ts';
import { describeLag, sayOutcome } from '../pages/ledger-words.ts';
import type { Theme } from '../palette.ts';
import { cutText } from './lettering.ts';
import { draw, join, type Markup } from './markup.ts';
import { PAINTS, type Paint } from './paint.ts';
import { BODY_TOP, drawSheet, MARGIN, type Picture, type SheetText } from './sheet.ts';
import { drawMark } from './signs.ts';

/** What the picture is drawn from. */
export type LedgerPictureData = {
  readonly text: SheetText;
  /** Newest announcement first. */
  readonly groups: readonly LedgerGroup[];
  readonly nameOf: ReadonlyMap<string, string>;
  readonly widthPx: number;
};

/** More groups make a picture that nobody can read; the note under them says how many rows are left out. */
const MAX_GROUPS = 8;
const MAX_ROWS = 12;
const ROW = 24;
const HEAD = 46;
/** Room for the words of one stated time, and of two that lie close together. */
const MARK = 18;
const CLOSE = 120;
const AXIS = 34;
const LABEL = 230;
/** Room for the lag in words behind a bar. */
const WORDS = 310;
const MIN_BAR = 4;
const MAX_TICKS = 7;
const STEPS_MS = [1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 720, 2_160].map((h) => h * HOUR_MS);

type Scale = {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly toX: (atMs: number) => number;
};
type Scene = {
  readonly data: LedgerPictureData;
  readonly say: Say;
  readonly paint: Paint;
};

function sortDrawn(group: LedgerGroup): DrawnRow[] {
  return listDrawn(group).toSorted((a, b) => a.point.byMs - b.point.byMs);
}

function makeScale(
  group: LedgerGroup,
  drawn: readonly DrawnRow[],
  left: number,
  right: number,
): Scale {
  const { fromMs, untilMs } = findRange(group, drawn);
  const toX = (atMs: number) => left + ((atMs - fromMs) / (untilMs - fromMs)) * (right - left);
  return { fromMs, untilMs, toX };
}

function drawTicks(
  { fromMs, untilMs, toX }: Scale,
  zeroMs: number,
  top: number,
  bottom: number,
  { say, paint }: Scene,
): Markup {
  const spanMs = untilMs - fromMs;
  const stepMs =
    STEPS_MS.find((step) => spanMs / step <= MAX_TICKS) ??
    Math.ceil(spanMs / MAX_TICKS / DAY_MS) * DAY_MS;
  const first = Math.ceil((fromMs - zeroMs) / stepMs);
  const count = Math.max(0, Math.floor((untilMs - zeroMs) / stepMs) - first + 1);
  return join(
    Array.from({ length: count }, (_, index) => {
      const lengthMs = (first + index) * stepMs;
      const x = Math.round(toX(zeroMs + lengthMs)) + 0.5;
      return join([
        draw('path', {
          d: `M${x} ${top}V${bottom + 4}`,
          stroke: lengthMs === 0 ? paint.quiet : paint.line,
          'stroke-width': lengthMs === 0 ? 1.5 : 1,
        }),
        draw(
          'text',
          { x, y: bottom + 17, 'font-size': 11, 'text-anchor': 'middle', fill: paint.quiet },
          formatLag(lengthMs, say),
        ),
      ]);
    }),
  );
}

/** A stated time: a line when it is an instant, a box as wide as what is not known. */
function drawStated(
  kind: 'announced' | 'effective' | 'lifted',
  stated: StatedInterval | undefined,
  scale: Scale,
  place: { readonly top: number; readonly linesTop: number; readonly bottom: number },
  { say, paint }: Scene,
): Markup | undefined {
  if (stated === undefined) return undefined;
  const x = scale.toX(stated.earliestMs);
  const width = Math.max(1.5, scale.toX(stated.latestMs) - x);
  const { top, linesTop, bottom } = place;
  return join([
    draw('rect', {
      x,
      y: linesTop,
      width,
      height: bottom - linesTop,
      fill: paint.text,
      opacity: width > 3 ? 0.1 : 1,
    }),
    drawMark(kind, { x: x - 1, y: top + 2, size: 11 }, paint.text),
    draw(
      'text',
      { x: x + 14, y: top + 12, 'font-size': 11, fill: paint.text },
      say.text(`words.point.${kind}`),
    ),
  ]);
}

function drawRow(
  { row, point }: DrawnRow,
  y: number,
  group: LedgerGroup,
  scale: Scale,
  scene: Scene,
) {
  const { say, paint } = scene;
  const x1 = scale.toX(point.afterMs ?? scale.fromMs);
  const x2 = Math.max(x1 + MIN_BAR, scale.toX(point.byMs));
  const lag =
    (group.reference === 'announced' ? row.sinceAnnounced : row.sinceEffective) ??
    row.sinceAnnounced;
  const words = `${sayOutcome(say, row.outcome)}${lag === undefined ? '' : ` · ${describeLag(lag, say)}`}`;
  return join([
    draw(
      'text',
      { x: MARGIN, y: y + 15.5, 'font-size': 12.5, fill: paint.text },
      cutText(row.networkName, LABEL - 14, 12.5),
    ),
    draw('rect', {
      x: x1,
      y: y + 5,
      width: x2 - x1,
      height: ROW - 11,
      rx: 2,
      fill: paint.accent,
      // Nothing was measured before: the bar has no known beginning.
      opacity: point.afterMs === undefined ? 0.45 : undefined,
    }),
    draw(
      'text',
      {
        x: scene.data.widthPx - MARGIN - WORDS + 12,
        y: y + 15.5,
        'font-size': 11,
        fill: paint.quiet,
      },
      cutText(words, WORDS - 12, 11),
    ),
  ]);
}

function drawGroup(group: LedgerGroup, top: number, scene: Scene) {
  const { data, say, paint } = scene;
  const drawn = sortDrawn(group).slice(0, MAX_ROWS);
  const right = data.widthPx - MARGIN - WORDS;
  const scale = makeScale(group, drawn, MARGIN + LABEL, right);
  const second = group.reference === 'lifted' ? 'lifted' : 'effective';
  const [firstAt, secondAt] = [group.announced, group[second]].map((one) =>
    one === undefined ? undefined : scale.toX(one.earliestMs),
  );
  const isClose =
    firstAt !== undefined && secondAt !== undefined && Math.abs(firstAt - secondAt) < CLOSE;
  const linesTop = top + HEAD + (isClose ? 2 : 1) * MARK;
  const rowsTop = linesTop + 4;
  const bottom = rowsTop + drawn.length * ROW;
  const zeroMs = group[group.reference]?.earliestMs ?? scale.fromMs;
  const service = data.nameOf.get(group.service) ?? group.service;
  const place = { top: top + HEAD, linesTop, bottom };
  const below = isClose ? { ...place, top: place.top + MARK } : place;
  const markup = join([
    draw(
      'text',
      { x: MARGIN, y: top + 18, 'font-size': 14, 'font-weight': '700', fill: paint.text },
      cutText(
        `${service} · ${formatCountry(group.countryCode, say)} · ${group.title}`,
        data.widthPx - 2 * MARGIN,
        14,
        true,
      ),
    ),
    draw(
      'text',
      { x: MARGIN, y: top + 36, 'font-size': 12, fill: paint.quiet },
      say.text('picture.ledger_networks', { n: drawn.length, reference: group.reference }),
    ),
    drawTicks(scale, zeroMs, linesTop, bottom, scene),
    drawStated('announced', group.announced, scale, place, scene),
    drawStated(second, group[second], scale, below, scene),
    ...drawn.map((one, index) => drawRow(one, rowsTop + index * ROW, group, scale, scene)),
  ]);
  return { markup, bottom: bottom + AXIS };
}

/** Groups that have something to draw. */
export function listDrawnGroups(groups: readonly LedgerGroup[]): LedgerGroup[] {
  return groups.filter(
    (group) => listDrawn(group).length > 0 && group[group.reference] !== undefined,
  );
}

/** Draws the ledger; what does not fit is counted in words. */
export function drawLedgerPicture(data: LedgerPictureData, say: Say, theme: Theme): Picture {
  const scene: Scene = { data, say, paint: PAINTS[theme] };
  const groups = listDrawnGroups(data.groups);
  const shown = groups.slice(0, MAX_GROUPS);
  let y = BODY_TOP;
  const drawn = shown.map((group) => {
    const { markup, bottom } = drawGroup(group, y, scene);
    y = bottom;
    return markup;
  });
  const rows = groups.reduce((sum, group) => sum + listDrawn(group).length, 0);
  const shownRows = shown.reduce(
    (sum, group) => sum + Math.min(MAX_ROWS, listDrawn(group).length),
    0,
  );
  const note =
    shown.length === 0
      ? say.text('picture.ledger_empty')
      : rows > shownRows
        ? say.text('picture.ledger_more', { n: rows - shownRows })
        : undefined;
  const body = join([
    ...drawn,
    note === undefined
      ? undefined
      : draw('text', { x: MARGIN, y: y + 18, 'font-size': 13, fill: scene.paint.quiet }, note),
  ]);
  return drawSheet(data.text, data.widthPx, y + (note ? 24 : 0) - BODY_TOP, body, theme);
}
