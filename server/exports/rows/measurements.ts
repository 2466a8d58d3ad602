/** Rows of measurements: of vantages that publish late nothing before its time, also for revisions of the past. */
import type { MeasurementBatchQuery } from '../../../db/batch-pages.ts';
import { findCuts, listDelays } from '../../publication.ts';
import type { RowSource, SourceContext } from './source.ts';

export const listMeasurementBatches: RowSource = (context) =>
  context.stored.readMeasurementBatches(toBatchQuery(context));

/** What of measurements is read for an export. */
export function toBatchQuery({
  stored,
  config,
  query,
  nowMs,
}: Pick<SourceContext, 'stored' | 'config' | 'query' | 'nowMs'>): MeasurementBatchQuery {
  const slotLengthMs = config.schedule.intervalSeconds * 1_000;
  const delays = listDelays(stored.listVantages());
  const cutsAt = (atMs: number) => findCuts(delays, atMs, slotLengthMs);
  const { bucket: _bucket, functions: _functions, revisionMs, updatedSinceMs, ...rest } = query;
  return {
    ...rest,
    asOfMs: revisionMs,
    cuts: cutsAt(Math.min(nowMs, revisionMs)),
    ...(updatedSinceMs === undefined
      ? {}
      : { updatedSinceMs, cutsBefore: cutsAt(Math.min(nowMs, updatedSinceMs)) }),
  };
}
