/**
 * Rows on their way out, by columns: most columns of a stretch of rows hold one value, which then is formatted once and
 * not once per row.
 */
import type { CellValue, Resource, Row } from './column.ts';

/** One column of a batch. */
export type Cells =
  | { readonly kind: 'same'; readonly value: CellValue }
  | { readonly kind: 'each'; readonly values: readonly CellValue[] };

/** Some rows of a resource; `cells` are in the order of its columns. */
export type Batch = { readonly length: number; readonly cells: readonly Cells[] };

/** Puts rows into columns. */
export function toBatch(resource: Resource, rows: readonly Row[]): Batch {
  const cells = resource.columns.map(
    ({ name }): Cells => ({ kind: 'each', values: rows.map((row) => row[name] ?? null) }),
  );
  return { length: rows.length, cells };
}

/** Puts columns that were named into the order of the resource. @throws when one is missing */
export function orderCells(
  resource: Resource,
  length: number,
  named: Readonly<Record<string, Cells>>,
): Batch {
  const cells = resource.columns.map(({ name }) => {
    const found = named[name];
    if (found === undefined) throw new Error(`no cells for ${resource.name}.${name}`);
    return found;
  });
  return { length, cells };
}
