/** The form of lanes in answers. */
import { z } from 'zod';
import {
  access,
  confidence,
  countryCode,
  measurementId,
  mechanism,
  networkName,
  part,
  role,
  service,
  vantageId,
} from './answer-fields.ts';
import { fieldOf, instant } from './column-schema.ts';

const LaneVantage = z.strictObject({
  id: vantageId,
  countryCode,
  asn: z.int().describe('0 when unknown.'),
  networkName,
  access,
  role,
});

/** The verdicts of one part of a service at one vantage over a range. */
export const Lane = z.strictObject({
  service,
  function: part,
  vantage: LaneVantage,
  licence: fieldOf('lanes', 'licence'),
  spans: z
    .array(
      z.strictObject({
        from: instant,
        until: instant,
        state: fieldOf('lanes', 'state'),
        mechanism: mechanism.optional(),
        confidence: confidence.optional(),
        count: z.int().min(0).describe('Slots with a measurement in this stretch.'),
        firstMeasurementId: measurementId.optional(),
        lastMeasurementId: measurementId.optional(),
      }),
    )
    .describe('Adjacent, covering the range exactly.'),
});
