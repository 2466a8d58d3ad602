/** The form of rows of the ledger in answers. */
import { z } from 'zod';
import {
  countryCode,
  interval,
  measurementId,
  mechanism,
  networkName,
  part,
  service,
  vantageId,
} from './answer-fields.ts';
import { fieldOf, instant } from './column-schema.ts';
import { Evidence } from './incident-schema.ts';

const stated = z
  .strictObject({
    earliest: instant,
    latest: instant,
    precision: z.string(),
    timeZone: z.string(),
    basis: z.enum(['stated', 'inferred', 'unknown']),
  })
  .nullable();
const finding = z
  .strictObject({
    vantageId,
    function: part,
    kind: z.enum(['blocked', 'impaired']),
    mechanism: mechanism.nullable(),
    onset: interval,
    end: interval.nullable(),
    evidence: Evidence.extend({
      lastBadId: measurementId.optional().describe('Absent while the restriction goes on.'),
    }),
  })
  .nullable();
const lag = z
  .strictObject({ leastMs: z.number().optional(), mostMs: z.number() })
  .nullable()
  .describe('Known only to lie between the two; negative when what was measured came first.');

/** What was announced against what was measured in one network. */
export const LedgerRow = z.strictObject({
  announcementId: z.string(),
  title: z.string(),
  actor: z.string(),
  phase: fieldOf('ledger', 'phase'),
  service,
  countryCode,
  isPartOfCountry: z.boolean(),
  announced: stated,
  effective: stated,
  lifted: stated,
  reference: z.enum(['announced', 'effective', 'lifted']),
  windowFrom: instant,
  windowUntil: instant.nullable(),
  asn: z.int().describe('0 when unknown.'),
  networkName,
  vantageIds: z.array(z.string()),
  outcome: fieldOf('ledger', 'outcome'),
  daysMeasured: z.int(),
  sinceAnnounced: lag,
  sinceEffective: lag,
  underId: z.string().nullable(),
  finding,
  partial: finding,
  changed: z.strictObject({ function: part, mechanism, by: instant }).nullable(),
});
