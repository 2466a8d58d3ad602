/** The forms that every table has. Each is loaded when it is asked for. */
import type { TableFormat } from './format.ts';

/** Loads a form by the ending of its files. */
export const FORMATS = {
  csv: async () => (await import('./csv.ts')).CSV,
  jsonl: async () => (await import('./json.ts')).JSON_LINES,
  json: async () => (await import('./json.ts')).JSON_DOCUMENT,
  parquet: async () => (await import('./parquet.ts')).PARQUET,
} as const satisfies Readonly<Record<string, () => Promise<TableFormat>>>;

export type FormatName = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as readonly FormatName[];

/** True for the ending of a form. */
export function isFormatName(text: string): text is FormatName {
  return Object.hasOwn(FORMATS, text);
}
