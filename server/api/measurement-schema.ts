/** The forms of measurements in answers: in short, and with all evidence. */
import { z } from 'zod';
import {
  confidence,
  isSimulated,
  measurementId,
  mechanism,
  ms,
  service,
  vantageId,
  verdict,
} from './answer-fields.ts';
import { fieldOf, instant } from './column-schema.ts';

/** A measurement in lists. */
export const MeasurementSummary = z.strictObject({
  id: measurementId,
  service,
  vantage: vantageId,
  slot: instant.describe('Scheduled time.'),
  startedAt: instant,
  seq: fieldOf('measurements', 'seq'),
  intervalMs: fieldOf('measurements', 'interval_ms'),
  elapsedMs: fieldOf('measurements', 'duration_ms'),
  marks: fieldOf('measurements', 'marks'),
  verdict,
  mechanism: mechanism.optional(),
  confidence,
  ruleId: fieldOf('measurements', 'rule_id'),
  functions: z
    .record(z.string(), z.strictObject({ verdict, mechanism: mechanism.optional() }))
    .describe('Verdicts about parts of the service.'),
  licence: fieldOf('measurements', 'licence'),
  url: z.string().describe('The page that shows it with its evidence.'),
});

const Judged = z.looseObject({
  verdict,
  confidence,
  mechanism: mechanism.optional(),
  reasons: z.array(z.looseObject({ code: z.string(), text: z.string() })),
  ruleId: z.string(),
  observationIds: z.array(z.int()).describe('The observations that it rests on.'),
});

/** What was concluded of a measurement at one time. */
export const Judgement = z.looseObject({
  rulesetVersion: z.string(),
  service: Judged,
  functions: z.record(z.string(), Judged),
  targets: z.record(z.string(), Judged),
});

/** What one operation saw. */
export const Observation = z
  .looseObject({
    id: z.int(),
    targetId: z.string(),
    operation: z.string(),
    role: z.string(),
    attempt: z.int(),
    startedMs: z.number().describe('Since the measurement began.'),
    elapsedMs: ms,
    input: z.looseObject({}),
    outcome: z.looseObject({ kind: z.string() }),
  })
  .describe('The result of one operation; what input and outcome hold depends on the operation.');

/** A measurement with everything that was seen and concluded. */
export const Measurement = z.looseObject({
  id: measurementId,
  isSimulated,
  service,
  vantage: vantageId,
  slot: instant,
  startedAt: instant,
  storedAt: instant,
  observations: z.array(Observation),
  judgement: Judgement.describe('The one in force.'),
  revisions: z
    .array(z.looseObject({ storedAt: instant }))
    .describe('Earlier and later judgements.'),
  certificates: z.record(z.string(), z.string()).describe('By SHA-256; base64 of their DER.'),
  previous: measurementId.nullable(),
  next: measurementId.nullable(),
});
