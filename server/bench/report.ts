/** Results as people and as programs read them. */
import type { BenchResult } from './result.ts';

const HEADER = ['benchmark', 'value', 'unit', 'bare', 'ratio', 'spread', 'target', ''] as const;
/** Columns that hold numbers, aligned at the right. */
const NUMERIC: ReadonlySet<number> = new Set([1, 3, 4, 5]);

/** One JSON object in one line, with nothing rounded away that a comparison could need. */
export function formatJson(result: BenchResult): string {
  return JSON.stringify(result, (_key, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(6)) : value,
  );
}

/** All results as an aligned table, one line each. */
export function formatTable(results: readonly BenchResult[]): string {
  const rows = [HEADER, ...results.map(toCells)];
  const widths = HEADER.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const lines = rows.map((row) =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? '';
        return NUMERIC.has(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function toCells(result: BenchResult): string[] {
  const { name, value, unit, baseline, ratio, target, ok, spread } = result;
  return [
    name,
    formatNumber(value),
    unit,
    baseline === null ? '–' : formatNumber(baseline),
    ratio === null ? '–' : formatNumber(ratio),
    spread ? spread.map(formatNumber).join('…') : '–',
    target,
    target === 'none' ? '' : ok ? 'holds' : 'MISSED',
  ];
}

/** Three digits that matter; thousands whole. */
function formatNumber(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  if (Math.abs(value) >= 10) return value.toFixed(1);
  return value.toFixed(Math.abs(value) >= 1 ? 2 : 3);
}
