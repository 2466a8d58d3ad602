/** Reads judgements back in words, for the digests that they should have. */
import type { LaneFunction } from './codes.ts';
import type { Connection } from './connection.ts';
import type { JudgementEntry } from './entries.ts';

/** Function, verdict, mechanism, confidence, rule. */
export type ReadVerdict = readonly [LaneFunction, string, string | null, string, string];

/** A row of `judgement` with the name of its ruleset. */
export type JudgementRow = {
  entry: number;
  measurement_entry: number;
  revision: number;
  ruleset: string;
  dictionary_id: number;
  content: Buffer;
  stored_at_ms: number;
  digest: Buffer | null;
};

/** Selects such rows; a condition may follow. */
export const SELECT_JUDGEMENT = `
  SELECT j.entry, j.measurement_entry, j.revision, r.name AS ruleset, j.dictionary_id, j.content,
    j.stored_at_ms, j.digest
  FROM judgement j LEFT JOIN ruleset r ON r.id = j.ruleset_id`;

/** A judgement as it is now, in words. */
export type ReadJudgement = JudgementEntry & { readonly verdicts: readonly ReadVerdict[] };

/** Adds the verdicts of a judgement in words; a code without a word gives null. */
export function readJudgement(connection: Connection, row: JudgementRow): ReadJudgement {
  const verdicts = connection
    .prepare<
      [number],
      {
        function: LaneFunction;
        verdict: string;
        mechanism: string | null;
        confidence: string;
        rule: string;
      }
    >(
      `SELECT f.name AS function, c.name AS verdict, m.name AS mechanism, d.name AS confidence, r.name AS rule
       FROM judgement_verdict v
       LEFT JOIN code_function f ON f.code = v.function
       LEFT JOIN code_verdict c ON c.code = v.verdict
       LEFT JOIN code_mechanism m ON m.code = v.mechanism
       LEFT JOIN code_confidence d ON d.code = v.confidence
       LEFT JOIN rule r ON r.id = v.rule_id
       WHERE v.judgement_entry = ? ORDER BY v.function`,
    )
    .all(row.entry);
  return {
    entry: row.entry,
    measurementEntry: row.measurement_entry,
    revision: row.revision,
    storedAtMs: row.stored_at_ms,
    rulesetVersion: row.ruleset,
    dictionaryId: row.dictionary_id,
    content: row.content,
    verdicts: verdicts.map((each) => [
      each.function,
      each.verdict,
      each.mechanism,
      each.confidence,
      each.rule,
    ]),
  };
}
