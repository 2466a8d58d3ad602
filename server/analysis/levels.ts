/**
 * How far a restriction reaches as time goes on: a part of the thing, or all of it. Up and down with hysteresis, as
 * restrictions themselves open and close, so that one odd round is no change.
 */
import type { Detector } from '../../config/schema.ts';
import type { Episode, Level, Round } from './types.ts';

const MINUTE_MS = 60_000;

/** A level with when it was known to hold. */
export type FoundLevel = Level & {
  /** Slot of the round that decided it, or when it had been held long enough. */
  readonly knownAtMs: number;
  /** Measurement of the round that decided it. */
  readonly knownById: string;
};

/** Whether and until when a lane changes too often to say. */
export type Stability = { readonly isUnstable: boolean; readonly settledAtMs: number };

/** True for a block that rests on several independent signs. */
export const isConfirmed = (round: Round): boolean =>
  round.state === 'blocked' && round.confidence === 'high';
const isBlocked = (round: Round): boolean =>
  round.state === 'blocked' || round.state === 'likely_blocked';

/** The measurement of a round that says something. */
export const idOf = (round: Round): string => round.measurementId ?? '';

/** How far a restriction reaches now, or did at its end; the worst that it was where more is not known. */
export function levelNow({ levels, kind }: Pick<Episode, 'levels' | 'kind'>): Level['kind'] {
  return levels.at(-1)?.kind ?? kind;
}

/** A round with the one before it that said something. */
type Seen = { readonly round: Round; readonly before: Round | undefined };

/** Rounds after the last blocked one. */
type Lesser = {
  readonly lastBlocked: Round;
  readonly first: Round;
  readonly count: number;
  /** The first of them that was bad when they were enough. */
  readonly enough: Round | undefined;
};

/** Takes the rounds of a restriction in order of time. */
export class LevelWatch {
  readonly #rules: Detector;
  #levels: readonly FoundLevel[] = [];
  #window: readonly Seen[] = [];
  #last: Round | undefined;
  #lesser: Lesser | undefined;

  constructor(rules: Detector) {
    this.#rules = rules;
  }

  /** In order; the first from the first bad round on. */
  get levels(): readonly FoundLevel[] {
    return this.#levels;
  }

  /** Takes what opened it: the rounds that say something, from the first bad one on, and the last good one before. */
  begin(seen: readonly [Round, ...Round[]], lastGood: Round | undefined): void {
    const [first] = seen;
    const openedBy = seen.at(-1) ?? first;
    const known = { knownAtMs: openedBy.slotMs, knownById: idOf(openedBy) };
    this.#levels = [toLevel('impaired', { round: first, before: lastGood }, known)];
    this.#last = lastGood;
    for (const round of seen) this.#see(round, 1);
    this.#rise(openedBy);
  }

  /** Takes a round that says something; it stands for `times` equal ones, of which it is the last. */
  take(round: Round, times: number, isBad: boolean, stability: Stability): void {
    this.#see(round, times);
    if (isBlocked(round)) this.#rise(round);
    else if (isBad) this.#fall(round, stability);
  }

  /** One that goes its own way from here. */
  clone(): LevelWatch {
    const copy = new LevelWatch(this.#rules);
    copy.#levels = this.#levels;
    copy.#window = this.#window;
    copy.#last = this.#last;
    copy.#lesser = this.#lesser;
    return copy;
  }

  #see(round: Round, times: number): void {
    const seen = { round, before: this.#last };
    const again = { round, before: round };
    const copies = Array.from({ length: Math.min(times, this.#rules.openWindow) - 1 }, () => again);
    this.#window = [...this.#window, seen, ...copies].slice(-this.#rules.openWindow);
    this.#countLesser(round, times);
    this.#last = round;
  }

  #countLesser(round: Round, times: number): void {
    if (isBlocked(round)) this.#lesser = undefined;
    else if (this.#lesser) {
      const count = this.#lesser.count + times;
      this.#lesser = { ...this.#lesser, count };
    } else if (this.#last && isBlocked(this.#last))
      this.#lesser = { lastBlocked: this.#last, first: round, count: times, enough: undefined };
  }

  /** Blocked: as many rounds as open a restriction, or one that is certain. */
  #rise(round: Round): void {
    const current = this.#levels.at(-1);
    if (current?.kind !== 'impaired') return;
    const own = this.#window.filter(
      (one) => one.round.slotMs >= current.since.byMs && isBlocked(one.round),
    );
    const [first] = own;
    const confirmed = own.filter((one) => isConfirmed(one.round)).length;
    const isEnough =
      own.length >= this.#rules.openFailures || confirmed >= this.#rules.confirmedFailures;
    if (!first || !isEnough) return;
    const level = toLevel('blocked', first, { knownAtMs: round.slotMs, knownById: idOf(round) });
    // Where it has been blocked from the beginning on it was never less.
    const isFirst = level.since.byMs === current.since.byMs;
    this.#levels = [...(isFirst ? this.#levels.slice(0, -1) : this.#levels), level];
  }

  /** No longer blocked: as many further rounds as close a restriction, and some of it goes on. */
  #fall(round: Round, { isUnstable, settledAtMs }: Stability): void {
    const current = this.#levels.at(-1);
    const lesser = this.#lesser;
    if (current?.kind !== 'blocked' || !lesser) return;
    if (lesser.count < this.#rules.closeSuccesses) return;
    const enough = lesser.enough ?? round;
    this.#lesser = { ...lesser, enough };
    const heldUntilMs = current.knownAtMs + this.#rules.holdMinutes * MINUTE_MS;
    const knownAtMs = Math.max(enough.slotMs, heldUntilMs, settledAtMs);
    if (isUnstable || round.slotMs < knownAtMs) return;
    const seen = { round: lesser.first, before: lesser.lastBlocked };
    const known = { knownAtMs, knownById: idOf(enough) };
    this.#levels = [...this.#levels, toLevel('impaired', seen, known)];
  }
}

function toLevel(
  kind: Level['kind'],
  { round, before }: Seen,
  known: Pick<FoundLevel, 'knownAtMs' | 'knownById'>,
): FoundLevel {
  return {
    kind,
    since: { ...(before ? { afterMs: before.slotMs } : {}), byMs: round.slotMs },
    evidence: { ...(before ? { lastOtherId: idOf(before) } : {}), firstId: idOf(round) },
    ...known,
  };
}
