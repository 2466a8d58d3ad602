/**
 * How wide a text is, near enough to cut and wrap it: a picture is drawn without a browser to ask. Widths are those of
 * Inter and a tenth more, since an SVG file is shown in whatever font the reader's system has.
 */

/** Advance in em of letters that differ much from the others. */
const NARROW = /[iljIt1fr.,:;’'"!|·()[\]/ їіІЇ]/u;
const WIDE = /[mwMW@%шщжюмыфШЩЖЮМЫФЊЩ—…]/u;
const CAPITAL = /\p{Lu}/u;
const DIGIT = /\d/;
/** Bold letters are so much wider. */
const BOLD_FACTOR = 1.06;
/** Room for fonts that run wider than Inter, such as DejaVu Sans. */
const SLACK = 1.08;

function advanceOf(letter: string): number {
  if (NARROW.test(letter)) return letter === ' ' ? 0.28 : 0.32;
  if (WIDE.test(letter)) return 0.86;
  if (CAPITAL.test(letter)) return 0.69;
  return DIGIT.test(letter) ? 0.62 : 0.58;
}

/** Width of a text in px. */
export function measureText(text: string, sizePx: number, isBold = false): number {
  let width = 0;
  for (const letter of text) width += advanceOf(letter);
  return width * sizePx * SLACK * (isBold ? BOLD_FACTOR : 1);
}

/** At least this share of what has room stays when a text is cut between words; else it is cut within one. */
const MIN_KEPT = 0.5;

/** Cuts a text to a width, between words where it can be, with an ellipsis where something is lost. */
export function cutText(text: string, widthPx: number, sizePx: number, isBold = false): string {
  if (measureText(text, sizePx, isBold) <= widthPx) return text;
  const letters = Array.from(text);
  while (letters.length > 0 && measureText(`${letters.join('')}…`, sizePx, isBold) > widthPx)
    letters.pop();
  const kept = letters.join('');
  const isWithinWord = letters.length > 0 && !/^[\s]/u.test(text.slice(kept.length));
  const end = isWithinWord ? kept.search(/[\s,;:·–-]+[^\s]*$/u) : kept.length;
  return `${(end >= kept.length * MIN_KEPT ? kept.slice(0, end) : kept).trimEnd()}…`;
}

/** Breaks a word that is wider than a line, e.g. an address, between its letters. */
function breakWord(word: string, widthPx: number, sizePx: number, isBold: boolean): string[] {
  const parts: string[] = [];
  let part = '';
  for (const letter of word) {
    if (part !== '' && measureText(part + letter, sizePx, isBold) > widthPx) {
      parts.push(part);
      part = '';
    }
    part += letter;
  }
  return [...parts, part];
}

/** Breaks a text into lines of a width, between words where it can be; the last of at most `maxLines` is cut. */
export function wrapText(
  text: string,
  widthPx: number,
  sizePx: number,
  maxLines: number,
  isBold = false,
): string[] {
  const lines: string[] = [];
  let line = '';
  const words = text.split(' ').flatMap((word) => breakWord(word, widthPx, sizePx, isBold));
  for (const word of words) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || measureText(longer, sizePx, isBold) <= widthPx) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  if (line !== '') lines.push(line);
  const kept = lines.slice(0, maxLines);
  const rest = lines.slice(maxLines - 1).join(' ');
  return kept.map((one, index) =>
    cutText(index === maxLines - 1 ? rest : one, widthPx, sizePx, isBold),
  );
}
