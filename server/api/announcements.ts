/** GET /api/v1/announcements and /api/v1/announcements/:id: the curated records in their interchange form. */
import { z } from 'zod';
import {
  concernsServices,
  isReviewed,
  liesInRange,
  namesCountry,
  sortAnnouncements,
} from '../../dashboard/pages/announcement-scope.ts';
import type { DataDeps, DataHandler } from '../contract.ts';
import { RequestProblem } from '../problem.ts';
import { checkRange, countries, parseQuery } from '../query.ts';
import { rangeFields, remember, revField, revisionOnly, serviceField } from './fields.ts';
import { cutPage, idCursor, limit, toNext } from './paging.ts';

/** Every parameter that the list takes. */
export function announcementsQuery(deps: DataDeps) {
  return z.strictObject({
    service: serviceField(deps),
    country: countries.optional(),
    ...rangeFields,
    ...revField,
    limit: limit.optional(),
    cursor: idCursor.optional(),
  });
}

type Query = Pick<
  z.infer<ReturnType<typeof announcementsQuery>>,
  'service' | 'country' | 'from' | 'to'
>;

/** The announcements on record that a query asks for, newest first. @throws RequestProblem for a range that runs backwards. */
export function chooseAnnouncements(query: Query, deps: Pick<DataDeps, 'store'>) {
  const fromMs = query.from ?? Number.NEGATIVE_INFINITY;
  const toMs = query.to ?? Number.POSITIVE_INFINITY;
  checkRange(fromMs, toMs);
  const hasRange = query.from !== undefined || query.to !== undefined;
  return sortAnnouncements(deps.store.listAnnouncements()).filter(
    ({ announcement }) =>
      (query.service === undefined || concernsServices(announcement, query.service)) &&
      (query.country === undefined || namesCountry(announcement, query.country)) &&
      (!hasRange || liesInRange(announcement, fromMs, toMs)),
  );
}

/** Answers with the announcements on record, newest first. */
export const answerAnnouncements: DataHandler = ({ request, url }, deps) => {
  const query = parseQuery(remember(deps, announcementsQuery), url);
  return deps.cache.answer(request, `announcements ${url.search}`, () => {
    const all = chooseAnnouncements(query, deps);
    const { rows, nextCursor } = cutPage(all, ({ announcement }) => announcement.id, query);
    return {
      isSimulated: deps.info.isSimulated,
      announcements: rows.map(({ announcement, revision }) => ({ revision, announcement })),
      ...toNext(url, nextCursor),
    };
  });
};

/** One announcement on record. @throws RequestProblem when there is none of this id. */
export function findReviewed(id: string, { store }: Pick<DataDeps, 'store'>) {
  const stored = store.getAnnouncement(id);
  if (stored !== undefined && isReviewed(stored.announcement)) return stored;
  throw new RequestProblem({
    kind: 'not-found',
    detail: 'There is no announcement of this id. /api/v1/announcements lists those there are.',
  });
}

/** Answers with one announcement, its revisions and what refers to it. */
export const answerAnnouncement: DataHandler = ({ request, url, parameter }, deps) => {
  parseQuery(revisionOnly, url);
  const stored = findReviewed(parameter, deps);
  return deps.cache.answer(request, `announcement ${parameter}`, () => ({
    isSimulated: deps.info.isSimulated,
    ...stored,
  }));
};
