/** Counts what came of the lines of an import, and says it in words. */
import type { SkipReason } from '../../probes/providers/ooni/web-connectivity.ts';

/** A line that could not be read. */
export type BadLine = { readonly where: string; readonly reason: string };

/** What came of an import. */
export type ImportReport = {
  readonly lines: number;
  readonly stored: number;
  /** Stored before under the same name. */
  readonly known: number;
  readonly skipped: Readonly<Record<SkipReason, number>>;
  readonly bad: number;
  /** The first of them. */
  readonly badLines: readonly BadLine[];
  /** By verdict of the service. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** False when it was stopped, or the source ended early. */
  readonly isComplete: boolean;
  /** Why the source ended early, as a sentence. */
  readonly problem?: string;
};

const MAX_SHOWN = 20;

const SKIP_TEXT = {
  no_service: 'of pages and services that are not measured here',
  no_target: 'of parts of our services that are no target here',
  other_test: 'of other tests',
  nothing_seen: 'without any operation that can be used',
} as const satisfies Readonly<Record<SkipReason, string>>;

/** Collects the outcome of an import. */
export function createTally() {
  const skipped: Record<SkipReason, number> = {
    no_service: 0,
    no_target: 0,
    other_test: 0,
    nothing_seen: 0,
  };
  const verdicts: Record<string, number> = {};
  const badLines: BadLine[] = [];
  let [lines, stored, known, bad] = [0, 0, 0, 0];
  return {
    line: () => void (lines += 1),
    known: () => void (known += 1),
    skip: (reason: SkipReason) => void (skipped[reason] += 1),
    bad(where: string, reason: string): void {
      bad += 1;
      if (badLines.length < MAX_SHOWN) badLines.push({ where, reason });
    },
    stored(verdict: string): void {
      stored += 1;
      verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    },
    storedCount: () => stored,
    report: (isComplete: boolean, problem?: string): ImportReport => ({
      lines,
      stored,
      known,
      skipped,
      bad,
      badLines,
      verdicts,
      isComplete,
      ...(problem === undefined ? {} : { problem }),
    }),
  };
}
export type Tally = ReturnType<typeof createTally>;

/** True when the source held something, but nothing that a measurement could be: the wrong file, most likely. */
export function isUnreadable({ lines, bad }: ImportReport): boolean {
  return lines > 0 && bad === lines;
}

/** The report as text. */
export function describeImport(report: ImportReport): string {
  const { lines, stored, known, skipped, bad, badLines, verdicts, isComplete, problem } = report;
  const out = ['', `${lines} measurements read, ${stored} stored.`];
  for (const [verdict, count] of Object.entries(verdicts).toSorted((a, b) => b[1] - a[1]))
    out.push(`  ${String(count).padStart(8)}  ${verdict}`);
  if (known > 0) out.push(`${known} were stored before and are left as they are.`);
  for (const [reason, count] of Object.entries(skipped))
    if (count > 0) out.push(`${count} skipped: ${SKIP_TEXT[reason as SkipReason]}.`);
  if (bad > 0) out.push(`${bad} could not be read and were skipped:`);
  for (const { where, reason } of badLines) out.push(`  ${where}: ${reason}`);
  if (bad > badLines.length) out.push(`  and ${bad - badLines.length} more`);
  if (problem !== undefined) out.push(problem);
  if (isUnreadable(report))
    out.push(
      'Nothing in it could be read. It has to be JSON Lines as OONI publishes them: each measurement whole, in a line of its own.',
    );
  else if (lines === 0 && isComplete) out.push('There is no measurement in it.');
  if (!isComplete) out.push('Stopped before the end. The same command goes on from here.');
  return `${out.join('\n')}\n`;
}
