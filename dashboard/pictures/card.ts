/**
 * The card of an answer, 1200 × 630, for messages and posts: one sentence with its sign, what it rests on, the lanes of
 * the last 90 days, and when and where it can be checked.
 */
import type { Lane } from '../../db/lanes.ts';
import type { Say } from '../i18n/say.ts';
import { formatDay } from '../i18n/times.ts';
import type { Theme } from '../palette.ts';
import { type AnswerState, toLook } from './answer-state.ts';
import { drawBar } from './lane-bar.ts';
import { cutText, wrapText } from './lettering.ts';
import { draw, join, type Markup } from './markup.ts';
import { PAINTS, type Paint } from './paint.ts';
import { drawPatterns, fillOf } from './patterns.ts';
import { drawBrand, drawNotice, openDocument, type Picture } from './sheet.ts';
import { drawState } from './signs.ts';

/** What a card says. */
export type CardData = {
  readonly state: AnswerState;
  /** e.g. `Is Instagram blocked in Russia?` */
  readonly question: string;
  /** e.g. `Yes. Instagram is blocked in Russia on all 4 networks measured.` */
  readonly sentence: string;
  /** e.g. `since 14 Mar 2022`. */
  readonly details: readonly string[];
  readonly asOf: string;
  readonly url: string;
  readonly notice?: string;
  /** Of the country, the ones that are drawn first. */
  readonly lanes: readonly Lane[];
  readonly fromMs: number;
  readonly toMs: number;
};

/** Size that the services which show cards ask for (https://ogp.me, Twitter's large card), px. */
export const CARD_WIDTH_PX = 1_200;
const CARD_HEIGHT_PX = 630;
const LEFT = 72;
const RIGHT = CARD_WIDTH_PX - 56;
const MAX_LANES = 5;
/** Few lanes are drawn higher, so that the card is filled. */
const MIN_LANE = 30;
const MAX_LANE = 58;
const LANES_BOTTOM = 524;
const LABEL = 250;
/** Letters of the sentence; the smaller ones where it is long. */
const HEADINGS = [56, 48, 41];
const MAX_LINES = 3;

function drawLanes(data: CardData, from: number, say: Say, paint: Paint): Markup {
  const lanes = data.lanes.slice(0, MAX_LANES);
  const room = Math.floor((LANES_BOTTOM - from) / Math.max(1, lanes.length));
  const step = Math.min(MAX_LANE, Math.max(MIN_LANE, room));
  const height = Math.round(step * 0.66);
  const top = LANES_BOTTOM - lanes.length * step;
  const x = LEFT + LABEL;
  const width = RIGHT - x;
  const rest = data.lanes.length - lanes.length;
  const more = rest === 0 ? '' : ` · +${rest}`;
  return join([
    ...lanes.flatMap((lane, index) => {
      const y = top + index * step;
      return [
        draw(
          'text',
          { x: LEFT, y: y + height / 2 + 7, 'font-size': 19, fill: paint.text },
          cutText(lane.vantage.networkName, LABEL - 20, 19),
        ),
        drawBar(lane.spans, data, { x, y, width, height }, paint),
      ];
    }),
    draw(
      'text',
      { x, y: top + lanes.length * step + 14, 'font-size': 17, fill: paint.quiet },
      `${formatDay(data.fromMs, say)}${more}`,
    ),
    draw(
      'text',
      {
        x: RIGHT,
        y: top + lanes.length * step + 14,
        'font-size': 17,
        'text-anchor': 'end',
        fill: paint.quiet,
      },
      formatDay(data.toMs, say),
    ),
  ]);
}

function drawHeading(data: CardData, paint: Paint): { drawn: Markup; bottom: number } {
  const width = RIGHT - LEFT - 78;
  const wrap = (size: number) => wrapText(data.sentence, width, size, MAX_LINES, true);
  const size = HEADINGS.find((one) => wrap(one).length < MAX_LINES) ?? HEADINGS.at(-1) ?? 0;
  const lines = wrap(size);
  const first = 152 + size;
  const step = Math.round(size * 1.16);
  const drawn = join([
    drawState(toLook(data.state), { x: LEFT, y: 156, size: size * 0.96 }, paint.text),
    ...lines.map((line, index) =>
      draw(
        'text',
        {
          x: LEFT + 78,
          y: first + index * step,
          'font-size': size,
          'font-weight': '700',
          fill: paint.text,
        },
        line,
      ),
    ),
  ]);
  return { drawn, bottom: first + (lines.length - 1) * step };
}

/** Draws a card. */
export function drawCard(data: CardData, say: Say, theme: Theme): Picture {
  const paint = PAINTS[theme];
  const heading = drawHeading(data, paint);
  const look = toLook(data.state);
  const content = join([
    drawPatterns(paint),
    draw('rect', { width: CARD_WIDTH_PX, height: CARD_HEIGHT_PX, fill: paint.page }),
    draw('rect', { width: 28, height: CARD_HEIGHT_PX, fill: fillOf(look, paint) }),
    draw('rect', { x: 28, width: 2, height: CARD_HEIGHT_PX, fill: paint.fill(look) }),
    drawBrand(LEFT, 42, 34, paint),
    data.notice === undefined ? undefined : drawNotice(data.notice, RIGHT, 42, 19),
    draw(
      'text',
      { x: LEFT, y: 128, 'font-size': 27, fill: paint.quiet },
      cutText(data.question, RIGHT - LEFT, 27),
    ),
    heading.drawn,
    draw(
      'text',
      { x: LEFT + 78, y: heading.bottom + 42, 'font-size': 25, fill: paint.text },
      cutText(data.details.join(' · '), RIGHT - LEFT - 78, 25),
    ),
    drawLanes(data, heading.bottom + (data.details.length === 0 ? 34 : 66), say, paint),
    draw('path', { d: `M${LEFT} 566H${RIGHT}`, stroke: paint.line, 'stroke-width': 1.5 }),
    draw(
      'text',
      { x: LEFT, y: 602, 'font-size': 21, 'font-weight': '600', fill: paint.accent },
      cutText(data.url.replace(/^https?:\/\//, ''), 660, 21, true),
    ),
    draw(
      'text',
      { x: RIGHT, y: 602, 'font-size': 19, 'text-anchor': 'end', fill: paint.quiet },
      data.asOf,
    ),
  ]);
  const text = {
    title: data.question,
    description: [data.sentence, ...data.details, data.asOf].join('. '),
    locale: say.locale,
  };
  return openDocument(CARD_WIDTH_PX, CARD_HEIGHT_PX, text, content);
}
