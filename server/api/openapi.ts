/**
 * GET /openapi.json: the API as an OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.0), made from the schemas that
 * read queries, the forms of answers, and the dictionary of columns. Made when somebody asks; nothing of it is in memory
 * before.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Handler, HandlerDeps } from '../contract.ts';
import { parseQuery } from '../query.ts';
import { noParameters } from './fields.ts';
import { API_ROUTES, type ApiRoute, toTemplate } from './routes.ts';

/** JSON Schema, as far as it is looked into here. */
export type JsonSchema = {
  readonly type?: string | readonly string[];
  readonly description?: string;
  /** As it is written in an address. */
  readonly example?: string;
  readonly items?: { readonly enum?: readonly unknown[] };
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly [keyword: string]: unknown;
};

/** A parameter of an operation. */
export type Parameter = {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly required: boolean;
  readonly description: string;
  readonly schema: JsonSchema;
  readonly example?: string | number | readonly string[] | undefined;
  /** Lists are written with commas. */
  readonly style?: 'form' | 'simple';
  readonly explode?: boolean;
};

/** What a document says of one address. */
export type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters: readonly Parameter[];
  readonly responses: Readonly<Record<string, unknown>>;
  /** The address that the example is the answer of. */
  readonly 'x-example-request': string;
};

/** The document. */
export type OpenApi = {
  readonly openapi: '3.1.0';
  readonly info: Readonly<Record<string, unknown>>;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, { readonly get: Operation }>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> } & Readonly<
    Record<string, unknown>
  >;
};

const EXAMPLES_FILE = join(import.meta.dirname, 'examples.json');

/** Answers over the sample data by operation, shortened; a test makes and compares them. */
export async function readExamples(): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse(await readFile(EXAMPLES_FILE, 'utf8')) as Record<string, unknown>; // written by the test
}

/** The example of a parameter in the type that its schema has. */
function toExample({ type, example }: JsonSchema): Parameter['example'] {
  if (type === 'array') return example?.split(',');
  return type === 'integer' ? Number(example) : example;
}

function toParameter(name: string, schema: JsonSchema): Parameter {
  const { description = '', example: _written, $schema: _dialect, ...rest } = schema;
  const example = toExample(schema);
  return {
    name,
    in: 'query',
    required: false,
    description,
    ...(rest.type === 'array' ? ({ style: 'form', explode: false } as const) : {}),
    schema: rest,
    ...(example === undefined || example === '' ? {} : { example }),
  };
}

/** Parameters of a query, read out of the schema that parses it. */
function listParameters(query: z.ZodObject): Parameter[] {
  return Object.entries(query.shape).map(([name, field]) =>
    toParameter(
      name,
      // zod names a type of its own for the same thing.
      z.toJSONSchema(field as z.ZodType, { io: 'input', unrepresentable: 'any' }) as JsonSchema,
    ),
  );
}

/** Segments of a path; ids are what lists give. */
function listSegments(path: string): Parameter[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description:
      name === 'id' ? 'Id, as the list gives it.' : 'As /api/v1/lane-months gives the address.',
    schema: { type: 'string', maxLength: 200 },
  }));
}

const PROBLEM = {
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

const HEADERS = {
  ETag: { $ref: '#/components/headers/ETag' },
  'RateLimit-Policy': { $ref: '#/components/headers/RateLimit-Policy' },
  RateLimit: { $ref: '#/components/headers/RateLimit' },
};

function describeOk(
  { operation, mediaType, query }: ApiRoute,
  deps: HandlerDeps,
  example: unknown,
) {
  const isPaged = Object.hasOwn(query(deps).shape, 'cursor');
  const content =
    mediaType === undefined
      ? {
          'application/json': {
            schema: { $ref: `#/components/schemas/${toName(operation)}` },
            ...(example === undefined ? {} : { example }),
          },
        }
      : { [mediaType]: { schema: { type: 'string', format: 'binary' } } };
  return {
    description: 'The answer.',
    headers: { ...HEADERS, ...(isPaged ? { Link: { $ref: '#/components/headers/Link' } } : {}) },
    content,
  };
}

/** `listLanes` → `ListLanesAnswer`. */
function toName(operation: string): string {
  return `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Answer`;
}

function describeOperation(route: ApiRoute, deps: HandlerDeps, example: unknown): Operation {
  const segments = listSegments(route.path);
  const own = listParameters(route.query(deps));
  return {
    operationId: route.operation,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    parameters: [...segments, ...own],
    responses: {
      200: describeOk(route, deps, example),
      304: { description: 'The client holds this answer (If-None-Match, If-Modified-Since).' },
      ...(segments.length > 0
        ? { 404: { description: 'There is nothing of this name.', ...PROBLEM } }
        : {}),
      422: { description: 'A parameter cannot be used; `errors` names each.', ...PROBLEM },
      429: {
        description: 'Too many requests; wait as long as Retry-After says.',
        headers: { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds.' } },
        ...PROBLEM,
      },
    },
    'x-example-request': route.example,
  };
}

/** Exports: an address for each table, since each has filters of its own. */
async function describeExports(deps: HandlerDeps): Promise<OpenApi['paths']> {
  const { exportQuery } = await import('../exports/ask-export.ts');
  const { FORMAT_NAMES, FORMATS } = await import('../exports/formats/formats.ts');
  const { RESOURCE_NAMES, RESOURCES } = await import('../../db/dictionary/dictionary.ts');
  const types = await Promise.all(
    FORMAT_NAMES.map(async (name) => (await FORMATS[name]()).contentType),
  );
  const format: Parameter = {
    name: 'format',
    in: 'path',
    required: true,
    description: 'Form of the file.',
    schema: { type: 'string', enum: FORMAT_NAMES },
    example: 'csv',
  };
  const content = Object.fromEntries(
    [...new Set(types)].map((type) => [type, { schema: { type: 'string', format: 'binary' } }]),
  );
  return Object.fromEntries(
    RESOURCE_NAMES.map((resource) => {
      const { title, description } = RESOURCES[resource];
      const operation: Operation = {
        operationId: `export${resource.charAt(0).toUpperCase()}${resource.slice(1)}`,
        summary: `${title} as a file`,
        description: `${description} Streamed; two at a time, then 429. \`safe\` is for CSV alone.`,
        parameters: [format, ...listParameters(exportQuery({ resource, format: 'csv' }, deps))],
        responses: {
          200: {
            description: 'The file.',
            headers: {
              'Reachline-Revision': {
                schema: { type: 'string' },
                description: 'Revision of the data.',
              },
              'Reachline-Citation': {
                schema: { type: 'string' },
                description: 'How to cite it, percent-encoded.',
              },
            },
            content,
          },
          404: { description: 'There is no such file.', ...PROBLEM },
          422: { description: 'A parameter cannot be used; `errors` names each.', ...PROBLEM },
          429: { description: 'As many exports are running as may.', ...PROBLEM },
        },
        'x-example-request': `/api/v1/exports/${resource}.csv`,
      };
      return [`/api/v1/exports/${resource}.{format}`, { get: operation }];
    }),
  );
}

/** Forms of answers with references between them. */
async function describeSchemas(): Promise<Record<string, JsonSchema>> {
  const { ANSWERS, PARTS } = await import('./answer-schemas.ts');
  const registry = z.registry<{ id: string }>();
  for (const [name, schema] of Object.entries(PARTS)) registry.add(schema, { id: name });
  for (const [operation, schema] of Object.entries(ANSWERS))
    registry.add(schema, { id: toName(operation) });
  const { schemas } = z.toJSONSchema(registry, {
    uri: (id) => `#/components/schemas/${id}`,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // Fields may be added without a new version, so clients must not refuse them.
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _schema, $id: _id, ...rest }]) => [
      name,
      rest as JsonSchema, // of the same form; zod names its own type
    ]),
  );
}

const DESCRIPTION = `Whether Facebook, Instagram and WhatsApp can be reached, network by network, beside what was announced.
Read-only and open to scripts of any site. Times are RFC 3339 in UTC; ranges take in \`from\` and leave out \`to\`; lists are
written with commas; parameters that are not known are refused. Lists lead on with \`next\` and \`Link: rel="next"\`. Fields may
be added to answers; names and meanings stay within /api/v1. Verdicts can change with the rules, facts do not.`;

/** Makes the document. */
export async function buildOpenApi(deps: HandlerDeps): Promise<OpenApi> {
  const examples = await readExamples();
  const text = (description: string) => ({ description, schema: { type: 'string' } });
  return {
    openapi: '3.1.0',
    info: {
      title: 'Reachline',
      version: deps.info.version,
      description: DESCRIPTION,
      license: { name: 'CC BY 4.0 (data)', url: 'https://creativecommons.org/licenses/by/4.0/' },
    },
    servers: [{ url: '/' }],
    paths: {
      ...Object.fromEntries(
        API_ROUTES.map((route) => [
          toTemplate(route.path),
          { get: describeOperation(route, deps, examples[route.operation]) },
        ]),
      ),
      ...(await describeExports(deps)),
    },
    components: {
      schemas: await describeSchemas(),
      headers: {
        ETag: text('Tag of the answer, for If-None-Match.'),
        Link: text('Address of the next page, with rel="next".'),
        'RateLimit-Policy': text('How many answers one client may have in which time.'),
        RateLimit: text('How many are left (r), and in how many seconds there are more (t).'),
      },
    },
  };
}

/** Answers with the document. */
export const answerOpenApi: Handler = async ({ request, url }, deps) => {
  parseQuery(noParameters, url);
  const document = await buildOpenApi(deps);
  return deps.cache.answer(request, 'openapi', () => document);
};
