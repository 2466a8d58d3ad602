/** GET /api/v1/ledger: announced against measured, one row per announcement, service and network. */
import { z } from 'zod';
import {
  LEDGER_OUTCOMES,
  type LedgerFinding,
  type LedgerGroup,
  type LedgerRow,
  type StatedInterval,
} from '../../db/ledger-types.ts';
import type { DataDeps, DataHandler } from '../contract.ts';
import { RequestProblem } from '../problem.ts';
import { countLeftOut } from '../publication.ts';
import { countries, listOf, parseQuery, wholeNumber } from '../query.ts';
import { toIntervalJson } from './answers.ts';
import { remember, revField, serviceField } from './fields.ts';
import { toIso } from './iso.ts';
import { cursorOf, DEFAULT_LIMIT, limit, toCursor, toNext } from './paging.ts';

const MAX_REVISION = 999_999_999;

/** Every parameter that the list takes. */
export function ledgerQuery(deps: DataDeps) {
  return z.strictObject({
    service: serviceField(deps),
    country: countries.optional(),
    outcome: listOf(LEDGER_OUTCOMES, 'outcome').optional(),
    revision: wholeNumber(1, MAX_REVISION)
      .meta({ description: 'A revision of the ledger; the newest when left out.', example: '1' })
      .optional(),
    ...revField,
    limit: limit.optional(),
    // Revision and number of the row: a walk through pages stays with the revision that it began with.
    cursor: cursorOf(z.tuple([z.int().min(1), z.int().min(0)])).optional(),
  });
}

const toStatedJson = (stated: StatedInterval | undefined) => {
  if (stated === undefined) return null;
  const { earliestMs, latestMs, ...rest } = stated;
  return { earliest: toIso(earliestMs), latest: toIso(latestMs), ...rest };
};

const toFindingJson = (finding: LedgerFinding | undefined) => {
  if (finding === undefined) return null;
  const { onset, end, mechanism, ...rest } = finding;
  return {
    ...rest,
    mechanism: mechanism ?? null,
    onset: toIntervalJson(onset),
    end: toIntervalJson(end),
  };
};

function toRowJson({ group, row }: { readonly group: LedgerGroup; readonly row: LedgerRow }) {
  const { finding, partial, changed, sinceAnnounced, sinceEffective, underId, ...facts } = row;
  const { announcementId, title, actor, phase, service, countryCode, reference, window } = group;
  return {
    announcementId,
    title,
    actor,
    phase,
    service,
    countryCode,
    isPartOfCountry: group.isPartOfCountry,
    announced: toStatedJson(group.announced),
    effective: toStatedJson(group.effective),
    lifted: toStatedJson(group.lifted),
    reference,
    windowFrom: toIso(window.fromMs),
    windowUntil: window.untilMs === undefined ? null : toIso(window.untilMs),
    ...facts,
    sinceAnnounced: sinceAnnounced ?? null,
    sinceEffective: sinceEffective ?? null,
    underId: underId ?? null,
    finding: toFindingJson(finding),
    partial: toFindingJson(partial),
    changed:
      changed === undefined ? null : { ...changed, byMs: undefined, by: toIso(changed.byMs) },
  };
}

/** Answers with rows of one revision, newest announcement first; an empty list before there is a ledger. */
export const answerLedgerRows: DataHandler = ({ request, url }, deps) => {
  const query = parseQuery(remember(deps, ledgerQuery), url);
  const { service, country, outcome, cursor } = query;
  const [newest] = deps.store.listLedgerRevisions({ limit: 1 });
  const revision = cursor?.[0] ?? query.revision ?? newest?.revision;
  const about = {
    isSimulated: deps.info.isSimulated,
    leftOutVantages: countLeftOut(deps.store.listVantages()),
  };
  if (revision === undefined)
    return deps.cache.answerFresh(request, `ledger rows ${url.search}`, {
      ...about,
      revision: null,
      builtAt: null,
      rows: [],
      ...toNext(url, null),
    });
  return deps.cache.answer(request, `ledger rows ${revision} ${url.search}`, () => {
    const stored = deps.store.getLedger(revision);
    if (stored === undefined)
      throw new RequestProblem({
        kind: 'not-found',
        detail: `The ledger has no revision ${revision}; leave \`revision\` out to see the newest.`,
      });
    const rows = stored.content.groups
      .filter(
        (group) =>
          (service === undefined || service.some((one) => one === group.service)) &&
          (country === undefined || country.includes(group.countryCode)),
      )
      .flatMap((group) => group.rows.map((row) => ({ group, row })))
      .filter(({ row }) => outcome === undefined || outcome.includes(row.outcome));
    const first = cursor?.[1] ?? 0;
    const end = first + (query.limit ?? DEFAULT_LIMIT);
    return {
      ...about,
      revision,
      builtAt: toIso(stored.builtAtMs),
      rows: rows.slice(first, end).map(toRowJson),
      ...toNext(url, end < rows.length ? toCursor([revision, end]) : null),
    };
  });
};
