/** GET /api/v1/announcements and /api/v1/announcements/:id: the curated records in their interchange form. */
import { z } from 'zod';
import {
  concernsServices,
  isReviewed,
  liesInRange,
  namesCountry,
  sortAnnouncements,
} from '../../dashboard/pages/announcement-scope.ts';
import type { Handler, HandlerDeps } from '../contract.ts';
import { RequestProblem } from '../problem.ts';
import { checkRange, countries, listOf, parseQuery, time } from '../query.ts';

/** Every parameter that the list takes. */
export function announcementsQuery(deps: HandlerDeps) {
  return z.strictObject({
    service: listOf(
      deps.config.services.map(({ id }) => id),
      'service',
    ).optional(),
    country: countries.optional(),
    from: time('UTC').optional(),
    to: time('UTC').optional(),
  });
}

type Query = z.infer<ReturnType<typeof announcementsQuery>>;

/** The announcements on record that a query asks for, newest first. @throws RequestProblem for a range that runs backwards. */
export function chooseAnnouncements(query: Query, deps: HandlerDeps) {
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

/** Answers with the announcements on record, newest first; with a range those that have a mark in it. */
export const answerAnnouncements: Handler = ({ request, url }, deps) => {
  const query = parseQuery(announcementsQuery(deps), url);
  return deps.cache.answer(request, `announcements ${JSON.stringify(query)}`, () => ({
    isSimulated: deps.info.isSimulated,
    announcements: chooseAnnouncements(query, deps).map(({ announcement, revision }) => ({
      revision,
      announcement,
    })),
  }));
};

/** Answers with one announcement, its revisions and what refers to it. */
export const answerAnnouncement: Handler = ({ request, url, parameter }, deps) => {
  parseQuery(z.strictObject({}), url);
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
