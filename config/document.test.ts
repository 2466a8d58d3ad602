/** Reading: places of values, and JSON by the short way with the same complaints. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readDocument } from './document.ts';

const folder = mkdtempSync(join(tmpdir(), 'reachline-document-'));
after(() => rmSync(folder, { recursive: true }));

function read(name: string, text: string) {
  const file = join(folder, name);
  writeFileSync(file, text);
  return readDocument(file);
}

const YAML = 'first:\n  - name: a\n    size: 1\n  - &b { name: b }\nsecond: *b\nempty:\n';
const JSON_TEXT = '{\n  "first": [\n    { "name": "a:" },\n    { "name": "b \\": c" }\n  ]\n}\n';

const places = [
  { text: YAML, path: [], part: 'value', line: 1, column: 1 },
  { text: YAML, path: ['first', 0, 'size'], part: 'value', line: 3, column: 11 },
  { text: YAML, path: ['first', 0, 'size'], part: 'key', line: 3, column: 5 },
  { text: YAML, path: ['first', 0, 'absent'], part: 'value', line: 2, column: 5 },
  { text: YAML, path: ['second', 'name'], part: 'value', line: 4, column: 16 },
  { text: YAML, path: ['empty'], part: 'value', line: 6, column: 7 },
  { text: YAML, path: ['absent', 'deeper'], part: 'key', line: 1, column: 1 },
  { text: JSON_TEXT, path: ['first', 1, 'name'], part: 'value', line: 4, column: 15 },
] as const;
for (const { text, path, part, line, column } of places) {
  test(`${part} of /${path.join('/')} stands at ${line}:${column}`, () => {
    const result = read(text === YAML ? 'a.yaml' : 'a.json', text);
    assert.ok(result.kind === 'ok');
    assert.deepEqual(result.document.locate(path, part), { line, column });
  });
}

test('JSON is read as it is, with colons and quotes inside strings', () => {
  const result = read('a.json', JSON_TEXT);
  assert.ok(result.kind === 'ok');
  assert.deepEqual(result.document.value, JSON.parse(JSON_TEXT));
});

const badJson = [
  { name: 'a key that stands twice', text: '{ "a": 1,\n  "b": 2,\n  "a": 3 }', line: 3, column: 3 },
  { name: 'a bracket that is not closed', text: '{ "a": [1, 2\n}', line: 2, column: 1 },
];
for (const { name, text, line, column } of badJson) {
  test(`JSON with ${name} → its place`, () => {
    const result = read('bad.json', text);
    assert.ok(result.kind === 'failed');
    const [first] = result.problems;
    assert.deepEqual([first?.line, first?.column], [line, column]);
  });
}
