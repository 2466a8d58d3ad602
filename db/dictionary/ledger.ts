/** The ledger: announced against measured, and restrictions that nobody announced. */
import { ACTOR, STATED_COLUMNS } from './announcements.ts';
import type { Column, Resource } from './column.ts';
import { KIND_MEANINGS } from './incidents.ts';
import {
  FUNCTION_MEANINGS,
  MECHANISM_MEANINGS,
  OUTCOME_MEANINGS,
  PHASE_MEANINGS,
} from './meanings.ts';
import {
  ASN,
  COUNTRY,
  count,
  EVIDENCE_COLUMNS,
  IS_SIMULATED,
  MECHANISM,
  NETWORK_NAME,
  SERVICE,
  time,
} from './recurring.ts';

/** Part of a key here, so a number stands for an unknown one too. */
const ASN_OR_ZERO = {
  ...ASN,
  isNullable: false,
  description: 'Autonomous system number; 0 when unknown.',
} as const satisfies Column;

/** A signed length. */
function lag<const N extends string>(name: N, title: string, description: string) {
  return {
    name,
    title,
    description,
    type: 'integer',
    group: 'verdict',
    unit: 'ms',
    isNullable: true,
  } as const;
}

const FINDING_COLUMNS = [
  {
    name: 'function',
    title: 'Part of the service',
    description: 'The part whose restriction decided.',
    type: 'string',
    group: 'fact',
    isNullable: true,
    values: FUNCTION_MEANINGS,
  },
  {
    name: 'kind',
    title: 'Kind',
    description: 'What the restriction does; empty where nothing was restricted.',
    type: 'string',
    group: 'verdict',
    isNullable: true,
    values: KIND_MEANINGS,
  },
  MECHANISM,
  time('onset_after', 'Onset, after', 'Last good measurement before it.', 'fact', true),
  time('onset_by', 'Onset, by', 'First bad measurement.', 'fact', true),
  time('end_after', 'End, after', 'Last bad measurement; empty while it goes on.', 'fact', true),
  time(
    'end_by',
    'End, by',
    'First good measurement after it; empty while it goes on.',
    'fact',
    true,
  ),
  ...EVIDENCE_COLUMNS,
] as const satisfies readonly Column[];

const VANTAGE_OF_FINDING = {
  name: 'vantage_id',
  title: 'Vantage',
  description: 'Where the restriction was found.',
  type: 'string',
  group: 'fact',
  isNullable: true,
  references: { resource: 'vantages', column: 'id' },
} as const satisfies Column;

const LEDGER_REVISION = {
  name: 'ledger_revision',
  title: 'Revision of the ledger',
  description: 'Earlier revisions stay and can be asked for.',
  type: 'integer',
  group: 'source',
  isNullable: false,
  example: 1,
} as const satisfies Column;

export const LEDGER = {
  name: 'ledger',
  title: 'Ledger',
  description:
    'Announced against measured: one row per announcement, service, country, phase and network, with the lag as an interval.',
  primaryKey: [
    'announcement_id',
    'phase',
    'service',
    'country',
    'asn',
    'network_name',
    'vantage_ids',
  ],
  columns: [
    {
      name: 'announcement_id',
      title: 'Announcement',
      description: 'Record that the row is about.',
      type: 'string',
      group: 'key',
      isNullable: false,
      references: { resource: 'announcements', column: 'id' },
    },
    {
      name: 'title',
      title: 'Title',
      description: 'Title of the announcement.',
      type: 'string',
      group: 'fact',
      isNullable: false,
      isForeign: true,
    },
    ACTOR,
    {
      name: 'phase',
      title: 'Phase',
      description: 'What the row looks at.',
      type: 'string',
      group: 'key',
      isNullable: false,
      values: PHASE_MEANINGS,
    },
    SERVICE,
    COUNTRY,
    {
      name: 'is_part_of_country',
      title: 'Part of the country',
      description:
        'True when it was announced for part of the country, so the network may lie outside.',
      type: 'boolean',
      group: 'fact',
      isNullable: false,
    },
    ASN_OR_ZERO,
    NETWORK_NAME,
    {
      name: 'vantage_ids',
      title: 'Vantages',
      description: 'Vantages of the network.',
      type: 'list',
      group: 'key',
      isNullable: false,
    },
    {
      name: 'outcome',
      title: 'Outcome',
      description: 'What was found on the network.',
      type: 'string',
      group: 'verdict',
      isNullable: false,
      values: OUTCOME_MEANINGS,
    },
    ...STATED_COLUMNS,
    {
      name: 'reference',
      title: 'Reference',
      description: 'The time that the outcome counts from.',
      type: 'string',
      group: 'verdict',
      isNullable: false,
      values: {
        announced: 'When it was announced.',
        effective: 'When it takes effect.',
        lifted: 'When it ends.',
      },
    },
    time('window_from', 'Window, from', 'Onsets are looked for after this.', 'verdict', false),
    time('window_until', 'Window, until', 'Onsets are looked for up to this.', 'verdict', true),
    lag(
      'lag_announced_least_ms',
      'Lag after the announcement, least',
      'Shortest time from announcement to what was measured; negative when that came first.',
    ),
    lag(
      'lag_announced_most_ms',
      'Lag after the announcement, most',
      'Longest time from announcement to what was measured.',
    ),
    lag(
      'lag_effective_least_ms',
      'Lag after taking effect, least',
      'Shortest time from taking effect to what was measured; negative when that came first.',
    ),
    lag(
      'lag_effective_most_ms',
      'Lag after taking effect, most',
      'Longest time from taking effect to what was measured.',
    ),
    VANTAGE_OF_FINDING,
    ...FINDING_COLUMNS,
    {
      name: 'under_announcement_id',
      title: 'Earlier announcement',
      description: 'Of already_restricted: the announcement that the restriction belongs to.',
      type: 'string',
      group: 'verdict',
      isNullable: true,
      references: { resource: 'announcements', column: 'id' },
    },
    {
      name: 'partial_function',
      title: 'Part that was found',
      description: 'Where a whole block was announced and only part of it was found.',
      type: 'string',
      group: 'verdict',
      isNullable: true,
      values: FUNCTION_MEANINGS,
    },
    {
      name: 'changed_mechanism',
      title: 'Other means',
      description:
        'Of already_restricted: another means that was first seen after the announcement.',
      type: 'string',
      group: 'verdict',
      isNullable: true,
      values: MECHANISM_MEANINGS,
    },
    time('changed_by', 'Other means, by', 'When that was first seen.', 'fact', true),
    count(
      'days_measured',
      'Days measured',
      'Days in UTC from the reference to the end of the window on which something was measured.',
    ),
    LEDGER_REVISION,
    IS_SIMULATED,
  ],
} as const satisfies Resource;

export const UNANNOUNCED = {
  name: 'unannounced',
  title: 'Restrictions without announcement',
  description: 'Restrictions that no announcement covers, one row each.',
  primaryKey: ['service', 'vantage_id', 'function', 'onset_by'],
  columns: [
    SERVICE,
    COUNTRY,
    ASN_OR_ZERO,
    NETWORK_NAME,
    VANTAGE_OF_FINDING,
    ...FINDING_COLUMNS,
    {
      name: 'near_announcement_ids',
      title: 'Announcements around that time',
      description: 'Announcements about the service, none of which covers it.',
      type: 'list',
      group: 'fact',
      isNullable: false,
    },
    LEDGER_REVISION,
    IS_SIMULATED,
  ],
} as const satisfies Resource;
