/** Columns that several resources have. */
import type { Column } from './column.ts';
import {
  ACCESS_MEANINGS,
  CONFIDENCE_MEANINGS,
  FUNCTION_MEANINGS,
  MECHANISM_MEANINGS,
} from './meanings.ts';

export const SERVICE = {
  name: 'service',
  title: 'Service',
  description: 'Id of the service that was measured.',
  type: 'string',
  group: 'key',
  isNullable: false,
  example: 'facebook',
  references: { resource: 'services', column: 'id' },
} as const satisfies Column;

export const VANTAGE_ID = {
  name: 'vantage_id',
  title: 'Vantage',
  description: 'Id of the place and network that it was measured from.',
  type: 'string',
  group: 'key',
  isNullable: false,
  example: 'ru-volga-fixed',
  references: { resource: 'vantages', column: 'id' },
} as const satisfies Column;

export const COUNTRY = {
  name: 'country',
  title: 'Country',
  description: 'ISO 3166-1 alpha-2 code; ZZ when unknown.',
  type: 'string',
  group: 'key',
  isNullable: false,
  example: 'RU',
} as const satisfies Column;

export const ASN = {
  name: 'asn',
  title: 'Network number',
  description: 'Autonomous system number of the network; empty when unknown.',
  type: 'integer',
  group: 'key',
  isNullable: true,
  example: 64512,
} as const satisfies Column;

export const NETWORK_NAME = {
  name: 'network_name',
  title: 'Network',
  description: 'Name of the network, as whoever runs the vantage gives it.',
  type: 'string',
  group: 'key',
  isNullable: false,
  isForeign: true,
  example: 'Volga Telecom',
} as const satisfies Column;

export const NETWORK_TYPE = {
  name: 'network_type',
  title: 'Kind of access',
  description: 'How the vantage is connected.',
  type: 'string',
  group: 'key',
  isNullable: false,
  values: ACCESS_MEANINGS,
} as const satisfies Column;

/** What was measured and from where. */
export const PLACE_COLUMNS = [
  SERVICE,
  VANTAGE_ID,
  COUNTRY,
  ASN,
  NETWORK_NAME,
  NETWORK_TYPE,
] as const satisfies readonly Column[];

export const FUNCTION = {
  name: 'function',
  title: 'Part of the service',
  description: 'What people use separately.',
  type: 'string',
  group: 'key',
  isNullable: false,
  values: FUNCTION_MEANINGS,
} as const satisfies Column;

/** By what a row was measured. */
export const SOFTWARE_VERSION = {
  name: 'software_version',
  title: 'Software',
  description: 'Version of Reachline that measured.',
  type: 'string',
  group: 'source',
  isNullable: false,
  example: '0.1.0',
} as const satisfies Column;

export const PROBE_VERSION = {
  name: 'probe_version',
  title: 'Probe',
  description:
    'Version of the code that measures; it changes when the same network may look different.',
  type: 'string',
  group: 'source',
  isNullable: false,
} as const satisfies Column;

export const CONFIG_HASH = {
  name: 'config_hash',
  title: 'Configuration',
  description: 'SHA-256 of the configuration in force, in hexadecimal.',
  type: 'string',
  group: 'source',
  isNullable: false,
} as const satisfies Column;

export const PROVIDER = {
  name: 'provider',
  title: 'Provider',
  description: 'Who made the measurement, when it was not us.',
  type: 'string',
  group: 'source',
  isNullable: true,
  values: {
    globalping: 'The Globalping platform.',
    ooni: 'The Open Observatory of Network Interference.',
  },
} as const satisfies Column;

export const LICENCE = {
  name: 'licence',
  title: 'Licence',
  description:
    'SPDX identifier of the licence of this row, or its name where there is none; of several, with "; " between them.',
  type: 'string',
  group: 'source',
  isNullable: false,
  isForeign: true,
  example: 'CC-BY-4.0',
} as const satisfies Column;

export const MECHANISM = {
  name: 'mechanism',
  title: 'Means',
  description: 'How it was stopped: the deepest node of the tree that the evidence supports.',
  type: 'string',
  group: 'verdict',
  isNullable: true,
  values: MECHANISM_MEANINGS,
} as const satisfies Column;

export const CONFIDENCE = {
  name: 'confidence',
  title: 'Confidence',
  description: 'How sure the verdict is.',
  type: 'string',
  group: 'verdict',
  isNullable: false,
  values: CONFIDENCE_MEANINGS,
} as const satisfies Column;

export const IS_SIMULATED = {
  name: 'is_simulated',
  title: 'Simulated',
  description: 'True when it was measured in a simulated network, so it says nothing of the world.',
  type: 'boolean',
  group: 'source',
  isNullable: false,
} as const satisfies Column;

/** The id of a measurement that can be opened. */
export function measurementId<const N extends string>(name: N, title: string, description: string) {
  return {
    name,
    title,
    description,
    type: 'string',
    group: 'fact',
    isNullable: true,
    references: { resource: 'measurements', column: 'id' },
  } as const;
}

/** The measurements on both sides of an onset and of an end. */
export const EVIDENCE_COLUMNS = [
  measurementId(
    'last_good_id',
    'Last good measurement',
    'The last measurement before the restriction; empty when nothing was measured before.',
  ),
  measurementId(
    'first_bad_id',
    'First bad measurement',
    'The first measurement that shows the restriction.',
  ),
  measurementId(
    'last_bad_id',
    'Last bad measurement',
    'The last measurement so far that shows the restriction; in the ledger empty while it goes on.',
  ),
  measurementId(
    'first_good_id',
    'First good measurement after it',
    'The first measurement after the end; empty while the restriction goes on.',
  ),
] as const satisfies readonly Column[];

/** A time column. */
export function time<
  const N extends string,
  const G extends Column['group'],
  const B extends boolean,
>(name: N, title: string, description: string, group: G, isNullable: B) {
  return { name, title, description, type: 'datetime', group, isNullable } as const;
}

/** A column that counts. */
export function count<const N extends string>(name: N, title: string, description: string) {
  return {
    name,
    title,
    description,
    type: 'integer',
    group: 'fact',
    unit: 'count',
    isNullable: false,
  } as const;
}
