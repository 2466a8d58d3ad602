/**
 * Rows as lines of text. Cells that are the same in a whole batch become part of the text between the others, so that a
 * row costs as many joins as it has cells that differ.
 */
import type { Batch } from '../../../db/dictionary/batch.ts';
import type { CellValue, Column } from '../../../db/dictionary/column.ts';

/** How a line is put together. */
export type LineShape = {
  /** Text before the cell of each column. */
  readonly before: readonly string[];
  readonly end: string;
  /** One encoder per column; never asked for more than the values of it. */
  readonly encode: readonly ((value: CellValue) => string)[];
};

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const THREE_DIGITS = Array.from({ length: 1_000 }, (_, number) => String(number).padStart(3, '0'));
const TWO_DIGITS = THREE_DIGITS.slice(0, 60).map((text) => text.slice(1));

/**
 * Writes instants as the API does (iso.ts), without a fraction where there is none. The day is worked out once for all
 * instants in it, since slots and starts of a page come in order.
 */
export function createIsoWriter(): (atMs: number) => string {
  let knownMs = Number.NaN;
  let day = '';
  return (atMs) => {
    const wholeMs = Math.trunc(atMs);
    const dayMs = Math.floor(wholeMs / DAY_MS) * DAY_MS;
    if (dayMs !== knownMs) {
      knownMs = dayMs;
      day = new Date(dayMs).toISOString().slice(0, -13);
    }
    const restMs = wholeMs - dayMs;
    const hour = TWO_DIGITS[Math.floor(restMs / HOUR_MS)];
    const minute = TWO_DIGITS[Math.floor((restMs % HOUR_MS) / MINUTE_MS)];
    const second = TWO_DIGITS[Math.floor((restMs % MINUTE_MS) / 1_000)];
    const fraction = restMs % 1_000;
    const whole = `${day}${hour}:${minute}:${second}`;
    return fraction === 0 ? `${whole}Z` : `${whole}.${THREE_DIGITS[fraction]}Z`;
  };
}

/** Encodes closed vocabularies once per word. */
export function remember(encode: (value: CellValue) => string): (value: CellValue) => string {
  const known = new Map<CellValue, string>();
  return (value) => {
    const found = known.get(value);
    if (found !== undefined) return found;
    const text = encode(value);
    if (known.size < MAX_REMEMBERED) known.set(value, text);
    return text;
  };
}
const MAX_REMEMBERED = 1_000;

/** True for columns whose values come again and again. */
export function isRepeating({ type, name, values, references }: Column): boolean {
  if (type === 'list') return true;
  if (type !== 'string') return false;
  return values !== undefined || references?.resource === 'services' || name.endsWith('_version');
}

/** A column that differs from row to row, with the text that stands before its cell. */
type Part = { readonly before: string; readonly texts: readonly string[] };

/** Writes a batch. */
export function writeLines({ before, end, encode }: LineShape, { length, cells }: Batch): string {
  const parts: Part[] = [];
  let text = '';
  for (const [at, one] of cells.entries()) {
    const toText = encode[at] ?? String;
    text += before[at] ?? '';
    if (one.kind === 'same') text += toText(one.value);
    else {
      parts.push({ before: text, texts: one.values.map(toText) });
      text = '';
    }
  }
  const last = text + end;
  let lines = '';
  for (let row = 0; row < length; row += 1) {
    for (const part of parts) lines += part.before + part.texts[row];
    lines += last;
  }
  return lines;
}
