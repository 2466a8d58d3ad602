/** GET /ledger, /ledger.csv and /ledger.json: announced against measured, as a page and as data. */
import { z } from 'zod';
import { toCountryZone } from '../dashboard/country-zones.ts';
import { renderPage } from '../dashboard/pages/frame.ts';
import { createLedgerPage, type LedgerFilter } from '../dashboard/pages/ledger.ts';
import type { StoredLedger } from '../db/ledger.ts';
import { LEDGER_OUTCOMES, type LedgerContent } from '../db/ledger-types.ts';
import type { Handler, HandlerDeps } from './contract.ts';
import { toLedgerCsv, toUnannouncedCsv } from './exports/ledger-csv.ts';
import { createFrame } from './pages.ts';
import { RequestProblem } from './problem.ts';
import { countLeftOut } from './publication.ts';
import { countries, oneOf, parseQuery, wholeNumber, zone } from './query.ts';
import { prepare, reply, replyHtml } from './reply.ts';

const KEPT_PARAMETERS = ['service', 'country', 'outcome', 'revision'];
const MAX_REVISION = 999_999_999;

/** Every parameter that says which part of the ledger is shown. */
export function filterFields(deps: HandlerDeps) {
  return {
    service: oneOf(
      deps.config.services.map(({ id }) => id),
      'service',
    ).optional(),
    country: countries.optional(),
    outcome: oneOf(LEDGER_OUTCOMES, 'outcome').optional(),
    revision: wholeNumber(1, MAX_REVISION).optional(),
  };
}

type Fields = z.infer<z.ZodObject<ReturnType<typeof filterFields>>>;

/** Turns a query into the choice that it stands for. */
export function toFilter({ service, country, outcome }: Fields): LedgerFilter {
  const [countryCode] = country ?? [];
  return {
    ...(service === undefined ? {} : { service }),
    ...(countryCode === undefined ? {} : { country: countryCode }),
    ...(outcome === undefined ? {} : { outcome }),
  };
}

/** Leaves in the ledger what a filter lets pass; figures over networks stay those of all of them. */
export function filterLedger(
  content: LedgerContent,
  { service, country, outcome }: LedgerFilter,
): LedgerContent {
  const isWanted = (one: { readonly service: string; readonly countryCode: string }) =>
    (service === undefined || one.service === service) &&
    (country === undefined || one.countryCode === country);
  const groups = content.groups.filter(isWanted);
  return {
    ...content,
    groups:
      outcome === undefined
        ? groups
        : groups
            .map((group) => ({
              ...group,
              rows: group.rows.filter((row) => row.outcome === outcome),
            }))
            .filter(({ rows }) => rows.length > 0),
    unannounced: outcome === undefined ? content.unannounced.filter(isWanted) : [],
  };
}

/** Reads a revision. @throws RequestProblem for one that is asked for by number and is not there. */
export function readLedger(
  deps: HandlerDeps,
  revision: number | undefined,
): StoredLedger | undefined {
  const stored = deps.store.getLedger(revision);
  if (stored === undefined && revision !== undefined)
    throw new RequestProblem({
      kind: 'not-found',
      detail: `The ledger has no revision ${revision}; leave \`revision\` out to see the newest.`,
    });
  return stored;
}

function toUrl(
  path: string,
  { service, country, outcome }: LedgerFilter,
  more: Record<string, string>,
) {
  const query = new URLSearchParams({
    ...(service === undefined ? {} : { service }),
    ...(country === undefined ? {} : { country }),
    ...(outcome === undefined ? {} : { outcome }),
    ...more,
  });
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

/** Shows the ledger. */
export const showLedger: Handler = async (handled, deps) => {
  const query = parseQuery(z.object({ ...filterFields(deps), tz: zone.optional() }), handled.url);
  const [countryCode] = query.country ?? [];
  const defaultZone = countryCode === undefined ? 'UTC' : toCountryZone(countryCode);
  const timeZone = query.tz ?? defaultZone;
  const frame = createFrame(handled, deps, timeZone, KEPT_PARAMETERS, defaultZone);
  const filter = toFilter(query);
  const stored = readLedger(deps, query.revision);
  const [newest] = deps.store.listLedgerRevisions({ limit: 1 });
  const whole = stored?.content;
  const shown = whole && filterLedger(whole, filter);
  const rows = whole?.groups.flatMap((group) => group.rows) ?? [];
  const cited: Record<string, string> =
    query.revision === undefined ? {} : { revision: String(query.revision) };
  const page = createLedgerPage(
    {
      ...(stored === undefined ? {} : { stored }),
      ...(newest === undefined || newest.revision === stored?.revision
        ? {}
        : { newestRevision: newest.revision }),
      filter,
      services: deps.config.services,
      countries: [
        ...new Set(
          [...(whole?.groups ?? []), ...(whole?.unannounced ?? [])].map((one) => one.countryCode),
        ),
      ].toSorted(),
      leftOutVantages: countLeftOut(deps.store.listVantages()),
      outcomes: LEDGER_OUTCOMES.filter((outcome) => rows.some((row) => row.outcome === outcome)),
      groups: shown?.groups ?? [],
      unannounced: shown?.unannounced ?? [],
      titleOf: new Map(
        deps.store
          .listAnnouncements()
          .map(({ announcement }) => [announcement.id, announcement.title] as const),
      ),
      csvUrl: toUrl('/ledger.csv', filter, cited),
      unannouncedCsvUrl: toUrl('/ledger.csv', filter, { list: 'unannounced', ...cited }),
      jsonUrl: toUrl('/ledger.json', filter, cited),
    },
    frame,
  );
  return replyHtml(handled, await renderPage(frame, page));
};

const NOT_BUILT = {
  kind: 'not-found',
  detail:
    'The ledger has not been built yet; it is once announcements and measurements are stored. Ask again later.',
} as const;

/** Answers with the ledger as JSON: times in epoch milliseconds, lengths in milliseconds, as their names say. */
export const answerLedger: Handler = ({ request, url }, deps) => {
  const query = parseQuery(z.strictObject(filterFields(deps)), url);
  const [newest] = deps.store.listLedgerRevisions({ limit: 1 });
  if (newest === undefined) throw new RequestProblem(NOT_BUILT);
  const revision = query.revision ?? newest.revision;
  // The ledger is written after what it rests on, so the version of the data alone does not tell it.
  return deps.cache.answer(request, `ledger ${revision} ${JSON.stringify(query)}`, () => {
    const stored = readLedger(deps, revision);
    if (stored === undefined) throw new RequestProblem(NOT_BUILT);
    const { content, ...about } = stored;
    return {
      isSimulated: deps.info.isSimulated,
      leftOutVantages: countLeftOut(deps.store.listVantages()),
      ...about,
      ledger: filterLedger(content, toFilter(query)),
    };
  });
};

/** Answers with the ledger as CSV: its rows, or with `list=unannounced` what no announcement covers. */
export const answerLedgerCsv: Handler = ({ request, url }, deps) => {
  const query = parseQuery(
    z.strictObject({
      ...filterFields(deps),
      list: oneOf(['rows', 'unannounced'], 'list').optional(),
      safe: oneOf(['0', '1'], 'choice').optional(),
    }),
    url,
  );
  const stored = readLedger(deps, query.revision);
  if (stored === undefined) throw new RequestProblem(NOT_BUILT);
  const shown = filterLedger(stored.content, toFilter(query));
  const { list = 'rows', safe = '0' } = query;
  const options = {
    revision: stored.revision,
    isSimulated: deps.info.isSimulated,
    isSafe: safe === '1',
  };
  const text = list === 'rows' ? toLedgerCsv(shown, options) : toUnannouncedCsv(shown, options);
  const name = `reachline-ledger-${list}-${stored.revision}${deps.info.isSimulated ? '-simulated' : ''}.csv`;
  return reply(request, prepare(text, 'text/csv; charset=utf-8; header=present'), 200, {
    'content-disposition': `attachment; filename="${name}"`,
  });
};
