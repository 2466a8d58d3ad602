/**
 * From the body of a batch whose signature was verified to rows that can be stored: unpacked, checked, judged and
 * packed. All of the work that takes time is here, and nothing that writes, so that it can run on a thread of its own.
 */
import type { Config, Service } from '../../config/schema.ts';
import { CURRENT_DICTIONARY_ID, compressJson, readShippedDictionary } from '../../db/evidence.ts';
import type { LaneVerdict, RunVerdicts } from '../../db/judgement-writer.ts';
import type { PackedRun, RunFacts } from '../../db/measurements.ts';
import type { Store } from '../../db/store.ts';
import { type Batch, decodeBatch } from '../../probes/agent/batch.ts';
import { AGENT_LIMITS, type BatchReceipt } from '../../probes/agent/protocol.ts';
import type { Judgement, Mark, Measurement, MeasurementJudgement } from '../../probes/types.ts';
import { createRunJudge } from '../judge-run.ts';
import { createControlFinder } from '../stored-judge.ts';
import { checkEvidence } from './check-evidence.ts';
import { createQuota, MIN_INTERVAL_MS } from './quota.ts';
import { type Refused, refuse } from './refusal.ts';
import { toText, unpackEach } from './unpack-evidence.ts';

/** A batch to be prepared. */
export type BatchJob = {
  readonly body: Uint8Array;
  readonly vantageId: string;
  readonly countryCode: string;
  readonly receivedAtMs: number;
  /** How far the agent's clock is ahead of ours. */
  readonly clockOffsetMs: number;
};

/** Rows that may be stored, and those that may not. */
export type PreparedBatch = {
  readonly kind: 'prepared';
  readonly runs: readonly PackedRun[];
  /** By index in the batch. */
  readonly refused: BatchReceipt['refused'];
};

export type PrepareBatch = (job: BatchJob) => PreparedBatch | Refused;

export type PrepareDeps = {
  readonly config: Pick<
    Config,
    'services' | 'baselines' | 'rules' | 'fingerprints' | 'hash' | 'schedule'
  >;
  readonly store: Pick<Store, 'listControlIds' | 'getMeasurement' | 'findCertificate' | 'countDay'>;
};

/** Of a whole batch as JSON; a full one of usual measurements has a quarter. */
const MAX_BATCH_JSON_BYTES = 32 * 1024 * 1024;
const MAX_CERTIFICATE_BYTES = 64 * 1024;
const MAX_CERTIFICATES = 200;
/** Clocks further apart than this are not believed when a slot is placed. */
const MAX_BELIEVED_OFFSET_MS = 3_600_000;
/** A run starts within the longest interval after its slot began; a clock that was set may put it a little before. */
const MAX_START_AFTER_SLOT_MS = 86_400_000;
const MAX_START_BEFORE_SLOT_MS = 5 * 60_000;
/** Certificates of servers are the same for months and thousands of measurements. */
const MAX_KEPT_CERTIFICATES = 500;
/** Judgements say the same from slot to slot, until something happens. */
const MAX_KEPT_JUDGEMENTS = 256;
/** Longer ones are packed each time; those of the default configuration have a quarter. */
const MAX_KEPT_JUDGEMENT_CHARACTERS = 32 * 1024;

const VERSION = /^[\w.+-]{1,64}$/;

/** Binds configuration, dictionary and the store that controls are read from. */
export function createPrepareBatch({ config, store }: PrepareDeps): PrepareBatch {
  const { content: dictionary, sha256 } = readShippedDictionary();
  const dictionarySha256 = sha256.toString('hex');
  const services = new Map(config.services.map((service) => [service.id, service]));
  const baselineIds = new Set(config.baselines.map(({ id }) => id));
  const windowMs = config.rules.controlWindowSeconds * 1000;
  const judgeRun = createRunJudge(config, createControlFinder(store, windowMs));
  const findCertificate = keepCertificates(store);
  const packJudgement = keepJudgements(dictionary);

  /** One row, or why it is not taken. */
  function prepareRow(row: Row, service: Service, sent: Sent): PackedRun | string {
    const { facts, packed, json } = row;
    const isCurrent = facts.provenance.configHash === config.hash;
    const checked = checkEvidence(json, { service, baselineIds, isCurrent });
    if (checked.kind === 'invalid') return `invalid_evidence: ${checked.detail}`;
    const { observations, certificates: names, blindSpots } = checked.evidence;
    const certificates = new Map<string, Uint8Array>();
    const unknown = new Map<string, Uint8Array>();
    for (const name of names) {
      const stored = sent.findStored(name);
      const der = stored ?? sent.certificates.get(name);
      if (!der) return 'missing_certificate: it is neither in the batch nor stored';
      certificates.set(name, der);
      // What is stored need not be: it would travel with each measurement that names it.
      if (!stored) unknown.set(name, der);
    }
    const measurement: Measurement = {
      ...facts,
      observations,
      certificates,
      ...(blindSpots === undefined ? {} : { blindSpots }),
    };
    const measured = isCurrent ? service : restrictTo(service, observations);
    if (!measured) return 'unknown_targets: none of them is measured any more';
    return {
      facts,
      ...packJudgement(judgeRun(measurement, measured, sent.countryCode)),
      evidence: { dictionaryId: CURRENT_DICTIONARY_ID, content: packed },
      certificates: unknown,
    };
  }

  return (job) => {
    const batch = decode(job.body);
    if (!batch) return refuse('malformed', 'The body is no batch');
    if (batch.dictionary !== dictionarySha256)
      return refuse('malformed', 'The evidence is packed with another dictionary');
    const ders = [...batch.certificates.values()];
    if (ders.length > MAX_CERTIFICATES || ders.some((der) => der.length > MAX_CERTIFICATE_BYTES))
      return refuse('malformed', 'There are too many certificates, or one is too long');
    const quota = createQuota(config, store);
    const rows = batch.measurements.map(({ evidence, ...head }) => {
      const facts = toFacts(head, job);
      const service = services.get(head.service);
      const fault = service ? (findFault(facts, job) ?? quota(facts)) : 'unknown_service';
      return { facts, packed: evidence, service, fault };
    });
    const wanted = rows.flatMap(({ fault, packed }) => (fault === undefined ? [packed] : []));
    const unpacked = unpackEach(wanted, dictionary);
    const runs: PackedRun[] = [];
    const refused: { index: number; reason: string }[] = [];
    const sent: Sent = {
      countryCode: job.countryCode,
      certificates: batch.certificates,
      findStored: rememberMisses(findCertificate),
    };
    let jsonBytes = 0;
    for (const [index, { facts, packed, service, fault }] of rows.entries()) {
      const bytes = fault === undefined ? unpacked.next().value : undefined;
      const opened = bytes && parseJson(bytes);
      if (opened) jsonBytes += bytes.length;
      if (jsonBytes > MAX_BATCH_JSON_BYTES) return refuse('too_large');
      const result =
        service && opened
          ? prepareRow({ facts, packed, json: opened.json }, service, sent)
          : (fault ?? 'invalid_evidence: it cannot be unpacked');
      if (typeof result === 'string') refused.push({ index, reason: result });
      else runs.push(result);
    }
    return { kind: 'prepared', runs, refused };
  };
}

type PackedJudgement = Pick<PackedRun, 'judgement' | 'verdicts'>;

/** Packs judgements and keeps those that came last, by what they say; equal ones share what is given. */
function keepJudgements(dictionary: Uint8Array): (one: MeasurementJudgement) => PackedJudgement {
  const kept = new Map<string, PackedJudgement>();
  return (judgement) => {
    const json = JSON.stringify(judgement);
    const known = kept.get(json);
    if (known) return known;
    const content = compressJson(json, dictionary);
    const packed = {
      verdicts: toVerdicts(judgement),
      // Bytes of their own: whatever a view is cut from would go from thread to thread with it.
      judgement: { dictionaryId: CURRENT_DICTIONARY_ID, content: new Uint8Array(content) },
    };
    if (json.length > MAX_KEPT_JUDGEMENT_CHARACTERS) return packed;
    kept.set(json, packed);
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT_JUDGEMENTS && oldest !== undefined) kept.delete(oldest);
    return packed;
  };
}

/** Without reasons and observations: it goes from thread to thread, and the whole goes packed. */
function toVerdicts({ rulesetVersion, service, functions }: MeasurementJudgement): RunVerdicts {
  const trim = ({ verdict, mechanism, confidence, ruleId }: Judgement): LaneVerdict => ({
    verdict,
    confidence,
    ruleId,
    ...(mechanism === undefined ? {} : { mechanism }),
  });
  const trimmed = Object.entries(functions).map(([name, one]) => [name, trim(one)] as const);
  return { rulesetVersion, service: trim(service), functions: Object.fromEntries(trimmed) };
}

/** What all rows of a batch share. */
type Sent = Pick<Batch, 'certificates'> & {
  readonly countryCode: string;
  readonly findStored: (sha256: string) => Uint8Array | undefined;
};

type Row = {
  readonly facts: RunFacts;
  /** As it was sent. */
  readonly packed: Uint8Array;
  readonly json: unknown;
};

/** The service as an older configuration had it: a target that was added since cannot have failed. */
function restrictTo(
  service: Service,
  observations: Measurement['observations'],
): Service | undefined {
  const seen = new Set(observations.map(({ targetId }) => targetId));
  const targets = service.targets.filter(({ id }) => seen.has(id));
  return targets.length === 0 ? undefined : { ...service, targets };
}

/** Unpacks a body; undefined when it is no batch, whatever it is instead. */
function decode(body: Uint8Array): Batch | undefined {
  try {
    return decodeBatch(body);
  } catch {
    return undefined; // zlib, JSON and zod each say so in their own way; the sender learns that it is malformed
  }
}

function parseJson(bytes: Buffer): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(toText(bytes)) };
  } catch {
    return undefined; // no JSON
  }
}

/** The row as it will be stored. */
function toFacts(
  head: Omit<Batch['measurements'][number], 'evidence'>,
  { vantageId, clockOffsetMs }: BatchJob,
): RunFacts {
  const isSkewed = Math.abs(clockOffsetMs) > AGENT_LIMITS.maxClockOffsetMs;
  const marks = new Set<Mark>([...head.marks, ...(isSkewed ? (['clock_skewed'] as const) : [])]);
  return { ...head, vantageId, marks: [...marks] };
}

/** Why a row is not taken, whatever its evidence says; undefined when nothing is wrong. */
function findFault(facts: RunFacts, job: BatchJob): string | undefined {
  const { slotMs, intervalMs, startedAtMs, provenance } = facts;
  if (intervalMs < MIN_INTERVAL_MS || slotMs % intervalMs !== 0)
    return 'invalid_times: the slot is none of its interval, or the interval is shorter than a minute';
  const afterMs = startedAtMs - slotMs;
  if (afterMs > MAX_START_AFTER_SLOT_MS || afterMs < -MAX_START_BEFORE_SLOT_MS)
    return 'invalid_times: it did not start in its slot';
  if (!VERSION.test(provenance.softwareVersion) || !VERSION.test(provenance.probeVersion))
    return 'invalid_provenance: a version has characters that versions do not have';
  const offsetMs = Math.max(
    -MAX_BELIEVED_OFFSET_MS,
    Math.min(MAX_BELIEVED_OFFSET_MS, job.clockOffsetMs),
  );
  const ageMs = job.receivedAtMs - (slotMs - offsetMs);
  if (ageMs > AGENT_LIMITS.maxAgeMs) return 'too_old';
  if (ageMs < -AGENT_LIMITS.maxClockOffsetMs) return 'in_the_future';
  return undefined;
}

function keepCertificates(
  store: Pick<Store, 'findCertificate'>,
): (sha256: string) => Uint8Array | undefined {
  const kept = new Map<string, Uint8Array>();
  return (sha256) => {
    const known = kept.get(sha256) ?? store.findCertificate(sha256);
    if (!known) return undefined;
    kept.delete(sha256);
    kept.set(sha256, known);
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT_CERTIFICATES && oldest !== undefined) kept.delete(oldest);
    return known;
  };
}

/** Asks once for what is not there, however many rows of a batch name it. */
function rememberMisses(
  find: (sha256: string) => Uint8Array | undefined,
): (sha256: string) => Uint8Array | undefined {
  const missing = new Set<string>();
  return (sha256) => {
    const found = missing.has(sha256) ? undefined : find(sha256);
    if (!found) missing.add(sha256);
    return found;
  };
}
