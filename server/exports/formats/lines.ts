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

/** Minutes that are remembered; slots and starts of a page come in order. */
const DIGITS = Array.from({ length: 1_000 }, (_, number) => String(number).padStart(3, '0'));
const MINUTE_MS = 60_000;

/** Writes instants as the API does (iso.ts), without a fraction where there is none; the minute is worked out once for all instants in it. */
export function createIsoWriter(): (atMs: number) => string {
  let knownMs = Number.NaN;
  let text = '';
  return (atMs) => {
    const minuteMs = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
    if (minuteMs !== knownMs) {
      knownMs = minuteMs;
      text = new Date(minuteMs).toISOString().slice(0, 17);
    }
    const rest = Math.trunc(atMs - minuteMs);
    const seconds = Math.floor(rest / 1_000);
    const fraction = rest % 1_000;
    return `${text}${DIGITS[seconds]?.slice(1)}${fraction === 0 ? '' : `.${DIGITS[fraction]}`}Z`;
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
