/** All tables that are given out, described once. */
import { ANNOUNCEMENTS } from './announcements.ts';
import type { Resource } from './column.ts';
import { INCIDENTS } from './incidents.ts';
import { AVAILABILITY, LANES } from './lanes.ts';
import { LEDGER, UNANNOUNCED } from './ledger.ts';
import { MEASUREMENTS } from './measurements.ts';
import { SERVICES, VANTAGES } from './places.ts';
import { TARGETS } from './targets.ts';

/** Version of names, types and meanings of the columns, by https://semver.org: a changed meaning is a new major. */
export const DICTIONARY_VERSION = '1.1.0';

export const RESOURCES = {
  measurements: MEASUREMENTS,
  targets: TARGETS,
  availability: AVAILABILITY,
  lanes: LANES,
  incidents: INCIDENTS,
  announcements: ANNOUNCEMENTS,
  ledger: LEDGER,
  unannounced: UNANNOUNCED,
  vantages: VANTAGES,
  services: SERVICES,
} as const satisfies Readonly<Record<string, Resource>>;

export type ResourceName = keyof typeof RESOURCES;

/** Names of the tables. */
export const RESOURCE_NAMES = Object.keys(RESOURCES) as readonly ResourceName[];

/** Tables with a row for each run or more: years of them are files by day, not one file. */
export const RUN_TABLES: ReadonlySet<ResourceName> = new Set(['measurements', 'targets']);

/** Tables of bulk folders: results per target would make them many times as large. */
export const BULK_NAMES: readonly ResourceName[] = RESOURCE_NAMES.filter(
  (name) => name !== 'targets',
);

/** True for the name of a table. */
export function isResourceName(text: string): text is ResourceName {
  return Object.hasOwn(RESOURCES, text);
}
