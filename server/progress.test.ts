/** The bar says how far the work came, and no more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProgress } from './progress.ts';

for (const [isWhole, expected] of [
  [true, /100 % .* done$/],
  [false, / 40 % .* done$/],
] as const)
  test(isWhole ? 'to the end' : 'broken off midway', () => {
    const lines: string[] = [];
    const progress = createProgress({ write: (text) => lines.push(text.trimEnd()) }, 'import');
    progress.update(0.4);
    progress.end('done', isWhole);
    assert.match(lines.at(-1) ?? '', expected);
  });
