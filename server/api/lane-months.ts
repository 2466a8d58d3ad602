/**
 * GET /api/v1/lane-months: the months of lanes one by one, each under an address that names its content. Such an
 * address never shows anything else, so caches and mirrors may keep it for ever; when late data or another judgement
 * change a month it gets another address, and the old one is gone.
 */
import { PARCEL_TYPE } from '../../dashboard/lane-parcel.ts';
import type { FoundLane } from '../../db/lanes.ts';
import type { MonthPart } from '../../db/month-runs.ts';
import { FUNCTIONS } from '../../probes/types.ts';
import type { Handler, HandlerDeps } from '../contract.ts';
import { RequestProblem } from '../problem.ts';
import { parseQuery } from '../query.ts';
import { type Prepared, prepare, reply } from '../reply.ts';
import { collectMonths, findLaneMonths, toMonthName } from './lane-runs.ts';
import { lanesQuery, toLaneFilter, toLaneRange } from './lanes.ts';
import type { Month } from './month-cache.ts';

/** Longer lists are for those who ask for less at once. */
const MAX_LISTED = 5_000;

/** e.g. `instagram.service.ru-volga-fixed.2026-03.rl`. */
const FILE = /^([a-z0-9-]+)\.([a-z]+)\.([a-z0-9-]+)\.(\d{4})-(\d\d)\.rl$/;

function toUrl({ key }: FoundLane, month: MonthPart, revision: string): string {
  const { service, function: part, vantageId } = key;
  const file = `${service}.${part}.${vantageId}.${toMonthName(month)}.rl`;
  return `/api/v1/lane-months/${revision}/${file}`;
}

/** Lists the months of lanes with their addresses, the last 30 days unless told. */
export const answerLaneMonths: Handler = async ({ request, url }, deps) => {
  const query = parseQuery(lanesQuery(deps), url);
  const filter = { ...toLaneRange(query, deps.clock), ...toLaneFilter(query) };
  const { lanes, months } = findLaneMonths(deps, filter, { months: MAX_LISTED, of: 'list' });
  // Made in turns; what changes meanwhile is made again below, since a list that is kept must be of one moment.
  await collectMonths(deps, { lanes, months, resolution: 'slot' });
  return deps.cache.answer(request, `lane months ${JSON.stringify(filter)}`, () => ({
    months: lanes.flatMap((lane) =>
      months.map((month) => {
        const { bytes, revision } = deps.months.get(lane, month, 'slot');
        return {
          ...lane.key,
          month: toMonthName(month),
          bytes: bytes.length,
          isOver: month.untilMs <= deps.clock.nowMs(),
          url: toUrl(lane, month, revision),
        };
      }),
    ),
  }));
};

function findLane(
  deps: HandlerDeps,
  file: string,
): { lane: FoundLane; month: MonthPart } | undefined {
  const [, service = '', part = '', vantageId = '', year, month] = FILE.exec(file) ?? [];
  const lane = deps.store
    .findLanes({
      services: [service],
      vantageIds: [vantageId],
      functions: ['service', ...FUNCTIONS],
    })
    .find(({ key }) => key.function === part);
  if (!lane) return undefined;
  const fromMs = Date.UTC(Number(year), Number(month) - 1, 1);
  return { lane, month: { fromMs, untilMs: Date.UTC(Number(year), Number(month), 1) } };
}

/** Months that were sent, with their compressed form, for as long as the month itself is kept. */
const sent = new WeakMap<Month['bytes'], Prepared>();

function prepareMonth({ bytes, revision }: Month): Prepared {
  const prepared = sent.get(bytes) ?? prepare(bytes, PARCEL_TYPE, `"${revision}"`);
  sent.set(bytes, prepared);
  return prepared;
}

/** Answers with one month of one lane under its revision. */
export const answerLaneMonth: Handler = ({ request, url, parameter }, deps) => {
  const found = findLane(deps, parameter);
  const asked = url.pathname.split('/').at(-2);
  const kept = found && deps.months.get(found.lane, found.month, 'slot');
  if (!found || !kept || kept.revision !== asked)
    throw new RequestProblem({
      kind: 'not-found',
      detail:
        'There is no such month, or it has another revision by now: /api/v1/lane-months lists them.',
    });
  const isOver = found.month.untilMs <= deps.clock.nowMs();
  const headers = isOver ? { 'cache-control': 'public, max-age=31536000, immutable' } : {};
  return reply(request, prepareMonth(kept), 200, headers);
};
