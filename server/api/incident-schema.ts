/** The forms of incidents in answers. */
import { z } from 'zod';
import {
  countryCode,
  interval,
  isSimulated,
  leftOutVantages,
  measurementId,
  mechanism,
  networkName,
  part,
  service,
  vantageId,
} from './answer-fields.ts';
import { fieldOf, instant } from './column-schema.ts';

/** An incident in lists. */
export const Incident = z.strictObject({
  id: z.string(),
  service,
  countryCode,
  severity: fieldOf('incidents', 'severity'),
  state: fieldOf('incidents', 'state'),
  onset: interval,
  end: interval.nullable(),
  mechanism: mechanism.nullable(),
  vantageIds: z.array(z.string()),
  asns: z.array(z.int()),
  url: z.string(),
});

/** The measurements on both sides of a beginning and an end. */
export const Evidence = z.strictObject({
  lastGoodId: measurementId.optional(),
  firstBadId: measurementId,
  lastBadId: measurementId,
  firstGoodId: measurementId.optional(),
});

/** An incident by its id. */
export const IncidentDetail = Incident.extend({
  isSimulated,
  leftOutVantages,
  restrictions: z.array(
    z.strictObject({
      service,
      vantageId,
      countryCode,
      asn: z.int(),
      networkName,
      function: part,
      kind: z.enum(['blocked', 'impaired']).describe('The worst that lasted.'),
      levels: z
        .array(
          z.strictObject({
            kind: z.enum(['blocked', 'impaired']),
            since: interval,
            evidence: z.strictObject({
              lastOtherId: measurementId.optional(),
              firstId: measurementId,
            }),
          }),
        )
        .describe('How far it reached, in the order in which that changed.'),
      onset: interval,
      end: interval.nullable(),
      mechanisms: z.array(z.strictObject({ mechanism, from: instant })),
      evidence: Evidence,
      rounds: z.int(),
      missing: z.int(),
      isUnstable: z.boolean(),
    }),
  ),
  log: z
    .array(z.looseObject({ at: instant, concludedAt: instant, kind: z.string(), text: z.string() }))
    .describe('Everything that was ever concluded of it, in order.'),
  secondDetector: z.array(z.looseObject({ onset: interval })),
});
