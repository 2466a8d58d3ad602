import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatJson, formatTable } from './report.ts';
import type { BenchResult } from './result.ts';

const RATE: BenchResult = {
  name: 'probe.c32',
  value: 1034.123456,
  unit: 'targets/s',
  baseline: 1200.5,
  ratio: 0.861411,
  target: 'ratio >= 0.8',
  ok: true,
  spread: [0.81, 0.99],
};
const SINGLE: BenchResult = {
  name: 'start.memory',
  value: 130.04,
  unit: 'MB',
  baseline: null,
  ratio: null,
  target: 'value <= 120',
  ok: false,
};

test('JSON: one line with the agreed names, numbers as numbers', () => {
  const line = formatJson(RATE);
  assert.ok(!line.includes('\n'));
  assert.deepEqual(JSON.parse(line), { ...RATE, value: 1034.12 });
});

test('JSON: what has no baseline says null', () => {
  const { baseline, ratio } = JSON.parse(formatJson(SINGLE)) as BenchResult;
  assert.deepEqual([baseline, ratio], [null, null]);
});

test('table: aligned, and a missed target stands out', () => {
  assert.deepEqual(formatTable([RATE, SINGLE]).split('\n'), [
    'benchmark     value  unit        bare  ratio       spread  target',
    'probe.c32     1,034  targets/s  1,201  0.861  0.810…0.990  ratio >= 0.8  holds',
    'start.memory    130  MB             –      –            –  value <= 120  MISSED',
    '',
  ]);
});

test('an unknown name: the list of benchmarks and exit code 64', () => {
  const bench = join(import.meta.dirname, '../bench.ts');
  const { status, stderr, stdout } = spawnSync(process.execPath, [bench, 'probe', 'speed'], {
    encoding: 'utf8',
  });
  assert.equal(status, 64);
  assert.equal(stdout, '');
  assert.match(stderr, /No benchmark `speed`/);
  for (const name of ['probe', 'timing', 'judge', 'start', 'insert']) {
    assert.match(stderr, new RegExp(`^  ${name} `, 'm'));
  }
});
