/** What agents of the ingest benchmark have to send, and the same rows ready to be written. */
import type { Config, Service } from '../../config/schema.ts';
import { CURRENT_DICTIONARY_ID, compressJson, readShippedDictionary } from '../../db/evidence.ts';
import type { PackedRun } from '../../db/measurements.ts';
import type { BareRow } from '../../db/testing/bare-insert.ts';
import {
  createRandom,
  type Random,
  type Scenario,
} from '../../db/testing/generate-observations.ts';
import { encodeBatch } from '../../probes/agent/batch.ts';
import type { Measurement } from '../../probes/types.ts';
import { createRunJudge, type RunJudge } from '../judge-run.ts';
import { makeAgentRun, makeBatch } from '../testing/agent-batches.ts';

/** A measurement for both sides. */
export type Row = BareRow & {
  readonly run: PackedRun;
  /** How many targets its service has. */
  readonly targets: number;
};

/** What one agent has to send: bodies of requests with their rows, oldest first. */
export type Load = {
  readonly vantageId: string;
  readonly batches: readonly { readonly body: Buffer; readonly rows: readonly Row[] }[];
};

const SCENARIOS: readonly Scenario[] = ['ok', 'ok', 'ok', 'reset', 'nxdomain', 'drop'];

/** An hour of three services at the default interval. */
const SLOTS_PER_BATCH = 12;

/**
 * Makes loads. Of `originals` agents each measurement is one of its own; the others send the same, under their own
 * names, since making it takes longer than taking it in.
 */
export function makeLoads(
  config: Config,
  {
    agents,
    originals,
    batches,
    slots = SLOTS_PER_BATCH,
  }: {
    readonly agents: number;
    readonly originals: number;
    readonly batches: number;
    readonly slots?: number;
  },
): Load[] {
  const random = createRandom(11);
  const judgeRun = createRunJudge(config, () => []);
  const intervalMs = config.schedule.intervalSeconds * 1000;
  const nowMs = Math.floor(Date.now() / intervalMs) * intervalMs;
  const firstMs = nowMs - batches * slots * intervalMs;
  const made = Array.from({ length: originals }, () =>
    Array.from({ length: batches }, (_, batch) =>
      makeBatchRows({
        config,
        random,
        judgeRun,
        firstMs: firstMs + batch * slots * intervalMs,
        slots,
      }),
    ),
  );
  return Array.from({ length: agents }, (_, index) => {
    const vantageId = `bench-${index}`;
    const own = made[index % originals] ?? [];
    return {
      vantageId,
      batches: own.map(({ body, rows }) => ({
        body,
        rows: rows.map((row) => rename(row, vantageId)),
      })),
    };
  });
}

/** The vantage is not in the body. */
function rename(row: Row, vantageId: string): Row {
  return {
    ...row,
    measurement: { ...row.measurement, vantageId },
    run: { ...row.run, facts: { ...row.run.facts, vantageId } },
  };
}

type BatchInput = {
  readonly config: Config;
  readonly random: Random;
  readonly judgeRun: RunJudge;
  readonly firstMs: number;
  readonly slots: number;
};

function makeBatchRows(input: BatchInput): Load['batches'][number] {
  const { config, random, firstMs, slots } = input;
  const runs = Array.from({ length: slots }, (_, slot) =>
    config.services.map((service) => ({
      service,
      measurement: makeAgentRun(random, {
        config,
        service,
        vantageId: '',
        slotMs: firstMs + slot * config.schedule.intervalSeconds * 1000,
        scenario: SCENARIOS[Math.floor(random() * SCENARIOS.length)] ?? 'ok',
      }),
    })),
  ).flat();
  const batch = makeBatch(runs.map(({ measurement }) => measurement));
  const rows = runs.map(({ service, measurement }, index) =>
    toRow(measurement, service, batch.measurements[index]?.evidence ?? new Uint8Array(), input),
  );
  return { body: encodeBatch(batch), rows };
}

const { content: dictionary } = readShippedDictionary();

function toRow(
  measurement: Measurement,
  service: Service,
  packed: Uint8Array,
  { judgeRun }: BatchInput,
): Row {
  const judged = judgeRun(measurement, service, 'RU');
  const evidence = Buffer.from(packed);
  const judgement = compressJson(JSON.stringify(judged), dictionary);
  const { observations: _observations, certificates, ...facts } = measurement;
  const { rulesetVersion } = judged;
  return {
    // Its observations are packed, and thousands of them would fill the memory.
    measurement: { ...measurement, observations: [] },
    evidence,
    judgement,
    verdicts: 1 + Object.keys(judged.functions).length,
    targets: service.targets.length,
    run: {
      facts,
      verdicts: { rulesetVersion, service: judged.service, functions: judged.functions },
      evidence: { dictionaryId: CURRENT_DICTIONARY_ID, content: evidence },
      judgement: { dictionaryId: CURRENT_DICTIONARY_ID, content: judgement },
      certificates,
    },
  };
}
