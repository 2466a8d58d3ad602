/** Whatever is thrown becomes a failure with a known code, and quickly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FAILURE_CODES, toFailure, toRcodeFailure } from './failure.ts';
import { type Failure, OPERATIONS } from './types.ts';

/** Runs per property. */
const RUNS = 10_000;
const MAX_RAW_CHARS = 64;
/** What grows with the square would take minutes; a machine that is busy elsewhere takes some hundred milliseconds. */
const MAX_ELAPSED_MS = 5_000;

const ATTRIBUTIONS = ['remote', 'resolver', 'vantage'];
const NAMES = ['__proto__', 'constructor', 'toString', 'ECONNRESET', 'ERR_SSL_', 'AggregateError'];

const word = fc.oneof(fc.constantFrom(...NAMES), fc.string({ unit: 'binary' }));
const anything = fc.oneof(fc.anything(), word);
const { error } = fc.letrec((tie) => ({
  error: fc.record(
    {
      code: fc.oneof({ weight: 3, arbitrary: word }, fc.anything()),
      name: fc.oneof({ weight: 3, arbitrary: word }, fc.anything()),
      syscall: anything,
      errno: anything,
      library: fc.oneof(fc.constant('SSL routines'), anything),
      cause: fc.oneof({ maxDepth: 6 }, anything, tie('error')),
      message: fc.string(),
    },
    { requiredKeys: [] },
  ),
}));
/** Without what every object inherits, which has a test of its own. */
const ownWord = fc.string({ unit: 'binary' }).filter((text) => !(text in {}));
const operation = fc.constantFrom(...OPERATIONS);

function assertKnown(failure: Failure): void {
  assert.ok(Object.hasOwn(FAILURE_CODES, failure.code), failure.code);
  assert.ok(ATTRIBUTIONS.includes(failure.attribution));
  assert.ok((failure.raw ?? '').length <= MAX_RAW_CHARS);
}

test(`anything at all gives a known code (${RUNS} runs)`, () => {
  fc.assert(
    fc.property(
      fc.anything({ withNullPrototype: true, withBigInt: true }),
      operation,
      (thrown, at) => assertKnown(toFailure(thrown, at)),
    ),
    { numRuns: RUNS },
  );
});

test(`any mixture of the fields of errors gives a known code (${RUNS} runs)`, () => {
  fc.assert(
    fc.property(error, operation, (thrown, at) => {
      const failure = toFailure(thrown, at);
      assertKnown(failure);
      assert.equal(failure.operation, at);
      assert.ok(at !== 'dns' || failure.attribution !== 'remote');
    }),
    { numRuns: RUNS },
  );
});

test(`any response code of a resolver gives a known code (${RUNS} runs)`, () => {
  fc.assert(
    fc.property(ownWord, (rcode) => assertKnown(toRcodeFailure(rcode))),
    { numRuns: RUNS },
  );
});

const bigRows = [
  { name: 'letters', text: 'x'.repeat(1_000_000) },
  { name: 'digits and dots', text: '1.'.repeat(500_000) },
  { name: 'colons', text: ':'.repeat(1_000_000) },
  { name: 'hexadecimal groups', text: 'fe80::'.repeat(160_000) },
];
for (const { name, text } of bigRows)
  test(`a code of a million characters of ${name} is cut in time`, () => {
    const startedMs = performance.now();
    assertKnown(toFailure({ code: text }, 'http'));
    const elapsedMs = performance.now() - startedMs;
    assert.ok(elapsedMs < MAX_ELAPSED_MS, `${elapsedMs} ms`);
  });

test('a chain of causes without an end is not followed for ever', () => {
  const loop: { cause?: unknown } = {};
  loop.cause = loop;
  assert.equal(toFailure(loop, 'tcp').code, 'unknown_failure');
});

test('a response code that every object inherits', () => {
  for (const rcode of NAMES) assertKnown(toRcodeFailure(rcode));
});

test('an error whose fields throw when they are read', () => {
  const hostile = {
    get code(): string {
      throw new Error('no');
    },
  };
  assertKnown(toFailure(hostile, 'tcp'));
});
