/**
 * How data is described: one table of columns per resource, which exports, the API, the schemas and the page about data
 * are all made from. A column that is not described here is given out nowhere.
 */

/** `list` is a list of words: an array in JSON, words with a space between them in CSV and Parquet. */
export type ColumnType = 'string' | 'integer' | 'number' | 'boolean' | 'datetime' | 'list';

/** What a column tells of: who and where, what was seen, what we concluded of it, or where the row comes from. */
export type ColumnGroup = 'key' | 'fact' | 'verdict' | 'source';

/** One column. */
export type Column = {
  /** Snake case, as it stands in files. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly type: ColumnType;
  readonly group: ColumnGroup;
  /** `ms`, `count`, … of numbers that have one; always part of the name where it is a length. */
  readonly unit?: string;
  /** True when a row may be without it. */
  readonly isNullable: boolean;
  /** True for text from outside, which may begin like a formula. */
  readonly isForeign?: boolean;
  /** Every value that may occur, and what it means; of a list, every word. */
  readonly values?: Readonly<Record<string, string>>;
  readonly example?: string | number | boolean;
  /** The column of another resource that has the same values. */
  readonly references?: { readonly resource: string; readonly column: string };
};

/** A table that is given out. */
export type Resource = {
  /** As in addresses and file names. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Columns that tell rows apart. */
  readonly primaryKey: readonly string[];
  readonly columns: readonly Column[];
};

type ValueOf<C extends Column> = C['type'] extends 'string'
  ? string
  : C['type'] extends 'integer' | 'number' | 'datetime'
    ? number
    : C['type'] extends 'boolean'
      ? boolean
      : readonly string[];

/** A row of a resource: every column, absent values as null, times as epoch milliseconds UTC. */
export type RowOf<R extends Resource> = {
  readonly [C in R['columns'][number] as C['name']]: C['isNullable'] extends true
    ? ValueOf<C> | null
    : ValueOf<C>;
};

/** A value of any column. */
export type CellValue = string | number | boolean | readonly string[] | null;
/** A row of any resource. */
export type Row = Readonly<Record<string, CellValue>>;
