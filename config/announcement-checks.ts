/** Rules of announcements that one value alone cannot keep: order of times, links between records, kinds of sources. */
import { at, type Cursor, each, problemAt, textAt } from './cursor.ts';
import { isHttpUrl } from './fields.ts';
import type { Problem } from './problem.ts';

/** Gives every broken rule of the records. Works on raw values, so it may be called before they are valid. */
export function checkAnnouncements(announcements: readonly Cursor[]): Problem[] {
  const ids = new Set(announcements.map((announcement) => textAt(announcement, 'id')));
  return announcements.flatMap((announcement) => [
    ...['announced_at', 'effective_at', 'lifted_at'].flatMap((key) =>
      checkTimePoint(at(announcement, key)),
    ),
    ...each(at(announcement, 'links')).flatMap((link) => checkLink(link, announcement, ids)),
    ...each(at(announcement, 'sources')).flatMap(checkSource),
  ]);
}

function checkTimePoint(point: Cursor): Problem[] {
  const earliestMs = Date.parse(textAt(point, 'earliest') ?? '');
  const latestMs = Date.parse(textAt(point, 'latest') ?? '');
  // NaN, for a bound that is absent or wrong, compares as false: then there is no order to break.
  if (!(earliestMs > latestMs)) return [];
  return [
    problemAt(
      at(point, 'latest'),
      `\`${textAt(point, 'latest')}\` lies before \`earliest\` (${textAt(point, 'earliest')})`,
      'exchange or correct them',
    ),
  ];
}

function checkLink(link: Cursor, from: Cursor, ids: ReadonlySet<string | undefined>): Problem[] {
  const id = textAt(link, 'id');
  if (id === undefined) return [];
  if (id === textAt(from, 'id')) {
    return [
      problemAt(
        at(link, 'id'),
        'the record links to itself',
        'name another record or remove the link',
      ),
    ];
  }
  if (ids.has(id)) return [];
  return [
    problemAt(
      at(link, 'id'),
      `there is no announcement \`${id}\``,
      'name a record of this file or remove the link',
    ),
  ];
}

function checkSource(source: Cursor): Problem[] {
  const kind = textAt(source, 'kind');
  const ref = textAt(source, 'ref');
  if ((kind !== 'url' && kind !== 'repo_issue') || ref === undefined || isHttpUrl(ref)) return [];
  return [
    problemAt(
      at(source, 'ref'),
      `\`${ref}\` is not a web address`,
      'write a full address that starts with https://',
    ),
  ];
}
