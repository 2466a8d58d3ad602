/**
 * From the episodes of one vantage to what a measure asks for: a restriction of any function, or of every function
 * that counts at once. The instant at which the last of several begins lies between the latest of their lower ends
 * and the latest of their upper ends.
 */
import type { LedgerEvidence, LedgerFinding, LedgerInterval } from '../../db/ledger-types.ts';
import { FUNCTIONS } from '../../probes/types.ts';
import type { Episode, Part } from './types.ts';

/** A restriction as a measure asks for it, with the episodes that it is made of. */
export type Effect = {
  readonly onset: LedgerInterval;
  /** When the first of its episodes ended; absent while all go on. */
  readonly end?: LedgerInterval;
  /** The one that decided the onset. */
  readonly deciding: Episode;
  readonly episodes: readonly Episode[];
};

const lowerEnd = ({ afterMs = Number.NEGATIVE_INFINITY }: LedgerInterval): number => afterMs;

/** Makes an interval; a lower end that is not finite is none. */
export function toInterval(afterMs: number, byMs: number): LedgerInterval {
  return Number.isFinite(afterMs) ? { afterMs: Math.min(afterMs, byMs), byMs } : { byMs };
}

/** True when an episode certainly was over by an instant. */
export function isOverBy({ end }: Pick<Effect, 'end'>, atMs: number): boolean {
  return end !== undefined && end.byMs <= atMs;
}

const PART_ORDER: readonly Part[] = ['service', ...FUNCTIONS];

/** By onset; those of the same onset by function and vantage, so that the order of the input does not matter. */
function compareEpisodes(a: Episode, b: Episode): number {
  if (a.onset.byMs !== b.onset.byMs) return a.onset.byMs - b.onset.byMs;
  return (
    PART_ORDER.indexOf(a.function) - PART_ORDER.indexOf(b.function) ||
    a.vantageId.localeCompare(b.vantageId)
  );
}

/**
 * Leaves out episodes of the service as a whole where those of its functions say the same in more detail. In the
 * order of their onset.
 */
export function dropRedundant(episodes: readonly Episode[]): Episode[] {
  const parts = episodes.filter((one) => one.function !== 'service');
  const overlaps = (a: Episode, b: Episode) =>
    !isOverBy(a, b.onset.byMs) && !isOverBy(b, a.onset.byMs);
  return episodes
    .filter(
      (one) =>
        one.function !== 'service' ||
        !parts.some((part) => part.vantageId === one.vantageId && overlaps(part, one)),
    )
    .toSorted(compareEpisodes);
}

/** Every restriction of at least one function, one per episode, by onset. */
export function listAny(episodes: readonly Episode[]): Effect[] {
  return episodes.map((deciding) => ({
    onset: deciding.onset,
    ...(deciding.end === undefined ? {} : { end: deciding.end }),
    deciding,
    episodes: [deciding],
  }));
}

function joinAll(deciding: Episode, others: readonly Episode[]): Effect {
  const episodes = [deciding, ...others];
  const ends = episodes.flatMap(({ end }) => (end === undefined ? [] : [end]));
  const onset = toInterval(
    Math.max(...episodes.map((one) => lowerEnd(one.onset))),
    Math.max(...episodes.map((one) => one.onset.byMs)),
  );
  if (ends.length === 0) return { onset, deciding, episodes };
  const end = toInterval(
    Math.min(...ends.map(lowerEnd)),
    Math.min(...ends.map(({ byMs }) => byMs)),
  );
  return { onset, end, deciding, episodes };
}

/** Every time at which all of the given functions came to be restricted together, by onset. */
export function listAll(episodes: readonly Episode[], parts: readonly Part[]): Effect[] {
  return episodes
    .filter((one) => parts.includes(one.function))
    .flatMap((deciding) => {
      const atMs = deciding.onset.byMs;
      const others = parts
        .filter((part) => part !== deciding.function)
        .map((part) =>
          episodes.find(
            (one) => one.function === part && one.onset.byMs <= atMs && !isOverBy(one, atMs),
          ),
        );
      const found = others.filter((one) => one !== undefined);
      return found.length === others.length ? [joinAll(deciding, found)] : [];
    })
    .toSorted((a, b) => a.onset.byMs - b.onset.byMs);
}

/**
 * The first of several restrictions that each count alone. Another one that was seen later may have begun earlier,
 * when it was measured at other times: the lower end is the least of those that reach before it was seen.
 */
export function earliestOf(effects: readonly Effect[]): Effect | undefined {
  const [first] = effects;
  if (first === undefined || first.onset.afterMs === undefined) return first;
  const lower = effects
    .map(({ onset }) => onset.afterMs)
    .filter((afterMs) => afterMs !== undefined && afterMs < first.onset.byMs);
  const afterMs = Math.min(...lower.map((one) => one ?? first.onset.byMs));
  return { ...first, onset: { afterMs, byMs: first.onset.byMs } };
}

/**
 * The measurements that settle an episode. While it goes on, the last bad one is whatever was measured last: the ledger
 * would change with every round and say nothing new.
 */
function toEvidence({ end, evidence }: Episode): LedgerEvidence {
  if (end !== undefined) return evidence;
  const { lastBadId: _newest, ...settled } = evidence;
  return settled;
}

/** Quotes an effect. */
export function toFinding({ onset, end, deciding }: Effect): LedgerFinding {
  const mechanism = deciding.mechanisms[0]?.mechanism;
  return {
    vantageId: deciding.vantageId,
    function: deciding.function,
    kind: deciding.kind,
    ...(mechanism === undefined ? {} : { mechanism }),
    onset,
    ...(end === undefined ? {} : { end }),
    evidence: toEvidence(deciding),
  };
}
