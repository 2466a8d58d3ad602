import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FUNCTIONS, MARKS, MECHANISMS, VERDICTS } from '../../probes/types.ts';
import { LEDGER_OUTCOMES } from '../ledger-types.ts';
import type { Resource } from './column.ts';
import { RESOURCE_NAMES, RESOURCES } from './dictionary.ts';
import {
  FUNCTION_MEANINGS,
  MARK_MEANINGS,
  MECHANISM_MEANINGS,
  OUTCOME_MEANINGS,
  VERDICT_MEANINGS,
} from './meanings.ts';

/** Names, spaces aside, say nothing; a sentence ends. */
function isSentence(text: string): boolean {
  return /^\S.*\S\.?$/s.test(text) && text.length >= 5 && !/\s\s/.test(text);
}

for (const name of RESOURCE_NAMES)
  suite(`table ${name}`, () => {
    const resource: Resource = RESOURCES[name];
    const columns = resource.columns.map((column) => column.name);

    test('is described, and its key names its columns', () => {
      assert.equal(resource.name, name);
      assert.ok(isSentence(resource.description), resource.description);
      assert.deepEqual(
        resource.primaryKey.filter((key) => !columns.includes(key)),
        [],
      );
      assert.equal(new Set(columns).size, columns.length, 'a name is used twice');
    });

    test('describes every column and every value', () => {
      for (const column of resource.columns) {
        assert.match(column.name, /^[a-z][a-z0-9_]*$/);
        assert.ok(column.title.length > 1, `${column.name} has no title`);
        assert.ok(
          isSentence(column.description) && column.description.endsWith('.'),
          `${column.name} is described by ${JSON.stringify(column.description)}`,
        );
        assert.equal(column.name.endsWith('_ms'), column.unit === 'ms', `unit of ${column.name}`);
        for (const [value, meaning] of Object.entries(column.values ?? {}))
          assert.ok(isSentence(meaning) && meaning.endsWith('.'), `${column.name} ${value}`);
        if (column.example !== undefined && column.values !== undefined)
          assert.ok(Object.hasOwn(column.values, String(column.example)), column.name);
      }
    });

    test('refers to columns that there are', () => {
      for (const { name: from, references } of resource.columns)
        if (references !== undefined) {
          const other = Object.entries<Resource>(RESOURCES).find(
            ([key]) => key === references.resource,
          );
          assert.ok(
            other?.[1].columns.some((column) => column.name === references.column),
            `${from} refers to ${references.resource}.${references.column}`,
          );
        }
    });
  });

const wordLists = [
  { name: 'verdicts', words: VERDICTS, meanings: VERDICT_MEANINGS },
  { name: 'mechanisms', words: MECHANISMS, meanings: MECHANISM_MEANINGS },
  { name: 'marks', words: MARKS, meanings: MARK_MEANINGS },
  { name: 'functions', words: ['service', ...FUNCTIONS], meanings: FUNCTION_MEANINGS },
  { name: 'outcomes', words: LEDGER_OUTCOMES, meanings: OUTCOME_MEANINGS },
] as const;

for (const { name, words, meanings } of wordLists)
  test(`all ${name} have a meaning, and nothing else has`, () =>
    assert.deepEqual(Object.keys(meanings).toSorted(), [...words].toSorted()));
