/** Rows of measurements: of vantages that publish late nothing before its time, also for revisions of the past. */
import { findCuts, listDelays } from '../../publication.ts';
import type { RowSource } from './source.ts';

export const listMeasurementBatches: RowSource = ({ stored, config, query, nowMs }) => {
  const slotLengthMs = config.schedule.intervalSeconds * 1_000;
  const delays = listDelays(stored.listVantages());
  const cutsAt = (atMs: number) => findCuts(delays, atMs, slotLengthMs);
  const { bucket: _bucket, functions: _functions, revisionMs, updatedSinceMs, ...rest } = query;
  return stored.readMeasurementBatches({
    ...rest,
    asOfMs: revisionMs,
    cuts: cutsAt(Math.min(nowMs, revisionMs)),
    ...(updatedSinceMs === undefined
      ? {}
      : { updatedSinceMs, cutsBefore: cutsAt(Math.min(nowMs, updatedSinceMs)) }),
  });
};
