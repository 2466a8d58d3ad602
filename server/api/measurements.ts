/** GET /api/v1/measurements and /api/v1/measurements/:id: what was measured, and one measurement with all its evidence. */
import { z } from 'zod';
import { DATA_LICENCE } from '../../db/dictionary/licence.ts';
import type { MeasurementQuery } from '../../db/measurement-list.ts';
import type { DataDeps, DataHandler } from '../contract.ts';
import { RequestProblem } from '../problem.ts';
import { checkRange, parseQuery } from '../query.ts';
import {
  mechanismField,
  remember,
  revField,
  revisionOnly,
  scopeFields,
  toScope,
  verdictField,
} from './fields.ts';
import { toIso } from './iso.ts';
import { DEFAULT_LIMIT, limit, toNext } from './paging.ts';

/** The shape of the cursors that the store gives out: slot and number of the last row. */
const CURSOR = /^\d{1,15}-\d{1,15}$/;

type Summary = ReturnType<DataDeps['store']['listMeasurements']>['rows'][number];
type Stored = NonNullable<ReturnType<DataDeps['store']['getMeasurement']>>;

function toSummaryJson({ slotMs, startedAtMs, vantageId, licence, ...rest }: Summary) {
  return {
    ...rest,
    licence: licence ?? DATA_LICENCE.name,
    vantage: vantageId,
    slot: toIso(slotMs),
    startedAt: toIso(startedAtMs),
    url: `/m/${rest.id}`,
  };
}

/** Every parameter that the list takes. */
export function measurementsQuery(deps: DataDeps) {
  return z.strictObject({
    ...scopeFields(deps),
    verdict: verdictField,
    mechanism: mechanismField,
    ...revField,
    limit: limit.optional(),
    cursor: z
      .string()
      .refine((text) => CURSOR.test(text), {
        error: 'no cursor of this list',
        params: { remedy: 'Follow `next` of the page before, or leave it out for the newest.' },
      })
      .meta({
        description: 'Where the page begins: `nextCursor` of the page before.',
        pattern: CURSOR.source,
        maxLength: 31,
      })
      .optional(),
  });
}

/** The measurements that a list of them, or of what is in them, goes through. */
export function toMeasurementFilter(
  query: Pick<
    z.infer<ReturnType<typeof measurementsQuery>>,
    'service' | 'vantage' | 'country' | 'asn' | 'own' | 'from' | 'to'
  >,
): Omit<MeasurementQuery, 'limit'> {
  const { from, to } = query;
  return {
    ...toScope(query),
    ...(from === undefined ? {} : { fromMs: from }),
    ...(to === undefined ? {} : { toMs: to }),
  };
}

/**
 * Answers with measurements, newest first; `next` leads on while there are more. A page by verdict or mechanism ends
 * when it has looked at enough, so it may be short or empty and yet lead on.
 */
export const answerMeasurements: DataHandler = ({ request, url }, deps) => {
  const query = parseQuery(remember(deps, measurementsQuery), url);
  const { verdict, mechanism, from, to, cursor } = query;
  if (from !== undefined && to !== undefined) checkRange(from, to);
  return deps.cache.answer(request, `measurements ${url.search}`, () => {
    const { rows, nextCursor } = deps.store.listMeasurements({
      limit: query.limit ?? DEFAULT_LIMIT,
      ...toMeasurementFilter(query),
      ...(verdict === undefined ? {} : { verdicts: verdict }),
      ...(mechanism === undefined ? {} : { mechanisms: mechanism }),
      ...(cursor === undefined ? {} : { before: cursor }),
    });
    return {
      isSimulated: deps.info.isSimulated,
      measurements: rows.map(toSummaryJson),
      ...toNext(url, nextCursor ?? null),
    };
  });
};

/** A stored measurement as it is given out: times as text, certificates in base64 of their DER. */
export function toMeasurementJson(stored: Stored, isSimulated: boolean) {
  const { slotMs, startedAtMs, certificates, vantageId, ...rest } = stored.measurement;
  return {
    id: stored.id,
    isSimulated,
    vantage: vantageId,
    slot: toIso(slotMs),
    startedAt: toIso(startedAtMs),
    ...rest,
    storedAt: toIso(stored.storedAtMs),
    judgement: stored.judgement,
    revisions: stored.revisions.map(({ storedAtMs, ...revision }) => ({
      storedAt: toIso(storedAtMs),
      ...revision,
    })),
    certificates: Object.fromEntries(
      [...certificates].map(([sha256, der]) => [sha256, Buffer.from(der).toString('base64')]),
    ),
    previous: stored.previousId ?? null,
    next: stored.nextId ?? null,
  };
}

/** Answers with one measurement and all its evidence. */
export const answerMeasurement: DataHandler = ({ request, url, parameter }, deps) => {
  parseQuery(revisionOnly, url);
  const stored = deps.store.getMeasurement(parameter);
  if (stored === undefined)
    throw new RequestProblem({
      kind: 'not-found',
      detail: 'There is no measurement of this id. /api/v1/measurements lists those there are.',
    });
  return deps.cache.answer(request, `measurement ${parameter}`, () =>
    toMeasurementJson(stored, deps.info.isSimulated),
  );
};
