/** Descriptions of the data under /api/v1/exports: each table as CSV at its address, in the words of five standards. */
import type { Resource } from '../../../db/dictionary/column.ts';
import { isResourceName, RESOURCES } from '../../../db/dictionary/dictionary.ts';
import type { Handler, HandlerDeps } from '../../contract.ts';
import { prepare, reply } from '../../reply.ts';
import { findRevisionMs } from '../revision.ts';
import { toCitationFile, toCsvw, toDcat, toSchemaOrg } from './catalogue.ts';
import { toDataPackage } from './data-package.ts';
import { type Described, describeData } from './described.ts';

type Description = {
  readonly contentType: string;
  readonly write: (described: Described) => string;
};

function asJson(contentType: string, make: (described: Described) => unknown): Description {
  return {
    contentType,
    write: (described) => `${JSON.stringify(make(described), undefined, 2)}\n`,
  };
}

/** Descriptions by the name of their file; also written beside bulk files. */
export const DESCRIPTIONS: Readonly<Record<string, Description>> = {
  'datapackage.json': asJson('application/json', toDataPackage),
  'catalog.jsonld': asJson('application/ld+json', toDcat),
  'dataset.jsonld': asJson('application/ld+json', toSchemaOrg),
  'CITATION.cff': { contentType: 'text/yaml; charset=utf-8', write: toCitationFile },
};

const CSVW_ENDING = '.csv-metadata.json';

/** CSV on the Web for the file of one table. */
export function writeCsvw(resource: Resource, path: string): string {
  return `${JSON.stringify(toCsvw(resource, path), undefined, 2)}\n`;
}

function describeHere({ store, clock }: HandlerDeps, { origin }: URL): Described {
  return describeData({
    homepage: `${origin}/data`,
    revisionMs: findRevisionMs(store, clock.nowMs()),
    listFiles: ({ name }) => [{ path: `${origin}/api/v1/exports/${name}.csv` }],
  });
}

/** Answers with a description; undefined when the name is none of one. */
export function answerDescription(
  { request, url, parameter }: Parameters<Handler>[0],
  deps: HandlerDeps,
): Promise<Response> | undefined {
  const table = parameter.endsWith(CSVW_ENDING) ? parameter.slice(0, -CSVW_ENDING.length) : '';
  if (isResourceName(table)) {
    const text = writeCsvw(RESOURCES[table], `${table}.csv`);
    return reply(request, prepare(text, 'application/csvm+json'));
  }
  const found = Object.hasOwn(DESCRIPTIONS, parameter) ? DESCRIPTIONS[parameter] : undefined;
  if (found === undefined) return undefined;
  return reply(request, prepare(found.write(describeHere(deps, url)), found.contentType));
}
