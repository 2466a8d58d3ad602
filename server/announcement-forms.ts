/** GET /announcements.csv: the announcements of a range and filter, as /api/v1/announcements gives them. */
import { z } from 'zod';
import { announcementsQuery, chooseAnnouncements } from './api/announcements.ts';
import type { Handler } from './contract.ts';
import { toAnnouncementsCsv } from './exports/announcements-csv.ts';
import { oneOf, parseQuery } from './query.ts';
import { prepare, reply } from './reply.ts';

/** Answers with announcements as CSV. */
export const answerAnnouncementsCsv: Handler = ({ request, url }, deps) => {
  const { safe = '0', ...query } = parseQuery(
    z.strictObject({
      ...announcementsQuery(deps).shape,
      safe: oneOf(['0', '1'], 'choice').optional(),
    }),
    url,
  );
  const { isSimulated } = deps.info;
  const text = toAnnouncementsCsv(chooseAnnouncements(query, deps), {
    isSimulated,
    isSafe: safe === '1',
  });
  return reply(request, prepare(text, 'text/csv; charset=utf-8; header=present'), 200, {
    'content-disposition': `attachment; filename="reachline-announcements${isSimulated ? '-simulated' : ''}.csv"`,
  });
};
