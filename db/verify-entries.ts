/** Recomputes the digest of everything append-only, entry by entry, and the hash chain over the hours. */
import type { MeasurementJudgement } from '../probes/types.ts';
import { type ChainHour, extendHour, startHour } from './chain.ts';
import type { Connection } from './connection.ts';
import { listEntries, type ReadEntry } from './entry-reader.ts';
import { type Findings, REMEDY } from './verify-report.ts';

/** What else must hold of an entry: compressed parts decode and say what the columns say. */
function* checkContent(connection: Connection, entry: ReadEntry): Generator<string> {
  for (const { dictionaryId, content, verdicts } of entry.packed) {
    let value: unknown;
    try {
      value = connection.evidence.unpack(dictionaryId, content);
    } catch {
      yield 'A compressed part of it cannot be decoded';
      continue;
    }
    if (verdicts === undefined) {
      const { certificates = [] } = value as { certificates?: readonly string[] };
      const known = connection.prepare<[Buffer]>('SELECT 1 FROM certificate WHERE sha256 = ?');
      for (const sha256 of certificates)
        if (!known.get(Buffer.from(sha256, 'hex'))) yield `The certificate ${sha256} is missing`;
      continue;
    }
    const judgement = value as MeasurementJudgement;
    for (const [name, ...columns] of verdicts) {
      const said = name === 'service' ? judgement.service : judgement.functions[name];
      const expected = said && [said.verdict, said.mechanism ?? null, said.confidence, said.ruleId];
      if (JSON.stringify(expected) !== JSON.stringify(columns))
        yield `The verdict of "${name}" differs from the judgement`;
    }
    const count = 1 + Object.keys(judgement.functions).length;
    if (count !== verdicts.length) yield `${verdicts.length} verdicts instead of ${count}`;
  }
}

/** Walks along the hours while entries go by. */
class HourWalk {
  readonly #findings: Findings;
  readonly #hours: readonly ChainHour[];
  #index = 0;
  #running: Buffer | undefined;
  #isExplained = false;

  constructor(findings: Findings, hours: readonly ChainHour[]) {
    this.#findings = findings;
    this.#hours = hours;
    for (const [index, hour] of hours.entries()) {
      const expected = index === 0 ? 1 : (hours[index - 1]?.last_entry ?? 0) + 1;
      if (hour.first_entry !== expected || hour.last_entry < hour.first_entry)
        this.#add(hour, `It should start with entry ${expected}.`);
    }
  }

  /** Takes in the recomputed digest of the next entry. */
  pass(entry: number, digest: Uint8Array, isDamaged: boolean): void {
    while (entry > (this.#hours[this.#index]?.last_entry ?? Number.POSITIVE_INFINITY)) this.#end();
    const hour = this.#hours[this.#index];
    if (!hour) {
      this.#findings.add(`entry ${entry}`, 'No hour of the hash chain covers it.', REMEDY.restore);
      return;
    }
    this.#isExplained ||= isDamaged;
    this.#running ??= startHour(hour.hour_ms, this.#hours[this.#index - 1]?.digest);
    this.#running = extendHour(this.#running, digest);
  }

  /** To be called after the last entry. */
  finish(): void {
    while (this.#index < this.#hours.length) this.#end();
  }

  #end(): void {
    const hour = this.#hours[this.#index];
    // A damaged entry of the hour has been reported and makes the hour differ as well.
    if (hour && !this.#isExplained && !this.#running?.equals(hour.digest))
      this.#add(
        hour,
        'Its entries do not give its digest: an entry, the digest, or the hour before was changed.',
      );
    this.#index += 1;
    this.#running = undefined;
    this.#isExplained = false;
  }

  #add(hour: ChainHour, problem: string): void {
    const time = new Date(hour.hour_ms);
    const name = Number.isNaN(time.getTime()) ? String(hour.hour_ms) : time.toISOString();
    this.#findings.add(`hour ${name} of the hash chain`, problem, REMEDY.restore);
  }
}

/** Checks every entry, their numbers, and every hour of the chain. */
export function verifyEntries(connection: Connection, findings: Findings): undefined {
  const hours = connection
    .prepare<[], ChainHour>('SELECT * FROM chain_hour ORDER BY hour_ms')
    .all();
  const walk = new HourWalk(findings, hours);
  const total = hours.at(-1)?.last_entry ?? 0;
  let previous = 0;
  for (const entry of listEntries(connection)) {
    const problems = [...checkContent(connection, entry), ...entry.problems];
    if (entry.storedDigest && !entry.storedDigest.equals(entry.digest))
      problems.unshift('It is not what was stored: its digest differs');
    for (const problem of problems) findings.add(entry.where, `${problem}.`, REMEDY.restore);
    if (entry.entry !== previous + 1)
      findings.add(
        `entries ${previous + 1} to ${entry.entry}`,
        'Numbers of stored rows do not follow each other: rows are missing or doubled.',
        REMEDY.restore,
      );
    previous = entry.entry;
    findings.count(previous, total);
    walk.pass(entry.entry, entry.digest, problems.length > 0);
  }
  walk.finish();
  if (previous < total)
    findings.add(
      `entries ${previous + 1} to ${total}`,
      'They are in the hash chain but not in the tables.',
      REMEDY.restore,
    );
  return undefined;
}
