/** The forms of vantages in answers. */
import { z } from 'zod';
import {
  access,
  confidence,
  countryCode,
  isSimulated,
  measurementId,
  mechanism,
  ms,
  networkName,
  ratio,
  role,
  service,
  vantageId,
  verdict,
} from './answer-fields.ts';
import { fieldOf, instant } from './column-schema.ts';

/** A vantage in lists. */
export const Vantage = z.strictObject({
  id: vantageId,
  kind: fieldOf('vantages', 'kind'),
  countryCode,
  asn: z.int().describe('0 when unknown.'),
  networkName,
  access,
  role,
  note: z.string(),
  publishDelayMinutes: z.int().min(0).describe('Results are shown only after so long.'),
  blindSpots: z.array(z.string()).nullable().optional(),
  status: z.string(),
  intervalMs: ms,
  lastMeasuredAt: instant.nullable(),
  runs: z.int().min(0),
  networkOkRatio: ratio,
  okRatio: ratio,
  coverageRatio: ratio,
  coverageTodayRatio: ratio,
  latest: z.array(
    z.strictObject({
      id: measurementId,
      service,
      slot: instant,
      verdict,
      mechanism: mechanism.nullable(),
      confidence,
      url: z.string(),
    }),
  ),
  url: z.string(),
});

/** A vantage by its id. */
export const VantageDetail = Vantage.extend({
  isSimulated,
  days: z.array(z.strictObject({ day: z.iso.date(), measured: z.int(), expected: z.int() })),
  silences: z.array(z.strictObject({ from: instant, until: instant.nullable() })),
  markCounts: z.record(z.string(), z.int()),
  networkChanges: z.array(instant),
  clock: z.looseObject({}).nullable().describe('How far its clock was off.'),
  revisions: z.array(z.looseObject({ revision: z.int(), storedAt: instant })),
});
