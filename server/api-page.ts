/** GET /api: the document of the API as a page. */
import {
  createApiReferencePage,
  type ReferenceOperation,
} from '../dashboard/pages/api-reference.ts';
import { renderPage } from '../dashboard/pages/frame.ts';
import type { JsonSchema, OpenApi, Operation, Parameter } from './api/openapi.ts';
import type { Handler } from './contract.ts';
import { openFrame } from './pages.ts';
import { replyHtml } from './reply.ts';

/** Words of a list that are shown; trees of mechanisms are longer. */
const MAX_WORDS = 9;

function sayWords(words: readonly unknown[]): string {
  const shown = words.slice(0, MAX_WORDS).map(String).join(', ');
  return words.length > MAX_WORDS ? `${shown}, …` : shown;
}

/** Says a schema in a few English words. */
function saySchema({ type, enum: words, items, minimum, maximum, pattern }: JsonSchema): string {
  if (type === 'array')
    return items?.enum === undefined ? 'list of words' : `list of ${sayWords(items.enum)}`;
  if (words !== undefined) return `one of ${sayWords(words)}`;
  if (type === 'integer') return `whole number, ${String(minimum)} to ${String(maximum)}`;
  return pattern === undefined ? 'text' : 'text of a form';
}

function toReference({ name, in: place, schema, description, example }: Parameter) {
  return {
    name,
    isInPath: place === 'path',
    type: saySchema(schema),
    meaning: description,
    example: Array.isArray(example) ? example.join(',') : String(example ?? ''),
  };
}

function findContent({ responses }: Operation): { mediaType: string; example?: unknown } {
  const ok = responses['200'] as { content: Readonly<Record<string, { example?: unknown }>> }; // made in openapi.ts
  const [first] = Object.entries(ok.content);
  return { mediaType: first?.[0] ?? '', ...first?.[1] };
}

/** What the page shows of a document. */
function listOperations({ paths }: OpenApi, origin: string): ReferenceOperation[] {
  return Object.entries(paths).map(([path, { get }]) => {
    const { mediaType, example } = findContent(get);
    return {
      id: get.operationId,
      path,
      summary: get.summary,
      description: get.description ?? '',
      parameters: get.parameters.map(toReference),
      command: `curl --compressed '${origin}${get['x-example-request']}'`,
      mediaType,
      ...(example === undefined ? {} : { answer: JSON.stringify(example, undefined, 2) }),
    };
  });
}

/** Shows the reference. */
export const showApiReference: Handler = async (handled, deps) => {
  // Whoever reads no reference does not pay for it.
  const { buildOpenApi } = await import('./api/openapi.ts');
  const frame = openFrame(handled, deps);
  const data = {
    operations: listOperations(await buildOpenApi(deps), handled.url.origin),
    requestsPerMinute: deps.config.api.requestsPerMinute,
  };
  return replyHtml(handled, await renderPage(frame, createApiReferencePage(data, frame)));
};
