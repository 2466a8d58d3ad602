/** GET /api/v1/announcements and /api/v1/announcements/:id: the curated records in their interchange form. */
import { z } from 'zod';
import { sortAnnouncements } from '../../dashboard/pages/announcement.ts';
import {
  concernsServices,
  isReviewed,
  liesInRange,
  namesCountry,
} from '../../dashboard/pages/announcement-scope.ts';
import type { Handler, HandlerDeps } from '../contract.ts';
import { RequestProblem } from '../problem.ts';
import { checkRange, countries, parseQuery } from '../query.ts';
import { noParameters, rangeFields, remember, serviceField } from './fields.ts';
import { cutPage, idCursor, limit, toNext } from './paging.ts';

/** Every parameter that the list takes. */
export function announcementsQuery(deps: HandlerDeps) {
  return z.strictObject({
    service: serviceField(deps),
    country: countries.optional(),
    ...rangeFields,
    limit: limit.optional(),
    cursor: idCursor.optional(),
  });
}

type Filter = Pick<
  z.infer<ReturnType<typeof announcementsQuery>>,
  'service' | 'country' | 'from' | 'to'
>;

/** Those on record that a filter lets pass, newest first; with a range those that have a mark in it. */
export function chooseAnnouncements({ store }: Pick<HandlerDeps, 'store'>, filter: Filter) {
  const { service, country, from, to } = filter;
  const fromMs = from ?? Number.NEGATIVE_INFINITY;
  const toMs = to ?? Number.POSITIVE_INFINITY;
  const hasRange = from !== undefined || to !== undefined;
  return sortAnnouncements(store.listAnnouncements()).filter(
    ({ announcement }) =>
      (service === undefined || concernsServices(announcement, service)) &&
      (country === undefined || namesCountry(announcement, country)) &&
      (!hasRange || liesInRange(announcement, fromMs, toMs)),
  );
}

/** Answers with the announcements on record, newest first. */
export const answerAnnouncements: Handler = ({ request, url }, deps) => {
  const query = parseQuery(remember(deps, announcementsQuery), url);
  checkRange(query.from ?? Number.NEGATIVE_INFINITY, query.to ?? Number.POSITIVE_INFINITY);
  return deps.cache.answer(request, `announcements ${url.search}`, () => {
    const all = chooseAnnouncements(deps, query);
    const { rows, nextCursor } = cutPage(all, ({ announcement }) => announcement.id, query);
    return {
      isSimulated: deps.info.isSimulated,
      announcements: rows.map(({ announcement, revision }) => ({ revision, announcement })),
      ...toNext(url, nextCursor),
    };
  });
};

/** Answers with one announcement, its revisions and what refers to it. */
export const answerAnnouncement: Handler = ({ request, url, parameter }, deps) => {
  parseQuery(noParameters, url);
  const stored = deps.store.getAnnouncement(parameter);
  if (stored === undefined || !isReviewed(stored.announcement))
    throw new RequestProblem({
      kind: 'not-found',
      detail: 'There is no announcement of this id. /api/v1/announcements lists those there are.',
    });
  return deps.cache.answer(request, `announcement ${parameter}`, () => ({
    isSimulated: deps.info.isSimulated,
    ...stored,
  }));
};
