/** Which measurements a measurement may be compared with: the same service, from a control vantage, close in time. */
import type { Measurement } from '../probes/types.ts';
import type { Connection } from './connection.ts';
import { formatMeasurementId } from './measurement-id.ts';
import { getMeasurement, type StoredMeasurement } from './measurement-reader.ts';
import { CURRENT_JUDGEMENT } from './samples.ts';
import { listControlVantageIds, listVantages } from './vantages.ts';

/** What is needed of a measurement to find its controls. */
export type ControlQuery = Pick<Measurement, 'service' | 'vantageId' | 'startedAtMs'>;

/** A run starts at most this long after its slot began: the longest interval that a schedule may have. */
const MAX_INTERVAL_MS = 86_400_000;

/**
 * Ids of the control measurements of the same service inside the window: of each control vantage the one that
 * started nearest, nearest first. A control is none of its own.
 * @param windowMs how far apart the starts may lie, in either direction
 */
export function listControlIds(
  connection: Connection,
  { service, vantageId, startedAtMs }: ControlQuery,
  windowMs: number,
): string[] {
  const { words } = connection;
  const vantageIds = listControlVantageIds(connection).filter((id) => id !== vantageId);
  if (vantageIds.length === 0) return [];
  return connection.read(() => {
    const serviceId = words.find('service', service);
    if (serviceId === undefined) return [];
    const nearest = connection.prepare<
      [number, number, number, number, number, number],
      { slotMs: number; seq: number; gapMs: number }
    >(
      `SELECT slot_ms AS slotMs, seq, ABS(started_at_ms - ?) AS gapMs FROM measurement
       WHERE service_id = ? AND vantage_id = ? AND slot_ms BETWEEN ? AND ? AND gapMs <= ?
       ORDER BY gapMs, slot_ms DESC, seq DESC LIMIT 1`,
    );
    return vantageIds
      .flatMap((id) => {
        const found = nearest.get(
          startedAtMs,
          serviceId,
          words.find('vantage', id) ?? -1,
          startedAtMs - windowMs - MAX_INTERVAL_MS,
          startedAtMs + windowMs,
          windowMs,
        );
        return found ? [{ key: { service, vantageId: id, ...found }, gapMs: found.gapMs }] : [];
      })
      .toSorted((a, b) => a.gapMs - b.gapMs)
      .map(({ key }) => formatMeasurementId(key));
  });
}

/** The same, with all that was seen and concluded. */
export function findControls(
  connection: Connection,
  query: ControlQuery,
  windowMs: number,
): StoredMeasurement[] {
  return connection.read(() =>
    listControlIds(connection, query, windowMs).flatMap(
      (id) => getMeasurement(connection, id) ?? [],
    ),
  );
}

/**
 * Ids of the measurements that a control may say something of: the same service from other vantages, inside the window,
 * where the service or one of its functions is judged other than ok. Oldest slot first.
 */
export function listDoubtfulIds(
  connection: Connection,
  { service, vantageId, startedAtMs }: ControlQuery,
  windowMs: number,
): string[] {
  const { words, codes } = connection;
  return connection.read(() => {
    const serviceId = words.find('service', service);
    if (serviceId === undefined) return [];
    const doubtful = connection.prepare<
      [number, number, number, number, number, number, number],
      { slotMs: number; seq: number }
    >(
      `SELECT m.slot_ms AS slotMs, m.seq FROM measurement m
       WHERE m.service_id = ? AND m.vantage_id = ? AND m.slot_ms BETWEEN ? AND ?
         AND ABS(m.started_at_ms - ?) <= ?
         AND EXISTS (SELECT 1 FROM judgement_verdict v
           WHERE v.judgement_entry = ${CURRENT_JUDGEMENT} AND v.verdict <> ?)
       ORDER BY m.slot_ms, m.seq`,
    );
    return listVantages(connection)
      .filter(({ id }) => id !== vantageId)
      .flatMap(({ id }) =>
        doubtful
          .all(
            serviceId,
            words.find('vantage', id) ?? -1,
            startedAtMs - windowMs - MAX_INTERVAL_MS,
            startedAtMs + windowMs,
            startedAtMs,
            windowMs,
            codes.verdict.toCode('ok'),
          )
          .map((found) => formatMeasurementId({ service, vantageId: id, ...found })),
      );
  });
}
