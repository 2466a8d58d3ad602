/** Where the rows of each table come from. */
import type { ResourceName } from '../../../db/dictionary/dictionary.ts';
import { listAnnouncementBatches } from './announcements.ts';
import { listIncidentBatches } from './incidents.ts';
import { listAvailabilityBatches, listLaneBatches } from './lanes.ts';
import { listLedgerBatches, listUnannouncedBatches } from './ledger.ts';
import { listMeasurementBatches } from './measurements.ts';
import { listServiceBatches, listVantageBatches } from './places.ts';
import type { RowSource } from './source.ts';
import { listTargetBatches } from './targets.ts';

export const ROW_SOURCES = {
  targets: listTargetBatches,
  measurements: listMeasurementBatches,
  availability: listAvailabilityBatches,
  lanes: listLaneBatches,
  incidents: listIncidentBatches,
  announcements: listAnnouncementBatches,
  ledger: listLedgerBatches,
  unannounced: listUnannouncedBatches,
  vantages: listVantageBatches,
  services: listServiceBatches,
} as const satisfies Record<ResourceName, RowSource>;
