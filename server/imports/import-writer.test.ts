/** What the writer does with lines that must not be stored: those that cannot be judged, and those of endless vantages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredVantage } from '../../db/vantages.ts';
import { type LineResult, readLine } from '../../probes/providers/ooni/read-line.ts';
import { CONFIG, CONTEXT, readFixtures } from '../../probes/providers/ooni/testing/judged-lines.ts';
import { createTally } from './import-report.ts';
import {
  createImportWriter,
  type ImportStore,
  MAX_NEW_VANTAGES,
  MAX_STORED_VANTAGES,
} from './import-writer.ts';

type Read = Extract<LineResult, { kind: 'read' }>;

function readFirst(): Read {
  const result = readLine(readFixtures('classic.jsonl')[0]?.text ?? '', CONTEXT);
  assert.ok(result.kind === 'read');
  return result;
}

/** A writer over a store that keeps nothing but names of vantages. */
function createBench(known: readonly StoredVantage[] = []) {
  const synced: string[] = [];
  const store: ImportStore = {
    listVantages: () => [...known],
    syncVantages: (some) => void synced.push(...some.map(({ id }) => id)),
    hasOrigin: () => false,
    insertImports: (runs) => runs.map(() => 'inserted'),
    getMeasurement: () => undefined,
    listControlIds: () => [],
  };
  const tally = createTally();
  return { writer: createImportWriter({ store, config: CONFIG, tally }), tally, synced };
}

function atVantage({ measurement, vantage }: Read, id: string): Read {
  return {
    kind: 'read',
    measurement: { ...measurement, vantageId: id },
    vantage: { ...vantage, id },
  };
}

test('a line that the rules cannot bear is bad with its number, and the next one is stored', () => {
  const { writer, tally, synced } = createBench();
  const good = readFirst();
  const observations = null as unknown as Read['measurement']['observations'];
  const broken = { ...good, measurement: { ...good.measurement, observations } };
  writer.add(atVantage(broken, 'ooni-ru-as1'), 'line 1');
  writer.add(atVantage(good, 'ooni-ru-as2'), 'line 2');
  writer.flush();
  const { stored, bad, badLines } = tally.report(true);
  assert.deepEqual([stored, bad], [1, 1]);
  assert.deepEqual(badLines, [{ where: 'line 1', reason: 'it cannot be judged (TypeError)' }]);
  assert.deepEqual(synced, ['ooni-ru-as2'], 'no vantage of a line that is not stored');
});

const BOUNDS = [
  ['an empty store', 0, MAX_NEW_VANTAGES],
  ['a store that is nearly full', MAX_STORED_VANTAGES - 2, 2],
  ['a full store', MAX_STORED_VANTAGES, 0],
  ['a store with more than allowed', MAX_STORED_VANTAGES + 5, 0],
] as const;
for (const [name, stored, allowed] of BOUNDS)
  test(`${name} takes ${allowed} new vantages of a file, and all lines of those that it has`, () => {
    const good = readFirst();
    const known = Array.from({ length: stored }, (_, index) => ({
      ...good.vantage,
      id: `ooni-de-as${index}`,
    })) as unknown as StoredVantage[];
    const { writer, tally, synced } = createBench(known);
    for (let index = 0; index <= allowed; index += 1)
      writer.add(atVantage(good, `ooni-ru-as${index}`), `line ${index + 1}`);
    const [first] = stored > 0 ? known : [{ id: 'ooni-ru-as0' }];
    writer.add(atVantage(good, first?.id ?? ''), 'the last line');
    writer.flush();
    const report = tally.report(true);
    assert.equal(new Set(synced).size, allowed);
    assert.equal(report.stored, allowed + 1);
    assert.deepEqual(report.badLines, [
      { where: `line ${allowed + 1}`, reason: 'too many vantages in one file' },
    ]);
  });
