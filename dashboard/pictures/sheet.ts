/**
 * The sheet that a picture is drawn on: title above, and below what makes it checkable wherever it is passed on: range,
 * zone, number of measurements, revision, address.
 */
import type { Theme } from '../palette.ts';
import { measureText, wrapText } from './lettering.ts';
import { draw, join, type Markup } from './markup.ts';
import { FONT, PAINTS, type Paint } from './paint.ts';

/** A finished picture. */
export type Picture = {
  /** A complete document. */
  readonly svg: string;
  readonly widthPx: number;
  readonly heightPx: number;
};

/** What stands on every sheet. */
export type SheetText = {
  readonly title: string;
  readonly subtitle: string;
  /** Where it comes from; each line is wrapped at the width. */
  readonly footer: readonly string[];
  /** A loud note, e.g. that the data are simulated. */
  readonly notice?: string;
  /** What the picture shows, in a sentence, for readers who do not see it. */
  readonly description: string;
  readonly locale: string;
};

/** Margin on every side, px. */
export const MARGIN = 28;
/** Where the body of a sheet begins, px. */
export const BODY_TOP = 84;
const FOOTER_LINE = 17;
const FOOTER_SIZE = 12;
/** Of one line of the footer: an address is of no use when it is cut. */
const MAX_FOOTER_LINES = 5;
/** A long title is written smaller, then in two lines, px. */
const TITLE_SIZES = [23, 20, 18];
const TITLE_LINE = 23;
const MAX_TITLE_LINES = 3;
const SUBTITLE_SIZE = 13.5;
const SUBTITLE_LINE = 19;
/** Widest picture there is, px: the PNG of a wider one would cost a server more than a reader gains. */
export const MAX_WIDTH_PX = 2_400;

/** The sign of the site: a line that stops half-way. */
export function drawBrand(x: number, y: number, size: number, paint: Paint): Markup {
  return join([
    draw('path', {
      d: 'M1 8h7M10.4 3v10',
      transform: `translate(${x} ${y}) scale(${size / 16})`,
      fill: 'none',
      stroke: paint.accent,
      'stroke-width': 2.6,
    }),
    draw(
      'text',
      {
        x: x + size * 0.85,
        y: y + size * 0.8,
        'font-size': size * 0.82,
        'font-weight': '700',
        fill: paint.text,
      },
      'Reachline',
    ),
  ]);
}

/** A note in a box, e.g. `Simulated data`; `right` is its right edge. */
export function drawNotice(text: string, right: number, y: number, sizePx: number): Markup {
  const width = measureText(text, sizePx, true) + sizePx * 1.4;
  return join([
    draw('rect', {
      x: right - width,
      y,
      width,
      height: sizePx * 1.75,
      rx: 4,
      fill: '#fff6df',
      stroke: '#b47b00',
    }),
    draw(
      'text',
      {
        x: right - width / 2,
        y: y + sizePx * 1.23,
        'font-size': sizePx,
        'font-weight': '700',
        'text-anchor': 'middle',
        fill: '#5c3d00',
      },
      text,
    ),
  ]);
}

/** The document around what was drawn. */
export function openDocument(
  widthPx: number,
  heightPx: number,
  { title, description, locale }: Pick<SheetText, 'title' | 'description' | 'locale'>,
  content: Markup,
): Picture {
  const document = draw(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width: widthPx,
      height: heightPx,
      viewBox: `0 0 ${widthPx} ${heightPx}`,
      role: 'img',
      'aria-labelledby': 'rl-title rl-description',
      lang: locale,
      'font-family': FONT,
    },
    draw('title', { id: 'rl-title' }, title),
    draw('desc', { id: 'rl-description' }, description),
    content,
  );
  return { svg: document.markup, widthPx, heightPx };
}

/** Lays a body of `bodyHeight` px, drawn from `BODY_TOP` on, on a sheet. */
export function drawSheet(
  text: SheetText,
  widthPx: number,
  bodyHeight: number,
  body: Markup,
  theme: Theme,
): Picture {
  const paint = PAINTS[theme];
  const right = widthPx - MARGIN;
  const footer = text.footer.flatMap((line) =>
    wrapText(line, right - MARGIN, FOOTER_SIZE, MAX_FOOTER_LINES),
  );
  const brandWidth = 98;
  const titleWidth = right - MARGIN - brandWidth - 24;
  const titleSize =
    TITLE_SIZES.find((size) => measureText(text.title, size, true) <= titleWidth) ?? 18;
  const title = wrapText(text.title, titleWidth, titleSize, MAX_TITLE_LINES, true);
  const noticeWidth = text.notice === undefined ? 0 : measureText(text.notice, 12, true) + 30;
  // Without room for both in one line the subtitle stands under the notice.
  const isBeside = measureText(text.subtitle, SUBTITLE_SIZE) <= right - MARGIN - noticeWidth;
  const subtitle = wrapText(text.subtitle, right - MARGIN, SUBTITLE_SIZE, 2);
  const noticeY = 50 + (title.length - 1) * TITLE_LINE;
  const subtitleY = noticeY + 16 + (isBeside || noticeWidth === 0 ? 0 : 24);
  // What stands under more lines than two moves down.
  const shift = subtitleY + (subtitle.length - 1) * SUBTITLE_LINE - 66;
  const footerTop = BODY_TOP + shift + bodyHeight + 14;
  const heightPx = Math.round(footerTop + 14 + footer.length * FOOTER_LINE + 8);
  const content = join([
    draw('rect', { width: widthPx, height: heightPx, fill: paint.page }),
    drawBrand(right - brandWidth, 22, 20, paint),
    ...title.map((line, index) =>
      draw(
        'text',
        {
          x: MARGIN,
          y: 42 + index * TITLE_LINE,
          'font-size': titleSize,
          'font-weight': '700',
          fill: paint.text,
        },
        line,
      ),
    ),
    ...subtitle.map((line, index) =>
      draw(
        'text',
        {
          x: MARGIN,
          y: subtitleY + index * SUBTITLE_LINE,
          'font-size': SUBTITLE_SIZE,
          fill: paint.quiet,
        },
        line,
      ),
    ),
    text.notice === undefined ? undefined : drawNotice(text.notice, right, noticeY, 12),
    shift === 0 ? body : draw('g', { transform: `translate(0 ${shift})` }, body),
    draw('path', { d: `M${MARGIN} ${footerTop}H${right}`, stroke: paint.line }),
    ...footer.map((line, index) =>
      draw(
        'text',
        {
          x: MARGIN,
          y: footerTop + 20 + index * FOOTER_LINE,
          'font-size': FOOTER_SIZE,
          fill: paint.quiet,
        },
        line,
      ),
    ),
  ]);
  return openDocument(widthPx, heightPx, text, content);
}
