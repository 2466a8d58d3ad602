/** The integer codes that stand for words in the tables, read from the database so that a row always means what it meant. */
import assert from 'node:assert/strict';
import type Database from 'better-sqlite3';
import type { Confidence, FunctionId, Mark, Mechanism, Verdict } from '../probes/types.ts';

/** A function of a service, or the service as a whole. */
export type LaneFunction = FunctionId | 'service';

/** Words with fixed codes. */
export type CodeTable<Name extends string> = {
  /** @throws when the word has no code: its migration is missing. */
  readonly toCode: (name: Name) => number;
  /** @throws when the code stands for nothing: the row is damaged. */
  readonly toName: (code: number) => Name;
  readonly names: readonly Name[];
};

/** All words that have fixed codes. */
export type Codes = {
  readonly verdict: CodeTable<Verdict>;
  readonly mechanism: CodeTable<Mechanism>;
  readonly confidence: CodeTable<Confidence>;
  readonly function: CodeTable<LaneFunction>;
  /** Codes are bits. */
  readonly mark: CodeTable<Mark>;
};

/** The tables of fixed codes. */
export const CODE_TABLES = [
  'code_verdict',
  'code_mechanism',
  'code_confidence',
  'code_function',
  'code_mark',
] as const;

function loadTable<Name extends string>(
  database: Database.Database,
  table: (typeof CODE_TABLES)[number],
): CodeTable<Name> {
  const rows = database
    .prepare<[], { code: number; name: Name }>(`SELECT code, name FROM ${table} ORDER BY code`)
    .all();
  const codes = new Map(rows.map((row) => [row.name, row.code]));
  const names = new Map(rows.map((row) => [row.code, row.name]));
  return {
    toCode(name) {
      const code = codes.get(name);
      assert(code !== undefined, `${table} has no code for ${JSON.stringify(name)}`);
      return code;
    },
    toName(code) {
      const name = names.get(code);
      assert(name !== undefined, `${table} has no word for the code ${code}`);
      return name;
    },
    names: rows.map((row) => row.name),
  };
}

/** Reads every code table. */
export function loadCodes(database: Database.Database): Codes {
  return {
    verdict: loadTable(database, 'code_verdict'),
    mechanism: loadTable(database, 'code_mechanism'),
    confidence: loadTable(database, 'code_confidence'),
    function: loadTable(database, 'code_function'),
    mark: loadTable(database, 'code_mark'),
  };
}

/** Packs marks into one integer. */
export function packMarks(marks: readonly Mark[], codes: Codes): number {
  return marks.reduce((bits, mark) => bits | codes.mark.toCode(mark), 0);
}

/** Unpacks marks, in storage order. */
export function unpackMarks(bits: number, codes: Codes): Mark[] {
  return codes.mark.names.filter((name) => (bits & codes.mark.toCode(name)) !== 0);
}
