/**
 * The form of every JSON answer, by operation: for /openapi.json, and for the test that holds real answers against it.
 * Loaded only when somebody asks for the document.
 */
import { z } from 'zod';
import { Announcement } from '../../config/announcement.ts';
import { VERDICTS } from '../../probes/types.ts';
import {
  access,
  confidence,
  countryCode,
  isSimulated,
  leftOutVantages,
  mechanism,
  paging,
  part,
  role,
  service,
  vantageId,
  verdict,
} from './answer-fields.ts';
import { fieldOf, instant } from './column-schema.ts';
import { Incident, IncidentDetail } from './incident-schema.ts';
import { Lane } from './lane-schema.ts';
import { LedgerRow } from './ledger-schema.ts';
import { Judgement, Measurement, MeasurementSummary, Observation } from './measurement-schema.ts';
import { TargetResult } from './target-schema.ts';
import { Vantage, VantageDetail } from './vantage-schema.ts';

const AvailabilityRow = z.strictObject({
  start: instant.describe('Included.'),
  end: instant.describe('Not included.'),
  service: service.optional(),
  countryCode: countryCode.optional(),
  asn: z.int().nullable().optional(),
  vantage: vantageId.optional(),
  function: part.optional(),
  mechanism: mechanism.nullable().optional(),
  counts: z.strictObject(
    Object.fromEntries(VERDICTS.map((one) => [one, fieldOf('availability', one)])),
  ),
  measured: z.int().describe('All slots with data.'),
  told: z.int().describe('Those of them that are not `insufficient`.'),
  vantages: z.int().describe('How many vantages these slots are of.'),
  networks: z.int().describe('How many networks these slots are of.'),
  licences: z
    .array(z.string())
    .describe('Of everything that is counted; one that is not ours holds for the row.'),
});

const AnnouncementEntry = z.strictObject({ revision: z.int(), announcement: Announcement });

const Service = z.strictObject({
  id: service,
  name: z.string(),
  requiredFunctions: z.array(z.string()),
  targets: z.array(
    z.strictObject({
      id: z.string(),
      function: z.string(),
      kind: z.string(),
      host: z.string(),
      port: z.int(),
      path: z.string(),
      sourceUrl: z.string().optional(),
      retrievedAt: z.string().optional(),
    }),
  ),
});

/** A refused request, by RFC 9457. */
const Problem = z.strictObject({
  type: z.string().describe('A URN that names the kind.'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  errors: z
    .array(
      z.strictObject({
        parameter: z.string(),
        detail: z.string().describe('What is wrong.'),
        remedy: z.string().describe('What to write instead.'),
      }),
    )
    .optional(),
});

/** Forms that have a name in the document. */
export const PARTS: Readonly<Record<string, z.ZodType>> = {
  // Words have names of their own, so that generated clients share them and need none called `function`.
  Verdict: verdict,
  Confidence: confidence,
  Mechanism: mechanism,
  ServicePart: part,
  Access: access,
  Role: role,
  Problem,
  Service,
  Vantage,
  MeasurementSummary,
  Observation,
  Judgement,
  AvailabilityRow,
  Lane,
  TargetResult,
  Incident,
  LedgerRow,
  Announcement,
};

const range = { from: instant, to: instant };

/** The form of an answer, by operation. */
export const ANSWERS: Readonly<Record<string, z.ZodType>> = {
  getIndex: z.strictObject({
    isSimulated,
    version: z.string(),
    times: z.string(),
    documentation: z.string(),
    openapi: z.string(),
    resources: z.array(
      z.strictObject({ url: z.string(), about: z.string(), parameters: z.array(z.string()) }),
    ),
  }),
  listServices: z.strictObject({ isSimulated, services: z.array(Service), ...paging }),
  listVantages: z.strictObject({ isSimulated, vantages: z.array(Vantage), ...paging }),
  getVantage: VantageDetail,
  listMeasurements: z.strictObject({
    isSimulated,
    measurements: z.array(MeasurementSummary),
    ...paging,
  }),
  getMeasurement: Measurement,
  getSchema: z.looseObject({
    $schema: z.string(),
    $id: z.string(),
    $defs: z.record(z.string(), z.looseObject({})),
  }),
  getTableSchema: z.looseObject({
    $schema: z.string(),
    $id: z.string(),
    properties: z.record(z.string(), z.looseObject({})),
  }),
  listTargets: z.strictObject({ isSimulated, targets: z.array(TargetResult), ...paging }),
  listAvailability: z.strictObject({
    isSimulated,
    resolution: z.string(),
    by: z.array(z.string()),
    availability: z.array(AvailabilityRow),
    ...paging,
  }),
  listLanes: z.strictObject({
    ...range,
    asOf: instant.nullable(),
    isSimulated,
    lanes: z.array(Lane),
    ...paging,
  }),
  getTimeline: z.strictObject({
    isSimulated,
    ...range,
    lanes: z.array(Lane),
    announcements: z.array(AnnouncementEntry),
    incidents: z.array(Incident),
    ...paging,
  }),
  listIncidents: z.strictObject({
    isSimulated,
    leftOutVantages,
    incidents: z.array(Incident),
    ...paging,
  }),
  getIncident: IncidentDetail,
  listAnnouncements: z.strictObject({
    isSimulated,
    announcements: z.array(AnnouncementEntry),
    ...paging,
  }),
  getAnnouncement: z.looseObject({
    isSimulated,
    announcement: Announcement,
    revision: z.int(),
    revisions: z.array(z.looseObject({ revision: z.int(), announcement: Announcement })),
    linkedFrom: z.array(z.looseObject({})),
  }),
  listLedger: z.strictObject({
    isSimulated,
    leftOutVantages,
    revision: z.int().nullable(),
    builtAt: instant.nullable(),
    rows: z.array(LedgerRow),
    ...paging,
  }),
  listLaneMonths: z.strictObject({
    months: z.array(
      z.strictObject({
        service,
        vantageId,
        function: part,
        month: z.string(),
        bytes: z.int(),
        isOver: z.boolean(),
        url: z.string(),
      }),
    ),
  }),
  getHealth: z.strictObject({
    status: z.string(),
    isSimulated,
    version: z.string(),
    startedAt: instant,
    measurements: z.int(),
    lastMeasuredMs: z.int().nullable(),
    lastMeasuredAt: instant.nullable(),
    databaseBytes: z.int(),
    schemaVersion: z.int(),
  }),
};
