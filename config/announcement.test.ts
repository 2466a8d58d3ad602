/** The curated records, and that our schema and the published JSON schema ask for the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { Announcement, AnnouncementsFile } from './announcement.ts';
import { loadConfig } from './load.ts';

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8'));
}

const { announcements } = loadConfig({ file: join(import.meta.dirname, 'reachline.yaml') });

test('all 28 curated records are there, and nothing is lost in reading them', () => {
  assert.equal(announcements.length, 28);
  const file = AnnouncementsFile.parse(readJson('announcements.json'));
  assert.deepEqual(announcements, file.announcements);
  assert.deepEqual(file, readJson('announcements.json'));
});

test('the block of Instagram takes effect on 14 March 2022 at midnight in Moscow', () => {
  const block = announcements.find(({ id }) => id === 'ru-rkn-2022-03-11-instagram-block');
  assert.ok(block?.effective_at?.earliest);
  assert.equal(new Date(block.effective_at.earliest).toISOString(), '2022-03-13T21:00:00.000Z');
  assert.equal(block.effective_at.tz, 'Europe/Moscow');
});

test('every record that the public sees names a source', () => {
  for (const { id, status, sources } of announcements) {
    if (status === 'published') assert.ok(sources.length > 0, id);
  }
});

/** The words of a list in alphabetical order, without null. */
function sortWords(list: unknown): string[] | undefined {
  if (!Array.isArray(list)) return undefined;
  return list
    .filter((word) => word !== null)
    .map(String)
    .toSorted((a, b) => (a < b ? -1 : 1));
}

/** What a JSON schema asks of a value, without order, wording or the way in which it says so. */
function outline(node: unknown, root: unknown): unknown {
  const get = (key: string): unknown => Reflect.get(Object(node), key);
  const ref = get('$ref');
  if (typeof ref === 'string') {
    const target = ref
      .split('/')
      .slice(1)
      .reduce<unknown>((at, key) => Reflect.get(Object(at), key), root);
    return outline(target, root);
  }
  const choices = get('oneOf') ?? get('anyOf');
  if (Array.isArray(choices)) {
    const real = choices.filter(
      (choice: unknown) => Reflect.get(Object(choice), 'type') !== 'null',
    );
    return {
      orNull: real.length < choices.length,
      is: real.map((choice) => outline(choice, root)),
    };
  }
  const properties = get('properties');
  if (typeof properties === 'object' && properties !== null) {
    const inner = Object.entries(properties)
      .map(([key, value]) => [key, outline(value, root)])
      .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    const required: unknown = get('required');
    return { properties: inner, required: sortWords(required) ?? [] };
  }
  if (get('items') !== undefined)
    return { items: outline(get('items'), root), min: get('minItems') };
  const type = get('type');
  const words = get('enum') ?? (get('const') === undefined ? undefined : [get('const')]);
  const isNullable =
    (Array.isArray(type) && type.includes('null')) ||
    (Array.isArray(words) && words.includes(null));
  const plain = {
    words: sortWords(words),
    maxLength: get('maxLength'),
  };
  return isNullable ? { orNull: true, is: [plain] } : plain;
}

test('the zod mirror and the JSON schema know the same fields, words and lengths', () => {
  const published = readJson('announcement.schema.json');
  const mirror = z.toJSONSchema(Announcement, { io: 'input' });
  assert.deepEqual(outline(mirror, mirror), outline(published, published));
});
