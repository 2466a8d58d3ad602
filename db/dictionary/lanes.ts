/** Lanes and availability: verdicts over time, as stretches of one state and as counts. */
import type { Verdict } from '../../probes/types.ts';
import type { Resource } from './column.ts';
import { CONFIDENCE_MEANINGS, STATE_MEANINGS, VERDICT_MEANINGS } from './meanings.ts';
import {
  count,
  FUNCTION,
  LICENCE,
  MECHANISM,
  measurementId,
  PLACE_COLUMNS,
  time,
} from './recurring.ts';

function verdictCount<const V extends Verdict>(verdict: V, title: string) {
  return count(verdict, title, `Slots with this verdict: ${VERDICT_MEANINGS[verdict]}`);
}

export const LANES = {
  name: 'lanes',
  title: 'Lanes',
  description:
    'One row per stretch of time in which a part of a service had one state at one vantage.',
  primaryKey: ['service', 'vantage_id', 'function', 'from'],
  columns: [
    ...PLACE_COLUMNS,
    FUNCTION,
    time('from', 'From', 'Slot of the first run of the stretch; included.', 'fact', false),
    time('until', 'Until', 'End of the stretch; not included.', 'fact', false),
    {
      name: 'state',
      title: 'State',
      description: 'Verdict of every run of the stretch; no_data where none was made.',
      type: 'string',
      group: 'verdict',
      isNullable: false,
      values: STATE_MEANINGS,
    },
    MECHANISM,
    {
      name: 'confidence',
      title: 'Confidence',
      description: 'Of the last run of the stretch.',
      type: 'string',
      group: 'verdict',
      isNullable: true,
      values: CONFIDENCE_MEANINGS,
    },
    count('runs', 'Runs', 'Slots of the stretch with a measurement.'),
    measurementId('first_id', 'First measurement', 'First measurement of the stretch.'),
    measurementId('last_id', 'Last measurement', 'Last measurement of the stretch.'),
    LICENCE,
  ],
} as const satisfies Resource;

export const AVAILABILITY = {
  name: 'availability',
  title: 'Availability',
  description:
    'One row per vantage, part of a service and hour or day: how many slots had which verdict. Counts, so that any share can be made of them with its denominator.',
  primaryKey: ['service', 'vantage_id', 'function', 'bucket_start'],
  columns: [
    ...PLACE_COLUMNS,
    FUNCTION,
    time('bucket_start', 'Start', 'Start of the hour or day, in UTC; included.', 'key', false),
    {
      name: 'bucket',
      title: 'Length',
      description: 'What the row counts over.',
      type: 'string',
      group: 'key',
      isNullable: false,
      values: { hour: 'One hour.', day: 'One day in UTC.' },
    },
    count('runs', 'Runs', 'Slots with a verdict; the sum of the counts that follow.'),
    verdictCount('ok', 'Reachable'),
    verdictCount('likely_blocked', 'Likely blocked'),
    verdictCount('blocked', 'Blocked'),
    verdictCount('impaired', 'Impaired'),
    verdictCount('down', 'Down everywhere'),
    verdictCount('insufficient', 'Cannot tell'),
    LICENCE,
  ],
} as const satisfies Resource;
