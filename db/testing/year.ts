/**
 * Fills a store with years of many lanes in seconds, for benchmarks: plans of the generator, written as the rows that
 * reading lanes needs. Only the last slot holds whole measurements; those before have neither evidence nor a digest.
 */
import assert from 'node:assert/strict';
import type Database from 'better-sqlite3';
import { type Vantage, VERDICTS } from '../../probes/types.ts';
import { BUCKETS, bucketStart, writeCounts } from '../buckets.ts';
import type { Codes } from '../codes.ts';
import { Connection, openDatabase } from '../connection.ts';
import { insertSpan } from '../lane-tails.ts';
import { openStore } from '../open.ts';
import { removePagesFile } from '../page-digests.ts';
import { buildSpans, type Sample } from '../spans.ts';
import { GENERATED_SERVICES, GENERATED_VANTAGES, generateRun, planSeries } from './generate.ts';
import { createRandom, SCENARIOS } from './generate-observations.ts';

/** What to fill a store with. */
export type YearInput = {
  readonly file: string;
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
  /** Vantages; each has a lane for every service. */
  readonly vantages: number;
  readonly intervalMs: number;
  /** Share of runs that are missing; lanes take these in turn. */
  readonly missingRatios: readonly number[];
  /** As in a series of the generator. */
  readonly changeRatio: number;
  /** Whether the measurements themselves are written, which takes nine tenths of the time. */
  readonly hasMeasurements: boolean;
  /** Called after each lane with the share that is done. */
  readonly onLane?: (share: number) => void;
};

/** As many vantages as wanted, after the generated ones. */
function makeVantages(wanted: number): Vantage[] {
  return Array.from({ length: wanted }, (_, index) => {
    const model = GENERATED_VANTAGES[index % GENERATED_VANTAGES.length];
    assert(model);
    const turn = Math.floor(index / GENERATED_VANTAGES.length);
    if (turn === 0) return model;
    return {
      ...model,
      id: `${model.id}-${turn}`,
      asn: 65_536 + index,
      networkName: `${model.networkName} ${turn}`,
    };
  });
}

/** The verdict, mechanism and confidence of each scenario in codes. */
function codeScenarios(
  codes: Codes,
): ReadonlyMap<string, Pick<Sample, 'verdict' | 'mechanism' | 'confidence'>> {
  return new Map(
    SCENARIOS.map((scenario) => [
      scenario.name,
      {
        verdict: codes.verdict.toCode(scenario.verdict),
        mechanism: 'mechanism' in scenario ? codes.mechanism.toCode(scenario.mechanism) : null,
        confidence: codes.confidence.toCode(scenario.confidence),
      },
    ]),
  );
}

/** Entries of the store itself stay below. */
const FIRST_ENTRY = 1_000_000_000;

type Lane = { readonly laneId: number; readonly serviceId: number; readonly vantageId: number };

function insertMeasurements(
  database: Database.Database,
  { serviceId, vantageId }: Lane,
  samples: readonly Sample[],
  entryOf: (slotMs: number) => number,
): void {
  const facts = database.prepare(
    `INSERT INTO measurement (service_id, vantage_id, slot_ms, seq, entry, interval_ms, started_at_ms, elapsed_ms,
       loop_delay_ms, marks, provenance_id, stored_at_ms, digest)
     VALUES (?, ?, ?, 0, ?, ?, ?, 900.5, 2.5, 16, 1, ?, x'00')`,
  );
  const verdicts = database.prepare(
    `INSERT INTO judgement_verdict (judgement_entry, function, verdict, mechanism, confidence, rule_id)
     VALUES (?, 0, ?, ?, ?, 1)`,
  );
  for (const { slotMs, intervalMs, verdict, mechanism, confidence } of samples) {
    const entry = FIRST_ENTRY + entryOf(slotMs);
    facts.run(serviceId, vantageId, slotMs, entry, intervalMs, slotMs, slotMs);
    verdicts.run(entry, verdict, mechanism, confidence);
  }
}

function insertDerived(connection: Connection, laneId: number, samples: readonly Sample[]): void {
  for (const span of buildSpans(samples)) insertSpan(connection, laneId, span);
  for (const bucket of BUCKETS) {
    const counted = new Map<number, number[]>();
    for (const { slotMs, verdict } of samples) {
      const startMs = bucketStart(slotMs, bucket.lengthMs);
      const counts = counted.get(startMs) ?? VERDICTS.map(() => 0);
      counted.set(startMs, counts);
      // Codes of verdicts count from 1 in the order of the columns.
      counts[verdict - 1] = (counts[verdict - 1] ?? 0) + 1;
    }
    const changes = [...counted].map(([startMs, counts]) => ({ laneId, startMs, counts }));
    writeCounts(connection, bucket, changes);
  }
}

/** Makes the file and fills it. Gives how many measurements it stands for. */
export function fillYears(input: YearInput): number {
  const vantages = makeVantages(input.vantages);
  const { file, fromMs, intervalMs, changeRatio } = input;
  const toMs = input.toMs - intervalMs;
  const store = openStore({ file, mode: 'write', clock: { nowMs: () => toMs } });
  store.syncVantages(vantages);
  store.close();
  // What follows changes pages behind the store's back.
  removePagesFile(file);
  const database = openDatabase(file, 'write');
  const connection = new Connection(file, 'write', database, { nowMs: () => toMs });
  try {
    database.pragma('foreign_keys = OFF');
    database.pragma('synchronous = OFF');
    database.pragma('cache_size = -262144');
    const scenarios = codeScenarios(connection.codes);
    const idOf = database
      .prepare<[string], number>('SELECT id FROM vantage WHERE name = ?')
      .pluck();
    const lanes = vantages.length * GENERATED_SERVICES.length;
    let total = 0;
    const fillLane = database.transaction((service: string, vantage: string, lane: Lane) => {
      const samples: Sample[] = [];
      const missingRatio = input.missingRatios[lane.laneId % input.missingRatios.length] ?? 0;
      const plan = { seed: lane.laneId, services: [service], vantageIds: [vantage], fromMs, toMs };
      for (const { slotMs, scenario } of planSeries({
        ...plan,
        intervalMs,
        missingRatio,
        changeRatio,
      })) {
        const codes = scenarios.get(scenario);
        assert(codes);
        samples.push({ slotMs, seq: 0, intervalMs, ...codes });
      }
      database
        .prepare('INSERT INTO lane (id, service_id, vantage_id, function) VALUES (?, ?, ?, 0)')
        .run(lane.laneId, lane.serviceId, lane.vantageId);
      insertDerived(connection, lane.laneId, samples);
      const [first] = samples;
      // Without any, nothing would seem to be measured.
      if (first && !input.hasMeasurements)
        insertMeasurements(database, lane, [first], () => lane.laneId);
      // Numbered as they would have arrived, all lanes of a slot together.
      if (input.hasMeasurements)
        insertMeasurements(
          database,
          lane,
          samples,
          (slotMs) => ((slotMs - fromMs) / intervalMs) * lanes + lane.laneId,
        );
      total += samples.length;
    });
    database.exec(`INSERT INTO rule (id, name) VALUES (1, 'generated');
      INSERT INTO provenance (id, software_version, probe_version, schema_version, config_hash)
      VALUES (1, '0.1.0', '1', 1, 'generated')`);
    GENERATED_SERVICES.forEach((service, index) => {
      database.prepare('INSERT INTO service (id, name) VALUES (?, ?)').run(index + 1, service);
    });
    let laneId = 0;
    for (const { id } of vantages)
      for (const [index, service] of GENERATED_SERVICES.entries()) {
        laneId += 1;
        fillLane(service, id, { laneId, serviceId: index + 1, vantageId: idOf.get(id) ?? 0 });
        input.onLane?.(laneId / lanes);
      }
    return total + vantages.length * GENERATED_SERVICES.length;
  } finally {
    database.close();
    insertLast(input, vantages);
  }
}

/** Stores the last slot as measuring does, for pages that show the newest measurements. */
function insertLast({ file, toMs, intervalMs }: YearInput, vantages: readonly Vantage[]): void {
  const store = openStore({ file, mode: 'write', clock: { nowMs: () => toMs } });
  const random = createRandom(1);
  const slotMs = toMs - intervalMs;
  for (const { id: vantageId } of vantages)
    for (const service of GENERATED_SERVICES) {
      const run = generateRun(random, { service, vantageId, slotMs, intervalMs });
      store.insertMeasurement(run.measurement, run.judgement);
    }
  store.close();
}
