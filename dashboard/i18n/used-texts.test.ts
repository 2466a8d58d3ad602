import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AREAS, readArea } from './texts.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Texts that are found by something else than their key, each with what finds them. */
const FOUND_OTHERWISE: readonly (readonly [keys: RegExp, by: string])[] = [
  [/^(?:problem|reasons)\./, 'the English sentence that they translate (sentences.ts)'],
  [/^alerts\.refused\./, 'the English sentence that they translate (sentences.ts)'],
  [/^rules\./, 'the id of a rule, which method.test.ts compares with the judge'],
  [/^changes\.(?:verdicts|ledger)_\d/, 'the version of rules that a change names'],
];

function listSources(): string[] {
  return globSync('{config,db,probes,dashboard,server}/**/*.ts', { cwd: ROOT })
    .filter((file) => !/\.(?:test|slow|browser|bench)\.ts$|\/testing\//.test(file))
    .map((file) => readFileSync(join(ROOT, file), 'utf8'));
}

/** A key with holes, e.g. `words.state.${state}`, and the source that writes it. */
type ComputedKey = { readonly pattern: RegExp; readonly source: string };

function listComputed(source: string): ComputedKey[] {
  return [...source.matchAll(/`([a-z]+\.[\w.]*(?:\$\{[^}`]*\}[\w.]*)+)`/g)].map(([, key = '']) => ({
    pattern: new RegExp(`^${key.replaceAll('.', '\\.').replaceAll(/\$\{[^}]*\}/g, '(.+)')}$`),
    source,
  }));
}

/** Whether a key fits; one that may be any of its area is to stand in the same source, whole or after the hole. */
function fits({ pattern, source }: ComputedKey, key: string): boolean {
  const found = pattern.exec(key);
  if (found === null) return false;
  if (!/^\^[a-z]+\\\.\(/.test(pattern.source)) return true;
  return found.slice(1).every((word) => new RegExp(`\\b${RegExp.escape(word)}\\b`).test(source));
}

test('every text is used', () => {
  const sources = listSources();
  const written = new Set(
    sources.flatMap((source) =>
      [...source.matchAll(/['"`]([a-z]+\.[\w.]+)['"`]/g)].map(([, key]) => key),
    ),
  );
  const computed = sources.flatMap(listComputed);
  const keys = AREAS.flatMap((area) =>
    Object.keys(readArea(area, 'en')).map((key) => `${area}.${key}`),
  );
  const unused = keys.filter(
    (key) =>
      !written.has(key) &&
      !FOUND_OTHERWISE.some(([found]) => found.test(key)) &&
      !computed.some((one) => fits(one, key)),
  );
  assert.deepEqual(unused, []);
  for (const [found] of FOUND_OTHERWISE)
    assert.ok(
      keys.some((key) => found.test(key)),
      found.source,
    );
});
