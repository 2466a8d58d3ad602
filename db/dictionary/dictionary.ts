/** All tables that are given out, described once. */
import { ANNOUNCEMENTS } from './announcements.ts';
import type { Resource } from './column.ts';
import { INCIDENTS } from './incidents.ts';
import { AVAILABILITY, LANES } from './lanes.ts';
import { LEDGER, UNANNOUNCED } from './ledger.ts';
import { MEASUREMENTS } from './measurements.ts';
import { SERVICES, VANTAGES } from './places.ts';

/** Version of names, types and meanings of the columns, by https://semver.org: a changed meaning is a new major. */
export const DICTIONARY_VERSION = '1.0.0';

/** Licence of what we measured and wrote; rows of others carry their own. */
export const DATA_LICENCE = {
  name: 'CC-BY-4.0',
  title: 'Creative Commons Attribution 4.0 International',
  path: 'https://creativecommons.org/licenses/by/4.0/',
} as const;

export const RESOURCES = {
  measurements: MEASUREMENTS,
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

/** Names of the tables, the largest first. */
export const RESOURCE_NAMES = Object.keys(RESOURCES) as readonly ResourceName[];

/** True for the name of a table. */
export function isResourceName(text: string): text is ResourceName {
  return Object.hasOwn(RESOURCES, text);
}
