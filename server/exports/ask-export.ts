/** Reads the address of an export: `/api/v1/exports/measurements.csv?country=RU&from=2022-03-01`. */
import { z } from 'zod';
import {
  isResourceName,
  RESOURCE_NAMES,
  type ResourceName,
} from '../../db/dictionary/dictionary.ts';
import { parseMeasurementId } from '../../db/measurement-id.ts';
import { VERDICTS } from '../../probes/types.ts';
import { scopeFields, toScope } from '../api/fields.ts';
import type { HandlerDeps } from '../contract.ts';
import { RequestProblem } from '../problem.ts';
import { checkRange, functions, listOf, oneOf, parseQuery } from '../query.ts';
import { checkRevision, revisionField } from '../revision-field.ts';
import type { ExportQuery } from './export-job.ts';
import { FORMAT_NAMES, type FormatName, isFormatName } from './formats/formats.ts';
import { findRevisionMs, formatRevision } from './revision.ts';

/** What a file name asks for. */
export type AskedFile = { readonly resource: ResourceName; readonly format: FormatName };

/** Reads `measurements.csv`. @throws RequestProblem for names of no table or form */
export function parseFileName(name: string): AskedFile {
  const [, resource = '', format = ''] = /^([a-z_]+)\.([a-z]+)$/.exec(name) ?? [];
  if (isResourceName(resource) && isFormatName(format)) return { resource, format };
  throw new RequestProblem({
    kind: 'not-found',
    detail: `There is no such file. Write a table and a form, such as measurements.csv; tables: ${RESOURCE_NAMES.join(', ')}; forms: ${FORMAT_NAMES.join(', ')}.`,
  });
}

const SCOPE = ['service', 'vantage', 'country', 'asn', 'from', 'to', 'own'] as const;
/** What goes on with a table that is had in part. */
const SINCE = ['after_id', 'updated_since'] as const;

/** What each table can be filtered by. */
export const TABLE_FILTERS = {
  targets: [...SCOPE, 'function', ...SINCE, 'rev'],
  measurements: [...SCOPE, 'verdict', ...SINCE, 'rev'],
  availability: [...SCOPE, 'function', 'bucket', 'rev'],
  lanes: [...SCOPE, 'function', 'rev'],
  incidents: ['service', 'country', 'from', 'to', 'rev'],
  announcements: ['service', 'country', 'rev'],
  ledger: ['service', 'country', 'rev'],
  unannounced: ['service', 'country', 'rev'],
  vantages: ['country', 'rev'],
  services: [],
} as const satisfies Record<ResourceName, readonly string[]>;

const measurementId = z
  .string()
  .refine((text) => parseMeasurementId(text) !== undefined, {
    error: 'no id of a measurement',
    params: { remedy: 'Write the id of the last row that you have.' },
  })
  .meta({
    description: 'Only measurements that come after this one.',
    example: 'facebook.ru-volga-fixed.20220305T120000Z',
  });

function listFields(deps: Pick<HandlerDeps, 'config' | 'store'>) {
  return {
    ...scopeFields(deps),
    verdict: listOf(VERDICTS, 'verdict').optional(),
    function: functions.optional(),
    after_id: measurementId.optional(),
    updated_since: revisionField
      .meta({
        description:
          'Only what is new to somebody who has this revision: measured or judged again since.',
        example: '20220305T120000Z',
        pattern: '^[0-9]{8}T[0-9]{6}Z$',
      })
      .optional(),
    rev: revisionField.optional(),
    bucket: oneOf(['hour', 'day'], 'length')
      .meta({ description: 'Length of a row, in UTC.', example: 'day' })
      .optional(),
    safe: oneOf(['0', '1'], 'choice')
      .meta({
        description:
          '`1` guards text cells of CSV against being run as formulas, which changes their bytes.',
        example: '1',
      })
      .optional(),
  };
}
type Fields = ReturnType<typeof listFields>;

/** Every parameter that an address of exports takes. */
export function exportQuery(
  { resource, format }: AskedFile,
  deps: Pick<HandlerDeps, 'config' | 'store'>,
): z.ZodObject {
  const fields = listFields(deps);
  const names: readonly (keyof Fields)[] = [
    ...TABLE_FILTERS[resource],
    ...(format === 'csv' ? (['safe'] as const) : []),
  ];
  return z.strictObject(Object.fromEntries(names.map((name) => [name, fields[name]])));
}

/** An export as it was asked for. */
export type AskedExport = { readonly query: ExportQuery; readonly isSafe: boolean };

/** Reads the filters that the table has. @throws RequestProblem naming each parameter that cannot be used */
export function askExport(
  file: AskedFile,
  url: URL,
  deps: Pick<HandlerDeps, 'config' | 'store' | 'clock'>,
): AskedExport {
  // A part of the fields, so what it gives is a part of what all of them would.
  const asked = parseQuery(exportQuery(file, deps), url) as z.infer<z.ZodObject<Fields>>;
  const newestMs = findRevisionMs(deps.store, deps.clock.nowMs());
  for (const name of ['rev', 'updated_since'] as const)
    checkRevision(name, asked[name] ?? 0, newestMs);
  const { from = 0, to = Number.MAX_SAFE_INTEGER } = asked;
  checkRange(from, to);
  return {
    isSafe: asked.safe === '1',
    query: {
      fromMs: from,
      toMs: to,
      revisionMs: asked.rev ?? newestMs,
      ...toScope(asked),
      bucket: asked.bucket ?? 'day',
      ...(asked.verdict === undefined ? {} : { verdicts: asked.verdict }),
      ...(asked.function === undefined ? {} : { functions: asked.function }),
      ...(asked.after_id === undefined ? {} : { afterId: asked.after_id }),
      ...(asked.updated_since === undefined ? {} : { updatedSinceMs: asked.updated_since }),
    },
  };
}

/** The address that gives the same again: the same filters, and the revision where the table has any. */
export function toCitedUrl({ resource }: AskedFile, url: URL, revisionMs: number): string {
  const filters: readonly string[] = TABLE_FILTERS[resource];
  const cited = new URL(url);
  if (filters.includes('rev')) cited.searchParams.set('rev', formatRevision(revisionMs));
  cited.searchParams.sort();
  return cited.href;
}
