/**
 * The form of every JSON answer, by operation: for /openapi.json, and for the test that holds real answers against it.
 * Loaded only when somebody asks for the document.
 */
import { z } from 'zod';
import { Announcement } from '../../config/announcement.ts';
import { MECHANISMS, VERDICTS } from '../../probes/types.ts';
import { fieldOf, instant } from './column-schema.ts';
import { TargetResult } from './target-schema.ts';

const ratio = z.number().min(0).max(1).nullable();
const ms = z.number().min(0);
const measurementId = z.string().describe('Id of a measurement; /m/<id> shows it.');
const mechanism = z
  .enum(MECHANISMS)
  .describe('How it was stopped: the deepest node of the tree that the evidence supports.');
const verdict = fieldOf('measurements', 'verdict');
const confidence = fieldOf('measurements', 'confidence');
const service = fieldOf('measurements', 'service');
const vantageId = fieldOf('measurements', 'vantage_id');
const countryCode = fieldOf('measurements', 'country');
const networkName = fieldOf('measurements', 'network_name');
const access = fieldOf('measurements', 'network_type');
const role = fieldOf('vantages', 'role');
const part = fieldOf('lanes', 'function');

/** What every answer says. */
const isSimulated = z
  .boolean()
  .describe(
    'True when the measured network is a simulation, so the answer says nothing of the world.',
  );
const leftOutVantages = z
  .int()
  .min(0)
  .describe('Vantages that publish late; nothing is concluded from those.');
/** What every list says of its next page. */
const paging = {
  nextCursor: z.string().nullable().describe('`cursor` of the next page; null on the last one.'),
  next: z.string().nullable().describe('Address of the next page; null on the last one.'),
};
const interval = z
  .strictObject({ after: instant.nullable(), by: instant })
  .describe(
    'After the last instant known to say otherwise (null: nothing was measured before), by the first that says so.',
  );

const MeasurementSummary = z.strictObject({
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

const Judgement = z.looseObject({
  rulesetVersion: z.string(),
  service: Judged,
  functions: z.record(z.string(), Judged),
  targets: z.record(z.string(), Judged),
});

const Observation = z
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

const Measurement = z.looseObject({
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

const LaneVantage = z.strictObject({
  id: vantageId,
  countryCode,
  asn: z.int().describe('0 when unknown.'),
  networkName,
  access,
  role,
});

const Lane = z.strictObject({
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

const Vantage = z.strictObject({
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

const VantageDetail = Vantage.extend({
  isSimulated,
  days: z.array(z.strictObject({ day: z.iso.date(), measured: z.int(), expected: z.int() })),
  silences: z.array(z.strictObject({ from: instant, until: instant.nullable() })),
  markCounts: z.record(z.string(), z.int()),
  networkChanges: z.array(instant),
  clock: z.looseObject({}).nullable().describe('How far its clock was off.'),
  revisions: z.array(z.looseObject({ revision: z.int(), storedAt: instant })),
});

const Incident = z.strictObject({
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

const Evidence = z.strictObject({
  lastGoodId: measurementId.optional(),
  firstBadId: measurementId,
  lastBadId: measurementId,
  firstGoodId: measurementId.optional(),
});

const IncidentDetail = Incident.extend({
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

const LedgerRow = z.strictObject({
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
