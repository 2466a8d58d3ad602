/**
 * The document: that every route is in it, that its examples are what the sample answers, and that real answers have the
 * form it says. `UPDATE_EXAMPLES=1 npm test -- server/api/openapi.test.ts` writes the examples anew.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { z } from 'zod';
import { RESOURCE_NAMES } from '../../db/dictionary/dictionary.ts';
import { openExampleApp, readAnswers, shorten } from '../testing/example-app.ts';
import type { SampleApp } from '../testing/sample-app.ts';
import { ANSWERS } from './answer-schemas.ts';
import { type OpenApi, readExamples } from './openapi.ts';
import { API_ROUTES, toTemplate } from './routes.ts';

/** Sizes of files differ from machine to machine. */
function withoutSizes(answers: Readonly<Record<string, unknown>>): unknown {
  return JSON.parse(
    JSON.stringify(answers, (key, value: unknown) => (key === 'databaseBytes' ? 1 : value)),
  );
}

suite('openapi', () => {
  let sample: SampleApp;
  let answers: Record<string, unknown>;
  let document: OpenApi;
  before(async () => {
    sample = await openExampleApp();
    answers = await readAnswers(sample);
    if (process.env['UPDATE_EXAMPLES'] === '1')
      writeFileSync(
        join(import.meta.dirname, 'examples.json'),
        `${JSON.stringify(withoutSizes(shorten(answers) as typeof answers), undefined, 2)}\n`,
      );
    document = (await (await sample.app.request('/openapi.json')).json()) as OpenApi;
  });
  after(() => sample.close());

  test('every address is in it once, under a name of its own', () => {
    assert.equal(document.openapi, '3.1.0');
    assert.deepEqual(Object.keys(document.paths), [
      ...API_ROUTES.map(({ path }) => toTemplate(path)),
      ...RESOURCE_NAMES.map((one) => `/api/v1/exports/${one}.{format}`),
    ]);
    const names = API_ROUTES.map(({ operation }) => operation);
    assert.equal(new Set(names).size, names.length);
  });

  test('every parameter says what it means, with an example unless it is a cursor or a path', () => {
    for (const { get } of Object.values(document.paths))
      for (const { name, description, example, in: place } of get.parameters) {
        assert.ok(description.length > 10, `${get.operationId} ${name}`);
        if (place === 'query' && name !== 'cursor')
          assert.ok(example !== undefined, `${get.operationId} ${name}`);
      }
  });

  test('the examples in it are what the sample answers', async () => {
    const stored = await readExamples();
    assert.deepEqual(withoutSizes(stored), withoutSizes(shorten(answers) as typeof answers));
  });

  for (const { operation, mediaType } of API_ROUTES.filter((one) => one.mediaType === undefined))
    test(`${operation}: whole and shortened answers have the form that the document says`, async () => {
      assert.equal(mediaType, undefined);
      const schema: z.ZodType | undefined = ANSWERS[operation];
      assert.ok(schema);
      const stored = await readExamples();
      for (const answer of [answers[operation], stored[operation]]) {
        const { error } = schema.safeParse(answer);
        assert.equal(error, undefined, error?.message ?? '');
      }
    });

  test('examples show something', () => {
    for (const [operation, answer] of Object.entries(answers))
      for (const value of Object.values(answer as Record<string, unknown>))
        if (Array.isArray(value) && operation.startsWith('list'))
          assert.ok(value.length > 0, operation);
  });

  test('every reference in it leads somewhere', () => {
    const text = JSON.stringify(document);
    for (const [, kind = '', name = ''] of text.matchAll(/"#\/components\/(\w+)\/([\w-]+)"/g)) {
      const group = (document.components as Record<string, Record<string, unknown>>)[kind];
      assert.ok(group && Object.hasOwn(group, name), `${kind} ${name}`);
    }
    assert.doesNotMatch(text, /"\$ref":"(?!#\/components\/)/);
  });
});
