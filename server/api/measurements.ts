/** GET /api/v1/measurements and /api/v1/measurements/:id: what was measured, and one measurement with all its evidence. */
import { z } from 'zod';
import type { Handler, HandlerDeps } from '../contract.ts';
import { RequestProblem } from '../problem.ts';
import { checkRange, countries, oneOf, parseQuery, time, verdict, wholeNumber } from '../query.ts';
import { toIso } from './iso.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
/** The shape of the cursors that the store gives out. */
const CURSOR = /^\d{1,15}-\d{1,15}$/;

type Summary = ReturnType<HandlerDeps['store']['listMeasurements']>['rows'][number];
type Stored = NonNullable<ReturnType<HandlerDeps['store']['getMeasurement']>>;

function toSummaryJson({ slotMs, startedAtMs, vantageId, ...rest }: Summary) {
  return {
    ...rest,
    vantage: vantageId,
    slot: toIso(slotMs),
    startedAt: toIso(startedAtMs),
    url: `/m/${rest.id}`,
  };
}

function measurementsQuery(deps: HandlerDeps) {
  return z.strictObject({
    service: oneOf(
      deps.config.services.map(({ id }) => id),
      'service',
    ).optional(),
    vantage: oneOf(
      deps.store.listVantages().map(({ id }) => id),
      'vantage',
    ).optional(),
    country: countries
      .refine((codes) => codes.length === 1, {
        error: 'one country at a time',
        params: { remedy: 'Write a single code such as RU.' },
      })
      .optional(),
    verdict: verdict.optional(),
    from: time('UTC').optional(),
    to: time('UTC').optional(),
    limit: wholeNumber(1, MAX_LIMIT).optional(),
    before: z
      .string()
      .refine((text) => CURSOR.test(text), {
        error: 'no cursor of this list',
        params: { remedy: 'Follow `next` of the page before, or leave it out for the newest.' },
      })
      .optional(),
  });
}

/** Address of the next page, with the filters of this one. */
function toNextUrl(url: URL, cursor: string): string {
  const query = new URLSearchParams(url.searchParams);
  query.set('before', cursor);
  return `${url.pathname}?${query.toString()}`;
}

/** Answers with measurements, newest first; `next` leads on while there are more. */
export const answerMeasurements: Handler = ({ request, url }, deps) => {
  const query = parseQuery(measurementsQuery(deps), url);
  if (query.from !== undefined && query.to !== undefined) checkRange(query.from, query.to);
  const countryCode = query.country?.[0];
  return deps.cache.answer(request, `measurements ${url.search}`, () => {
    const { rows, nextCursor } = deps.store.listMeasurements({
      limit: query.limit ?? DEFAULT_LIMIT,
      ...(query.service === undefined ? {} : { service: query.service }),
      ...(query.vantage === undefined ? {} : { vantageId: query.vantage }),
      ...(countryCode === undefined ? {} : { countryCode }),
      ...(query.verdict === undefined ? {} : { verdict: query.verdict }),
      ...(query.from === undefined ? {} : { fromMs: query.from }),
      ...(query.to === undefined ? {} : { toMs: query.to }),
      ...(query.before === undefined ? {} : { before: query.before }),
    });
    return {
      isSimulated: deps.info.isSimulated,
      measurements: rows.map(toSummaryJson),
      nextCursor: nextCursor ?? null,
      next: nextCursor === undefined ? null : toNextUrl(url, nextCursor),
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
export const answerMeasurement: Handler = ({ request, url, parameter }, deps) => {
  parseQuery(z.strictObject({}), url);
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
