/** The legend of a picture: shape, sign and word of every state that occurs, and the signs of announcements. */
import type { LaneState } from '../../probes/types.ts';
import type { Say } from '../i18n/say.ts';
import { LOOKS } from '../palette.ts';
import { measureText } from './lettering.ts';
import { draw, join, type Markup } from './markup.ts';
import type { Paint } from './paint.ts';
import { DOTS_FILL, fillOf } from './patterns.ts';
import { drawMark, drawState, type SignKind } from './signs.ts';

type Item = { readonly text: string; readonly draw: (x: number, y: number) => Markup };

const SIZE = 12;
const ROW = 24;
const SWATCH_WIDTH = 26;
const SWATCH_HEIGHT = 16;
const SIGN_X = SWATCH_WIDTH + 6;
const TEXT_X = SIGN_X + 17;
const GAP = 22;

function drawSwatch(state: LaneState, x: number, y: number, paint: Paint): Markup {
  const ground = draw('rect', {
    x,
    y,
    width: SWATCH_WIDTH,
    height: SWATCH_HEIGHT,
    fill: state === 'no_data' ? paint.page : paint.track,
  });
  if (state === 'no_data')
    return join([
      ground,
      draw('rect', {
        x,
        y: y + SWATCH_HEIGHT / 2 - 1,
        width: SWATCH_WIDTH,
        height: 2,
        fill: DOTS_FILL,
      }),
    ]);
  const height = Math.max(2, Math.round(SWATCH_HEIGHT * LOOKS[state].heightShare));
  return join([
    ground,
    draw('rect', {
      x,
      y: y + SWATCH_HEIGHT - height,
      width: SWATCH_WIDTH,
      height,
      fill: fillOf(state, paint),
      stroke: LOOKS[state].pattern === 'solid' ? undefined : paint.fill(state),
    }),
  ]);
}

/** Lays the legend out in rows from `y` on and says how high it is. */
export function drawLegend(
  states: readonly LaneState[],
  marks: readonly SignKind[],
  place: { readonly x: number; readonly y: number; readonly right: number },
  say: Say,
  paint: Paint,
): { readonly drawn: Markup; readonly height: number } {
  const items: Item[] = [
    ...states.map((state) => ({
      text: say.text(`words.state.${state}`),
      draw: (x: number, y: number) =>
        join([
          drawSwatch(state, x, y, paint),
          drawState(state, { x: x + SIGN_X, y: y + 2, size: 12 }, paint.text),
        ]),
    })),
    ...marks.map((kind) => ({
      text: say.text(kind === 'denied' ? 'picture.denied' : `words.point.${kind}`),
      draw: (x: number, y: number) =>
        drawMark(kind, { x: x + SIGN_X, y: y + 2, size: 12 }, paint.text),
    })),
  ];
  let x = place.x;
  let row = 0;
  const drawn = items.map((item, index) => {
    // Signs of announcements have no swatch before them.
    const indent = index < states.length ? 0 : SIGN_X;
    const width = TEXT_X - indent + measureText(item.text, SIZE);
    if (x + width > place.right && x > place.x) {
      x = place.x;
      row += 1;
    }
    const y = place.y + row * ROW;
    const left = x - indent;
    x += width + GAP;
    return join([
      item.draw(left, y),
      draw(
        'text',
        { x: left + TEXT_X, y: y + 12.5, 'font-size': SIZE, fill: paint.text },
        item.text,
      ),
    ]);
  });
  return { drawn: join(drawn), height: items.length === 0 ? 0 : (row + 1) * ROW };
}
