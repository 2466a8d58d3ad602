/** Vantages country by country: which report and which are silent, and how much of each day they measured. */
import type { Say } from '../i18n/say.ts';
import { formatAge, formatCountry } from '../i18n/times.ts';
import { toLevel } from '../pages/coverage-picture.ts';
import {
  type CoverageDay,
  formatShare,
  toShare,
  type VantageStatus,
  type VantageView,
} from '../pages/vantage-state.ts';
import { groupViews } from '../pages/vantages.ts';
import type { Theme } from '../palette.ts';
import { cutText, measureText } from './lettering.ts';
import { draw, join, type Markup } from './markup.ts';
import { BODY_TOP, drawSheet, MARGIN, type Picture, type SheetText } from './sheet.ts';
import {
  BAR,
  drawGroups,
  drawHidden,
  drawRowLabel,
  drawTimeAxis,
  openScene,
  type TimeRange,
  type TimeScene,
} from './time-scene.ts';

/** What the picture is drawn from. */
export type VantagePictureData = {
  readonly text: SheetText;
  readonly vantages: readonly VantageView[];
  /** Days of UTC, of which each vantage has one entry. */
  readonly range: TimeRange;
  readonly nowMs: number;
  readonly widthPx: number;
};

/** Room for the state in words behind the days, px. */
const TAIL = 250;
const STEPS = 8;
const SIGN = 12;
const SIZE = 11.5;

/** A full circle, a cross, an empty circle, an arrow down and a dot: no font has all of them alike. */
const SIGNS: Readonly<Record<VantageStatus, { readonly d: string; readonly isLine: boolean }>> = {
  reporting: { d: 'M8 2a6 6 0 1 0 .01 0z', isLine: false },
  silent: { d: 'M3 3l10 10M13 3l-10 10', isLine: true },
  waiting: { d: 'M8 6a2 2 0 1 0 .01 0z', isLine: false },
  imported: { d: 'M8 2v10M3.5 8l4.5 5l4.5-5', isLine: true },
  off: { d: 'M8 3a5 5 0 1 0 .01 0z', isLine: true },
};

function drawSign(status: VantageStatus, x: number, y: number, colour: string): Markup {
  const { d, isLine } = SIGNS[status];
  return draw('path', {
    d,
    transform: `translate(${x} ${y}) scale(${SIGN / 16})`,
    fill: isLine ? 'none' : colour,
    stroke: isLine ? colour : undefined,
    'stroke-width': isLine ? 2.4 : undefined,
  });
}

function toHeight({ measured, expected }: CoverageDay): number {
  const share = expected === 0 ? 0 : Math.min(1, measured / expected);
  return (Math.max(1, Math.round(share * STEPS)) / STEPS) * BAR;
}

/** Days as bars: whole ones high, days in part lower and paler, days without a run as an empty outline. */
function drawDays(days: readonly CoverageDay[], top: number, scene: TimeScene): Markup {
  const { left, width, paint } = scene;
  const step = width / Math.max(1, days.length);
  const paths = { full: '', part: '', none: '' };
  for (const [index, day] of days.entries()) {
    const level = toLevel(day);
    if (level === 'before') continue;
    const x = Math.round(left + index * step);
    const length = Math.max(1, Math.round(left + (index + 1) * step) - x - 1);
    if (level === 'none')
      paths.none += `M${x} ${top + 0.5}h${length}M${x} ${top + BAR - 0.5}h${length}`;
    else {
      const height = level === 'full' ? BAR : toHeight(day);
      paths[level] += `M${x} ${top + BAR - height}h${length}v${height}h-${length}z`;
    }
  }
  const filled = (d: string, fill: string) => (d === '' ? undefined : draw('path', { d, fill }));
  return join([
    draw('rect', { x: left, y: top, width, height: BAR, fill: paint.track }),
    filled(paths.full, paint.accent),
    filled(paths.part, paint.quiet),
    paths.none === ''
      ? undefined
      : draw('path', { d: paths.none, stroke: paint.fill('blocked'), 'stroke-width': 1.4 }),
  ]);
}

/** State, share and age in words as far as there is room, e.g. `silent · 97 % · 9 h ago`. */
function describe(
  { vantage, status, days }: VantageView,
  nowMs: number,
  roomPx: number,
  say: Say,
): string {
  const { lastMeasuredMs } = vantage;
  const state = say.text(`vantages.status.${status}`);
  const share = formatShare(toShare(days), say, '–');
  const age = lastMeasuredMs === undefined ? [] : [formatAge(lastMeasuredMs, nowMs, say)];
  const tries = [[state, share, ...age], [state, share], [state]].map((one) => one.join(' · '));
  return tries.find((one) => measureText(one, SIZE) <= roomPx) ?? cutText(state, roomPx, SIZE);
}

function drawVantage(
  view: VantageView,
  top: number,
  { nowMs, widthPx }: VantagePictureData,
  scene: TimeScene,
): Markup {
  const { right, paint, say } = scene;
  const { vantage, status } = view;
  const isLoud = status === 'silent';
  const colour = isLoud ? paint.fill('blocked') : paint.text;
  return join([
    drawRowLabel(vantage.networkName, vantage.asn === 0 ? '' : `AS${vantage.asn}`, top, scene),
    drawDays(view.days, top, scene),
    drawSign(status, right + 12, top + 2.5, colour),
    draw(
      'text',
      {
        x: right + 30,
        y: top + BAR - 4,
        'font-size': SIZE,
        fill: isLoud ? paint.text : paint.quiet,
      },
      describe(view, nowMs, widthPx - MARGIN - right - 30, say),
    ),
  ]);
}

/** Draws vantages; what does not fit is counted in words. */
export function drawVantagePicture(data: VantagePictureData, say: Say, theme: Theme): Picture {
  const { widthPx, range, vantages } = data;
  const scene = openScene(range, widthPx, say, theme, {
    tailPx: Math.round(Math.min(TAIL, widthPx * 0.3)),
  });
  const groups = groupViews(vantages, say).map(([code, rows]) => ({
    name: formatCountry(code, say),
    rows,
  }));
  const { drawn, bottom, hidden } = drawGroups(
    groups,
    (view, top) => drawVantage(view, top, data, scene),
    say.text('vantages.empty'),
    scene,
  );
  // Days are those of UTC in every zone of the page.
  const axis = drawTimeAxis({ ...scene, say: { ...say, timeZone: 'UTC' } }, bottom);
  const more = drawHidden(hidden, bottom, scene);
  const body = join([axis.lines, drawn, axis.labels, more.drawn]);
  return drawSheet(data.text, widthPx, more.bottom - BODY_TOP, body, theme);
}
