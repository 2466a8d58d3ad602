/** Reading survives any damage: lines with keys dropped, nulled, swapped or of another type never throw and can be judged. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readLine } from './read-line.ts';
import { CONTEXT, judgeImported, readFixtures } from './testing/judged-lines.ts';

const LINES = ['classic.jsonl', 'versions.jsonl', 'quirks.jsonl', 'messengers.jsonl', 'own.jsonl']
  .flatMap(readFixtures)
  .filter(({ name, text }) => !name.startsWith('line ') && text.length < 30_000)
  .map(({ text }) => text);

/** What may stand in place of a value. */
const junk = fc.oneof(
  fc.constantFrom(null, true, false, 0, -1, 1e308, '', '443', '__proto__', 'constructor', '\ud800'),
  fc.constantFrom<unknown>(
    [],
    {},
    [[]],
    [null],
    { format: 'base64', data: '%' },
    { format: 'base64' },
  ),
  fc.string({ maxLength: 20 }),
  fc.jsonValue({ maxDepth: 3 }),
);

type Damage = {
  readonly at: number;
  readonly kind: 'drop' | 'replace' | 'repeat';
  readonly value: unknown;
};
const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.nat(100_000),
  kind: fc.constantFrom('drop', 'replace', 'repeat'),
  value: junk,
});

/** Every place in a value that can be damaged: an object or list and a key of it. */
function listPlaces(value: unknown): [Record<string, unknown>, string][] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [[holder, key], ...listPlaces(holder[key])]);
}

function apply(line: string, damages: readonly Damage[]): string {
  const value: unknown = JSON.parse(line);
  for (const { at, kind, value: other } of damages) {
    const places = listPlaces(value);
    const [holder, key] = places[at % Math.max(1, places.length)] ?? [{}, ''];
    if (kind === 'drop') delete holder[key];
    else if (kind === 'replace') holder[key] = structuredClone(other);
    else holder[key] = [holder[key], structuredClone(holder[key])];
  }
  return JSON.stringify(value);
}

test('a damaged line is read, skipped or bad, and what is read can be judged', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...LINES),
      fc.array(damage, { minLength: 1, maxLength: 6 }),
      (line, damages) => {
        const result = readLine(apply(line, damages), CONTEXT);
        if (result.kind !== 'read') return;
        const { measurement, vantage } = result;
        assert.match(vantage.id, /^ooni-[a-z]{2}-as\d+(-[a-z0-9-]+)?$/);
        assert.ok(Number.isSafeInteger(measurement.startedAtMs));
        judgeImported(measurement);
      },
    ),
    { numRuns: 1_500 },
  );
});

test('a line that is cut off anywhere, or is any text, is bad or skipped', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      assert.notEqual(readLine(text, CONTEXT).kind, 'read');
    }),
    { numRuns: 500 },
  );
});
