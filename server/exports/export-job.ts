/** What is to be exported: made from an address or a command line, and handed to a thread as it is. */

import type { MeasurementBatchQuery } from '../../db/batch-pages.ts';
import type { LaneFunction } from '../../db/codes.ts';
import type { ResourceName } from '../../db/dictionary/dictionary.ts';
import type { FormatName } from './formats/formats.ts';

/** Which rows. Filters that a resource does not have are not set. */
export type ExportQuery = Omit<MeasurementBatchQuery, 'cuts' | 'cutsBefore' | 'asOfMs'> & {
  readonly functions?: readonly LaneFunction[];
  readonly bucket: 'hour' | 'day';
  /** What was stored before this instant. */
  readonly revisionMs: number;
};

/** One file. */
export type ExportJob = {
  readonly resource: ResourceName;
  readonly format: FormatName;
  readonly query: ExportQuery;
  readonly isSafe: boolean;
  readonly isSimulated: boolean;
  readonly citation: string;
  /** The instant as of which vantages with a publication delay are cut. */
  readonly nowMs: number;
};
