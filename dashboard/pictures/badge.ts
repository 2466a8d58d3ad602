/** A badge for the pages of others: what it is about on the left, sign and word of the answer on the right. */
import type { Say } from '../i18n/say.ts';
import type { Theme } from '../palette.ts';
import { type AnswerState, nameAnswer, toLook } from './answer-state.ts';
import { measureText } from './lettering.ts';
import { draw, join } from './markup.ts';
import { PAINTS } from './paint.ts';
import { openDocument, type Picture } from './sheet.ts';
import { drawState } from './signs.ts';

const HEIGHT = 22;
const SIZE = 11.5;
const PAD = 8;
const SIGN = 11;

/** What a badge says. */
export type BadgeData = {
  /** e.g. `Instagram · Russia`. */
  readonly label: string;
  readonly state: AnswerState;
  /** e.g. `4/4`; empty when it would say nothing. */
  readonly figures: string;
  /** True for a simulated network: such a badge must not be taken for real. */
  readonly isSimulated: boolean;
};

/** Draws a badge. */
export function drawBadge(data: BadgeData, say: Say, theme: Theme): Picture {
  const paint = PAINTS[theme];
  const look = toLook(data.state);
  const word = nameAnswer(data.state, say);
  const simulated = data.isSimulated ? ` [${say.text('picture.simulated')}]` : '';
  const answer = `${word}${data.figures === '' ? '' : ` ${data.figures}`}${simulated}`;
  const leftWidth = Math.ceil(measureText(data.label, SIZE)) + 2 * PAD;
  const rightWidth = Math.ceil(measureText(answer, SIZE, true)) + 2 * PAD + SIGN + 5;
  const width = leftWidth + rightWidth;
  const text = { 'font-size': SIZE, y: 15.2 };
  const content = join([
    draw('rect', { width, height: HEIGHT, rx: 4, fill: paint.text }),
    draw('path', {
      d: `M${leftWidth} 0h${rightWidth - 4}a4 4 0 0 1 4 4v${HEIGHT - 8}a4 4 0 0 1-4 4h-${rightWidth - 4}z`,
      fill: paint.fill(look),
    }),
    draw('text', { ...text, x: PAD, fill: paint.page }, data.label),
    drawState(look, { x: leftWidth + PAD, y: (HEIGHT - SIGN) / 2, size: SIGN }, paint.onFill(look)),
    draw(
      'text',
      { ...text, x: leftWidth + PAD + SIGN + 5, 'font-weight': '600', fill: paint.onFill(look) },
      answer,
    ),
  ]);
  const title = `${data.label}: ${answer}`;
  return openDocument(width, HEIGHT, { title, description: title, locale: say.locale }, content);
}
