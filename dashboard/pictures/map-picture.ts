/**
 * The map of the region: each country filled by the state of a service, with its sign and on how many networks it is
 * restricted. Colour, pattern, sign and figures say the same; the page has a table beside it.
 */

import type { Availability } from '../../db/availability-types.ts';
import type { Say } from '../i18n/say.ts';
import { formatCountry } from '../i18n/times.ts';
import { MAP_HEIGHT, MAP_WIDTH, OUTLINES, type Outline } from '../map/outlines.ts';
import { toFigures } from '../pages/answer-path.ts';
import type { Theme } from '../palette.ts';
import {
  ANSWER_STATES,
  type AnswerState,
  describeNetworks,
  nameAnswer,
  toAnswerState,
  toLook,
} from './answer-state.ts';
import { measureText } from './lettering.ts';
import { draw, join, type Markup } from './markup.ts';
import { PAINTS, type Paint } from './paint.ts';
import { drawPatterns, fillOf } from './patterns.ts';
import {
  BODY_TOP,
  drawNotice,
  drawSheet,
  MARGIN,
  openDocument,
  type Picture,
  type SheetText,
} from './sheet.ts';
import { drawState } from './signs.ts';

/** What the map of one service is drawn from. */
export type MapData = {
  readonly serviceName: string;
  /** One per country that is measured. */
  readonly answers: readonly Availability[];
  /** Where a country leads to. */
  readonly toHref: (countryCode: string) => string;
};

/** Labels that would lie on each other move aside, px of the map. */
const ASIDE: Readonly<Record<string, readonly [x: number, y: number]>> = {
  AM: [-34, 20],
  AZ: [24, 12],
  GE: [-8, -4],
  SK: [8, -4],
  HU: [0, 6],
  EE: [6, -8],
  LT: [-6, 6],
};
const SIZE = 12.5;
const LABEL_HEIGHT = 21;
const SIGN = 11;
/** About as wide as the column of the board that it stands in, px. */
const SMALL_WIDTH = 450;

function drawUnmeasured(paint: Paint): Markup {
  return draw(
    'defs',
    {},
    draw(
      'pattern',
      { id: 'rl-unmeasured', width: 7, height: 7, patternUnits: 'userSpaceOnUse' },
      draw('rect', { width: 7, height: 7, fill: paint.page }),
      draw('path', { d: 'M-1 8L8 -1M-1 1L1 -1M6 8L8 6', stroke: paint.line }),
    ),
  );
}

/** Countries with room for their name; the others are labelled with their code. */
const NAMED: ReadonlySet<string> = new Set(['BY', 'DE', 'PL', 'RO', 'RU', 'UA']);

function toLabel(answer: Availability, say: Say, isNarrow: boolean): string {
  const { countryCode } = answer;
  const name = NAMED.has(countryCode) && !isNarrow ? formatCountry(countryCode, say) : countryCode;
  return `${name} ${toFigures(answer)}`.trim();
}

/** Room for letters that are wider than was reckoned, px. */
const LABEL_SLACK = 21;

/** `zoom`: how many times larger than drawn, for maps that are shown smaller than they are drawn. */
function drawLabel(
  outline: Outline,
  answer: Availability,
  say: Say,
  paint: Paint,
  zoom: number,
): Markup {
  const [dx, dy] = ASIDE[outline.code] ?? [0, 0];
  const text = toLabel(answer, say, zoom > 1);
  const width = measureText(text, SIZE, true) + SIGN + LABEL_SLACK;
  const [x, y] = [outline.x / zoom + dx, outline.y / zoom + dy];
  const left = Math.min(MAP_WIDTH / zoom - width - 4, Math.max(4, x - width / 2));
  const drawn = join([
    draw('rect', {
      x: left,
      y: y - LABEL_HEIGHT / 2,
      width,
      height: LABEL_HEIGHT,
      rx: 4,
      fill: paint.page,
      stroke: paint.text,
    }),
    drawState(
      toLook(toAnswerState(answer)),
      { x: left + 6, y: y - SIGN / 2, size: SIGN },
      paint.text,
    ),
    draw(
      'text',
      {
        x: left + SIGN + 7 + (width - SIGN - 9) / 2,
        y: y + 4.5,
        'text-anchor': 'middle',
        'font-size': SIZE,
        'font-weight': '600',
        fill: paint.text,
      },
      text,
    ),
  ]);
  return zoom === 1 ? drawn : draw('g', { transform: `scale(${zoom})` }, drawn);
}

function drawCountry(outline: Outline, answer: Availability | undefined, paint: Paint): Markup {
  const look = answer === undefined ? undefined : toLook(toAnswerState(answer));
  return draw('path', {
    d: outline.path,
    fill: look === undefined ? 'url(#rl-unmeasured)' : fillOf(look, paint),
    stroke: look === undefined ? paint.line : paint.page,
    'stroke-width': look === undefined ? 0.8 : 1.2,
    'fill-rule': 'evenodd',
  });
}

function describe(answer: Availability, data: MapData, say: Say): string {
  const country = formatCountry(answer.countryCode, say);
  const state = nameAnswer(toAnswerState(answer), say);
  return `${country}: ${data.serviceName} ${state}, ${describeNetworks(answer, say)}`;
}

/** Draws the map in its own box of `MAP_WIDTH` × `MAP_HEIGHT`. */
function drawRegion(data: MapData, say: Say, paint: Paint, zoom = 1): Markup {
  const answerOf = new Map(data.answers.map((one) => [one.countryCode, one]));
  const measured = OUTLINES.filter(({ code }) => answerOf.has(code));
  return join([
    drawPatterns(paint),
    drawUnmeasured(paint),
    draw('rect', { width: MAP_WIDTH, height: MAP_HEIGHT, fill: paint.raised }),
    ...OUTLINES.filter(({ code }) => !answerOf.has(code)).map((one) =>
      drawCountry(one, undefined, paint),
    ),
    ...measured.flatMap((outline) => {
      const answer = answerOf.get(outline.code);
      if (answer === undefined) return [];
      const words = describe(answer, data, say);
      return draw(
        'a',
        { href: data.toHref(outline.code), 'aria-label': words },
        draw('title', {}, words),
        drawCountry(outline, answer, paint),
      );
    }),
    // Labels lie over every country, and lead to the same pages.
    ...measured.flatMap((outline) => {
      const answer = answerOf.get(outline.code);
      if (answer === undefined) return [];
      return draw(
        'a',
        { href: data.toHref(outline.code), tabindex: -1, 'aria-hidden': 'true' },
        drawLabel(outline, answer, say, paint, zoom),
      );
    }),
  ]);
}

/** The map for inside a page: colours follow its style sheet. `label` is what it is called when read aloud. */
export function drawInlineMap(data: MapData, label: string, say: Say): Markup {
  return draw(
    'svg',
    {
      class: 'map',
      viewBox: `0 0 ${MAP_WIDTH} ${MAP_HEIGHT}`,
      role: 'group',
      'aria-label': label,
      xmlns: 'http://www.w3.org/2000/svg',
    },
    drawRegion(data, say, PAINTS.page),
  );
}

/** States that the answers have, the worst first. */
export function listAnswerStates(answers: readonly Availability[]): AnswerState[] {
  const states = new Set(answers.map(toAnswerState));
  return ANSWER_STATES.filter((state) => states.has(state));
}

function drawAnswerLegend(
  data: MapData,
  y: number,
  right: number,
  say: Say,
  paint: Paint,
): { drawn: Markup; height: number } {
  let x = MARGIN;
  let top = y;
  const drawn = listAnswerStates(data.answers).map((state) => {
    const look = toLook(state);
    const text = nameAnswer(state, say);
    const width = 26 + 6 + 17 + measureText(text, 13) + 24;
    if (x + width > right && x > MARGIN) {
      x = MARGIN;
      top += 26;
    }
    const left = x;
    x += width;
    return join([
      draw('rect', {
        x: left,
        y: top,
        width: 26,
        height: 17,
        fill: fillOf(look, paint),
        stroke: paint.line,
      }),
      drawState(look, { x: left + 32, y: top + 2.5, size: 12 }, paint.text),
      draw('text', { x: left + 49, y: top + 13.5, 'font-size': 13, fill: paint.text }, text),
    ]);
  });
  return { drawn: join(drawn), height: top - y + 26 };
}

/** Draws the map as a picture of its own. */
export function drawMapPicture(
  data: MapData,
  text: SheetText,
  widthPx: number,
  say: Say,
  theme: Theme,
): Picture {
  const paint = PAINTS[theme];
  const width = widthPx - 2 * MARGIN;
  const height = Math.round((width * MAP_HEIGHT) / MAP_WIDTH);
  const legendY = BODY_TOP + height + 14;
  const legend = drawAnswerLegend(data, legendY, widthPx - MARGIN, say, paint);
  const body = join([
    draw(
      'svg',
      {
        x: MARGIN,
        y: BODY_TOP,
        width,
        height,
        viewBox: `0 0 ${MAP_WIDTH} ${MAP_HEIGHT}`,
      },
      drawRegion(data, say, paint),
    ),
    legend.drawn,
    draw(
      'text',
      { x: MARGIN, y: legendY + legend.height + 12, 'font-size': 12, fill: paint.quiet },
      say.text('map.labels'),
    ),
    draw(
      'text',
      { x: MARGIN, y: legendY + legend.height + 29, 'font-size': 12, fill: paint.quiet },
      say.text('map.not_measured'),
    ),
  ]);
  return drawSheet(text, widthPx, legendY + legend.height + 34 - BODY_TOP, body, theme);
}

/** Draws the map alone, small, for a page that says beside it what and of when it is: its labels stay readable. */
export function drawSmallMap(data: MapData, text: SheetText, say: Say, theme: Theme): Picture {
  const paint = PAINTS[theme];
  const zoom = MAP_WIDTH / SMALL_WIDTH;
  const height = Math.round(MAP_HEIGHT / zoom);
  const body = join([
    draw(
      'svg',
      { width: SMALL_WIDTH, height, viewBox: `0 0 ${MAP_WIDTH} ${MAP_HEIGHT}` },
      drawRegion(data, say, paint, zoom),
    ),
    text.notice === undefined
      ? undefined
      : drawNotice(text.notice, SMALL_WIDTH - 8, height - 28, 11),
  ]);
  return openDocument(SMALL_WIDTH, height, text, body);
}
