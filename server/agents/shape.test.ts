import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  amount,
  byKind,
  type Check,
  compile,
  count,
  flag,
  listOf,
  matching,
  oneOf,
  record,
  recordOf,
  shape,
  text,
} from './shape.ts';

const PERSON = shape({ name: text(5), age: count(150) }, { tags: listOf(text(3), 2), pet: flag });

const ROWS: readonly {
  readonly says: string;
  readonly check: Check;
  readonly good: readonly string[];
  readonly bad: readonly string[];
}[] = [
  {
    says: 'text',
    check: text(3),
    good: ['""', '"abc"', '"é"', String.raw`"\ud83d\ude00"`],
    bad: ['"abcd"', '1', 'null', '["a"]', String.raw`"\ud83d"`, '{"length":1}'],
  },
  {
    says: 'matching',
    check: matching(/^[a-f]{1,3}$/),
    good: ['"abc"'],
    bad: ['"abcd"', '""', '"g"', '["a"]', 'null', String.raw`"a\n"`],
  },
  {
    says: 'count',
    check: count(10),
    good: ['0', '10', '1.0', '-0'],
    bad: ['11', '-1', '0.5', '1e400', '"1"', 'null', 'true', '[1]'],
  },
  {
    says: 'amount',
    check: amount(10),
    good: ['0', '0.25', '10'],
    bad: ['10.01', '-0.1', '1e400', '-1e400', '"1"', 'null', 'false', '[]'],
  },
  { says: 'flag', check: flag, good: ['true', 'false'], bad: ['0', '1', 'null', '"true"', '{}'] },
  {
    says: 'oneOf',
    check: oneOf(['a', 'it\'s "b"\n']),
    good: ['"a"', String.raw`"it's \"b\"\n"`],
    bad: ['"b"', '["a"]', 'null', '"A"', '{"a":1}'],
  },
  {
    says: 'listOf',
    check: listOf(count(9), 2),
    good: ['[]', '[1,2]'],
    bad: ['[1,2,3]', '[10]', '[null]', '{"length":0}', '{"0":1,"length":1}', '"12"', 'null'],
  },
  {
    says: 'shape',
    check: PERSON,
    good: [
      '{"name":"a","age":1}',
      '{"tags":["x"],"age":1,"name":"a"}',
      '{"name":"a","age":1,"pet":true}',
    ],
    bad: [
      '{"name":"a"}',
      '{"name":"a","age":1,"more":1}',
      '{"name":"a","pet":true}',
      '{"name":"a","age":1,"tags":["long"]}',
      '{"name":"a","age":1,"pet":null}',
      '{"name":"a","age":1,"__proto__":{}}',
      '{"name":"a","__proto__":{"age":1}}',
      '{"name":"a","age":1,"constructor":1}',
      '{"name":"a","age":1,"toString":1}',
      '{"name":"a","age":1,"":1}',
      '{"name":"a","age":1,"0":1}',
      '[]',
      '["name","age"]',
      'null',
      '"x"',
      '1',
    ],
  },
  {
    says: 'an empty shape',
    check: shape({}),
    good: ['{}'],
    bad: ['{"a":1}', '[]', 'null', '{"__proto__":1}'],
  },
  {
    says: 'byKind',
    check: byKind('ok', shape({ kind: oneOf(['ok']) }), shape({ kind: text(9), more: flag })),
    good: ['{"kind":"ok"}', '{"kind":"no","more":true}'],
    bad: ['{"kind":"ok","more":true}', '{"kind":"no"}', '{}', '[]', 'null', '{"kind":["ok"]}'],
  },
  {
    says: 'recordOf',
    check: recordOf(/^[a-z_]{1,12}$/, count(9), 2),
    good: ['{}', '{"a":1,"b":2}', '{"constructor":1}'],
    bad: [
      '{"a":1,"b":2,"c":3}',
      '{"A":1}',
      '{"a":10}',
      '[]',
      '[1]',
      'null',
      '{"":1}',
      '{"__proto__x":99}',
    ],
  },
  { says: 'record', check: record, good: ['{}', '{"a":[]}'], bad: ['[]', 'null', '1', '"a"'] },
];

for (const { says, check, good, bad } of ROWS) {
  test(`${says} takes what fits and nothing else`, () => {
    const passes = compile(check);
    for (const json of good) assert.equal(passes(JSON.parse(json)), true, json);
    for (const json of bad) assert.equal(passes(JSON.parse(json)), false, json);
  });

  test(`${says} within a list within a shape is the same`, () => {
    const passes = compile(shape({ all: listOf(check, 100), again: check }));
    for (const one of [...good, ...bad]) {
      const expected = good.includes(one);
      assert.equal(passes(JSON.parse(`{"all":[${one}],"again":${good[0]}}`)), expected, one);
      assert.equal(passes(JSON.parse(`{"all":[${good[0]}],"again":${one}}`)), expected, one);
    }
  });
}

test('no check throws, whatever JSON says', () => {
  const checks = ROWS.map(({ check }) => compile(check));
  fc.assert(
    fc.property(fc.json(), (json) => {
      for (const passes of checks) assert.equal(typeof passes(JSON.parse(json)), 'boolean');
    }),
  );
});

test('a field whose name objects have by birth is refused when the check is made', () => {
  for (const name of ['constructor', '__proto__', 'a b', 'x"]'])
    assert.throws(() => compile(shape(Object.fromEntries([[name, flag]]))), {
      code: 'ERR_ASSERTION',
    });
});
