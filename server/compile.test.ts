/** Whatever `serve` and `agent` load later is compiled beforehand, so that no process of theirs has to strip types. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { test } from 'node:test';

const STATIC = /^(?:import|export)(?!\s+type\b)(?:[^'";]*?\sfrom)?\s*'(\.[^']+)'/gm;
const LATER = /\bimport\(\s*'(\.[^']+)'\s*\)/g;
/** e.g. the names of ``for (const name of ['a', 'b']) await import(`./x/${name}.ts`)``. */
const LOOP = /of \[([^\]]+)\]\)\s*await import\(`([^`$]+)\$\{name\}\.ts`\)/g;

const read = (file: string): string => readFileSync(file, 'utf8');
const listTargets = (file: string, text: string, pattern: RegExp): string[] =>
  Array.from(text.matchAll(pattern), ([, path = '']) => join(dirname(file), path));

/** What compile.mjs names. */
function listCompiled(): string[] {
  const file = 'server/compile.mjs';
  const text = read(file);
  const looped = [...text.matchAll(LOOP)].flatMap(([, names = '', start = '']) =>
    Array.from(names.matchAll(/'([^']+)'/g), ([, name]) => join('server', `${start}${name}.ts`)),
  );
  return [...listTargets(file, text, LATER), ...looped];
}

test('every module that is loaded later stands in compile.mjs', () => {
  const loaded = new Set<string>();
  const later = new Set<string>();
  const visit = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    const text = read(file);
    for (const target of listTargets(file, text, LATER)) later.add(target);
    listTargets(file, text, STATIC).forEach(visit);
  };
  listCompiled().forEach(visit);
  assert.ok(later.size > 30, 'run from the repository root');
  const missing = [...later].filter(
    // Other commands end soon.
    (file) => !loaded.has(file) && !file.startsWith('server/commands/'),
  );
  assert.deepEqual(missing, []);
});
