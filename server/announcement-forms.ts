/** Forms of announcements as CSV: the list of a range and filter, and what was measured of one of them. */
import { z } from 'zod';
import { announcementsQuery, chooseAnnouncements, findReviewed } from './api/announcements.ts';
import type { Handler } from './contract.ts';
import { toAnnouncementsCsv } from './exports/announcements-csv.ts';
import { toLedgerCsv } from './exports/ledger-csv.ts';
import { findEffect } from './newest-ledger.ts';
import { parseQuery } from './query.ts';
import { replyCsv, SAFE_FIELD } from './reply-csv.ts';

/** GET /announcements.csv: the announcements as /api/v1/announcements gives them. */
export const answerAnnouncementsCsv: Handler = (handled, deps) => {
  const { safe, ...query } = parseQuery(
    z.strictObject({ ...announcementsQuery(deps).shape, ...SAFE_FIELD }),
    handled.url,
  );
  return replyCsv(handled, deps, 'announcements', safe, (wish) =>
    toAnnouncementsCsv(chooseAnnouncements(query, deps), wish),
  );
};

/** GET /a/:id.csv: its measured effect, one line per service, country and network, in the columns of the ledger. */
export const answerAnnouncementCsv: Handler = (handled, deps) => {
  const { safe } = parseQuery(z.strictObject(SAFE_FIELD), handled.url);
  const { id } = findReviewed(handled.parameter, deps).announcement;
  const { revision = 0, groups } = findEffect(id, deps);
  return replyCsv(handled, deps, `announcement-${id}`, safe, (wish) =>
    toLedgerCsv({ groups }, { revision, ...wish }),
  );
};
