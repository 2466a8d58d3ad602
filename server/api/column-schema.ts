/** Columns of the dictionary as fields of JSON answers, so that files and answers are described by the same words. */
import { z } from 'zod';
import type { Column } from '../../db/dictionary/column.ts';
import { RESOURCES, type ResourceName } from '../../db/dictionary/dictionary.ts';

/** An instant as answers write it. */
export const instant = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/);

function toPlain({ type, values }: Column): z.ZodType {
  const words = values === undefined ? z.string() : z.enum(Object.keys(values));
  switch (type) {
    case 'string':
      return words;
    case 'integer':
      return z.int();
    case 'number':
      return z.number();
    case 'boolean':
      return z.boolean();
    case 'datetime':
      return instant;
    case 'list':
      return z.array(words);
    default:
      return type satisfies never;
  }
}

/** What a document says of a column: its description, then what each of its values means. */
function describeColumn({ description, unit, values = {} }: Column): string {
  const words = Object.entries(values);
  const inUnit = unit === undefined ? '' : ` In ${unit}.`;
  // Long trees of words are listed at /data, not in every schema.
  if (words.length === 0 || words.length > 12) return description + inUnit;
  const meanings = words.map(([word, meaning]) => `\`${word}\`: ${meaning}`);
  return `${description}${inUnit} ${meanings.join(' ')}`;
}

/**
 * The field of an answer that says what a column says.
 * @throws Error when the dictionary has no such column.
 */
export function fieldOf(resource: ResourceName, name: string): z.ZodType {
  const columns: readonly Column[] = RESOURCES[resource].columns;
  const column = columns.find((one) => one.name === name);
  if (column === undefined) throw new Error(`the dictionary has no column ${resource}.${name}`);
  const plain = toPlain(column);
  return (column.isNullable ? plain.nullable() : plain).describe(describeColumn(column));
}
