import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer } from './guarded-request.ts';
import { readAnswer, readJson, readRetryAfter } from './http-answer.ts';

const NOW_MS = Date.UTC(2026, 10, 28);
const DAY_MS = 24 * 3_600_000;

const WAITS: readonly (readonly [
  value: string | string[] | undefined,
  afterMs: number | undefined,
])[] = [
  ['120', 120_000],
  [' 0 ', 0],
  ['99999999999999', DAY_MS],
  ['Sat, 28 Nov 2026 00:01:00 GMT', 60_000],
  ['Fri, 27 Nov 2026 00:00:00 GMT', 0],
  ['Sat, 28 Nov 2099 00:00:00 GMT', DAY_MS],
  ['soon', undefined],
  ['', undefined],
  ['1'.repeat(100), undefined],
  [['1', '2'], undefined],
  [undefined, undefined],
];
for (const [value, afterMs] of WAITS)
  test(`Retry-After ${JSON.stringify(value)}: ${afterMs}`, () => {
    assert.equal(readRetryAfter(value, NOW_MS), afterMs);
  });

const answered = (statusCode: number, text = ''): Answer => ({
  kind: 'answered',
  statusCode,
  headers: {},
  text,
});
const OUTCOMES: readonly (readonly [status: number, outcome: string])[] = [
  [200, 'ok'],
  [299, 'ok'],
  [301, 'retry 3'],
  [400, 'retry 3'],
  [401, 'retry 3'],
  [404, 'retry 3'],
  [408, 'retry'],
  [410, 'permanent'],
  [413, 'retry 3'],
  [425, 'retry'],
  [429, 'retry'],
  [500, 'retry'],
  [503, 'retry'],
];
for (const [status, outcome] of OUTCOMES)
  test(`${status}: ${outcome}`, () => {
    const result = readAnswer(answered(status), NOW_MS);
    const most = result.kind === 'retry' ? (result.mostAttempts ?? '') : '';
    assert.equal(`${result.kind} ${most}`.trim(), outcome);
  });

test('only what JSON says is read, and nothing that every object has', () => {
  assert.equal(readJson(answered(200, '{"a":{"b":1}}'), 'a', 'b'), 1);
  for (const text of ['', '<html>', 'null', '[]', '{"a":1}'])
    assert.equal(readJson(answered(200, text), 'a', 'b'), undefined);
  assert.equal(readJson(answered(200, '{}'), 'constructor'), undefined);
  assert.equal(readJson({ kind: 'failed', reason: 'x' }, 'a'), undefined);
});
