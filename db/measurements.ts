/** Writing measurements: facts, evidence, certificates, verdicts and everything derived, in one transaction. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import type { Measurement, MeasurementJudgement, Origin } from '../probes/types.ts';
import { packMarks } from './codes.ts';
import type { Connection } from './connection.ts';
import {
  digestCertificate,
  digestJudgement,
  digestMeasurement,
  type JudgementEntry,
  type MeasurementEntry,
} from './entries.ts';
import type { Packed } from './evidence.ts';
import {
  insertJudgementRow,
  insertVerdicts,
  type LaneJudgement,
  listLaneJudgements,
  type RunVerdicts,
  toVerdictFields,
} from './judgement-writer.ts';
import { LaneTails } from './lane-tails.ts';
import { addSamples, replaceSample } from './lane-writer.ts';
import { type MeasurementKey, parseMeasurementId } from './measurement-id.ts';
import { toEvidence } from './measurement-reader.ts';
import { findSample, type LaneNumbers } from './samples.ts';

/** Refuses what the tables could not give back as it was. @throws an assertion that names the field. */
export function assertStorable(measurement: RunFacts): void {
  const { slotMs, seq, intervalMs, startedAtMs } = measurement;
  for (const [name, value] of Object.entries({ slotMs, seq, intervalMs, startedAtMs }))
    assert(Number.isSafeInteger(value) && value >= 0, `${name} is no whole number: ${value}`);
  assert(slotMs % 1000 === 0, `slotMs is no whole second: ${slotMs}`);
  assert(intervalMs > 0, 'intervalMs is 0');
}

function insertCertificates(
  connection: Connection,
  certificates: ReadonlyMap<string, Uint8Array>,
): void {
  for (const [name, der] of certificates) {
    if (connection.words.hasCertificate(name)) continue;
    assert(hash('sha256', der) === name, `the certificate ${name} is another one`);
    const storedAtMs = connection.clock.nowMs();
    const entry = connection.chain.nextEntry();
    connection
      .prepare('INSERT INTO certificate (entry, sha256, der, stored_at_ms) VALUES (?, ?, ?, ?)')
      .run(entry, Buffer.from(name, 'hex'), der, storedAtMs);
    connection.chain.append(digestCertificate(entry, storedAtMs, der), storedAtMs);
  }
}

/** Writes the facts and the evidence. */
function insertFacts(
  connection: Connection,
  lane: Pick<LaneNumbers, 'serviceId' | 'vantageId'>,
  row: MeasurementEntry,
  provenanceId: number,
  digest: Uint8Array,
): void {
  const key = [lane.serviceId, lane.vantageId, row.slotMs, row.seq] as const;
  connection
    .prepare(
      `INSERT INTO measurement (service_id, vantage_id, slot_ms, seq, entry, interval_ms, started_at_ms,
         elapsed_ms, loop_delay_ms, marks, provenance_id, stored_at_ms, digest)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      ...key,
      row.entry,
      row.intervalMs,
      row.startedAtMs,
      row.elapsedMs,
      row.loopDelayMs,
      row.marks,
      provenanceId,
      row.storedAtMs,
      digest,
    );
  connection
    .prepare(
      `INSERT INTO evidence (entry, service_id, vantage_id, slot_ms, seq, dictionary_id, content)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(row.entry, ...key, row.dictionaryId, row.content);
}

/** Makes a measurement of others findable by its name there. */
function insertOrigin(
  connection: Connection,
  entry: number,
  serviceId: number,
  { provider, licence, reference }: Origin,
): void {
  connection
    .prepare(
      'INSERT INTO measurement_origin (entry, provider, licence, reference, service_id) VALUES (?, ?, ?, ?, ?)',
    )
    .run(entry, provider, licence, reference, serviceId);
}

/** What is stored of a measurement beside its evidence. */
export type RunFacts = Omit<Measurement, 'observations' | 'certificates' | 'blindSpots'>;

/** A measurement whose evidence and judgement are compressed already. */
export type PackedRun = {
  readonly facts: RunFacts;
  readonly verdicts: RunVerdicts;
  /** Of `toEvidence`, with the current dictionary. */
  readonly evidence: Packed;
  /** Of the whole judgement, with the current dictionary. */
  readonly judgement: Packed;
  /** DER by SHA-256 hex; what is stored already may be left out. */
  readonly certificates: ReadonlyMap<string, Uint8Array>;
};

/** Facts, evidence and first judgement of one measurement under the next entry, which it returns. */
function insertRows(
  connection: Connection,
  lane: Pick<LaneNumbers, 'serviceId' | 'vantageId'>,
  run: PackedRun,
  laneJudgements: readonly LaneJudgement[],
): number {
  const { chain, clock, codes, words } = connection;
  const { provenance, marks, origin, ...times } = run.facts;
  const { softwareVersion, probeVersion, schemaVersion, configHash } = provenance;
  const storedAtMs = clock.nowMs();
  const entry = chain.nextEntry();
  const first: JudgementEntry = {
    entry,
    measurementEntry: entry,
    revision: 1,
    storedAtMs,
    rulesetVersion: run.verdicts.rulesetVersion,
    verdicts: laneJudgements.map(toVerdictFields),
    ...run.judgement,
  };
  const facts: MeasurementEntry = {
    ...times,
    entry,
    storedAtMs,
    marks: packMarks(marks, codes),
    provenance: [softwareVersion, probeVersion, schemaVersion, configHash],
    ...run.evidence,
  };
  const digest = digestMeasurement(facts, first);
  insertFacts(connection, lane, facts, words.internProvenance(provenance), digest);
  if (origin) insertOrigin(connection, entry, lane.serviceId, origin);
  insertJudgementRow(connection, first, null);
  insertVerdicts(connection, entry, laneJudgements);
  chain.append(digest, storedAtMs);
  return entry;
}

function findMeasurement(
  connection: Connection,
  { service, vantageId, slotMs, seq }: MeasurementKey,
): { entry: number; serviceId: number; vantageId: number } | undefined {
  const { words } = connection;
  const [serviceId, vantage] = [words.find('service', service), words.find('vantage', vantageId)];
  if (serviceId === undefined || vantage === undefined) return undefined;
  const row = connection
    .prepare<[number, number, number, number], { entry: number }>(
      'SELECT entry FROM measurement WHERE service_id = ? AND vantage_id = ? AND slot_ms = ? AND seq = ?',
    )
    .get(serviceId, vantage, slotMs, seq);
  return row && { entry: row.entry, serviceId, vantageId: vantage };
}

/**
 * Inside a transaction: writes a measurement with its first judgement and takes it into lanes. One that is already
 * there is left as it is. The caller flushes the tails before the transaction ends. @throws an assertion when the vantage was never given to `syncVantages`.
 */
export function insertRun(
  connection: Connection,
  run: PackedRun,
  tails: LaneTails,
): 'inserted' | 'duplicate' {
  const { codes, words } = connection;
  const { service, slotMs, seq, intervalMs } = run.facts;
  if (findMeasurement(connection, run.facts)) return 'duplicate';
  const vantageId = words.find('vantage', run.facts.vantageId);
  assert(vantageId !== undefined, `the vantage ${run.facts.vantageId} is not known`);
  const serviceId = words.intern('service', service);
  const laneJudgements = listLaneJudgements(connection, run.verdicts);
  insertCertificates(connection, run.certificates);
  const entry = insertRows(connection, { serviceId, vantageId }, run, laneJudgements);
  const samples = laneJudgements.map(({ functionCode, judgement: each }) => ({
    lane: { serviceId, vantageId, functionCode },
    sample: {
      slotMs,
      seq,
      intervalMs,
      verdict: codes.verdict.toCode(each.verdict),
      mechanism: each.mechanism === undefined ? null : codes.mechanism.toCode(each.mechanism),
      confidence: codes.confidence.toCode(each.confidence),
    },
  }));
  addSamples(connection, entry, samples, tails);
  return 'inserted';
}

/**
 * Stores a measurement with its first judgement; on disk when this returns. A run that is already there is left as
 * it is. @throws StoreError, and an assertion when the vantage was never given to `syncVantages`.
 */
export function insertMeasurement(
  connection: Connection,
  measurement: Measurement,
  judgement: MeasurementJudgement,
): 'inserted' | 'duplicate' {
  assertStorable(measurement);
  const { observations: _observations, certificates, blindSpots: _spots, ...facts } = measurement;
  return connection.write(() => {
    if (findMeasurement(connection, measurement)) return 'duplicate';
    const { evidence } = connection;
    const run = {
      facts,
      verdicts: judgement,
      evidence: evidence.pack(toEvidence(measurement)),
      judgement: evidence.pack(judgement),
      certificates,
    };
    const tails = new LaneTails(connection);
    const inserted = insertRun(connection, run, tails);
    tails.flush();
    return inserted;
  });
}

/** A judgement to be added to the measurement of this id. */
export type NewJudgement = { readonly id: string; readonly judgement: MeasurementJudgement };

/**
 * Adds judgements of stored measurements, which are in force from now on, in one transaction: all of them or none.
 * Gives their revisions in the same order, undefined where there is no such measurement.
 */
export function addJudgements(
  connection: Connection,
  judgements: readonly NewJudgement[],
): (number | undefined)[] {
  return connection.write(() =>
    judgements.map(({ id, judgement }) => {
      const key = parseMeasurementId(id);
      const found = key && findMeasurement(connection, key);
      return found && addJudgement(connection, { ...found, slotMs: key.slotMs }, judgement);
    }),
  );
}

/** Inside a transaction: writes the judgement under the next revision and brings the lanes after it. */
function addJudgement(
  connection: Connection,
  found: { entry: number; serviceId: number; vantageId: number; slotMs: number },
  judgement: MeasurementJudgement,
): number {
  const { chain, codes, evidence } = connection;
  const { serviceId, vantageId, slotMs } = found;
  const lanes = codes.function.names.map((name) => ({
    serviceId,
    vantageId,
    functionCode: codes.function.toCode(name),
  }));
  const before = lanes.map((lane) => findSample(connection, lane, slotMs));
  const { revision } = connection
    .prepare<[number], { revision: number }>(
      `SELECT COALESCE(MAX(revision), 1) + 1 AS revision FROM judgement
       WHERE measurement_entry = ? AND revision > 1`,
    )
    .get(found.entry) ?? { revision: 2 };
  const laneJudgements = listLaneJudgements(connection, judgement);
  const storedAtMs = connection.clock.nowMs();
  const row: JudgementEntry = {
    entry: chain.nextEntry(),
    measurementEntry: found.entry,
    revision,
    storedAtMs,
    rulesetVersion: judgement.rulesetVersion,
    verdicts: laneJudgements.map(toVerdictFields),
    ...evidence.pack(judgement),
  };
  const digest = digestJudgement(row);
  insertJudgementRow(connection, row, digest);
  insertVerdicts(connection, row.entry, laneJudgements);
  chain.append(digest, storedAtMs);
  for (const [index, lane] of lanes.entries()) {
    const isTouched =
      before[index] || laneJudgements.some((each) => each.functionCode === lane.functionCode);
    if (isTouched) replaceSample(connection, lane, slotMs, before[index]);
  }
  return revision;
}
