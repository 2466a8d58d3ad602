/**
 * GET /api/v1/lanes.rl: lanes over months and years as runs of a few bytes, for charts. The months are those of the
 * cache put one after the other; what is compressed is kept while the answer stays the same.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  chooseResolution,
  listMonths,
  packParcel,
  type Resolution,
} from '../../dashboard/lane-parcel.ts';
import type { FoundLane, LaneQuery } from '../../db/lanes.ts';
import { formatMeasurementId } from '../../db/measurement-id.ts';
import type { MonthPart } from '../../db/month-runs.ts';
import type { Handler, HandlerDeps } from '../contract.ts';
import { RequestProblem } from '../problem.ts';
import { parseQuery } from '../query.ts';
import { reply } from '../reply.ts';
import { toIso } from './iso.ts';
import { lanesQuery, toLaneFilter, toLaneRange } from './lanes.ts';
import { type Month, toRevision } from './month-cache.ts';
import type { Parcel } from './parcel-cache.ts';

/** Months of lanes in one answer; 300 lanes over five years are a third of it. */
const MAX_MONTHS = 60_000;
/** Work in one go; then whatever else waits, probes first of all, has its turn. */
const MAX_TURN_MS = 8;

/** What an answer is made of. */
type Plan = {
  readonly lanes: readonly FoundLane[];
  readonly months: readonly MonthPart[];
  readonly resolution: Resolution;
  readonly fromMs: number;
  readonly toMs: number;
};

/** The UTC months of a range that hold any data, each whole. */
function listDataMonths(
  { store }: HandlerDeps,
  { fromMs, toMs }: Pick<LaneQuery, 'fromMs' | 'toMs'>,
): MonthPart[] {
  const { firstSlotMs, lastUntilMs } = store.range();
  if (firstSlotMs === undefined || lastUntilMs === undefined) return [];
  const first = Math.max(fromMs, firstSlotMs);
  const last = Math.min(toMs, lastUntilMs);
  if (last <= first) return [];
  const starts = listMonths(first, last);
  return starts
    .slice(0, -1)
    .map((monthMs, index) => ({ fromMs: monthMs, untilMs: starts[index + 1] ?? monthMs }));
}

/** Says `2026-03`. */
export function toMonthName({ fromMs }: MonthPart): string {
  return new Date(fromMs).toISOString().slice(0, 7);
}

/** Finds the lanes of a query and the months that hold data. @throws RequestProblem for more than `most` together */
export function findLaneMonths(
  deps: HandlerDeps,
  query: LaneQuery,
  most: { readonly months: number; readonly of: 'answer' | 'list' },
): Pick<Plan, 'lanes' | 'months'> {
  const lanes = deps.store.findLanes(query);
  const months = listDataMonths(deps, query);
  if (lanes.length * months.length > most.months)
    throw new RequestProblem({
      kind: 'too-much-data',
      detail: `The range holds ${months.length} months of ${lanes.length} lanes, more than the ${most.months} of one ${most.of}. Ask for a shorter range or fewer lanes.`,
    });
  return { lanes, months };
}

function planAnswer(deps: HandlerDeps, query: LaneQuery): Plan {
  const { lanes, months } = findLaneMonths(deps, query, { months: MAX_MONTHS, of: 'answer' });
  const first = months[0]?.fromMs ?? query.fromMs;
  const last = months.at(-1)?.untilMs ?? query.toMs;
  return {
    lanes,
    months,
    resolution: chooseResolution(lanes.length, months.length),
    fromMs: Math.min(query.fromMs, first),
    // The month under way is known until what was asked for, which is about now.
    toMs: last <= deps.clock.nowMs() ? Math.max(query.toMs, last) : query.toMs,
  };
}

/** Every month of every lane, lane by lane, giving way to other work now and then. */
export async function collectMonths(
  { months: cache }: HandlerDeps,
  plan: Pick<Plan, 'lanes' | 'months' | 'resolution'>,
): Promise<Month[]> {
  const collected: Month[] = [];
  let beganMs = performance.now();
  for (const lane of plan.lanes)
    for (const part of plan.months) {
      collected.push(cache.get(lane, part, plan.resolution));
      if (performance.now() - beganMs < MAX_TURN_MS) continue;
      await nextTurn();
      beganMs = performance.now();
    }
  return collected;
}

function describeLane({ store }: HandlerDeps, plan: Plan, lane: FoundLane) {
  const { id, countryCode, asn, networkName, access, role } = lane.vantage;
  const { service, vantageId, function: part } = lane.key;
  const start = plan.resolution === 'slot' && store.findRunStart(lane, plan.months[0]?.fromMs ?? 0);
  return {
    service,
    function: part,
    vantage: { id, countryCode, asn, networkName, access, role },
    // Of the run that is under way when the first month begins.
    ...(start ? { firstMeasurementId: formatMeasurementId({ service, vantageId, ...start }) } : {}),
  };
}

/** The words of the mechanisms that occur, by their codes. */
function nameMechanisms({ store }: HandlerDeps, months: readonly Month[]) {
  const names = store.listMechanismCodes();
  const used = new Set(months.flatMap(({ mechanisms }) => mechanisms));
  return Object.fromEntries(Object.entries(names).filter(([code]) => used.has(Number(code))));
}

/** Puts an answer together; its tag is made of what it shows alone. */
async function makeParcel(deps: HandlerDeps, query: LaneQuery): Promise<Parcel> {
  const plan = planAnswer(deps, query);
  const months = await collectMonths(deps, plan);
  const head = {
    from: toIso(plan.fromMs),
    to: toIso(plan.toMs),
    isSimulated: deps.info.isSimulated,
    resolution: plan.resolution,
    months: plan.months.map(toMonthName),
    mechanisms: nameMechanisms(deps, months),
    lanes: plan.lanes.map((lane) => describeLane(deps, plan, lane)),
  };
  const revision = toRevision(
    JSON.stringify([head, deps.info.version, months.map((month) => month.revision)]),
  );
  return {
    revision,
    pack: () =>
      packParcel(
        { revision, ...head },
        months.map(({ bytes }) => bytes),
      ),
  };
}

/** Answers with the lanes of a range, the last 30 days unless told. */
export const answerLaneRuns: Handler = async ({ request, url }, deps) => {
  const query = parseQuery(lanesQuery(deps), url);
  const filter = { ...toLaneRange(query, deps.clock), ...toLaneFilter(query) };
  const prepared = await deps.parcels.get(JSON.stringify(filter), () => makeParcel(deps, filter));
  return reply(request, prepared);
};
