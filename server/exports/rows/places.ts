/** Rows of services and vantages. */
import { toBatch } from '../../../db/dictionary/batch.ts';
import type { RowOf } from '../../../db/dictionary/column.ts';
import { SERVICES, VANTAGES } from '../../../db/dictionary/places.ts';
import { FUNCTIONS } from '../../../probes/types.ts';
import { lets, type RowSource } from './source.ts';

export const listServiceBatches: RowSource = function* ({ config }) {
  const rows = config.services.map(
    ({ id, name, requiredFunctions, targets }): RowOf<typeof SERVICES> => ({
      id,
      name,
      functions: FUNCTIONS.filter((one) => targets.some((target) => target.function === one)),
      required_functions: requiredFunctions,
      targets: targets.length,
    }),
  );
  yield toBatch(SERVICES, rows);
};

export const listVantageBatches: RowSource = function* ({ store, query }) {
  const rows = store
    .listVantages()
    .filter(({ countryCode }) => lets(query.countryCodes, countryCode))
    .map(
      (one): RowOf<typeof VANTAGES> => ({
        id: one.id,
        kind: one.kind,
        role: one.role,
        country: one.countryCode,
        asn: one.asn === 0 ? null : one.asn,
        network_name: one.networkName,
        network_type: one.access,
        note: one.note,
        publish_delay_minutes: one.publishDelayMinutes ?? 0,
        last_measured_at: one.lastMeasuredMs ?? null,
      }),
    );
  yield toBatch(VANTAGES, rows);
};
