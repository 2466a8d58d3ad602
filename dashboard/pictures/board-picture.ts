/** The board as a picture: each service in each country with sign, word, networks and since when. */
import type { Availability } from '../../db/availability-types.ts';
import type { Say } from '../i18n/say.ts';
import { formatCountry, formatDay } from '../i18n/times.ts';
import { listSince } from '../pages/since.ts';
import type { Theme } from '../palette.ts';
import {
  ANSWER_STATES,
  describeNetworks,
  nameAnswer,
  toAnswerState,
  toLook,
} from './answer-state.ts';
import { cutText } from './lettering.ts';
import { draw, join, type Markup } from './markup.ts';
import { PAINTS, type Paint } from './paint.ts';
import { drawPatterns, fillOf } from './patterns.ts';
import { BODY_TOP, drawSheet, MARGIN, type Picture, type SheetText } from './sheet.ts';
import { drawState } from './signs.ts';
import { MAX_ROWS } from './time-scene.ts';

/** What the picture is drawn from. */
export type BoardPictureData = {
  readonly text: SheetText;
  readonly services: readonly { readonly id: string; readonly name: string }[];
  readonly answers: readonly Availability[];
  readonly widthPx: number;
};

const HEAD = 34;
const ROW = 52;
const SWATCH = 12;
const SIGN = 13;
const MAX_LABEL = 200;
/** With less room for a cell services stand under each other. */
const MIN_CELL = 190;
const SERVICE_WIDTH = 92;

type Scene = {
  readonly left: number;
  readonly cellWidth: number;
  readonly isStacked: boolean;
  readonly say: Say;
  readonly paint: Paint;
};

/** The countries with the worst answer first, then by name. */
function sortCountries(answers: readonly Availability[], say: Say): string[] {
  const worst = (code: string) =>
    Math.min(
      ...answers
        .filter(({ countryCode }) => countryCode === code)
        .map((one) => ANSWER_STATES.indexOf(toAnswerState(one))),
    );
  return [...new Set(answers.map(({ countryCode }) => countryCode))].toSorted(
    (a, b) =>
      worst(a) - worst(b) || formatCountry(a, say).localeCompare(formatCountry(b, say), say.locale),
  );
}

function drawCell(answer: Availability | undefined, x: number, y: number, scene: Scene): Markup {
  const { say, paint, cellWidth } = scene;
  const state = answer === undefined ? 'no_data' : toAnswerState(answer);
  const look = toLook(state);
  const room = cellWidth - SWATCH - 40;
  const details =
    answer === undefined
      ? ''
      : [
          describeNetworks(answer, say),
          // Beside the state as it is stands when it became so.
          ...listSince(answer)
            .slice(-1)
            .map(({ interval }) =>
              say.text('picture.since_short', { time: formatDay(interval.byMs, say) }),
            ),
        ].join(' · ');
  return join([
    draw('rect', {
      x,
      y: y + 5,
      width: SWATCH,
      height: ROW - 10,
      fill: fillOf(look, paint),
      stroke: paint.line,
    }),
    drawState(look, { x: x + SWATCH + 9, y: y + 9, size: SIGN }, paint.text),
    draw(
      'text',
      {
        x: x + SWATCH + 28,
        y: y + 20.5,
        'font-size': 14,
        'font-weight': '600',
        fill: paint.text,
      },
      cutText(nameAnswer(state, say), room, 14, true),
    ),
    draw(
      'text',
      { x: x + SWATCH + 9, y: y + 39, 'font-size': 11.5, fill: paint.quiet },
      cutText(details, room + 18, 11.5),
    ),
  ]);
}

function drawService(name: string, x: number, y: number, size: number, scene: Scene): Markup {
  const room = (scene.isStacked ? SERVICE_WIDTH : scene.cellWidth) - 10;
  return draw(
    'text',
    { x, y, 'font-size': size, 'font-weight': '700', fill: scene.paint.text },
    cutText(name, room, size, true),
  );
}

function drawCountry(
  code: string,
  y: number,
  { services, answers, widthPx }: BoardPictureData,
  scene: Scene,
): Markup {
  const { left, cellWidth, isStacked, say, paint } = scene;
  return join([
    draw('path', { d: `M${MARGIN} ${y}H${widthPx - MARGIN}`, stroke: paint.line }),
    draw(
      'text',
      {
        x: MARGIN,
        y: y + (isStacked ? 21 : ROW / 2 + 5),
        'font-size': 14.5,
        'font-weight': '700',
        fill: paint.text,
      },
      cutText(formatCountry(code, say), left - MARGIN - 12, 14.5, true),
    ),
    ...services.flatMap(({ id, name }, index) => {
      const answer = answers.find((one) => one.service === id && one.countryCode === code);
      if (!isStacked) return [drawCell(answer, left + index * cellWidth, y, scene)];
      const top = y + index * ROW;
      return [
        drawService(name, left, top + 20.5, 13, scene),
        drawCell(answer, left + SERVICE_WIDTH, top, scene),
      ];
    }),
  ]);
}

/** Draws the board; countries that do not fit are counted in words. */
export function drawBoardPicture(data: BoardPictureData, say: Say, theme: Theme): Picture {
  const { services, answers, widthPx } = data;
  const paint = PAINTS[theme];
  const left = MARGIN + Math.round(Math.min(MAX_LABEL, widthPx * 0.2));
  const width = widthPx - MARGIN - left;
  const isStacked = width / Math.max(1, services.length) < MIN_CELL;
  const cellWidth = isStacked ? width - SERVICE_WIDTH : width / Math.max(1, services.length);
  const scene: Scene = { left, cellWidth, isStacked, say, paint };
  const step = isStacked ? ROW * services.length : ROW;
  const countries = sortCountries(answers, say);
  const shown = countries.slice(0, MAX_ROWS);
  const hidden = countries.length - shown.length;
  const top = BODY_TOP + (isStacked ? 0 : HEAD);
  const bottom = top + Math.max(1, shown.length) * step;
  const note =
    shown.length === 0
      ? say.text('picture.no_lanes')
      : hidden > 0
        ? say.text('picture.more_rows', { n: hidden })
        : undefined;
  const body = join([
    drawPatterns(paint),
    ...(isStacked
      ? []
      : services.map(({ name }, index) =>
          drawService(name, left + index * cellWidth, BODY_TOP + 22, 15, scene),
        )),
    ...shown.map((code, index) => drawCountry(code, top + index * step, data, scene)),
    note === undefined
      ? undefined
      : draw(
          'text',
          {
            x: MARGIN,
            y: (shown.length === 0 ? top : bottom) + 20,
            'font-size': 13,
            fill: paint.quiet,
          },
          note,
        ),
  ]);
  const height = bottom + (hidden > 0 ? 28 : 6) - BODY_TOP;
  return drawSheet(data.text, widthPx, height, body, theme);
}
