/** What became of a measure at one vantage: the outcome, what it rests on, and the lag as an interval. */
import type {
  Lag,
  LedgerInterval,
  LedgerOutcome,
  LedgerRow,
  StatedInterval,
} from '../../db/ledger-types.ts';
import type { Coverage } from './ledger-coverage.ts';
import {
  type Effect,
  earliestOf,
  isOverBy,
  listAll,
  listAny,
  toFinding,
  toInterval,
} from './ledger-effect.ts';
import { concernsPart, type Measure } from './ledger-scope.ts';
import type { Window } from './ledger-window.ts';
import type { Episode, Part } from './types.ts';

/** Earlier announcements by the onset that they were found to explain. */
export type Claims = Map<string, string>;

/** One vantage under one measure. */
export type OutcomeContext = {
  readonly measure: Measure;
  readonly window: Window;
  /** Of the vantage and service, without those that say nothing of their own; by onset. */
  readonly episodes: readonly Episode[];
  /** Functions without which the service counts as stopped, as far as they are measured there. */
  readonly requiredParts: readonly Part[];
  readonly coverage: Coverage;
  readonly claims: Claims;
  readonly graceMs: number;
};

/** A row of one vantage before vantages of a network are put together. */
export type VantageOutcome = Omit<LedgerRow, 'asn' | 'networkName' | 'vantageIds'>;

/** The lag of something measured behind something stated: both ends possible, whichever instants are the true ones. */
function toLag({ afterMs, byMs }: LedgerInterval, stated: StatedInterval): Lag {
  const mostMs = byMs - stated.earliestMs;
  return afterMs === undefined ? { mostMs } : { leastMs: afterMs - stated.latestMs, mostMs };
}

function toLags(point: LedgerInterval, measure: Measure): Partial<VantageOutcome> {
  const { announced, effective, lifted, referenceKind } = measure;
  if (referenceKind === 'lifted')
    return lifted === undefined ? {} : { sinceEffective: toLag(point, lifted) };
  return {
    ...(announced === undefined ? {} : { sinceAnnounced: toLag(point, announced) }),
    ...(effective === undefined ? {} : { sinceEffective: toLag(point, effective) }),
  };
}

/** The longest a day can be: clocks go back by an hour. */
const LONGEST_DAY_MS = 25 * 3_600_000;

/**
 * True for a stated time that is as exact as an outcome can be. A day without an hour counts as a whole, from its first
 * hour to its last, since grace is a day too; what is stated for longer names no day at all.
 */
function isToTheDay({ earliestMs, latestMs }: StatedInterval): boolean {
  return latestMs - earliestMs <= LONGEST_DAY_MS;
}

/** Names an onset in the window; never more than the two intervals allow. */
function classify(
  { afterMs = Number.NEGATIVE_INFINITY, byMs }: LedgerInterval,
  { known, reference }: Pick<Measure, 'known' | 'reference'>,
  graceMs: number,
): LedgerOutcome {
  if (byMs < known.earliestMs) return 'before_announcement';
  if (afterMs < (isToTheDay(known) ? known.earliestMs : known.latestMs)) return 'time_uncertain';
  if (afterMs >= reference.latestMs + graceMs) return 'late';
  const dueMs = (isToTheDay(reference) ? reference.latestMs : reference.earliestMs) + graceMs;
  return byMs <= dueMs ? 'on_time' : 'time_uncertain';
}

const claimKey = (one: Episode): string => `${one.vantageId} ${one.function} ${one.onset.byMs}`;

function findClaim(effect: Effect, claims: Claims): string | undefined {
  return effect.episodes.map((one) => claims.get(claimKey(one))).find((id) => id !== undefined);
}

function claim(effect: Effect, context: OutcomeContext): void {
  // What began at the same time belongs to the same measure.
  const together = context.episodes.filter(
    (one) => one.onset.byMs === effect.onset.byMs && concernsPart(context.measure, one.function),
  );
  for (const one of [...effect.episodes, ...together])
    if (!context.claims.has(claimKey(one)))
      context.claims.set(claimKey(one), context.measure.announcement.id);
}

function listEffects({ measure, episodes, requiredParts }: OutcomeContext): Effect[] {
  const own = episodes.filter((one) => concernsPart(measure, one.function));
  if (measure.reach === 'any') return listAny(own);
  const parts = measure.functions.length > 0 ? measure.functions : requiredParts;
  if (parts.length > 0) return listAll(own, parts);
  return listAny(own.filter((one) => one.function === 'service' && one.kind === 'blocked'));
}

/**
 * True for what was there before the announcement and is not its effect: another announcement explains it, it was
 * over by then, or it may have begun before the time that is looked at.
 */
function belongsEarlier(effect: Effect, { measure, window, claims }: OutcomeContext): boolean {
  const { afterMs = Number.NEGATIVE_INFINITY, byMs } = effect.onset;
  if (byMs >= measure.known.earliestMs) return false;
  return (
    findClaim(effect, claims) !== undefined ||
    isOverBy(effect, measure.known.earliestMs) ||
    afterMs < window.fromMs
  );
}

function toRow(outcome: LedgerOutcome, { coverage }: OutcomeContext): VantageOutcome {
  return { outcome, daysMeasured: coverage.daysMeasured };
}

function decideWithout(context: OutcomeContext, ifMeasured: LedgerOutcome): VantageOutcome {
  const { kind } = context.coverage;
  return toRow(kind === 'measured' ? ifMeasured : kind, context);
}

/** Of a full block that was not found: the part of it that was. */
function findPartial(context: OutcomeContext): VantageOutcome['partial'] {
  const { measure, window, episodes } = context;
  if (measure.reach === 'any') return undefined;
  const atMs = measure.reference.earliestMs;
  const { untilMs = Number.POSITIVE_INFINITY } = window;
  const found = listAny(episodes).find((one) => one.onset.byMs <= untilMs && !isOverBy(one, atMs));
  return found && toFinding(found);
}

/** Another means that replaced the first one after the announcement: the names of a blocked service may vanish too. */
function findChange({ measure, window, episodes }: OutcomeContext): VantageOutcome['changed'] {
  const { untilMs = Number.POSITIVE_INFINITY } = window;
  const changes = episodes
    .filter((one) => concernsPart(measure, one.function))
    .flatMap((one) =>
      one.mechanisms.slice(1).map(({ mechanism, fromMs }) => ({
        function: one.function,
        mechanism,
        byMs: fromMs,
      })),
    )
    .filter(({ byMs }) => byMs >= measure.known.earliestMs && byMs <= untilMs);
  return changes.toSorted((a, b) => a.byMs - b.byMs)[0];
}

function decideAlready(effect: Effect, context: OutcomeContext): VantageOutcome {
  if (!context.coverage.isSeen) return toRow('no_data', context);
  const changed = findChange(context);
  const underId = findClaim(effect, context.claims);
  return {
    ...toRow('already_restricted', context),
    finding: toFinding(effect),
    ...(underId === undefined ? {} : { underId }),
    ...(changed === undefined ? {} : { changed }),
  };
}

/** True for what may have begun in the window though it was first seen after it: no sign that nothing happened. */
function reachesIntoWindow(
  { afterMs, byMs }: LedgerInterval,
  { window, coverage }: OutcomeContext,
) {
  const { untilMs = Number.POSITIVE_INFINITY } = window;
  if (afterMs === undefined || byMs <= untilMs) return false;
  return afterMs < untilMs && coverage.kind === 'measured';
}

/** Says what became of a restriction, and notes which onsets it explains. */
function decideRestriction(context: OutcomeContext): VantageOutcome {
  const { measure, window, graceMs } = context;
  const effects = listEffects(context);
  const { untilMs = Number.POSITIVE_INFINITY } = window;
  const own = effects.filter(
    (one) =>
      one.onset.byMs > window.fromMs &&
      (one.onset.byMs <= untilMs || reachesIntoWindow(one.onset, context)) &&
      !belongsEarlier(one, context),
  );
  const first = earliestOf(own);
  const before = effects.find(
    (one) =>
      one.onset.byMs < measure.known.earliestMs &&
      !own.includes(one) &&
      !isOverBy(one, measure.reference.earliestMs),
  );
  // A whole block that was there and comes back after a pause is no new one.
  if (before !== undefined && (first === undefined || measure.reach === 'all'))
    return decideAlready(before, context);
  if (first === undefined) {
    const partial = findPartial(context);
    const row = decideWithout(context, 'announced_not_measured');
    return partial === undefined ? row : { ...row, partial };
  }
  claim(first, context);
  return {
    ...toRow(
      first.onset.byMs > untilMs ? 'time_uncertain' : classify(first.onset, measure, graceMs),
      context,
    ),
    finding: toFinding(first),
    ...toLags(first.onset, measure),
  };
}

/** Says whether what was restricted has ended: when the last of it did. */
function decideLift(context: OutcomeContext): VantageOutcome {
  const { measure, window, episodes } = context;
  const { untilMs = Number.POSITIVE_INFINITY } = window;
  const held = listAny(episodes.filter((one) => concernsPart(measure, one.function))).filter(
    (one) => one.onset.byMs <= measure.reference.latestMs && !isOverBy(one, window.fromMs),
  );
  const [first] = held;
  if (first === undefined) return decideWithout(context, 'not_restricted');
  const ends = held.flatMap(({ end }) =>
    end !== undefined && (end.byMs <= untilMs || reachesIntoWindow(end, context)) ? [end] : [],
  );
  if (ends.length < held.length)
    return { ...decideWithout(context, 'announced_not_measured'), finding: toFinding(first) };
  const end = toInterval(
    Math.max(...ends.map(({ afterMs = Number.NEGATIVE_INFINITY }) => afterMs)),
    Math.max(...ends.map(({ byMs }) => byMs)),
  );
  const last = held.find((one) => one.end?.byMs === end.byMs) ?? first;
  return {
    ...toRow(end.byMs > untilMs ? 'time_uncertain' : 'lifted', context),
    finding: { ...toFinding(last), end },
    ...toLags(end, measure),
  };
}

/** Says whether a service that was spared stayed free of restrictions, up to the next announcement against it. */
function decideExemption(context: OutcomeContext): VantageOutcome {
  const { measure, window, episodes } = context;
  const { untilMs = Number.POSITIVE_INFINITY } = window;
  const broken = earliestOf(
    listAny(episodes).filter(
      (one) => one.onset.byMs <= untilMs && !isOverBy(one, measure.reference.latestMs),
    ),
  );
  if (broken === undefined) return decideWithout(context, 'exemption_held');
  return {
    ...toRow('exemption_broken', context),
    finding: toFinding(broken),
    ...toLags(broken.onset, measure),
  };
}

/** Decides what became of a measure at one vantage. */
export function decideOutcome(context: OutcomeContext): VantageOutcome {
  switch (context.measure.phase) {
    case 'restriction':
      return decideRestriction(context);
    case 'lift':
      return decideLift(context);
    case 'exemption':
      return decideExemption(context);
    default:
      return context.measure.phase satisfies never;
  }
}
