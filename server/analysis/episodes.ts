/**
 * Restrictions of one lane, from its rounds alone: opened with hysteresis, closed with another, and held in between.
 * Whatever is concluded of a round depends on that round and earlier ones only, so that late rounds change nothing
 * before them. Rounds without a say (`no_data`, `insufficient`, `down`) neither open nor close.
 */
import type { Detector } from '../../config/schema.ts';
import type { Mechanism } from '../../probes/types.ts';
import { tellingOf } from './rounds.ts';
import type { Episode, LaneRun, Round, RunLane } from './types.ts';

/** A time in which a lane changes too often to say whether it is restricted. */
export type Unstable = {
  readonly fromMs: number;
  /** The round that was one change too many. */
  readonly fromId: string;
  /** Absent while it goes on. */
  readonly untilMs?: number;
  /** The round of the last change. */
  readonly lastId: string;
  /** Changes so far, those included that made it unstable. */
  readonly changes: number;
};

/** A restriction with the instants at which each thing about it was known. */
export type FoundEpisode = {
  readonly episode: Episode;
  /** Time between rounds when it began. */
  readonly stepMs: number;
  /** Slot of the round that opened it, and its measurement. */
  readonly openedAtMs: number;
  readonly openedById: string;
  /** From when on it counts as blocked and not only as impaired. */
  readonly blockedAtMs?: number;
  readonly blockedById?: string;
  /** Changes of mechanism, the first as it opened. */
  readonly mechanisms: readonly {
    readonly mechanism: Mechanism;
    readonly knownAtMs: number;
    readonly measurementId: string;
  }[];
  readonly unstable: readonly Unstable[];
  readonly closedAtMs?: number;
  readonly closedById?: string;
};

/** Rounds of each run that must be known exactly for these rules. */
export function headRoundsFor(rules: Detector): number {
  return Math.max(rules.openWindow, rules.closeSuccesses, rules.mechanismRounds);
}

const MINUTE_MS = 60_000;

/** A round with its place on the dense grid. */
type Placed = {
  readonly round: Round;
  readonly ordinal: number;
  readonly missingBefore: number;
  readonly stepMs: number;
};
type Looked = Placed & { readonly isBad: boolean; readonly lastGood: Round | undefined };

/** A restriction that is open. */
type Open = {
  readonly first: Looked;
  readonly openedBy: Round;
  lastBad: Placed;
  firstGood: Round | undefined;
  goods: number;
  enoughGoods: Round | undefined;
  blockedRounds: number;
  confirmedRounds: number;
  blocked: Round | undefined;
  candidate: { mechanism: Mechanism; rounds: number; fromMs: number } | undefined;
  readonly mechanisms: {
    mechanism: Mechanism;
    fromMs: number;
    knownAtMs: number;
    measurementId: string;
  }[];
  readonly unstable: { -readonly [K in keyof Unstable]: Unstable[K] }[];
};

const isConfirmed = (round: Round): boolean =>
  round.state === 'blocked' && round.confidence === 'high';
const isBlocked = (round: Round): boolean =>
  round.state === 'blocked' || round.state === 'likely_blocked';
const idOf = (round: Round): string => round.measurementId ?? '';

function copyOpen(open: Open): Open {
  return {
    ...open,
    ...(open.candidate ? { candidate: { ...open.candidate } } : {}),
    mechanisms: [...open.mechanisms],
    unstable: open.unstable.map((one) => ({ ...one })),
  };
}

/** Finds every restriction in the runs of one lane, which are sorted by time. Pure. */
export function findEpisodes(lane: RunLane, rules: Detector): FoundEpisode[] {
  const watch = new LaneWatch(lane, rules);
  for (const run of lane.runs) watch.take(run);
  return watch.list();
}

/** Takes the runs of one lane in order of time, and knows its restrictions so far. */
export class LaneWatch {
  readonly #lane: Omit<RunLane, 'runs'>;
  readonly #rules: Detector;
  #found: FoundEpisode[] = [];
  #window: Looked[] = [];
  #lastGood: Round | undefined;
  #lastTelling: { slotMs: number; stepMs: number; isBad: boolean } | undefined;
  #lastRun: { slotMs: number; stepMs: number } | undefined;
  #ordinal = 0;
  #missing = 0;
  #flips: number[] = [];
  #unstableFromMs: number | undefined;
  /** While it is unstable. */
  #changes = 0;
  #settledAtMs = Number.NEGATIVE_INFINITY;
  #open: Open | undefined;

  constructor(lane: Omit<RunLane, 'runs'>, rules: Detector) {
    this.#lane = lane;
    this.#rules = rules;
  }

  take(run: LaneRun): void {
    this.#countMissed(run);
    const telling = tellingOf(run.state);
    if (telling) {
      const isBad = telling === 'bad';
      for (const round of run.head) this.#look(round, round.intervalMs ?? run.intervalMs, isBad, 1);
      const rest = run.count - run.head.length;
      if (rest > 0) this.#look(run.last, run.intervalMs, isBad, rest);
    } else {
      this.#ordinal += run.count;
      if (run.state === 'no_data') this.#missing += run.count;
    }
    this.#lastRun = { slotMs: run.last.slotMs, stepMs: run.intervalMs };
  }

  /** By onset; the last may be open. */
  list(): FoundEpisode[] {
    return this.#open ? [...this.#found, this.#describe(this.#open)] : [...this.#found];
  }

  /** One that goes its own way from here. */
  clone(): LaneWatch {
    const copy = new LaneWatch(this.#lane, this.#rules);
    copy.#found = [...this.#found];
    copy.#window = [...this.#window];
    copy.#lastGood = this.#lastGood;
    copy.#lastTelling = this.#lastTelling;
    copy.#lastRun = this.#lastRun;
    copy.#ordinal = this.#ordinal;
    copy.#missing = this.#missing;
    copy.#flips = [...this.#flips];
    copy.#unstableFromMs = this.#unstableFromMs;
    copy.#changes = this.#changes;
    copy.#settledAtMs = this.#settledAtMs;
    if (this.#open) copy.#open = copyOpen(this.#open);
    return copy;
  }

  /** Rounds that were due between two runs. */
  #countMissed(run: LaneRun): void {
    const before = this.#lastRun;
    const first = run.head[0] ?? run.last;
    if (!before) return;
    const missed = Math.max(0, Math.round((first.slotMs - before.slotMs) / before.stepMs) - 1);
    this.#ordinal += missed;
    this.#missing += missed;
  }

  /** Takes a round that says something; it stands for `times` equal ones, of which it is the last. */
  #look(round: Round, stepMs: number, isBad: boolean, times: number): void {
    this.#settle(round.slotMs);
    if (times === 1) this.#dropOld(round.slotMs);
    this.#flip(round, isBad);
    this.#ordinal += times;
    const placed = { round, ordinal: this.#ordinal, missingBefore: this.#missing, stepMs };
    for (let count = Math.min(times, this.#rules.openWindow); count > 0; count -= 1)
      this.#window.push({ ...placed, isBad, lastGood: this.#lastGood });
    this.#window = this.#window.slice(-this.#rules.openWindow);
    this.#lastTelling = { slotMs: round.slotMs, stepMs, isBad };
    if (isBad) this.#takeBad(placed, times);
    else this.#takeGood(round, times);
  }

  #settle(slotMs: number): void {
    const lastFlipMs = this.#flips.at(-1);
    if (this.#unstableFromMs === undefined || lastFlipMs === undefined) return;
    const settledAtMs = lastFlipMs + this.#rules.settleMinutes * MINUTE_MS;
    if (slotMs < settledAtMs) return;
    this.#unstableFromMs = undefined;
    this.#settledAtMs = settledAtMs;
    this.#flips = [];
    const stretch = this.#open?.unstable.at(-1);
    if (stretch) stretch.untilMs = settledAtMs;
  }

  /** Failures before a long hole are not counted together with those after it. */
  #dropOld(slotMs: number): void {
    const last = this.#lastTelling;
    if (!last || this.#open) return;
    if (slotMs - last.slotMs > (this.#rules.gapRounds + 1) * last.stepMs) this.#window = [];
  }

  #flip(round: Round, isBad: boolean): void {
    if (!this.#lastTelling || this.#lastTelling.isBad === isBad) return;
    const { slotMs } = round;
    const sinceMs = slotMs - this.#rules.flapWindowMinutes * MINUTE_MS;
    this.#flips = [...this.#flips.filter((atMs) => atMs > sinceMs), slotMs];
    if (this.#unstableFromMs !== undefined) {
      this.#changes += 1;
      const stretch = this.#open?.unstable.at(-1);
      if (stretch) [stretch.changes, stretch.lastId] = [this.#changes, idOf(round)];
      return;
    }
    if (this.#flips.length <= this.#rules.flapChanges) return;
    this.#unstableFromMs = slotMs;
    this.#changes = this.#flips.length;
    this.#open?.unstable.push(this.#becomeUnstable(round));
  }

  #becomeUnstable(round: Round): Unstable {
    const id = idOf(round);
    return { fromMs: round.slotMs, fromId: id, lastId: id, changes: this.#changes };
  }

  #takeBad(placed: Placed, times: number): void {
    const open = this.#open ?? this.#tryOpen(placed.round);
    if (!open) return;
    open.lastBad = placed;
    open.firstGood = undefined;
    open.enoughGoods = undefined;
    open.goods = 0;
    // What opened it has counted its window.
    if (open.openedBy !== placed.round) {
      this.#weigh(open, placed.round, times);
      this.#followMechanism(open, placed.round, times);
    }
  }

  #tryOpen(round: Round): Open | undefined {
    const bad = this.#window.filter((one) => one.isBad);
    const confirmed = bad.filter((one) => isConfirmed(one.round));
    const first = bad[0];
    const isOpening =
      bad.length >= this.#rules.openFailures || confirmed.length >= this.#rules.confirmedFailures;
    if (!first || !isOpening) return undefined;
    const { mechanism } = round.mechanism
      ? round
      : (bad.findLast((one) => one.round.mechanism)?.round ?? round);
    const open: Open = {
      first,
      openedBy: round,
      lastBad: first,
      firstGood: undefined,
      goods: 0,
      enoughGoods: undefined,
      blockedRounds: 0,
      confirmedRounds: 0,
      blocked: undefined,
      candidate: undefined,
      mechanisms:
        mechanism === undefined
          ? []
          : [
              {
                mechanism,
                fromMs: first.round.slotMs,
                knownAtMs: round.slotMs,
                measurementId: idOf(round),
              },
            ],
      unstable: this.#unstableFromMs === undefined ? [] : [this.#becomeUnstable(round)],
    };
    for (const one of bad) this.#weigh(open, one.round, 1);
    if (open.blocked !== undefined) open.blocked = round;
    this.#open = open;
    return open;
  }

  /** Counts towards `blocked`; what merely impairs does not. */
  #weigh(open: Open, round: Round, times: number): void {
    if (isBlocked(round)) open.blockedRounds += times;
    if (isConfirmed(round)) open.confirmedRounds += 1;
    const isWorse =
      open.blockedRounds >= this.#rules.openFailures ||
      open.confirmedRounds >= this.#rules.confirmedFailures;
    if (isWorse) open.blocked ??= round;
  }

  /** A mechanism counts as changed when it lasts; the same one told in less depth is no change. */
  #followMechanism(open: Open, round: Round, times: number): void {
    const { mechanism } = round;
    const current = open.mechanisms.at(-1)?.mechanism;
    if (mechanism === undefined) return;
    if (mechanism === current || current?.startsWith(`${mechanism}.`)) {
      open.candidate = undefined;
      return;
    }
    const { slotMs } = round;
    if (open.candidate?.mechanism === mechanism) open.candidate.rounds += times;
    else open.candidate = { mechanism, rounds: times, fromMs: slotMs };
    if (open.candidate.rounds < this.#rules.mechanismRounds && !isConfirmed(round)) return;
    const { fromMs } = open.candidate;
    open.mechanisms.push({ mechanism, fromMs, knownAtMs: slotMs, measurementId: idOf(round) });
    open.candidate = undefined;
  }

  #takeGood(round: Round, times: number): void {
    this.#lastGood = round;
    const open = this.#open;
    if (!open) return;
    open.firstGood ??= round;
    open.goods += times;
    if (open.goods >= this.#rules.closeSuccesses) open.enoughGoods ??= round;
    if (!open.enoughGoods || this.#unstableFromMs !== undefined) return;
    const closedAtMs = Math.max(
      open.enoughGoods.slotMs,
      open.openedBy.slotMs + this.#rules.holdMinutes * MINUTE_MS,
      this.#settledAtMs,
    );
    if (round.slotMs < closedAtMs) return;
    this.#found.push(this.#describe(open, { closedAtMs, closedById: idOf(open.enoughGoods) }));
    this.#open = undefined;
    this.#window = this.#window.filter((one) => !one.isBad);
  }

  #describe(open: Open, closing?: { closedAtMs: number; closedById: string }): FoundEpisode {
    const { first, lastBad, firstGood, blocked } = open;
    const { service, vantage } = this.#lane;
    const goodBefore = first.lastGood;
    const isEnded = closing !== undefined && firstGood !== undefined;
    const episode: Episode = {
      service,
      vantageId: vantage.id,
      countryCode: vantage.countryCode,
      asn: vantage.asn,
      networkName: vantage.networkName,
      function: this.#lane.function,
      kind: blocked === undefined ? 'impaired' : 'blocked',
      onset: {
        ...(goodBefore ? { afterMs: goodBefore.slotMs } : {}),
        byMs: first.round.slotMs,
      },
      ...(isEnded ? { end: { afterMs: lastBad.round.slotMs, byMs: firstGood.slotMs } } : {}),
      mechanisms: open.mechanisms.map(({ mechanism, fromMs }) => ({ mechanism, fromMs })),
      evidence: {
        ...(goodBefore ? { lastGoodId: idOf(goodBefore) } : {}),
        firstBadId: idOf(first.round),
        lastBadId: idOf(lastBad.round),
        ...(isEnded ? { firstGoodId: idOf(firstGood) } : {}),
      },
      rounds: lastBad.ordinal - first.ordinal + 1,
      missing: lastBad.missingBefore - first.missingBefore,
      isUnstable: !closing && this.#unstableFromMs !== undefined,
    };
    return {
      episode,
      stepMs: first.stepMs,
      openedAtMs: open.openedBy.slotMs,
      openedById: idOf(open.openedBy),
      ...(blocked === undefined ? {} : { blockedAtMs: blocked.slotMs, blockedById: idOf(blocked) }),
      mechanisms: [...open.mechanisms],
      unstable: open.unstable.map((one) => ({ ...one })),
      ...closing,
    };
  }
}
