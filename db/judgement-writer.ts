/** Writing judgements: the compressed whole and the verdicts that are queried. */
import assert from 'node:assert/strict';
import { FUNCTIONS, type FunctionId, type Judgement } from '../probes/types.ts';
import type { LaneFunction } from './codes.ts';
import type { Connection } from './connection.ts';
import type { JudgementEntry, VerdictFields } from './entries.ts';

/** What is queried of a judgement, and what lanes are made of. */
export type LaneVerdict = Pick<Judgement, 'verdict' | 'mechanism' | 'confidence' | 'ruleId'>;

/** The verdicts of a measurement that lanes are made of. */
export type RunVerdicts = {
  readonly rulesetVersion: string;
  readonly service: LaneVerdict;
  readonly functions: Readonly<Partial<Record<FunctionId, LaneVerdict>>>;
};

/** A judgement of one function, or of the service, with its code; by code ascending. */
export type LaneJudgement = {
  readonly functionCode: number;
  readonly name: LaneFunction;
  readonly judgement: LaneVerdict;
};

/** The service's judgement and those of its functions, by function code. */
export function listLaneJudgements(
  connection: Connection,
  judgement: RunVerdicts,
): LaneJudgement[] {
  const all: LaneJudgement[] = [];
  for (const name of connection.codes.function.names) {
    const found = name === 'service' ? judgement.service : judgement.functions[name];
    if (found)
      all.push({ functionCode: connection.codes.function.toCode(name), name, judgement: found });
  }
  return all;
}

/** The verdict in words, as digests need it. */
export function toVerdictFields({ name, judgement }: LaneJudgement): VerdictFields {
  const { verdict, mechanism, confidence, ruleId } = judgement;
  return [name, verdict, mechanism ?? null, confidence, ruleId];
}

/** Inserts all verdicts of a judgement at once; made once per number of verdicts. */
const INSERT_VERDICTS = Array.from({ length: FUNCTIONS.length + 2 }, (_, count) => {
  const rows = Array(count).fill('(?, ?, ?, ?, ?, ?)').join(', ');
  return `INSERT INTO judgement_verdict (judgement_entry, function, verdict, mechanism, confidence, rule_id)
    VALUES ${rows}`;
});

/** Writes the verdicts that are queried. */
export function insertVerdicts(
  connection: Connection,
  entry: number,
  judgements: readonly LaneJudgement[],
): void {
  const { codes, words } = connection;
  const sql = INSERT_VERDICTS[judgements.length];
  assert(sql !== undefined && judgements.length > 0, 'a judgement has 1 verdict or more');
  const values: (number | null)[] = [];
  for (const { functionCode, judgement } of judgements)
    values.push(
      entry,
      functionCode,
      codes.verdict.toCode(judgement.verdict),
      judgement.mechanism === undefined ? null : codes.mechanism.toCode(judgement.mechanism),
      codes.confidence.toCode(judgement.confidence),
      words.intern('rule', judgement.ruleId),
    );
  connection.prepare(sql).run(...values);
}

/** Writes a judgement; the first revision has its digest with the measurement. */
export function insertJudgementRow(
  connection: Connection,
  row: JudgementEntry,
  digest: Uint8Array | null,
): void {
  connection
    .prepare(
      `INSERT INTO judgement (entry, measurement_entry, revision, ruleset_id, dictionary_id, content,
         stored_at_ms, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      row.entry,
      row.measurementEntry,
      row.revision,
      connection.words.intern('ruleset', row.rulesetVersion),
      row.dictionaryId,
      row.content,
      row.storedAtMs,
      digest,
    );
}
