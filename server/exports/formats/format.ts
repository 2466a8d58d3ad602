/** What every form of a table has: batches of rows in, bytes out. */
import type { Batch } from '../../../db/dictionary/batch.ts';
import type { Resource } from '../../../db/dictionary/column.ts';

/** What a file says of itself. */
export type TableInfo = {
  readonly resource: Resource;
  /** Dataset revision that the rows are of. */
  readonly revision: string;
  readonly licence: string;
  readonly citation: string;
  readonly schemaVersion: string;
  readonly isSimulated: boolean;
};

/** Writes one file; pieces may be empty. */
export type TableWriter = {
  readonly start: () => string | Uint8Array;
  readonly write: (batch: Batch) => string | Uint8Array;
  readonly end: () => string | Uint8Array;
};

/** One form. */
export type TableFormat = {
  readonly contentType: string;
  readonly ending: string;
  readonly open: (info: TableInfo, options: { readonly isSafe: boolean }) => TableWriter;
};
